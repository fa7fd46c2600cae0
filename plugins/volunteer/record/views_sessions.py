"""Pages of sessions: evaluations, complaints and disputes of an area, and one session with all that was said of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Entry,
    ListColumn,
    Objection,
    Paged,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from ..models import VolunteerCredit
from ..pages import FLAG_TEXTS
from . import cases, evaluations
from .cases import CaseLine
from .evaluations import COMPLAINT, SIDE_TITLES, EvaluationLine, Said
from .models import LEADER, RECIPIENT, SIDES
from .objecting import DISPUTE

blueprint = Blueprint("volunteer_record_sessions", __name__)

View = Response | tuple[str, int]
MANAGE = "volunteer.record"
KIND_TITLES = {DISPUTE: N_("Hours of a session"), COMPLAINT: N_("Complaint")}
STATE_TITLES = {
    "open": N_("Open"),
    "overdue": N_("Overdue"),
    "answered": N_("Answered"),
    "withdrawn": N_("Taken back"),
}
OUTCOME_TITLES = {"upheld": N_("Upheld"), "partly": N_("Partly upheld"), "rejected": N_("Not upheld")}
EVALUATION_COLUMNS = (
    ListColumn(N_("Day"), lambda row: row.local_date, "date"),
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Volunteer"), lambda row: row.person.name),
    ListColumn(N_("Who says so"), lambda row: str(gettext(SIDE_TITLES[row.evaluation.side]))),
    ListColumn(N_("Score"), lambda row: row.evaluation.score, "count"),
    ListColumn(N_("Words"), lambda row: row.evaluation.words),
)
CASE_COLUMNS = (
    ListColumn(N_("Kind"), lambda row: str(gettext(KIND_TITLES[row.objection.subject_type]))),
    ListColumn(N_("About"), lambda row: row.objection.title),
    ListColumn(N_("Volunteer"), lambda row: row.person),
    ListColumn(N_("To be answered by"), lambda row: row.objection.due_on, "date"),
    ListColumn(
        N_("State"), lambda row: str(gettext(STATE_TITLES["overdue" if row.overdue else row.objection.state]))
    ),
    ListColumn(N_("Outcome"), lambda row: str(gettext(OUTCOME_TITLES.get(row.objection.outcome, "-")))),
)


@blueprint.get("/a/<code>/volunteer/record/evaluations")
@area_scope(MANAGE)
def index(code: str) -> View:
    """What was said of sessions of the area."""
    args = list_args("side", "low")
    side = args["side"] if args["side"] in SIDES else ""
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[EvaluationLine]:
            rows, total = evaluations.listed(
                session,
                area_id,
                q=args.q,
                side=side,
                low=args["low"] == "1",
                limit=size,
                offset=(page - 1) * size,
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Evaluations"), EVALUATION_COLUMNS, fetch)
        return show(
            "volunteer/record/evaluations.html",
            args=args,
            page=fetch(args.page, args.size),
            side_titles=SIDE_TITLES,
        )


@blueprint.get("/a/<code>/volunteer/record/cases")
@area_scope(MANAGE)
def open_cases(code: str) -> View:
    """Disputes and complaints of the area, the most urgent first."""
    args = list_args("kind", "state")
    state = args["state"] if args["state"] in STATE_TITLES else ""
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[CaseLine]:
            rows, total = cases.listed(
                session, area_id, kind=args["kind"], state=state, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Disputes and complaints"), CASE_COLUMNS, fetch)
        return show(
            "volunteer/record/cases.html",
            args=args,
            page=fetch(args.page, args.size),
            kind_titles=KIND_TITLES,
            state_titles=STATE_TITLES,
            outcome_titles=OUTCOME_TITLES,
        )


@blueprint.get("/a/<code>/volunteer/record/sessions/<entry>")
@area_scope(MANAGE)
def page(code: str, entry: str) -> View:
    """One session: how its minutes came about, what both sides said, and what is disputed."""
    with read_scope() as session:
        return _page(session, entry_here(session, entry))


def entry_here(session: Session, public_id: str) -> Entry:
    """The entry of this address; 404 unless it was recorded in the page's area or below."""
    found = session.scalar(
        select(Entry).where(Entry.public_id == public_id, Entry.area_id.in_(subtree(current_area().id)))
    )
    if found is None:
        missing()
    return found


def session_facts(session: Session, entry: Entry) -> dict[str, Any]:
    """What a session's page shows, for staff and for the volunteer alike."""
    return {
        "entry": entry,
        "credit": session.get(VolunteerCredit, entry.id),
        "area": session.get_one(Area, entry.area_id),
        "cases": cases.of_entry(session, entry),
        "flag_texts": FLAG_TEXTS,
        "side_titles": SIDE_TITLES,
        "kind_titles": KIND_TITLES,
        "outcomes": OUTCOME_TITLES,
        "most": cases.MOST_WORDS,
        "today": current_site().today(),
    }


def _page(session: Session, entry: Entry, status: int = 200, refused: Problem | None = None) -> View:
    return show(
        "volunteer/record/session.html",
        status,
        person=session.get_one(Person, entry.person_id),
        said=evaluations.of_entry(session, entry.id),
        form=request.form,
        refused=refused,
        sides=(LEADER, RECIPIENT),
        **session_facts(session, entry),
    )


@blueprint.post("/a/<code>/volunteer/record/sessions/<entry>/evaluation")
@area_scope(MANAGE)
def evaluate(code: str, entry: str) -> View:
    """Staff say how the organiser, or a recipient who told them, saw it; also as a complaint."""
    area_id, form = current_area().id, request.form
    said = Said(
        form.get("side", ""),
        evaluations.as_score(form.get("score", "")),
        form.get("words", ""),
        form.get("name", ""),
    )
    try:
        if said.side not in (LEADER, RECIPIENT):
            raise Problem("unknown_choice", N_("Choose one of the values offered."), field="side")
        with unit_of_work() as session:
            require_again(session, MANAGE, area_id)
            row = evaluations.evaluate(session, entry_here(session, entry), said, current_actor())
            if form.get("complaint") == "1":
                cases.complain(session, row, said.words, said.name, current_actor())
    except Problem as problem:
        with read_scope() as session:
            return _page(session, entry_here(session, entry), 422, problem)
    flash_done(N_("It is on record."))
    return redirect(url_for("volunteer_record_sessions.page", code=code, entry=entry), 303)


@blueprint.post("/a/<code>/volunteer/record/sessions/<entry>/evidence/<objection>")
@area_scope(MANAGE)
def evidence(code: str, entry: str, objection: str) -> View:
    """What the organiser's side shows in a dispute or complaint."""
    area_id = current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, MANAGE, area_id)
            found = case_of(session, entry_here(session, entry), objection)
            cases.add_evidence(
                session, found, request.form.get("words", ""), current_actor(), objector=_objects(found)
            )
    except Problem as problem:
        with read_scope() as session:
            return _page(session, entry_here(session, entry), 422, problem)
    flash_done(N_("It is on record; both sides and whoever answers read it."))
    return redirect(url_for("volunteer_record_sessions.page", code=code, entry=entry), 303)


def _objects(objection: Objection) -> bool:
    """Whether the reader wrote the objection down or raised it, and so speaks for its side."""
    account = current_actor().account_id
    return account is not None and account in (objection.raised_by_account, objection.taken_by_account)


def case_of(session: Session, entry: Entry, objection: str) -> Objection:
    """The case of this address, if it is one of the session; else 404."""
    found = [
        case.objection for case in cases.of_entry(session, entry) if case.objection.public_id == objection
    ]
    if not found:
        missing()
    return found[0]
