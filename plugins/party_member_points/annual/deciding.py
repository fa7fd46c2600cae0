"""What the committee does with a proposed result: a grade for each member, and the closing of the list.

Nobody decides who proposed the result, and nobody on their own grade. Decisions can be changed until the list is
closed; each is an event of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Person, Problem, audit, clean_text, current_site, groups, who_acts

from .models import COMPUTED, DECIDED, PROPOSED, PointsAnnual, PointsAnnualLine
from .rules import Standing, check, check_room
from .services import count_lines, locked, not_by, note, words

STEP = "step"
TAKEN_BACK = "taken_back"
REFERENCE = 100


@dataclass(frozen=True)
class Step:
    """One decision: the person's outside id, the grade, and why if it is not the proposed one."""

    person: str
    grade: str
    reason: str = ""


def standing_of(line: PointsAnnualLine) -> Standing:
    """What the rules look at."""
    detail: Mapping[str, object] = json.loads(line.detail)
    steps: Sequence[str] = detail["steps"]  # type: ignore[assignment]
    ceiling = detail.get("ceiling")
    return Standing(
        scored=line.proposed_grade or "",
        proposed=line.quota_grade or "",
        steps=tuple(steps),
        ceiling=None if ceiling is None else str(ceiling),
        vetoed=bool(detail.get("vetoed")),
    )


def decide(session: Session, result: PointsAnnual, steps: Sequence[Step], actor: Actor) -> int:
    """Decide on the grades of some members; returns how many were new or changed.

    Raises Problem: another_person_needed, own_matter, wrong_state, unknown_person, quota_full, and as ``rules.check``.
    """
    locked(session, result, PROPOSED)
    check_decider(session, result, actor)
    own = _own_rows(session, actor)
    lines = _lines_by_public_id(session, result, [step.person for step in steps])
    changed = 0
    for step in steps:
        line = lines.get(step.person)
        if line is None:
            raise Problem(
                "unknown_person", N_("Somebody is not on this list. Look at it again, then decide.")
            )
        reason = clean_text(step.reason)
        if step.grade == (line.grade or "") and reason == line.step_reason:
            continue
        if line.person_id in own:
            raise Problem("own_matter", N_("Your own grade is decided by somebody else."))
        check(standing_of(line), step.grade, reason)
        _give(session, result, line, step.grade, reason if step.grade != line.quota_grade else "", actor)
        changed += 1
    check_room(result.quota_limit, held_by(session, result))
    if changed:
        _audit(session, result, "points.annual_steps", actor, changed)
    return changed


def decide_rest(session: Session, result: PointsAnnual, actor: Actor) -> tuple[int, int]:
    """Decide everybody who is undecided as proposed; returns how many, and how many were left for somebody else.

    Raises Problem another_person_needed or wrong_state.
    """
    locked(session, result, PROPOSED)
    check_decider(session, result, actor)
    own = _own_rows(session, actor)
    line = PointsAnnualLine
    waiting = session.scalars(select(line).where(line.annual_id == result.id, line.grade.is_(None))).all()
    given = [row for row in waiting if row.person_id not in own]
    for row in given:
        _give(session, result, row, row.quota_grade or "", "", actor)
    check_room(result.quota_limit, held_by(session, result))
    if given:
        _audit(session, result, "points.annual_steps", actor, len(given))
    return len(given), len(waiting) - len(given)


def close(session: Session, result: PointsAnnual, reference: str, actor: Actor) -> PointsAnnual:
    """Close the list: every grade is decided. ``reference`` names the meeting or its minutes.

    Raises Problem another_person_needed, wrong_state, reason_needed, not_all_decided or quota_full.
    """
    locked(session, result, PROPOSED)
    check_decider(session, result, actor)
    reference = words(reference, field="reference", most=REFERENCE)
    line = PointsAnnualLine
    query = select(func.count()).where(line.annual_id == result.id, line.grade.is_(None))
    missing = int(session.scalar(query) or 0)
    if missing:
        raise Problem(
            "not_all_decided",
            N_("The grades of %(count)s members are not decided yet: decide them first."),
            count=missing,
        )
    check_room(result.quota_limit, held_by(session, result))
    result.state = DECIDED
    result.decided_at = current_site().now()
    result.decided_by, result.decided_by_account = actor.label, actor.account_id
    note(session, result, DECIDED, actor, reference=reference)
    _audit(session, result, "points.annual_decided", actor, count_lines(session, result))
    return result


def take_back(session: Session, result: PointsAnnual, reason: str, actor: Actor) -> PointsAnnual:
    """One step back before anything is public: from decided to proposed, from proposed to computed.

    Going back to computed drops the decisions, for the numbers may change; their events stay. Raises Problem
    wrong_state, reason_needed or too_long_text.
    """
    locked(session, result, PROPOSED, DECIDED)
    reason = words(reason)
    if result.state == PROPOSED:
        line = PointsAnnualLine
        session.execute(
            update(line)
            .where(line.annual_id == result.id)
            .values(grade=None, step_reason="", decided_at=None, decided_by="", decided_by_account=None)
        )
        result.state = COMPUTED
        result.proposed_at, result.proposed_by, result.proposed_by_account = None, "", None
    else:
        result.state = PROPOSED
    result.decided_at, result.decided_by, result.decided_by_account = None, "", None
    note(session, result, TAKEN_BACK, actor, reason=reason)
    _audit(session, result, "points.annual_taken_back", actor, 1)
    return result


def held_by(session: Session, result: PointsAnnual) -> int:
    """How many hold the best grade, those undecided as proposed."""
    line, best = PointsAnnualLine, json.loads(result.grades)[0]
    session.flush()
    query = select(func.count()).where(
        line.annual_id == result.id, func.coalesce(line.grade, line.quota_grade) == best
    )
    return int(session.scalar(query) or 0)


def own_line(session: Session, result: PointsAnnual, actor: Actor) -> int | None:
    """The row of the reader's own line in a result, for marking it; None without one."""
    own = _own_rows(session, actor)
    if not own:
        return None
    line = PointsAnnualLine
    found: int | None = session.scalar(
        select(line.person_id).where(line.annual_id == result.id, line.person_id.in_(own)).limit(1)
    )
    return found


def check_decider(session: Session, result: PointsAnnual, actor: Actor) -> None:
    """Refuse whoever proposed the result: Problem another_person_needed."""
    not_by(
        session,
        actor,
        [(result.proposed_by_account, result.proposed_by)],
        N_("You proposed these grades, so somebody else has to decide on them."),
    )


def _own_rows(session: Session, actor: Actor) -> Collection[int]:
    """The rows of the human being who acts; nobody for the command line."""
    if actor.unrestricted:
        return ()
    who = who_acts(session, actor)
    return () if who.person is None else groups(session, [who.person])[who.person]


def _lines_by_public_id(
    session: Session, result: PointsAnnual, people: Collection[str]
) -> dict[str, PointsAnnualLine]:
    line = PointsAnnualLine
    rows = session.execute(
        select(Person.public_id, line)
        .join(Person, Person.id == line.person_id)
        .where(line.annual_id == result.id, Person.public_id.in_(sorted(set(people))))
    )
    return {row[0]: row[1] for row in rows}


def _give(
    session: Session, result: PointsAnnual, line: PointsAnnualLine, grade: str, reason: str, actor: Actor
) -> None:
    line.grade, line.step_reason = grade, reason
    line.decided_at = current_site().now()
    line.decided_by, line.decided_by_account = actor.label, actor.account_id
    note(session, result, STEP, actor, person_id=line.person_id, grade=grade, reason=reason)


def _audit(session: Session, result: PointsAnnual, event: str, actor: Actor, count: int) -> None:
    audit.write(
        session, actor, event, "points_annual", result.public_id, area_id=result.area_id,
        after={"period": result.period, "no": result.no}, count=count,
    )  # fmt: skip
