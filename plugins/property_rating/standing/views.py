"""Pages of standing: credit of all companies, one company's file, the lists, and taking reception days over."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

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
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..registry.here import company_of
from ..registry.models import PropertyEstate
from ..registry.queries import estate_below, estates_below
from ..schemes.credit import day as read_day
from ..schemes.numbers import plain
from ..schemes.versions import credit_scheme, scheme_of
from . import feeding, files, items, reading, words
from .models import MEASURES

blueprint = Blueprint("property_standing", __name__, template_folder="../templates")

View = Any
VIEW, KEEP = "property.view", "property.standing"
CREDIT_COLUMNS = (
    ListColumn(N_("Property company"), lambda row: row.name),
    ListColumn(N_("Unified social credit code"), lambda row: row.uscc),
    ListColumn(N_("Credit score"), lambda row: plain(row.standing.score) if row.standing else ""),
    ListColumn(N_("Grade"), lambda row: row.standing.grade if row.standing else ""),
    ListColumn(N_("Good points"), lambda row: plain(row.standing.good) if row.standing else ""),
    ListColumn(N_("Bad points"), lambda row: plain(row.standing.bad) if row.standing else ""),
)
LIST_COLUMNS = (
    ListColumn(N_("Red or black"), lambda row: gettext(words.COLOURS[row.row.colour])),
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Round"), lambda row: row.round_title),
    ListColumn(N_("Period"), lambda row: row.period),
    ListColumn(N_("Listed on"), lambda row: row.row.listed_on, "date"),
    ListColumn(N_("In a row"), lambda row: row.row.in_a_row, "count"),
    ListColumn(N_("To be repaired by"), lambda row: row.row.rectify_by, "date"),
    ListColumn(N_("Repaired on"), lambda row: row.row.rectified_on, "date"),
    ListColumn(N_("Ended on"), lambda row: row.row.ended_on, "date"),
)


def asked_day(text: str, today: date) -> date:
    """The day of an address; today where there is none that can be read."""
    try:
        return read_day(text.strip(), "on")
    except Problem:
        return today


@blueprint.get("/a/<code>/property/credit")
@area_scope(VIEW)
def index(code: str) -> View:
    """All companies with their score and grade as of a day."""
    args = list_args("on", sorts=reading.SORTS, sort="name")
    area_id, on = current_area().id, asked_day(args["on"], current_site().today())
    with read_scope() as session:
        version = credit_scheme(session, area_id)
        scheme = scheme_of(version) if version is not None else None
        rows = reading.companies_page(session, area_id, scheme, on, args.q, args.sort)

        def fetch(page: int, size: int) -> Paged[reading.CompanyLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            as_of = ListColumn(N_("As of"), lambda _row: on, "date")
            return send_list(N_("Credit of property companies"), (*CREDIT_COLUMNS, as_of), fetch)
        return show(
            "property/standing_credit.html",
            args=args,
            on=on,
            version=version,
            page=fetch(args.page, args.size),
            plain=plain,
        )


@blueprint.get("/a/<code>/property/credit/<company>")
@area_scope(VIEW)
def company(code: str, company: str) -> View:
    """One company's credit file as of a day, its listings and measures."""
    area_id, today = current_area().id, current_site().today()
    on = asked_day(request.args.get("on", ""), today)
    with read_scope() as session:
        found = company_of(session, company)
        version = credit_scheme(session, area_id)
        scheme = scheme_of(version) if version is not None else None
        return show(
            "property/standing_company.html",
            company=found,
            on=on,
            today=today,
            version=version,
            file=files.file_of(session, scheme, found.id, on) if scheme is not None else None,
            listings=reading.listings(session, company_id=found.id, ended=True),
            measures=reading.measures(session, today, below=area_id, company_ids=[found.id]),
            estates=estates_below(session, area_id),
            kinds=MEASURES,
            words=words,
            plain=plain,
        )


def estate_of(session: Session, public_id: str) -> PropertyEstate | None:
    """The estate that was chosen, if one was; raises Problem unknown_estate."""
    if not public_id:
        return None
    found = estate_below(session, current_area().id, public_id)
    if found is None:
        raise Problem("unknown_estate", N_("Choose an estate of this area."), field="estate")
    return found


@blueprint.post("/a/<code>/property/credit/<company>/items")
@area_scope(KEEP)
def add(code: str, company: str) -> Response:
    """Enter an item."""
    form = request.form
    with flash_outcome(N_("Entered. The score follows at once.")):
        from_on = read_day(form.get("from_on", "").strip(), "from_on")
        to_on = read_day(form["to_on"].strip(), "to_on") if form.get("to_on", "").strip() else None
        entry = items.Entry(
            form.get("title", ""), form.get("points", ""), from_on, to_on, form.get("document_no", ""),
            serious=form.get("serious") == "1", base=form.get("base") == "1",
        )  # fmt: skip
        with unit_of_work() as session:
            require_again(session, KEEP, current_area().id)
            area = session.get_one(Area, current_area().id)
            found = company_of(session, company)
            items.add(
                session, area, found, estate_of(session, form.get("estate", "")), entry, current_actor()
            )
    return redirect(url_for("property_standing.company", code=code, company=company), 303)


@blueprint.post("/a/<code>/property/credit/<company>/items/<credit_item>/void")
@area_scope(KEEP)
def void(code: str, company: str, credit_item: str) -> Response:
    """Let an item count no longer."""
    with flash_outcome(N_("The item counts no longer; it stays readable.")), unit_of_work() as session:
        require_again(session, KEEP, current_area().id)
        found = company_of(session, company)
        row = items.item_below(session, current_area().id, found.id, credit_item)
        if row is None:
            missing()
        items.void(session, row, request.form.get("reason", ""), current_actor())
    return redirect(url_for("property_standing.company", code=code, company=company), 303)


@blueprint.get("/a/<code>/property/lists")
@area_scope(VIEW)
def lists(code: str) -> View:
    """Red and black listings of estates of the area."""
    args = list_args("colour", "state")
    colour = args["colour"] if args["colour"] in words.COLOURS else ""
    with read_scope() as session:
        rows = reading.listings(
            session, below=current_area().id, colour=colour, ended=args["state"] == "all", query=args.q
        )

        def fetch(page: int, size: int) -> Paged[reading.ListingLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Red and black list"), LIST_COLUMNS, fetch)
        return show("property/standing_lists.html", args=args, page=fetch(args.page, args.size), words=words)


@blueprint.get("/a/<code>/property/credit-receptions")
@area_scope(VIEW)
def receptions(code: str) -> View:
    """What the reception days of a quarter come to."""
    today = current_site().today()
    period = request.args.get("period", "") or feeding.last_quarter(today)
    with read_scope() as session:
        version = credit_scheme(session, current_area().id)
        scheme = scheme_of(version) if version is not None else None
        problem, rows, over = None, [], False
        try:
            over = feeding.quarter(period)[1] < today
            rows = feeding.proposals(session, current_area().id, scheme, period)
        except Problem as found:
            problem = found
        return show(
            "property/standing_receptions.html",
            422 if problem else 200,
            period=period,
            problem=problem,
            rows=rows,
            over=over,
            rule=scheme.reception if scheme is not None else None,
            version=version,
        )


@blueprint.post("/a/<code>/property/credit-receptions")
@area_scope(KEEP)
def take_over(code: str) -> Response:
    """Enter what a quarter came to."""
    period = request.form.get("period", "")
    try:
        with unit_of_work() as session:
            require_again(session, KEEP, current_area().id)
            area = session.get_one(Area, current_area().id)
            count = feeding.take_over(session, area, period, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("New items in credit files: %(n)s."), n=count)
    return redirect(url_for("property_standing.receptions", code=code, period=period), 303)
