"""The staff's pages: the board by what is to be done, the list of all wishes, and one wish with its history."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

from flask import Blueprint, redirect, request, send_file, url_for
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    ListArgs,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    base_url,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_problem,
    list_args,
    read_scope,
    send_list,
    show,
)

from .. import words
from ..finding import public_condition, wish_below
from ..people import conflicted
from ..rules import WISH_FROM
from ..scanning import scan
from . import cards as paper
from . import history, reading, staff
from .staff import StaffFilters, StaffLine

blueprint = Blueprint(
    "wishes_wall",
    __name__,
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static/wishes",
)

View = Any
# So many slips stand in a column; the list has the rest.
MOST_IN_COLUMN = 10
VIEW = "wishes.view"


def wish_word(value: Any, kind: str) -> str:
    """A code in words: kinds are state, claim, category, channel, icon, and yuan for an amount of fen."""
    if kind == "yuan":
        return words.yuan(value)
    if kind == "icon":
        return words.CATEGORY_ICONS.get(value, "heart")
    tables = {"state": words.STATES, "claim": words.CLAIM_STATES, "category": words.CATEGORIES}
    found = {**tables, "channel": words.CHANNELS}[kind].get(value, "")
    return str(gettext(found)) if found else str(value)


def wish_day(at: datetime | None) -> str:
    """The local date of an instant."""
    return "" if at is None else current_site().local(at).date().isoformat()


blueprint.add_app_template_filter(wish_word, "wish_word")
blueprint.add_app_template_filter(wish_day, "wish_day")


COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.code),
    ListColumn(N_("Wish"), lambda row: row.title),
    ListColumn(N_("Wisher"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Kind"), lambda row: wish_word(row.category, "category")),
    ListColumn(N_("State"), lambda row: wish_word(row.state, "state")),
    ListColumn(N_("Worth (yuan)"), lambda row: row.amount, "hundredths"),
    ListColumn(N_("Places"), lambda row: row.slots, "count"),
    ListColumn(N_("Places taken"), lambda row: row.taken, "count"),
    ListColumn(N_("Round of wishes"), lambda row: row.theme),
    ListColumn(N_("Handed in on"), lambda row: words.local_day(row.submitted_at), "date"),
    ListColumn(N_("On the wall since"), lambda row: words.local_day(row.published_at), "date"),
    ListColumn(N_("Ended on"), lambda row: words.local_day(row.ended_at), "date"),
)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def filters_of(args: ListArgs) -> StaffFilters:
    """What the address asks of a list."""
    state, days = args["state"], (_day(args["from"]), _day(args["to"]))
    column = LIST_COLUMNS.get(state, "")
    return StaffFilters(args.q, "" if column else state, args["category"], args["theme"], *days, column)


@blueprint.get("/a/<code>/wishes/")
@area_scope(VIEW)
def board(code: str) -> View:
    """Wishes by what the office does next."""
    args = list_args("category", "theme")
    area = current_area()
    with read_scope() as session:
        filters = StaffFilters(args.q, "", args["category"], args["theme"])
        columns = staff.board(session, area.id, filters, most=MOST_IN_COLUMN)
        review = next(column for column in columns if column.key == staff.REVIEW)
        return show(
            "wishes/board.html",
            args=args,
            columns=columns,
            titles=COLUMN_TITLES,
            states=COLUMN_STATES,
            risky={row.id for row in review.rows if _tells(row)},
            now=current_site().now(),
            themes=staff.theme_choices(session, area.id),
            categories=words.CATEGORIES,
            done_days=staff.DONE_DAYS,
        )


def _tells(row: StaffLine) -> bool:
    """Whether the text for the wall holds something by which somebody could be found."""
    return any(scan(text, (row.name,)) for text in (row.title, row.public_text))


COLUMN_TITLES = {
    staff.REVIEW: N_("To be checked"),
    staff.WAITING: N_("Waiting for somebody"),
    staff.RUNNING: N_("Being fulfilled"),
    staff.CONFIRMING: N_("To be confirmed"),
    staff.DONE: N_("Come true"),
}
# The choice by which the list shows the rest of a column.
COLUMN_STATES = {
    staff.REVIEW: "submitted",
    staff.WAITING: "published",
    staff.RUNNING: "claimed",
    staff.CONFIRMING: staff.CONFIRMING,
    staff.DONE: "realized",
}
# What was brought stands by itself in the list as on the board, so that both count the same.
LIST_COLUMNS = {COLUMN_STATES[key]: key for key in (staff.WAITING, staff.RUNNING, staff.CONFIRMING)}
LIST_STATES = {**words.STATES, staff.CONFIRMING: N_("To be confirmed")}


@blueprint.get("/a/<code>/wishes/list")
@area_scope(VIEW)
def index(code: str) -> View:
    """All wishes of the area and below."""
    args = list_args("state", "category", "theme", "from", "to", sorts=staff.SORTS, sort="-submitted")
    filters, area_id = filters_of(args), current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[StaffLine]:
            rows, total = staff.wishes_page(
                session, area_id, filters, args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Micro-wishes"), COLUMNS, fetch)
        return show(
            "wishes/list.html",
            args=args,
            page=fetch(args.page, args.size),
            counts=staff.counts_by_state(session, area_id),
            themes=staff.theme_choices(session, area_id),
            categories=words.CATEGORIES,
            states=LIST_STATES,
        )


@blueprint.get("/a/<code>/wishes/wish/<wish>")
@area_scope(VIEW)
def wish(code: str, wish: str) -> View:
    """One wish: its texts, its claims, what happened, and what can be done now."""
    with read_scope() as session:
        found = wish_below(session, current_area(), wish)
        line = staff.line_of(session, found.id)
        return show(
            "wishes/wish.html",
            wish=found,
            line=line,
            acts={act for act, states in WISH_FROM.items() if found.state in states},
            conflict=conflicted(session, found, current_actor()),
            risky=found.state == "submitted" and _tells(line),
            now=current_site().now(),
            **history.told(session, found),
        )


@blueprint.get("/a/<code>/wishes/cards")
@area_scope(VIEW)
def cards(code: str) -> View:
    """Choose which wishes of the public wall are printed as cards."""
    args = list_args("category", "theme")
    with read_scope() as session:
        area = current_area()
        condition = public_condition(area)
        return show(
            "wishes/cards.html",
            args=args,
            page=reading.paged(session, condition, _wall_filters(args), 1, paper.MOST),
            most=paper.MOST,
            themes=[(one.public_id, one.title) for one in reading.themes(session, condition)],
            categories=words.CATEGORIES,
        )


def _wall_filters(args: ListArgs) -> reading.WallFilters:
    return reading.WallFilters(args.q, args["category"], args["theme"])


def _address(line: reading.WallLine, public: bool) -> str:
    """Where the picture of a card leads: to the public wall, or to one's own where the area has no public page."""
    if public:
        way = url_for("wishes_wall_public.wish", code=current_area().code, wish=line.public_id)
    else:
        way = url_for("wishes_wall_own.wish", wish=line.public_id)
    return base_url() + way


@blueprint.post("/a/<code>/wishes/cards")
@area_scope(VIEW)
def print_cards(code: str) -> View:
    """The cards of the chosen wishes, or of all that the filters leave, as a PDF."""
    form, area = request.form, current_area()
    ids = form.getlist("wish")
    try:
        with read_scope() as session:
            if "wish" in form:
                lines = paper.chosen(session, area, ids[: paper.MOST + 1])
            else:
                filters = reading.WallFilters(
                    form.get("q", ""), form.get("category", ""), form.get("theme", "")
                )
                lines = paper.waiting(session, area, filters)
            made = paper.pdf(session, area, lines, form.get("size", ""), _address)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_wall.cards", code=code), 303)
    # Its name is Chinese, which a header only holds encoded.
    return send_file(
        io.BytesIO(made), "application/pdf", as_attachment=True, download_name=paper.file_name(area)
    )
