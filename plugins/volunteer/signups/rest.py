"""REST of recruiting: for staff activities, sign-ups and deciding; for people what is offered and their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Person,
    Plan,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    current_site,
    enabled_in,
    kinds_for,
    missing,
    own_person,
    people_below,
    rest_fields,
)

from ..teams.queries import rows_of, team_here, teams_of_person
from . import listing, opening, planning, queries, services
from .listing import Filters, Line
from .models import CANCELLED, DRAFT, OPEN, VolunteerActivity
from .planning import Terms
from .queries import Found, SignupLine
from .rules import Shift
from .schemas import (
    OwnSignupIn,
    RecruitingArgs,
    RecruitingDetail,
    RecruitingIn,
    RecruitingMade,
    RecruitingPage,
    RecruitingStateIn,
    SignupDecisionIn,
    SignupsDecided,
    SignupsIn,
    SignupsMade,
    SignupsOut,
    SignupWithdrawalIn,
)
from .services import Outcome, Wish

blueprint = RestBlueprint("volunteer_rest_signups", __name__, description="Recruiting and sign-ups")

NAME = "volunteer"
KEEP = "volunteer.signups"
# Whoever may look at the ranking of their community signs up there; the pages ask for no more.
OWN = "volunteer.ranking"
_ONE = "/areas/<code>/volunteer/activities/<activity>"


@blueprint.read(
    "/areas/<code>/volunteer/activities", permission=KEEP, query=RecruitingArgs, answer=RecruitingPage
)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Activities of an area and below that look for volunteers, the next one first"""
    filters = Filters(args["q"], args["state"], args["when"], args["team"], args["category"])
    rows, total = listing.activities_below(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_line(row) for row in rows], total, args)


def _line(row: Line) -> dict[str, Any]:
    return {
        "id": row.public_id, "title": row.title, "date": row.local_date, "starts_at": row.starts_at,
        "ends_at": row.ends_at, "place": row.place, "area": row.area, "team": row.team, "category": row.category,
        "state": row.state, "audience": row.audience, "capacity": row.capacity, "taken": row.taken,
        "applied": row.applied, "waiting": row.waiting,
    }  # fmt: skip


@blueprint.create(
    "/areas/<code>/volunteer/activities", permission=KEEP, body=RecruitingIn, answer=RecruitingMade
)
def plan(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Plan an activity with its shifts, on one day or weekly"""
    area, site = session.get_one(Area, current_area().id), current_site()
    kind = next((one for one in kinds_for(session, area.id).values() if one.code == given["kind"]), None)
    if kind is None:
        raise Problem("unknown_kind", N_("This kind of activity is not known here."), field="kind")
    team = team_here(session, area.id, given["team"]) if given["team"] else None
    if given["team"] and team is None:
        missing()
    starts_at, ends_at = site.local(given["starts_at"]), site.local(given["ends_at"])
    window = Plan(starts_at, ends_at, given["break_minutes"], given["organiser"], given["place"])
    terms = Terms(
        team_id=team.id if team else None,
        **{name: given[name] for name in Terms.__dataclass_fields__ if name in given},
    )
    shifts = [
        Shift(
            one["role"], site.local(one["starts_at"]).timetz().replace(tzinfo=None),
            site.local(one["ends_at"]).timetz().replace(tzinfo=None), one["capacity"],
        )
        for one in given["shifts"]
    ]  # fmt: skip
    made = planning.plan_recruiting(
        session, area, kind.id, given["title"], starts_at.date(), window, terms, shifts, current_actor(),
        weeks=given["weeks"],
    )  # fmt: skip
    if given["open"]:
        for row in made:
            opening.open_recruiting(session, row, current_actor())
    return {"ids": [opening.public_id_of(session, row) for row in made]}


def _here(session: Session, public_id: str) -> Found:
    found = queries.find_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.read(_ONE, permission=KEEP, answer=RecruitingDetail)
def one(session: Session, args: dict[str, Any], code: str, activity: str) -> Mapping[str, Any]:
    """One activity with what it asks and its shifts"""
    return _detail(session, _here(session, activity))


def _detail(session: Session, found: Found) -> dict[str, Any]:
    row, activity = found.row, found.activity
    asked = {name: getattr(row, name) for name in Terms.__dataclass_fields__ if not name.endswith("_id")}
    return {
        **asked, "id": found.public_id, "title": activity.title, "date": activity.local_date,
        "starts_at": activity.starts_at, "ends_at": activity.ends_at, "place": activity.place,
        "area": found.area.name, "team": found.team.name if found.team else "",
        "project": found.project.title if found.project else "", "state": row.state, "reason": row.reason,
        "shifts": [
            {
                "id": line.slot.public_id, "role": line.slot.role, "starts_at": line.slot.starts_at,
                "ends_at": line.slot.ends_at, "capacity": line.slot.capacity, "taken": line.slot.taken,
                "waiting": line.waiting,
            }
            for line in queries.slots_of(session, activity.id)
        ],
    }  # fmt: skip


@blueprint.create(
    f"{_ONE}/state", permission=KEEP, body=RecruitingStateIn, answer=RecruitingDetail, status=200,
    key_needed=False,
)  # fmt: skip
def state(session: Session, given: dict[str, Any], code: str, activity: str) -> Mapping[str, Any]:
    """Open an activity for sign-up, close it, or cancel it with a reason"""
    found, actor = _here(session, activity), current_actor()
    if given["state"] == OPEN:
        opening.open_recruiting(session, found.row, actor)
    elif given["state"] == CANCELLED:
        opening.cancel_recruiting(session, found.row, given["reason"], actor)
    else:
        opening.close_recruiting(session, found.row, actor)
    return _detail(session, _here(session, activity))


@blueprint.read(f"{_ONE}/signups", permission=KEEP, answer=SignupsOut)
def signups(session: Session, args: dict[str, Any], code: str, activity: str) -> Mapping[str, Any]:
    """Who signed up for an activity, by shift, the waiting lists in their order"""
    return {"items": _shown(queries.signups_of(session, _here(session, activity).activity.id))}


def _shown(rows: Sequence[SignupLine]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.signup.public_id, "activity": row.activity.public_id, "title": row.title,
            "shift": row.slot.public_id, "role": row.slot.role, "starts_at": row.slot.starts_at,
            "ends_at": row.slot.ends_at, "person": row.person.public_id, "name": row.person.name,
            "team": row.team, "party": row.signup.party, "words": row.signup.words, "state": row.state,
            "place": row.signup.place, "reason": row.signup.reason,
        }
        for row in rows
    ]  # fmt: skip


@blueprint.create(f"{_ONE}/signups", permission=KEEP, body=SignupsIn, answer=SignupsMade)
def enter(session: Session, given: dict[str, Any], code: str, activity: str) -> Mapping[str, Any]:
    """Sign people up for a shift; who may not come is named with the reason"""
    area_id, found = current_area().id, _here(session, activity)
    slot = queries.slot_of(session, found.activity.id, given["shift"])
    people = people_below(session, area_id, given["people"])
    team = team_here(session, area_id, given["team"]) if given["team"] else None
    if slot is None or people is None or (given["team"] and team is None):
        missing()
    wish = Wish(team_id=team.id if team else None, party=given["party"], entered=True)
    return _outcome(services.sign_up(session, found.row, slot, people, current_actor(), wish))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "placed": [row.public_id for row in outcome.placed],
        "queued": [row.public_id for row in outcome.queued],
        "already": [row.public_id for row in outcome.already],
        "refused": [
            {
                "person": person.public_id, "name": person.name, "code": problem.code,
                "message": str(gettext(problem.message, **problem.params)),
            }
            for person, problem in outcome.refused
        ],
    }  # fmt: skip


@blueprint.create(
    f"{_ONE}/decisions", permission=KEEP, body=SignupDecisionIn, answer=SignupsDecided, status=200,
    key_needed=False,
)  # fmt: skip
def decide(session: Session, given: dict[str, Any], code: str, activity: str) -> Mapping[str, Any]:
    """Approve, reject, take off or mark as not come, all of them or none"""
    found = _here(session, activity)
    rows = queries.named(session, found.activity.id, given["signups"])
    if rows is None:
        missing()
    changed = services.decide(session, found.row, rows, given["outcome"], given["reason"], current_actor())
    return {"changed": changed}


def _me(session: Session) -> Person:
    person = own_person(session)
    if person is None:
        raise Problem("no_person", N_("This account belongs to nobody who could serve."))
    return person


@blueprint.read(
    "/areas/<code>/volunteer/offers", permission=OWN, query=rest_fields.SearchArgs, answer=RecruitingPage
)
def offers(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """What one may sign up for, the next first"""
    me = own_person(session)
    if me is None:
        return rest_fields.paged([], 0, args)
    teams = teams_of_person(session, me.id, current_site().today())
    rows, total = listing.offered_to(
        session, me, [team.team_id for team in teams], Filters(text=args["q"]),
        near=listing.near_area(session, me), limit=args["size"], offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([_line(row) for row in rows], total, args)


def _offered(session: Session, public_id: str, me: Person) -> Found:
    """An activity that is offered to the reader."""
    found = queries.find(session, public_id, VolunteerActivity.state != DRAFT)
    if found is None or NAME not in enabled_in(session, found.area.id):
        missing()
    if not services.may_find(session, found.row, me):
        missing()
    return found


@blueprint.read("/areas/<code>/volunteer/offers/<offer_id>", permission=OWN, answer=RecruitingDetail)
def offer(session: Session, args: dict[str, Any], code: str, offer_id: str) -> Mapping[str, Any]:
    """One activity that one may sign up for, with its shifts"""
    me = own_person(session)
    if me is None:
        missing()
    return _detail(session, _offered(session, offer_id, me))


@blueprint.read("/areas/<code>/volunteer/own-signups", permission=OWN, answer=SignupsOut)
def own(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """One's own sign-ups for what is to come"""
    me = own_person(session)
    return {"items": _shown(queries.own(session, rows_of(session, me.id))) if me else []}


@blueprint.create("/areas/<code>/volunteer/own-signups", permission=OWN, body=OwnSignupIn, answer=SignupsMade)
def come(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Sign oneself up for a shift"""
    me = _me(session)
    found = _offered(session, given["activity"], me)
    slot = queries.slot_of(session, found.activity.id, given["shift"])
    teams = teams_of_person(session, me.id, found.activity.local_date) if given["team"] else []
    team_id = next((team.team_id for team in teams if team.public_id == given["team"]), None)
    if slot is None or (given["team"] and team_id is None):
        missing()
    wish = Wish(team_id=team_id, words=given["words"])
    return _outcome(services.sign_up(session, found.row, slot, [me], current_actor(), wish))


@blueprint.create(
    "/areas/<code>/volunteer/own-signups/withdrawals", permission=OWN, body=SignupWithdrawalIn,
    answer=SignupsOut, status=200, key_needed=False,
)  # fmt: skip
def withdraw(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Take one's own sign-up back; answers with one's sign-ups"""
    rows = rows_of(session, _me(session).id)
    found = queries.own_signup(session, rows, given["signup"])
    if found is None:
        missing()
    services.withdraw(session, queries.row_of_signup(session, found), found, current_actor())
    return {"items": _shown(queries.own(session, rows))}
