"""Pages on a phone: what looks for volunteers, signing oneself or one's child up, and one's own sign-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Paged,
    Person,
    Problem,
    current_actor,
    current_site,
    enabled_in,
    flash_outcome,
    flash_problem,
    groups,
    list_args,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..people.guardians import wards_of
from ..teams.queries import TeamOf, rows_of, teams_of_person
from ..words import CATEGORIES
from . import listing, queries, services, telling
from .listing import Filters
from .models import DRAFT, LIVE, VolunteerActivity
from .queries import Found
from .rules import cancel_until
from .services import Wish
from .words import RECRUITING, STATES

blueprint = Blueprint("volunteer_my_signups", __name__)

View = Any
NAME = "volunteer"


@dataclass(frozen=True)
class Family:
    """Who may be signed up here: oneself and one's wards, and all rows of each."""

    me: Person
    wards: list[Person]
    rows: dict[int, int]

    @property
    def everybody(self) -> list[Person]:
        """Oneself first."""
        return [self.me, *self.wards]


def family(session: Session) -> Family:
    """The reader and their wards; 404 for an account of nobody."""
    me = own_person(session)
    if me is None:
        abort(404)
    wards = [
        ward
        for ward in wards_of(session, rows_of(session, me.id), current_site().today())
        if ward.id != me.id
    ]
    people = [me.id, *(ward.id for ward in wards)]
    rows = {row: kept for kept, several in groups(session, people).items() for row in several}
    return Family(me, wards, rows)


@blueprint.get("/me/volunteer/recruiting")
@signed_in
def recruiting() -> View:
    """What one may sign up for, the next first."""
    args = list_args("category", "where", size=20)
    category = args["category"] if args["category"] in CATEGORIES else ""
    with read_scope() as session:
        me = own_person(session)
        if me is None:
            abort(404)
        teams = teams_of_person(session, me.id, current_site().today())
        near = me.area_id if args["where"] == "area" else listing.near_area(session, me)
        rows, total = listing.offered_to(
            session,
            me,
            [team.team_id for team in teams],
            Filters(text=args.q, category=category),
            near=near,
            limit=args.size,
            offset=args.offset,
        )
        return show(
            "volunteer/signups_recruiting.html",
            args=args,
            page=Paged(rows, total, args.page, args.size),
            categories=[(key, gettext(text)) for key, text in CATEGORIES.items()],
            category_words=CATEGORIES,
        )


def _found(session: Session, public_id: str, people: Family) -> Found:
    """An activity that is offered to the reader or a ward, or that one of them signed up for; 404 for any other."""
    found = queries.find(session, public_id, VolunteerActivity.state != DRAFT)
    if found is None or NAME not in enabled_in(session, found.area.id):
        missing()
    if queries.by_slot(session, found.activity.id, people.rows):
        return found
    if not any(services.may_find(session, found.row, person) for person in people.everybody):
        missing()
    return found


@blueprint.get("/me/volunteer/recruiting/<activity>")
@signed_in
def offer(activity: str) -> View:
    """One activity with its shifts, and the button to sign up for each."""
    with read_scope() as session:
        people = family(session)
        found = _found(session, activity, people)
        slots = queries.slots_of(session, found.activity.id)
        states = queries.by_slot(session, found.activity.id, people.rows)
        teams = teams_of_person(session, people.me.id, found.activity.local_date)
        return show(
            "volunteer/signups_offer.html",
            found=found,
            slots=slots,
            people=people,
            own_states={slot: _by_person(people, rows) for slot, rows in states.items()},
            live=LIVE,
            teams=teams,
            usual=_usual_team(found, teams),
            state_words=STATES,
            words=RECRUITING,
            categories=CATEGORIES,
            now=current_site().now(),
            until={one.slot.id: cancel_until(one.slot.starts_at, found.row.sign_up_hours) for one in slots},
        )


def _by_person(people: Family, rows: Any) -> dict[int, str]:
    """States by the kept id; a live one before others."""
    found: dict[int, str] = {}
    for row, state in rows.items():
        person = people.rows[row]
        if person not in found or state in LIVE:
            found[person] = state
    return found


def _usual_team(found: Found, teams: list[TeamOf]) -> str:
    """The activity's team, where the reader belongs to it."""
    return next((team.public_id for team in teams if team.team_id == found.row.team_id), "")


@blueprint.post("/me/volunteer/recruiting/<activity>")
@signed_in
def come(activity: str) -> View:
    """Sign oneself, one's child, or both up for a shift."""
    try:
        with unit_of_work() as session:
            people = family(session)
            found = _found(session, activity, people)
            slot = queries.slot_of(session, found.activity.id, request.form.get("slot", ""))
            if slot is None:
                missing()
            chosen = _chosen(people)
            for person in chosen:
                if not services.may_find(session, found.row, person):
                    raise telling.about(
                        person.name, Problem("not_for_you", N_("This activity is not open to this person."))
                    )
            words = request.form.get("words", "")
            team_id = _team(session, people, found)
            children = [person for person in chosen if person.id != people.me.id]
            outcome = services.sign_up(
                session, found.row, slot, chosen, current_actor(), Wish(team_id=team_id, words=words)
            )
            fresh = {row.person_id: row for row in (*outcome.placed, *outcome.queued)}
            for child in children:
                if child.id in fresh:
                    fresh[child.id].guardian_id = people.me.id
                    own = teams_of_person(session, child.id, found.activity.local_date)
                    if team_id not in {team.team_id for team in own}:
                        fresh[child.id].team_id = None
    except Problem as problem:
        telling.tell_problem(problem)
        return redirect(url_for("volunteer_my_signups.offer", activity=activity), 303)
    if len(chosen) == 1 and outcome.refused:
        flash_problem(outcome.refused[0][1])
    else:
        telling.tell_outcome(outcome)
    return redirect(url_for("volunteer_my_signups.offer", activity=activity), 303)


def _chosen(people: Family) -> list[Person]:
    """Who was ticked; oneself where there is nobody else to tick."""
    wanted = set(request.form.getlist("who")) or ({people.me.public_id} if not people.wards else set())
    chosen = [person for person in people.everybody if person.public_id in wanted]
    if not chosen or len(chosen) != len(wanted):
        raise Problem("nobody_named", N_("Tick who comes."))
    return chosen


def _team(session: Session, people: Family, found: Found) -> int | None:
    """The chosen team, one of the reader's own; None for none."""
    wanted = request.form.get("team", "")
    if not wanted:
        return None
    own = teams_of_person(session, people.me.id, found.activity.local_date)
    team = next((one.team_id for one in own if one.public_id == wanted), None)
    if team is None:
        missing()
    return team


@blueprint.get("/me/volunteer/signups")
@signed_in
def mine() -> View:
    """One's own sign-ups and those of one's children."""
    args = list_args("when")
    past = args["when"] == "past"
    with read_scope() as session:
        people = family(session)
        rows = queries.own(session, people.rows, past=past)
        now = current_site().now()
        return show(
            "volunteer/signups_mine.html",
            rows=rows,
            past=past,
            me=people.me.id,
            state_words=STATES,
            news=any(row.signup.news for row in rows),
            ahead=[row for row in rows if row.slot.starts_at > now and row.state in LIVE],
            may_cancel={row.signup.id for row in rows if queries.may_withdraw(row, now)},
            now=now,
        )


@blueprint.post("/me/volunteer/signups/<signup>/cancel")
@signed_in
def cancel(signup: str) -> View:
    """Take a sign-up back."""
    with (
        flash_outcome(N_("Taken back. Thank you for saying so: the place goes to the next one.")),
        unit_of_work() as session,
    ):
        people = family(session)
        found = queries.own_signup(session, people.rows, signup)
        if found is None:
            missing()
        services.withdraw(session, queries.row_of_signup(session, found), found, current_actor())
    return redirect(url_for("volunteer_my_signups.mine"), 303)


@blueprint.post("/me/volunteer/signups/seen")
@signed_in
def seen() -> View:
    """The changes were read."""
    with unit_of_work() as session:
        services.mark_seen(session, family(session).rows, current_actor())
    return redirect(url_for("volunteer_my_signups.mine"), 303)
