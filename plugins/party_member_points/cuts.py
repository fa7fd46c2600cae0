"""Scores as of a cut: where members stood at the end of a day, by all that was recorded up to some later instant.

A sheet of a quarter is made some days after the quarter: what happened in it and was recorded in those days belongs to
it. ``clip`` is the whole rule; ``gather`` takes log and ledger back to what they said at an instant, so that a
confirmed sheet can be computed again from the facts known then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from .facts import gather, neutral_facts
from .mapping import Evidence, KindMapping, evidence
from .schemes import LIFETIME, ROLLING, AreaRules, Publication, period_end, period_span
from .scoring.periods import MOST_GRACE
from .services import Score, score_in
from .stored import at_day_end


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

    Members for whom no such scheme rules where they belonged on that day have none. With ``fixed`` only the people in
    there have one, by what stands there, members or not. Some twenty statements, whatever the number of people.
    """
    members, rules, once = gather(session, people, now, on=cut, former=fixed is not None)
    found = []
    for member in members:
        own = fixed.people.get(member.public_id) if fixed else None
        ruling = _fixed(fixed, own) if fixed else _ruling(rules[member.area_id], scheme_id, period, cut)
        if ruling is None:
            continue
        known = evidence(member.entries, ruling[1], once, now)
        as_of = instant_of(ruling[0].scheme.period_type, period, cut, now)
        adjust = partial(
            clip,
            as_of=as_of,
            known_at=now,
            late_from=_late_from(ruling[0], period),
            person=own.person if own else None,
        )
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
    day = period_span(scheme.period_type, period)[1] + timedelta(days=min(scheme.grace_days, MOST_GRACE) + 1)
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
