"""Which plugins work in an area: what each adds, whether it is on and who said so, and those that were stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import audit
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.jobs import enqueue
from pointsys.core.jobs.replay import KIND as REPLAY
from pointsys.core.pending import PluginFailure, PluginQuarantine, mark_query, release, waiting_in
from pointsys.core.people.models import Person
from pointsys.core.plugin_info import PluginInfo
from pointsys.core.site import current_site
from pointsys.core.switches import PluginSwitch, enabled_in, locked_above, switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area, current_path, may, require_again
from pointsys.web.frame import flash_done, flash_outcome, show

blueprint = Blueprint("plugins", __name__)

View = Response | tuple[str, int]

# So many people are a job with a page of its own; fewer are done by the next turn of the clock.
MANY = 500


@dataclass(frozen=True)
class PluginState:
    """One plugin as this area has it."""

    info: PluginInfo
    on: bool
    # The area whose switch rules here; None when nobody ever switched it.
    said_by: Area | None
    locked_by: Area | None
    own_lock: bool
    failures: int
    stopped_since: datetime | None
    derives: bool
    waiting: int
    titles_of_required: tuple[str, ...]


@blueprint.get("/a/<code>/plugins")
@area_scope("plugins.switch")
def index(code: str) -> View:
    """A card for each plugin."""
    host = current_site().host
    with read_scope() as session:
        states = _states(session)
        top = current_path()[0]
        return show(
            "plugins/index.html",
            states=states,
            skipped=host.skipped if may("plugins.switch", top) else {},
            may_release=may("plugins.switch", top),
        )


def _states(session: Session) -> list[PluginState]:
    host, area = current_site().host, current_area()
    on = enabled_in(session, area.id)
    said: dict[str, tuple[PluginSwitch, Area]] = {}
    rows = session.execute(
        select(PluginSwitch, Area)
        .join(Area, Area.id == PluginSwitch.area_id)
        .join(AreaClosure, AreaClosure.ancestor_id == Area.id)
        .where(AreaClosure.descendant_id == area.id)
        .order_by(AreaClosure.depth.desc())
    )
    for switch, place in rows:
        if switch.plugin not in said or not said[switch.plugin][0].locked:
            said[switch.plugin] = (switch, place)
    failures = {
        row[0]: row[1]
        for row in session.execute(select(PluginFailure.plugin, func.count()).group_by(PluginFailure.plugin))
    }
    stopped = {row.plugin: row.since for row in session.scalars(select(PluginQuarantine))}
    states = []
    for info in sorted(host.plugins.values(), key=lambda info: (info.order, info.name)):
        ruling = said.get(info.name)
        locked = locked_above(session, area.id, info.name)
        states.append(
            PluginState(
                info=info,
                on=info.name in on,
                said_by=ruling[1] if ruling else None,
                locked_by=locked,
                own_lock=bool(ruling and ruling[0].locked and ruling[1].id == area.id),
                failures=failures.get(info.name, 0),
                stopped_since=stopped.get(info.name),
                derives=host.has_hook(info.name, "derive"),
                waiting=waiting_in(session, info.name, area.id),
                titles_of_required=tuple(host.plugins[n].title for n in info.requires if n in host.plugins),
            )
        )
    return states


@blueprint.post("/a/<code>/plugins/<name>/switch")
@area_scope("plugins.switch")
def switch(code: str, name: str) -> View:
    """Turn a plugin on or off for the area and below, perhaps for good."""
    enabled, locked = request.form.get("on") == "1", request.form.get("locked") == "1"
    with (
        flash_outcome(
            N_("Switched on. What is on record already is being counted; that may take a minute.")
            if enabled
            else N_("Switched off. Nothing was deleted; switching it on again brings everything back.")
        ),
        unit_of_work() as session,
    ):
        area = current_area()
        require_again(session, "plugins.switch", area.id)
        switch_plugin(session, area, name, enabled, current_actor(), locked=locked)
    return redirect(url_for("plugins.index", code=code), 303)


@blueprint.post("/a/<code>/plugins/<name>/recompute")
@area_scope("plugins.switch")
def recompute(code: str, name: str) -> View:
    """Order everybody's results in the area and below to be derived anew from the log."""
    if not current_site().host.has_hook(name, "derive"):
        abort(404)
    with unit_of_work() as session:
        area = current_area()
        require_again(session, "plugins.switch", area.id)
        mark_query(session, name, select(Person.id).where(Person.area_id.in_(subtree(area.id))))
        audit.write(session, current_actor(), "plugin.recomputed", "plugin", name, area_id=area.id)
        waiting, job = waiting_in(session, name, area.id), ""
        if waiting > MANY:
            job = enqueue(
                session, REPLAY, area.id, {"plugin": name}, current_actor(), total=waiting
            ).public_id
    if job:
        return redirect(url_for("jobs.job", code=code, job=job), 303)
    flash_done(N_("Everybody's results are being computed anew; that may take a minute."))
    return redirect(url_for("plugins.index", code=code), 303)


@blueprint.post("/a/<code>/plugins/<name>/release")
@area_scope("plugins.switch")
def let_out(code: str, name: str) -> View:
    """Try a stopped plugin again, in the whole site."""
    if current_site().host.info(name) is None:
        abort(404)
    with unit_of_work() as session:
        require_again(session, "plugins.switch", current_path()[0].id)
        release(session, name)
    flash_done(N_("Released. If it fails again, it is stopped again."))
    return redirect(url_for("plugins.index", code=code), 303)
