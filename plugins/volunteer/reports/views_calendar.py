"""The calendar of a team: its leaders and staff make its secret address and take it back; programs read it."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    area_scope,
    base_url,
    current_actor,
    current_area,
    flash_done,
    missing,
    own_person,
    public,
    read_scope,
    require_again,
    serve_calendar,
    show,
    signed_in,
    unit_of_work,
)

from ..teams.models import VolunteerTeam
from ..teams.queries import leads, rows_of, team_here
from . import calendar

blueprint = Blueprint("volunteer_calendar", __name__, template_folder="../templates")

View = Response | tuple[str, int]
TAKEN_BACK = N_("The address of the team's calendar does not work any more.")


@blueprint.get("/a/<code>/volunteer/teams/<team>/calendar")
@area_scope("volunteer.teams")
def staff(code: str, team: str) -> View:
    """Whether the team's calendar has an address, for staff."""
    with read_scope() as session:
        return _page(session, _here(session, team), own=False)


@blueprint.post("/a/<code>/volunteer/teams/<team>/calendar")
@area_scope("volunteer.teams")
def staff_create(code: str, team: str) -> View:
    """A new address, shown this one time."""
    area_id = current_area().id
    with unit_of_work(drain=False) as session:
        require_again(session, "volunteer.teams", area_id)
        token = calendar.create_feed(session, _here(session, team), current_actor())
    with read_scope() as session:
        return _page(session, _here(session, team), own=False, token=token)


@blueprint.post("/a/<code>/volunteer/teams/<team>/calendar/revoke")
@area_scope("volunteer.teams")
def staff_revoke(code: str, team: str) -> View:
    """Let the address be worth nothing."""
    area_id = current_area().id
    with unit_of_work(drain=False) as session:
        require_again(session, "volunteer.teams", area_id)
        calendar.revoke_feed(session, _here(session, team), current_actor())
    flash_done(TAKEN_BACK)
    return redirect(url_for("volunteer_calendar.staff", code=code, team=team), 303)


@blueprint.get("/me/volunteer/teams/<team>/calendar")
@signed_in
def own(team: str) -> View:
    """The same for those who lead the team."""
    with read_scope() as session:
        return _page(session, _led(session, team), own=True)


@blueprint.post("/me/volunteer/teams/<team>/calendar")
@signed_in
def own_create(team: str) -> View:
    """A new address, made by a leader."""
    with unit_of_work(drain=False) as session:
        token = calendar.create_feed(session, _led(session, team), current_actor())
    with read_scope() as session:
        return _page(session, _led(session, team), own=True, token=token)


@blueprint.post("/me/volunteer/teams/<team>/calendar/revoke")
@signed_in
def own_revoke(team: str) -> View:
    """Let the address be worth nothing."""
    with unit_of_work(drain=False) as session:
        calendar.revoke_feed(session, _led(session, team), current_actor())
    flash_done(TAKEN_BACK)
    return redirect(url_for("volunteer_calendar.own", team=team), 303)


@blueprint.get("/public/<code>/volunteer/team-calendar/<token>.ics")
@public
def ics(code: str, token: str) -> Response:
    """The calendar of the team whose address this is: no names in it; 404 for all other addresses."""
    area_id = current_area().id

    def find(session: Session) -> bytes | None:
        team = calendar.team_of_feed(session, token)
        return calendar.team_calendar(session, team) if team is not None and team.area_id == area_id else None

    return serve_calendar(find)


def _here(session: Session, public_id: str) -> VolunteerTeam:
    found = team_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _led(session: Session, public_id: str) -> VolunteerTeam:
    """A team that the reader leads; 404 for all others, as for one that does not exist."""
    person = own_person(session)
    found = session.scalar(select(VolunteerTeam).where(VolunteerTeam.public_id == public_id))
    if person is None or found is None or found.id not in leads(session, rows_of(session, person.id)):
        missing()
    return found


def _page(session: Session, team: VolunteerTeam, *, own: bool, token: str = "") -> View:
    code = session.get_one(Area, team.area_id).code
    address = url_for("volunteer_calendar.ics", code=code, token=token) if token else ""
    return show(
        "volunteer/team_calendar_own.html" if own else "volunteer/team_calendar.html",
        team=team,
        feed=calendar.open_feed(session, team.id),
        address=f"{base_url()}{address}" if token else "",
    )
