"""REST of teams, their members and their projects, for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
    rest_person,
    subtree,
)

from . import bonds, lists, membership, projects, queries, services
from .models import VolunteerMember, VolunteerTeam
from .schemas import (
    DissolveIn,
    ProjectIn,
    ProjectOut,
    ProjectsArgs,
    ProjectsPage,
    ProjectStateIn,
    TeamIn,
    TeamMemberChange,
    TeamMemberChanged,
    TeamMemberIn,
    TeamMembersArgs,
    TeamMembersPage,
    TeamOut,
    TeamsArgs,
    TeamsPage,
)

blueprint = RestBlueprint("volunteer_rest_teams", __name__, description="Volunteer teams and projects")

TEAMS = "volunteer.teams"
_ONE = "/areas/<code>/volunteer/teams/<team>"


def _line(row: lists.TeamLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id, "requests": row.asked}


def _shown(session: Session, team: VolunteerTeam) -> Mapping[str, Any]:
    return _line(lists.teams_by_id(session, [team.id])[0])


def _team(session: Session, public_id: str) -> VolunteerTeam:
    found = queries.team_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _data(session: Session, given: dict[str, Any], team: VolunteerTeam | None) -> services.TeamData:
    values = {key: value for key, value in given.items() if key not in ("area", "parent")}
    above = None
    if given["parent"]:
        found = queries.team_here(session, current_area().id, given["parent"])
        kept = session.get(VolunteerTeam, team.parent_id) if team is not None and team.parent_id else None
        if found is None and (kept is None or kept.public_id != given["parent"]):
            raise Problem("unknown_team", N_("Choose a team that is not dissolved."), field="parent")
        above = found or kept
    return services.TeamData(**values, parent=above.id if above is not None else None)


@blueprint.read("/areas/<code>/volunteer/teams", permission=TEAMS, query=TeamsArgs, answer=TeamsPage)
def teams(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Volunteer teams of an area"""
    rows, total = lists.teams_page(
        session, current_area().id, lists.TeamFilters(args["q"], args["state"]), limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([_line(row) for row in rows], total, args)


@blueprint.create("/areas/<code>/volunteer/teams", permission=TEAMS, body=TeamIn, answer=TeamOut)
def found_team(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Found a volunteer team"""
    wanted = given["area"] or current_area().code
    area = session.scalar(select(Area).where(Area.code == wanted, Area.id.in_(subtree(current_area().id))))
    if area is None:
        raise Problem("unknown_area", N_("This area does not exist."), field="area")
    made = services.add_team(session, area, _data(session, given, None), current_actor())
    return _shown(session, made)


@blueprint.create(f"{_ONE}/change", permission=TEAMS, body=TeamIn, answer=TeamOut, status=200)
def change_team(session: Session, given: dict[str, Any], code: str, team: str) -> Mapping[str, Any]:
    """Say something else of a team"""
    found = _team(session, team)
    services.change_team(session, found, _data(session, given, found), current_actor())
    return _shown(session, found)


@blueprint.create(f"{_ONE}/dissolve", permission=TEAMS, body=DissolveIn, answer=TeamOut, status=200)
def dissolve_team(session: Session, given: dict[str, Any], code: str, team: str) -> Mapping[str, Any]:
    """Dissolve a team, with the one that certifies for it"""
    found = _team(session, team)
    successor = _team(session, given["successor"]) if given["successor"] else None
    services.dissolve(session, found, successor, current_actor())
    return _shown(session, found)


@blueprint.read(f"{_ONE}/members", permission=TEAMS, query=TeamMembersArgs, answer=TeamMembersPage)
def team_members(session: Session, args: dict[str, Any], code: str, team: str) -> Mapping[str, Any]:
    """Members of a team, leaders first"""
    rows, total = lists.members_page(
        session, _team(session, team).id, current_area().id, args["q"], left=args["left"],
        limit=args["size"], offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([{**vars(row), "id": row.public_id} for row in rows], total, args)


def _membership(row: VolunteerMember) -> dict[str, Any]:
    return {"id": row.public_id, "role": row.role, "joined_on": row.joined_on, "left_on": row.left_on}


@blueprint.create(f"{_ONE}/members", permission=TEAMS, body=TeamMemberIn, answer=TeamMemberChanged)
def take_in(session: Session, given: dict[str, Any], code: str, team: str) -> Mapping[str, Any]:
    """Take somebody of the area into a team"""
    found = _team(session, team)
    person = rest_person(session, given["person"])
    made = membership.add_member(session, found, person, given["role"], given["joined_on"], current_actor())
    return _membership(made)


@blueprint.create(
    f"{_ONE}/members/<member>",
    permission=TEAMS,
    body=TeamMemberChange,
    answer=TeamMemberChanged,
    status=200,
)
def change_member(
    session: Session, given: dict[str, Any], code: str, team: str, member: str
) -> Mapping[str, Any]:
    """Give a member another role, or a last day in the team"""
    found = _team(session, team)
    row = session.scalar(
        select(VolunteerMember).where(
            VolunteerMember.public_id == member, VolunteerMember.team_id == found.id
        )
    )
    if row is None:
        missing()
    if given["role"]:
        membership.change_role(session, found, row, given["role"], current_actor())
    if given["left_on"] is not None:
        membership.leave(session, found, row, given["left_on"], current_actor())
    return _membership(row)


def _project(row: bonds.ProjectLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id}


@blueprint.read("/areas/<code>/volunteer/projects", permission=TEAMS, query=ProjectsArgs, answer=ProjectsPage)
def project_list(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Projects of an area's teams, the latest first"""
    filters = bonds.ProjectFilters(args["q"], args["state"], args["category"])
    rows, total = bonds.projects_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_project(row) for row in rows], total, args)


def _project_shown(session: Session, code: str) -> Mapping[str, Any]:
    rows, _total = bonds.projects_page(session, current_area().id, bonds.ProjectFilters(code), limit=None)
    return _project(next(row for row in rows if row.code == code))


@blueprint.create("/areas/<code>/volunteer/projects", permission=TEAMS, body=ProjectIn, answer=ProjectOut)
def draft_project(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Draft a project of a team"""
    data = projects.ProjectData(**{key: value for key, value in given.items() if key != "team"})
    made = projects.add_project(session, _team(session, given["team"]), data, current_actor())
    return _project_shown(session, made.code)


@blueprint.create(
    "/areas/<code>/volunteer/projects/<project>/state",
    permission=TEAMS,
    body=ProjectStateIn,
    answer=ProjectOut,
    status=200,
)
def move_project(session: Session, given: dict[str, Any], code: str, project: str) -> Mapping[str, Any]:
    """Approve, start or close a project"""
    found = bonds.project_here(session, current_area().id, project)
    if found is None:
        missing()
    team = session.get_one(VolunteerTeam, found.team_id)
    projects.set_state(session, team, found, given["state"], current_actor())
    return _project_shown(session, found.code)
