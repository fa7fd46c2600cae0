"""Estates, dwellings and contracts from a sheet: brought, looked over, applied or dropped, taken back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Form,
    ListColumn,
    OutColumn,
    OutSheet,
    Paged,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    read_table,
    read_text,
    require_again,
    say,
    send_bytes,
    send_list,
    show,
    subtree,
    unit_of_work,
    write_workbook,
)

from ..owners.words import METHODS
from . import importing, planning, sheets
from .models import PropertyImport
from .views import KEEP

blueprint = Blueprint("property_import", __name__)

OWNERS = "property.owners"
MOST_BYTES = 10 * 1024 * 1024
# As much as a form may bring, whatever is written.
MOST_TEXT = 150_000
BADGES = {
    importing.OPEN: "wait",
    importing.APPLIED: "ok",
    importing.DROPPED: "off",
    importing.UNDONE: "off",
}
FAULT_COLUMNS = (
    ListColumn(N_("Row"), lambda fault: fault[0].number, "count"),
    ListColumn(N_("Estate"), lambda fault: fault[0].estate),
    ListColumn(N_("Dwelling"), lambda fault: f"{fault[0].building} {fault[0].dwelling}".strip()),
    ListColumn(N_("What is wrong"), lambda fault: say(fault[1])),
)


@blueprint.get("/a/<code>/property/import")
@area_scope(KEEP)
def start(code: str) -> Any:
    """Bring a sheet; the sheets brought before."""
    with read_scope() as session:
        return show("property/registry_import.html", form=Form(), **_past(session))


def _past(session: Session) -> dict[str, Any]:
    query = select(PropertyImport).where(PropertyImport.area_id.in_(subtree(current_area().id)))
    past = session.scalars(query.order_by(PropertyImport.id.desc()).limit(50)).all()
    return {
        "past": past,
        "counts": {one.id: importing.counts_of(one) for one in past},
        "states": importing.STATES,
        "badges": BADGES,
        "titles": planning.TITLES,
    }


@blueprint.post("/a/<code>/property/import")
@area_scope(KEEP)
def take(code: str) -> Any:
    """Read a sheet and keep it to be looked over."""
    form = Form()
    try:
        name, sheet = _brought()
        with unit_of_work() as session:
            area = session.get_one(Area, current_area().id)
            require_again(session, KEEP, area.id)
            public_id = importing.take(session, area, name, sheet, current_actor()).public_id
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return show("property/registry_import.html", 422, form=form, **_past(session))
    return redirect(url_for("property_import.look", code=code, registry_sheet=public_id), 303)


def _brought() -> tuple[str, sheets.Sheet]:
    file, text = request.files.get("file"), request.form.get("text", "").strip()
    data = file.read(MOST_BYTES + 1) if file is not None else b""
    if len(data) > MOST_BYTES:
        raise Problem("file_too_large", N_("A sheet of at most 10 MB is taken."))
    if file is not None and data:
        name = file.filename or "sheet"
        return name, sheets.read_sheet(read_table(data, name, sheets.COLUMNS))
    if not text:
        raise Problem("no_file", N_("Choose a file, or paste the cells."))
    if len(text) > MOST_TEXT:
        raise Problem(
            "text_too_long", N_("So many cells cannot be pasted: bring them as a file."), field="text"
        )
    return "", sheets.read_sheet(read_text(text))


@blueprint.get("/a/<code>/property/import/template")
@area_scope(KEEP)
def template(code: str) -> Response:
    """The sheet to fill in, with three rows as examples."""
    dwelling = {"estate": "桂花苑", "kind": "商品房", "place": "桂花路 8 号", "building": "1栋", "unit": "1"}
    contract = {
        "estate": "桂花苑", "company": "安居物业服务有限公司", "uscc": "91350100M000100Y43",
        "from_on": "2026-01-01", "to_on": "2028-12-31", "document_no": "物合〔2026〕1 号", "manager": "王经理",
    }  # fmt: skip
    examples = [
        contract,
        {**dwelling, "number": "101", "owners": "张三、李四"},
        {**dwelling, "number": "102", "unsold": "是"},
    ]
    shown = [column for column in sheets.COLUMNS if column.key not in sheets.ONLY_SALE]
    columns = [OutColumn(column.titles[0]) for column in shown]
    rows = [[one.get(column.key, "") for column in shown] for one in examples]
    data = BytesIO()
    write_workbook(data, [OutSheet("小区与合同", columns, rows)])
    return send_bytes(data.getvalue(), "property-template.xlsx")


def _here(session: Session, public_id: str, *, lock: bool = False) -> PropertyImport:
    return importing.import_of(session, current_area().id, public_id, lock=lock) or missing()


@blueprint.get("/a/<code>/property/import/<registry_sheet>")
@area_scope(KEEP)
def look(code: str, registry_sheet: str) -> Any:
    """What a sheet would add as things stand now, and its faults row by row; once applied, what it brought."""
    args = list_args()
    with read_scope() as session:
        found = _here(session, registry_sheet)
        plan = planning.Plan()
        if found.state == importing.OPEN:
            area = session.get_one(Area, found.area_id)
            plan = planning.plan_of(session, area, sheets.unpack(found.rows), current_actor())
        told = [*plan.faults, *plan.remarks]

        def fetch(page: int, size: int) -> Paged[tuple[sheets.Row, Problem]]:
            return Paged.cut(told, page, size)

        if export_asked():
            return send_list(N_("Rows to look at"), FAULT_COLUMNS, fetch)
        return show(
            "property/registry_import_look.html",
            sheet=found,
            plan=plan,
            page=fetch(args.page, args.size),
            counts=importing.counts_of(found),
            titles=planning.TITLES,
            states=importing.STATES,
            badges=BADGES,
            say=say,
            methods=METHODS,
            only_sale=_only_sale(),
            faulty=len(plan.faults),
        )


def _only_sale() -> set[str]:
    """Titles of columns of which nothing is read but whether a dwelling is sold."""
    return {title for column in sheets.COLUMNS if column.key in sheets.ONLY_SALE for title in column.titles}


def _act(code: str, registry_sheet: str, act: Callable[[Session, PropertyImport], object], done: str) -> Any:
    with flash_outcome(done), unit_of_work() as session:
        found = _here(session, registry_sheet, lock=True)
        require_again(session, KEEP, found.area_id)
        act(session, found)
    return redirect(url_for("property_import.look", code=code, registry_sheet=registry_sheet), 303)


@blueprint.post("/a/<code>/property/import/<registry_sheet>/apply")
@area_scope(KEEP)
def apply(code: str, registry_sheet: str) -> Any:
    """Add what the sheet adds; owners where the reader says how they were checked, and may."""
    checked = request.form.get("owners", "")

    def act(session: Session, found: PropertyImport) -> object:
        if checked:
            require_again(session, OWNERS, found.area_id)
        return importing.apply(session, found, current_actor(), checked)

    return _act(code, registry_sheet, act, N_("The sheet is applied. Rows with faults were left out."))


@blueprint.post("/a/<code>/property/import/<registry_sheet>/drop")
@area_scope(KEEP)
def drop(code: str, registry_sheet: str) -> Any:
    """Forget a sheet."""
    return _act(
        code, registry_sheet, lambda session, found: importing.drop(session, found, current_actor()),
        N_("The sheet is forgotten; nothing was changed."),
    )  # fmt: skip


@blueprint.post("/a/<code>/property/import/<registry_sheet>/undo")
@area_scope(KEEP)
def undo(code: str, registry_sheet: str) -> Any:
    """Take back what a sheet brought."""
    return _act(
        code, registry_sheet, lambda session, found: importing.undo(session, found, current_actor()),
        N_("All that this sheet brought is gone again."),
    )  # fmt: skip
