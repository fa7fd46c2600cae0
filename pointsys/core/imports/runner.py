"""The steps of an import put together: file, check, stage, apply, derive; each a transaction of its own.

``import_file`` does them in one go for the command line. The browser makes its preview with ``wizard`` and comes
here for ``apply_batch``; a process that dies in between leaves a batch to resume or discard.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.batches import APPLYING, COMMITTED, PEOPLE, STAGED, Batch
from pointsys.core.imports import activity_log, people, staging
from pointsys.core.imports.apply import apply_log, apply_people, stale
from pointsys.core.imports.checking import Checked, make_judge
from pointsys.core.imports.columns import columns_for, remembered
from pointsys.core.imports.report import ERROR, ImportReport, Outcome
from pointsys.core.imports.steps import (
    Choices,
    Progress,
    check_table,
    file_digest,
    mark_staged,
    silent,
    write_rows,
)
from pointsys.core.imports.table import Layout, Table, locate, require_usable
from pointsys.core.pending import drain, pending_count
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import COMMAND_LINE, Limits
from pointsys.kit.spreadsheet import read_rows as read_sheet

T = TypeVar("T")

# Below this the planner's statistics are not worth refreshing.
_MANY = 1_000
HAS_ERRORS = N_("Some rows are at fault. Correct them, or import the others without them.")


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
    progress: Progress = silent,
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
            checked = check_table(session, area_id, table, kind, choices)
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


def _unused(layout: Layout) -> tuple[str, ...]:
    return tuple(title for _index, title in layout.unused)


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
    write_rows(batch_id, public_id, checked.staged(), checked.total, staging.add_rows, progress)
    with unit_of_work(drain=False) as session:
        mark_staged(session, session.get_one(Batch, batch_id), actor)
    return batch_id, public_id


def apply_batch(
    batch_id: int,
    actor: Actor,
    *,
    skip_errors: bool,
    progress: Progress = silent,
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


def derive(progress: Progress = silent, rows: int = _MANY) -> tuple[str, ...]:
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
