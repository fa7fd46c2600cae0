"""The faces of one import: columns to name, progress, preview, and what became of it. ``imports`` has the acts."""

from __future__ import annotations

from collections.abc import Collection

from flask import request
from sqlalchemy.orm import Session

from pointsys.core.activity_log.deciders import Decider, deciders
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.batches import (
    APPLYING,
    COMMITTED,
    DISCARDED,
    LOG,
    MAPPING,
    PEOPLE,
    STAGED,
    STAGING,
    UNDONE,
    Batch,
)
from pointsys.core.imports import staging, wizard
from pointsys.core.imports.columns import columns_for
from pointsys.core.imports.report import ERROR, UNCHANGED, sentence
from pointsys.core.jobs import Job
from pointsys.kit.problems import N_
from pointsys.kit.spreadsheet import cell, is_blank, parse_text
from pointsys.language import say
from pointsys.web.frame import show
from pointsys.web.lists import Paged, list_args

View = tuple[str, int]

NEEDS = {PEOPLE: "people.import", LOG: "log.import"}
TITLES = {PEOPLE: N_("Roster of people"), LOG: N_("Activity sheet")}
STATES = {
    MAPPING: (N_("Columns to be named"), "wait"),
    STAGING: (N_("Being checked"), "wait"),
    STAGED: (N_("To be looked at"), "wait"),
    APPLYING: (N_("Being imported"), "wait"),
    COMMITTED: (N_("Imported"), "ok"),
    UNDONE: (N_("Undone"), "off"),
    DISCARDED: (N_("Discarded"), "off"),
}


def progress_values(found: Batch, job: Job | None) -> dict[str, object]:
    """How far an import is, for the progress page; ``job`` waits or works for it."""
    return {
        "batch": found,
        "titles": TITLES,
        "states": STATES,
        "interrupted": job is None and staging.is_interrupted(found),
        # Once all rows are kept they are checked, and nobody knows how long that takes.
        "share": 100 * found.done // found.total
        if found.state == STAGING and found.done < found.total
        else None,
    }


def show_columns(session: Session, found: Batch) -> View:
    """Ask which column is what."""
    columns = columns_for(session, found.area_id, found.kind)
    layout, options = staging.layout_of(found), staging.options_of(found)
    rows = wizard.sheet_rows(session, found)[:30]
    header = _header_asked(layout.header if layout else 0, len(rows))
    chosen = {index: key for key, index in layout.columns.items()} if layout else {}
    width = max((len(row) for row in rows), default=0)
    return show(
        "imports/columns.html",
        batch=found,
        titles=TITLES,
        columns=columns.columns,
        missing=[column.title for key in layout.missing if (column := columns.by_key(key))] if layout else [],
        header=header,
        head=[str(cell(rows[header], i) or "") if header >= 0 else "" for i in range(width)],
        samples=[
            [
                str(value)
                for row in rows[header + 1 : header + 6]
                if (value := cell(row, i)) not in (None, "")
            ][:3]
            for i in range(width)
        ],
        first_cells=[" ".join(str(v) for v in row if v not in (None, ""))[:60] for row in rows[:15]],
        chosen=chosen,
        options=options,
        problem=problem_text(found),
        activity_kinds=list(kinds_for(session, found.area_id)),
        likelier=wizard.likelier_kind(session, found),
    )


def _header_asked(usual: int, rows: int) -> int:
    raw = request.args.get("header", "")
    header = int(raw) if raw.lstrip("-").isdigit() and len(raw) < 4 else usual
    return header if -1 <= header < rows else usual


def problem_text(found: Batch) -> str | None:
    """Why work on the batch stopped, in the reader's language."""
    problem = staging.problem_of(found)
    return None if problem is None else say(problem)


def show_preview(session: Session, found: Batch) -> View:
    """What the sheet would do, with every fault."""
    args = list_args("verdict", size=20)
    outcome, layout, options = staging.outcome_of(found), staging.layout_of(found), staging.options_of(found)
    numbers = staging.count_rows(session, found.id)
    shown = args["verdict"] if args["verdict"] in outcome.counts else ERROR
    rows = list(staging.read_rows(session, found, [shown], first=args.offset, limit=args.size))
    known = columns_for(session, found.area_id, found.kind)
    sealed = [layout.columns[key] for key in ("phone", "id_number") if layout and key in layout.columns]
    return show(
        "imports/preview.html",
        batch=found,
        titles=TITLES,
        outcome=outcome,
        options=options,
        args=args,
        shown=shown,
        page=Paged(rows, numbers.get(shown, 0), args.page, args.size),
        sentence=sentence,
        cells_of=lambda row: _cells(row, sealed),
        flagged=[row for row in staging.read_rows(session, found, ["created", "updated"]) if row.warning][
            :200
        ],
        used=[
            (column.title, layout.titles[column.key])
            for column in known.columns
            if column.key in layout.titles
        ]
        if layout
        else [],
        # Plugins are told about people who are there already, too.
        told=[column.title for column in known.extras if layout and column.key in layout.columns]
        if outcome.counts[UNCHANGED]
        else [],
        unused=[title for _index, title in layout.unused] if layout else [],
        earlier=staging.same_file(session, found.area_id, found.kind, found.sha256),
        problem=problem_text(found),
        likelier=wizard.likelier_kind(session, found),
        deciders=_who_confirms(session, found) if found.kind == LOG and not outcome.confirmed else [],
    )


def _cells(row: staging.StagedRow, sealed: Collection[int]) -> str:
    """A row's cells on one line, without phone and ID number: the row's number leads to them in the sheet."""
    cells = [
        value for index, value in enumerate(row.cells or ()) if index not in sealed and not is_blank(value)
    ]
    return " · ".join(parse_text(value)[:40] for value in cells)


def _who_confirms(session: Session, found: Batch) -> list[Decider]:
    mine = [found.created_by_account] if found.created_by_account is not None else []
    return deciders(session, found.area_id, but_accounts=mine)


def show_result(session: Session, found: Batch) -> View:
    """What became of an import."""
    outcome = staging.outcome_of(found)
    return show(
        "imports/result.html",
        batch=found,
        titles=TITLES,
        states=STATES,
        outcome=outcome,
        faulty=staging.count_rows(session, found.id).get(ERROR, 0),
        deciders=_who_confirms(session, found) if found.kind == LOG and not outcome.confirmed else [],
    )
