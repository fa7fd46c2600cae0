"""Pages of sessions: the list, recording one, and its sheet of attendance."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    CONFIRMED,
    N_,
    Activity,
    Area,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
    who_acts,
)

from ..models import PointsBranch
from . import meetings, rosters
from .forms import SessionForm
from .models import PointsSession
from .reading import ABSENT, ATTENDED, EXCUSED, EXPECTED, UNEXPECTED

blueprint = Blueprint("points_sessions", __name__)

View = Response | tuple[str, int]
PERMISSION, CONFIRMING = "points.award", "points.verify"
STATE_TITLES = {
    "open": N_("Attendance to be confirmed"),
    "changed": N_("Changed, to be confirmed"),
    "confirmed": N_("Confirmed"),
    "voided": N_("Voided"),
}
ATTENDEE_TITLES = {
    ATTENDED: N_("was there"),
    EXCUSED: N_("excused"),
    ABSENT: N_("did not come"),
    UNEXPECTED: N_("was not expected"),
}
COLUMNS = (
    ListColumn(N_("Session"), lambda row: row.title),
    ListColumn(N_("Day"), lambda row: row.on_date, "date"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Party branch"), lambda row: row.branch),
    ListColumn(N_("Expected"), lambda row: row.expected, "count"),
    ListColumn(N_("Was there"), lambda row: row.attended, "count"),
    ListColumn(N_("State"), lambda row: str(gettext(STATE_TITLES[row.state]))),
)
SHEET = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Party branch"), lambda row: row.branch),
    ListColumn(N_("Attendance of sessions"), lambda row: str(gettext(ATTENDEE_TITLES[row.state]))),
    ListColumn(N_("Reason"), lambda row: row.reason),
)


@blueprint.get("/a/<code>/points/sessions")
@area_scope("points.view")
def index(code: str) -> View:
    """Sessions of the area, the newest first."""
    args = list_args("state", sorts=rosters.SORTS, sort="-day")
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[rosters.SessionLine]:
            rows, total = rosters.sessions_page(
                session, area_id, query=args.q, state=args["state"], sort=args.sort, limit=size,
                offset=(page - 1) * size,
            )  # fmt: skip
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Sessions"), COLUMNS, fetch)
        return show(
            "points/ledger/sessions.html",
            args=args,
            page=fetch(args.page, args.size),
            state_titles=STATE_TITLES,
        )


@blueprint.get("/a/<code>/points/sessions/new")
@area_scope(PERMISSION)
def new(code: str) -> View:
    """Say what it was and who was expected."""
    with read_scope() as session:
        return _form_page(session, SessionForm(request.args))


def _fill(session: Session, form: SessionForm) -> None:
    """Offer what may be chosen on the form's day."""
    area_id = current_area().id
    day = form.on_date.data or current_site().today()
    form.on_date.data = form.on_date.data or (None if form.is_submitted() else day)
    form.counts.choices = [
        (one.key, gettext("%(title)s (sessions of kind %(kind)s)", title=one.title, kind=one.kind))
        if one.kind
        else (one.key, one.title)
        for one in meetings.offered(session, area_id, day)
    ]
    branches = session.execute(
        select(PointsBranch.id, PointsBranch.name)
        .where(PointsBranch.area_id.in_(subtree(area_id)))
        .order_by(PointsBranch.name)
    )
    form.branch.choices = [("", gettext("all members of the area"))] + [(str(r[0]), r[1]) for r in branches]
    near = rosters.activities_near(session, area_id, day)
    form.activity.choices = [("", gettext("none: attendance is ticked here"))] + [
        (str(key), title) for key, title in near
    ]


def _form_page(session: Session, form: SessionForm, status: int = 200) -> View:
    _fill(session, form)
    return show("points/ledger/session_new.html", status, form=form)


@blueprint.post("/a/<code>/points/sessions/new")
@area_scope(PERMISSION)
def create(code: str) -> View:
    """Record the session with everybody who was expected."""
    form, area_id = SessionForm(), current_area().id
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, area_id)
                assert form.on_date.data is not None
                made = meetings.create(
                    session, session.get_one(Area, area_id), form.title.data or "", form.on_date.data,
                    form.counts.data or "", current_actor(),
                    branch=_branch(session, area_id, form.branch.data or ""),
                    activity=_activity(session, area_id, form.activity.data or "", form.on_date.data),
                )  # fmt: skip
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Recorded. Tick who came; somebody else confirms the sheet."))
            return redirect(url_for("points_sessions.one", code=code, session_id=public_id), 303)
    with read_scope() as session:
        return _form_page(session, form, 422)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _branch(session: Session, area_id: int, chosen: str) -> PointsBranch | None:
    if not chosen:
        return None
    query = select(PointsBranch).where(
        PointsBranch.id == _number(chosen), PointsBranch.area_id.in_(subtree(area_id))
    )
    branch = session.scalar(query)
    if branch is None:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="branch")
    return branch


def _activity(session: Session, area_id: int, chosen: str, day: date) -> Activity | None:
    if not chosen:
        return None
    query = select(Activity).where(
        Activity.id == _number(chosen), Activity.area_id.in_(subtree(area_id)), Activity.local_date == day
    )
    activity = session.scalar(query)
    if activity is None:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="activity")
    return activity


def _here(session: Session, area_id: int, public_id: str) -> PointsSession:
    found = rosters.session_here(session, area_id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/points/sessions/<session_id>")
@area_scope("points.view")
def one(code: str, session_id: str) -> View:
    """The sheet: who was expected, who came, who was excused and why."""
    args = list_args("state")
    with read_scope() as session:
        meeting = _here(session, current_area().id, session_id)
        people = rosters.attendees(session, meeting)
        shown = [p for p in people if args["state"] in ("", p.state) and args.q in p.name]

        def fetch(page: int, size: int) -> Paged[rosters.Attendee]:
            return Paged.cut(shown, page, size)

        if export_asked():
            return send_list(N_("Attendance of sessions"), SHEET, fetch)
        rows = rosters.words_of(session, meeting)
        who = who_acts(session, current_actor())
        last = max((row.id for row in rows if row.word == CONFIRMED), default=0)
        said = any(who.did(row.account_id, row.actor) for row in rows if row.id > last and row.person_id)
        recorded = last == 0 and who.did(meeting.recorded_by_account, meeting.recorded_by)
        activity = session.get(Activity, meeting.activity_id) if meeting.activity_id else None
        branch = session.get(PointsBranch, meeting.branch_id) if meeting.branch_id else None
        return show(
            "points/ledger/session.html",
            args=args,
            page=fetch(args.page, args.size),
            meeting=meeting,
            activity=activity.title if activity else "",
            branch=branch.name if branch else "",
            counts={state: sum(p.state == state for p in people) for state in ATTENDEE_TITLES},
            steps=[row for row in rows if row.person_id is None],
            by_another=said or recorded,
            own=who.person,
            state_titles=STATE_TITLES,
            attendee_titles=ATTENDEE_TITLES,
        )


@blueprint.post("/a/<code>/points/sessions/<session_id>")
@area_scope(PERMISSION)
def say(code: str, session_id: str) -> View:
    """Record who came, was absent, excused, or not expected at all; or take in who is missing on the sheet."""
    area_id, word = current_area().id, request.form.get("word", "")
    number = 0
    try:
        with unit_of_work() as session:
            meeting = _here(session, area_id, session_id)
            require_again(session, PERMISSION, meeting.area_id)
            if word == EXPECTED:
                stands = rosters.standings(session, meeting)
                members = meetings.members_on(session, meeting.area_id, meeting.on_date, meeting.branch_id)
                words = {person: EXPECTED for person in members if person not in stands}
            else:
                asked = set(request.form.getlist("id")[:1_000])
                people = rosters.people_here(session, meeting.area_id, asked)
                if people.keys() != asked:
                    missing()
                words = dict.fromkeys(people.values(), word)
            number = meetings.say(session, meeting, words, request.form.get("reason", ""), current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Recorded for %(num)s people."), num=number)
    return redirect(url_for("points_sessions.one", code=code, session_id=session_id), 303)


@blueprint.post("/a/<code>/points/sessions/<session_id>/decide")
@area_scope(CONFIRMING)
def decide(code: str, session_id: str) -> View:
    """Confirm the sheet, or void the session with a reason."""
    area_id = current_area().id
    with flash_outcome(N_("Done.")), unit_of_work() as session:
        meeting = _here(session, area_id, session_id)
        require_again(session, CONFIRMING, meeting.area_id)
        outcome, reason = request.form.get("outcome", ""), request.form.get("reason", "")
        meetings.decide(session, meeting, outcome, reason, current_actor())
    return redirect(url_for("points_sessions.one", code=code, session_id=session_id), 303)
