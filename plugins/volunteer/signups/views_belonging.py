"""A page for staff: activities that belong to no team yet, several put into one team's charge at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_done,
    flash_problem,
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from ..teams.models import VolunteerProject, VolunteerTeam
from ..teams.queries import active_teams, team_here
from ..words import CATEGORIES
from . import belonging
from .belonging import Held

blueprint = Blueprint("volunteer_signups_teams", __name__)

View = Any
COLUMNS = (
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Date"), lambda row: row.local_date, "date"),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Kind"), lambda row: row.kind),
    ListColumn(N_("Person-times"), lambda row: row.entries, "count"),
    ListColumn(N_("Team"), lambda row: row.team),
)


def _projects(session: Session, area_id: int) -> list[VolunteerProject]:
    query = (
        select(VolunteerProject)
        .join(VolunteerTeam, VolunteerTeam.id == VolunteerProject.team_id)
        .where(VolunteerTeam.area_id.in_(subtree(area_id)))
        .order_by(VolunteerProject.title, VolunteerProject.id)
        .limit(1_000)
    )
    return list(session.scalars(query))


@blueprint.get("/a/<code>/volunteer/signups/teams")
@area_scope("volunteer.signups")
def index(code: str) -> View:
    """Service without a team, the last first."""
    args = list_args("show")
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[Held]:
            rows, total = belonging.held_below(
                session, area_id, text=args.q, everything=args["show"] == "all", limit=size,
                offset=(page - 1) * size,
            )  # fmt: skip
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Activities and their teams"), COLUMNS, fetch)
        return show(
            "volunteer/signups_teams.html",
            args=args,
            page=fetch(args.page, args.size),
            teams=active_teams(session, area_id),
            projects=_projects(session, area_id),
            categories=[(key, gettext(text)) for key, text in CATEGORIES.items()],
        )


@blueprint.post("/a/<code>/volunteer/signups/teams")
@area_scope("volunteer.signups")
def assign(code: str) -> View:
    """Put the chosen activities into a team's or project's charge."""
    area_id, chosen = current_area().id, request.form.getlist("id")
    team_id, project_id = request.form.get("team", ""), request.form.get("project", "")
    try:
        if not chosen or not (team_id or project_id):
            raise Problem("nothing_chosen", N_("Tick activities, and choose a team or a project."))
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            found = belonging.activities_here(session, area_id, chosen)
            team = team_here(session, area_id, team_id) if team_id else None
            project = next((one for one in _projects(session, area_id) if one.public_id == project_id), None)
            if found is None or (team_id and team is None) or (project_id and project is None):
                missing()
            changed = belonging.belong(
                session,
                found,
                team.id if team else None,
                project.id if project else None,
                request.form.get("category", ""),
                current_actor(),
            )
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Activities changed: %(n)s. Hours are counted for the team in a moment."), n=changed)
    return redirect(url_for("volunteer_signups_teams.index", code=code), 303)
