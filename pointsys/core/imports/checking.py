"""From the rows of a table to verdicts, for both kinds of import alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.batches import PEOPLE
from pointsys.core.imports import activity_log, people
from pointsys.core.imports.columns import Columns
from pointsys.core.imports.report import ERROR, Outcome, RowNote
from pointsys.core.imports.staging import StagedRow
from pointsys.core.imports.table import Fault, Layout, Table
from pointsys.kit.spreadsheet import Row

AnyRow = people.PersonRow | activity_log.LogRow
AnyVerdict = people.Verdict | activity_log.Verdict


def titles_of(layout: Layout, columns: Columns) -> dict[str, str]:
    """The header of each column as the user wrote it, or the template's where the sheet has none."""
    return {column.key: layout.titles.get(column.key, column.title) for column in columns.columns}


def make_judge(
    session: Session, area: Area, columns: Columns, layout: Layout
) -> people.Judge | activity_log.Judge:
    """The judge of this kind of import."""
    titles = titles_of(layout, columns)
    if columns.kind == PEOPLE:
        return people.Judge(session, area, columns, titles)
    return activity_log.Judge(session, area, columns, titles)


def judge_rows(judge: people.Judge | activity_log.Judge, rows: Sequence[AnyRow]) -> Sequence[AnyVerdict]:
    """One verdict a row, in order."""
    return judge.judge(rows)  # type: ignore[arg-type]


@dataclass
class Checked:
    """The rows of a sheet after checking: verdicts of those that could be read, faults of the others."""

    outcome: Outcome
    verdicts: Sequence[AnyVerdict]
    faults: Sequence[tuple[int, Fault]]
    cells: dict[int, Row] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows of data."""
        return len(self.verdicts) + len(self.faults)

    def errors(self) -> list[RowNote]:
        """Every fault in the order of the sheet."""
        judged = [(v.number, v.fault) for v in self.verdicts if v.fault is not None]
        return [
            RowNote(number, fault) for number, fault in sorted([*judged, *self.faults], key=lambda f: f[0])
        ]

    def flagged(self) -> list[RowNote]:
        """Rows that go in, with something to look at."""
        return [
            RowNote(verdict.number, warning)
            for verdict in self.verdicts
            if verdict.fault is None and (warning := warning_of(verdict)) is not None
        ]

    def staged(self) -> Iterator[StagedRow]:
        """The rows as they are kept until somebody agrees."""
        packer = activity_log.Packer()
        for number, fault in self.faults:
            yield StagedRow(number, ERROR, self.cells.get(number), None, fault)
        for verdict in self.verdicts:
            yield StagedRow(
                verdict.number,
                verdict.verdict,
                self.cells.get(verdict.number),
                verdict.row.pack() if isinstance(verdict, people.Verdict) else packer.pack(verdict.row),
                verdict.fault,
                warning_of(verdict),
            )


def warning_of(verdict: AnyVerdict) -> Fault | None:
    """What is odd about a row that is good all the same."""
    if isinstance(verdict, people.Verdict):
        return verdict.warning
    return verdict.row.when.warning


def check(
    session: Session,
    area: Area,
    columns: Columns,
    table: Table,
    *,
    default_kind: str = "",
    keep_cells: bool = False,
) -> Checked:
    """Read and judge every data row of a table; changes nothing."""
    reader = (
        people.Reader(table, columns)
        if columns.kind == PEOPLE
        else activity_log.Reader(table, columns, default_kind)
    )
    rows: list[AnyRow] = []
    faults: list[tuple[int, Fault]] = []
    cells: dict[int, Row] = {}
    for number, row, read in reader.rows():
        if keep_cells:
            cells[number] = row
        if isinstance(read, Fault):
            faults.append((number, read))
        else:
            rows.append(read)
    judge = make_judge(session, area, columns, table.layout)
    verdicts = judge_rows(judge, rows)
    judge.outcome.counts[ERROR] += len(faults)
    return Checked(judge.outcome, verdicts, faults, cells)
