"""What is done with a result: each act is posted, asks for its permission again, and leads back to the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_outcome,
    flash_problem,
    require_again,
    set_setting,
    unit_of_work,
)

from . import deciding, publishing, services
from .deciding import Step
from .models import PointsAnnual
from .rules import check_ratio
from .services import QUOTA
from .views import result_here

blueprint = Blueprint("points_annual_acts", __name__)

Act = Callable[[Session, PointsAnnual], Any]


def _back(code: str, rid: str) -> Any:
    """To the result, with the filters that were on."""
    kept = {
        name: request.form[f"at-{name}"]
        for name in ("q", "branch", "grade", "only", "sort", "page", "size")
        if request.form.get(f"at-{name}")
    }
    return redirect(url_for("points_annual.result", code=code, rid=rid, **kept), 303)  # type: ignore[arg-type]


def _act(code: str, rid: str, permission: str, act: Act, done: str) -> Any:
    """One act in a unit of work of its own; ``done`` is the sentence for when it succeeds."""
    area_id = current_area().id
    with flash_outcome(done), unit_of_work() as session:
        require_again(session, permission, area_id)
        act(session, result_here(session, rid))
    return _back(code, rid)


@blueprint.post("/a/<code>/points/annual/compute")
@area_scope("points.award")
def compute(code: str) -> Any:
    """Compute the result of a period, anew where it was only computed so far."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, "points.award", area_id)
            found = services.compute(
                session,
                session.get_one(Area, area_id),
                request.form.get("period", "")[:10],
                request.form.get("quota", "")[:20],
                current_actor(),
            )
            rid = found.public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_annual.index", code=code), 303)
    flash_done(N_("The grades are computed. Look through them, then propose them."))
    return redirect(url_for("points_annual.result", code=code, rid=rid), 303)


@blueprint.post("/a/<code>/points/annual/<rid>/again")
@area_scope("points.award")
def again(code: str, rid: str) -> Any:
    """Compute the same anew, for its own area and with its quota."""
    return _act(
        code,
        rid,
        "points.award",
        lambda session, found: services.compute(
            session,
            session.get_one(Area, found.area_id),
            found.period,
            request.form.get("quota", found.quota_ratio)[:20],
            current_actor(),
        ),
        N_("The grades are computed. Look through them, then propose them."),
    )


@blueprint.post("/a/<code>/points/annual/quota")
@area_scope("points.approve")
def quota(code: str) -> Any:
    """Say which share of the members may get the best grade, for this area and below."""
    area_id = current_area().id
    with flash_outcome(N_("The quota is saved.")), unit_of_work() as session:
        require_again(session, "points.approve", area_id)
        ratio = check_ratio(request.form.get("quota", "")[:40])
        set_setting(session, session.get_one(Area, area_id), QUOTA, ratio, current_actor())
    return redirect(url_for("points_annual.index", code=code), 303)


@blueprint.post("/a/<code>/points/annual/<rid>/propose")
@area_scope("points.award")
def propose(code: str, rid: str) -> Any:
    """Put it before the committee."""
    return _act(
        code,
        rid,
        "points.award",
        lambda session, found: services.propose(session, found, current_actor()),
        N_("The grades are proposed. Somebody else of the committee decides on them."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/decide")
@area_scope("points.decide")
def decide(code: str, rid: str) -> Any:
    """Save what was chosen on this page of the list."""
    columns = [request.form.getlist(name) for name in ("id", "grade", "reason")]
    if len({len(column) for column in columns}) > 1:
        abort(400)
    rows = zip(*columns, strict=True)
    steps = [Step(person, grade, reason[:600]) for person, grade, reason in rows if grade]
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: deciding.decide(session, found, steps, current_actor()),
        N_("The decisions are saved."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/rest")
@area_scope("points.decide")
def rest(code: str, rid: str) -> Any:
    """Everybody who is not decided yet gets the proposed grade."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, "points.decide", area_id)
            given, left = deciding.decide_rest(session, result_here(session, rid), current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("%(count)s members are decided as proposed."), count=given)
        if left:
            flash_done(N_("Your own grade is left for somebody else of the committee."))
    return _back(code, rid)


@blueprint.post("/a/<code>/points/annual/<rid>/close")
@area_scope("points.decide")
def close(code: str, rid: str) -> Any:
    """End of deciding."""
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: deciding.close(
            session, found, request.form.get("reference", ""), current_actor()
        ),
        N_("The list is closed. Publish it now for objections."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/back")
@area_scope("points.decide")
def back(code: str, rid: str) -> Any:
    """One step back before anything is public."""
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: deciding.take_back(
            session, found, request.form.get("reason", ""), current_actor()
        ),
        N_("The result is taken back by one step."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/publish")
@area_scope("publicity.publish")
def publish(code: str, rid: str) -> Any:
    """Publish what was previewed; nothing is published when the list has changed since."""
    raw = request.form.get("days", "")
    days = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
    return _act(
        code,
        rid,
        "publicity.publish",
        lambda session, found: publishing.publish(
            session,
            session.get_one(Area, found.area_id),
            found,
            days,
            current_actor(),
            shown=request.form.get("shown", ""),
        ),
        N_("The notice is published. Print it, and hang it up."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/down")
@area_scope("points.decide")
def down(code: str, rid: str) -> Any:
    """Withdraw the notice, and take the result back to the committee."""
    why, reason = request.form.get("why", ""), request.form.get("reason", "")
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: publishing.take_down(session, found, why, reason, current_actor()),
        N_("The result is taken back by one step."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/confirm")
@area_scope("points.decide")
def confirm(code: str, rid: str) -> Any:
    """Confirm after the notice's time, by somebody who had no part in it."""
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: publishing.confirm(session, found, current_actor()),
        N_("The grades are confirmed. Letters to the home units can be written now."),
    )


@blueprint.post("/a/<code>/points/annual/<rid>/reopen")
@area_scope("points.decide")
def reopen(code: str, rid: str) -> Any:
    """Reopen a confirmed result by a decision; a new one gets the next number."""
    reason, reference = request.form.get("reason", ""), request.form.get("reference", "")
    return _act(
        code,
        rid,
        "points.decide",
        lambda session, found: publishing.reopen(session, found, reason, reference, current_actor()),
        N_("The result is reopened and stays as it was. Compute a new one, which gets the next number."),
    )
