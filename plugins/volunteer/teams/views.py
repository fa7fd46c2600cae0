"""Pages of teams for staff: the list of an area, founding and changing one, its members, requests, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    ListColumn,
    Named,
    Paged,
    Person,
    Problem,
    area_scope,
    chosen_day,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    flash_done,
    flash_outcome,
    list_args,
    missing,
    people_below,
    read_scope,
    require_again,
    send_list,
    show,
    subtree,
    unit_of_work,
)

from ..people.numbers import volunteer_nos
from . import bonds, lists, membership, projects, queries, services
from .forms import MembersForm, TeamForm
from .models import ACTIVE, VolunteerJoining, VolunteerMember, VolunteerTeam

blueprint = Blueprint("volunteer_teams", __name__)

View = Response | tuple[str, int]
PERMISSION = "volunteer.teams"

COLUMNS = (
    ListColumn(N_("Team"), lambda row: row.name),
    ListColumn(N_("Organisation it belongs to"), lambda row: row.host),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Team above it"), lambda row: row.parent),
    ListColumn(N_("Team members"), lambda row: row.members, "count"),
    ListColumn(N_("Projects"), lambda row: row.projects, "count"),
)
MEMBER_COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Joined on"), lambda row: row.joined_on, "date"),
    ListColumn(N_("Left on"), lambda row: row.left_on, "date"),
)


@blueprint.get("/a/<code>/volunteer/teams")
@area_scope(PERMISSION)
def index(code: str) -> View:
    """Teams of the area and below."""
    args = list_args("state")
    state = args["state"]
    filters = lists.TeamFilters(args.q, state if state in services.STATES else ACTIVE, asked=state == "asked")
    with read_scope() as session:
        area_id = current_area().id

        def fetch(page: int, size: int) -> Paged[lists.TeamLine]:
            rows, total = lists.teams_page(session, area_id, filters, limit=size, offset=(page - 1) * size)
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Volunteer teams"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        return show(
            "volunteer/teams_index.html",
            args=args,
            page=page,
            leaders=lists.leader_names(session, [row.id for row in page.rows]),
            waiting=lists.waiting_askings(session, area_id),
        )


def _offer(session: Session, form: TeamForm, team: VolunteerTeam | None) -> None:
    area_id = current_area().id
    places = session.execute(
        select(Area.code, Area.name)
        .where(Area.id.in_(subtree(area_id)), Area.closed_on.is_(None))
        .order_by(Area.code)
        .limit(500)
    )
    form.area.choices = [(row.code, row.name) for row in places]
    teams = [one for one in queries.active_teams(session, area_id) if team is None or one.id != team.id]
    above = session.get(VolunteerTeam, team.parent_id) if team is not None and team.parent_id else None
    if above is not None and above not in teams:
        # A team of an area above stays where it is.
        teams.insert(0, above)
    form.parent.choices = [("", "—"), *((one.public_id, one.name) for one in teams)]


def _parent(session: Session, form: TeamForm, team: VolunteerTeam | None) -> int | None:
    wanted = form.parent.data or ""
    if not wanted:
        return None
    if team is not None and team.parent_id is not None:
        above = session.get_one(VolunteerTeam, team.parent_id)
        if above.public_id == wanted:
            return above.id
    found = queries.team_here(session, current_area().id, wanted)
    if found is None:
        raise Problem("unknown_team", N_("Choose a team that is not dissolved."), field="parent")
    return found.id


@blueprint.route("/a/<code>/volunteer/teams/new", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str) -> View:
    """Found a team in the area or below."""
    form = TeamForm()
    with read_scope() as session:
        _offer(session, form, None)
    if request.method == "GET":
        form.area.data, form.open_to_join.data = code, True
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                area = session.scalar(
                    select(Area).where(Area.code == form.area.data, Area.id.in_(subtree(current_area().id)))
                )
                if area is None:
                    raise Problem("unknown_area", N_("This area does not exist."), field="area")
                require_again(session, PERMISSION, area.id)
                made = services.add_team(
                    session, area, form.data_of(_parent(session, form, None)), current_actor()
                )
                public_id = made.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The team is there. Name its leader, then take members in."))
            return redirect(url_for("volunteer_teams.one", code=code, team=public_id), 303)
    return show(
        "volunteer/teams_form.html", 422 if form.errors or form.problems else 200, form=form, team=None
    )


def team_of(session: Session, public_id: str) -> VolunteerTeam:
    """The team of the address; 404 for any outside the page's area."""
    found = queries.team_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.route("/a/<code>/volunteer/teams/<team>/change", methods=["GET", "POST"])
@area_scope(PERMISSION)
def change(code: str, team: str) -> View:
    """Say something else of a team."""
    form = TeamForm()
    with read_scope() as session:
        found = team_of(session, team)
        _offer(session, form, found)
        above = session.get(VolunteerTeam, found.parent_id) if found.parent_id else None
        if request.method == "GET":
            form.fill(services.data_of(found), above.public_id if above else "")
        name = found.name
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found = team_of(session, team)
                require_again(session, PERMISSION, found.area_id)
                services.change_team(
                    session, found, form.data_of(_parent(session, form, found)), current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Saved."))
            return redirect(url_for("volunteer_teams.one", code=code, team=team), 303)
    return show(
        "volunteer/teams_form.html",
        422 if form.errors or form.problems else 200,
        form=form,
        team=team,
        name=name,
    )


@blueprint.get("/a/<code>/volunteer/teams/<team>")
@area_scope(PERMISSION)
def one(code: str, team: str) -> View:
    """One team: what it is, who belongs to it, who asks to join, its projects."""
    with read_scope() as session:
        return _page(session, team_of(session, team))


def _page(
    session: Session, team: VolunteerTeam, form: MembersForm | None = None, doubtful: Sequence[Named] = ()
) -> View:
    args = list_args("left")
    area_id = current_area().id

    def fetch(page: int, size: int) -> Paged[lists.MemberLine]:
        rows, total = lists.members_page(
            session, team.id, area_id, args.q, left=args["left"] == "1", limit=size, offset=(page - 1) * size
        )
        return Paged(rows, total, page, size)

    if export_asked():
        return send_list(N_("Members of the team"), MEMBER_COLUMNS, fetch)
    page = fetch(args.page, args.size)
    wrong = form is not None
    if form is None:
        form = MembersForm(formdata=None, joined_on=current_site().today())
        form.offer()
    others = queries.active_teams(session, area_id) if team.state == ACTIVE else []
    return show(
        "volunteer/teams_one.html",
        422 if wrong else 200,
        team=team,
        area=session.get_one(Area, team.area_id),
        above=session.get(VolunteerTeam, team.parent_id) if team.parent_id else None,
        successor=session.get(VolunteerTeam, team.successor_id) if team.successor_id else None,
        below=lists.teams_by_id(session, set(session.scalars(queries.children(team.id)))),
        args=args,
        page=page,
        numbers=volunteer_nos(session, [row.person_id for row in page.rows]),
        asked=lists.askings_of_teams(session, [team.id]),
        alliances=bonds.alliances_of_team(session, team.id),
        projects=bonds.projects_page(session, None, bonds.ProjectFilters(team=team.id), limit=20)[0],
        form=form,
        doubtful=doubtful,
        others=[one for one in others if one.id != team.id],
        roles=membership.ROLES,
        project_states=projects.STATES,
        today=current_site().today(),
    )


@blueprint.post("/a/<code>/volunteer/teams/<team>/members")
@area_scope(PERMISSION)
def add(code: str, team: str) -> View:
    """Take people in, by name; namesakes are asked about."""
    form = MembersForm()
    form.offer()
    area_id = current_area().id
    with read_scope() as session:
        try:
            people, doubtful = _meant(session, area_id, form)
        except Problem as problem:
            form.refuse(problem)
            people, doubtful = [], []
        valid = form.validate()
        if doubtful or not people or not valid or form.problems:
            if not doubtful and not people and valid and not form.problems:
                form.refuse(Problem("nobody_named", N_("Name who belongs to the team."), field="names"))
            return _page(session, team_of(session, team), form, doubtful)
    try:
        with unit_of_work() as session:
            found = team_of(session, team)
            require_again(session, PERMISSION, found.area_id)
            for person_id in people:
                membership.add_member(
                    session, found, session.get_one(Person, person_id), form.role.data or "",
                    chosen_day(form.joined_on), current_actor(),
                )  # fmt: skip
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return _page(session, team_of(session, team), form)
    flash_done(N_("%(n)s people belong to the team now."), n=len(people))
    return redirect(url_for("volunteer_teams.one", code=code, team=team), 303)


def _meant(session: Session, area_id: int, form: MembersForm) -> tuple[list[int], list[Named]]:
    """Row ids of who is meant, and the names that are not clear."""
    chosen = people_below(session, area_id, request.form.getlist("person"))
    if chosen is None:
        missing()
    named = find_participants(session, area_id, form.names.data or "")
    taken = {person.name for person in chosen}
    people = [person.id for person in chosen]
    doubtful = []
    for one in named:
        if len(one.people) == 1:
            people.append(one.people[0].id)
        elif one.name not in taken:
            doubtful.append(one)
    return list(dict.fromkeys(people)), doubtful


def member_of(session: Session, team: VolunteerTeam, public_id: str) -> VolunteerMember:
    """The membership of the address; 404 for one of another team."""
    found = session.scalar(
        select(VolunteerMember).where(
            VolunteerMember.public_id == public_id, VolunteerMember.team_id == team.id
        )
    )
    if found is None:
        missing()
    return found


def joining_of(session: Session, team: VolunteerTeam, public_id: str) -> VolunteerJoining:
    """The request of the address; 404 for one to another team."""
    found = session.scalar(
        select(VolunteerJoining).where(
            VolunteerJoining.public_id == public_id, VolunteerJoining.team_id == team.id
        )
    )
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/volunteer/teams/<team>/members/<member>")
@area_scope(PERMISSION)
def role(code: str, team: str, member: str) -> View:
    """Change a member's role, or end the membership today."""
    wanted = request.form.get("role", "")
    with flash_outcome(N_("Saved.")), unit_of_work() as session:
        found = team_of(session, team)
        require_again(session, PERMISSION, found.area_id)
        row = member_of(session, found, member)
        if wanted == "left":
            membership.leave(session, found, row, _day("left_on"), current_actor())
        else:
            membership.change_role(session, found, row, wanted, current_actor())
    return redirect(url_for("volunteer_teams.one", code=code, team=team, _anchor="members"), 303)


def _day(field: str) -> date:
    try:
        return date.fromisoformat(request.form.get(field, ""))
    except ValueError:
        return current_site().today()


@blueprint.post("/a/<code>/volunteer/teams/<team>/requests/<asked>")
@area_scope(PERMISSION)
def answer(code: str, team: str, asked: str) -> View:
    """Let somebody in who asked, or say no."""
    yes = request.form.get("answer") == "yes"
    with (
        flash_outcome(N_("They belong to the team now.") if yes else N_("Answered: they read your reason.")),
        unit_of_work() as session,
    ):
        found = team_of(session, team)
        require_again(session, PERMISSION, found.area_id)
        answer_joining(session, found, joining_of(session, found, asked), yes=yes)
    return redirect(url_for("volunteer_teams.one", code=code, team=team), 303)


def answer_joining(session: Session, team: VolunteerTeam, joining: VolunteerJoining, *, yes: bool) -> None:
    """What the form of a request says, for staff and leaders alike."""
    if yes:
        membership.accept(session, team, joining, current_actor())
    else:
        membership.refuse(session, team, joining, request.form.get("reason", ""), current_actor())


@blueprint.post("/a/<code>/volunteer/teams/<team>/dissolve")
@area_scope(PERMISSION)
def dissolve(code: str, team: str) -> View:
    """Dissolve a team, with the one that certifies for it."""
    with flash_outcome(N_("The team is dissolved. Its hours keep its name.")), unit_of_work() as session:
        found = team_of(session, team)
        require_again(session, PERMISSION, found.area_id)
        wanted = request.form.get("successor", "")
        services.dissolve(session, found, team_of(session, wanted) if wanted else None, current_actor())
    return redirect(url_for("volunteer_teams.one", code=code, team=team), 303)
