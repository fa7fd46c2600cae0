"""Deriving: the scores of some people are made to say what the log, their facts and the schemes say.

``compute`` scores members in every period in which they have entries and in the present one; ``derive`` replaces
what is stored by that. Nothing is added to what stands, so a repeated or late mark changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, tuple_
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    DRAFT_IDS,
    PENDING,
    REJECTED,
    UNDONE,
    VOIDED,
    Area,
    Batch,
    Decision,
    EntryDraft,
    EntryFact,
    Person,
    canonical_ids,
    chunks,
    current_site,
    draft_facts,
    entry_facts,
    groups,
    mark_query,
    subtree,
    table_of,
    upsert,
)

from .mapping import Event, Evidence, evidence
from .members import Membership, memberships, project
from .members import follow_merge as follow_members
from .models import PointsMember, PointsResult
from .schemes import (
    NAME,
    AreaRules,
    Publication,
    asked_period,
    day_after,
    period_span,
    rules_by_area,
)
from .scoring import Evaluation, evaluate, next_change, result_of
from .scoring.explain import explanation

# Raise this when the scorer gives other results for the same facts: what an older one stored is then due.
ENGINE = 1
STATUSES = (PENDING, CONFIRMED, REJECTED, VOIDED)
_DELETE = 1_000

ResultKey = tuple[int, str, str]
Row = dict[str, Any]


@dataclass(frozen=True)
class MemberFacts:
    """All that is known of one member: where they belong, since when, and their entries."""

    person_id: int
    public_id: str
    area_id: int
    membership: Membership
    left_on: date | None
    entries: Sequence[EntryFact]


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


def gather(
    session: Session, people: Collection[int]
) -> tuple[list[MemberFacts], dict[int, AreaRules], set[int]]:
    """Members among ``people`` (kept ids) with their entries, the rules of their areas, and the ids of voided entries
    that were confirmed once. Whoever came with an import that was taken back is not among them.

    A dozen statements, whatever the number of people.
    """
    members = memberships(session, people)
    places: dict[int, tuple[str, int, date | None]] = {}
    for part in chunks(sorted(members)):
        taken_back = and_(Batch.state == UNDONE, Person.left_on.is_not(None))
        rows = session.execute(
            select(Person.id, Person.public_id, Person.area_id, Person.left_on)
            .outerjoin(Batch, Batch.id == Person.batch_id)
            .where(Person.id.in_(part), taken_back.is_not(True))
        )
        places.update((row[0], (row[1], row[2], row[3])) for row in rows)
    members = {kept: members[kept] for kept in places}
    entries = entry_facts(session, sorted(members), statuses=STATUSES) if members else {}
    known = [
        MemberFacts(
            kept, places[kept][0], places[kept][1], member, _earlier(member.left_on, places[kept][2]), entries[kept]
        )
        for kept, member in sorted(members.items())
    ]  # fmt: skip
    rules = rules_by_area(session, {member.area_id for member in known})
    voided = [fact.entry_id for facts in entries.values() for fact in facts if fact.status == VOIDED]
    return known, rules, _confirmed_once(session, voided)


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


def neutral_facts(
    member: MemberFacts, known: Evidence, span: tuple[date, date], *, hopeful: bool = False
) -> dict[str, object]:
    """The scorer's facts of one member for one period: its events are those of the period."""
    membership = member.membership
    inside = {fact.public_id for fact in member.entries if span[0] <= fact.local_date <= span[1]}
    events: Iterable[Event] = known.hopeful if hopeful else known.events
    return {
        "person": {
            "id": member.public_id,
            "checkin_on": membership.checkin_on.isoformat(),
            "left_on": member.left_on.isoformat() if member.left_on else None,
            "political_status": membership.political_status,
        },
        "events": [event for event in events if event["id"] in inside],
        "voids": [void for void in known.voids if void["event"] in inside],
    }


def scores_of(
    member: MemberFacts,
    rules: AreaRules,
    confirmed_once: Collection[int],
    as_of: datetime,
    only: str | None = None,
) -> list[Score]:
    """A member's scores as of an instant: every period with entries, and the one that holds the asking day."""
    site = current_site()
    today = site.local(as_of).date()
    known = evidence(member.entries, rules.mapping, confirmed_once, as_of)
    days = {today, *(fact.local_date for fact in member.entries if fact.recorded_at <= as_of)}
    periods: dict[tuple[int, str], Publication] = {}
    for day in sorted(days):
        found = rules.for_day(day, today)
        if found is not None and only in (None, found[1]):
            periods[found[0].id, found[1]] = found[0]
    return [
        _score(member, publication, period, known, as_of, today)
        for (_publication, period), publication in periods.items()
    ]


def _score(
    member: MemberFacts, publication: Publication, period: str, known: Evidence, as_of: datetime, today: date
) -> Score:
    scheme = publication.scheme
    span = period_span(scheme.period_type, period)
    query = {"period": asked_period(scheme.period_type, period, today), "as_of": as_of.isoformat()}
    facts = neutral_facts(member, known, span)
    inside = {str(event["id"]) for event in facts["events"]}  # type: ignore[attr-defined]
    waiting = known.waiting & inside
    then = None
    if waiting:
        then = evaluate(scheme, neutral_facts(member, known, span, hopeful=True), query)
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


def canonical(data: object) -> str:
    """The one text of some JSON data: the same data gives the same bytes on every machine."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


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


def hundredths(printed: str) -> int:
    """A printed total in hundredths, for sorting: "12.5" -> 1250; digits finer than that are cut off."""
    sign = -1 if printed.startswith("-") else 1
    whole, _, decimals = printed.lstrip("-").partition(".")
    return sign * (int(whole) * 100 + int((decimals + "00")[:2]))


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
    stored = _stored(session, everyone)
    _delete(session, sorted(stored.keys() - wanted.keys()))
    _write(session, [wanted[key] for key in sorted(wanted) if stored.get(key) != wanted[key]])


def _stored(session: Session, people: Collection[int]) -> dict[ResultKey, Row]:
    table = table_of(PointsResult)
    found: dict[ResultKey, Row] = {}
    for part in chunks(people):
        for row in session.execute(select(table).where(table.c.person_id.in_(part))).mappings():
            found[row["person_id"], row["scheme"], row["period"]] = dict(row)
    return found


def _delete(session: Session, keys: Sequence[ResultKey]) -> None:
    table = table_of(PointsResult)
    for part in chunks(keys, _DELETE):
        session.execute(delete(table).where(tuple_(*table.primary_key).in_(part)))


def _write(session: Session, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = table_of(PointsResult)
    keys = [column.name for column in table.primary_key]
    statement = upsert(session, PointsResult)
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def follow_merge(session: Session, kept: int, merged: int) -> None:
    """Members and scores stand under the kept ids from now on, also where the plugin is off and nobody would derive."""
    stored = select(PointsResult.person_id).where(PointsResult.person_id.in_((kept, merged))).limit(1)
    had_scores = session.scalar(stored) is not None
    follow_members(session, (kept, merged))
    if had_scores:
        derive(session, sorted(set(canonical_ids(session, (kept, merged)).values())))


def due(area: Area | None, today: date) -> Any:
    """Ids of the people whose stored scores time has made old, as a query; of one area and below if given."""
    result = PointsResult
    stale = select(result.person_id).where(or_(result.valid_until <= today, result.engine != ENGINE))
    query = select(Person.id).where(Person.id.in_(stale))
    return query if area is None else query.where(Person.area_id.in_(subtree(area.id)))


def refresh_due(session: Session, today: date, area: Area | None = None) -> int:
    """Mark the people whose scores are due; returns how many. For the daily run and before a rebuild."""
    people = list(session.scalars(due(area, today)))
    for part in chunks(people):
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    return len(people)


def mark_all(session: Session, area: Area | None = None) -> list[int]:
    """Bring member rows in line with their facts and mark everybody with a membership or a score; their ids."""
    concerned = or_(
        Person.id.in_(select(PointsMember.person_id)), Person.id.in_(select(PointsResult.person_id))
    )
    query = select(Person.id).where(concerned)
    if area is not None:
        query = query.where(Person.area_id.in_(subtree(area.id)))
    people = list(session.scalars(query))
    for part in chunks(people):
        project(session, part)
        mark_query(session, NAME, select(Person.id).where(Person.id.in_(part)))
    return people


def at_day_end(day: date) -> datetime:
    """The last instant of a local day."""
    site = current_site()
    return datetime.combine(day, datetime.max.time(), tzinfo=site.timezone)


def digests(session: Session, area: Area | None = None) -> dict[ResultKey, str]:
    """SHA-256 of each stored score, of one area and below if given: what a rebuild is compared with."""
    table = table_of(PointsResult)
    query = select(table)
    if area is not None:
        query = query.join(Person, Person.id == table.c.person_id).where(Person.area_id.in_(subtree(area.id)))
    found: dict[ResultKey, str] = {}
    for row in session.execute(query).mappings():
        text = canonical({name: str(value) for name, value in row.items()})
        found[row["person_id"], row["scheme"], row["period"]] = hashlib.sha256(text.encode()).hexdigest()
    return found
