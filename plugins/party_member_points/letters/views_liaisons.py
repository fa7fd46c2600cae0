"""Who stands for which unit: linking accounts with the role of a liaison, and ending links."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import liaisons

blueprint = Blueprint("points_liaisons", __name__)

COLUMNS = (
    ListColumn(N_("Unit"), lambda row: row.unit),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Account"), lambda row: row.login),
    ListColumn(N_("From"), lambda row: row.from_on, "date"),
    ListColumn(N_("To"), lambda row: row.to_on, "date"),
)


@blueprint.get("/a/<code>/points/liaisons")
@area_scope("points.letters")
def index(code: str) -> Any:
    """Links of the area and below, and a form for a new one."""
    args = list_args("state")
    area_id = current_area().id
    with read_scope() as session:
        rows = liaisons.links_below(session, area_id, args.q, args["state"])

        def fetch(page: int, size: int) -> Paged[liaisons.LinkLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Liaisons of units"), COLUMNS, fetch)
        return show(
            "points/liaisons.html",
            args=args,
            page=fetch(args.page, args.size),
            units=liaisons.units_here(session, area_id),
            accounts=liaisons.LINKS.choices(session, area_id),
        )


@blueprint.post("/a/<code>/points/liaisons")
@area_scope("points.letters")
def link(code: str) -> Any:
    """Link an account to a unit."""
    area = current_area()
    with flash_outcome(N_("The account reads letters to this unit from now on.")), unit_of_work() as session:
        require_again(session, "points.letters", area.id)
        unit, account = request.form.get("unit", ""), request.form.get("account", "")
        liaisons.link(session, session.merge(area, load=False), unit, account, current_actor())
    return redirect(url_for("points_liaisons.index", code=code), 303)


@blueprint.post("/a/<code>/points/liaisons/<link>/end")
@area_scope("points.letters")
def end(code: str, link: str) -> Any:
    """End a link at once."""
    area_id = current_area().id
    with (
        flash_outcome(N_("The link is ended: this account reads no letters to the unit any more.")),
        unit_of_work() as session,
    ):
        require_again(session, "points.letters", area_id)
        if liaisons.end(session, area_id, link, current_actor()) is None:
            missing()
    return redirect(url_for("points_liaisons.index", code=code), 303)
