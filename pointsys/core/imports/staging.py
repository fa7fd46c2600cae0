"""The life of a batch between the file and the import: rows sealed in the database, in short transactions.

Everything here works in the caller's transaction. A batch goes staging -> staged -> applying -> committed; it can
be discarded before, and undone after. ``beat_at`` tells a batch at work from one whose process is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Update, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.batches import (
    APPLYING,
    COMMITTED,
    DISCARDED,
    OPEN,
    STAGED,
    STAGING,
    Batch,
    BatchRow,
)
from pointsys.core.bulk import insert_many
from pointsys.core.crypto import Keyring
from pointsys.core.database import new_public_id, table_of
from pointsys.core.imports.report import Outcome
from pointsys.core.imports.table import Fault, Layout
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem
from pointsys.kit.spreadsheet import CellValue, Row

# Rows of one short transaction: other writers wait for no more than this.
CHUNK = 5_000
KEPT = timedelta(hours=24)
INTERRUPTED_AFTER = timedelta(minutes=2)
COLUMN = "batch_row.payload"
RAW = "raw"

NOT_OPEN = N_("This import is finished or was discarded. Choose the file again.")
BUSY = N_("This import is being worked on. Wait a moment.")


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One row as staged: the user's cells, what was understood (``values``), and what is wrong or to be noted."""

    number: int
    verdict: str
    cells: Row | None = None
    values: str | None = None
    fault: Fault | None = None
    warning: Fault | None = None


def create_batch(
    session: Session,
    area: Area,
    kind: str,
    file_name: str,
    sha256: str,
    actor: Actor,
    options: Mapping[str, object],
    total: int,
) -> Batch:
    """A new batch in the state "staging"; what was left lying about for a day is cleared away first."""
    expire(session)
    now = current_site().now()
    batch = Batch(
        public_id=new_public_id(),
        kind=kind,
        area_id=area.id,
        file_name=clean_text(file_name)[-200:],
        sha256=sha256,
        state=STAGING,
        layout="",
        options=json.dumps(options, ensure_ascii=False),
        counts="{}",
        done=0,
        total=total,
        created_by=actor.label,
        created_by_account=actor.account_id,
        created_at=now,
        beat_at=now,
    )
    session.add(batch)
    session.flush()
    return batch


def options_of(batch: Batch) -> dict[str, Any]:
    """The choices that came with the file: default_kind, accept_late, date1904, formulas, sheet, sheets."""
    return cast("dict[str, Any]", json.loads(batch.options))


def layout_of(batch: Batch) -> Layout | None:
    """Where the table is, once that is known."""
    return Layout.from_json(json.loads(batch.layout)) if batch.layout else None


def outcome_of(batch: Batch) -> Outcome:
    """The counts of the last preview, or of the import itself."""
    return Outcome.from_json(json.loads(batch.counts))


def set_layout(batch: Batch, layout: Layout | None) -> None:
    """Keep where the table is."""
    batch.layout = "" if layout is None else json.dumps(layout.as_json(), ensure_ascii=False)


def set_outcome(batch: Batch, outcome: Outcome) -> None:
    """Keep the counts."""
    batch.counts = json.dumps(outcome.as_json(), ensure_ascii=False)


def note_problem(batch: Batch, problem: Problem | None) -> None:
    """Keep why work on the batch stopped, for whoever looks at it; None forgets it."""
    options = options_of(batch)
    fault = None if problem is None else Fault.of(problem, "")
    options["problem"] = None if fault is None else [fault.code, fault.message, dict(fault.params)]
    batch.options = json.dumps(options, ensure_ascii=False)


def problem_of(batch: Batch) -> Problem | None:
    """Why work on the batch stopped, if it did."""
    noted = options_of(batch).get("problem")
    return Problem(noted[0], noted[1], **noted[2]) if noted else None


def beat(session: Session, batch_id: int, done: int) -> None:
    """Say that work goes on and how far it is."""
    session.execute(update(Batch).where(Batch.id == batch_id).values(done=done, beat_at=current_site().now()))


def add_rows(session: Session, batch_id: int, public_id: str, rows: Iterable[StagedRow]) -> None:
    """Insert rows that the batch does not hold yet."""
    keyring = current_site().keyring
    values = ((batch_id, row.number, row.verdict, _seal(keyring, public_id, row)) for row in rows)
    insert_many(session, BatchRow, ("batch_id", "number", "verdict", "payload"), values)


def rewrite_rows(session: Session, batch_id: int, public_id: str, rows: Iterable[StagedRow]) -> None:
    """Replace verdict and content of rows that the batch holds."""
    keyring = current_site().keyring
    table = table_of(BatchRow)
    values = [
        {"b_number": row.number, "b_verdict": row.verdict, "b_payload": _seal(keyring, public_id, row)}
        for row in rows
    ]
    if values:
        session.execute(
            update(table)
            .where(table.c.batch_id == batch_id, table.c.number == bindparam("b_number"))
            .values(verdict=bindparam("b_verdict"), payload=bindparam("b_payload")),
            values,
        )


def read_rows(
    session: Session,
    batch: Batch,
    verdicts: Iterable[str] | None = None,
    *,
    first: int = 0,
    limit: int | None = None,
    with_cells: bool = True,
) -> Iterator[StagedRow]:
    """Rows in the order of the sheet, of some verdicts if given, from the ``first`` on."""
    keyring = current_site().keyring
    query = (
        select(BatchRow.number, BatchRow.verdict, BatchRow.payload)
        .where(BatchRow.batch_id == batch.id)
        .order_by(BatchRow.number)
        .offset(first)
        .limit(limit)
        .execution_options(yield_per=CHUNK)
    )
    if verdicts is not None:
        query = query.where(BatchRow.verdict.in_(list(verdicts)))
    for number, verdict, payload in session.execute(query):
        yield _open(keyring, batch.public_id, number, verdict, payload, with_cells)


def count_rows(session: Session, batch_id: int) -> dict[str, int]:
    """How many rows there are of each verdict."""
    rows = session.execute(
        select(BatchRow.verdict, func.count()).where(BatchRow.batch_id == batch_id).group_by(BatchRow.verdict)
    )
    return {row[0]: row[1] for row in rows}


def _seal(keyring: Keyring, public_id: str, row: StagedRow) -> bytes:
    """A line of JSON about the row, empty where there is nothing to say, and the values as they come."""
    about: dict[str, object] = {}
    if row.cells is not None:
        about["cells"] = row.cells
    for key, fault in (("fault", row.fault), ("warning", row.warning)):
        if fault is not None:
            about[key] = [fault.column, fault.code, fault.message, dict(fault.params)]
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":"), default=_tagged) if about else ""
    if row.values is not None:
        text = f"{text}\n{row.values}"
    return keyring.encrypt(COLUMN, f"{public_id}:{row.number}", text)


def _open(
    keyring: Keyring, public_id: str, number: int, verdict: str, payload: bytes, with_cells: bool
) -> StagedRow:
    line, has_values, values = keyring.decrypt(COLUMN, f"{public_id}:{number}", payload).partition("\n")
    about = json.loads(line) if line else {}
    cells = about.get("cells") if with_cells else None
    fault, warning = about.get("fault"), about.get("warning")
    return StagedRow(
        number,
        verdict,
        None if cells is None else [_untagged(value) for value in cells],
        values if has_values else None,
        Fault(*fault) if fault else None,
        Fault(*warning) if warning else None,
    )


def _tagged(value: object) -> object:
    """A cell that JSON does not know, with its type."""
    if isinstance(value, datetime | date | time):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value // timedelta(seconds=1)}
    raise TypeError(type(value).__name__)


def _untagged(value: Any) -> CellValue:
    if not isinstance(value, dict):
        return cast(CellValue, value)
    ((kind, content),) = value.items()
    if kind == "seconds":
        return timedelta(seconds=content)
    types: dict[str, type[datetime] | type[date] | type[time]] = {
        "datetime": datetime,
        "date": date,
        "time": time,
    }
    return types[kind].fromisoformat(content)


def _took(session: Session, statement: Update) -> bool:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def take(session: Session, batch: Batch, *states: str, into: str) -> None:
    """Move a batch that is in one of ``states`` on, or raise Problem: only one worker gets it."""
    statement = (
        update(Batch)
        .where(Batch.id == batch.id, Batch.state.in_(states))
        .values(state=into, beat_at=current_site().now())
        .execution_options(synchronize_session=False)
    )
    if not _took(session, statement):
        session.refresh(batch)
        raise Problem("batch_busy", BUSY) if batch.state in OPEN else Problem("batch_closed", NOT_OPEN)
    session.refresh(batch)


def is_interrupted(batch: Batch) -> bool:
    """Whether a batch says it is at work while nobody works on it."""
    return batch.state in (STAGING, APPLYING) and current_site().now() - batch.beat_at > INTERRUPTED_AFTER


def release(session: Session, batch: Batch) -> None:
    """Let an interrupted or failed import go back to its preview."""
    if batch.state == APPLYING:
        batch.state = STAGED
        session.flush()


def finish(
    session: Session, batch: Batch, state: str, actor: Actor, event: str, *, keep: Iterable[str] = ()
) -> None:
    """Close a batch for good: state, audit row, and its rows gone but those with a verdict of ``keep``."""
    batch.state, batch.finished_at = state, current_site().now()
    clear = delete(BatchRow).where(BatchRow.batch_id == batch.id)
    kept = list(keep)
    session.execute(clear.where(BatchRow.verdict.not_in(kept)) if kept else clear)
    session.flush()
    audit.write(
        session, actor, event, "batch", batch.public_id, area_id=batch.area_id,
        count=max(batch.total, 1), after={"sha256": batch.sha256, "counts": batch.counts},
    )  # fmt: skip


def discard(session: Session, batch: Batch, actor: Actor) -> None:
    """Give an import up before it changed anything; raises Problem batch_busy or batch_closed."""
    if batch.state not in OPEN:
        raise Problem("batch_closed", NOT_OPEN)
    if batch.state == APPLYING and not is_interrupted(batch):
        raise Problem("batch_busy", BUSY)
    finish(session, batch, DISCARDED, actor, "import.discarded")


def expire(session: Session) -> int:
    """Drop the rows of batches older than a day, and close those that nobody applied; returns how many closed."""
    limit = current_site().now() - KEPT
    old = select(Batch.id).where(Batch.created_at < limit)
    session.execute(delete(BatchRow).where(BatchRow.batch_id.in_(old)))
    closed = session.execute(
        update(Batch)
        .where(Batch.created_at < limit, Batch.state.in_(OPEN))
        .values(state=DISCARDED, finished_at=current_site().now())
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", closed).rowcount


def find_batch(session: Session, area_id: int, public_id: str) -> Batch | None:
    """The batch of this area with this outside id."""
    return session.scalar(select(Batch).where(Batch.public_id == public_id, Batch.area_id == area_id))


def same_file(session: Session, area_id: int, kind: str, sha256: str) -> Batch | None:
    """The last import of exactly this file into this area, if it stands."""
    return session.scalar(
        select(Batch)
        .where(Batch.area_id == area_id, Batch.kind == kind, Batch.sha256 == sha256, Batch.state == COMMITTED)
        .order_by(Batch.id.desc())
        .limit(1)
    )


def same_upload(session: Session, area_id: int, kind: str, sha256: str, actor: Actor) -> Batch | None:
    """The open batch of the same file by the same person: a double click makes one batch."""
    return session.scalar(
        select(Batch)
        .where(
            Batch.area_id == area_id, Batch.kind == kind, Batch.sha256 == sha256, Batch.state.in_(OPEN),
            Batch.created_by == actor.label,
        )
        .order_by(Batch.id.desc())
        .limit(1)
    )  # fmt: skip
