"""A sheet of collected wishes: brought, its columns said, looked over row by row, taken in, taken back."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    OutColumn,
    OutSheet,
    Problem,
    area_scope,
    current_actor,
    current_area,
    current_site,
    flash_done,
    flash_outcome,
    flash_problem,
    may,
    missing,
    read_scope,
    read_table,
    read_text,
    require_again,
    say,
    send_registered,
    show,
    unit_of_work,
    write_workbook,
)

from ..models import CATEGORIES
from . import applying, judging, queries, reading, sheets
from .kept import cells_of
from .models import OPEN, WishesCampaign
from .reading import MOST_ROWS, TITLES
from .sheets import Incoming
from .views import day_of

blueprint = Blueprint("wishes_sheets", __name__)

PERMISSION = "wishes.campaign"
MOST_BYTES = 10 * 1024 * 1024
BADGES = {
    judging.NEW: "ok",
    judging.NEW_PERSON: "info",
    judging.PRESENT: "off",
    judging.HAS_ONE: "wait",
    judging.UNCLEAR: "no",
}
STATE_BADGES = {"open": "wait", "applied": "ok", "dropped": "off", "undone": "off"}
# So many rows are shown where somebody says which column is which.
_SHOWN_ROWS = 8
_TITLE_ROWS = 12


@blueprint.get("/a/<code>/wishes/sheets/new")
@area_scope(PERMISSION)
def new(code: str) -> Any:
    """Bring a sheet."""
    with read_scope() as session:
        return show(
            "wishes/sheet_new.html",
            campaigns=[one for one in queries.open_for(session, current_area().id) if one.state == "running"],
            chosen=request.args.get("round", ""),
            today=current_site().today(),
            categories=CATEGORIES,
            most=MOST_ROWS,
        )


@blueprint.post("/a/<code>/wishes/sheets/new")
@area_scope(PERMISSION)
def take(code: str) -> Any:
    """Keep the sheet that was brought."""
    area_id = current_area().id
    try:
        came = _came()
        with unit_of_work() as session:
            require_again(session, PERMISSION, area_id)
            area = session.get_one(Area, area_id)
            wanted = request.form.get("campaign", "")
            campaign: WishesCampaign | None = None
            if wanted:
                campaign = queries.campaign_below(session, area_id, wanted, above=True)
            made = sheets.take(session, area, campaign, came, current_actor()).public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_sheets.new", code=code), 303)
    return redirect(url_for("wishes_sheets.sheet", code=code, sheet=made), 303)


def _came() -> Incoming:
    """What was brought; raises the Problems of reading a sheet, no_file, file_too_large and bad_consent_day."""
    file, text = request.files.get("file"), request.form.get("text", "").strip()
    data = file.read(MOST_BYTES + 1) if file is not None else b""
    if len(data) > MOST_BYTES:
        raise Problem("file_too_large", N_("A sheet of at most 10 MB is taken."))
    consent_on = day_of(request.form.get("consent_on", ""))
    if consent_on is None:
        raise Problem("bad_consent_day", N_("Choose the day on which they agreed."), field="consent_on")
    note, usual = request.form.get("consent_note", ""), request.form.get("category", "item")
    usual = usual if usual in CATEGORIES else "item"
    if data:
        name = (file.filename if file is not None else "") or "sheet"
        return Incoming(read_table(data, name, reading.COLUMNS), name, data, consent_on, note, usual)
    if not text:
        raise Problem("no_file", N_("Choose a file, or paste the cells."))
    return Incoming(read_text(text), gettext("pasted cells"), text.encode(), consent_on, note, usual)


@blueprint.get("/a/<code>/wishes/sheets/<sheet>")
@area_scope(PERMISSION)
def sheet(code: str, sheet: str) -> Any:
    """What each row would become as things stand now, or what became of the sheet."""
    with read_scope() as session:
        found = queries.sheet_below(session, current_area().id, sheet)
        layout = sheets.layout_of(found)
        if found.state == OPEN and (not layout.usable or "columns" in request.args):
            return _columns(found, layout)
        try:
            verdicts = sheets.verdicts_of(session, found)
        except Problem as problem:
            return _columns(found, layout, say(problem))
        counts = (
            {key: sum(one.outcome == key for one in verdicts) for key in judging.OUTCOMES}
            if found.state == OPEN
            else sheets.counts_of(found)
        )
        return show(
            "wishes/sheet.html",
            sheet=found,
            campaign=session.get(WishesCampaign, found.campaign_id) if found.campaign_id else None,
            verdicts=verdicts,
            faults=[] if found.state == OPEN else sheets.faults_in(found, ()),
            counts=counts,
            outcomes=judging.OUTCOMES,
            badges=BADGES,
            states=sheets.STATES,
            state_badges=STATE_BADGES,
            acting=sum(counts.get(key, 0) for key in judging.ACTING),
            adds=bool(counts.get(judging.NEW_PERSON)),
            faulty=found.cells_sealed is not None
            and bool(counts.get(judging.UNCLEAR) or counts.get(judging.HAS_ONE)),
            same=sheets.same_file(session, found) if found.state == OPEN else None,
        )


def _columns(found: Any, layout: reading.Layout, fault: str = "") -> tuple[str, int]:
    """Ask which column is which."""
    cells = cells_of(found)
    width = max(len(row) for row in cells) if cells else 0
    raw = request.args.get("header", "")
    header = int(raw) if raw.removeprefix("-").isdecimal() and len(raw) < 5 else layout.header
    header = header if -1 <= header < len(cells) else -1
    return show(
        "wishes/sheet_columns.html",
        sheet=found,
        layout=layout,
        header=header,
        width=width,
        titles=cells[header] if header >= 0 else [],
        rows=cells[header + 1 : header + 1 + _SHOWN_ROWS],
        tops=cells[:_TITLE_ROWS],
        chosen={index: key for key, index in layout.columns.items()},
        keys=TITLES,
        categories=CATEGORIES,
        fault=fault,
    )


@blueprint.post("/a/<code>/wishes/sheets/<sheet>/columns")
@area_scope(PERMISSION)
def columns(code: str, sheet: str) -> Any:
    """Take over what somebody says about the columns."""
    chosen = {
        int(name.removeprefix("column-")): key
        for name, key in request.form.items()
        if name.startswith("column-") and name.removeprefix("column-").isdecimal() and len(name) < 11
    }
    raw = request.form.get("header", "")
    header = int(raw) if raw.removeprefix("-").isdecimal() and len(raw) < 5 else -1
    try:
        with unit_of_work() as session:
            found = _locked(session, sheet)
            sheets.remap(session, found, header, chosen, request.form.get("category", ""), current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_sheets.sheet", code=code, sheet=sheet, columns=1, header=header), 303)
    return redirect(url_for("wishes_sheets.sheet", code=code, sheet=sheet), 303)


def _locked(session: Session, sheet: str) -> Any:
    area_id = current_area().id
    require_again(session, PERMISSION, area_id)
    return queries.sheet_below(session, area_id, sheet, lock=True)


@blueprint.post("/a/<code>/wishes/sheets/<sheet>/apply")
@area_scope(PERMISSION)
def apply(code: str, sheet: str) -> Any:
    """Make wishes of the rows that can be."""
    try:
        with unit_of_work() as session:
            found = _locked(session, sheet)
            actor = current_actor()
            add = may(session, actor, "people.edit", found.area_id)
            counts = applying.apply(session, found, actor, add_people=add)
    except Problem as problem:
        flash_problem(problem)
    else:
        made = sum(counts[key] for key in judging.ACTING)
        flash_done(N_("%(n)s wishes taken in. They wait to be checked before they are on the wall."), n=made)
    return redirect(url_for("wishes_sheets.sheet", code=code, sheet=sheet), 303)


@blueprint.post("/a/<code>/wishes/sheets/<sheet>/drop")
@area_scope(PERMISSION)
def drop(code: str, sheet: str) -> Any:
    """Forget a sheet."""
    with flash_outcome(N_("The sheet is forgotten; nothing was changed.")), unit_of_work() as session:
        sheets.drop(session, _locked(session, sheet), current_actor())
    return redirect(url_for("wishes_campaigns.index", code=code), 303)


@blueprint.post("/a/<code>/wishes/sheets/<sheet>/undo")
@area_scope(PERMISSION)
def undo(code: str, sheet: str) -> Any:
    """Take back what a sheet brought in."""
    try:
        with unit_of_work() as session:
            done = sheets.undo(
                session, _locked(session, sheet), request.form.get("reason", ""), current_actor()
            )
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_("Taken back: %(wishes)s wishes; in hand or over: %(kept)s; taken off the roster: %(people)s."),
            wishes=done.wishes, kept=done.kept, people=done.people,
        )  # fmt: skip
    return redirect(url_for("wishes_sheets.sheet", code=code, sheet=sheet), 303)


@blueprint.get("/a/<code>/wishes/sheets/<sheet>/errors.xlsx")
@area_scope(PERMISSION)
def errors(code: str, sheet: str) -> Any:
    """The rows that could not be taken in, with their own cells and what is wrong, to be mended and brought again."""
    with read_scope() as session:
        found = queries.sheet_below(session, current_area().id, sheet)
        titles, rows = sheets.faulty_rows(session, found)
        name = found.file_name.rpartition(".")[0] or found.file_name
    if not rows:
        missing()
    width = max(len(titles), *(len(row.cells) for row in rows))
    heads = [str(titles[index] or "") if index < len(titles) else "" for index in range(width)]
    lines: list[list[Any]] = [
        [*row.cells, *[""] * (width - len(row.cells)), row.number, say(row.why)] for row in rows
    ]

    def made(number: str) -> tuple[str, bytes]:
        columns = [OutColumn(head, width=16) for head in heads]
        columns += [OutColumn(gettext("Row")), OutColumn(gettext("What is wrong"), width=40)]
        data = io.BytesIO()
        write_workbook(data, [OutSheet(gettext("To be mended"), columns, lines)], footer=number)
        return gettext("%(name)s - rows at fault", name=name) + ".xlsx", data.getvalue()

    return send_registered(N_("Rows of collected wishes at fault"), len(rows), "xlsx", made)


@blueprint.get("/a/<code>/wishes/sheets/template.xlsx")
@area_scope(PERMISSION)
def template(code: str) -> Any:
    """An empty sheet to fill in."""
    columns = [
        OutColumn(spec.titles[0], width=24 if spec.key == "id_number" else 16) for spec in reading.COLUMNS
    ]
    name = gettext("Sheet for collected wishes")

    def made(number: str) -> tuple[str, bytes]:
        data = io.BytesIO()
        write_workbook(data, [OutSheet(name, columns, [])])
        return f"{name}.xlsx", data.getvalue()

    return send_registered(N_("Sheet for collected wishes"), 0, "xlsx", made)
