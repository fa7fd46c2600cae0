"""Pages: an area's lists, a new one, and one list with its rows to tap on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ByHand,
    Group,
    ListColumn,
    Named,
    Paged,
    PeopleFilters,
    Person,
    PersonData,
    Problem,
    activity_below,
    area_scope,
    chosen_day,
    create_person,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_problem,
    kinds_for,
    last_group,
    list_args,
    may,
    may_here,
    offer_undo,
    people_below,
    plan_activity,
    read_scope,
    search_people,
    send_list,
    show,
    tell_waiting,
    unit_of_work,
)

from . import closing, queries, services
from .forms import SheetForm
from .marks import parse_clock
from .pages import STATES
from .queries import Row, Sheet

blueprint = Blueprint(
    "attendance",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/attendance",
)

View = Response | tuple[str, int]
HITS = 8
COLUMNS = (
    ListColumn(N_("Activity"), lambda item: item.activity.title),
    ListColumn(N_("Date"), lambda item: item.activity.local_date, "date"),
    ListColumn(N_("Kind"), lambda item: item.kind),
    ListColumn(N_("Came"), lambda item: item.came, "count"),
    ListColumn(N_("On the list"), lambda item: item.people, "count"),
    ListColumn(N_("Missing sign-outs"), lambda item: item.settle, "count"),
)


@dataclass(frozen=True)
class Unclear:
    """Names that were typed and that nobody, or more than one person, answers to."""

    named: Sequence[Named] = ()
    sign_in: bool = False


@dataclass(frozen=True)
class Shown:
    """What one list shows: the rows that fit the search, people not on it yet, and names to be decided on."""

    rows: Sequence[Row]
    hits: Sequence[Person] = ()
    unclear: Unclear = field(default_factory=Unclear)
    group: Group | None = None


@blueprint.get("/a/<code>/attendance/")
@area_scope("attendance.keep")
def index(code: str) -> View:
    """The area's lists, and what is planned without one."""
    args = list_args(size=20)
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[queries.Listed]:
            rows, total = queries.list_sheets(session, area_id, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Attendance"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        planned = queries.planned_without_list(session, area_id) if args.page == 1 else []
        return show("attendance/index.html", page=page, planned=planned)


@blueprint.route("/a/<code>/attendance/new", methods=["GET", "POST"])
@area_scope("attendance.keep")
def new(code: str) -> View:
    """Plan an activity and open its list, with the people who are expected."""
    form = SheetForm()
    with read_scope() as session:
        kinds = kinds_for(session, current_area().id).values()
        form.kind.choices = [(kind.code, kind.title) for kind in kinds]
        kind_ids = {kind.code: kind.id for kind in kinds}
    if request.method == "GET":
        form.day.data = current_site().today()
    if form.validate_on_submit():
        try:
            return _open_new(code, form, kind_ids)
        except Problem as problem:
            form.refuse(problem)
    return show("attendance/new.html", 422 if form.errors or form.problems else 200, form=form)


def _open_new(code: str, form: SheetForm, kind_ids: dict[str, int]) -> View:
    area_id, actor = current_area().id, current_actor()
    with unit_of_work() as session:
        _require(session, "attendance.keep", area_id)
        _require(session, "log.record", area_id)
        area = session.get_one(Area, area_id)
        activity = plan_activity(
            session,
            area,
            kind_ids[form.kind.data],
            form.title.data or "",
            chosen_day(form.day),
            form.plan(),
            actor,
        )
        sheet = services.open_sheet(session, activity, actor)
        named = find_participants(session, area_id, form.names.data or "")
        clear = [item.people[0] for item in named if len(item.people) == 1]
        services.add_people(session, sheet, clear, actor)
        public_id = sheet.public_id
    unclear = [item for item in named if len(item.people) != 1]
    flash_done(N_("The list is open; people on it: %(n)s."), n=len(clear))
    if unclear:
        with read_scope() as session:
            return _page(session, _found(session, public_id), unclear=Unclear(unclear))
    return _to(code, public_id)


@blueprint.post("/a/<code>/attendance/open")
@area_scope("attendance.keep")
def open_list(code: str) -> View:
    """Open the list of an activity that is planned or was held."""
    area_id = current_area().id
    with unit_of_work() as session:
        _require(session, "attendance.keep", area_id)
        activity = activity_below(session, area_id, request.form.get("activity", ""))
        public_id = services.open_sheet(session, activity, current_actor()).public_id if activity else ""
    if not public_id:
        abort(404)
    return _to(code, public_id)


@blueprint.get("/a/<code>/attendance/<sheet>")
@area_scope("attendance.keep")
def page(code: str, sheet: str) -> View:
    """One list; ``q`` narrows it and finds people who are not on it yet."""
    with read_scope() as session:
        return _page(session, _found(session, sheet))


def _found(session: Session, public_id: str) -> Sheet:
    found = queries.find_sheet(session, current_area().id, public_id)
    if found is None:
        abort(404)
    return found


def _require(session: Session, permission: str, area_id: int) -> None:
    if not may(session, current_actor(), permission, area_id):
        abort(403)


def _to(code: str, sheet: str, row: int | None = None) -> Response:
    anchor = f"row-{row}" if row is not None else None
    return redirect(url_for("attendance.page", code=code, sheet=sheet, _anchor=anchor), 303)


def _page(session: Session, found: Sheet, status: int = 200, unclear: Unclear | None = None) -> View:
    args = list_args()
    shown = _shown(session, found, args.q, unclear or Unclear())
    here = current_site().local(current_site().now()).date()
    names = {"q": args.q, "today": here == found.activity.local_date}
    part = request.headers.get("HX-Request") == "true" and request.method == "GET"
    template = "attendance/list.html" if part else "attendance/sheet.html"
    return show(
        template, status, found=found, shown=shown, states=STATES, may_close=may_here("log.record"), **names
    )


def _shown(session: Session, found: Sheet, query: str, unclear: Unclear) -> Shown:
    """Rows by number, name or pinyin; then the roster, for somebody who comes without being expected."""
    area_id = found.sheet.area_id
    group = None
    if not found.rows:
        group = last_group(session, area_id, found.activity.title, found.activity.local_date)
    if not query:
        return Shown(found.rows, (), unclear, group)
    letters = query.casefold()
    rows = [
        row
        for row in found.rows
        if query in row.person.name
        or any(token.startswith(letters) for token in row.person.pinyin.split())
        or query == str(row.row_no)
    ]
    if query.isdigit() and len(query) < 4:
        return Shown(rows, (), unclear, group)
    there = {row.person.id for row in found.rows}
    hits = search_people(
        session, area_id, query, size=HITS + len(rows), filters=PeopleFilters(left=False)
    ).rows
    return Shown(rows, [person for person in hits if person.id not in there][:HITS], unclear, group)


@blueprint.post("/a/<code>/attendance/<sheet>/mark")
@area_scope("attendance.keep")
def mark(code: str, sheet: str) -> View:
    """A tap: sign somebody in or out, tick them, or take the last tap back. A script gets the row alone."""
    row_no, act = _number("row"), request.form.get("act", "")
    part = request.headers.get("HX-Request") == "true"
    problem = None
    try:
        with unit_of_work() as session:
            found = _for_change(session, sheet)
            if act == "set":
                start = parse_clock(request.form.get("in", ""), "in")
                end = parse_clock(request.form.get("out", ""), "out")
                services.set_times(session, found, row_no, start, end, current_actor(), method="set")
            else:
                services.tap(session, found, row_no, act, current_actor())
    except Problem as refused:
        problem = refused
    if not part:
        if problem is not None:
            flash_problem(problem)
        return _to(code, sheet, row_no)
    with read_scope() as session:
        found = _found(session, sheet)
        row = found.row(row_no)
        if row is None:
            return "", 200
        return show("attendance/row.html", 200, found=found, row=row, states=STATES, problem=problem)


def _number(name: str) -> int:
    raw = request.form.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 6 else 0


def _for_change(session: Session, public_id: str) -> Sheet:
    found = _found(session, public_id)
    _require(session, "attendance.keep", found.sheet.area_id)
    return found


@blueprint.post("/a/<code>/attendance/<sheet>/people")
@area_scope("attendance.keep")
def add(code: str, sheet: str) -> View:
    """Put people on the list: those chosen, pasted names, last time's group, or somebody by name alone.

    With ``now`` they are signed in at once. Names that are not clear come back to be decided on.
    """
    actor, now = current_actor(), request.form.get("now") == "1"
    unclear: list[Named] = []
    try:
        with unit_of_work() as session:
            found = _for_change(session, sheet)
            people = _people_meant(session, found, unclear)
            marks = services.add_people(session, found.sheet, people, actor, walk_in=now)
            if now:
                found = services.reload(session, found)
                for added in marks:
                    services.tap(session, found, added.row_no, services.IN, actor)
            last = marks[-1].row_no if marks else None
    except Problem as problem:
        flash_problem(problem)
        return _to(code, sheet)
    if unclear:
        with read_scope() as session:
            return _page(session, _found(session, sheet), unclear=Unclear(unclear, now))
    flash_done(N_("People added to the list: %(n)s."), n=len(marks))
    return _to(code, sheet, last)


def _people_meant(session: Session, found: Sheet, unclear: list[Named]) -> list[Person]:
    area_id, actor = found.sheet.area_id, current_actor()
    people = people_below(session, area_id, request.form.getlist("person"))
    if people is None:
        abort(404)
    named = find_participants(session, area_id, request.form.get("names", ""))
    people += [item.people[0] for item in named if len(item.people) == 1]
    unclear += [item for item in named if len(item.people) != 1]
    if request.form.get("group"):
        group = last_group(session, area_id, found.activity.title, found.activity.local_date)
        people += group.people if group is not None else ()
    if fresh := request.form.getlist("new"):
        _require(session, "people.edit", area_id)
        # Before they are made: everybody who writes waits for this transaction.
        services.check_room(len(found.rows) + len(fresh))
        people += [create_person(session, PersonData(name, area_id), actor) for name in dict.fromkeys(fresh)]
    if not people and not unclear:
        raise Problem("nobody_named", N_("Paste the names, or tick people on the roster."))
    return list({person.id: person for person in people}.values())


@blueprint.post("/a/<code>/attendance/<sheet>/everybody")
@area_scope("attendance.keep")
def everybody(code: str, sheet: str) -> View:
    """One act for many rows: sign out whoever is inside, or tick whoever has no times yet."""
    try:
        with unit_of_work() as session:
            found = _for_change(session, sheet)
            if request.form.get("act") == services.TICK:
                done = services.tick_everybody(session, found, current_actor())
            else:
                done = services.sign_out_everybody(session, found, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Rows changed: %(n)s."), n=done)
    return _to(code, sheet)


@blueprint.post("/a/<code>/attendance/<sheet>/remove")
@area_scope("attendance.keep")
def remove(code: str, sheet: str) -> View:
    """Take somebody off the list who was put there by mistake."""
    try:
        with unit_of_work() as session:
            services.remove_people(session, _for_change(session, sheet), [_number("row")], current_actor())
    except Problem as problem:
        flash_problem(problem)
    return _to(code, sheet)


@blueprint.post("/a/<code>/attendance/<sheet>/close")
@area_scope("log.record")
def close(code: str, sheet: str) -> View:
    """Record what is on the list and not in the log yet."""
    try:
        with unit_of_work() as session:
            found = _for_change(session, sheet)
            _require(session, "log.record", found.sheet.area_id)
            done = closing.close(session, found, current_actor())
            area_id, activity = found.sheet.area_id, found.activity.public_id
            people = [
                row.person.id
                for row in found.rows
                if any(pair.mark.entry_id is not None for pair in row.pairs)
            ]
    except Problem as problem:
        flash_problem(problem)
        return _to(code, sheet)
    _tell(code, area_id, activity, done, people)
    return _to(code, sheet)


def _tell(code: str, area_id: int, activity: str, done: ByHand | None, people: Sequence[int]) -> None:
    if done is None or not done.created:
        flash_done(N_("All of this was recorded before; nothing was added."))
        return
    if done.confirmed:
        flash_done(N_("Entries recorded and confirmed: %(n)s."), n=done.created)
    else:
        tell_waiting(area_id, done, people)
    offer_undo(code, activity, done)


@blueprint.post("/a/<code>/attendance/<sheet>/settle")
@area_scope("log.decide")
def settle(code: str, sheet: str) -> View:
    """Supply a sign-out that was forgotten."""
    row_no = _number("row")
    try:
        end = parse_clock(request.form.get("out", ""), "out")
        if end is None:
            raise Problem("no_time", N_("Write when the person left."), field="out")
        with unit_of_work() as session:
            found = _for_change(session, sheet)
            _require(session, "log.decide", found.sheet.area_id)
            done = closing.settle(session, found, row_no, end, gettext("sign-out supplied"), current_actor())
            area_id, person_id = found.sheet.area_id, services.row_of(found, row_no).person.id
    except Problem as problem:
        flash_problem(problem)
    else:
        if done.confirmed:
            flash_done(N_("The sign-out is recorded and confirmed."))
        else:
            tell_waiting(area_id, done, [person_id])
    return _to(code, sheet, row_no)
