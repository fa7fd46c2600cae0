"""The dry run of a draft on real data: ordering it, doing it as a job, and reading what it found.

``comparing`` scores both ways. Nothing but the dry run's own tables is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    AreaClosure,
    Person,
    Problem,
    audit,
    canonical,
    chunks,
    current_site,
    enqueue_job,
    name_condition,
    read_scope,
    subtree,
    unit_of_work,
)

from ..models import PointsMember, PointsSchemeVersion
from ..schemes import recent_periods, rules_of
from ..scoring import load_scheme
from .comparing import Line, Tally, compare, kind_of
from .models import TRIAL, PointsSchemeDraft, PointsSchemeTrial, PointsSchemeTrialLine

if TYPE_CHECKING:
    from pointsys.plugin import JobRun

AT_ONCE = 200
SCORING = N_("Scoring everybody both ways")


def offered_periods(session: Session, draft: PointsSchemeDraft) -> tuple[str, ...]:
    """The periods on whose data a draft can be tried, the present one first, in the words of what rules now."""
    today = current_site().today()
    ruling = rules_of(session, draft.area_id).on(today)
    kind = ruling.scheme.period_type if ruling else kind_of(draft.text)
    return recent_periods(kind, today)


def order(
    session: Session, draft: PointsSchemeDraft, period: str, whole: bool, actor: Actor
) -> PointsSchemeTrial:
    """Order a dry run; raises SchemeError for a text that the linter refuses, and Problem bad_period."""
    load_scheme(draft.text, format="toml")
    if period not in offered_periods(session, draft):
        raise Problem("bad_period", N_("Choose one of the periods offered."), field="period")
    trial = PointsSchemeTrial(
        draft_id=draft.id, sha256=draft.sha256, period=period, whole=whole, ordered_by=actor.label,
        ordered_by_account=actor.account_id,
    )  # fmt: skip
    session.add(trial)
    session.flush()
    job = enqueue_job(session, TRIAL, draft.area_id, {"trial": trial.public_id}, actor)
    trial.job = job.public_id
    audit.write(
        session, actor, "points.scheme_tried", "points_scheme_draft", draft.public_id, area_id=draft.area_id,
        after={"sha256": draft.sha256},
    )  # fmt: skip
    return trial


def try_draft(job: JobRun) -> Mapping[str, object]:
    """The job: score, then write what differs in the place of the draft's earlier dry runs."""
    with read_scope() as session:
        trial = _trial(session, str(job.args["trial"]))
        draft = session.get_one(PointsSchemeDraft, trial.draft_id)
        text, area_id, period, whole, sha = draft.text, draft.area_id, trial.period, trial.whole, trial.sha256
        if draft.sha256 != sha:
            raise Problem("draft_changed_since", N_("The draft was changed meanwhile: try it anew."))
        members = members_touched(session, area_id)
    site = current_site()
    now = site.now()
    lines: list[Line] = []
    tally = Tally()
    for number, part in enumerate(chunks(members, AT_ONCE)):
        job.step(number * AT_ONCE, len(members), SCORING)
        with read_scope() as session:
            lines += compare(session, part, area_id, text, period, whole, now, tally)
    job.step(len(members), len(members), SCORING)
    with unit_of_work(drain=False) as session:
        _write(session, _trial(session, str(job.args["trial"])), lines, tally)
    return {"people": tally.people, "changed": len(lines)}


def _trial(session: Session, public_id: str) -> PointsSchemeTrial:
    found = session.scalar(select(PointsSchemeTrial).where(PointsSchemeTrial.public_id == public_id))
    if found is None:
        raise Problem("trial_gone", N_("This dry run is not there any more: start it anew."))
    return found


def members_touched(session: Session, area_id: int) -> list[int]:
    """Members whom a publication for this area would rule: those below it but not below a nearer one's own."""
    nearer = (
        select(AreaClosure.descendant_id)
        .join(PointsSchemeVersion, PointsSchemeVersion.area_id == AreaClosure.ancestor_id)
        .where(PointsSchemeVersion.area_id != area_id, PointsSchemeVersion.area_id.in_(subtree(area_id)))
    )
    return list(
        session.scalars(
            select(PointsMember.person_id)
            .join(Person, Person.id == PointsMember.person_id)
            .where(Person.area_id.in_(subtree(area_id)), Person.area_id.not_in(nearer))
            .order_by(PointsMember.person_id)
        )
    )


def _write(session: Session, trial: PointsSchemeTrial, lines: Sequence[Line], tally: Tally) -> None:
    same = select(PointsSchemeTrial.id).where(PointsSchemeTrial.draft_id == trial.draft_id)
    line = PointsSchemeTrialLine
    session.execute(delete(line).where(line.trial_id.in_(same)))
    for found in lines:
        session.add(
            PointsSchemeTrialLine(
                trial_id=trial.id, person_id=found.person_id, total_before=found.total_before,
                total_after=found.total_after, moved=found.moved, grade_before=found.grade_before[:60],
                grade_after=found.grade_after[:60], step=found.step, why=canonical(list(found.why)),
            )
        )  # fmt: skip
    trial.people, trial.changed = tally.people, len(lines)
    trial.regraded = sum(tally.moves.values())
    trial.summary = tally.summary()
    trial.computed_at = current_site().now()


@dataclass(frozen=True)
class Shown:
    """One line with the person's name, for a list."""

    public_id: str
    name: str
    line: PointsSchemeTrialLine
    why: Sequence[Mapping[str, Any]]


SORTS = ("name", "-name", "moved", "-moved", "step")


def lines_of(
    session: Session, trial: PointsSchemeTrial, *, q: str = "", only: str = "", sort: str = "step",
    limit: int, offset: int,
) -> tuple[list[Shown], int]:  # fmt: skip
    """Lines of a dry run; ``only`` is up, down, graded or "" for all; two statements."""
    line = PointsSchemeTrialLine
    wanted = [line.trial_id == trial.id]
    if only == "up":
        wanted.append(line.moved > 0)
    elif only == "down":
        wanted.append(line.moved < 0)
    elif only == "graded":
        wanted.append(line.grade_before != line.grade_after)
    if q:
        wanted.append(name_condition(q))
    orders = {
        "name": (Person.name,), "-name": (Person.name.desc(),), "moved": (line.moved,), "-moved": (line.moved.desc(),),
        "step": (line.step, line.moved),
    }  # fmt: skip
    base = (
        select(line, Person.public_id, Person.name).join(Person, Person.id == line.person_id).where(*wanted)
    )
    total = session.scalar(select(func.count()).select_from(base.subquery())) or 0
    rows = session.execute(
        base.order_by(*orders.get(sort, orders["step"]), Person.id).limit(limit).offset(offset)
    )
    return [Shown(public_id, name, row, json.loads(row.why)) for row, public_id, name in rows], total


@dataclass(frozen=True)
class Outcome:
    """The figures of a finished dry run; averages as printed."""

    people: int
    changed: int
    regraded: int
    average_before: str
    average_after: str
    moves: Sequence[tuple[str, str, int]]
    grades: Sequence[tuple[str, int, int]]


def outcome_of(trial: PointsSchemeTrial) -> Outcome:
    """The figures of a dry run."""
    data = json.loads(trial.summary)
    sides: dict[str, list[int]] = {}
    for side, grade, count in data.get("grades", ()):
        sides.setdefault(grade, [0, 0])[side == "after"] = count
    return Outcome(
        trial.people,
        trial.changed,
        trial.regraded,
        _average(data.get("before", 0), trial.people),
        _average(data.get("after", 0), trial.people),
        [(old, new, count) for old, new, count in data.get("moves", ())],
        [(grade, old, new) for grade, (old, new) in sides.items()],
    )


def _average(total: int, people: int) -> str:
    return f"{(Decimal(total) / people / 100):.2f}" if people else ""
