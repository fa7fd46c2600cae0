"""Pages of one member's points over time: month by month, what would raise them, and as they stood on a past day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    read_scope,
    show,
    signed_in,
    subtree,
)

from . import overtime, own, picture, rankings
from .why import Why

blueprint = Blueprint("points_overtime", __name__)


@blueprint.get("/me/points/over-time")
@signed_in
def mine() -> Any:
    """One's own."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(404)
    with read_scope() as session:
        return show("points/overtime_mine.html", **_context(session, own.member_view(session, person_id)))


@blueprint.get("/a/<code>/points/members/<pid>/over-time")
@area_scope("points.view")
def member(code: str, pid: str) -> Any:
    """A member's, for staff."""
    with read_scope() as session:
        inside = Person.area_id.in_(subtree(current_area().id))
        person = session.scalar(select(Person).where(Person.public_id == pid, inside))
        if person is None:
            abort(404)
        found = _context(session, own.member_view(session, person.id))
        score = found["member"].score("")
        graded = found["day"] is None and score is not None and score.status == rankings.GRADED
        position = picture.position(session, person.id, score) if graded else []
        return show("points/overtime_member.html", person=person, position=position, score=score, **found)


def _context(session: Session, member: own.MemberView | None) -> dict[str, Any]:
    if member is None:
        abort(404)
    day, refused = _asked_day()
    then: Why | None = overtime.as_it_stood(session, member, day) if day else None
    ahead = None if day else overtime.outlook(session, member.person_id)
    return {
        "member": member, "day": day, "refused": refused, "why": then, "ahead": ahead,
        "today": current_site().today(),
    }  # fmt: skip


def _asked_day() -> tuple[date | None, Problem | None]:
    """The past day of the address; None without one, and with a Problem for what is no day of the past."""
    text = request.args.get("on", "").strip()
    if not text:
        return None, None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day <= current_site().today() and day.year > 1:
        return day, None
    return None, Problem(
        "bad_day", N_("Choose today or a day of the past; for the present, leave the day empty."), field="on"
    )
