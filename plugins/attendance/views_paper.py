"""The list on paper: the sheet to sign, and keying the signed sheet in by row number."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Person,
    PersonData,
    Problem,
    area_scope,
    create_person,
    current_actor,
    current_area,
    find_participants,
    may,
    read_scope,
    show,
    unit_of_work,
)

from . import queries, saying, services
from .marks import PAPER, parse_clock
from .pages import STATES
from .queries import Row, Sheet

blueprint = Blueprint("attendance_paper", __name__, template_folder="templates")

View = Response | tuple[str, int]
# What fits on A4 with room to sign; the first page has the head as well.
ROWS_A_PAGE = 22
SPARE = 8


@dataclass(frozen=True)
class Line:
    """A line of the paper: an expected person, or an empty one for whoever comes."""

    row_no: int
    row: Row | None


def paper_pages(found: Sheet) -> list[list[Line]]:
    """The lines by page: everybody on the list, then at least eight empty ones up to the end of the page."""
    numbers = {pair.mark.row_no: row for row in found.rows for pair in row.pairs}
    last = max(numbers, default=0)
    total = -(-(last + SPARE) // ROWS_A_PAGE) * ROWS_A_PAGE
    lines = [Line(number, numbers.get(number)) for number in range(1, total + 1)]
    return [lines[start : start + ROWS_A_PAGE] for start in range(0, total, ROWS_A_PAGE)]


@blueprint.get("/a/<code>/attendance/<sheet>/paper")
@area_scope("attendance.keep")
def paper(code: str, sheet: str) -> View:
    """The sheet to print: names, no phones, room for times and signature."""
    with read_scope() as session:
        found = _found(session, sheet)
        return show("attendance/paper.html", found=found, pages=paper_pages(found))


def _found(session: Session, public_id: str, *, lock: bool = False) -> Sheet:
    found = queries.find_sheet(session, current_area().id, public_id, lock=lock)
    if found is None:
        abort(404)
    return found


@blueprint.route("/a/<code>/attendance/<sheet>/keys", methods=["GET", "POST"])
@area_scope("attendance.keep")
def keys(code: str, sheet: str) -> View:
    """Key in a signed sheet: row number, in, out, Enter; both times blank mean the whole planned time."""
    if request.method == "GET":
        with read_scope() as session:
            return _page(session, _found(session, sheet))
    typed = {name: request.form.get(name, "").strip() for name in ("row", "in", "out", "name")}
    # Whoever goes down the paper line by line leaves the number to us.
    typed["row"] = typed["row"] or request.form.get("coming", "")
    try:
        _key_in(sheet, typed)
    except Problem as problem:
        with read_scope() as session:
            return _page(session, _found(session, sheet), 422, typed=typed, problem=problem)
    return redirect(url_for("attendance_paper.keys", code=code, sheet=sheet, after=typed["row"]), 303)


def _page(
    session: Session,
    found: Sheet,
    status: int = 200,
    *,
    typed: dict[str, str] | None = None,
    problem: Problem | None = None,
) -> View:
    after = request.args.get("after", "")
    done = found.row(int(after)) if after.isascii() and after.isdigit() and len(after) < 6 else None
    keyed = [row for row in found.rows if any(pair.mark.method == "paper" for pair in row.pairs)]
    numbers = [pair.mark.row_no for row in found.rows for pair in row.pairs if pair.state == "absent"]
    coming = next((n for n in numbers if done is None or n > done.row_no), None)
    return show(
        "attendance/keys.html",
        status,
        found=found,
        typed=typed or dict.fromkeys(("row", "in", "out", "name"), ""),
        coming=coming,
        problem=problem,
        done=done,
        keyed=keyed,
        states=STATES,
    )


def _key_in(sheet: str, typed: dict[str, str]) -> None:
    row = typed["row"]
    if not (row.isascii() and row.isdigit() and len(row) < 6 and 0 < int(row) <= services.MAX_PEOPLE):
        raise Problem("bad_row", N_("Write the number of the row on the paper."), field="row")
    start, end = parse_clock(typed["in"], "in"), parse_clock(typed["out"], "out")
    actor, sure = current_actor(), request.form.get("sure") == "1"
    with unit_of_work() as session:
        found = _found(session, sheet, lock=True)
        if not may(session, actor, "attendance.keep", found.sheet.area_id):
            abort(403)
        if typed["name"]:
            saying.put_on_row(session, found, int(row), _somebody(session, found, typed["name"]), actor)
            found = services.reload(session, found)
        saying.set_times(session, found, int(row), start, end, actor, method=PAPER, sure=sure)


def _somebody(session: Session, found: Sheet, name: str) -> Person:
    """The one person of the area with this name; with ``new`` a stranger joins the roster by name alone."""
    area_id = found.sheet.area_id
    named = find_participants(session, area_id, name)
    people = named[0].people if len(named) == 1 else ()
    if len(people) == 1:
        return people[0]
    if people:
        chosen = next((p for p in people if p.public_id == request.form.get("person")), None)
        if chosen is not None:
            return chosen
        raise Problem(
            "several_people",
            N_(
                "Several people are called %(name)s. Put the right one on the list first, on the list's page."
            ),
            field="name",
            name=name,
        )
    if request.form.get("new") == "1" and may(session, current_actor(), "people.edit", area_id):
        return create_person(session, PersonData(name, area_id), current_actor())
    raise Problem(
        "not_on_roster",
        N_("%(name)s is not on the roster. Correct the name, or tick “add to the roster by name alone”."),
        field="name",
        name=name,
    )
