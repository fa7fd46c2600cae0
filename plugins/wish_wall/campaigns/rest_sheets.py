"""REST of sheets of collected wishes: brought as rows, looked over with faults by row, taken in, taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    Area,
    Problem,
    RestBlueprint,
    current_actor,
    current_area,
    may,
    rest_fields,
    say,
)

from . import applying, judging, queries, sheets
from .models import OPEN, WishesCampaign, WishesSheet
from .schemas_sheets import (
    WishSheetColumnsIn,
    WishSheetIn,
    WishSheetNothingIn,
    WishSheetOut,
    WishSheetsArgs,
    WishSheetShown,
    WishSheetsPage,
    WishSheetUndoIn,
    WishSheetUndoneOut,
)

blueprint = RestBlueprint("wishes_rest_sheets", __name__, description="Sheets of collected wishes")

PERMISSION = "wishes.campaign"
SHEETS = "/areas/<code>/wishes/sheets"
ONE = f"{SHEETS}/<sheet>"


@dataclass(frozen=True)
class _Rows:
    """Rows in the shape of a workbook."""

    rows: list[list[str]]


@blueprint.read(SHEETS, permission=PERMISSION, query=WishSheetsArgs, answer=WishSheetsPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Sheets of an area and below, the latest first"""
    area_id = current_area().id
    theme = (
        queries.campaign_below(session, area_id, args["campaign"], above=True) if args["campaign"] else None
    )
    rows, total = queries.sheets_page(
        session, area_id, theme, args["state"], limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_line(sheet, campaign) for sheet, campaign in rows], total, args)


@blueprint.create(SHEETS, permission=PERMISSION, body=WishSheetIn, answer=WishSheetShown)
def take(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Bring a sheet to be looked over; nothing becomes of it yet"""
    area = session.get_one(Area, current_area().id)
    theme: WishesCampaign | None = None
    if given["campaign"]:
        theme = queries.campaign_below(session, area.id, given["campaign"], above=True)
    data = json.dumps(given["rows"], ensure_ascii=False).encode()
    came = sheets.Incoming(
        _Rows(given["rows"]),
        given["file_name"],
        data,
        given["consent_on"],
        given["consent_note"],
        given["category"],
    )
    return _shown(session, sheets.take(session, area, theme, came, current_actor()))


@blueprint.read(ONE, permission=PERMISSION, answer=WishSheetShown)
def one(session: Session, args: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """A sheet with what each row would become as things stand now, and what is wrong with which row"""
    return _shown(session, queries.sheet_below(session, current_area().id, sheet))


@blueprint.create(
    f"{ONE}/columns",
    permission=PERMISSION,
    body=WishSheetColumnsIn,
    answer=WishSheetShown,
    status=200,
    key_needed=False,
)
def columns(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Say which column is which"""
    found = _locked(session, sheet)
    chosen = {place: key for place, key in enumerate(given["columns"]) if key}
    sheets.remap(session, found, given["header"] - 1, chosen, given["category"], current_actor())
    return _shown(session, found)


@blueprint.create(
    f"{ONE}/apply",
    permission=PERMISSION,
    body=WishSheetNothingIn,
    answer=WishSheetShown,
    status=200,
    key_needed=False,
)
def apply(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Make wishes to be checked of the rows that can be; rows that are refused are told, and the others made all the
    same. People are put on record with `people.edit` alone"""
    found, actor = _locked(session, sheet), current_actor()
    applying.apply(session, found, actor, add_people=may(session, actor, "people.edit", found.area_id))
    return _shown(session, found)


@blueprint.create(
    f"{ONE}/drop",
    permission=PERMISSION,
    body=WishSheetNothingIn,
    answer=WishSheetOut,
    status=200,
    key_needed=False,
)
def drop(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Forget a sheet; nothing is changed"""
    found = _locked(session, sheet)
    sheets.drop(session, found, current_actor())
    return _line(found, _campaign(session, found))


@blueprint.create(
    f"{ONE}/undo",
    permission=PERMISSION,
    body=WishSheetUndoIn,
    answer=WishSheetUndoneOut,
    status=200,
    key_needed=False,
)
def undo(session: Session, given: dict[str, Any], code: str, sheet: str) -> Any:
    """Take back what a sheet brought in, as far as nobody has it in hand"""
    return sheets.undo(session, _locked(session, sheet), given["reason"], current_actor())


def _locked(session: Session, sheet: str) -> WishesSheet:
    return queries.sheet_below(session, current_area().id, sheet, lock=True)


def _campaign(session: Session, sheet: WishesSheet) -> str | None:
    theme = session.get(WishesCampaign, sheet.campaign_id) if sheet.campaign_id else None
    return None if theme is None else theme.public_id


def _line(sheet: WishesSheet, campaign: str | None) -> dict[str, Any]:
    return {
        "public_id": sheet.public_id, "file_name": sheet.file_name, "campaign": campaign, "state": sheet.state,
        "rows": sheet.rows, "consent_on": sheet.consent_on, "consent_note": sheet.consent_note,
        "created_at": sheet.created_at, "closed_at": sheet.closed_at,
    }  # fmt: skip


def _shown(session: Session, sheet: WishesSheet) -> dict[str, Any]:
    """A sheet row by row; one whose columns are not known yet has no rows to show."""
    layout = sheets.layout_of(sheet)
    verdicts: list[judging.Verdict] = []
    if layout.usable:
        try:
            verdicts = sheets.verdicts_of(session, sheet)
        except Problem:
            # No wish below the titles, or too many: the columns have to be said anew.
            verdicts = []
    counts = dict.fromkeys(judging.OUTCOMES, 0)
    if sheet.state == OPEN:
        for verdict in verdicts:
            counts[verdict.outcome] += 1
    else:
        counts |= sheets.counts_of(sheet)
    faults = sheets.faults_in(sheet, verdicts)
    return {
        **_line(sheet, _campaign(session, sheet)), "columns": layout.columns, "counts": counts,
        "preview": [
            {
                "row": one.row.number, "name": one.row.name, "title": one.row.title,
                "category": one.row.asked.category, "outcome": one.outcome,
            }
            for one in verdicts
        ],
        "faults": [
            {"row": one.number, "name": one.name, "code": one.why.code, "message": say(one.why)} for one in faults
        ],
    }  # fmt: skip
