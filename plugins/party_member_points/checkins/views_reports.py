"""A unit's list of members: brought as a sheet, looked over row by row, applied or dropped."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_outcome,
    flash_problem,
    may,
    missing,
    read_in_subprocess,
    read_scope,
    read_text,
    show,
    unit_of_work,
)

from . import queries, reports
from .forms import ReportForm
from .models import PointsUnitReport

blueprint = Blueprint("points_reports", __name__)

View = Response | tuple[str, int]
PERMISSION = "points.members"
MOST_BYTES = 10 * 1024 * 1024
BADGES = {
    reports.NEW: "info",
    reports.KNOWN: "info",
    reports.CHANGED: "wait",
    reports.PRESENT: "ok",
    reports.WAITING: "off",
    reports.UNCLEAR: "no",
}


@blueprint.route("/a/<code>/points/units/report", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str) -> View:
    """Bring a unit's list."""
    form = ReportForm(unit=request.args.get("unit", "")[:100])
    if form.validate_on_submit():
        try:
            name, rows = _rows(form)
            with unit_of_work() as session:
                area = session.get_one(Area, current_area().id)
                if not may(session, current_actor(), PERMISSION, area.id):
                    missing()
                made = reports.take(session, area, form.unit.data or "", name, rows, current_actor())
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            return redirect(url_for("points_reports.look", code=code, report=public_id), 303)
    with read_scope() as session:
        units = queries.find_units_like(session, "", area_id=current_area().id)
    status = 422 if form.errors or form.problems else 200
    return show("points/checkins/report_new.html", status, form=form, units=units, level=current_area().level)


def _rows(form: ReportForm) -> tuple[str, list[reports.Row]]:
    """The file's name and its rows; raises the Problems of reading a sheet, no_file and file_too_large."""
    file, text = request.files.get("file"), (form.text.data or "").strip()
    data = file.read(MOST_BYTES + 1) if file is not None else b""
    if len(data) > MOST_BYTES:
        raise Problem("file_too_large", N_("A list of at most 10 MB is taken."))
    if data:
        name = (file.filename if file is not None else "") or "sheet"
        return name, reports.read_rows(read_in_subprocess(data, name))
    if not text:
        raise Problem("no_file", N_("Choose a file, or paste the cells."))
    return "", reports.read_rows(read_text(text))


def _here(session: Session, public_id: str) -> PointsUnitReport:
    found = queries.report_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/units/reports/<report>")
@area_scope(PERMISSION)
def look(code: str, report: str) -> View:
    """What each row of a list would do, as things stand now."""
    with read_scope() as session:
        found = _here(session, report)
        area = session.get_one(Area, found.area_id)
        verdicts = reports.judge(session, area, found.unit, reports.rows_of(found))
        counts = {key: sum(one.outcome == key for one in verdicts) for key in reports.OUTCOMES}
        return show(
            "points/checkins/report.html",
            report=found,
            verdicts=verdicts,
            counts=counts if verdicts else reports.counts_of(found),
            outcomes=reports.OUTCOMES,
            badges=BADGES,
            states=reports.STATES,
            acting=sum(counts[key] for key in reports.ACTING),
            adds=bool(counts[reports.NEW]),
        )


@blueprint.post("/a/<code>/points/units/reports/<report>/apply")
@area_scope(PERMISSION)
def apply(code: str, report: str) -> View:
    """Ask for what the list says."""
    try:
        with unit_of_work() as session:
            found = _here(session, report)
            actor = current_actor()
            if not may(session, actor, PERMISSION, found.area_id):
                missing()
            add = may(session, actor, "people.edit", found.area_id)
            counts = reports.apply(session, found, actor, add_people=add)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_reports.look", code=code, report=report), 303)
    asked = sum(counts[key] for key in reports.ACTING)
    flash_done(N_("Requests made: %(n)s. Somebody else confirms them."), n=asked)
    return redirect(url_for("points_checkins.index", code=code, status="submitted"), 303)


@blueprint.post("/a/<code>/points/units/reports/<report>/drop")
@area_scope(PERMISSION)
def drop(code: str, report: str) -> View:
    """Forget a list."""
    with flash_outcome(N_("The list is forgotten; nothing was changed.")), unit_of_work() as session:
        reports.drop(session, _here(session, report), current_actor())
    return redirect(url_for("points_units.index", code=code), 303)
