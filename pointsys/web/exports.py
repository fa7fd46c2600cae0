"""Files that left the site, and lists with phones and ID numbers in full: ordered, consented to, fetched once.

Such a file is made while it is fetched, after the permission was asked for again, and lies on no disk. Its page has a
random address that works for the one who ordered it; the button is a POST, so that no preview fetches it (A28, A80).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from pointsys.core.areas.models import Area
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.exports import services
from pointsys.core.exports.models import EXPIRED, READY, REFUSED, TAKEN, WAITING, ExportFile
from pointsys.core.exports.services import MAX_REASON, SECOND_PERSON_FROM, Wanted
from pointsys.core.people.models import Person
from pointsys.core.people.records import id_number_of, phone_of
from pointsys.core.people.search import SORTS, PeopleFilters, search_people
from pointsys.core.rate_limits import TooMany
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import UNREADABLE
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.downloads import send_bytes
from pointsys.web.errors import error_page
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_outcome, show
from pointsys.web.list_export import (
    Fetch,
    ListColumn,
    PageOfRows,
    export_asked,
    local,
    made_file,
    rows_for,
    send_list,
)
from pointsys.web.lists import Paged, list_args
from pointsys.web.people import SEXES
from pointsys.web.scope import area_names, in_area, missing

blueprint = Blueprint("exports", __name__)

View = Response | tuple[str, int]
PEOPLE, TITLE = "people.index", N_("Roster with phones and ID numbers")
FORMS = (("xlsx", "Excel (.xlsx)"), ("csv", "CSV"))
STATES = {
    READY: (N_("To be fetched"), "wait"),
    WAITING: (N_("Waits for a second person"), "wait"),
    REFUSED: (N_("Not let go"), "no"),
    TAKEN: (N_("Taken away"), "ok"),
    EXPIRED: (N_("Not fetched in time"), "off"),
}


class OrderForm(Form):
    """What for, and as what."""

    reason = StringField(lazy_gettext("What for, and who gets it"), [needed(), at_most(MAX_REASON)])
    form = SelectField(lazy_gettext("File"), default="xlsx")


def _sealed(open_it: Callable[[Person], str | None], person: Person) -> str:
    try:
        return open_it(person) or ""
    except CannotDecrypt:
        return UNREADABLE


def _columns(session: Session) -> Sequence[ListColumn]:
    """The columns of a roster as the import knows them."""
    rows = session.execute(select(Area.id, Area.name, Area.level, Area.parent_id)).all()
    places = {row.id: row for row in rows}
    sexes = {key: str(gettext(text)) for key, text in SEXES}

    def community(person: Person) -> str:
        place = places[person.area_id]
        return str(places[place.parent_id].name if place.level == "grid" else place.name)

    def grid(person: Person) -> str:
        place = places[person.area_id]
        return str(place.name) if place.level == "grid" else ""

    return (
        ListColumn(N_("Name"), lambda person: person.name),
        ListColumn(N_("Sex"), lambda person: sexes.get(person.sex or "", "")),
        ListColumn(N_("ID number"), lambda person: _sealed(id_number_of, person)),
        ListColumn(N_("Mobile number"), lambda person: _sealed(phone_of, person)),
        ListColumn(N_("Birth date"), lambda person: person.birth_date, "date"),
        ListColumn(N_("Community"), community),
        ListColumn(N_("Grid"), grid),
        ListColumn(N_("Note"), lambda person: person.note),
    )


def _people(session: Session, area_id: int, arguments: Mapping[str, str]) -> Fetch:
    filters = PeopleFilters(
        area_code=arguments.get("area") or None,
        sex=arguments.get("sex") or None,
        left={"here": False, "left": True}.get(arguments.get("left", "")),
    )
    wanted = arguments.get("sort", "")
    sort = wanted if wanted in SORTS else "name"
    query = arguments.get("q", "")
    return lambda page, size: search_people(
        session, area_id, query, page=page, size=size, filters=filters, sort=sort
    )


def _noting(fetch: Fetch, looked: list[tuple[int, str]]) -> Fetch:
    """The same, noting whose phone or ID number is read."""

    def noted(page: int, size: int) -> PageOfRows:
        found = fetch(page, size)
        for person in found.rows:
            sealed = (("phone", person.phone_sealed), ("id_number", person.id_number_sealed))
            looked.extend((person.id, name) for name, value in sealed if value is not None)
        return found

    return noted


@blueprint.route("/a/<code>/people/export", methods=["GET", "POST"])
@area_scope("people.unmask")
def people(code: str) -> View:
    """Order the list of people with phones and ID numbers in full, as its filters leave it."""
    args = list_args("area", "sex", "left", sorts=SORTS, sort="name")
    arguments = {"q": args.q, "sort": args.sort, **args.filters}
    form, area_id = OrderForm(), current_area().id
    form.form.choices = list(FORMS)
    with read_scope() as session:
        total = _people(session, area_id, arguments)(1, 1).total
        needs_second = services.needs_second_person(session, total, current_actor())
    if form.validate_on_submit():
        try:
            with unit_of_work(drain=False) as session:
                require_again(session, "people.unmask", area_id)
                wanted = Wanted(PEOPLE, TITLE, area_id, arguments, form.form.data, total)
                ordered = services.order(session, wanted, form.reason.data or "", current_actor()).public_id
        except TooMany:
            raise
        except Problem as problem:
            form.refuse(problem)
        else:
            return redirect(url_for("exports.page", code=code, export=ordered), 303)
    return show(
        "exports/order.html",
        422 if form.errors or form.problems else 200,
        form=form, total=total, most=SECOND_PERSON_FROM, narrowed=args.narrowed,
        needs_second=needs_second,
    )  # fmt: skip


@blueprint.get("/a/<code>/exports")
@area_scope("exports.view")
def index(code: str) -> View:
    """The register: one's own exports and those that wait for one's consent; all of them for those who audit."""
    args = list_args(size=20)
    with read_scope() as session:
        query = services.exports_in(
            current_area().id, current_actor(), sees_all=may("audit.view"), decides=may("exports.approve")
        )
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0

        def fetch(page: int, size: int) -> Paged[ExportFile]:
            rows = session.scalars(query.limit(size).offset((page - 1) * size)).all()
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Register of exports"), COLUMNS, fetch)
        return show(
            "exports/index.html", args=args, page=fetch(args.page, args.size), state_of=_state, own=_is_own,
            reason_of=_reason,
        )  # fmt: skip


def _state(row: ExportFile) -> tuple[str, str]:
    return STATES[services.state_of(row)]


def _reads_names(row: ExportFile) -> bool:
    """Whether the reader may know whom somebody looked for: administrators see nothing of people."""
    return _is_own(row) or may("people.view")


def _reason(row: ExportFile) -> str:
    """What somebody typed, which may name somebody."""
    return row.reason if _reads_names(row) or not row.reason else str(gettext("(not shown to you)"))


def _is_own(row: ExportFile) -> bool:
    return row.account_id is not None and row.account_id == current_actor().account_id


COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.number),
    ListColumn(N_("Time"), lambda row: local(row.at)),
    ListColumn(N_("Who"), lambda row: row.created_by),
    ListColumn(N_("List"), lambda row: str(gettext(row.title))),
    ListColumn(N_("Rows"), lambda row: row.rows, "count"),
    ListColumn(
        N_("Phones or ID numbers in full"),
        lambda row: str(gettext("yes") if row.identifiers else gettext("no")),
    ),
    ListColumn(N_("What for"), _reason),
    ListColumn(N_("State"), lambda row: str(gettext(_state(row)[0]))),
    ListColumn(N_("Decided by"), lambda row: row.decided_by),
    ListColumn("SHA-256", lambda row: row.sha256),
)


def _export(session: Session, public_id: str) -> ExportFile:
    """The export, for its owner, for those who may decide on it, and for those who audit; 404 for all others."""
    row = services.find_export(session, public_id)
    if row is None or row.area_id is None or not in_area(session, row.area_id):
        missing()
    if not (_is_own(row) or may("audit.view") or (row.identifiers and may("exports.approve"))):
        missing()
    return row


@blueprint.get("/a/<code>/exports/<export>")
@area_scope("exports.view")
def page(code: str, export: str) -> View:
    """One export: what it holds, whose it is, and what can be done with it now."""
    with read_scope() as session:
        row = _export(session, export)
        state = services.state_of(row)
        gone = row.expires_at is not None and _is_own(row) and not _fetchable(row) and state != WAITING
        return show(
            "exports/page.html",
            410 if gone else 200,
            row=row, state=_state(row), own=_is_own(row), gone=gone, fetchable=_fetchable(row),
            decidable=state == WAITING and not _is_own(row) and may("exports.approve"),
            waiting=state == WAITING, filters=_filters(session, row), reason=_reason(row),
        )  # fmt: skip


def _fetchable(row: ExportFile) -> bool:
    try:
        services.check_fetch(row, current_actor())
    except Problem:
        return False
    return True


def _filters(session: Session, row: ExportFile) -> list[tuple[str, str]]:
    """The filters in words, for the one who is to agree."""
    arguments: dict[str, str] = json.loads(row.arguments)
    if arguments.get("q") and not _reads_names(row):
        arguments["q"] = str(gettext("(not shown to you)"))
    place = area_names(session, {row.area_id or 0}).get(row.area_id or 0, "")
    words = {
        "q": gettext("Search"), "area": gettext("Area"), "sex": gettext("Sex"), "left": gettext("Still here?"),
    }  # fmt: skip
    return [(gettext("Area"), place), *((words[key], arguments[key]) for key in words if arguments.get(key))]


@blueprint.post("/a/<code>/exports/<export>/decide")
@area_scope("exports.approve")
def decide(code: str, export: str) -> View:
    """Let somebody else's long list go, or refuse it."""
    approve = request.form.get("act") == "approve"
    with (
        flash_outcome(N_("It may be fetched now.") if approve else N_("It is not let go.")),
        unit_of_work(drain=False) as session,
    ):
        row = _export(session, export)
        require_again(session, "exports.approve", row.area_id or 0)
        services.decide(session, row, approve, current_actor())
    return redirect(url_for("exports.page", code=code, export=export), 303)


@blueprint.post("/a/<code>/exports/<export>/file")
@area_scope("people.unmask")
def file(code: str, export: str) -> Response:
    """The file itself, made at this moment, for the one who ordered it."""
    try:
        with read_scope() as session:
            row = _export(session, export)
            services.check_fetch(row, current_actor())
            area = session.get_one(Area, row.area_id)
            columns = _columns(session)
            looked: list[tuple[int, str]] = []
            rows = rows_for(columns, _noting(_people(session, area.id, json.loads(row.arguments)), looked))
            name, data = made_file(TITLE, area.name, columns, rows, row.form, row.number)
        with unit_of_work(drain=False) as session:
            row = _export(session, export)
            require_again(session, "people.unmask", row.area_id or 0)
            services.fetched(session, row, len(rows), services.digest(data), looked, current_actor())
    except services.Gone as problem:
        return error_page(410, detail=str(gettext(problem.message)))
    return send_bytes(data, name)
