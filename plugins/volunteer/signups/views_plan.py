"""Planning pages for staff: a new activity or series, what it asks, its shifts, and opening, closing, cancelling."""

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
    Problem,
    activity_below,
    area_scope,
    chosen_day,
    current_actor,
    current_area,
    current_site,
    flash_done,
    kinds_for,
    missing,
    read_scope,
    require_again,
    show,
    subtree,
    unit_of_work,
)

from ..teams.models import CLOSED as PROJECT_CLOSED
from ..teams.models import VolunteerProject, VolunteerTeam
from ..teams.queries import active_teams
from . import opening, planning, queries, telling
from .forms import SHIFT_ROWS, USUAL_PLACES, PlanForm, TermsForm, parse_clock, parse_places
from .models import CANCELLED, VolunteerActivity
from .planning import Terms
from .rules import Shift
from .views import found_here

blueprint = Blueprint("volunteer_signups_plan", __name__)

View = Any


def choices(session: Session) -> tuple[list[VolunteerTeam], list[VolunteerProject]]:
    """Teams and projects of the area and below that can still plan."""
    area_id = current_area().id
    projects = session.scalars(
        select(VolunteerProject)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerProject.team_id)
        .where(VolunteerTeam.area_id.in_(subtree(area_id)), VolunteerProject.state != PROJECT_CLOSED)
        .order_by(VolunteerProject.title, VolunteerProject.id)
        .limit(1_000)
    )
    return list(active_teams(session, area_id)), list(projects)


@blueprint.route("/a/<code>/volunteer/signups/new", methods=["GET", "POST"])
@area_scope("volunteer.signups")
def new(code: str) -> View:
    """Plan an activity on one day, or the same weekday for some weeks."""
    form = PlanForm()
    with read_scope() as session:
        teams, projects = choices(session)
        kinds = [kind for kind in kinds_for(session, current_area().id).values() if kind.service]
        form.kind.choices = [(kind.code, kind.title) for kind in kinds]
        kind_ids = {kind.code: kind.id for kind in kinds}
        form.offer(teams, projects)
        if not form.is_submitted():
            form.start(Terms(), None, None)
            form.day.data, form.weeks.data = current_site().today(), 1
            return _plan_page(form)
    if form.validate():
        try:
            return _plan(code, form, kind_ids)
        except Problem as problem:
            form.refuse(problem)
    return _plan_page(form)


def _plan_page(form: PlanForm) -> View:
    return show(
        "volunteer/signups_new.html",
        422 if form.errors or form.problems else 200,
        form=form,
        rows=range(1, SHIFT_ROWS + 1),
        usual=USUAL_PLACES,
        typed=request.form,
    )


def _plan(code: str, form: PlanForm, kind_ids: dict[str, int]) -> Response:
    area_id = current_area().id
    with unit_of_work() as session:
        require_again(session, "volunteer.signups", area_id)
        teams, projects = choices(session)
        made = planning.plan_recruiting(
            session,
            session.get_one(Area, area_id),
            kind_ids[form.kind.data],
            form.title.data or "",
            chosen_day(form.day),
            form.window(),
            form.terms(session, teams, projects),
            form.shifts(),
            current_actor(),
            weeks=1 if form.weeks.data is None else form.weeks.data,
        )
        if request.form.get("open"):
            for row in made:
                opening.open_recruiting(session, row, current_actor())
        count, first = len(made), opening.public_id_of(session, made[0])
    if request.form.get("open"):
        flash_done(N_("Activities open for sign-up: %(n)s."), n=count)
    else:
        flash_done(N_("Drafts made: %(n)s. Open them when they are ready; nobody sees them before."), n=count)
    if count > 1:
        return redirect(url_for("volunteer_signups.index", code=code, q=form.title.data), 303)
    return redirect(url_for("volunteer_signups.page", code=code, activity=first), 303)


@blueprint.post("/a/<code>/volunteer/signups/from")
@area_scope("volunteer.signups")
def begin(code: str) -> View:
    """Let an activity that is planned already look for volunteers: a draft with one shift for the whole time."""
    area_id, site = current_area().id, current_site()
    public_id = request.form.get("activity", "")
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            activity = activity_below(session, area_id, public_id)
            if activity is None:
                missing()
            if activity.starts_at is None or activity.ends_at is None:
                raise Problem("no_window", N_("Give the activity a start and an end."))
            times = [site.local(at).time() for at in (activity.starts_at, activity.ends_at)]
            shift = Shift(gettext("Volunteer"), times[0], times[1], USUAL_PLACES)
            planning.recruit(session, activity, Terms(), [shift], current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
        return redirect(url_for("volunteer_signups.index", code=code), 303)
    flash_done(N_("Drafts made: %(n)s. Open them when they are ready; nobody sees them before."), n=1)
    return redirect(url_for("volunteer_signups.page", code=code, activity=public_id), 303)


@blueprint.route("/a/<code>/volunteer/signups/<activity>/terms", methods=["GET", "POST"])
@area_scope("volunteer.signups")
def terms(code: str, activity: str) -> View:
    """Change what an activity asks and tells."""
    form = TermsForm()
    with read_scope() as session:
        found = found_here(session, activity)
        teams, projects = choices(session)
        teams += [found.team] if found.team is not None and found.team not in teams else []
        projects += [found.project] if found.project is not None and found.project not in projects else []
        form.offer(teams, projects)
        if not form.is_submitted():
            form.start(planning.terms_in(found.row), found.team, found.project)
            return show("volunteer/signups_terms.html", form=form, found=found)
    if form.validate():
        try:
            with unit_of_work() as session:
                require_again(session, "volunteer.signups", current_area().id)
                found = found_here(session, activity)
                teams, projects = choices(session)
                planning.change_terms(
                    session, found.row, form.terms(session, teams, projects), current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("volunteer_signups.page", code=code, activity=activity), 303)
    with read_scope() as session:
        return show("volunteer/signups_terms.html", 422, form=form, found=found_here(session, activity))


@blueprint.post("/a/<code>/volunteer/signups/<activity>/state")
@area_scope("volunteer.signups")
def state(code: str, activity: str) -> View:
    """Open, close or cancel an activity; with ``series`` what is still ahead of the whole series."""
    act, area_id = request.form.get("act", ""), current_area().id
    if act not in ("open", "close", "cancel"):
        missing()
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            found = found_here(session, activity)
            rows = _of_series(session, found.row) if request.form.get("series") else [found.row]
            told = sum(_set(session, row, act) for row in rows)
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        if act == "cancel":
            flash_done(N_("Cancelled. People who had signed up read why: %(n)s."), n=told)
        elif act == "open":
            flash_done(N_("Activities open for sign-up: %(n)s."), n=len(rows))
        else:
            flash_done(N_("No more sign-ups are taken; who is signed up stays."))
    return redirect(url_for("volunteer_signups.page", code=code, activity=activity), 303)


def _set(session: Session, row: VolunteerActivity, act: str) -> int:
    actor = current_actor()
    if act == "open":
        opening.open_recruiting(session, row, actor)
    elif act == "close":
        opening.close_recruiting(session, row, actor)
    else:
        return opening.cancel_recruiting(session, row, request.form.get("reason", ""), actor)
    return 0


def _of_series(session: Session, row: VolunteerActivity) -> list[VolunteerActivity]:
    """The activity and those of its series that come after it and are not cancelled."""
    if not row.series:
        return [row]
    query = (
        select(VolunteerActivity)
        .where(
            VolunteerActivity.series == row.series,
            VolunteerActivity.activity_id >= row.activity_id,
            VolunteerActivity.state != CANCELLED,
        )
        .order_by(VolunteerActivity.activity_id)
    )
    return list(session.scalars(query))


@blueprint.post("/a/<code>/volunteer/signups/<activity>/slots")
@area_scope("volunteer.signups")
def add_slot(code: str, activity: str) -> View:
    """One more shift."""
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", current_area().id)
            found = found_here(session, activity)
            window, site = found.activity, current_site()
            if window.starts_at is None or window.ends_at is None:
                raise Problem("no_window", N_("Give the activity a start and an end."))
            start = parse_clock(request.form.get("from", "")) or site.local(window.starts_at).time()
            end = parse_clock(request.form.get("to", "")) or site.local(window.ends_at).time()
            places = parse_places(request.form.get("places", "") or str(USUAL_PLACES))
            shift = Shift(request.form.get("role", ""), start, end, places)
            starts_at, ends_at = shift.on(window.local_date, site.timezone, window.starts_at)
            planning.add_slot(session, found.row, shift.role, starts_at, ends_at, places, current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        flash_done(N_("Shift added."))
    return redirect(url_for("volunteer_signups.page", code=code, activity=activity, _anchor="shifts"), 303)


@blueprint.post("/a/<code>/volunteer/signups/<activity>/slots/<slot>")
@area_scope("volunteer.signups")
def change_slot(code: str, activity: str, slot: str) -> View:
    """Set the places of a shift, or take a shift away that nobody signed up for."""
    moved = 0
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", current_area().id)
            found = found_here(session, activity)
            row = queries.slot_of(session, found.activity.id, slot)
            if row is None:
                missing()
            if request.form.get("remove"):
                planning.remove_slot(session, found.row, row, current_actor())
            else:
                places = parse_places(request.form.get("places", ""))
                moved = planning.change_capacity(session, found.row, row, places, current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        flash_done(N_("Saved. People who moved up from the waiting list: %(n)s."), n=moved)
    return redirect(url_for("volunteer_signups.page", code=code, activity=activity, _anchor="shifts"), 303)
