"""Pages of measures: what waits, asking a company for something, and looking at what was reported done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Paged,
    area_scope,
    current_actor,
    current_area,
    current_site,
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

from ..registry.here import company_of
from ..schemes.credit import day as read_day
from . import measures, reading, words
from .models import STATES, PropertyMeasure
from .views import KEEP, VIEW, estate_of

blueprint = Blueprint("property_measures", __name__)

View = Any
COLUMNS = (
    ListColumn(N_("Property company"), lambda row: row.company),
    ListColumn(N_("Estate"), lambda row: row.estate),
    ListColumn(N_("Measure"), lambda row: row.row.kind),
    ListColumn(N_("What is to be done"), lambda row: row.row.what),
    ListColumn(N_("Due on"), lambda row: row.row.due_on, "date"),
    ListColumn(N_("State"), lambda row: row.row.state),
    ListColumn(N_("Reported on"), lambda row: row.row.reported_on, "date"),
    ListColumn(N_("Looked at again on"), lambda row: row.row.checked_on, "date"),
)


@blueprint.get("/a/<code>/property/measures")
@area_scope(VIEW)
def index(code: str) -> View:
    """Measures of the area, what waits first."""
    args = list_args("state")
    state = args["state"] if args["state"] in (*STATES, reading.OVERDUE) else ""
    with read_scope() as session:
        rows = reading.measures(
            session, current_site().today(), below=current_area().id, state=state, query=args.q
        )

        def fetch(page: int, size: int) -> Paged[reading.MeasureLine]:
            return Paged.cut(rows, page, size)

        if export_asked():
            return send_list(N_("Measures"), COLUMNS, fetch)
        return show(
            "property/standing_measures.html", args=args, page=fetch(args.page, args.size), words=words
        )


@blueprint.post("/a/<code>/property/credit/<company>/measures")
@area_scope(KEEP)
def ask(code: str, company: str) -> Response:
    """Ask a company for something."""
    form = request.form
    with flash_outcome(N_("The company is asked; it sees this on its own page.")):
        due_on = read_day(form.get("due_on", "").strip(), "due_on")
        with unit_of_work() as session:
            require_again(session, KEEP, current_area().id)
            area = session.get_one(Area, current_area().id)
            found, estate = company_of(session, company), estate_of(session, form.get("estate", ""))
            kind, what = form.get("kind", ""), form.get("what", "")
            measures.ask(session, area, found, estate, kind, what, due_on, current_actor())
    return redirect(url_for("property_standing.company", code=code, company=company), 303)


def _act(code: str, measure: str, act: Callable[[Session, PropertyMeasure], None], done: str) -> Response:
    with flash_outcome(done), unit_of_work() as session:
        require_again(session, KEEP, current_area().id)
        row = measures.measure_below(session, current_area().id, measure)
        if row is None:
            missing()
        act(session, row)
    return redirect(url_for("property_measures.index", code=code), 303)


@blueprint.post("/a/<code>/property/measures/<measure>/report")
@area_scope(KEEP)
def report(code: str, measure: str) -> Response:
    """Say that it is done, for a company that told the staff."""
    words_given = request.form.get("report", "")
    return _act(
        code, measure,
        lambda session, row: measures.report(session, row, words_given, current_actor()),
        N_("Reported. Somebody else looks at it."),
    )  # fmt: skip


@blueprint.post("/a/<code>/property/measures/<measure>/check")
@area_scope(KEEP)
def check(code: str, measure: str) -> Response:
    """Say whether it is done, as somebody else than who reported it."""
    done, finding = request.form.get("done") == "1", request.form.get("finding", "")
    return _act(
        code, measure,
        lambda session, row: measures.check(session, row, done, finding, current_actor()),
        N_("It is done.") if done else N_("It is to be done again."),
    )  # fmt: skip


@blueprint.post("/a/<code>/property/measures/<measure>/cancel")
@area_scope(KEEP)
def cancel(code: str, measure: str) -> Response:
    """Ask for it no more."""
    reason = request.form.get("reason", "")
    return _act(
        code, measure,
        lambda session, row: measures.cancel(session, row, reason, current_actor()),
        N_("The measure is cancelled."),
    )  # fmt: skip
