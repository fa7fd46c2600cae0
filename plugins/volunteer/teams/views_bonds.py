"""Pages of alliances and projects for staff."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
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
    list_args,
    missing,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..words import CATEGORIES
from . import bonds, lists, projects, queries, services
from .forms import AllianceForm, ProjectForm
from .models import VolunteerAlliance, VolunteerProject, VolunteerTeam
from .views import PERMISSION, team_of

blueprint = Blueprint("volunteer_bonds", __name__)

View = Response | tuple[str, int]

ALLIANCE_COLUMNS = (
    ListColumn(N_("Alliance"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Teams"), lambda row: row.teams, "count"),
    ListColumn(N_("Ended on"), lambda row: row.closed_on, "date"),
)
PROJECT_COLUMNS = (
    ListColumn(N_("Code"), lambda row: row.code),
    ListColumn(N_("Project"), lambda row: row.title),
    ListColumn(N_("Category"), lambda row: gettext(CATEGORIES.get(row.category, row.category))),
    ListColumn(N_("Team"), lambda row: row.team_name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("From"), lambda row: row.from_on, "date"),
    ListColumn(N_("To"), lambda row: row.to_on, "date"),
    ListColumn(N_("State"), lambda row: gettext(projects.STATES[row.state])),
)


@blueprint.route("/a/<code>/volunteer/alliances", methods=["GET", "POST"])
@area_scope(PERMISSION)
def alliances(code: str) -> View:
    """Alliances of the area and below, and a form for a new one."""
    args = list_args()
    form = AllianceForm()
    area = current_area()
    area_id = area.id
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, area_id)
                made = services.add_alliance(
                    session, session.merge(area, load=False), form.name.data or "", form.about.data or "",
                    current_actor(),
                )  # fmt: skip
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The alliance is there. Take teams in."))
            return redirect(url_for("volunteer_bonds.alliance", code=code, alliance=public_id), 303)
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[bonds.AllianceLine]:
            rows, total = bonds.alliances_page(session, area_id, args.q, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Alliances"), ALLIANCE_COLUMNS, fetch)
        return show(
            "volunteer/teams_alliances.html",
            422 if form.errors or form.problems else 200,
            args=args,
            page=fetch(args.page, args.size),
            form=form,
        )


def _alliance(session: Session, public_id: str) -> VolunteerAlliance:
    found = bonds.alliance_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/a/<code>/volunteer/alliances/<alliance>")
@area_scope(PERMISSION)
def alliance(code: str, alliance: str) -> View:
    """One alliance with its teams."""
    with read_scope() as session:
        found = _alliance(session, alliance)
        rows, _total = lists.teams_page(
            session, found.area_id, lists.TeamFilters(state="", alliance=found.id), limit=None
        )
        inside = {row.id for row in rows}
        return show(
            "volunteer/teams_alliance.html",
            alliance=found,
            rows=rows,
            leaders=lists.leader_names(session, inside),
            others=[one for one in queries.active_teams(session, found.area_id) if one.id not in inside],
        )


@blueprint.post("/a/<code>/volunteer/alliances/<alliance>/teams")
@area_scope(PERMISSION)
def ally(code: str, alliance: str) -> View:
    """Take a team into an alliance, or let it leave."""
    with flash_outcome(N_("Saved.")), unit_of_work() as session:
        found = _alliance(session, alliance)
        require_again(session, PERMISSION, found.area_id)
        team = queries.team_here(session, found.area_id, request.form.get("team", ""))
        if team is None:
            raise Problem("unknown_team", N_("Choose a team that is not dissolved."), field="team")
        if request.form.get("act") == "leave":
            services.part_ways(session, found, team, current_actor())
        else:
            services.ally(session, found, team, current_actor())
    return redirect(url_for("volunteer_bonds.alliance", code=code, alliance=alliance), 303)


@blueprint.post("/a/<code>/volunteer/alliances/<alliance>/close")
@area_scope(PERMISSION)
def close(code: str, alliance: str) -> View:
    """End an alliance."""
    with flash_outcome(N_("The alliance has ended.")), unit_of_work() as session:
        found = _alliance(session, alliance)
        require_again(session, PERMISSION, found.area_id)
        services.close_alliance(session, found, current_actor())
    return redirect(url_for("volunteer_bonds.alliances", code=code), 303)


@blueprint.get("/a/<code>/volunteer/projects")
@area_scope(PERMISSION)
def project_list(code: str) -> View:
    """Projects of the area's teams."""
    args = list_args("state", "category")
    filters = bonds.ProjectFilters(args.q, args["state"], args["category"])
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[bonds.ProjectLine]:
            rows, total = bonds.projects_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Projects"), PROJECT_COLUMNS, fetch)
        return show(
            "volunteer/teams_projects.html",
            args=args,
            page=fetch(args.page, args.size),
            states=projects.STATES,
            categories=CATEGORIES,
        )


@blueprint.route("/a/<code>/volunteer/projects/new", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new_project(code: str) -> View:
    """Draft a project of one of the area's teams."""
    form = ProjectForm()
    form.offer()
    with read_scope() as session:
        teams = queries.active_teams(session, current_area().id)
        form.team.choices = [(one.public_id, one.name) for one in teams]
    if request.method == "GET":
        form.team.data, form.from_on.data = request.args.get("team", ""), current_site().today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                team = team_of(session, form.team.data or "")
                require_again(session, PERMISSION, team.area_id)
                made = projects.add_project(session, team, form.content(), current_actor())
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The project is drafted."))
            return redirect(url_for("volunteer_bonds.project", code=code, project=public_id), 303)
    return show(
        "volunteer/teams_project.html", 422 if form.errors or form.problems else 200, form=form, project=None
    )


def _project(session: Session, public_id: str) -> tuple[VolunteerProject, VolunteerTeam]:
    found = bonds.project_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found, session.get_one(VolunteerTeam, found.team_id)


@blueprint.route("/a/<code>/volunteer/projects/<project>", methods=["GET", "POST"])
@area_scope(PERMISSION)
def project(code: str, project: str) -> View:
    """One project: what is said of it, and its steps."""
    form = ProjectForm()
    form.offer()
    del form.team
    with read_scope() as session:
        found, team = _project(session, project)
        if request.method == "GET":
            form.fill(found)
        shown = {
            "title": found.title, "state": found.state, "steps": projects.NEXT[found.state],
            "team": team.name, "team_id": team.public_id, "created_by": found.created_by,
        }  # fmt: skip
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found, team = _project(session, project)
                require_again(session, PERMISSION, team.area_id)
                projects.change_project(session, team, found, form.content(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("volunteer_bonds.project", code=code, project=project), 303)
    return show(
        "volunteer/teams_project.html",
        422 if form.errors or form.problems else 200,
        form=form,
        project=project,
        shown=shown,
        states=projects.STATES,
    )


@blueprint.post("/a/<code>/volunteer/projects/<project>/state")
@area_scope(PERMISSION)
def move_project(code: str, project: str) -> View:
    """Approve, start or close a project."""
    with flash_outcome(N_("Saved.")), unit_of_work() as session:
        found, team = _project(session, project)
        require_again(session, PERMISSION, team.area_id)
        projects.set_state(session, team, found, request.form.get("state", ""), current_actor())
    return redirect(url_for("volunteer_bonds.project", code=code, project=project), 303)
