"""From the ledger to the scorer: awards and attendance of some members as neutral events, and their rosters.

``ledger_facts`` reads at most seven statements, whatever the number of people; folding what was said is pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, PENDING, REJECTED, VOIDED, EntryFact, chunks, groups

from ..mapping import Event
from .models import PointsAward, PointsAwardDecision, PointsSession, PointsSessionWord

EARN, DEDUCT, VETO = "earn", "deduct", "veto"
TOLD, ANSWERED, VERIFIED, WITHDRAWN = "told", "answered", "verified", "withdrawn"
OPEN, CHANGED = "open", "changed"
EXPECTED, UNEXPECTED = "expected", "unexpected"
ATTENDED, ABSENT = "attended", "absent"
EXCUSED, UNEXCUSED = "excused", "unexcused"
# The scorer's words; whatever else an award may be, it waits.
_SCORED = {CONFIRMED: CONFIRMED, VOIDED: CONFIRMED, REJECTED: REJECTED, WITHDRAWN: REJECTED}


@dataclass(frozen=True)
class RosterRow:
    """A meeting that somebody was expected at; ``said_at`` is when that was recorded."""

    session: str
    on: date
    kind: str
    said_at: datetime
    excused: bool

    def neutral(self) -> dict[str, str | None]:
        """As the scorer reads it."""
        return {"id": self.session, "on": self.on.isoformat(), "kind": self.kind or None}


@dataclass(frozen=True)
class Linked:
    """Entries of ``activity_id`` are attendance at ``session``, counted as ``item``."""

    session: str
    item: str
    kind: str
    activity_id: int


@dataclass(frozen=True)
class LedgerFacts:
    """One member's part of the ledger; ``hopes`` are the ids of events that wait and would bring points."""

    events: Sequence[Event] = ()
    voids: Sequence[Mapping[str, str]] = ()
    roster: Sequence[RosterRow] = ()
    linked: Sequence[Linked] = ()
    hopes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Word:
    """One statement about a session, in the order of recording."""

    id: int
    word: str
    at: datetime


@dataclass(frozen=True)
class AwardAt:
    """An award with its status and the instant of its voiding, as known at some time."""

    award: PointsAward
    status: str
    voided_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """What stands of one person in one session; ``said_at`` is when presence was said, ``expected_at`` the place."""

    expected: bool = False
    attended: bool = False
    excused: bool = False
    expected_at: datetime | None = None
    said_at: datetime | None = None


def ledger_facts(
    session: Session,
    people: Collection[int],
    entries: Mapping[int, Sequence[EntryFact]],
    known_at: datetime | None = None,
) -> dict[int, LedgerFacts]:
    """The ledger's facts of members by kept id; everybody asked for is a key. ``entries`` are those of the log.

    What was said after ``known_at`` is as if it had never been said.
    """
    if not people:
        return {}
    kept_of = {row: kept for kept, rows in groups(session, people).items() for row in rows}
    awards = _awards(session, kept_of, known_at)
    meetings, said = _sessions(session, kept_of, known_at)
    linked = [meeting for meeting in meetings.values() if meeting.activity_id is not None]
    found = {}
    for kept in people:
        events, voids, hopes = awards_as_events(awards.get(kept, ()))
        present = {fact.activity_id for fact in entries.get(kept, ()) if fact.status in (PENDING, CONFIRMED)}
        own = [meeting for meeting in linked if meeting.activity_id in present]
        ticks, roster = attendance(said.get(kept, {}), meetings, {meeting.id for meeting in own})
        found[kept] = LedgerFacts(
            [*events, *ticks],
            voids,
            roster,
            [Linked(m.public_id, m.item, m.kind, m.activity_id or 0) for m in own],
            hopes | {str(event["id"]) for event in ticks if event["status"] == PENDING},
        )
    return found


def _awards(
    session: Session, kept_of: Mapping[int, int], known_at: datetime | None
) -> dict[int, list[AwardAt]]:
    """Awards by kept id, each with its status and the instant of its voiding."""
    rows: list[tuple[int, PointsAward]] = []
    for part in chunks(sorted(kept_of)):
        query = select(PointsAward).where(PointsAward.person_id.in_(part)).order_by(PointsAward.id)
        rows += [
            (kept_of[award.person_id], award)
            for award in session.scalars(query)
            if known_at is None or award.recorded_at <= known_at
        ]
    decided = [award.id for _kept, award in rows if known_at is not None or award.status == VOIDED]
    decisions = _decisions(session, decided, known_at)
    found: dict[int, list[AwardAt]] = defaultdict(list)
    for kept, award in rows:
        own = decisions.get(award.id, ())
        status = award.status if known_at is None else next((o for o, _at in reversed(own)), PENDING)
        voided_at = next((at for outcome, at in own if outcome == VOIDED), None)
        found[kept].append(AwardAt(award, status, voided_at))
    return found


def _decisions(
    session: Session, awards: Sequence[int], known_at: datetime | None
) -> dict[int, list[tuple[str, datetime]]]:
    """Outcomes with their instants by award, in order; a member's answer changes nothing and is left out."""
    decision = PointsAwardDecision
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for part in chunks(awards):
        query = (
            select(decision.award_id, decision.outcome, decision.at)
            .where(decision.award_id.in_(part), decision.outcome != ANSWERED)
            .order_by(decision.id)
        )
        for row in session.execute(query):
            if known_at is None or row.at <= known_at:
                found[row.award_id].append((row.outcome, row.at))
    return found


def awards_as_events(
    awards: Iterable[AwardAt],
) -> tuple[list[Event], list[Mapping[str, str]], frozenset[str]]:
    """Neutral events and voids of one member's awards, and which of them would bring points if confirmed."""
    events: list[Event] = []
    voids: list[Mapping[str, str]] = []
    hopes = set()
    for found in awards:
        award = found.award
        events.append(award_event(award, found.status))
        if found.voided_at is not None:
            voids.append({"event": award.public_id, "rec": found.voided_at.isoformat()})
        if award.kind == EARN and events[-1]["status"] == PENDING:
            hopes.add(award.public_id)
    return events, voids, frozenset(hopes)


def award_event(award: PointsAward, status: str) -> Event:
    """An award as the scorer reads it; only confirmed ones can be voided, so a voided one was confirmed."""
    event: Event = {
        "id": award.public_id,
        "item": award.item,
        "on": award.on_date.isoformat(),
        "rec": award.recorded_at.isoformat(),
        "status": _SCORED.get(status, PENDING),
        "attrs": json.loads(award.attrs),
    }
    if award.qty is not None:
        event["qty"] = Fraction(award.qty, 100)
    if award.points is not None:
        event["points"] = Fraction(award.points, 100)
    if award.accepted_late:
        event["accepted_late"] = True
    return event


def _sessions(
    session: Session, kept_of: Mapping[int, int], known_at: datetime | None
) -> tuple[dict[int, PointsSession], dict[int, dict[int, list[Word]]]]:
    """Sessions that concern some people, and what was said of each: {kept id: {session id: words}}."""
    word = PointsSessionWord
    columns = (word.id, word.session_id, word.person_id, word.word, word.at)
    said: dict[int, dict[int, list[Word]]] = defaultdict(lambda: defaultdict(list))
    for part in chunks(sorted(kept_of)):
        for row in session.execute(select(*columns).where(word.person_id.in_(part))):
            if known_at is None or row.at <= known_at:
                said[kept_of[row.person_id]][row.session_id].append(Word(row.id, row.word, row.at))
    whole: dict[int, list[Word]] = defaultdict(list)
    meetings: dict[int, PointsSession] = {}
    for part in chunks(sorted({session_id for own in said.values() for session_id in own})):
        query = select(*columns).where(word.session_id.in_(part), word.person_id.is_(None))
        for row in session.execute(query):
            if known_at is None or row.at <= known_at:
                whole[row.session_id].append(Word(row.id, row.word, row.at))
        found = session.scalars(select(PointsSession).where(PointsSession.id.in_(part)))
        meetings.update((row.id, row) for row in found)
    voided = {i for i, words in whole.items() if any(said.word == VOIDED for said in words)}
    ordered = {
        kept: {
            session_id: sorted([*words, *whole[session_id]], key=lambda said: said.id)
            for session_id, words in own.items()
            if session_id not in voided
        }
        for kept, own in said.items()
    }
    return {i: meeting for i, meeting in meetings.items() if i not in voided}, ordered


def standing(words: Iterable[Word]) -> Standing:
    """What stands of one person after ``words``."""
    expected = attended = excused = False
    expected_at = said_at = None
    for said in words:
        if said.word in (EXPECTED, UNEXPECTED):
            expected, expected_at = said.word == EXPECTED, said.at
        elif said.word in (ATTENDED, ABSENT):
            attended, said_at = said.word == ATTENDED, said.at
        elif said.word in (EXCUSED, UNEXCUSED):
            excused = said.word == EXCUSED
    return Standing(expected, attended, excused, expected_at, said_at)


def confirmed_part(words: Sequence[Word]) -> Sequence[Word]:
    """What was said before the last "confirmed"."""
    last = max((i for i, said in enumerate(words) if said.word == CONFIRMED), default=-1)
    return words[: last + 1]


def attendance(
    said: Mapping[int, Sequence[Word]], meetings: Mapping[int, PointsSession], skip: Collection[int] = ()
) -> tuple[list[Event], list[RosterRow]]:
    """Attendance of one person as events, and the roster, by what was said of sessions.

    What a second person has not confirmed yet is a waiting event, and in no roster. Of sessions in ``skip`` the log
    tells the attendance.
    """
    events, roster = [], []
    for session_id, words in sorted(said.items()):
        meeting = meetings[session_id]
        sure, latest = standing(confirmed_part(words)), standing(words)
        if sure.expected and sure.expected_at is not None:
            roster.append(
                RosterRow(meeting.public_id, meeting.on_date, meeting.kind, sure.expected_at, sure.excused)
            )
        said_at = sure.said_at if sure.attended else latest.said_at
        if session_id in skip or said_at is None or not (sure.attended or latest.attended):
            continue
        event = session_event(meeting.public_id, meeting.item, meeting.kind)
        event |= {"on": meeting.on_date.isoformat(), "rec": said_at.isoformat()}
        events.append({**event, "status": CONFIRMED if sure.attended else PENDING})
    return events, roster


def session_event(session: str, item: str, kind: str) -> Event:
    """The part of an event that names the session it attends."""
    attrs = {"session": session, "kind": kind} if kind else {"session": session}
    return {"id": f"at-{session}", "item": item, "attrs": attrs}
