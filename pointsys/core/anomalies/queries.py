"""Reading what the rules look at: a few statements over indexes, whatever the size of the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import RoleGrant
from pointsys.core.activity_log.models import CONFIRMED, LIVE, Activity, Entry
from pointsys.core.activity_log.queries import MINUTES
from pointsys.core.activity_log.second_person import RECORDED_BY_HAND, rules_in, start_of
from pointsys.core.anomalies import rules
from pointsys.core.anomalies.rules import ALONE, LATE_FROM, LATE_SHEET, LONG_DAY, Anomaly, Taken
from pointsys.core.areas.models import subtree
from pointsys.core.batches import COMMITTED, LOG, Batch
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.permissions import role_table
from pointsys.core.site import current_site

# More than this is not looked at in one go; the page says so.
MOST = 20_000
MOST_SHEETS = 200
OPERATOR = "operator:"
SHEET = "import"


@dataclass(frozen=True)
class Found:
    """What stands out, the newest first, with the people concerned by kept id; ``complete`` if all was looked at."""

    anomalies: Sequence[Anomaly]
    people: dict[int, Person]
    complete: bool


def anomalies_of(session: Session, area_id: int, days: int) -> Found:
    """What stands out in what an area and those below recorded in the last ``days``; about twelve statements."""
    since = current_site().today() - timedelta(days=days - 1)
    by_hand = _by_hand(session, area_id, start_of(since))
    busy = _busy_days(session, area_id, since)
    found = [
        *rules.bursts(by_hand),
        *rules.round_numbers(by_hand),
        *rules.long_days(busy),
        *rules.overlaps(busy),
        *_sheets(session, area_id, start_of(since)),
        *_at_the_command_line(session, area_id, start_of(since)),
    ]
    found.sort(key=lambda one: one.at, reverse=True)
    wanted = {one.person for one in found if one.person is not None}
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(wanted)))}
    return Found(found, people, max(len(by_hand), len(busy)) < MOST)


_COLUMNS = (
    Entry.recorded_by, Entry.person_id, Entry.local_date, Entry.recorded_at, MINUTES.label("minutes"),
    Activity.public_id, Entry.title, Entry.starts_at, Entry.ends_at,
)  # fmt: skip


def _taken(session: Session, rows: Iterable[Any]) -> list[Taken]:
    """Rows of ``_COLUMNS``, their people as kept ids."""
    all_rows = list(rows)
    kept = canonical_ids(session, {row.person_id for row in all_rows}) if all_rows else {}
    return [
        Taken(
            row.recorded_by, kept[row.person_id], row.local_date, row.recorded_at, row.minutes, row.public_id,
            row.title, row.starts_at, row.ends_at, row.starts_at is None,
        )
        for row in all_rows
    ]  # fmt: skip


def _by_hand(session: Session, area_id: int, since: datetime) -> list[Taken]:
    """What staff, and programs without an account, recorded one by one; each asked for as the index knows them."""
    staff = select(RoleGrant.account_id).where(RoleGrant.role.in_(role_table().of("log.record")))
    rows: list[Any] = []
    for recorder in (Entry.recorded_by_account.in_(staff), Entry.recorded_by_account.is_(None)):
        query = (
            select(*_COLUMNS)
            .join(Activity, Activity.id == Entry.activity_id)
            .where(
                recorder,
                RECORDED_BY_HAND,
                Entry.recorded_at >= since,
                Entry.area_id.in_(subtree(area_id)),
                Entry.status.in_(LIVE),
                # A sheet is many rows at once by its nature; it has a rule of its own.
                Entry.source != SHEET,
            )
            .order_by(Entry.recorded_at.desc())
            .limit(MOST)
        )
        rows += session.execute(query)
    return _taken(session, rows)


def _busy_days(session: Session, area_id: int, since: date) -> list[Taken]:
    """The entries of people's days that have more than one, or a very long one."""
    here = and_(Entry.area_id.in_(subtree(area_id)), Entry.local_date >= since, Entry.status.in_(LIVE))
    busy = (
        select(Entry.person_id, Entry.local_date)
        .where(here)
        .group_by(Entry.person_id, Entry.local_date)
        .having(or_(func.count() > 1, func.sum(MINUTES) > LONG_DAY))
        .limit(MOST)
        .subquery()
    )
    query = (
        select(*_COLUMNS)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(busy, and_(busy.c.person_id == Entry.person_id, busy.c.local_date == Entry.local_date))
        .where(here)
        .order_by(Entry.id)
        .limit(MOST)
    )
    return _taken(session, session.execute(query))


def _sheets(session: Session, area_id: int, since: datetime) -> list[Anomaly]:
    """Imports with many entries older than may be recorded without a second look."""
    days = rules_in(session, area_id).back_dated_days
    batches = session.execute(
        select(Batch.id, Batch.public_id, Batch.created_by, Batch.created_at)
        .where(
            Batch.area_id.in_(subtree(area_id)),
            Batch.kind == LOG,
            Batch.state == COMMITTED,
            Batch.created_at >= since,
        )
        .order_by(Batch.id.desc())
        .limit(MOST_SHEETS)
    ).all()
    if not batches:
        return []
    local = current_site().local
    by_id = {row.id: row for row in batches}
    query = (
        select(
            Entry.batch_id, func.count(), func.count(Entry.person_id.distinct()), func.sum(MINUTES),
            func.min(Entry.local_date), func.max(Entry.local_date),
        )
        .where(
            Entry.batch_id.in_(list(by_id)),
            Entry.status.in_(LIVE),
            or_(
                *(
                    and_(
                        Entry.batch_id == row.id,
                        Entry.local_date < local(row.created_at).date() - timedelta(days=days),
                    )
                    for row in batches
                )
            ),
        )
        .group_by(Entry.batch_id)
        .having(func.count() >= LATE_FROM)
    )  # fmt: skip
    return [
        Anomaly(
            LATE_SHEET, by_id[batch].created_at, (first, last), count, people, int(minutes or 0),
            by_id[batch].created_by, batch=by_id[batch].public_id,
        )
        for batch, count, people, minutes, first, last in session.execute(query)
        if batch is not None
    ]  # fmt: skip


def _at_the_command_line(session: Session, area_id: int, since: datetime) -> list[Anomaly]:
    """What the operators of the machine recorded, which no second person confirms."""
    inside = (Entry.area_id.in_(subtree(area_id)), Entry.status == CONFIRMED)
    columns = (
        func.max(Entry.recorded_at), func.min(Entry.local_date), func.max(Entry.local_date), func.count(),
        func.count(Entry.person_id.distinct()), func.sum(MINUTES), Entry.recorded_by,
    )  # fmt: skip
    hand = (
        select(*columns)
        .where(
            *inside,
            Entry.recorded_by_account.is_(None),
            RECORDED_BY_HAND,
            Entry.recorded_at >= since,
            Entry.recorded_by.startswith(OPERATOR),
        )
        .group_by(Entry.recorded_by)
    )
    sheets = (
        select(*columns, Batch.public_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(*inside, Batch.created_at >= since, Batch.created_by.startswith(OPERATOR))
        .group_by(Entry.recorded_by, Batch.public_id)
    )
    return [
        Anomaly(ALONE, at, (first, last), count, people, int(minutes or 0), who, batch="".join(batch))
        for query in (hand, sheets)
        for at, first, last, count, people, minutes, who, *batch in session.execute(query)
    ]
