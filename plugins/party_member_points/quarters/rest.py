"""REST of sheets: read, compute, publish, confirm, reopen, and the proof of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    RestBlueprint,
    current_actor,
    current_area,
    current_site,
    may,
    missing,
    rest_fields,
)

from .. import sheets_publicity
from ..schemes import rules_of
from . import chain, deciding, marks, reading, services
from .calendar import cut_of
from .models import PointsSheet
from .schemas import (
    LinesPage,
    NothingIn,
    ProofOut,
    ReopenIn,
    SheetComputeIn,
    SheetOut,
    SheetPublishIn,
    SheetsArgs,
    SheetsPage,
)

blueprint = RestBlueprint("points_rest_sheets", __name__, description="Sheets of Party members' points")
PUBLISH = "publicity.publish"
DECIDE = deciding.PERMISSION


def _out(row: reading.SheetRow) -> dict[str, Any]:
    sheet = row.sheet
    return {
        "id": sheet.public_id, "area": row.area, "branch": sheet.branch, "label": sheet.label,
        "period": sheet.period, "cut": sheet.cut, "no": sheet.no, "state": row.state, "members": sheet.line_count,
        "waiting": sheet.waiting, "open_objections": row.open, "notice": row.notice,
        "objections_until": row.objections_until, "sha256": sheet.sha256,
    }  # fmt: skip


def _here(session: Session, public_id: str, permission: str = "") -> PointsSheet:
    found = reading.sheet_below(session, current_area().id, public_id)
    if found is None:
        missing()
    if permission and not may(session, current_actor(), permission, found.area_id):
        abort(403)
    return found


def _shown(session: Session, sheet: PointsSheet) -> dict[str, Any]:
    return _out(next(row for row in reading.numbers_of(session, sheet) if row.sheet.id == sheet.id))


@blueprint.read("/areas/<code>/points/sheets", permission="points.view", query=SheetsArgs, answer=SheetsPage)
def sheets(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Points sheets of an area and below, the newest first"""
    rows, total = reading.list_sheets(
        session, current_area().id, state=args["state"], limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


@blueprint.read(
    "/areas/<code>/points/sheets/<sheet>",
    permission="points.view",
    query=rest_fields.SearchArgs,
    answer=LinesPage,
)
def lines(session: Session, args: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """One points sheet with its lines, best total first"""
    found = _here(session, sheet)
    rows, total = reading.members_of(
        session,
        found,
        marks.of_sheet(session, found),
        query=args["q"],
        limit=args["size"],
        offset=rest_fields.offset(args),
    )
    items = [
        {
            "id": row.public_id, "name": row.name, "total": row.total, "gain": _points(row.gain), "grade": row.grade,
            "categories": row.categories, "row": row.place, "objected": row.waits,
        }
        for row in rows
    ]  # fmt: skip
    return rest_fields.paged(
        items, total, args, sheet=_shown(session, found), later=reading.later_facts(session, found)
    )


def _points(hundredths: int) -> str:
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


@blueprint.create("/areas/<code>/points/sheets", permission=PUBLISH, body=SheetComputeIn, answer=SheetOut)
def compute(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Compute and freeze the sheet of a quarter or month"""
    area = session.get_one(Area, current_area().id)
    cut = cut_of(rules_of(session, area.id), given["cut"], current_site().today())
    return _shown(session, services.compute(session, area, cut, given["branch"], current_actor()))


@blueprint.create(
    "/areas/<code>/points/sheets/<sheet>/publish",
    permission=PUBLISH,
    body=SheetPublishIn,
    answer=SheetOut,
    status=200,
)
def publish(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Publish a computed sheet for some working days"""
    found = _here(session, sheet, PUBLISH)
    days = given["days"] or sheets_publicity.days_of(
        session, found.area_id, sheets_publicity.publication_of(session, found)
    )
    services.publish(session, found, days, current_actor(), replacing=given["replacing"])
    return _shown(session, found)


@blueprint.create(
    "/areas/<code>/points/sheets/<sheet>/confirm",
    permission=DECIDE,
    body=NothingIn,
    answer=SheetOut,
    status=200,
)
def confirm(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Confirm a sheet whose time is over; not whoever computed or published it"""
    return _shown(session, deciding.confirm(session, _here(session, sheet, DECIDE), current_actor()))


@blueprint.create(
    "/areas/<code>/points/sheets/<sheet>/reopen",
    permission=DECIDE,
    body=ReopenIn,
    answer=SheetOut,
    status=200,
)
def reopen(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Reopen a confirmed sheet by a decision"""
    found = _here(session, sheet, DECIDE)
    return _shown(session, deciding.reopen(session, found, given["reason"], current_actor()))


@blueprint.read("/areas/<code>/points/sheet-chain", permission="points.view", answer=ProofOut)
def proof(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Whether the chain of confirmed sheets is as it was"""
    found = chain.verify(session, session.get_one(Area, current_area().id))
    return {"links": found.links, "sheets": found.sheets, "faults": [vars(fault) for fault in found.faults]}
