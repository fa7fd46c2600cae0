"""The dwellings of an estate: the list, adding some, saying which are unsold or gone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import estates, lists
from .here import estate_of
from .views import KEEP, VIEW

blueprint = Blueprint("property_dwellings", __name__)


def state_of(row: lists.DwellingLine) -> str:
    """Whether a dwelling is gone, unsold or has a say, as a text of the catalog."""
    if row.closed_on is not None:
        return N_("gone")
    return N_("unsold") if row.unsold else N_("has a say")


COLUMNS = (
    ListColumn(N_("Building"), lambda row: row.building),
    ListColumn(N_("Number of the dwelling"), lambda row: row.number),
    ListColumn(N_("State"), lambda row: gettext(state_of(row))),
)
STATES = {
    lists.SOLD: N_("has a say"),
    lists.UNSOLD: N_("unsold"),
    lists.GONE: N_("gone"),
}


@blueprint.get("/a/<code>/property/estates/<estate>/dwellings")
@area_scope(VIEW)
def index(code: str, estate: str) -> Any:
    """Dwellings of an estate by building."""
    args = list_args("building", "state")
    filters = lists.DwellingFilters(args.q, args["building"], args["state"])
    with read_scope() as session:
        found = estate_of(session, estate)

        def fetch(page: int, size: int) -> Paged[lists.DwellingLine]:
            rows, total = lists.dwellings_page(
                session, found.id, filters, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Dwellings of an estate"), COLUMNS, fetch)
        buildings = [name for name, _count in lists.buildings_of(session, found.id)]
        return show(
            "property/registry_dwellings.html",
            args=args,
            page=fetch(args.page, args.size),
            estate=found,
            buildings=buildings,
            buildings_choices=[(name, name) for name in buildings],
            states_choices=[(key, gettext(text)) for key, text in STATES.items()],
            state_of=state_of,
        )


@blueprint.post("/a/<code>/property/estates/<estate>/dwellings")
@area_scope(KEEP)
def add(code: str, estate: str) -> Any:
    """Add the dwellings of a building."""
    added = 0
    try:
        with unit_of_work() as session:
            found = estate_of(session, estate)
            require_again(session, KEEP, found.area_id)
            building, numbers = request.form.get("building", ""), request.form.get("numbers", "")
            unsold = request.form.get("unsold") == "1"
            added = estates.add_dwellings(session, found, building, numbers, unsold, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Dwellings added: %(n)s. Those listed before were passed over."), n=added)
    return redirect(url_for("property_dwellings.index", code=code, estate=estate), 303)


@blueprint.post("/a/<code>/property/estates/<estate>/dwellings/set")
@area_scope(KEEP)
def change(code: str, estate: str) -> Any:
    """Say of the chosen dwellings that they are sold, unsold, gone or there again."""
    changed = 0
    try:
        with unit_of_work() as session:
            found = estate_of(session, estate)
            require_again(session, KEEP, found.area_id)
            changed = estates.set_dwellings(
                session, found, request.form.getlist("id"), request.form.get("act", ""), current_actor()
            )
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Dwellings changed: %(n)s."), n=changed)
    return redirect(url_for("property_dwellings.index", code=code, estate=estate), 303)
