"""One's own teams, on a phone: those one belongs to or may join, and the pages of a team for members and leaders.

A team that somebody neither belongs to nor may ask to join looks like a missing page.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Paged,
    Person,
    Problem,
    current_actor,
    current_site,
    flash_done,
    flash_outcome,
    flash_problem,
    list_args,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from . import bonds, lists, membership, projects, queries, services
from .forms import AboutForm, ProjectForm
from .models import ACTIVE, ASKED, CLOSED, VolunteerJoining, VolunteerTeam
from .views import answer_joining, joining_of, member_of

blueprint = Blueprint("volunteer_my_teams", __name__)

View = Response | tuple[str, int]


@blueprint.get("/me/volunteer/teams")
@signed_in
def index() -> View:
    """Teams that one belongs to, leads, has asked to join, or may ask."""
    args = list_args(size=20)
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        mine = queries.teams_of_person(session, person.id, current_site().today())
        led = queries.leads(session, queries.rows_of(session, person.id))
        below = [one for one in lists.teams_by_id(session, led) if one.id not in {t.team_id for t in mine}]
        asked = lists.askings_of_person(session, person.id)
        known = {one.team_id for one in mine} | led
        rows, total = lists.teams_to_join(
            session, person.area_id, args.q, limit=args.size, offset=args.offset, without=known
        )
        waiting = {one.team for one in asked if one.state == ASKED}
        return show(
            "volunteer/teams_mine.html",
            args=args,
            mine=mine,
            led=led,
            below=below,
            asked=asked,
            page=Paged(rows, total, args.page, args.size),
            waiting=waiting,
            requests=lists.askings_of_teams(session, led),
            roles=membership.ROLES,
            states=membership.ASKING,
        )


def _known(session: Session, public_id: str) -> tuple[Person, VolunteerTeam, bool, bool]:
    """The person, the team, whether they lead it and whether they belong to it; 404 for a team out of their reach."""
    person = own_person(session)
    team = session.scalar(select(VolunteerTeam).where(VolunteerTeam.public_id == public_id))
    if person is None or team is None:
        missing()
    leads = team.id in queries.leads(session, queries.rows_of(session, person.id))
    belongs = membership.open_membership(session, team, person.id) is not None
    if not leads and not belongs:
        near, _total = lists.teams_to_join(session, person.area_id, limit=1, only=team.id)
        if not near:
            missing()
    return person, team, leads, belongs


def _led(session: Session, public_id: str) -> VolunteerTeam:
    """The team of the address, for its leaders and those of a team above; 404 for everybody else."""
    _person, team, leads, _belongs = _known(session, public_id)
    if not leads:
        missing()
    return team


@blueprint.get("/me/volunteer/teams/<team>")
@signed_in
def one(team: str) -> View:
    """One team, as far as one stands to it: for everybody what it is, for leaders who belongs to it and who asks."""
    with read_scope() as session:
        return _page(session, team)


def _page(session: Session, public_id: str, form: AboutForm | None = None) -> View:
    person, team, leads, belongs = _known(session, public_id)
    args = list_args()
    rows, total = (
        lists.members_page(session, team.id, None, args.q, limit=args.size, offset=args.offset)
        if leads
        else ([], 0)
    )
    wrong = form is not None
    found, _total = bonds.projects_page(session, None, bonds.ProjectFilters(team=team.id), limit=20)
    asked = [one for one in lists.askings_of_person(session, person.id) if one.team == team.public_id]
    return show(
        "volunteer/teams_own.html",
        422 if wrong else 200,
        team=team,
        area=session.get_one(Area, team.area_id),
        leads=leads,
        belongs=belongs,
        leaders=lists.leader_names(session, [team.id]).get(team.id, []),
        asked=asked[0] if asked else None,
        requests=lists.askings_of_teams(session, [team.id]) if leads else [],
        args=args,
        page=Paged(rows, total, args.page, args.size),
        projects=[one for one in found if leads or one.state not in ("draft", CLOSED)],
        project_states=projects.STATES,
        form=form or AboutForm(formdata=None, about=team.about, open_to_join=team.open_to_join),
        roles=membership.ROLES,
        states=membership.ASKING,
        own_id=person.id,
    )


def _done(team: str, problem: Problem | None, message: str) -> View:
    if problem is not None:
        flash_problem(problem)
    else:
        flash_done(message)
    return redirect(url_for("volunteer_my_teams.one", team=team), 303)


@blueprint.post("/me/volunteer/teams/<team>/join")
@signed_in
def join(team: str) -> View:
    """Ask to be let in."""
    refused: Problem | None = None
    try:
        with unit_of_work() as session:
            person, found, _leads, _belongs = _known(session, team)
            membership.ask_to_join(session, found, person, request.form.get("words", ""), current_actor())
    except Problem as problem:
        refused = problem
    return _done(team, refused, N_("Asked. The team's leader answers; you see it here."))


@blueprint.post("/me/volunteer/teams/<team>/take-back")
@signed_in
def take_back(team: str) -> View:
    """Take one's own request back."""
    refused: Problem | None = None
    try:
        with unit_of_work() as session:
            person, found, _leads, _belongs = _known(session, team)
            asked = session.scalar(
                select(VolunteerJoining).where(
                    VolunteerJoining.team_id == found.id,
                    VolunteerJoining.person_id.in_(queries.rows_of(session, person.id)),
                    VolunteerJoining.state == ASKED,
                )
            )
            if asked is None:
                missing()
            membership.take_back(session, found, asked, current_actor())
    except Problem as problem:
        refused = problem
    return _done(team, refused, N_("The request is taken back."))


@blueprint.post("/me/volunteer/teams/<team>/leave")
@signed_in
def leave(team: str) -> View:
    """Leave a team today."""
    with (
        flash_outcome(N_("You have left the team. What you did for it stays yours.")),
        unit_of_work() as session,
    ):
        person, found, _leads, _belongs = _known(session, team)
        row = membership.open_membership(session, found, person.id)
        if row is None:
            missing()
        membership.leave(session, found, row, current_site().today(), current_actor())
    return redirect(url_for("volunteer_my_teams.index"), 303)


@blueprint.post("/me/volunteer/teams/<team>/requests/<asked>")
@signed_in
def answer(team: str, asked: str) -> View:
    """Let somebody in who asked, or say no."""
    yes = request.form.get("answer") == "yes"
    refused: Problem | None = None
    try:
        with unit_of_work() as session:
            found = _led(session, team)
            answer_joining(session, found, joining_of(session, found, asked), yes=yes)
    except Problem as problem:
        refused = problem
    return _done(
        team, refused, N_("They belong to the team now.") if yes else N_("Answered: they read your reason.")
    )


@blueprint.post("/me/volunteer/teams/<team>/members/<member>/end")
@signed_in
def end(team: str, member: str) -> View:
    """End the membership of a plain member today; leaders are the staff's to change."""
    refused: Problem | None = None
    try:
        with unit_of_work() as session:
            found = _led(session, team)
            row = member_of(session, found, member)
            if row.role != "member":
                raise Problem(
                    "leaders_by_staff", N_("Leaders are named and taken back by the community's staff.")
                )
            membership.leave(session, found, row, current_site().today(), current_actor())
    except Problem as problem:
        refused = problem
    return _done(team, refused, N_("Saved."))


@blueprint.post("/me/volunteer/teams/<team>/about")
@signed_in
def about(team: str) -> View:
    """What the team's leader says of it."""
    form = AboutForm()
    if not form.validate_on_submit():
        with read_scope() as session:
            _led(session, team)
            return _page(session, team, form)
    refused: Problem | None = None
    try:
        with unit_of_work() as session:
            found = _led(session, team)
            data = replace(
                services.data_of(found),
                about=form.about.data or "",
                open_to_join=bool(form.open_to_join.data),
            )
            services.change_team(session, found, data, current_actor())
    except Problem as problem:
        refused = problem
    return _done(team, refused, N_("Saved."))


@blueprint.route("/me/volunteer/teams/<team>/projects/new", methods=["GET", "POST"])
@signed_in
def new_project(team: str) -> View:
    """Draft a project of a team that one leads; staff approve it."""
    form = ProjectForm()
    form.offer()
    del form.team
    with read_scope() as session:
        found = _led(session, team)
        if found.state != ACTIVE:
            missing()
        name = found.name
    if request.method == "GET":
        form.from_on.data = current_site().today()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                projects.add_project(session, _led(session, team), form.content(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            return _done(team, None, N_("The project is drafted. The community's staff approve it."))
    return show(
        "volunteer/teams_own_project.html",
        422 if form.errors or form.problems else 200,
        form=form,
        team=team,
        name=name,
    )
