"""Activities of an area, and the kinds there are: a list, one activity, planning one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.access import current_actor, current_area
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import Activity, ActivityKind
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.queries import ActivityFilters, ActivityRow, activity_below, list_activities
from pointsys.core.areas.models import Area
from pointsys.kit.problems import N_, Problem
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.fields import paged
from pointsys.rest.schemas import ActivityArgs, ActivityNew, ActivityOut, ActivityPage, KindList
from pointsys.rest.scope import codes_of, missing

blueprint = RestBlueprint(
    "rest_activities", __name__, description="What was organised, and the kinds there are"
)


@blueprint.read("/areas/<code>/kinds", permission="log.view", answer=KindList)
def kinds(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """The kinds that may be recorded in an area"""
    return {"items": list(kinds_for(session, current_area().id).values())}


@blueprint.read("/areas/<code>/activities", permission="log.view", query=ActivityArgs, answer=ActivityPage)
def index(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """Activities of an area and below"""
    filters = ActivityFilters(args["q"], args["kind"], args["from_on"], args["to_on"])
    found = list_activities(
        session, current_area().id, filters, page=args["page"], size=args["size"], sort=args["sort"]
    )
    codes = codes_of(session, (row.activity.area_id for row in found.rows))
    kind_codes = _kind_codes(session, found.rows)
    items = [
        {
            **_shown(row.activity, kind_codes[row.activity.kind_id], codes[row.activity.area_id]),
            "confirmed": row.confirmed,
            "pending": row.pending,
            "people": row.people,
            "minutes": row.minutes,
        }
        for row in found.rows
    ]
    return paged(items, found.total, args)


def _kind_codes(session: Session, rows: list[ActivityRow]) -> dict[int, str]:
    ids = {row.activity.kind_id for row in rows}
    query = select(ActivityKind.id, ActivityKind.code).where(ActivityKind.id.in_(ids))
    return {row.id: row.code for row in session.execute(query)}


@blueprint.read("/areas/<code>/activities/<activity>", permission="log.view", answer=ActivityOut)
def one(session: Session, args: dict[str, Any], code: str, activity: str) -> dict[str, Any]:
    """One activity"""
    found = activity_below(session, current_area().id, activity)
    if found is None:
        missing()
    kind = session.get_one(ActivityKind, found.kind_id)
    return _shown(found, kind.code, session.get_one(Area, found.area_id).code)


@blueprint.create("/areas/<code>/activities", permission="log.decide", body=ActivityNew, answer=ActivityOut)
def plan(session: Session, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Plan an activity"""
    area = current_area()
    kind = kind_of(session, area.id, body.pop("kind"))
    title, day = body.pop("title"), body.pop("date")
    made = plan_activity(session, area, kind.id, title, day, Plan(**body), current_actor())
    return _shown(made, kind.code, area.code)


def kind_of(session: Session, area_id: int, code: str) -> ActivityKind:
    """The kind with this code that may be recorded in an area; raises Problem unknown_kind."""
    found = {kind.code: kind for kind in kinds_for(session, area_id).values()}.get(code)
    if found is None:
        raise Problem("unknown_kind", N_("This kind of activity is not known here."), field="kind")
    return found


def _shown(activity: Activity, kind: str, area: str) -> dict[str, Any]:
    return {
        "id": activity.public_id,
        "kind": kind,
        "title": activity.title,
        "date": activity.local_date,
        "area": area,
        "starts_at": activity.starts_at,
        "ends_at": activity.ends_at,
        "break_minutes": activity.break_minutes,
        "organiser": activity.organiser,
        "place": activity.place,
    }
