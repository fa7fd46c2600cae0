"""REST of the ledger: awards, deductions and vetoes with their steps, and sessions with their attendance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Person,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    missing,
    rest_fields,
    rest_person,
    subtree,
)

from ..models import PointsBranch
from . import meetings, queries, rosters, services
from .models import PointsAward, PointsSession
from .reading import TOLD, WITHDRAWN
from .rules import AwardDraft, as_attribute, hundredths_of
from .schemas import (
    AttendanceOut,
    AttendIn,
    AwardDecideIn,
    AwardFullOut,
    AwardsArgs,
    AwardsPage,
    CloseIn,
    ProposeIn,
    SessionIn,
    SessionsArgs,
    SessionsPage,
    TellIn,
    VerifyIn,
    WithdrawIn,
)

blueprint = RestBlueprint(
    "points_rest_ledger", __name__, description="Awards, deductions, vetoes and sessions"
)

_AWARDS = "/areas/<code>/points/awards"
_SESSIONS = "/areas/<code>/points/sessions"


@blueprint.read(_AWARDS, permission="points.view", query=AwardsArgs, answer=AwardsPage)
def awards(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Awards, deductions and vetoes of an area, the newest first"""
    filters = queries.Filters(args["q"], args["status"], args["kind"], args["item"])
    rows, total = queries.awards_page(
        session, current_area().id, filters, limit=args["size"], offset=rest_fields.offset(args)
    )
    items = [
        {
            **vars(row),
            "id": row.public_id,
            "points": queries.printed(row.points) if row.points is not None else "",
            "amount": queries.printed(row.qty) if row.qty is not None else "",
        }
        for row in rows
    ]
    return rest_fields.paged(items, total, args)


def _out(session: Session, award: PointsAward) -> dict[str, Any]:
    person = session.get_one(Person, award.person_id)
    return {
        "id": award.public_id, "person": person.public_id, "name": person.name, "kind": award.kind,
        "item": award.item, "title": award.title, "on_date": award.on_date,
        "amount": queries.printed(award.qty) if award.qty is not None else "",
        "points": queries.printed(award.points) if award.points is not None else "",
        "status": award.status, "adjusting": award.adjusting, "recorded_at": award.recorded_at,
        "recorded_by": award.recorded_by, "reason": award.reason, "evidence": award.evidence,
        "attributes": json.loads(award.attrs), "steps": services.steps_of(session, award),
    }  # fmt: skip


def _here(session: Session, award_id: str) -> PointsAward:
    award = queries.award_here(session, current_area().id, award_id)
    if award is None:
        missing()
    return award


@blueprint.read(f"{_AWARDS}/<award>", permission="points.view", answer=AwardFullOut)
def award(session: Session, args: dict[str, Any], code: str, award: str) -> Mapping[str, Any]:
    """One award with its reasons and its path"""
    return _out(session, _here(session, award))


@blueprint.create(_AWARDS, permission="points.award", body=ProposeIn, answer=AwardFullOut)
def propose(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Propose an award, a deduction or a veto; somebody else takes the next step"""
    person = rest_person(session, given["person"])
    draft = AwardDraft(
        given["item"], given["on"], given["reason"], given["evidence"], given["title"],
        qty=hundredths_of(given["amount"], "amount"), points=hundredths_of(given["points"], "points"),
        attrs={name: as_attribute(text) for name, text in given["attributes"].items()},
        key=f"rest:{given['key']}" if given["key"] else "", source="rest", accepted_late=given["accepted_late"],
        adjusting=given["adjusting"],
    )  # fmt: skip
    area = session.get_one(Area, current_area().id)
    return _out(session, services.propose(session, area, person, draft, current_actor()))


def _step(session: Session, award_id: str, outcome: str, reason: str, **told: Any) -> Mapping[str, Any]:
    found = _here(session, award_id)
    return _out(session, services.decide(session, found, outcome, reason, current_actor(), **told))


@blueprint.create(
    f"{_AWARDS}/<award>/tell", permission="points.award", body=TellIn, answer=AwardFullOut, status=200
)
def tell(session: Session, given: dict[str, Any], code: str, award: str) -> Mapping[str, Any]:
    """Record how and when the member was told of a deduction or veto"""
    return _step(session, award, TOLD, given["note"], how=given["how"], on_date=given["on"])


@blueprint.create(
    f"{_AWARDS}/<award>/withdraw", permission="points.award", body=WithdrawIn, answer=AwardFullOut, status=200
)
def withdraw(session: Session, given: dict[str, Any], code: str, award: str) -> Mapping[str, Any]:
    """Take back one's own proposal"""
    return _step(session, award, WITHDRAWN, given["reason"])


@blueprint.create(
    f"{_AWARDS}/<award>/verify", permission="points.verify", body=VerifyIn, answer=AwardFullOut, status=200
)
def verify(session: Session, given: dict[str, Any], code: str, award: str) -> Mapping[str, Any]:
    """Verify an award or turn it down; not by whoever proposed it"""
    found = _here(session, award)
    if found.kind != "earn":
        raise Problem(
            "tell_first",
            N_("The member must be told in writing first: record when and how, then the committee decides."),
        )
    return _step(session, award, given["outcome"], given["reason"])


@blueprint.create(
    f"{_AWARDS}/<award>/decide",
    permission="points.decide",
    body=AwardDecideIn,
    answer=AwardFullOut,
    status=200,
)
def decide(session: Session, given: dict[str, Any], code: str, award: str) -> Mapping[str, Any]:
    """Confirm, turn down or void; not by whoever proposed or verified it"""
    return _step(session, award, given["outcome"], given["reason"])


@blueprint.read(_SESSIONS, permission="points.view", query=SessionsArgs, answer=SessionsPage)
def sessions(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Sessions of an area, the newest first"""
    rows, total = rosters.sessions_page(
        session, current_area().id, query=args["q"], state=args["state"], limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    return rest_fields.paged([{**vars(row), "id": row.public_id} for row in rows], total, args)


def _meeting(session: Session, public_id: str) -> PointsSession:
    found = rosters.session_here(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


def _sheet(session: Session, meeting: PointsSession) -> Mapping[str, Any]:
    return {
        "id": meeting.public_id, "state": meeting.state, "people": rosters.attendees(session, meeting),
    }  # fmt: skip


@blueprint.read(f"{_SESSIONS}/<meeting>", permission="points.view", answer=AttendanceOut)
def attendance(session: Session, args: dict[str, Any], code: str, meeting: str) -> Mapping[str, Any]:
    """Who was expected at a session, and who came"""
    return _sheet(session, _meeting(session, meeting))


@blueprint.create(_SESSIONS, permission="points.award", body=SessionIn, answer=AttendanceOut)
def record_session(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Record a session; members of the area or branch on that day are expected"""
    area, branch = session.get_one(Area, current_area().id), None
    if given["branch"]:
        query = select(PointsBranch).where(
            PointsBranch.name == given["branch"], PointsBranch.area_id.in_(subtree(area.id))
        )
        branch = session.scalars(query.order_by(PointsBranch.id)).first()
        if branch is None:
            raise Problem("unknown_choice", N_("Choose one of the values offered."), field="branch")
    made = meetings.create(
        session, area, given["title"], given["on"], f"{given['item']}|{given['kind']}", current_actor(), branch=branch
    )  # fmt: skip
    return _sheet(session, made)


@blueprint.create(
    f"{_SESSIONS}/<meeting>/attendance",
    permission="points.award",
    body=AttendIn,
    answer=AttendanceOut,
    status=200,
)
def attend(session: Session, given: dict[str, Any], code: str, meeting: str) -> Mapping[str, Any]:
    """Say of people that they came, were absent, excused or not expected"""
    found = _meeting(session, meeting)
    people = rosters.people_here(session, found.area_id, given["people"][:1_000])
    if len(people) < len(set(given["people"])):
        missing()
    words = dict.fromkeys(people.values(), given["word"])
    meetings.say(session, found, words, given["reason"], current_actor())
    return _sheet(session, found)


@blueprint.create(
    f"{_SESSIONS}/<meeting>/close", permission="points.verify", body=CloseIn, answer=AttendanceOut, status=200
)
def close(session: Session, given: dict[str, Any], code: str, meeting: str) -> Mapping[str, Any]:
    """Confirm the attendance of a session, or void it; not by whoever recorded it"""
    found = _meeting(session, meeting)
    meetings.decide(session, found, given["outcome"], given["reason"], current_actor())
    return _sheet(session, found)
