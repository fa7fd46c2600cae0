"""The audit log of an area, for the auditor: who did what, when, from where, how it ended, and one line in full.

The signed file and the sheets take the rows that the list's filters leave. The proof itself is in ``audit_chain``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, request
from flask_babel import gettext
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.audit import AuditRow
from pointsys.core.audit.anchors import public_key, sign
from pointsys.core.audit.blocks import tip
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.state import chain_state, row_state
from pointsys.core.exports.services import Wanted, digest, new_number, register
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area
from pointsys.web.downloads import send_bytes
from pointsys.web.events import OBJECTS, RESULTS, all_events, event_title
from pointsys.web.frame import show
from pointsys.web.list_export import Fetch, ListColumn, export_asked, local, rows_for, send_list, watermark
from pointsys.web.lists import ListArgs, Paged, list_args
from pointsys.web.scope import area_names, missing

blueprint = Blueprint("audit", __name__)

View = Response | tuple[str, int]
# Enough for what the last seconds brought.
SEALED = 5_000
# The databases count no further.
LAST_ID = 2**63 - 1
FILTERS = ("event", "result", "object", "area", "from", "to")


@blueprint.get("/a/<code>/audit")
@area_scope("audit.view")
def index(code: str) -> View:
    """The newest acts first; those of no area (sign-ins, refusals) stand in the top area's log."""
    args = list_args(*FILTERS)
    with read_scope() as session:
        conditions = _conditions(args)
        total = session.scalar(select(func.count()).select_from(AuditRow).where(*conditions)) or 0
        query = select(AuditRow).where(*conditions).order_by(AuditRow.id.desc())

        def fetch(page: int, size: int) -> Paged[AuditRow]:
            found = session.scalars(query.limit(size).offset((page - 1) * size)).all()
            return Paged(found, total, page, size)

        if request.args.get("export") == "signed":
            return _signed(_columns(session), fetch)
        if export_asked():
            return send_list(N_("Audit log"), _columns(session), fetch)
        page = fetch(args.page, args.size)
        places = area_names(session, {row.area_id for row in page.rows if row.area_id is not None})
        return show(
            "audit/index.html",
            args=args,
            page=page,
            places=places,
            events=all_events(),
            results=RESULTS,
            objects=OBJECTS,
            state=chain_state(session),
        )


@blueprint.get("/a/<code>/audit/<int:number>")
@area_scope("audit.view")
def row(code: str, number: int) -> View:
    """One line in full, and how it is proved."""
    if number > LAST_ID:
        missing()
    with read_scope() as session:
        found = session.scalar(select(AuditRow).where(AuditRow.id == number, *_inside()))
        if found is None:
            missing()
        return show(
            "audit/row.html",
            row=found,
            proof=row_state(session, number),
            places=area_names(session, {found.area_id} if found.area_id is not None else set()),
            objects=OBJECTS,
        )


def _columns(session: Session) -> list[ListColumn]:
    places = {row.id: row.name for row in session.execute(select(Area.id, Area.name))}
    return [
        ListColumn(N_("Line"), lambda row: row.id, "count"),
        ListColumn(N_("Time"), lambda row: local(row.at)),
        ListColumn(N_("Who"), lambda row: row.actor),
        ListColumn(N_("Account"), lambda row: row.account or ""),
        ListColumn(N_("What"), lambda row: event_title(row.event)),
        ListColumn(N_("On what"), lambda row: str(gettext(OBJECTS.get(row.object_type, row.object_type)))),
        ListColumn(N_("Number"), lambda row: row.object_id),
        ListColumn(N_("How many"), lambda row: row.count, "count"),
        ListColumn(N_("Area"), lambda row: places.get(row.area_id or 0, "")),
        ListColumn(N_("Outcome"), lambda row: str(gettext(RESULTS[row.result]))),
        ListColumn(N_("Address"), lambda row: row.address),
    ]


def _signed(columns: list[ListColumn], fetch: Fetch) -> Response:
    """The rows as lines of JSON; the last line signs all before it, so that the file proves itself elsewhere."""
    titles = [str(gettext(column.title)) for column in columns]
    rows = rows_for(columns, fetch)
    number, area = new_number(), current_area()
    area_id, area_name = area.id, area.name
    # What is taken away should be in the chain that the last line names.
    seal(most=SEALED)
    with read_scope() as session:
        position, hash_ = tip(session)
    lines = [json.dumps(dict(zip(titles, row, strict=True)), ensure_ascii=False) for row in rows]
    head = {
        "export": watermark(number), "area": area_name, "rows": len(rows), "block": position, "hash": hash_,
        "key": public_key(), "at": current_site().now().isoformat(),
    }  # fmt: skip
    body = "".join(f"{line}\n" for line in (*lines, json.dumps(head, ensure_ascii=False))).encode()
    end = {"sha256": hashlib.sha256(body).hexdigest(), "signature": sign(body)}
    data = body + (json.dumps(end) + "\n").encode()
    wanted = Wanted(
        request.endpoint or "", N_("Audit log"), area_id, request.args.to_dict(), "jsonl", len(rows)
    )
    with unit_of_work(drain=False) as session:
        register(session, number, wanted, digest(data), current_actor())
    return send_bytes(data, f"{area_name}-audit-{current_site().today().isoformat()}.jsonl")


def _inside() -> list[ColumnElement[bool]]:
    area = current_area()
    inside: ColumnElement[bool] = AuditRow.area_id.in_(subtree(area.id))
    # The top area's log is that of the site: what belongs to no area stands there.
    return [or_(inside, AuditRow.area_id.is_(None)) if area.parent_id is None else inside]


def _conditions(args: ListArgs) -> list[ColumnElement[bool]]:
    conditions = _inside()
    if args.q:
        who = or_(AuditRow.actor.contains(args.q, autoescape=True), AuditRow.account == args.q)
        conditions.append(or_(who, AuditRow.object_id == args.q, AuditRow.address == args.q))
    if args["event"] in all_events():
        conditions.append(AuditRow.event == args["event"])
    if args["result"] in RESULTS:
        conditions.append(AuditRow.result == args["result"])
    if args["object"] in OBJECTS:
        conditions.append(AuditRow.object_type == args["object"])
    if args["area"]:
        top = Area.id == AreaClosure.ancestor_id
        below = select(AreaClosure.descendant_id).join(Area, top).where(Area.code == args["area"])
        conditions.append(AuditRow.area_id.in_(below))
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
