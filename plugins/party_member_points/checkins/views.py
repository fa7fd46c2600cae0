"""Pages of an area's requests: the list, one request with its answer, and asking in a member's place."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    flash_outcome,
    list_args,
    may,
    missing,
    person_below,
    read_scope,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from .. import sheets
from ..pages import STATUS_TITLES
from . import asking, queries, services
from .forms import AnswerForm, AskForm
from .models import PointsCheckin
from .posts import POSTS
from .services import Corrected

blueprint = Blueprint("points_checkins", __name__)

View = Response | tuple[str, int]
PERMISSION = "points.members"

COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("What"), lambda row: str(gettext(services.KINDS[row.kind]))),
    ListColumn(N_("State"), lambda row: str(gettext(services.STATES[row.status]))),
    ListColumn(N_("Day"), lambda row: row.on_date, "date"),
    ListColumn(N_("Community"), lambda row: row.area),
    ListColumn(N_("From"), lambda row: row.from_area),
    ListColumn(N_("Party branch"), lambda row: row.branch, field="points.branch"),
    ListColumn(N_("Branch before"), lambda row: row.from_branch, field="points.branch"),
    ListColumn(N_("Home unit"), lambda row: row.home_unit, field="points.home_unit"),
    ListColumn(
        N_("Post in the branch"),
        lambda row: str(gettext(POSTS[row.post])) if row.post else "",
        field="points.post",
    ),
    ListColumn(N_("Asked by"), lambda row: str(gettext(services.SOURCES[row.source]))),
)


@blueprint.get("/a/<code>/points/checkins")
@area_scope("points.view")
def index(code: str) -> View:
    """Requests that concern the area."""
    args = list_args("status", "kind", "way", "branch", "unit", sorts=queries.SORTS, sort="-asked")
    filters = queries.Filters(args.q, args["status"], args["kind"], args["way"], args["branch"], args["unit"])
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[queries.Line]:
            rows, total = queries.requests_page(
                session, area_id, filters, sort=args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Check-ins"), COLUMNS, fetch)
        return show(
            "points/checkins/index.html",
            args=args,
            page=fetch(args.page, args.size),
            branches=sheets.branch_names(session, area_id),
            units=sheets.unit_names(session, area_id),
            kinds=[(key, gettext(text)) for key, text in services.KINDS.items()],
            states=[(key, gettext(text)) for key, text in services.STATES.items()],
            kind_titles=services.KINDS,
            state_titles=services.STATES,
        )


def _here(session: Session, public_id: str, *, to_answer: bool = False) -> PointsCheckin:
    """The request of the address; one to be answered must ask the page's area or one below it."""
    found = queries.request_here(session, current_area().id, public_id)
    if found is None:
        missing()
    if to_answer and found.area_id not in set(session.scalars(subtree(current_area().id))):
        missing()
    return found


@blueprint.get("/a/<code>/points/checkins/<request_id>")
@area_scope("points.view")
def one(code: str, request_id: str) -> View:
    """One request: what is asked, its way so far, and the answer."""
    with read_scope() as session:
        return _page(session, _here(session, request_id), AnswerForm())


def _page(session: Session, found: PointsCheckin, form: AnswerForm, status: int = 200) -> View:
    area_id = current_area().id
    line = queries.line_of(session, found, area_id)
    if not form.is_submitted():
        form.branch.data, form.home_unit.data = found.branch, found.home_unit
    return show(
        "points/checkins/one.html",
        status,
        line=line,
        form=form,
        steps=queries.steps_of(session, [found.id]).get(found.id, []),
        branches=queries.branches_of(session, [found.area_id]),
        units=queries.find_units_like(session, "", area_id=current_area().id),
        kind_titles=services.KINDS,
        state_titles=services.STATES,
        sources=services.SOURCES,
        posts=POSTS,
        political=STATUS_TITLES[found.political_status],
        answering=found.status == services.SUBMITTED and not line.going,
    )


@blueprint.post("/a/<code>/points/checkins/<request_id>/answer")
@area_scope(PERMISSION)
def answer(code: str, request_id: str) -> View:
    """Confirm a request, or return it with the reason."""
    form, saying_no = AnswerForm(), request.form.get("act") == "return"
    try:
        if not form.validate():
            raise Problem("bad_answer", N_("Look at the fields marked below."))
        with unit_of_work() as session:
            found = _here(session, request_id, to_answer=True)
            if not may(session, current_actor(), PERMISSION, found.area_id):
                missing()
            if saying_no:
                services.send_back(session, found, form.reason.data or "", current_actor())
            else:
                corrected = Corrected(form.branch.data or "", form.home_unit.data or "")
                services.confirm(session, found, current_actor(), corrected)
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return _page(session, _here(session, request_id), form, 422)
    flash_done(N_("Returned; the member reads the reason.") if saying_no else N_("Confirmed."))
    return redirect(url_for("points_checkins.one", code=code, request_id=request_id), 303)


@blueprint.post("/a/<code>/points/checkins/confirm")
@area_scope(PERMISSION)
def confirm(code: str) -> View:
    """Confirm several requests as they were asked; all of them or none."""
    ids = list(dict.fromkeys(request.form.getlist("id")))[:500]
    with flash_outcome(N_("%(n)s requests confirmed."), n=len(ids)), unit_of_work() as session:
        for public_id in ids:
            found = _here(session, public_id, to_answer=True)
            services.confirm(session, found, current_actor())
    return redirect(url_for("points_checkins.index", code=code, status=services.SUBMITTED), 303)


@blueprint.post("/a/<code>/points/checkins/<request_id>/withdraw")
@area_scope(PERMISSION)
def withdraw(code: str, request_id: str) -> View:
    """Take back what staff asked for in a member's place."""
    with flash_outcome(N_("The request is withdrawn.")), unit_of_work() as session:
        found = _here(session, request_id)
        if found.source == services.BY_MEMBER:
            missing()
        services.withdraw(session, found, current_actor())
    return redirect(url_for("points_checkins.one", code=code, request_id=request_id), 303)


@blueprint.route("/a/<code>/points/members/<pid>/ask", methods=["GET", "POST"])
@area_scope(PERMISSION)
def ask(code: str, pid: str) -> View:
    """Ask in a person's place; somebody else answers."""
    with read_scope() as session:
        person = person_below(session, current_area().id, pid)
        if person is None:
            missing()
        now = asking.standing(session, person)
    form = asking.ask_form(now)
    if form.validate_on_submit():
        answered = _submit(code, now.person_id, form)
        if answered is not None:
            return answered
    wrong = form.errors or form.problems
    return show("points/checkins/ask.html", 422 if wrong else 200, form=form, now=now)


def _submit(code: str, person_id: int, form: AskForm) -> Response | None:
    try:
        with unit_of_work() as session:
            person = session.get_one(Person, person_id)
            if not may(session, current_actor(), PERMISSION, person.area_id):
                missing()
            public_id = asking.submit(session, person, form, services.BY_STAFF, current_actor())
    except Problem as problem:
        form.refuse(problem)
        return None
    flash_done(N_("Asked for. Somebody else of the receiving community answers it."))
    return redirect(url_for("points_checkins.one", code=code, request_id=public_id), 303)
