"""Settings of an area; so far who may confirm what was recorded."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from pointsys.core.activity_log.policy import ALWAYS, BULK, BULK_FROM, OFF, SECOND_PERSON
from pointsys.core.areas.models import Area
from pointsys.core.settings import AreaSetting, get_setting, set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.frame import flash_done, flash_problem, show

blueprint = Blueprint("settings", __name__)

View = Response | tuple[str, int]

POLICIES = {
    BULK: (
        N_("Long lists and old dates wait for a second person"),
        N_("Usual. A few entries stand confirmed at once; %(n)s or more, and what is older than 30 days, wait."),
    ),
    ALWAYS: (
        N_("Everything waits for a second person"),
        N_("Strictest. Nobody confirms what they have recorded themselves."),
    ),
    OFF: (
        N_("Nothing waits for a second person"),
        N_("For very small teams. One's own participation still never confirms itself."),
    ),
}  # fmt: skip


@blueprint.get("/a/<code>/settings")
@area_scope("settings.edit")
def index(code: str) -> View:
    """The settings that rule in the area."""
    area_id = current_area().id
    with read_scope() as session:
        return show(
            "log/settings.html",
            policies=POLICIES,
            chosen=get_setting(session, area_id, SECOND_PERSON, BULK),
            own=session.get(AreaSetting, (area_id, SECOND_PERSON)) is not None,
            bulk=BULK_FROM,
        )


@blueprint.post("/a/<code>/settings")
@area_scope("settings.edit")
def save(code: str) -> View:
    """Set who may confirm, for the area and what lies below it."""
    chosen, area_id = request.form.get("second_person", ""), current_area().id
    try:
        if chosen not in POLICIES:
            raise Problem("unknown_choice", N_("Choose one of the values offered."))
        with unit_of_work() as session:
            require_again(session, "settings.edit", area_id)
            set_setting(session, session.get_one(Area, area_id), SECOND_PERSON, chosen, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("The settings are kept."))
    return redirect(url_for("settings.index", code=code), 303)
