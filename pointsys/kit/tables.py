"""Tables of figures as plain values: one form for pages, pictures and exported sheets.

Values are whole numbers all the way; the kind of a column says how they are written: minutes as hours, hundredths as
points. Nothing here knows where the figures come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final, Literal

from pointsys.kit.intervals import format_hours


class Hidden(Enum):
    """In place of a figure about so few people that it would tell something about one of them."""

    HIDDEN = "*"


HIDDEN: Final = Hidden.HIDDEN
# Figures about fewer people than this are not shown in pictures.
LEAST: Final = 5

Kind = Literal["text", "count", "hours", "hundredths", "change", "percent", "date"]
Value = str | int | date | None | Hidden


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its title, and how its values are written.

    "count" a whole number, "hours" minutes written as hours, "hundredths" points, "change" a count with its sign,
    "percent" tenths of a percent with their sign, "text" and "date" as they are.
    """

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns, rows of as many values, and perhaps a last row with totals; None is a figure there is none of."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None


def table(
    columns: Sequence[TableColumn], rows: Sequence[Sequence[Value]], total: Sequence[Value] | None = None
) -> Table:
    """A table of any sequences."""
    return Table(
        tuple(columns), tuple(tuple(row) for row in rows), tuple(total) if total is not None else None
    )


def hundredths(value: int) -> str:
    """Hundredths with their point: 1250 -> "12.50"."""
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 100:,}.{abs(value) % 100:02d}"


def _tenths(value: int) -> str:
    sign = "-" if value < 0 else "+"
    return f"{sign}{abs(value) // 10:,}.{abs(value) % 10}%"


def shown(value: Value, kind: Kind) -> str:
    """A value as a page writes it; "–" where there is none."""
    if value is None:
        return "–"
    if isinstance(value, Hidden):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    if kind == "hours":
        return format_hours(value)
    if kind == "hundredths":
        return hundredths(value)
    if kind == "change":
        return f"{value:+,}" if value else "0"
    if kind == "percent":
        return _tenths(value)
    return f"{value:,}"


def exported(value: Value, kind: Kind) -> str | int | date | Decimal | None:
    """A value as a sheet holds it: numbers stay numbers; hidden ones are a text."""
    if value is None or isinstance(value, str | date):
        return value
    if isinstance(value, Hidden):
        return str(value.value)
    if kind == "hours":
        return Decimal(format_hours(value))
    if kind == "hundredths":
        return Decimal(value).scaleb(-2)
    if kind == "percent":
        return Decimal(value).scaleb(-1)
    return value


def change_tenths(now: int, before: int) -> int | None:
    """The change in tenths of a percent, half away from zero; None where there was nothing before."""
    if not before:
        return None
    doubled = 2 * 1000 * (now - before)
    size = (abs(doubled) + before) // (2 * before)
    return -size if doubled < 0 else size
