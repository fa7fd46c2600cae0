"""Taking a sheet in: each row is a step of its own, made wholly or told with its words why not.

A row runs in a savepoint. What the rules, or the database, refuse since the sheet was looked over takes back that row
with the person it would have put on record, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.plugin import (
    COMMITTED,
    N_,
    Actor,
    Area,
    Batch,
    Person,
    PersonData,
    Problem,
    audit,
    canonical_ids,
    create_person,
    current_site,
    normalise_text,
)

from ..asking.services import submit
from ..models import SHEET, WishesHousehold
from ..people import households_of
from .judging import ACTING, NEW_PERSON, PRESENT, UNCLEAR, Verdict
from .models import APPLIED, WishesSheet, WishesSheetLine
from .sheets import close, hold, verdicts_of

_NOT_TAKEN = N_("It was not taken in: bring it again.")
_MAY_NOT_ADD = N_("This person is not on record, and whoever took the sheet in may not put people on record.")
_GONE = N_("This person was taken off the roster meanwhile.")


def apply(session: Session, sheet: WishesSheet, actor: Actor, *, add_people: bool) -> Counter[str]:
    """Make wishes of the rows that can be; returns how many rows came to what.

    Without ``add_people`` nobody is put on record. A row that the rules refuse meanwhile is at fault; rows at fault
    are kept with their cells and what is wrong until the week is over. Raises Problem sheet_closed and what
    ``reading.read`` raises.
    """
    hold(session, sheet)
    area = session.get_one(Area, sheet.area_id)
    counts: Counter[str] = Counter()
    batch: Batch | None = None
    faults: dict[int, Problem] = {}
    verdicts = verdicts_of(session, sheet)
    _hold(session, verdicts)
    for verdict in verdicts:
        outcome, why = verdict.outcome, verdict.why
        if outcome == NEW_PERSON and not add_people:
            outcome, why = UNCLEAR, Problem("may_not_add", _MAY_NOT_ADD)
        if outcome == NEW_PERSON and batch is None:
            batch = _batch(session, sheet, actor)
        if outcome in ACTING:
            why = _tried(session, sheet, verdict, batch, actor)
            outcome = outcome if why is None else UNCLEAR
        if outcome not in (*ACTING, PRESENT):
            faults[verdict.row.index] = why or Problem("not_taken", _NOT_TAKEN)
        counts[outcome] += 1
    close(session, sheet, APPLIED, actor, counts, faults)
    if batch is not None:
        batch.done = batch.total = counts[NEW_PERSON]
        sheet.batch_id = batch.id
    session.flush()
    audit.write(
        session, actor, "wishes.sheet_applied", "wishes.sheet", sheet.public_id, area_id=area.id,
        count=max(sum(counts[key] for key in ACTING), 1), after=dict(counts),
    )  # fmt: skip
    return counts


def _hold(session: Session, verdicts: Sequence[Verdict]) -> None:
    """Lock everybody on the sheet and their households, each in one order and before any number is taken, so that no
    two who hand wishes in wait for each other."""
    known = {one.person_id for one in verdicts if one.person_id is not None and one.outcome in ACTING}
    if not known:
        return
    kept = set(canonical_ids(session, known).values())
    session.execute(select(Person.id).where(Person.id.in_(kept)).order_by(Person.id).with_for_update())
    homes = {home for found in households_of(session, known).values() for home in found}
    session.execute(
        select(WishesHousehold.id)
        .where(WishesHousehold.id.in_(homes))
        .order_by(WishesHousehold.id)
        .with_for_update()
    )


def _batch(session: Session, sheet: WishesSheet, actor: Actor) -> Batch:
    """The people of a sheet are a batch like those of a roster, by which they are taken off again."""
    now = current_site().now()
    batch = Batch(
        kind="wishes", area_id=sheet.area_id, file_name=sheet.file_name, sha256=sheet.sha256, state=COMMITTED,
        created_by=actor.label, created_by_account=actor.account_id, created_at=now, beat_at=now, finished_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def _tried(
    session: Session, sheet: WishesSheet, verdict: Verdict, batch: Batch | None, actor: Actor
) -> Problem | None:
    """Make the wish of a row; why it was not made, and then nothing of the row is left, or None."""
    try:
        with session.begin_nested():
            _wish(session, sheet, verdict, batch, actor)
    except Problem as problem:
        return problem
    except IntegrityError:
        # Side by side with somebody who put the same person on record, or changed them.
        return Problem("not_taken", _NOT_TAKEN)
    return None


def _wish(session: Session, sheet: WishesSheet, verdict: Verdict, batch: Batch | None, actor: Actor) -> None:
    row = verdict.row
    person: Person | None
    if verdict.person_id is not None:
        person = session.get(Person, verdict.person_id, populate_existing=True)
        if person is None:
            raise Problem("person_gone", _GONE)
    else:
        data = PersonData(row.name, verdict.area_id, phone=row.phone or None, id_number=row.id_number or None)
        person = create_person(session, data, actor, batch_id=None if batch is None else batch.id)
    site = current_site()
    agreed = datetime(
        sheet.consent_on.year, sheet.consent_on.month, sheet.consent_on.day, tzinfo=site.timezone
    )
    wish = submit(
        session, person, row.asked, actor, channel=SHEET, consent=sheet.consent_note, consent_at=agreed,
        campaign_id=sheet.campaign_id,
    )  # fmt: skip
    session.add(
        WishesSheetLine(
            sheet_id=sheet.id, row=row.number, wish_id=wish.id, category=wish.category,
            title_key=normalise_text(row.title)[:60],
        )
    )  # fmt: skip
