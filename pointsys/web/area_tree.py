"""The areas below an area: looking them up, adding them by list, renaming, closing and opening them again."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row, func, or_, select
from werkzeug.wrappers import Response
from wtforms import FileField, StringField, TextAreaField

from pointsys.core.areas.codes import LEVEL_TITLES
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.areas.plan import FAULTY, PlannedLine, plan_areas
from pointsys.core.areas.services import (
    AreaLine,
    close_area,
    import_areas,
    parse_lines,
    rename_area,
    reopen_area,
)
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import parse_text, read_in_subprocess
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, needed, optional
from pointsys.web.frame import flash_done, flash_problem, show
from pointsys.web.list_export import ListColumn, export_asked, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import area_here

blueprint = Blueprint("tree", __name__)

View = Response | tuple[str, int]
SHOWN_LINES = 500


class ListForm(Form):
    """Areas as lines of text, or a sheet of them."""

    text = TextAreaField(lazy_gettext("One area a line: code, name, and the code above it if need be"))
    file = FileField(lazy_gettext("Or a sheet with these columns"))


class AreaForm(Form):
    """Name and code."""

    name = StringField(lazy_gettext("Area name"), [needed(), at_most(100)])
    code = StringField(lazy_gettext("Code"), [optional(), at_most(20)])


COLUMNS = (
    ListColumn(N_("Code"), lambda row: row[0].code),
    ListColumn(N_("Area name"), lambda row: row[0].name),
    ListColumn(N_("Level"), lambda row: str(gettext(LEVEL_TITLES[row[0].level]))),
    ListColumn(N_("Closed on"), lambda row: row[0].closed_on, "date"),
)


@blueprint.get("/a/<code>/areas")
@area_scope("areas.view")
def index(code: str) -> View:
    """The tree as a list in the order of codes, set in by depth."""
    args = list_args("level", "closed", size=100)
    inside = AreaClosure.ancestor_id == current_area().id
    conditions = [inside, AreaClosure.depth > 0]
    if args.q:
        pattern = "%" + args.q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(or_(Area.name.like(pattern, escape="\\"), Area.code.like(pattern, escape="\\")))
    if args["level"] in LEVEL_TITLES:
        conditions.append(Area.level == args["level"])
    if args["closed"] != "all":
        conditions.append(Area.closed_on.is_(None))
    base = select(Area, AreaClosure.depth).join(AreaClosure, AreaClosure.descendant_id == Area.id)
    with read_scope() as session:
        counting = select(func.count()).select_from(Area)
        counting = counting.join(AreaClosure, AreaClosure.descendant_id == Area.id).where(*conditions)
        total = session.scalar(counting) or 0
        query = base.where(*conditions).order_by(Area.code)

        def fetch(page: int, size: int) -> Paged[Row[Area, int]]:
            found = session.execute(query.limit(size).offset((page - 1) * size)).all()
            return Paged(found, total, page, size)

        if export_asked():
            return send_list(N_("Areas"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        people = select(Person.area_id, func.count()).where(Person.area_id.in_([r[0].id for r in page.rows]))
        counts = {row[0]: row[1] for row in session.execute(people.group_by(Person.area_id))}
        return show("areas/index.html", args=args, page=page, people=counts, levels=LEVEL_TITLES)


@blueprint.route("/a/<code>/areas/add", methods=["GET", "POST"])
@area_scope("areas.edit")
def add(code: str) -> View:
    """Take a list, show what it would do, and do it when told so."""
    form = ListForm()
    planned: list[PlannedLine] = []
    if form.validate_on_submit():
        try:
            lines = _lines(form)
            if request.form.get("apply") == "1":
                return _apply(code, lines)
            with read_scope() as session:
                planned = plan_areas(session, current_area(), lines)
        except Problem as problem:
            form.refuse(problem)
        else:
            # Whatever came as a file goes on as text, so that applying needs no second upload.
            form.text.data = "\n".join("\t".join(filter(None, (x.code, x.name, x.parent))) for x in lines)
    counts = Counter(line.outcome for line in planned)
    status = 422 if form.errors or form.problems or counts[FAULTY] else 200
    return show(
        "areas/add.html", status,
        form=form, planned=planned[:SHOWN_LINES], counts=counts, more=max(0, len(planned) - SHOWN_LINES),
    )  # fmt: skip


def _lines(form: ListForm) -> list[AreaLine]:
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        workbook = read_in_subprocess(upload.read(), upload.filename)
        rows = ("\t".join(parse_text(cell) for cell in row[:3]) for row in workbook.rows)
        lines = parse_lines("\n".join(rows))
    else:
        lines = parse_lines(form.text.data or "")
    if not lines:
        raise Problem(
            "no_areas",
            N_("No area was found. Each line begins with a code of 12 or 15 digits, then the name."),
            field="text",
        )
    return lines


def _apply(code: str, lines: list[AreaLine]) -> Response:
    with unit_of_work() as session:
        area = current_area()
        require_again(session, "areas.edit", area.id)
        created, renamed, unchanged = import_areas(session, area, lines, current_actor())
    flash_done(
        N_("%(created)s areas added, %(renamed)s renamed, %(unchanged)s were there already."),
        created=created, renamed=renamed, unchanged=unchanged,
    )  # fmt: skip
    return redirect(url_for("tree.index", code=code), 303)


@blueprint.route("/a/<code>/areas/<area_code>/edit", methods=["GET", "POST"])
@area_scope("areas.edit")
def edit(code: str, area_code: str) -> View:
    """Change the name or the code; addresses with the old code go on working."""
    form = AreaForm()
    with read_scope() as session:
        area = area_here(session, area_code)
        if request.method == "GET":
            form.name.data, form.code.data = area.name, area.code
        closed = area.closed_on
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = area_here(session, area_code)
                require_again(session, "areas.edit", area.id)
                rename_area(session, area, form.name.data or "", current_actor(), code=form.code.data or None)
                own = area.id == current_area().id
                new_code = area.code
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The area is called %(name)s now."), name=form.name.data)
            return redirect(url_for("tree.index", code=new_code if own else code), 303)
    status = 422 if form.errors or form.problems else 200
    return show("areas/edit.html", status, form=form, area_code=area_code, closed=closed)


@blueprint.post("/a/<code>/areas/<area_code>/close")
@area_scope("areas.edit")
def close(code: str, area_code: str) -> View:
    """Close the area; what was recorded in it stays."""
    try:
        with unit_of_work() as session:
            area = area_here(session, area_code)
            require_again(session, "areas.edit", area.id)
            close_area(session, area, current_actor())
            name = area.name
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("%(name)s is closed."), name=name)
    return redirect(url_for("tree.index", code=code), 303)


@blueprint.post("/a/<code>/areas/<area_code>/reopen")
@area_scope("areas.edit")
def reopen(code: str, area_code: str) -> View:
    """Open a closed area again."""
    with unit_of_work() as session:
        area = area_here(session, area_code)
        require_again(session, "areas.edit", area.id)
        reopen_area(session, area, current_actor())
        name = area.name
    flash_done(N_("%(name)s is open again."), name=name)
    return redirect(url_for("tree.index", code=code), 303)
