"""The audit log of an area: who did what, when, from where, and how it ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint
from sqlalchemy import ColumnElement, func, or_, select

from pointsys.core.areas.models import subtree
from pointsys.core.audit import AuditRow
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.web.access import area_scope, current_area
from pointsys.web.events import RESULTS, all_events
from pointsys.web.frame import show
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import area_names

blueprint = Blueprint("audit", __name__)


@blueprint.get("/a/<code>/audit")
@area_scope("audit.view")
def index(code: str) -> tuple[str, int]:
    """The newest acts first; those of no area (sign-ins, refusals) stand in the top area's log."""
    args = list_args("event", "result", "from", "to")
    with read_scope() as session:
        conditions = _conditions(args)
        total = session.scalar(select(func.count()).select_from(AuditRow).where(*conditions)) or 0
        query = select(AuditRow).where(*conditions).order_by(AuditRow.id.desc())
        rows = session.scalars(query.limit(args.size).offset(args.offset)).all()
        page = Paged(rows, total, args.page, args.size)
        places = area_names(session, {row.area_id for row in rows if row.area_id is not None})
        return show(
            "audit/index.html", args=args, page=page, places=places, events=all_events(), results=RESULTS
        )


def _conditions(args: ListArgs) -> list[ColumnElement[bool]]:
    area = current_area()
    inside: ColumnElement[bool] = AuditRow.area_id.in_(subtree(area.id))
    if area.parent_id is None:
        inside = or_(inside, AuditRow.area_id.is_(None))
    conditions = [inside]
    if args.q:
        conditions.append(or_(AuditRow.actor.contains(args.q, autoescape=True), AuditRow.object_id == args.q))
    if args["event"] in all_events():
        conditions.append(AuditRow.event == args["event"])
    if args["result"] in RESULTS:
        conditions.append(AuditRow.result == args["result"])
    if (first := _midnight(args["from"])) is not None:
        conditions.append(AuditRow.at >= first)
    if (last := _midnight(args["to"], 1)) is not None:
        conditions.append(AuditRow.at < last)
    return conditions


def _midnight(text: str, days_later: int = 0) -> datetime | None:
    """Local midnight at the beginning of a day, as an instant; None for what is no day."""
    try:
        day = date.fromisoformat(text)
        local = datetime.combine(day + timedelta(days=days_later), time(), current_site().timezone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
