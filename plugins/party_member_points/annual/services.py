"""Computing a result from the log and the ledger, and proposing it to the committee.

A result is computed as often as one likes; once proposed its numbers stand, and what changes is decided by people
(``deciding``), shown to the public and confirmed (``publishing``). Every act leaves an event and an audit row.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED as COUNTED,
)
from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Problem,
    ancestors,
    audit,
    canonical,
    chunks,
    clean_text,
    credited,
    current_site,
    get_setting,
    subtree,
    who_acts,
)

from ..cuts import scores_at
from ..quarters.services import lock_above, lock_area
from ..schemes import LIFETIME, ROLLING, Publication, asked_sheet, period_span, rules_of
from ..scoring import result_of
from ..scoring.values import all_equal
from ..services import Score
from ..standing_on import members_on
from ..stored import hundredths
from . import rules
from .models import BINDING, COMPUTED, PROPOSED, REOPENED, PointsAnnual, PointsAnnualEvent, PointsAnnualLine

QUOTA = "points.quota"
AT_A_TIME = 500
WORDS = 500


@dataclass(frozen=True)
class Asked:
    """The scheme and period of a result to be computed, with the last day of the period."""

    publication: Publication
    period: str
    last: date

    @property
    def scheme_id(self) -> str:
        """As it is stored."""
        return self.publication.scheme.id[:100]


def asked_for(session: Session, area_id: int, period: str) -> Asked:
    """What rules an area in a period; Problem no_scheme, bad_period or no_result_by_period."""
    asked = asked_sheet(rules_of(session, area_id), period, current_site().today())
    if asked.refused is not None:
        raise asked.refused
    if asked.publication is None:
        raise Problem("no_scheme", N_("No scheme rules here: publish one first."))
    kind = asked.publication.scheme.period_type
    if kind in (ROLLING, LIFETIME):
        raise Problem(
            "no_result_by_period",
            N_("The scheme here does not count by periods that end, so no grades follow."),
        )
    return Asked(asked.publication, asked.period, period_span(kind, asked.period)[1])


def quota_of(session: Session, area_id: int) -> str:
    """The share that may hold the best grade, as the area's setting says; "" for any."""
    return str(get_setting(session, area_id, QUOTA, "") or "")


def grades_of(publication: Publication, last: date) -> list[str]:
    """The grades of a scheme at the end of a period, best first, each once."""
    scheme = publication.scheme
    version = scheme.versions[max(scheme.version_index(last), 0)]
    return list(dict.fromkeys(grade.id for grade in version.grades))


def compute(session: Session, area: Area, period: str, ratio: str, actor: Actor) -> PointsAnnual:
    """Compute the result of an area and below for a period, anew if it was only computed so far.

    ``ratio`` is the quota of the best grade ("" for none). Raises Problem: see ``asked_for``; bad_quota, no_grades,
    no_members, result_exists.
    """
    ratio = rules.check_ratio(ratio)
    asked = asked_for(session, area.id, period)
    grades = grades_of(asked.publication, asked.last)
    if not grades:
        raise Problem("no_grades", N_("The scheme here has no grades: give it some, and publish it."))
    result = _open_result(session, area, asked)
    rows = _rows(session, area.id, asked, grades)
    if not rows:
        raise Problem("no_members", N_("Nobody here was a member in this period."))
    given = rules.quota(
        [(str(row["person_id"]), str(row["total_text"]), str(row["proposed_grade"])) for row in rows],
        grades,
        ratio,
    )
    for row in rows:
        row["quota_grade"] = given.grades[str(row["person_id"])]
        row["needs_decision"] = str(row["person_id"]) in given.ties
    result.publication_id = asked.publication.id
    result.grades, result.quota_ratio, result.quota_limit = canonical(grades), ratio, given.limit
    result.computed_at = current_site().now()
    result.computed_by, result.computed_by_account = actor.label, actor.account_id
    session.add(result)
    session.flush()
    session.execute(delete(PointsAnnualLine).where(PointsAnnualLine.annual_id == result.id))
    for part in chunks(range(len(rows)), AT_A_TIME):
        session.execute(insert(PointsAnnualLine), [{**rows[i], "annual_id": result.id} for i in part])
    note(session, result, COMPUTED, actor)
    audit.write(
        session, actor, "points.annual_computed", "points_annual", result.public_id, area_id=area.id,
        after={"period": asked.period, "no": result.no, "quota": ratio}, count=len(rows),
    )  # fmt: skip
    return result


def _open_result(session: Session, area: Area, asked: Asked) -> PointsAnnual:
    lock_area(session, area.id)
    earlier = list(
        session.scalars(
            select(PointsAnnual)
            .where(
                PointsAnnual.area_id == area.id,
                PointsAnnual.scheme_id == asked.scheme_id,
                PointsAnnual.period == asked.period,
            )
            .order_by(PointsAnnual.no.desc())
            .with_for_update()
        )
    )
    live = next((row for row in earlier if row.state != REOPENED), None)
    if live is not None and live.state != COMPUTED:
        raise Problem(
            "result_exists",
            N_("There is a result of this period already: take it back or reopen it before a new one."),
        )
    return live or PointsAnnual(
        area_id=area.id,
        scheme_id=asked.scheme_id,
        publication_id=asked.publication.id,
        period=asked.period,
        no=earlier[0].no + 1 if earlier else 1,
        state=COMPUTED,
    )


def _rows(session: Session, area_id: int, asked: Asked, grades: Sequence[str]) -> list[dict[str, object]]:
    """The lines of everybody who was a member in the period, as columns."""
    people = members_on(session, area_id, asked.last)
    now = current_site().now()
    return [
        _row(score, grades)
        for part in chunks(people, AT_A_TIME)
        for score in scores_at(session, part, asked.scheme_id, asked.period, asked.last, now)
        # Where an area below publishes a scheme of its own, its members are graded there.
        if score.found.outcome is not None and score.publication.id == asked.publication.id
    ]


def _row(score: Score, grades: Sequence[str]) -> dict[str, object]:
    result, found, member = result_of(score.found), score.found, score.member
    outcome = found.outcome
    assert outcome is not None
    version = found.scheme.versions[found.version]
    gates = [gate for gate in version.gates if gate.id in outcome.gates]
    live = found.selection.eligible if found.selection else ()
    vetoes = [veto for veto in version.vetoes if any(entry.item == veto.item for entry in live)]
    tops = [gate.grade_max for gate in gates] + [veto.grade for veto in vetoes]
    fitting = [(grade.id, all_equal(grade.when, found.book.person)) for grade in version.grades]
    scored = str(result["grade"])
    minutes, activities = _service(score)
    return {
        "person_id": member.person_id,
        "branch_id": member.membership.branch_id,
        "home_unit_id": member.membership.home_unit_id,
        "checkin_on": member.membership.checkin_on,
        "total": hundredths(str(result["total"])),
        "total_text": str(result["total"]),
        "categories": canonical(result["categories"]),
        "minutes": minutes,
        "activities": activities,
        "proposed_grade": scored,
        "detail": canonical(
            {
                "gates": [{"title": g.title or g.id, "grade_max": g.grade_max} for g in gates],
                "vetoes": [found.scheme.item_titles.get(v.item) or v.item for v in vetoes],
                "vetoed": outcome.vetoed,
                "ceiling": rules.ceiling_of(grades, tops),
                "steps": rules.steps_of(fitting, scored),
            }
        ),
        "grade": None,
        "step_reason": "",
        "decided_by": "",
    }


def _service(score: Score) -> tuple[int, int]:
    """Credited minutes of service and number of activities while a member in the period."""
    first, last = period_span(score.publication.scheme.period_type, score.period)
    first = max(first, score.member.membership.checkin_on)
    last = min(last, score.member.left_on or last)
    live = [fact for fact in score.member.entries if fact.status == COUNTED]
    worth = credited(live)
    inside = [fact for fact in live if first <= fact.local_date <= last]
    minutes = sum(worth[f.entry_id].minutes for f in inside if f.service and f.entry_id in worth)
    return minutes, len({fact.activity_id for fact in inside})


def propose(session: Session, result: PointsAnnual, actor: Actor) -> PointsAnnual:
    """Put a computed result before the committee: from now on its numbers stand.

    Raises Problem wrong_state, period_not_over, list_changed (compute anew), or overlapping_result.
    """
    locked(session, result, COMPUTED)
    asked = asked_for(session, result.area_id, result.period)
    if current_site().today() <= asked.last:
        raise Problem(
            "period_not_over",
            N_("The period ends on %(day)s: grades can be proposed from the day after."),
            day=asked.last.isoformat(),
        )
    _check_alone(session, result)
    if _digest(_rows(session, result.area_id, asked, json.loads(result.grades))) != _digest(
        [
            {"person_id": line.person_id, "total_text": line.total_text, "proposed_grade": line.proposed_grade,
             "minutes": line.minutes, "activities": line.activities, "categories": line.categories}
            for line in lines_of(session, result)
        ]
    ):  # fmt: skip
        raise Problem("list_changed", N_("Points have changed since this was computed: compute it again."))
    result.state = PROPOSED
    result.proposed_at = current_site().now()
    result.proposed_by, result.proposed_by_account = actor.label, actor.account_id
    note(session, result, PROPOSED, actor)
    _audit(session, result, "points.annual_proposed", actor)
    return result


_COMPARED = ("person_id", "total_text", "proposed_grade", "minutes", "activities", "categories")


def _digest(rows: Collection[dict[str, object]]) -> set[tuple[object, ...]]:
    return {tuple(row[name] for name in _COMPARED) for row in rows}


def _check_alone(session: Session, result: PointsAnnual) -> None:
    """No area above or below may grade the same people."""
    lock_above(session, result.area_id)
    other = session.scalar(
        select(Area.name)
        .join(PointsAnnual, PointsAnnual.area_id == Area.id)
        .where(
            PointsAnnual.scheme_id == result.scheme_id,
            PointsAnnual.period == result.period,
            PointsAnnual.state.in_(BINDING),
            PointsAnnual.id != result.id,
            or_(Area.id.in_(subtree(result.area_id)), Area.id.in_(ancestors(result.area_id))),
        )
        .limit(1)
    )
    if other is not None:
        raise Problem(
            "overlapping_result",
            N_("%(area)s has a result of this period for the same members: only one can stand."),
            area=other,
        )


def locked(session: Session, result: PointsAnnual, *states: str) -> PointsAnnual:
    """The result, nobody else changing it until the transaction ends; Problem wrong_state in any other state."""
    # Confirmed results of an area are one chain.
    lock_area(session, result.area_id)
    query = select(PointsAnnual).where(PointsAnnual.id == result.id).with_for_update()
    held = session.scalars(query.execution_options(populate_existing=True)).one()
    if held.state not in states:
        raise Problem(
            "wrong_state", N_("Somebody has moved this result on meanwhile. Look at it again, then decide.")
        )
    return held


def lines_of(session: Session, result: PointsAnnual) -> list[PointsAnnualLine]:
    """All lines of a result."""
    line = PointsAnnualLine
    return list(session.scalars(select(line).where(line.annual_id == result.id).order_by(line.id)))


def note(
    session: Session,
    result: PointsAnnual,
    what: str,
    actor: Actor,
    *,
    person_id: int | None = None,
    grade: str = "",
    reason: str = "",
    reference: str = "",
    role: str = "",
) -> None:
    """Leave the event of an act on a result."""
    session.add(
        PointsAnnualEvent(
            annual_id=result.id, person_id=person_id, what=what, grade=grade, reason=reason,
            reference=reference, actor=actor.label, account_id=actor.account_id, role=role,
            at=current_site().now(),
        )
    )  # fmt: skip


def _audit(session: Session, result: PointsAnnual, event: str, actor: Actor) -> None:
    audit.write(
        session, actor, event, "points_annual", result.public_id, area_id=result.area_id,
        after={"period": result.period, "no": result.no},
    )  # fmt: skip


def words(text: str, *, field: str = "reason", most: int = WORDS, needed: bool = True) -> str:
    """Somebody's words, cleaned; Problem reason_needed or too_long_text."""
    text = clean_text(text)
    if needed and not text:
        raise Problem("reason_needed", N_("Write what is wrong, or why, in a few words."), field=field)
    if len(text) > most:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field=field, count=most)
    return text


def not_by(session: Session, actor: Actor, acts: Collection[tuple[int | None, str]], text: str) -> None:
    """Refuse an act of somebody who did an earlier one: Problem another_person_needed with ``text``."""
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    if any(label and who.did(account, label) for account, label in acts):
        raise Problem("another_person_needed", text)


def count_lines(session: Session, result: PointsAnnual) -> int:
    """How many lines a result has."""
    line = PointsAnnualLine
    return int(session.scalar(select(func.count()).where(line.annual_id == result.id)) or 0)
