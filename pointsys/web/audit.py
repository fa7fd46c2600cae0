"""The audit log of an area: who did what, when, from where, and how it ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint
from flask_babel import gettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.areas.models import Area, subtree
from pointsys.core.audit import AuditRow
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_area
from pointsys.web.events import RESULTS, all_events, event_title
from pointsys.web.frame import show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import area_names

blueprint = Blueprint("audit", __name__)


@blueprint.get("/a/<code>/audit")
@area_scope("audit.view")
def index(code: str) -> Response | tuple[str, int]:
    """The newest acts first; those of no area (sign-ins, refusals) stand in the top area's log."""
    args = list_args("event", "result", "from", "to")
    with read_scope() as session:
        conditions = _conditions(args)
        total = session.scalar(select(func.count()).select_from(AuditRow).where(*conditions)) or 0
        query = select(AuditRow).where(*conditions).order_by(AuditRow.id.desc())

        def fetch(page: int, size: int) -> Paged[AuditRow]:
            found = session.scalars(query.limit(size).offset((page - 1) * size)).all()
            return Paged(found, total, page, size)

        if export_asked():
            return send_list(N_("Audit log"), _columns(session), fetch)
        page = fetch(args.page, args.size)
        rows = page.rows
        places = area_names(session, {row.area_id for row in rows if row.area_id is not None})
        return show(
            "audit/index.html", args=args, page=page, places=places, events=all_events(), results=RESULTS
        )


def _columns(session: Session) -> list[ListColumn]:
    places = {row.id: row.name for row in session.execute(select(Area.id, Area.name))}
    return [
        ListColumn(N_("Time"), lambda row: local(row.at)),
        ListColumn(N_("Who"), lambda row: row.actor),
        ListColumn(N_("What"), lambda row: event_title(row.event)),
        ListColumn(N_("Number"), lambda row: row.object_id),
        ListColumn(N_("How many"), lambda row: row.count, "count"),
        ListColumn(N_("Area"), lambda row: places.get(row.area_id or 0, "")),
        ListColumn(N_("Outcome"), lambda row: str(gettext(RESULTS[row.result]))),
        ListColumn(N_("Address"), lambda row: row.address),
    ]


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
