"""Deriving: the scores of some people are made to say what the log, their facts and the schemes say.

``compute`` scores members in every period in which they have entries and in the present one; ``derive`` replaces
what is stored by that. Nothing is added to what stands, so a repeated or late mark changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    DRAFT_IDS,
    PENDING,
    Area,
    EntryDraft,
    EntryFact,
    canonical,
    canonical_ids,
    current_site,
    draft_facts,
    groups,
)

from .facts import MemberFacts, gather, neutral_facts
from .mapping import Evidence, evidence
from .members import follow_merge as follow_members
from .models import PointsResult
from .schemes import AreaRules, Publication, asked_period, day_after, period_span
from .scoring import Evaluation, evaluate, next_change, result_of
from .scoring.explain import explanation
from .stored import (
    ENGINE,
    ResultKey,
    Row,
    delete_rows,
    hundredths,
    stored_rows,
    write_rows,
)

Adjust = Callable[[dict[str, object]], dict[str, object]]


@dataclass(frozen=True)
class Score:
    """One member's score in one period; ``then`` is what it would be if all waiting entries were confirmed."""

    member: MemberFacts
    publication: Publication
    period: str
    found: Evaluation
    then: Evaluation | None
    waiting: frozenset[str]
    last_entry: int | None


def scores_of(
    member: MemberFacts,
    rules: AreaRules,
    confirmed_once: Collection[int],
    as_of: datetime,
    only: str | None = None,
) -> list[Score]:
    """A member's scores as of an instant: every period with entries, and the one that holds the asking day."""
    today = current_site().local(as_of).date()
    known = evidence(member.entries, rules.mapping, confirmed_once, as_of)
    days = {today, *(fact.local_date for fact in member.entries if fact.recorded_at <= as_of)}
    days |= {
        date.fromisoformat(event["on"])
        for event in member.events
        if datetime.fromisoformat(event["rec"]) <= as_of
    }
    periods: dict[tuple[int, str], Publication] = {}
    for day in sorted(days):
        found = rules.for_day(day, today)
        if found is not None and only in (None, found[1]):
            periods[found[0].id, found[1]] = found[0]
    return [
        score_in(member, publication, period, known, as_of)
        for (_publication, period), publication in periods.items()
    ]


def score_in(
    member: MemberFacts,
    publication: Publication,
    period: str,
    known: Evidence,
    as_of: datetime,
    *,
    known_at: datetime | None = None,
    adjust: Adjust = lambda facts: facts,
) -> Score:
    """A member's score in one period as of an instant, from what was said by ``known_at`` (``as_of`` by default);
    ``adjust`` may change the neutral facts first."""
    scheme = publication.scheme
    today = current_site().local(as_of).date()
    query = {"period": asked_period(scheme.period_type, period, today), "as_of": as_of.isoformat()}
    said_by = known_at or as_of
    facts = adjust(neutral_facts(member, known, publication, period, known_at=said_by))
    inside = {str(event["id"]) for event in facts["events"]}  # type: ignore[attr-defined]
    waiting = (known.waiting | member.hopes) & inside
    then = None
    if waiting:
        hopeful = neutral_facts(member, known, publication, period, known_at=said_by, hopeful=True)
        then = evaluate(scheme, adjust(hopeful), query)
    last = max((f.entry_id for f in member.entries if f.public_id in inside), default=None)
    return Score(member, publication, period, evaluate(scheme, facts, query), then, waiting, last)


def compute(session: Session, people: Collection[int], as_of: datetime) -> list[Score]:
    """The scores of the members among ``people`` (kept ids), from the log."""
    members, rules, confirmed_once = gather(session, people)
    return [
        score
        for member in members
        for score in scores_of(member, rules[member.area_id], confirmed_once, as_of)
    ]


def credited_of_drafts(
    session: Session, area: Area, drafts: Sequence[EntryDraft]
) -> dict[int, tuple[str, bool]]:
    """Printed points of each draft of a member that the scheme counts, by its place, and whether a full cap keeps the
    total where it is. What waits already is taken as confirmed, as in every other expectation."""
    fresh: dict[int, list[EntryFact]] = {}
    for fact in draft_facts(session, area, drafts, PENDING):
        fresh.setdefault(fact.person_id, []).append(fact)
    now = current_site().now()
    today = current_site().local(now).date()
    members, rules, confirmed_once = gather(session, sorted(fresh))
    found: dict[int, tuple[str, bool]] = {}
    for member in members:
        own = fresh[member.person_id]
        with_drafts = replace(member, entries=[*member.entries, *own])
        known = rules[member.area_id]
        wanted = {period[1] for fact in own if (period := known.for_day(fact.local_date, today)) is not None}
        for score in (
            s for only in sorted(wanted) for s in scores_of(with_drafts, known, confirmed_once, now, only)
        ):
            expected: Mapping[str, Any] = _detail(score, result_of(score.found)).get("expected") or {}  # type: ignore[assignment]
            for fact in own:
                points = expected.get("credited", {}).get(fact.public_id)
                if points is not None:
                    found[fact.entry_id - DRAFT_IDS] = (points, bool(expected.get("total_stays")))
    return found


def result_row(score: Score, today: date) -> Row:
    """A score as a row of ``points_result``."""
    result = result_of(score.found)
    outcome = score.found.outcome
    return {
        "person_id": score.member.person_id,
        "scheme": score.found.scheme.id[:100],
        "period": score.period,
        "status": result["status"],
        "total": None if outcome is None else hundredths(str(result["total"])),
        "total_text": result["total"] or "",
        "grade": result["grade"],
        "categories": canonical(result["categories"]),
        "detail": canonical(_detail(score, result)),
        "valid_until": _valid_until(score, today),
        "engine": ENGINE,
        "publication_id": score.publication.id,
        "last_entry": score.last_entry,
    }


def _detail(score: Score, result: Mapping[str, object]) -> dict[str, object]:
    scheme, version = score.found.scheme, score.found.scheme.versions[score.found.version]
    held = set(score.found.outcome.gates) if score.found.outcome else set()
    detail: dict[str, object] = {
        "result": result,
        "explain": explanation(score.found),
        "gates": [
            {"title": gate.title or gate.id, "grade_max": gate.grade_max}
            for gate in version.gates
            if gate.id in held
        ],
        "items": {name: title or name for name, title in scheme.item_titles.items()},
    }
    if score.then is not None and score.then.outcome is not None:
        then = result_of(score.then)
        credited: Mapping[str, str] = then["credited"]  # type: ignore[assignment]
        detail["expected"] = {
            "total": then["total"],
            # A full category: the entries bring points of their own, and yet the total does not move.
            "total_stays": then["total"] == result["total"],
            "grade": then["grade"],
            "credited": {name: points for name, points in credited.items() if name in score.waiting},
        }
    return detail


def _valid_until(score: Score, today: date) -> date | None:
    """When the scorer says that time alone can change it; the present period also ends, and the next one begins."""
    change = next_change(score.found)
    days = [date.fromisoformat(change)] if change else []
    if score.then is not None and (then := next_change(score.then)):
        days.append(date.fromisoformat(then))
    first, last = period_span(score.found.scheme.period_type, score.period)
    after = day_after(last)
    if first <= today <= last and after is not None:
        days.append(after)
    return min(days) if days else None


def derive(session: Session, people: Collection[int]) -> None:
    """Replace the stored scores of ``people`` (kept ids) by what they are now; rows of people merged by now go away."""
    site = current_site()
    now, today = site.now(), site.today()
    everyone = sorted(row for rows in groups(session, people).values() for row in rows)
    wanted: dict[ResultKey, Row] = {}
    for score in compute(session, people, now):
        row = result_row(score, today)
        wanted[row["person_id"], row["scheme"], row["period"]] = row
    stored = stored_rows(session, everyone)
    delete_rows(session, sorted(stored.keys() - wanted.keys()))
    write_rows(session, [wanted[key] for key in sorted(wanted) if stored.get(key) != wanted[key]])


def follow_merge(session: Session, kept: int, merged: int) -> None:
    """Members and scores stand under the kept ids from now on, also where the plugin is off and nobody would derive."""
    stored = select(PointsResult.person_id).where(PointsResult.person_id.in_((kept, merged))).limit(1)
    had_scores = session.scalar(stored) is not None
    follow_members(session, (kept, merged))
    if had_scores:
        derive(session, sorted(set(canonical_ids(session, (kept, merged)).values())))
