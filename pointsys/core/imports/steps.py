"""What the command line and the browser's wizard share: choices, progress, checking, and staging in short steps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.batches import STAGED, Batch
from pointsys.core.imports import staging
from pointsys.core.imports.checking import Checked, check
from pointsys.core.imports.columns import columns_for
from pointsys.core.imports.table import Table
from pointsys.core.people.groups import chunks
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem

# (phase, done, total): phases are checking, staging, applying and deriving; a total of 0 is not known.
Progress = Callable[[str, int, int], None]


MAX_REASON = 200


REASON_TOO_LONG = N_("Shorten the reason to 200 characters.")
NO_ROWS = N_("There is no row of data below the titles.")


def silent(phase: str, done: int, total: int) -> None:
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


def file_digest(source: Path | bytes) -> str:
    """SHA-256 of a file, by which its second coming is noticed."""
    return hashlib.sha256(source if isinstance(source, bytes) else source.read_bytes()).hexdigest()


def check_table(
    session: Session, area_id: int, table: Table, kind: str, choices: Choices, keep_cells: bool = False
) -> Checked:
    """Read and judge a table; raises Problem empty_workbook when it has no row of data."""
    area = session.get_one(Area, area_id)
    columns = columns_for(session, area_id, kind)
    checked = check(session, area, columns, table, default_kind=choices.default_kind, keep_cells=keep_cells)
    if not checked.total:
        raise Problem("empty_workbook", NO_ROWS)
    return checked


_Write = Callable[[Session, int, str, Iterable[staging.StagedRow]], None]


def write_rows(
    batch_id: int,
    public_id: str,
    rows: Iterable[staging.StagedRow],
    total: int,
    write: _Write,
    progress: Progress,
) -> None:
    """Write rows in transactions that no other writer waits long for, with a beat in each."""
    done = 0
    for part in chunks(rows, staging.CHUNK):
        with unit_of_work(drain=False) as session:
            write(session, batch_id, public_id, part)
            done += len(part)
            staging.beat(session, batch_id, done)
        progress("staging", done, total)


def mark_staged(session: Session, batch: Batch, actor: Actor) -> None:
    """The preview of a batch is complete."""
    batch.state = STAGED
    session.flush()
    audit.write(
        session, actor, "import.staged", "batch", batch.public_id, area_id=batch.area_id,
        count=max(batch.total, 1), after={"sha256": batch.sha256, "counts": batch.counts},
    )  # fmt: skip
