"""REST: the scores of an area by period, and one person's with its reasons; the figures are those of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    current_area,
    rest_fields,
    rest_person,
    waiting_in,
)

from . import reading, sheets
from .own import MemberView, StoredScore
from .schemas import ExplainedOut, PeriodArgs, ScoresArgs, ScoresPage
from .schemes import NAME
from .why import Why

blueprint = RestBlueprint("points_rest", __name__, description="Party members' points")


@blueprint.read("/areas/<code>/points/scores", permission="points.view", query=ScoresArgs, answer=ScoresPage)
def scores(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Scores of an area's Party members, best total first"""
    area_id = current_area().id
    asked = reading.asked_for(session, area_id, args["period"])
    if asked.refused is not None:
        raise asked.refused
    rows, total = sheets.lines(
        session,
        area_id,
        asked.scheme_id,
        asked.period,
        branch=args["branch"],
        query=args["q"],
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    items = [
        {
            "id": row.public_id,
            "name": row.name,
            "total": row.total,
            "grade": row.grade or "",
            "categories": row.categories,
            "rank": row.rank,
            "waiting": row.waits or row.old,
        }
        for row in rows
    ]
    return rest_fields.paged(
        items,
        total,
        args,
        scheme=asked.scheme_id,
        period=asked.period,
        waiting=waiting_in(session, NAME, area_id),
    )


@blueprint.read(
    "/areas/<code>/points/scores/<person>", permission="points.view", query=PeriodArgs, answer=ExplainedOut
)
def score(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """One Party member's score with its reasons"""
    found = rest_person(session, person)
    member = reading.fresh_member(session, found.id)
    if member is None:
        abort(404)
    stored = member.score(args["period"])
    if stored is None and member.waits:
        raise Problem("not_computed", N_("This is not computed yet. Ask again in a moment."))
    if stored is None:
        abort(404)
    why: Why = reading.explained(session, found.id, member, stored.period)["why"]
    return {"id": found.public_id, "name": found.name, **_of_member(member, stored), **_reasons(why)}


def _of_member(member: MemberView, stored: StoredScore) -> dict[str, Any]:
    return {
        "checkin_on": member.checkin_on,
        "branch": member.branch,
        "scheme": stored.scheme,
        "period": stored.period,
        "periods": [other.period for other in member.scores],
        "status": stored.status,
        "total": stored.total,
        "grade": stored.grade or "",
        "waiting": member.waits or stored.old,
    }


def _reasons(why: Why) -> dict[str, Any]:
    return {
        "categories": [
            {"title": bar.title, "points": bar.value, "cap": bar.cap, "notes": bar.notes} for bar in why.bars
        ],
        "derived": why.derived,
        "entries": [{**vars(line), "date": line.on} for line in why.lines],
    }
