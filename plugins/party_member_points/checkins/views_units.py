"""Home units as an area sees them: the list, and one unit with its members here and what waits."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    area_scope,
    current_area,
    export_asked,
    list_args,
    missing,
    read_scope,
    send_list,
    show,
)

from .. import pages, sheets
from ..models import PointsHomeUnit
from ..pages import STATUS_TITLES
from ..reading import asked_for
from . import queries, reports, services
from .posts import POSTS

blueprint = Blueprint("points_units", __name__)

View = Response | tuple[str, int]

COLUMNS = (
    ListColumn(N_("Home unit"), lambda row: row.name),
    ListColumn(N_("Members here"), lambda row: row.members, "count"),
    ListColumn(N_("Have left"), lambda row: row.left, "count"),
    ListColumn(N_("Requests that wait"), lambda row: row.waiting, "count"),
    ListColumn(N_("Newest check-in"), lambda row: row.newest, "date"),
)
MEMBER_COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
    ListColumn(
        N_("Post in the branch"),
        lambda row: str(gettext(POSTS[row.post])) if row.post else "",
        field="points.post",
    ),
    ListColumn(N_("Status"), lambda row: str(gettext(STATUS_TITLES[row.political_status]))),
    ListColumn(N_("Checked in on"), lambda row: row.checkin_on, "date", "points.checkin_on"),
    ListColumn(N_("Points"), lambda row: pages.as_number(row.total), "hundredths"),
    ListColumn(N_("Grade"), lambda row: row.grade),
)


@blueprint.get("/a/<code>/points/units")
@area_scope("points.view")
def index(code: str) -> View:
    """Units that members of the area work for."""
    args = list_args()
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[queries.UnitLine]:
            rows, total = queries.units_page(session, area_id, args.q, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Home units"), COLUMNS, fetch)
        return show(
            "points/checkins/unit_list.html",
            args=args,
            page=fetch(args.page, args.size),
            reports=queries.reports_of(session, area_id),
            report_states=reports.STATES,
        )


def _unit(session: Session, name: str) -> PointsHomeUnit:
    """The unit of the address; 404 unless somebody of the area works there or is asked to."""
    unit = session.scalar(select(PointsHomeUnit).where(PointsHomeUnit.name == name))
    if unit is None or not queries.unit_is_here(session, current_area().id, unit):
        missing()
    return unit


@blueprint.get("/a/<code>/points/units/one")
@area_scope("points.view")
def one(code: str) -> View:
    """The members of one unit here, with their points, and the requests of its people that wait."""
    args = list_args("period", "unit", sorts=sheets.MEMBER_SORTS, sort="name")
    if not args["unit"]:
        # Where resetting the filters leads.
        return redirect(url_for("points_units.index", code=code))
    with read_scope() as session:
        area_id = current_area().id
        unit = _unit(session, args["unit"])
        asked = asked_for(session, area_id, args["period"])
        filters = sheets.MemberFilters(query=args.q, unit=unit.name)

        def fetch(page: int, size: int) -> Paged[sheets.MemberLine]:
            rows, total = sheets.members_page(
                session, area_id, asked.scheme_id, asked.period, filters,
                sort=args.sort, limit=size, offset=(page - 1) * size,
            )  # fmt: skip
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Members of the unit here"), MEMBER_COLUMNS, fetch)
        waiting, _total = queries.requests_page(
            session, area_id, queries.Filters(status=services.SUBMITTED, unit=unit.name), limit=100
        )
        return show(
            "points/checkins/unit.html",
            args=args,
            page=fetch(args.page, args.size),
            unit=unit,
            asked=asked,
            waiting=waiting,
            kind_titles=services.KINDS,
            posts=POSTS,
        )
