"""REST: the scores of an area by period, and one person's with its reasons; the figures are those of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import MINYEAR, date
from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    current_area,
    current_site,
    rest_fields,
    rest_person,
    waiting_in,
)

from . import overtime, rankings, reading, sheets
from .own import MemberView, StoredScore
from .schemas import ExplainedOut, GroupsArgs, GroupsOut, OutlookOut, ScoreArgs, ScoresArgs, ScoresPage
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
    "/areas/<code>/points/scores/<person>", permission="points.view", query=ScoreArgs, answer=ExplainedOut
)
def score(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """One Party member's score with its reasons"""
    found = rest_person(session, person)
    member = reading.fresh_member(session, found.id)
    if member is None:
        abort(404)
    if args["on"] is not None:
        return {"id": found.public_id, "name": found.name, **_as_it_stood(session, member, args["on"])}
    stored = member.score(args["period"])
    if stored is None and member.waits:
        raise Problem("not_computed", N_("This is not computed yet. Ask again in a moment."))
    if stored is None:
        abort(404)
    why: Why = reading.explained(session, found.id, member, stored.period)["why"]
    return {"id": found.public_id, "name": found.name, **_of_member(member, stored), **_reasons(why)}


def _as_it_stood(session: Session, member: MemberView, day: date) -> dict[str, Any]:
    if day > current_site().today() or day.year < MINYEAR + 1:
        raise Problem("bad_day", N_("Choose today or a day of the past."), field="on")
    then = overtime.as_it_stood(session, member, day)
    if then is None:
        abort(404)
    return {**_of_member(member, then.score), **_reasons(then)}


@blueprint.read("/areas/<code>/points/scores/<person>/outlook", permission="points.view", answer=OutlookOut)
def outlook(session: Session, args: dict[str, Any], code: str, person: str) -> Mapping[str, Any]:
    """A Party member's points month by month, and what would raise them most"""
    found = rest_person(session, person)
    ahead = overtime.outlook(session, found.id)
    if ahead is None:
        abort(404)
    months = [{**vars(row), "month": row.label} for row in ahead.months]
    return {"id": found.public_id, "period": ahead.period, "months": months, "ideas": ahead.ideas}


@blueprint.read("/areas/<code>/points/rankings", permission="points.view", query=GroupsArgs, answer=GroupsOut)
def group_rankings(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Branches, communities or home units by their average"""
    area_id = current_area().id
    asked = reading.asked_for(session, area_id, args["period"])
    if asked.refused is not None:
        raise asked.refused
    lines = rankings.group_lines(session, area_id, asked.scheme_id, asked.period, args["by"])
    items = [
        {
            "name": line.name,
            "rank": line.rank,
            "average": line.average_text or None,
            "members": line.members if line.rank else None,
        }
        for line in lines
    ]
    return {"scheme": asked.scheme_id, "period": asked.period, "items": items}


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
