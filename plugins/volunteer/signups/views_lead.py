"""Pages on a phone for leaders of teams: their activities, who signed up, deciding, and signing members up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Paged,
    Person,
    Problem,
    current_actor,
    current_site,
    enabled_in,
    list_args,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..teams.models import VolunteerTeam
from ..teams.queries import leads, members_on, names, rows_of
from . import listing, queries, services, telling
from .listing import Filters
from .models import DRAFT, LIVE, STATES, VolunteerActivity
from .queries import Found
from .services import OUTCOMES, Wish
from .words import RECRUITING
from .words import STATES as STATE_WORDS

blueprint = Blueprint("volunteer_my_activities", __name__)

View = Any
NAME = "volunteer"
WHEN = ("past", "all")


def _led(session: Session) -> set[int]:
    """Ids of the teams that the reader leads; 404 for whoever leads none."""
    me = own_person(session)
    if me is None:
        abort(404)
    teams = leads(session, rows_of(session, me.id))
    if not teams:
        missing()
    return teams


@blueprint.get("/me/volunteer/leading")
@signed_in
def index() -> View:
    """Activities of the teams that one leads; ``team`` narrows them to one."""
    args = list_args("team", "when", size=20)
    with read_scope() as session:
        teams = _led(session)
        wanted = args["team"]
        chosen = (
            session.scalar(select(VolunteerTeam).where(VolunteerTeam.public_id == wanted)) if wanted else None
        )
        if wanted and (chosen is None or chosen.id not in teams):
            missing()
        filters = Filters(text=args.q, when=args["when"] if args["when"] in WHEN else "")
        shown = {chosen.id} if chosen is not None else teams
        rows, total = listing.led_by(session, shown, filters, limit=args.size, offset=args.offset)
        return show(
            "volunteer/signups_leading.html",
            args=args,
            page=Paged(rows, total, args.page, args.size),
            team=chosen,
            words=RECRUITING,
        )


def _found(session: Session, public_id: str) -> Found:
    """An activity of a team that the reader leads; 404 for any other."""
    teams = _led(session)
    found = queries.find(
        session, public_id, VolunteerActivity.team_id.in_(teams), VolunteerActivity.state != DRAFT
    )
    if found is None or NAME not in enabled_in(session, found.area.id):
        missing()
    return found


@blueprint.get("/me/volunteer/leading/<activity>")
@signed_in
def page(activity: str) -> View:
    """One activity: its shifts, who signed up, and which members are not there yet."""
    args = list_args("state")
    state = args["state"] if args["state"] in STATES else ""
    with read_scope() as session:
        found = _found(session, activity)
        everybody = queries.signups_of(session, found.activity.id, text=args.q)
        rows = [row for row in everybody if not state or row.state == state]
        there = {row.person.id for row in everybody if row.state in LIVE}
        return show(
            "volunteer/signups_lead.html",
            args=args,
            found=found,
            slots=queries.slots_of(session, found.activity.id),
            rows=rows,
            members=_members(session, found, there),
            words=RECRUITING,
            state_words=STATE_WORDS,
            now=current_site().now(),
            team_name=names(session, [found.row.team_id or 0]).get(found.row.team_id or 0, ""),
        )


def _members(session: Session, found: Found, there: set[int]) -> list[Person]:
    """Members of the activity's team on its day who are not signed up."""
    ids = members_on(session, found.row.team_id or 0, found.activity.local_date) - there
    query = select(Person).where(Person.id.in_(ids), Person.left_on.is_(None))
    return list(session.scalars(query.order_by(Person.sort_key, Person.id)))


@blueprint.post("/me/volunteer/leading/<activity>/decide")
@signed_in
def decide(activity: str) -> View:
    """Approve, reject, take off, or mark as not come."""
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        missing()
    try:
        with unit_of_work() as session:
            found = _found(session, activity)
            chosen = request.form.getlist("id")
            if not chosen:
                raise Problem("nothing_chosen", N_("Tick at least one person."))
            rows = queries.named(session, found.activity.id, chosen)
            if rows is None:
                missing()
            reason = request.form.get("reason", "")
            changed = services.decide(session, found.row, rows, outcome, reason, current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        telling.tell_decided(outcome, changed)
    return redirect(url_for("volunteer_my_activities.page", activity=activity, _anchor="people"), 303)


@blueprint.post("/me/volunteer/leading/<activity>/people")
@signed_in
def enter(activity: str) -> View:
    """Sign members of the team up for a shift."""
    try:
        with unit_of_work() as session:
            found = _found(session, activity)
            slot = queries.slot_of(session, found.activity.id, request.form.get("slot", ""))
            wanted = set(request.form.getlist("person"))
            members = {person.public_id: person for person in _members(session, found, set())}
            if slot is None or not wanted <= members.keys():
                missing()
            if not wanted:
                raise Problem("nothing_chosen", N_("Tick at least one person."))
            people = [person for key, person in members.items() if key in wanted]
            wish = Wish(team_id=found.row.team_id, entered=True)
            outcome = services.sign_up(session, found.row, slot, people, current_actor(), wish)
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        telling.tell_outcome(outcome)
    return redirect(url_for("volunteer_my_activities.page", activity=activity, _anchor="people"), 303)
