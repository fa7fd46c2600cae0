"""Reading hours: lists and sums of an area from days and balances, one's own entries from the log.

No list sums the log. A span of dates is read as the periods that fill it and the days at its edges, so the cost
follows the number of people, not the number of entries.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    DRAFT_IDS,
    PENDING,
    Activity,
    ActivityKind,
    Area,
    Entry,
    EntryDraft,
    Person,
    PersonAlias,
    canonical_ids,
    draft_facts,
    enabled_by_area,
    entry_facts,
    name_condition,
    subtree,
    waiting,
    waiting_count,
)

from . import histogram, ranks
from .hours import Span, Tally
from .models import NAME as NAME
from .models import VolunteerBalance, VolunteerCredit, VolunteerDay
from .month_report import AreaReport as AreaReport
from .month_report import ReportLine as ReportLine
from .month_report import area_report as area_report
from .month_report import area_total as area_total
from .month_report import by_month as by_month
from .month_report import counting_total as counting_total
from .policies.log import Crediting
from .ranks import is_unranked


@dataclass(frozen=True)
class PersonHours:
    """One line of an area's list; ``rank`` counts from 1 and equal minutes share it.

    ``waits`` says that the log has changed since the minutes were computed, ``unranked`` that the person does not want
    to be shown on rankings: lists of staff have them all the same.
    """

    person_id: int
    public_id: str
    name: str
    minutes: int
    entries: int
    rank: int
    waits: bool = False
    unranked: bool = False


@dataclass(frozen=True)
class HoursPage:
    """Some lines of an area's list and the sums of the whole list; ``waiting`` people are not computed yet."""

    rows: Sequence[PersonHours]
    people: int
    total: Tally
    waiting: int


@dataclass(frozen=True)
class OwnEntry:
    """One service entry of a person as its owner sees it; ``minutes`` is None while it is not computed.

    ``worth`` is what it counts once it is approved; ``state`` and ``level`` as in its credit.
    """

    entry_id: int
    public_id: str
    title: str
    kind: str
    organiser: str
    local_date: date
    starts_at: datetime | None
    ends_at: datetime | None
    status: str
    minutes: int | None
    gross_minutes: int | None
    flags: tuple[str, ...]
    worth: int = 0
    state: str = ""
    level: str = ""


def sums(area_id: int, span: Span) -> Subquery:
    """(person_id, minutes, entries) of everybody with service below ``area_id`` in ``span``, one row a person."""
    parts: list[Select[int, int, int]] = []
    inside = subtree(area_id)
    if span.periods:
        balance = VolunteerBalance
        parts.append(
            select(balance.person_id, balance.minutes, balance.entries).where(
                balance.area_id.in_(inside), balance.period.in_(span.periods)
            )
        )
    if span.edges:
        day = VolunteerDay
        within = or_(*[day.local_date.between(first, last) for first, last in span.edges])
        parts.append(select(day.person_id, day.minutes, day.entries).where(day.area_id.in_(inside), within))
    rows = union_all(*parts).subquery("grains") if len(parts) > 1 else parts[0].subquery("grains")
    return (
        select(
            rows.c.person_id,
            func.sum(rows.c.minutes).label("minutes"),
            func.sum(rows.c.entries).label("entries"),
        )
        .group_by(rows.c.person_id)
        .subquery("sums")
    )


def hours_page(
    session: Session,
    area_id: int,
    span: Span,
    *,
    query: str = "",
    limit: int | None = None,
    offset: int = 0,
    only: Subquery | None = None,
) -> HoursPage:
    """The area's people by minutes, most first, in one statement or two; ranks are those of the whole area.

    ``query`` narrows by name, pinyin or initials; the sums are those of the narrowed list. ``only`` has the hours to
    list instead of all those in ``span``, with the columns of ``sums``.
    """
    period = _period_of(span)
    if only is None and period and limit is not None and not query and histogram.is_wide(session, area_id):
        people, total, _active = ranks.sums(session, area_id, (period,))[period]
        if people >= ranks.LEAST_TO_WALK:
            return _walked_page(session, area_id, period, HoursPage((), people, total, 0), limit, offset)
    totals = sums(area_id, span) if only is None else only
    ranked = select(totals, func.rank().over(order_by=totals.c.minutes.desc()).label("rank")).subquery(
        "ranked"
    )
    page = (
        select(
            Person.id, Person.public_id, Person.name, Person.sort_key, ranked.c.minutes, ranked.c.entries,
            ranked.c.rank, func.count().over().label("people"),
            func.sum(ranked.c.minutes).over().label("all_minutes"),
            func.sum(ranked.c.entries).over().label("all_entries"),
        )
        .join(ranked, ranked.c.person_id == Person.id)
        .where(name_condition(query))
        .order_by(ranked.c.minutes.desc(), Person.sort_key, Person.id)
    )  # fmt: skip
    if limit is not None:
        page = page.limit(limit).offset(offset)
    # Marks are looked up for the rows shown only. The row of the count is there also when the list is empty.
    shown = page.subquery("page")
    one = select(waiting_count(NAME, area_id).label("waiting")).subquery("one")
    rows = session.execute(
        select(one.c.waiting, shown, waiting(NAME, shown.c.id).label("waits"), is_unranked(shown.c.id))
        .select_from(one.outerjoin(shown, true()))
        .order_by(shown.c.minutes.desc(), shown.c.sort_key, shown.c.id)
    ).all()
    first = rows[0]
    if first.id is None:
        return HoursPage((), 0, Tally(), first.waiting)
    lines = [
        PersonHours(
            r.id, r.public_id, r.name, int(r.minutes), int(r.entries), r.rank, bool(r.waits), bool(r.unranked)
        )
        for r in rows
    ]
    # PostgreSQL sums integers into numeric; minutes stay whole numbers.
    return HoursPage(
        lines, first.people, Tally(int(first.all_minutes), int(first.all_entries)), first.waiting
    )


def _walked_page(
    session: Session, area_id: int, period: str, page: HoursPage, limit: int, offset: int
) -> HoursPage:
    found, waiting = ranks.first(session, NAME, area_id, period, offset + limit)
    lines = [
        PersonHours(
            row.person_id,
            row.public_id,
            row.name,
            row.minutes,
            row.entries,
            row.rank,
            row.waits,
            row.unranked,
        )
        for row in sorted(found[offset:], key=lambda row: (row.rank, row.sort_key, row.person_id))
    ]
    return replace(page, rows=lines, waiting=waiting)


def _period_of(span: Span) -> str:
    """The one stored period that a span is, "" for any other span."""
    return span.periods[0] if len(span.periods) == 1 and not span.edges else ""


def spread(session: Session, area_id: int, span: Span) -> dict[int, int]:
    """Minutes -> how many people of the area have them in ``span``; nobody without minutes."""
    period = _period_of(span)
    if period and histogram.is_wide(session, area_id):
        return ranks.spread(session, area_id, period)
    totals = sums(area_id, span)
    query = select(totals.c.minutes, func.count()).where(totals.c.minutes > 0).group_by(totals.c.minutes)
    return {int(minutes): int(people) for minutes, people in session.execute(query)}


def place_of(session: Session, area_id: int, span: Span, person_id: int) -> PersonHours | None:
    """The line of one person in the area's list; None for somebody without service there."""
    kept, period = _kept(person_id), _period_of(span)
    if period and histogram.is_wide(session, area_id):
        found = ranks.place(session, area_id, period, kept)
        return PersonHours(*found[:6], False, found[6]) if found else None
    totals = sums(area_id, span)
    mine = select(totals.c.minutes).where(totals.c.person_id == kept).scalar_subquery()
    before = select(func.count()).select_from(totals).where(totals.c.minutes > mine).scalar_subquery()
    row = session.execute(
        select(
            Person.id,
            Person.public_id,
            Person.name,
            totals.c.minutes,
            totals.c.entries,
            before,
            is_unranked(kept),
        )
        .join(totals, totals.c.person_id == Person.id)
        .where(Person.id == kept)
    ).one_or_none()
    if row is None:
        return None
    return PersonHours(row[0], row[1], row[2], int(row[3]), int(row[4]), int(row[5]) + 1, False, bool(row[6]))


def _kept(person_id: int) -> ColumnElement[int]:
    """The kept id of a person as an expression, so that asking for it costs no statement of its own."""
    alias = select(PersonAlias.kept_id).where(PersonAlias.merged_id == person_id).scalar_subquery()
    return func.coalesce(alias, literal(person_id))


def own_balances(session: Session, person_id: int, periods: Collection[str]) -> dict[str, Tally]:
    """A person's tallies of ``periods`` over all areas; every period asked for is a key."""
    balance = VolunteerBalance
    rows = session.execute(
        select(balance.period, func.sum(balance.minutes), func.sum(balance.entries))
        .where(balance.person_id == _kept(person_id), balance.period.in_(list(periods)))
        .group_by(balance.period)
    )
    found = {period: Tally(int(minutes), int(entries)) for period, minutes, entries in rows}
    return {period: found.get(period, Tally()) for period in periods}


def own_entries(
    session: Session, person_id: int, *, year: int | None = None, limit: int, offset: int = 0
) -> tuple[list[OwnEntry], int]:
    """A person's service entries that are confirmed or wait for it, newest first, and how many there are.

    ``year`` narrows to the entries that began in it.
    """
    kept = _kept(person_id)
    # A list of ids rather than an OR, which would keep PostgreSQL from using the index.
    group = union_all(select(kept), select(PersonAlias.merged_id).where(PersonAlias.kept_id == kept))
    within = true() if year is None else Entry.local_date.between(date(year, 1, 1), date(year, 12, 31))
    rows = session.execute(
        select(
            Entry.id, Entry.public_id, Entry.title, ActivityKind.title, Activity.organiser, Area.name, Entry.local_date,
            Entry.starts_at, Entry.ends_at, Entry.status,
            VolunteerCredit.minutes, VolunteerCredit.gross_minutes, VolunteerCredit.flags, VolunteerCredit.worth,
            VolunteerCredit.state, VolunteerCredit.level, func.count().over(),
        )
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .join(Activity, Activity.id == Entry.activity_id)
        .join(Area, Area.id == Entry.area_id)
        .outerjoin(VolunteerCredit, VolunteerCredit.entry_id == Entry.id)
        .where(
            Entry.person_id.in_(group),
            Entry.status.in_((CONFIRMED, PENDING)),
            ActivityKind.service.is_(True),
            within,
        )
        .order_by(Entry.local_date.desc(), Entry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    entries = [
        OwnEntry(
            r[0], r[1], r[2], r[3], r[4] or r[5], r[6], r[7], r[8], r[9],
            # Not confirmed any more but not derived anew yet: the old credit is not shown.
            r[10] if r[9] == CONFIRMED else None, r[11], tuple((r[12] or "").split()),
            r[13] or 0, r[14] or "", r[15] or "",
        )
        for r in rows
    ]  # fmt: skip
    return entries, rows[0][16] if rows else 0


def expected_minutes(session: Session, entry_ids: Collection[int]) -> dict[int, int]:
    """What each unconfirmed service entry of ``entry_ids`` would add to its person's minutes if confirmed now.

    Entries of people where the plugin is off, and entries that are not waiting, are left out.
    """
    waiting = session.execute(
        select(Entry.id, Entry.person_id, Entry.person_area_id)
        .join(ActivityKind, ActivityKind.id == Entry.kind_id)
        .where(Entry.id.in_(entry_ids), Entry.status == PENDING, ActivityKind.service.is_(True))
    ).all()
    if not waiting:
        return {}
    on = enabled_by_area(session, {area_id for _entry, _person, area_id in waiting})
    wanted = {entry_id for entry_id, _person, area_id in waiting if NAME in on[area_id]}
    people = canonical_ids(session, {person_id for _entry, person_id, _area in waiting})
    result: dict[int, int] = {}
    facts_of = entry_facts(session, set(people.values()), statuses=(CONFIRMED, PENDING), service_only=True)
    rules = Crediting(session, [fact for facts in facts_of.values() for fact in facts])
    for facts in facts_of.values():
        confirmed = [fact for fact in facts if fact.status == CONFIRMED]
        now = rules.worth(confirmed)
        for fact in facts:
            if fact.entry_id in wanted:
                result[fact.entry_id] = rules.worth([*confirmed, fact]) - now
    return result


def draft_minutes(session: Session, area: Area, drafts: Sequence[EntryDraft]) -> dict[int, int]:
    """What each draft of service would add to its person's minutes, by its place; drafts of one person add up."""
    fresh = [fact for fact in draft_facts(session, area, drafts, CONFIRMED) if fact.service]
    result: dict[int, int] = {}
    facts_of = entry_facts(session, {fact.person_id for fact in fresh}, service_only=True)
    rules = Crediting(session, [*fresh, *(fact for facts in facts_of.values() for fact in facts)])
    for person_id, facts in facts_of.items():
        standing = list(facts)
        now = rules.worth(standing)
        for fact in fresh:
            if fact.person_id == person_id:
                standing.append(fact)
                then = rules.worth(standing)
                result[fact.entry_id - DRAFT_IDS] = then - now
                now = then
    return result


def waits(session: Session, person_id: int) -> bool:
    """Whether a person's hours are not computed from the latest entries yet."""
    return bool(session.scalar(select(waiting(NAME, _kept(person_id)))))
