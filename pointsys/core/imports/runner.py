"""The steps of an import put together: file, check, stage, apply, derive; each a transaction of its own.

``import_file`` does them in one go for the command line. The browser calls ``stage_sheet``, shows the preview,
perhaps ``remap``, and then ``apply_batch``; a process that dies in between leaves a batch to resume or discard.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.batches import APPLYING, COMMITTED, MAPPING, PEOPLE, STAGED, STAGING, Batch
from pointsys.core.imports import activity_log, people, staging
from pointsys.core.imports.apply import apply_log, apply_people, stale, will_be_confirmed
from pointsys.core.imports.checking import Checked, check, make_judge
from pointsys.core.imports.columns import columns_for, remember, remembered
from pointsys.core.imports.report import ERROR, ImportReport, Outcome
from pointsys.core.imports.table import Layout, Table, locate, mapped_by_hand, require_usable
from pointsys.core.pending import drain, pending_count
from pointsys.core.people.groups import chunks
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import COMMAND_LINE, Limits, Row, Workbook
from pointsys.kit.spreadsheet import read_rows as read_sheet

T = TypeVar("T")

# (phase, done, total): phases are checking, staging, applying and deriving; a total of 0 is not known.
Progress = Callable[[str, int, int], None]

# Below this the planner's statistics are not worth refreshing.
_MANY = 1_000
MAX_REASON = 200

HAS_ERRORS = N_("Some rows are at fault. Correct them, or import the others without them.")
REASON_TOO_LONG = N_("Shorten the reason to 200 characters.")
NO_ROWS = N_("There is no row of data below the titles.")


def _silent(phase: str, done: int, total: int) -> None:
    """The progress of those who do not watch."""


@dataclass(frozen=True)
class Choices:
    """What the user says besides the file: a kind for rows without one, and why late entries are accepted."""

    default_kind: str = ""
    accept_late: str | None = None

    def checked(self) -> Choices:
        """Itself; raises Problem text_too_long."""
        if len(self.accept_late or "") > MAX_REASON:
            raise Problem("text_too_long", REASON_TOO_LONG, field="accept_late")
        return Choices(" ".join(self.default_kind.split())[:60], (self.accept_late or "").strip() or None)


def import_file(
    kind: str,
    source: Path | bytes,
    filename: str,
    area: Area,
    actor: Actor,
    *,
    dry_run: bool = False,
    skip_errors: bool = False,
    accept_late: str | None = None,
    progress: Progress = _silent,
    limits: Limits = COMMAND_LINE,
    sheet: str | None = None,
    default_kind: str = "",
) -> ImportReport:
    """Import a file of ``kind`` ("people" or "activity_log") into ``area``, with derived results complete on return.

    With faults and without ``skip_errors`` nothing changes (``refused``); ``dry_run`` changes nothing either.
    Raises Problem for a file that cannot be read, has no header or lacks a needed column.
    """
    area_id = area.id
    choices = Choices(default_kind, accept_late).checked()
    workbook = read_sheet(source, filename, limits, sheet)
    rows = len(workbook.rows)
    progress("checking", 0, rows)
    with undisturbed():
        with read_scope() as session:
            columns = columns_for(session, area_id, kind)
            found = locate(workbook, columns, remembered(session, area_id, kind))
            layout = require_usable(found, columns)
            table = Table(workbook.rows, layout, workbook.formulas)
            checked = _check(session, area_id, table, kind, choices)
        del workbook, table
        report = ImportReport(kind, checked.outcome, checked.errors(), checked.flagged(), _unused(layout))
        report.refused = checked.outcome.counts[ERROR] > 0 and not skip_errors
        if dry_run or report.refused:
            return report
        options = {"accept_late": choices.accept_late, "default_kind": choices.default_kind, "cells": False}
        digest = file_digest(source)
        batch_id, report.batch = _stage(
            checked, kind, area_id, filename, digest, actor, options, layout, progress
        )
        del checked
        report.outcome = apply_batch(batch_id, actor, skip_errors=True, progress=progress)
    report.committed = True
    report.derive_failed = derive(progress, rows)
    return report


@contextmanager
def undisturbed() -> Iterator[None]:
    """No hunt for reference cycles meanwhile: among a million cells it finds none and costs a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def file_digest(source: Path | bytes) -> str:
    """SHA-256 of a file, by which its second coming is noticed."""
    return hashlib.sha256(source if isinstance(source, bytes) else source.read_bytes()).hexdigest()


def _unused(layout: Layout) -> tuple[str, ...]:
    return tuple(title for _index, title in layout.unused)


def _check(
    session: Session, area_id: int, table: Table, kind: str, choices: Choices, keep_cells: bool = False
) -> Checked:
    area = session.get_one(Area, area_id)
    columns = columns_for(session, area_id, kind)
    checked = check(session, area, columns, table, default_kind=choices.default_kind, keep_cells=keep_cells)
    if not checked.total:
        raise Problem("empty_workbook", NO_ROWS)
    return checked


def _stage(
    checked: Checked,
    kind: str,
    area_id: int,
    filename: str,
    digest: str,
    actor: Actor,
    options: Mapping[str, object],
    layout: Layout,
    progress: Progress,
) -> tuple[int, str]:
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, area_id)
        batch = staging.create_batch(
            session, area, kind, Path(filename).name, digest, actor, options, checked.total
        )
        staging.set_layout(batch, layout)
        staging.set_outcome(batch, checked.outcome)
        batch_id, public_id = batch.id, batch.public_id
    _write_rows(batch_id, public_id, checked.staged(), checked.total, staging.add_rows, progress)
    with unit_of_work(drain=False) as session:
        _staged(session, session.get_one(Batch, batch_id), actor)
    return batch_id, public_id


_Write = Callable[[Session, int, str, Iterable[staging.StagedRow]], None]


def _write_rows(
    batch_id: int,
    public_id: str,
    rows: Iterable[staging.StagedRow],
    total: int,
    write: _Write,
    progress: Progress,
) -> None:
    done = 0
    for part in chunks(rows, staging.CHUNK):
        with unit_of_work(drain=False) as session:
            write(session, batch_id, public_id, part)
            done += len(part)
            staging.beat(session, batch_id, done)
        progress("staging", done, total)


def _staged(session: Session, batch: Batch, actor: Actor) -> None:
    batch.state = STAGED
    session.flush()
    audit.write(
        session, actor, "import.staged", "batch", batch.public_id, area_id=batch.area_id,
        count=max(batch.total, 1), after={"sha256": batch.sha256, "counts": batch.counts},
    )  # fmt: skip


def apply_batch(
    batch_id: int,
    actor: Actor,
    *,
    skip_errors: bool,
    progress: Progress = _silent,
    permit: Callable[[Session], None] = lambda session: None,
) -> Outcome:
    """Make a staged batch real, all of it or nothing; results are derived afterwards by ``derive``.

    ``permit`` is asked inside each transaction whether the actor still may. Raises Problem batch_busy,
    batch_closed, has_errors, or stale_preview when the roster or the log no longer bear the preview out: then
    the batch is staged again, for a new preview.
    """
    with unit_of_work(drain=False) as session:
        permit(session)
        batch = session.get_one(Batch, batch_id)
        if staging.is_interrupted(batch):
            staging.release(session, batch)
        if staging.outcome_of(batch).counts[ERROR] and not skip_errors:
            raise Problem("has_errors", HAS_ERRORS)
        staging.take(session, batch, STAGED, into=APPLYING)
        staging.note_problem(batch, None)
        total = batch.total
    progress("applying", 0, total)
    try:
        with unit_of_work(drain=False) as session:
            permit(session)
            outcome = _apply(session, batch_id, actor)
    except BaseException:
        # Nothing was applied: the batch goes back to its preview, from where it can be tried again or discarded.
        with unit_of_work(drain=False) as session:
            staging.release(session, session.get_one(Batch, batch_id))
        raise
    progress("applying", total, total)
    return outcome


def _apply(session: Session, batch_id: int, actor: Actor) -> Outcome:
    batch = session.get_one(Batch, batch_id)
    # Whoever changes this row waits here: a second worker finds the batch applied, and stops.
    staging.take(session, batch, APPLYING, into=APPLYING)
    area = session.get_one(Area, batch.area_id)
    columns = columns_for(session, area.id, batch.kind)
    layout = require_usable(staging.layout_of(batch), columns)
    judge = make_judge(session, area, columns, layout)
    people_rows: list[people.PersonRow] = []
    log_rows: list[activity_log.LogRow] = []
    packer = activity_log.Packer()
    for row in staging.read_rows(session, batch, with_cells=False):
        if row.values is None:
            judge.outcome.counts[ERROR] += row.verdict == ERROR
        elif batch.kind == PEOPLE:
            people_rows.append(people.PersonRow.unpack(row.number, row.values))
        else:
            log_rows.append(packer.unpack(row.number, row.values))
    if isinstance(judge, people.Judge):
        outcome = apply_people(session, area, judge, people_rows, actor, batch.id)
    else:
        accept_late = staging.options_of(batch).get("accept_late")
        outcome = apply_log(session, area, judge, log_rows, actor, batch.id, accept_late)
    if not outcome.same_plan(staging.outcome_of(batch)):
        raise stale()
    staging.set_outcome(batch, outcome)
    keep = (ERROR, staging.RAW) if outcome.counts[ERROR] and _has_cells(batch) else ()
    staging.finish(session, batch, COMMITTED, actor, "import.applied", keep=keep)
    return outcome


def _has_cells(batch: Batch) -> bool:
    # Only the browser stages the user's own cells, to give them back with the reasons beside them.
    return bool(staging.options_of(batch).get("cells"))


def derive(progress: Progress = _silent, rows: int = _MANY) -> tuple[str, ...]:
    """Work off all pending marks; returns the titles of plugins that could not compute their results."""
    with unit_of_work(drain=False) as session:
        if rows >= _MANY:
            refresh_statistics(session)
        waiting = pending_count(session)
    report = drain(progress=lambda done: progress("deriving", done, waiting))
    infos = current_site().host.plugins
    return tuple(infos[name].title if name in infos else name for name in report.failed)


def refresh_statistics(session: Session) -> None:
    """Tell the planner how large the tables have become; without it a query after an import takes 100 times longer."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA analysis_limit=400"))
    session.execute(text("ANALYZE"))


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
    _write_rows(batch_id, public_id, rows, len(workbook.rows), staging.add_rows, _silent)
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch_id)
        batch.state = STAGING if found is not None and not found.missing else MAPPING
    return batch_id, public_id


def check_batch(batch_id: int, actor: Actor, progress: Progress = _silent) -> None:
    """Make the preview of a batch whose columns are known; raises Problem when no row of data is there."""
    with read_scope() as session:
        batch = session.get_one(Batch, batch_id)
        public_id, kind, area_id = batch.public_id, batch.kind, batch.area_id
        options = staging.options_of(batch)
        rows = sheet_rows(session, batch)
        columns = columns_for(session, area_id, kind)
        layout = require_usable(staging.layout_of(batch), columns)
        formulas = {(row, column) for row, column in options["formulas"]}
        choices = Choices(options["default_kind"], options["accept_late"])
        progress("checking", 0, len(rows))
        try:
            checked = _check(session, area_id, Table(rows, layout, formulas), kind, choices, keep_cells=True)
            checked.outcome.confirmed = will_be_confirmed(session, area_id, checked.verdicts, actor)
        except Problem:
            session.rollback()
            with unit_of_work(drain=False) as writing:
                writing.get_one(Batch, batch_id).state = MAPPING
            raise
    raw = (
        staging.StagedRow(number, staging.RAW, row)
        for number, row in enumerate(rows, start=1)
        if row and number not in checked.cells
    )
    everything = [*raw, *checked.staged()]
    _write_rows(batch_id, public_id, everything, len(everything), staging.rewrite_rows, progress)
    with unit_of_work(drain=False) as session:
        batch = session.get_one(Batch, batch_id)
        staging.set_outcome(batch, checked.outcome)
        batch.total = checked.total
        staging.note_problem(batch, None)
        _staged(session, batch, actor)


def sheet_rows(session: Session, batch: Batch) -> list[Row]:
    """The user's own rows as the sheet had them, from row 1 on; those that are no longer kept are empty."""
    rows: list[Row] = []
    for row in staging.read_rows(session, batch):
        while len(rows) < row.number:
            rows.append([])
        rows[row.number - 1] = row.cells or []
    return rows


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
