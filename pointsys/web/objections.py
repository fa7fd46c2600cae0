"""Objections: one's own with their clocks, raising and taking back, and the staff's list and answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.activity_log.models import VOIDED, Entry
from pointsys.core.areas.models import Area
from pointsys.core.objections import services
from pointsys.core.objections.models import (
    ANSWERED,
    OPEN,
    PARTLY,
    REJECTED,
    UPHELD,
    WITHDRAWN,
    Objection,
)
from pointsys.core.objections.queries import STATES, ObjectionLine, is_overdue
from pointsys.core.objections.subjects import ENTRY, PUBLICITY, find_subject
from pointsys.core.people.groups import canonical_ids
from pointsys.core.people.models import Person
from pointsys.core.publicity.models import Publicity
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.language import say
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again, signed_in
from pointsys.web.frame import flash_done, flash_outcome, show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.scope import missing

blueprint = Blueprint("objections", __name__)

View = Response | tuple[str, int]

OVERDUE = "overdue"
STATE_TITLES = {
    OPEN: N_("Open"),
    OVERDUE: N_("Overdue"),
    ANSWERED: N_("Answered"),
    WITHDRAWN: N_("Taken back"),
}
OUTCOME_TITLES = {
    UPHELD: N_("Upheld"),
    PARTLY: N_("Partly upheld"),
    REJECTED: N_("Not upheld"),
}
OUTCOME_HINTS = {
    UPHELD: N_("The objector is right; what is wrong gets corrected."),
    PARTLY: N_("Part of it is right; say which, and what follows."),
    REJECTED: N_("The record is right; say why."),
}


# --- one's own ---


@blueprint.get("/me/objections")
@signed_in
def mine() -> View:
    """What one has objected to, with the clock of each and the answers."""
    today = current_site().today()
    with read_scope() as session:
        found = services.mine(session, current_actor())
        return show(
            "objections/mine.html",
            rows=[(objection, is_overdue(objection, today)) for objection in found],
            outcomes=OUTCOME_TITLES,
            account=current_actor().account_id,
        )


@blueprint.route("/me/entries/<entry>/objection", methods=("GET", "POST"))
@signed_in
def raise_for_entry(entry: str) -> View:
    """Object to an entry of one's own."""
    with read_scope() as session:
        title = _own_entry(session, entry)
        if title is None:
            missing()
    return _raise(ENTRY, entry, title)


@blueprint.route("/me/publicity/<notice>/objection", methods=("GET", "POST"))
@signed_in
def raise_for_publicity(notice: str) -> View:
    """Object to a notice that is up."""
    with read_scope() as session:
        found = session.scalar(select(Publicity).where(Publicity.public_id == notice))
        if found is None:
            missing()
        title = found.title
    return _raise(PUBLICITY, notice, title)


def _own_entry(session: Session, public_id: str) -> str | None:
    """The name of an entry of the reader's own, under any of their rows."""
    found = session.scalar(select(Entry).where(Entry.public_id == public_id))
    own = current_actor().person_id
    if found is None or own is None:
        return None
    kept = canonical_ids(session, {own, found.person_id})
    return f"{found.title} {found.local_date.isoformat()}" if kept[own] == kept[found.person_id] else None


def _raise(subject_type: str, subject_id: str, title: str) -> View:
    text, refused = request.form.get("text", ""), None
    if request.method == "POST":
        try:
            with unit_of_work() as session:
                services.raise_objection(session, subject_type, subject_id, text, current_actor())
        except Problem as problem:
            refused = problem
        else:
            flash_done(N_("Your objection is with the staff. Somebody who had no part in it will answer."))
            return redirect(url_for("objections.mine"), 303)
    with read_scope() as session:
        before = services.of_subject(session, subject_type, subject_id) if subject_type == ENTRY else []
        return show(
            "objections/raise.html",
            422 if refused else 200,
            title=title,
            text=text,
            refused=refused,
            is_open=any(objection.state == OPEN for objection in before),
            most=services.MAX_TEXT,
        )


@blueprint.post("/me/objections/<objection>/withdraw")
@signed_in
def take_back(objection: str) -> View:
    """Take one's own objection back."""
    with flash_outcome(N_("You have taken your objection back.")), unit_of_work() as session:
        found = session.scalar(select(Objection).where(Objection.public_id == objection))
        if found is None or found not in services.mine(session, current_actor()):
            missing()
        services.withdraw(session, found, current_actor())
    return redirect(url_for("objections.mine"), 303)


# --- the staff ---


COLUMNS = (
    ListColumn(N_("About"), lambda row: row.objection.title),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Raised"), lambda row: local(row.objection.raised_at)),
    ListColumn(N_("To be answered by"), lambda row: row.objection.due_on, "date"),
    ListColumn(
        N_("State"), lambda row: str(gettext(STATE_TITLES[OVERDUE if row.overdue else row.objection.state]))
    ),
    ListColumn(N_("Outcome"), lambda row: str(gettext(OUTCOME_TITLES.get(row.objection.outcome, "-")))),
    ListColumn(N_("Answer"), lambda row: row.objection.answer),
)


@blueprint.get("/a/<code>/objections")
@area_scope("objections.view")
def index(code: str) -> View:
    """Objections of the area and below, the most urgent first."""
    args = list_args("state")
    state = args["state"] if args["state"] in STATES else ""
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[ObjectionLine]:
            offset = (page - 1) * size
            rows, total = services.list_objections(session, area_id, state=state, limit=size, offset=offset)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Objections"), COLUMNS, fetch)
        return show(
            "objections/index.html",
            args=args,
            page=fetch(args.page, args.size),
            states=STATE_TITLES,
            outcomes=OUTCOME_TITLES,
        )


@blueprint.get("/a/<code>/objections/<objection>")
@area_scope("objections.view")
def page(code: str, objection: str) -> View:
    """One objection: what it is about, its clock, and the answer or the form for it."""
    with read_scope() as session:
        return _page(session, _objection_here(session, objection))


def _page(session: Session, found: Objection, status: int = 200, refused: Problem | None = None) -> View:
    person = session.get(Person, found.person_id) if found.person_id is not None else None
    waiting = found.state == OPEN
    entry_state = None
    if found.subject_type == ENTRY:
        entry_state = session.scalar(select(Entry.status).where(Entry.public_id == found.subject_id))
    return show(
        "objections/page.html",
        status,
        objection=found,
        person=person,
        area=session.get_one(Area, found.area_id),
        overdue=is_overdue(found, current_site().today()),
        outcomes=OUTCOME_TITLES,
        hints=OUTCOME_HINTS,
        barred=_barred(session, found) if waiting and may("objections.answer") else "",
        others=services.who_may_answer(session, found) if waiting else [],
        about=_about(session, found),
        can_void=entry_state not in (None, VOIDED) and may("log.decide"),
        refused=refused,
        form=request.form,
        most=services.MAX_TEXT,
    )


def _about(session: Session, objection: Objection) -> str:
    """The address of a plugin's own thing that is objected to, for those who may open it; "" where it has none."""
    subject = find_subject(session, objection.subject_type, objection.subject_id)
    if subject is None or not subject.page:
        return ""
    arguments: dict[str, Any] = {**subject.arguments, "code": current_area().code}
    return url_for(subject.page, **arguments)


def _barred(session: Session, objection: Objection) -> str:
    """Why the reader may not answer this one, in their language; "" if they may."""
    try:
        services.check_may_answer(session, objection, current_actor())
    except Problem as problem:
        return str(say(problem))
    return ""


def _objection_here(session: Session, public_id: str) -> Objection:
    found = services.objection_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/objections/<objection>")
@area_scope("objections.answer")
def answer(code: str, objection: str) -> View:
    """Answer an objection; with an upheld one the entry may be voided in the same act."""
    area_id = current_area().id
    outcome, text = request.form.get("outcome", ""), request.form.get("text", "")
    void = request.form.get("void") == "1"
    try:
        with unit_of_work() as session:
            require_again(session, "objections.answer", area_id)
            if void:
                require_again(session, "log.decide", area_id)
            found = _objection_here(session, objection)
            services.answer(session, found, outcome, text, current_actor(), void=void)
    except Problem as problem:
        with read_scope() as session:
            return _page(session, _objection_here(session, objection), 422, problem)
    flash_done(N_("The objection is answered; the objector reads it on their page."))
    return redirect(url_for("objections.page", code=code, objection=objection), 303)
