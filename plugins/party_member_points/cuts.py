"""Scores as of a cut: where members stood at the end of a day, by all that was recorded up to some later instant.

A sheet of a quarter is made some days after the quarter: what happened in it and was recorded in those days belongs to
it. ``clip`` is the whole rule; ``as_known`` takes the log back to what it said at an instant, so that a confirmed sheet
can be computed again from the facts known then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, PENDING, VOIDED, Decision, EntryFact, chunks

from .facts import gather, neutral_facts
from .mapping import Evidence, KindMapping, evidence
from .schemes import LIFETIME, ROLLING, AreaRules, Publication, period_end, period_span
from .services import Score, score_in
from .stored import at_day_end


@dataclass(frozen=True)
class Said:
    """One decision on an entry."""

    outcome: str
    at: datetime


@dataclass(frozen=True)
class FixedPerson:
    """The scorer's person, and what the kinds of activity counted as where they belonged."""

    person: Mapping[str, object]
    mapping: KindMapping


@dataclass(frozen=True)
class Fixed:
    """What holds instead of what rules today, for computing a sheet again; people by their outside id."""

    publication: Publication
    people: Mapping[str, FixedPerson]


def scores_at(
    session: Session,
    people: Collection[int],
    scheme_id: str,
    period: str,
    cut: date,
    now: datetime,
    *,
    fixed: Fixed | None = None,
) -> list[Score]:
    """Scores of ``people`` (kept ids) in a period of a scheme at the end of ``cut``, by what was recorded by ``now``.

    Members for whom no such scheme rules have none. With ``fixed`` only the people in there have one, by what stands
    there. Some twenty statements, whatever the number of people.
    """
    members, rules, _once = gather(session, people, now)
    said = decisions_of(session, [fact.entry_id for member in members for fact in member.entries])
    found = []
    for member in members:
        own = fixed.people.get(member.public_id) if fixed else None
        ruling = _fixed(fixed, own) if fixed else _ruling(rules[member.area_id], scheme_id, period, cut)
        if ruling is None:
            continue
        entries, once = as_known(member.entries, said, now)
        known = evidence(entries, ruling[1], once, now)
        as_of = instant_of(ruling[0].scheme.period_type, period, cut, now)
        adjust = partial(
            clip,
            as_of=as_of,
            known_at=now,
            late_from=_late_from(ruling[0], period),
            person=own.person if own else None,
        )
        member = replace(member, entries=entries)
        found.append(score_in(member, ruling[0], period, known, as_of, known_at=now, adjust=adjust))
    return found


def _fixed(fixed: Fixed, own: FixedPerson | None) -> tuple[Publication, KindMapping] | None:
    return None if own is None else (fixed.publication, own.mapping)


def _ruling(
    rules: AreaRules, scheme_id: str, period: str, cut: date
) -> tuple[Publication, KindMapping] | None:
    """The publication of the scheme that rules the end of the period, and the mapping of kinds."""
    for publication in reversed(rules.publications):
        scheme = publication.scheme
        if scheme.id[:100] != scheme_id:
            continue
        if publication.effective_from <= period_end(scheme.period_type, period, cut):
            return publication, rules.mapping
    return None


def person_of(score: Score, known_at: datetime) -> Mapping[str, object]:
    """The person of a score in the scorer's form."""
    bare = replace(score.member, entries=(), events=(), voids=(), roster=(), linked=())
    nothing = Evidence([], [], [], frozenset())
    person = neutral_facts(bare, nothing, score.publication, score.period, known_at=known_at)["person"]
    assert isinstance(person, Mapping)
    return person


def instant_of(kind: str, period: str, cut: date, now: datetime) -> datetime:
    """The instant that the scorer is asked for: ``now`` once the period is over, the end of the cut's day before."""
    if kind not in (ROLLING, LIFETIME) and cut >= period_span(kind, period)[1]:
        return now
    return at_day_end(cut)


def _late_from(publication: Publication, period: str) -> datetime | None:
    """From when on a recording is too late for the period."""
    scheme = publication.scheme
    if scheme.grace_days is None or scheme.period_type in (ROLLING, LIFETIME):
        return None
    day = period_span(scheme.period_type, period)[1] + timedelta(days=scheme.grace_days + 1)
    return datetime.combine(day, time.min, tzinfo=scheme.zone)


def clip(
    facts: Mapping[str, Any],
    *,
    as_of: datetime,
    known_at: datetime,
    late_from: datetime | None = None,
    person: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Neutral facts as a question of ``as_of`` is to see them when everything known at ``known_at`` shall count.

    What was recorded later than ``known_at`` is left out; what was recorded between counts as recorded at ``as_of``,
    unless it came too late for the period as well. Events after the cut stay, and are in the future for the scorer.
    """

    def recorded(row: Mapping[str, Any]) -> dict[str, Any] | None:
        if row.get("rec") is None:
            return dict(row)
        rec = datetime.fromisoformat(row["rec"])
        if rec > known_at:
            return None
        too_late = (
            late_from is not None and rec >= late_from and "item" in row and not row.get("accepted_late")
        )
        return dict(row) if rec <= as_of or too_late else {**row, "rec": as_of.isoformat()}

    return {
        **facts,
        "person": dict(person if person is not None else facts["person"]),
        "events": [event for row in facts["events"] if (event := recorded(row)) is not None],
        "voids": [void for row in facts["voids"] if (void := recorded(row)) is not None],
    }


def decisions_of(session: Session, entries: Collection[int]) -> dict[int, list[Said]]:
    """What was decided on entries, in the order of deciding."""
    found: dict[int, list[Said]] = {}
    for part in chunks(sorted(entries)):
        query = select(Decision.entry_id, Decision.outcome, Decision.at).where(Decision.entry_id.in_(part))
        for row in session.execute(query.order_by(Decision.id)):
            found.setdefault(row[0], []).append(Said(row[1], row[2]))
    return found


def as_known(
    entries: Sequence[EntryFact], said: Mapping[int, Sequence[Said]], known_at: datetime
) -> tuple[list[EntryFact], set[int]]:
    """Entries as the log had them at an instant, and the ids of voided ones that were confirmed before."""
    found, once = [], set()
    for fact in entries:
        if fact.recorded_at > known_at:
            continue
        by_then = [word for word in said.get(fact.entry_id, ()) if word.at <= known_at]
        status = by_then[-1].outcome if by_then else PENDING
        voided_at = by_then[-1].at if status == VOIDED else None
        if status == VOIDED and any(word.outcome == CONFIRMED for word in by_then):
            once.add(fact.entry_id)
        found.append(replace(fact, status=status, voided_at=voided_at))
    return found, once
