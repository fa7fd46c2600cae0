"""Gathering: all that is known of some members, as plain values, and as the scorer's neutral facts.

``gather`` reads, in about twenty statements whatever the number of people; ``neutral_facts`` is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    PENDING,
    REJECTED,
    UNDONE,
    VOIDED,
    Batch,
    Decision,
    EntryFact,
    Memberships,
    Person,
    chunks,
    entry_facts,
)

from .annual.confirmed import previous_totals
from .checkins.attributes import attributes_of
from .ledger.reading import LedgerFacts, Linked, RosterRow, ledger_facts, session_event
from .log_then import as_known, decisions_of
from .mapping import Event, Evidence
from .members import Membership, memberships
from .schemes import AreaRules, Publication, period_of, period_span, rules_by_area

STATUSES = (PENDING, CONFIRMED, REJECTED, VOIDED)
# Stands in for the membership of somebody whose facts are fixed elsewhere.
_NO_MEMBER = Membership("", date.min, False)


@dataclass(frozen=True)
class MemberFacts:
    """All that is known of one member: where they belong, since when, and what counts for or against them.

    ``entries`` are the log's; ``events`` and ``voids`` those of the ledger, in the scorer's form with ``rec``;
    ``roster`` the meetings they were expected at, ``linked`` those whose attendance the log tells. ``hopes`` are ids of
    events that wait and would bring points. ``attributes`` are those of the person by name, ``previous`` the confirmed
    totals by (scheme id, period) as texts.
    """

    person_id: int
    public_id: str
    area_id: int
    membership: Membership
    left_on: date | None
    entries: Sequence[EntryFact]
    events: Sequence[Event] = ()
    voids: Sequence[Mapping[str, str]] = ()
    roster: Sequence[RosterRow] = ()
    linked: Sequence[Linked] = ()
    hopes: frozenset[str] = frozenset()
    attributes: Mapping[str, object] = field(default_factory=dict)
    previous: Mapping[tuple[str, str], str] = field(default_factory=dict)


def gather(
    session: Session,
    people: Collection[int],
    known_at: datetime | None = None,
    *,
    on: date | None = None,
    former: bool = False,
) -> tuple[list[MemberFacts], dict[int, AreaRules], set[int]]:
    """Members among ``people`` (kept ids) with their facts, the rules of their areas, and the ids of voided entries
    that were confirmed once. Whoever came with an import that was taken back is not among them.

    Log and ledger come as they stood at ``known_at``, or as they stand. A member's area is that of the day ``on``, or
    the present one. ``former`` takes people who are no members any more, or never came, as well.
    """
    members = memberships(session, people)
    if former:
        members = {kept: members.get(kept, _NO_MEMBER) for kept in people}
    places = _places(session, members, on, former)
    members = {kept: members[kept] for kept in places}
    ids = sorted(members)
    entries = entry_facts(session, ids, statuses=STATUSES) if ids else {}
    once: set[int] = set()
    if known_at is not None:
        said = decisions_of(session, [fact.entry_id for facts in entries.values() for fact in facts])
        for kept, facts in entries.items():
            entries[kept], own = as_known(facts, said, known_at)
            once |= own
    ledger = ledger_facts(session, ids, entries, known_at)
    attributes, previous = attributes_of(session, ids), previous_totals(session, ids)
    known = [
        _member_facts(
            kept, places[kept], members[kept], entries[kept], ledger[kept], attributes.get(kept, {}),
            previous.get(kept, {}),
        )
        for kept in ids
    ]  # fmt: skip
    rules = rules_by_area(session, {member.area_id for member in known})
    if known_at is None:
        voided = [fact.entry_id for facts in entries.values() for fact in facts if fact.status == VOIDED]
        once = _confirmed_once(session, voided)
    return known, rules, once


def _places(
    session: Session, people: Collection[int], on: date | None, former: bool
) -> dict[int, tuple[str, int, date | None]]:
    """Outside id, area and last day of people."""
    found: dict[int, tuple[str, int, date | None]] = {}
    for part in chunks(sorted(people)):
        taken_back = and_(Batch.state == UNDONE, Person.left_on.is_not(None))
        query = (
            select(Person.id, Person.public_id, Person.area_id, Person.left_on)
            .outerjoin(Batch, Batch.id == Person.batch_id)
            .where(Person.id.in_(part))
        )
        rows = session.execute(query if former else query.where(taken_back.is_not(True)))
        found.update((row[0], (row[1], row[2], row[3])) for row in rows)
    if on is None:
        return found
    belonged = Memberships(session, sorted(found))
    return {kept: (row[0], belonged.area_on(kept, on), row[2]) for kept, row in found.items()}


def _member_facts(
    kept: int,
    place: tuple[str, int, date | None],
    member: Membership,
    entries: Sequence[EntryFact],
    ledger: LedgerFacts,
    attributes: Mapping[str, object],
    previous: Mapping[tuple[str, str], str],
) -> MemberFacts:
    left_on = _earlier(member.left_on, place[2])
    return MemberFacts(
        kept, place[0], place[1], member, left_on, entries, ledger.events, ledger.voids, ledger.roster,
        ledger.linked, ledger.hopes, attributes, previous,
    )  # fmt: skip


def _earlier(first: date | None, second: date | None) -> date | None:
    days = [day for day in (first, second) if day is not None]
    return min(days) if days else None


def _confirmed_once(session: Session, entries: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(sorted(entries)):
        found.update(
            session.scalars(
                select(Decision.entry_id).where(Decision.entry_id.in_(part), Decision.outcome == CONFIRMED)
            )
        )
    return found


def previous_period(kind: str, period: str) -> str | None:
    """The label of the period before; None where there is none."""
    first = period_span(kind, period)[0]
    return None if first == date.min else period_of(kind, first - timedelta(days=1))


def neutral_facts(
    member: MemberFacts,
    known: Evidence,
    publication: Publication,
    period: str,
    *,
    known_at: datetime,
    hopeful: bool = False,
) -> dict[str, object]:
    """The scorer's facts of one member for one period: its events are those of the period.

    Rosters hold what was said of them by ``known_at``; everything else bears its own time of recording. ``hopeful``
    takes waiting entries and awards as confirmed (never waiting deductions).
    """
    kind = publication.scheme.period_type
    first, last = period_span(kind, period)
    inside = {fact.public_id for fact in member.entries if first <= fact.local_date <= last}
    events: Iterable[Event] = known.hopeful if hopeful else known.events
    log = _attending([event for event in events if event["id"] in inside], member, inside, hopeful)
    ledger = [event for event in member.events if first <= date.fromisoformat(event["on"]) <= last]
    if hopeful:
        hopes = member.hopes
        ledger = [{**event, "status": CONFIRMED} if event["id"] in hopes else event for event in ledger]
    sessions = [row for row in member.roster if row.said_at <= known_at and first <= row.on <= last]
    ids = {str(event["id"]) for event in (*log, *ledger)}
    return {
        "person": _person(member, publication, previous_period(kind, period)),
        "events": [*log, *ledger],
        "voids": [void for void in (*known.voids, *member.voids) if void["event"] in ids],
        "roster": [row.neutral() for row in sessions],
        "excused": [row.session for row in sessions if row.excused],
    }


def _attending(
    events: list[Event], member: MemberFacts, inside: Collection[str], hopeful: bool
) -> list[Event]:
    """The log's events, those of an activity that is a session naming it; one that the mapping takes for another item,
    or for nothing, is attendance besides."""
    if not member.linked:
        return events
    linked = {link.activity_id: link for link in member.linked}
    of_entry = {
        fact.public_id: (fact, linked[fact.activity_id])
        for fact in member.entries
        if fact.activity_id in linked and fact.public_id in inside
    }
    found, named = [], set()
    for event in events:
        _fact, link = of_entry.get(str(event["id"]), (None, None))
        if link is not None and event["item"] == link.item:
            event = {**event, "attrs": {**event["attrs"], "session": link.session}}
            named.add(link.session)
        found.append(event)
    for fact, link in of_entry.values():
        if link.session in named or fact.status not in (CONFIRMED, PENDING):
            continue
        named.add(link.session)
        status = CONFIRMED if hopeful else fact.status
        found.append(
            {
                **session_event(link.session, link.item, link.kind),
                "on": fact.local_date.isoformat(),
                "rec": fact.recorded_at.isoformat(),
                "status": status,
            }
        )
    return found


def _person(member: MemberFacts, publication: Publication, before: str | None) -> dict[str, object]:
    membership = member.membership
    facts: dict[str, object] = {
        **member.attributes,
        "id": member.public_id,
        "checkin_on": membership.checkin_on.isoformat(),
        "left_on": member.left_on.isoformat() if member.left_on else None,
        "political_status": membership.political_status,
    }
    total = member.previous.get((publication.scheme.id[:100], before)) if before is not None else None
    if total is not None:
        facts["prev_total"] = total
    return facts
