"""Pages for staff: what looks for volunteers, who waits for a decision, and one activity with who signed up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    ListArgs,
    ListColumn,
    Named,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    export_asked,
    find_participants,
    list_args,
    missing,
    people_below,
    read_scope,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from ..teams.queries import active_teams, team_here
from ..words import CATEGORIES
from . import listing, queries, services, telling
from .listing import Filters, Line
from .models import RECRUITING, STATES
from .queries import Found, SignupLine
from .services import OUTCOMES, Wish
from .words import AUDIENCES
from .words import RECRUITING as RECRUITING_WORDS
from .words import STATES as STATE_WORDS

blueprint = Blueprint("volunteer_signups", __name__)

View = Any
COLUMNS = (
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Date"), lambda row: row.local_date, "date"),
    ListColumn(N_("Shift from"), lambda row: clock(row.starts_at)),
    ListColumn(N_("Shift to"), lambda row: clock(row.ends_at)),
    ListColumn(N_("Place"), lambda row: row.place),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("Team"), lambda row: row.team),
    ListColumn(N_("State"), lambda row: str(gettext(RECRUITING_WORDS[row.state][0]))),
    ListColumn(N_("Places"), lambda row: row.capacity, "count"),
    ListColumn(N_("Places held"), lambda row: row.taken, "count"),
    ListColumn(N_("To be approved"), lambda row: row.applied, "count"),
    ListColumn(N_("Waiting list"), lambda row: row.waiting, "count"),
)
SIGNUP_COLUMNS = (
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Date"), lambda row: row.activity.local_date, "date"),
    ListColumn(N_("Role of the shift"), lambda row: row.slot.role),
    ListColumn(N_("Shift from"), lambda row: clock(row.slot.starts_at)),
    ListColumn(N_("Shift to"), lambda row: clock(row.slot.ends_at)),
    ListColumn(N_("Name"), lambda row: row.person.name),
    ListColumn(N_("Serves for team"), lambda row: row.team),
    ListColumn(N_("Signed up by guardian"), lambda row: row.guardian),
    ListColumn(N_("Group or unit"), lambda row: row.signup.party),
    ListColumn(N_("A word to the organiser"), lambda row: row.signup.words),
    ListColumn(N_("State"), lambda row: str(gettext(STATE_WORDS[row.state][0]))),
    ListColumn(N_("Waiting number"), lambda row: row.signup.place or None, "count"),
)
WHEN = {"past": N_("Past"), "all": N_("All days")}


def clock(at: Any) -> str:
    """The local time of an instant."""
    return "" if at is None else current_site().local(at).strftime("%H:%M")


@blueprint.get("/a/<code>/volunteer/signups/")
@area_scope("volunteer.signups")
def index(code: str) -> View:
    """Activities of the area that look for volunteers, the next one first."""
    args = list_args("state", "when", "team", "category")
    filters = _filters(args)
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[Line]:
            rows, total = listing.activities_below(
                session, area_id, filters, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Recruiting and sign-ups"), COLUMNS, fetch)
        return show(
            "volunteer/signups_index.html",
            args=args,
            page=fetch(args.page, args.size),
            states=RECRUITING_WORDS,
            state_choices=[(key, gettext(RECRUITING_WORDS[key][0])) for key in RECRUITING],
            when_choices=[(key, gettext(text)) for key, text in WHEN.items()],
            categories=[(key, gettext(text)) for key, text in CATEGORIES.items()],
            teams=[(team.public_id, team.name) for team in active_teams(session, area_id)],
            undecided=queries.undecided(session, area_id),
            planned=listing.planned_without(session, area_id) if args.page == 1 else [],
        )


def _filters(args: ListArgs) -> Filters:
    return Filters(
        text=args.q,
        state=args["state"] if args["state"] in RECRUITING else "",
        when=args["when"] if args["when"] in WHEN else "",
        team=args["team"],
        category=args["category"] if args["category"] in CATEGORIES else "",
    )


@blueprint.get("/a/<code>/volunteer/signups/waiting")
@area_scope("volunteer.signups")
def waiting(code: str) -> View:
    """Everybody who waits for approval, of all activities, the nearest shift first."""
    args = list_args()
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[SignupLine]:
            rows, total = queries.to_decide(
                session, area_id, text=args.q, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Sign-ups to be approved"), SIGNUP_COLUMNS, fetch)
        return show("volunteer/signups_waiting.html", args=args, page=fetch(args.page, args.size))


@blueprint.post("/a/<code>/volunteer/signups/waiting")
@area_scope("volunteer.signups")
def decide_waiting(code: str) -> View:
    """Approve or reject the chosen ones, whatever their activities; all of them or none."""
    outcome, area_id = _outcome(), current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            found = queries.named_below(session, area_id, _chosen())
            if found is None:
                missing()
            changed = 0
            for activity_id in sorted({line.activity.id for line in found}):
                several = [line.signup for line in found if line.activity.id == activity_id]
                row = queries.row_of(session, activity_id)
                changed += services.decide(session, row, several, outcome, _reason(), current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        telling.tell_decided(outcome, changed)
    return redirect(url_for("volunteer_signups.waiting", code=code), 303)


def _outcome() -> str:
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        missing()
    return outcome


def _chosen() -> list[str]:
    chosen = request.form.getlist("id")
    if not chosen:
        raise Problem("nothing_chosen", N_("Tick at least one person."))
    return chosen


def _reason() -> str:
    return request.form.get("reason", "")


@blueprint.get("/a/<code>/volunteer/signups/<activity>")
@area_scope("volunteer.signups")
def page(code: str, activity: str) -> View:
    """One activity: what it asks, its shifts, and who signed up."""
    with read_scope() as session:
        found = found_here(session, activity)
        if export_asked():
            rows = _signups(session, found, list_args("state", "slot"))
            return send_list(N_("Sign-ups"), SIGNUP_COLUMNS, lambda _page, _size: Paged.whole(rows))
        return activity_page(session, found)


def found_here(session: Session, public_id: str) -> Found:
    """The activity below the page's area; 404 for any other."""
    found = queries.find_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _signups(session: Session, found: Found, args: ListArgs) -> list[SignupLine]:
    state = args["state"] if args["state"] in STATES else ""
    return queries.signups_of(session, found.activity.id, text=args.q, state=state, slot=args["slot"])


def activity_page(
    session: Session, found: Found, status: int = 200, *, unclear: Sequence[Named] = (), slot: str = ""
) -> View:
    """The page of one activity; ``unclear`` are names to be decided on for a shift."""
    args = list_args("state", "slot")
    rows = _signups(session, found, args)
    return show(
        "volunteer/signups_activity.html",
        status,
        args=args,
        found=found,
        slots=queries.slots_of(session, found.activity.id),
        page=Paged.whole(rows),
        unclear=unclear,
        unclear_slot=slot,
        words=RECRUITING_WORDS,
        audiences=AUDIENCES,
        categories=CATEGORIES,
        state_words=STATE_WORDS,
        state_choices=[(key, gettext(STATE_WORDS[key][0])) for key in STATES],
        teams=[(team.public_id, team.name) for team in active_teams(session, current_area().id)],
        now=current_site().now(),
    )


@blueprint.post("/a/<code>/volunteer/signups/<activity>/decide")
@area_scope("volunteer.signups")
def decide(code: str, activity: str) -> View:
    """Approve, reject, take off, or mark as not come."""
    outcome, area_id = _outcome(), current_area().id
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            found = found_here(session, activity)
            rows = queries.named(session, found.activity.id, _chosen())
            if rows is None:
                missing()
            changed = services.decide(session, found.row, rows, outcome, _reason(), current_actor())
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        telling.tell_decided(outcome, changed)
    return redirect(url_for("volunteer_signups.page", code=code, activity=activity, _anchor="people"), 303)


@blueprint.post("/a/<code>/volunteer/signups/<activity>/people")
@area_scope("volunteer.signups")
def enter(code: str, activity: str) -> View:
    """Sign a group up by names; those that are not clear come back to be decided on."""
    area_id, actor = current_area().id, current_actor()
    unclear: list[Named] = []
    try:
        with unit_of_work() as session:
            require_again(session, "volunteer.signups", area_id)
            found = found_here(session, activity)
            slot = queries.slot_of(session, found.activity.id, request.form.get("slot", ""))
            team_id = request.form.get("team", "")
            team = team_here(session, area_id, team_id) if team_id else None
            people = people_below(session, area_id, request.form.getlist("person"))
            if slot is None or people is None or (team_id and team is None):
                missing()
            named = find_participants(session, area_id, request.form.get("names", ""))
            people += [item.people[0] for item in named if len(item.people) == 1]
            unclear = [item for item in named if len(item.people) != 1]
            if not people and not unclear:
                raise Problem("nobody_named", N_("Write the names first."))
            wish = Wish(team_id=team.id if team else None, party=request.form.get("party", ""), entered=True)
            outcome = services.sign_up(session, found.row, slot, people, actor, wish)
    except Problem as problem:
        telling.tell_problem(problem)
    else:
        telling.tell_outcome(outcome)
    if unclear:
        with read_scope() as session:
            slot_id = request.form.get("slot", "")
            return activity_page(session, found_here(session, activity), unclear=unclear, slot=slot_id)
    return redirect(url_for("volunteer_signups.page", code=code, activity=activity, _anchor="people"), 303)
