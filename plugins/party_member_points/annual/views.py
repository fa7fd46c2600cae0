"""Pages that read: the results of an area, one result as the committee works on it, and the review sheet for print.

What is done with a result is posted to ``views_acts``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    list_args,
    may,
    missing,
    read_scope,
    send_list,
    show,
)

from ..models import PointsSchemeVersion
from ..pages import as_number
from ..quarters.wording import period_words
from ..reading import asked_for
from ..schemes import period_span
from ..sheets_publicity import publication_of
from . import queries, wording
from .deciding import own_line
from .hands import hindrance
from .models import PointsAnnual
from .publishing import days_of, notice_of, notice_under
from .services import quota_of

blueprint = Blueprint("points_annual", __name__, template_folder="../templates")
blueprint.add_app_template_filter(period_words, "points_period")
blueprint.add_app_template_filter(wording.share_words, "points_share")

# A review sheet is for one organisation; more people than this are asked for by branch.
MOST_REVIEWED = 2000


_RESULTS = (
    ListColumn(N_("Period"), lambda row: row.period),
    ListColumn(N_("No."), lambda row: row.no, "count"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("State"), lambda row: gettext(wording.STATE_TITLES[row.state])),
    ListColumn(N_("Members"), lambda row: row.members, "count"),
    ListColumn(N_("Grades decided"), lambda row: row.decided, "count"),
    ListColumn(N_("Scheme"), lambda row: row.scheme),
)


def result_here(session: Session, rid: str) -> PointsAnnual:
    """The result of this address; 404 unless its area is the page's one or below it."""
    found = queries.find(session, current_area().id, rid)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/annual")
@area_scope("points.view")
def index(code: str) -> Any:
    """Results of the area and below, and computing a new one."""
    area = current_area()
    args = list_args(size=20)
    with read_scope() as session:
        if export_asked():

            def fetch(page: int, size: int) -> Paged[queries.ResultLine]:
                found, all_of_them = queries.results(session, area.id, limit=size, offset=(page - 1) * size)
                return Paged(found, all_of_them, page, size)

            return send_list(N_("Annual grades"), _RESULTS, fetch)
        rows, total = queries.results(session, area.id, limit=args.size, offset=args.offset)
        asked = asked_for(session, area.id, "")
        return show(
            "points/annual/index.html",
            page=Paged(rows, total, args.page, args.size),
            args=args,
            asked=asked,
            usual=asked.offered[1] if len(asked.offered) > 1 else asked.period,
            quota=wording.share_words(quota_of(session, area.id)),
            state_titles=wording.STATE_TITLES,
            state_badges=wording.STATE_BADGES,
        )


@blueprint.get("/a/<code>/points/annual/<rid>")
@area_scope("points.view")
def result(code: str, rid: str) -> Any:
    """One result: where it stands, what comes next, and every member's grade."""
    args = list_args("branch", "grade", "only", sorts=queries.SORTS, sort="-total")
    only = args["only"] if args["only"] in queries.ONLY else ""
    filters = queries.Filters(args.q, args["branch"], args["grade"], only)
    with read_scope() as session:
        found = result_here(session, rid)
        if export_asked():

            def fetch(page: int, size: int) -> Paged[queries.Member]:
                part = replace(args, page=page, size=size)
                rows, total = queries.members(
                    session, found, filters, sort=part.sort, limit=size, offset=part.offset
                )
                return Paged(rows, total, page, size)

            return send_list(N_("Annual grades"), _columns(session, found), fetch)
        rows, total = queries.members(
            session, found, filters, sort=args.sort, limit=args.size, offset=args.offset
        )
        place = session.get_one(Area, found.area_id)
        posted = notice_under(session, found)
        acts = may(session, current_actor(), "points.decide", found.area_id)
        scheme = session.get_one(PointsSchemeVersion, found.publication_id)
        return show(
            "points/annual/result.html",
            result=found,
            place=place,
            scheme=scheme,
            titles=_titles(session, found),
            grades=json.loads(found.grades),
            page=Paged(rows, total, args.page, args.size),
            args=args,
            figures=queries.figures(session, found),
            branches=queries.branches(session, found),
            history=queries.history(session, found),
            own=own_line(session, found, current_actor()),
            posted=posted,
            hindered=hindrance(session, found, posted, current_actor()) if acts else None,
            now=current_site().now(),
            over=_over(session, found),
            wording=wording,
        )


def _over(session: Session, found: PointsAnnual) -> bool:
    """Whether the period has ended, so that grades can be proposed."""
    kind = publication_of(session, found).scheme.period_type
    return current_site().today() > period_span(kind, found.period)[1]


def _titles(session: Session, found: PointsAnnual) -> dict[str, str]:
    return dict(publication_of(session, found).scheme.category_titles)


def _columns(session: Session, found: PointsAnnual) -> list[ListColumn]:
    """What the list shows; points and hours stay numbers."""
    categories = [
        ListColumn(title, lambda row, name=name: as_number(row.categories.get(name, "")), "hundredths")  # type: ignore[misc]
        for name, title in _titles(session, found).items()
    ]
    return [
        ListColumn(N_("Name"), lambda row: row.name),
        ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
        ListColumn(N_("Home unit"), lambda row: row.home_unit, field="points.home_unit"),
        *categories,
        ListColumn(N_("Total"), lambda row: row.total, "hundredths"),
        ListColumn(N_("Minutes of service"), lambda row: row.minutes, "count"),
        ListColumn(N_("Activities"), lambda row: row.activities, "count"),
        ListColumn(N_("Grade by points"), lambda row: row.scored),
        ListColumn(N_("Proposed grade"), lambda row: row.proposed),
        ListColumn(N_("Decided grade"), lambda row: row.grade),
        ListColumn(N_("Reason"), lambda row: row.reason),
    ]


@blueprint.get("/a/<code>/points/annual/<rid>/review")
@area_scope("points.view")
def review(code: str, rid: str) -> Any:
    """The democratic review sheet (民主评议表) of each branch: names and grades by points, the rest left blank."""
    args = list_args("branch")
    filters = queries.Filters(branch=args["branch"])
    with read_scope() as session:
        found = result_here(session, rid)
        rows, total = queries.members(session, found, filters, sort="branch", limit=MOST_REVIEWED)
        grades: list[str] = json.loads(found.grades)
        if export_asked():
            return send_list(
                N_("Democratic review sheet"), _review_columns(grades), lambda page, size: Paged(rows, total, 1, total)
            )  # fmt: skip
        sheets = [(branch, list(part)) for branch, part in groupby(rows, key=lambda row: row.branch)]
        return show(
            "points/annual/review.html",
            result=found,
            place=session.get_one(Area, found.area_id),
            scheme=session.get_one(PointsSchemeVersion, found.publication_id),
            grades=grades,
            sheets=sheets,
            page=Paged(rows, total, 1, MOST_REVIEWED),
            cut=total > len(rows),
            args=args,
            branches=queries.branches(session, found),
        )


def _review_columns(grades: list[str]) -> list[ListColumn]:
    blank = [
        ListColumn(title, lambda row: "")
        for title in (
            N_("Own assessment"),
            *(gettext("Votes: %(grade)s", grade=grade) for grade in grades),
            N_("Opinion of the branch"),
            N_("Remarks"),
        )
    ]
    return [
        ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
        ListColumn(N_("Name"), lambda row: row.name),
        ListColumn(N_("Total"), lambda row: row.total, "hundredths"),
        ListColumn(N_("Grade by points"), lambda row: row.scored),
        *blank,
    ]


@blueprint.get("/a/<code>/points/annual/<rid>/publish")
@area_scope("publicity.publish")
def preview(code: str, rid: str) -> Any:
    """The decided result as the public will see it."""
    args = list_args("days")
    with read_scope() as session:
        found = result_here(session, rid)
        area = session.get_one(Area, found.area_id)
        usual = days_of(session, area, found)
        days = int(args["days"]) if args["days"].isascii() and args["days"].isdigit() else usual
        notice, refused = None, None
        try:
            notice = notice_of(session, area, found, days)
        except Problem as problem:
            refused = problem
        return show(
            "points/annual/publish.html", result=found, place=area, notice=notice, refused=refused, days=days
        )
