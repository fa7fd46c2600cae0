"""Pages of an area: its lists, a new one, recording one, who keeps it, and the stamps that are missing."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ByHand,
    ListColumn,
    Paged,
    Problem,
    activity_below,
    area_scope,
    chosen_day,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_problem,
    kinds_for,
    list_args,
    missing,
    offer_undo,
    people_below,
    plan_activity,
    read_scope,
    require_again,
    send_list,
    show,
    tell_waiting,
    unit_of_work,
)

from . import closing, queries, review, services
from .desk import keepers
from .desk.views import add_area_desk
from .desk.views_acts import HITS, Unclear, list_page, number, to_list
from .desk.views_place import KEEP, area_desk
from .forms import SheetForm
from .marks import parse_clock
from .pages import STATES, clock, how_text
from .queries import Pair, Row
from .taps import row_of

blueprint = Blueprint(
    "attendance",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/attendance",
)

View = Response | tuple[str, int]
COLUMNS = (
    ListColumn(N_("Activity"), lambda item: item.activity.title),
    ListColumn(N_("Date"), lambda item: item.activity.local_date, "date"),
    ListColumn(N_("Kind"), lambda item: item.kind),
    ListColumn(N_("Came"), lambda item: item.came, "count"),
    ListColumn(N_("On the list"), lambda item: item.people, "count"),
    ListColumn(N_("Missing sign-outs"), lambda item: item.settle, "count"),
)


@blueprint.get("/a/<code>/attendance/")
@area_scope(KEEP)
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
@area_scope(KEEP)
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
        require_again(session, KEEP, area_id)
        require_again(session, "log.record", area_id)
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
        added = services.add_people(session, sheet, clear, actor)
        public_id = sheet.public_id
    unclear = [item for item in named if len(item.people) != 1]
    for problem in list(added.refused.values())[:HITS]:
        flash_problem(problem)
    flash_done(N_("The list is open; people on it: %(n)s."), n=len(clear))
    if unclear:
        with read_scope() as session:
            desk = area_desk(code, public_id)
            return list_page(session, desk, desk.find(session), unclear=Unclear(unclear))
    return to_list(area_desk(code, public_id))


@blueprint.post("/a/<code>/attendance/open")
@area_scope(KEEP)
def open_list(code: str) -> View:
    """Open the list of an activity that is planned or was held."""
    area_id = current_area().id
    with unit_of_work() as session:
        require_again(session, KEEP, area_id)
        activity = activity_below(session, area_id, request.form.get("activity", ""))
        public_id = services.open_sheet(session, activity, current_actor()).public_id if activity else ""
    if not public_id:
        missing()
    return to_list(area_desk(code, public_id))


@blueprint.post("/a/<code>/attendance/<sheet>/close")
@area_scope("log.record")
def close(code: str, sheet: str) -> View:
    """Record what is on the list and not in the log yet."""
    desk = area_desk(code, sheet)
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            require_again(session, "log.record", found.sheet.area_id)
            done = closing.close(session, found, current_actor())
            area_id, activity = found.sheet.area_id, found.activity.public_id
            people = [
                row.person.id
                for row in found.rows
                if any(pair.mark.entry_id is not None for pair in row.pairs)
            ]
    except Problem as problem:
        flash_problem(problem)
        return to_list(desk)
    _tell(code, area_id, activity, done, people)
    return to_list(desk)


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
    """Supply a sign-out that was forgotten, of an entry that stands in the log without an end."""
    desk, row_no = area_desk(code, sheet), number("row")
    try:
        end = parse_clock(request.form.get("out", ""), "out")
        if end is None:
            raise Problem("no_time", N_("Write when the person left."), field="out")
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            require_again(session, "log.decide", found.sheet.area_id)
            done = closing.settle(session, found, row_no, end, gettext("sign-out supplied"), current_actor())
            area_id, person_id = found.sheet.area_id, row_of(found, row_no).person.id
    except Problem as problem:
        flash_problem(problem)
    else:
        if done.confirmed:
            flash_done(N_("The sign-out is recorded and confirmed."))
        else:
            tell_waiting(area_id, done, [person_id])
    return to_list(desk, row_no)


@blueprint.post("/a/<code>/attendance/<sheet>/keepers")
@area_scope(KEEP)
def keep(code: str, sheet: str) -> View:
    """Let somebody keep this list from a page of their own, or no longer."""
    desk = area_desk(code, sheet)
    try:
        with unit_of_work() as session:
            found = desk.find(session, lock=True)
            if gone := request.form.get("dismiss", ""):
                if not keepers.dismiss_keeper(session, found.sheet, gone, current_actor()):
                    missing()
                done = 1
            else:
                named = find_participants(session, found.sheet.area_id, request.form.get("names", ""))
                people = people_below(session, found.sheet.area_id, request.form.getlist("person")) or []
                for item in named:
                    if len(item.people) != 1:
                        raise Problem(
                            "not_clear",
                            N_("It is not clear who %(name)s is: nobody, or several people, have this name."),
                            field="names",
                            name=item.name,
                        )
                people += [item.people[0] for item in named]
                if not people:
                    raise Problem("nobody_named", N_("Write who is to keep this list."), field="names")
                done = keepers.name_keepers(session, found.sheet, people, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Keepers of this list changed: %(n)s."), n=done)
    return to_list(desk)


FORGOTTEN = (
    ListColumn(N_("Activity"), lambda item: item.activity.title),
    ListColumn(N_("Date"), lambda item: item.activity.local_date, "date"),
    ListColumn(N_("Area"), lambda item: item.area.name),
    ListColumn(N_("Name"), lambda item: item.person.name),
    ListColumn(N_("In"), lambda item: clock(item.mark.in_at)),
    ListColumn(N_("Out"), lambda item: clock(item.mark.out_at)),
    ListColumn(N_("Recorded"), lambda item: gettext("yes") if item.recorded else gettext("no")),
)


@blueprint.get("/a/<code>/attendance/forgotten")
@area_scope(KEEP)
def forgotten(code: str) -> View:
    """Stamps that are missing hours after the end, in the area and below: 0 minutes until somebody supplies them."""
    args = list_args()
    with read_scope() as session:
        where = review.below(current_area().id)

        def fetch(page: int, size: int) -> Paged[review.Forgotten]:
            rows, total = review.forgotten(session, where, query=args.q, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Forgotten stamps"), FORGOTTEN, fetch)
        return show("attendance/forgotten.html", args=args, page=fetch(args.page, args.size))


ROWS = (
    ListColumn(N_("Row"), lambda item: item[0].row_no, "count"),
    ListColumn(N_("Name"), lambda item: item[0].person.name),
    ListColumn(N_("Grid"), lambda item: item[0].area),
    ListColumn(N_("Role"), lambda item: item[1].mark.role),
    ListColumn(N_("In"), lambda item: clock(item[1].mark.in_at)),
    ListColumn(N_("Out"), lambda item: clock(item[1].mark.out_at)),
    ListColumn(N_("State"), lambda item: gettext(STATES[item[1].state][0])),
    ListColumn(N_("How"), lambda item: how_text(item[1])),
)


@blueprint.get("/a/<code>/attendance/<sheet>/file")
@area_scope(KEEP)
def file(code: str, sheet: str) -> View:
    """One list as a file: a line for each pair."""
    with read_scope() as session:
        found = area_desk(code, sheet).find(session)
        pairs = [(row, pair) for row in found.rows for pair in row.pairs]

        def fetch(page: int, size: int) -> Paged[tuple[Row, Pair]]:
            return Paged.cut(pairs, page, size)

        if export_asked():
            return send_list(N_("Attendance"), ROWS, fetch)
    return to_list(area_desk(code, sheet))


add_area_desk(blueprint)
