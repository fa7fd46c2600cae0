"""The first page of ratings for staff: estates of the area with stars and lists."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    area_scope,
    current_area,
    current_site,
    export_asked,
    list_args,
    read_scope,
    send_list,
    show,
)

from ..schemes import words
from ..schemes.numbers import bare
from . import reading

blueprint = Blueprint("property_results", __name__, template_folder="../templates")

View = Any
COLUMNS = (
    ListColumn(N_("Estate"), lambda row: row.name),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Stars"), lambda row: row.stars, "count"),
    ListColumn(N_("Score"), lambda row: bare(row.result.score) if row.result else ""),
    ListColumn(N_("Place in order"), lambda row: row.result.place if row.result else ""),
    ListColumn(
        N_("Remark"), lambda row: gettext(row.result.remark) if row.result and row.result.remark else ""
    ),
    ListColumn(N_("Round"), lambda row: row.result.round_title if row.result else ""),
    ListColumn(N_("Period"), lambda row: row.result.period if row.result else ""),
    ListColumn(N_("Red or black"), lambda row: gettext(words.COLOURS[row.colour]) if row.colour else ""),
    ListColumn(N_("In a row"), lambda row: row.in_a_row, "count"),
)


@blueprint.get("/a/<code>/property/")
@area_scope("property.view")
def index(code: str) -> View:
    """Estates with the stars of their last final rating."""
    args = list_args("stars", "colour", sorts=reading.SORTS, sort="-stars")
    filters = reading.Filters(args.q, args["stars"], args["colour"], args.sort)
    with read_scope() as session:
        rows = reading.estates(session, current_area().id, current_site().today(), filters)

        def fetch(page: int, size: int) -> Paged[reading.EstateLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Property ratings"), COLUMNS, fetch)
        return show("property/results.html", args=args, page=fetch(args.page, args.size), words=words)
