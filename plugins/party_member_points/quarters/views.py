"""Pages of an area's sheets: the calendar of a year, one sheet, its preview, and what is decided on it."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    ListColumn,
    Paged,
    Person,
    Problem,
    Publicity,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    live_notice,
    may,
    missing,
    read_scope,
    send_list,
    show,
    take_objection,
    unit_of_work,
)

from .. import sheets_publicity
from ..pages import as_number
from ..schemes import rules_of
from . import deciding, marks, reading, services
from .calendar import cut_of
from .models import PointsSheet, PointsSheetLine
from .wording import STATE_BADGES, STATE_TITLES, period_words, title_of

blueprint = Blueprint("points_sheets", __name__, template_folder="../templates")
blueprint.add_app_template_filter(period_words, "points_period")
blueprint.add_app_template_filter(title_of, "points_sheet_title")

View = Response | tuple[str, int]
PUBLISH = "publicity.publish"
DECIDE = deciding.PERMISSION
FILTERS = ("computed", "public", "confirmed", "reopened", "replaced")

COLUMNS = (
    ListColumn(N_("Sheet"), lambda row: title_of(row.sheet)),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Party branch"), lambda row: row.sheet.branch),
    ListColumn(N_("Number"), lambda row: row.sheet.no, "count"),
    ListColumn(N_("State"), lambda row: str(gettext(STATE_TITLES[row.state]))),
    ListColumn(N_("Up to"), lambda row: row.sheet.cut, "date"),
    ListColumn(N_("Members"), lambda row: row.sheet.line_count, "count"),
    ListColumn(N_("Open objections"), lambda row: row.open, "count"),
    ListColumn(N_("Check number (SHA-256)"), lambda row: row.sheet.sha256),
)


@blueprint.get("/a/<code>/points/sheets")
@area_scope("points.view")
def index(code: str) -> View:
    """The calendar of a year, and all sheets of the area and below."""
    args = list_args("state", "year", "branch")
    state = args["state"] if args["state"] in FILTERS else ""
    area_id, today = current_area().id, current_site().today()
    year = int(args["year"]) if re.fullmatch(r"20\d\d", args["year"], re.ASCII) else today.year
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[reading.SheetRow]:
            offset = (page - 1) * size
            rows, total = reading.list_sheets(session, area_id, state=state, limit=size, offset=offset)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Points sheets"), COLUMNS, fetch)
        rules = rules_of(session, area_id)
        return show(
            "points/quarters/index.html",
            args=args,
            page=fetch(args.page, args.size),
            slots=reading.calendar(session, area_id, rules, year, args["branch"], today),
            ruled=bool(rules.publications),
            year=year,
            years=range(today.year - 2, today.year + 1),
            branches=reading.branches_of(session, area_id),
            states={name: STATE_TITLES[name] for name in FILTERS},
            titles=STATE_TITLES,
            badges=STATE_BADGES,
        )


def _sheet_here(session: Session, public_id: str, permission: str = "") -> PointsSheet:
    """The sheet, if the area or one below made it; with a permission, only for those who have it where it was made."""
    found = reading.sheet_below(session, current_area().id, public_id)
    if found is None:
        missing()
    if permission and not may(session, current_actor(), permission, found.area_id):
        abort(403)
    return found


def _category_column(key: str, title: str) -> ListColumn:
    return ListColumn(title, lambda row: as_number(row.categories.get(key, "")), "hundredths")


@blueprint.get("/a/<code>/points/sheets/<sheet>")
@area_scope("points.view")
def page(code: str, sheet: str) -> View:
    """One sheet: its state, what has to be done next, objections, lines, and what became of it."""
    args = list_args()
    site = current_site()
    with read_scope() as session:
        found = _sheet_here(session, sheet)
        objections = marks.of_sheet(session, found)
        titles = sheets_publicity.titles_of(found)

        def fetch(page: int, size: int) -> Paged[reading.Member]:
            rows, total = reading.members_of(
                session, found, objections, query=args.q, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            columns = [
                ListColumn(N_("No."), lambda row: row.place or None, "count"),
                ListColumn(N_("Name"), lambda row: row.name),
                *(_category_column(key, title) for key, title in titles.items()),
                ListColumn(N_("Total"), lambda row: as_number(row.total), "hundredths"),
                ListColumn(N_("Gain"), lambda row: row.gain, "hundredths"),
                ListColumn(N_("Grade"), lambda row: row.grade),
            ]
            return send_list(N_("Points sheet"), columns, fetch)
        numbers = reading.numbers_of(session, found)
        notice = session.get(Publicity, found.publicity_id) if found.publicity_id is not None else None
        return show(
            "points/quarters/sheet.html",
            args=args,
            sheet=found,
            row=next(row for row in numbers if row.sheet.id == found.id),
            numbers=numbers,
            notice=notice,
            area=session.get_one(Area, found.area_id),
            page=fetch(args.page, args.size),
            categories=titles,
            objections=objections,
            events=reading.events_of(session, found),
            later=reading.later_facts(session, found),
            today=site.today(),
            over=notice is not None and site.now() >= notice.closes_before,
            titles=STATE_TITLES,
            badges=STATE_BADGES,
            own=_own(found, notice, current_actor()),
        )


def _own(sheet: PointsSheet, notice: Publicity | None, actor: Actor) -> bool:
    accounts = {sheet.computed_by_account, notice.posted_by_account if notice else None} - {None}
    return actor.account_id in accounts


@blueprint.post("/a/<code>/points/sheets")
@area_scope(PUBLISH)
def compute(code: str) -> View:
    """Freeze the standing at a cut; an earlier sheet of it that nobody published is set aside."""
    area_id = current_area().id
    label, branch = request.form.get("cut", "")[:20], request.form.get("branch", "")[:100]
    try:
        with unit_of_work() as session:
            if not may(session, current_actor(), PUBLISH, area_id):
                abort(403)
            cut = cut_of(rules_of(session, area_id), label, current_site().today())
            area = session.get_one(Area, area_id)
            made = services.compute(session, area, cut, branch, current_actor()).public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_sheets.index", code=code), 303)
    flash_done(N_("The sheet is computed and frozen. Look through it, then publish it."))
    return redirect(url_for("points_sheets.page", code=code, sheet=made), 303)


@blueprint.get("/a/<code>/points/sheets/<sheet>/publish")
@area_scope(PUBLISH)
def preview(code: str, sheet: str) -> View:
    """The sheet as the public will see it, and the form that publishes it."""
    args = list_args("days")
    with read_scope() as session:
        found = _sheet_here(session, sheet)
        area = session.get_one(Area, found.area_id)
        usual = sheets_publicity.days_of(
            session, found.area_id, sheets_publicity.publication_of(session, found)
        )
        days = _days(args["days"]) or usual
        notice, refused = None, None
        try:
            notice = sheets_publicity.notice_of(session, area, found, days)
        except Problem as problem:
            refused = problem
        return show(
            "points/quarters/preview.html",
            sheet=found,
            area=area,
            notice=notice,
            refused=refused,
            days=days,
            earlier=live_notice(session, area.id, notice.kind, notice.subject_ref, notice.period)
            if notice
            else None,
        )


def _days(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0


@blueprint.post("/a/<code>/points/sheets/<sheet>/publish")
@area_scope(PUBLISH)
def publish(code: str, sheet: str) -> View:
    """Publish what was previewed."""
    try:
        with unit_of_work() as session:
            found = _sheet_here(session, sheet, PUBLISH)
            services.publish(
                session, found, _days(request.form.get("days", "")), current_actor(),
                shown=request.form.get("shown", ""), replacing=request.form.get("replacing", ""),
            )  # fmt: skip
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_sheets.preview", code=code, sheet=sheet), 303)
    flash_done(N_("The notice is published. Print it, and hang it up."))
    return redirect(url_for("points_sheets.page", code=code, sheet=sheet), 303)


def _act(code: str, sheet: str, permission: str, act: Any, done: str) -> View:
    with flash_outcome(done), unit_of_work() as session:
        act(session, _sheet_here(session, sheet, permission))
    return redirect(url_for("points_sheets.page", code=code, sheet=sheet), 303)


@blueprint.post("/a/<code>/points/sheets/<sheet>/discard")
@area_scope(PUBLISH)
def discard(code: str, sheet: str) -> View:
    """Set a sheet aside that is not published."""
    return _act(
        code,
        sheet,
        PUBLISH,
        lambda session, found: services.discard(session, found, current_actor()),
        N_("The sheet is set aside."),
    )


@blueprint.post("/a/<code>/points/sheets/<sheet>/confirm")
@area_scope(DECIDE)
def confirm(code: str, sheet: str) -> View:
    """Confirm a sheet whose time is over."""
    return _act(
        code,
        sheet,
        DECIDE,
        lambda session, found: deciding.confirm(session, found, current_actor()),
        N_("The sheet is confirmed; its hash is part of the area's chain."),
    )


@blueprint.post("/a/<code>/points/sheets/<sheet>/reopen")
@area_scope(DECIDE)
def reopen(code: str, sheet: str) -> View:
    """Reopen a confirmed sheet by a decision."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        sheet,
        DECIDE,
        lambda session, found: deciding.reopen(session, found, reason, current_actor()),
        N_("The sheet is reopened. Compute it anew when the entries are right."),
    )


@blueprint.post("/a/<code>/points/sheets/<sheet>/objection")
@area_scope(PUBLISH)
def call(code: str, sheet: str) -> View:
    """Write down what somebody says at the counter or on the telephone against one row."""
    row, text = request.form.get("row", ""), request.form.get("text", "")
    caller = request.form.get("caller", "")

    def act(session: Session, found: PointsSheet) -> None:
        person = session.scalar(
            select(Person.public_id)
            .join(PointsSheetLine, PointsSheetLine.person_id == Person.id)
            .where(PointsSheetLine.sheet_id == found.id, PointsSheetLine.place == (_row(row) or -1))
        )
        if person is None:
            raise Problem("unknown_row", N_("The notice has no such row."), field="row")
        subject = marks.subject_id(found.public_id, person)
        take_objection(session, marks.LINE, subject, text, caller, current_actor())

    return _act(code, sheet, PUBLISH, act, N_("The objection is written down; its clock is running."))


def _row(raw: str) -> int:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else 0
