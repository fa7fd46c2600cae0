"""The steps of the browser's wizard before the import itself: keep a sheet, name its columns, make its preview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.batches import LOG, MAPPING, PEOPLE, STAGED, STAGING, Batch
from pointsys.core.imports import staging
from pointsys.core.imports.apply import will_be_confirmed
from pointsys.core.imports.checking import Checked
from pointsys.core.imports.columns import columns_for, remember, remembered
from pointsys.core.imports.steps import Choices, Progress, check_table, mark_staged, silent, write_rows
from pointsys.core.imports.table import (
    Layout,
    Table,
    locate,
    mapped_by_hand,
    missing_keys,
    require_usable,
)
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import Row, Workbook, find_header


def stage_sheet(
    kind: str,
    workbook: Workbook,
    file_name: str,
    digest: str,
    area_id: int,
    actor: Actor,
    choices: Choices,
) -> tuple[int, str]:
    """Keep the rows of a sheet for the browser's wizard; returns the batch's id and outside id.

    The batch is "mapping" when the columns have to be asked for, else "staging": ``check_batch`` comes next.
    """
    choices = choices.checked()
    options = {
        "accept_late": choices.accept_late,
        "default_kind": choices.default_kind,
        "date1904": workbook.date1904,
        "sheet": workbook.sheet,
        "sheets": list(workbook.sheets),
        "formulas": sorted(map(list, workbook.formulas)),
        "cells": True,
    }
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, area_id)
        columns = columns_for(session, area_id, kind)
        found = locate(workbook, columns, remembered(session, area_id, kind))
        batch = staging.create_batch(
            session, area, kind, file_name, digest, actor, options, len(workbook.rows)
        )
        staging.set_layout(batch, found)
        batch_id, public_id = batch.id, batch.public_id
    rows = (
        staging.StagedRow(number, staging.RAW, row)
        for number, row in enumerate(workbook.rows, start=1)
        if row
    )
    write_rows(batch_id, public_id, rows, len(workbook.rows), staging.add_rows, silent)
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch_id)
        batch.state = STAGING if found is not None and not found.missing else MAPPING
    return batch_id, public_id


def check_batch(batch_id: int, actor: Actor, progress: Progress = silent) -> None:
    """Make the preview of a batch whose columns are known; raises Problem when no row of data is there."""
    try:
        rows, checked = _checked(batch_id, actor, progress)
    except Problem:
        # Other columns, or another title row, may do better.
        with unit_of_work(drain=False) as session:
            session.get_one(Batch, batch_id).state = MAPPING
        raise
    raw = [
        staging.StagedRow(number, staging.RAW, row)
        for number, row in enumerate(rows, start=1)
        if row and number not in checked.cells
    ]
    with read_scope() as session:
        public_id = session.get_one(Batch, batch_id).public_id
    everything = [*raw, *checked.staged()]
    write_rows(batch_id, public_id, everything, len(everything), staging.rewrite_rows, progress)
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch_id)
        staging.set_outcome(batch, checked.outcome)
        batch.total = checked.total
        staging.note_problem(batch, None)
        mark_staged(session, batch, actor)


def _checked(batch_id: int, actor: Actor, progress: Progress) -> tuple[list[Row], Checked]:
    """The rows of the sheet, and their verdicts."""
    with read_scope() as session:
        batch = session.get_one(Batch, batch_id)
        kind, area_id, options = batch.kind, batch.area_id, staging.options_of(batch)
        rows = sheet_rows(session, batch)
        layout = require_usable(staging.layout_of(batch), columns_for(session, area_id, kind))
        table = Table(rows, layout, {(row, column) for row, column in options["formulas"]})
        choices = Choices(options["default_kind"], options["accept_late"])
        progress("checking", 0, len(rows))
        checked = check_table(session, area_id, table, kind, choices, keep_cells=True)
        checked.outcome.confirmed = will_be_confirmed(session, area_id, checked.verdicts, actor)
        return rows, checked


def sheet_rows(session: Session, batch: Batch) -> list[Row]:
    """The user's own rows as the sheet had them, from row 1 on; those that are no longer kept are empty."""
    rows: list[Row] = []
    for row in staging.read_rows(session, batch):
        while len(rows) < row.number:
            rows.append([])
        rows[row.number - 1] = row.cells or []
    return rows


def likelier_kind(session: Session, batch: Batch) -> str | None:
    """The other kind of import, where its columns explain more of the sheet's titles; None where they do not.

    The kind is chosen before the file, and an activity sheet has the name and phone that make a roster.
    """
    layout = staging.layout_of(batch)
    if layout is None:
        return None
    other = PEOPLE if batch.kind == LOG else LOG
    columns = columns_for(session, batch.area_id, other)
    titles: Row = [*layout.titles.values(), *(title for _index, title in layout.unused)]
    found = find_header([titles], columns.specs, ignore=columns.ignore)
    if found is None or missing_keys(other, found.mapping):
        return None
    return other if len(found.mapping) > len(layout.columns) else None


def remap(
    session: Session, batch: Batch, header: int, chosen: Mapping[int, str], choices: Choices, actor: Actor
) -> None:
    """Take over which column is what, and remember it for this area; ``check_batch`` comes next.

    ``header`` is the 0-based title row, -1 for none. Raises Problem missing_columns, batch_busy, batch_closed.
    """
    columns = columns_for(session, batch.area_id, batch.kind)
    options = staging.options_of(batch)
    rows = sheet_rows(session, batch)
    layout = mapped_by_hand(rows, header, chosen, batch.kind, bool(options["date1904"]))
    require_usable(layout, columns)
    choices = choices.checked()
    staging.take(session, batch, MAPPING, STAGED, into=STAGING)
    staging.set_layout(batch, layout)
    options |= {"default_kind": choices.default_kind, "accept_late": choices.accept_late}
    batch.options = json.dumps(options, ensure_ascii=False)
    session.flush()
    if layout.header >= 0:
        remember(session, session.get_one(Area, batch.area_id), batch.kind, _told(layout), actor)


def _told(layout: Layout) -> dict[str, Any]:
    told = {title: key for key, title in layout.titles.items()}
    return {**{title: "" for _index, title in layout.unused}, **told}
