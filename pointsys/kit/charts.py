"""Pictures of figures: each has a title, what it counts, its period and its table, and options that a browser draws.

The options are those of ECharts as plain values, without any script. Whoever cannot see the picture, or prints the
page, reads the same numbers in the table. Series differ by pattern, symbol and kind of line, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pointsys.kit.suppression import hide_small
from pointsys.kit.tables import Hidden, Kind, Table, TableColumn, Value, exported, table

# Told apart in grey print too: from dark to light.
COLOURS: Final = ("#5b8cc9", "#8a4b00", "#14532d", "#6b2f8a")
_SYMBOLS: Final = ("circle", "triangle", "rect", "diamond")
_LINES: Final = ("solid", "dashed", "dotted", "solid")
SHADES: Final = 5


@dataclass(frozen=True)
class Figure:
    """One picture; ``name`` is its own on the page and in the address of its export: "<slug>-<thing>".

    ``definition`` is one sentence that says what is counted. ``option`` is None where the table is the picture, its
    cells shaded by ``shades``. ``permission`` is what the reader needs in the area besides that of the page.
    """

    name: str
    title: str
    definition: str
    period: str
    table: Table
    option: Mapping[str, Any] | None = None
    shades: tuple[tuple[int, ...], ...] = ()
    summary: str = ""
    notes: tuple[str, ...] = ()
    permission: str | None = None

    @property
    def hides(self) -> bool:
        """Whether some of its figures are hidden because they concern too few people."""
        return any(isinstance(value, Hidden) for row in self.table.rows for value in row)


@dataclass(frozen=True)
class Series:
    """One line or row of bars of a trend; ``kind`` is that of the values, ``axis`` the title of their axis."""

    title: str
    values: Sequence[Value]
    kind: Kind = "count"
    shape: Literal["bar", "line"] = "line"
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """People whose value is at least ``low`` and less than ``high`` (None: no upper end)."""

    low: int
    high: int | None
    count: int

    def holds(self, value: int) -> bool:
        """Whether a value belongs here."""
        return self.low <= value and (self.high is None or value < self.high)

    def label(self, unit: int = 1) -> str:
        """The range in units of ``unit``: "5–10", "≥ 50"."""
        low = self.low // unit
        return f"≥ {low}" if self.high is None else f"{low}–{self.high // unit}"


@dataclass(frozen=True)
class About:
    """What every picture says of itself; see Figure."""

    name: str
    title: str
    definition: str
    period: str
    summary: str = ""
    notes: tuple[str, ...] = ()
    permission: str | None = None

    def figure(self, content: Table, option: Mapping[str, Any] | None = None, **more: Any) -> Figure:
        """The finished picture."""
        return Figure(
            name=self.name, title=self.title, definition=self.definition, period=self.period, table=content,
            option=option, summary=self.summary, notes=self.notes, permission=self.permission, **more,
        )  # fmt: skip


# --- buckets ---


def bucket_edges(counts: Mapping[int, int], unit: int = 1, most: int = 10) -> tuple[int, ...]:
    """Lower ends of equal buckets, at most ``most``, for ``counts`` of people by value (never negative).

    The width is 1, 2 or 5 times a power of ten, in units of ``unit``. Values above nine tenths of all people share
    the last bucket, so that one very diligent person does not flatten everybody else's picture.
    """
    people = sum(counts.values())
    if not people:
        return (0,)
    reached, upper = 0, 0
    for value in sorted(counts):
        reached, upper = reached + counts[value], value
        if 10 * reached >= 9 * people:
            break
    width = _width(upper, unit, most)
    last = min(max(counts) // width, upper // width + 1)
    return tuple(width * step for step in range(last + 1))


def _width(upper: int, unit: int, most: int) -> int:
    power = 1
    while True:
        for factor in (1, 2, 5):
            width = unit * power * factor
            if upper // width + 1 < most:
                return width
        power *= 10


def buckets(counts: Mapping[int, int], edges: Sequence[int]) -> tuple[Bucket, ...]:
    """How many people fall between the edges: ``counts`` is value -> people, ``edges`` the lower ends, ascending.

    Values below the first edge are left out; the last bucket has no upper end when some value needs that.
    """
    width = edges[1] - edges[0] if len(edges) > 1 else 0
    top = max((value for value, people in counts.items() if people), default=0)
    found = []
    for index, low in enumerate(edges):
        high: int | None = edges[index + 1] if index + 1 < len(edges) else low + width
        if index + 1 == len(edges) and (not width or top >= low + width):
            high = None
        bucket = Bucket(low, high, 0)
        people = sum(n for value, n in counts.items() if bucket.holds(value))
        found.append(Bucket(low, high, people))
    return tuple(found)


# --- pictures ---


def trend(about: About, label_title: str, labels: Sequence[str], series: Sequence[Series]) -> Figure:
    """Values over time, as bars and lines; series with another axis title than the first get an axis at the right."""
    axes = list(dict.fromkeys(one.axis for one in series))
    drawn = [_drawn(one, place, axes) for place, one in enumerate(series)]
    option = {
        **_common(about),
        "tooltip": {"trigger": "axis"},
        "legend": {"bottom": 0, "data": [one.title for one in series]},
        "xAxis": {"type": "category", "data": list(labels), "axisTick": {"alignWithLabel": True}},
        "yAxis": [_value_axis(title, place) for place, title in enumerate(axes[:2])],
        "series": drawn,
    }
    columns = [TableColumn(label_title), *[TableColumn(one.title, one.kind) for one in series]]
    rows = [(label, *[one.values[place] for one in series]) for place, label in enumerate(labels)]
    return about.figure(table(columns, rows), option)


def distribution(
    about: About,
    label_title: str,
    count_title: str,
    found: Sequence[Bucket],
    *,
    unit: int = 1,
    own: int | None = None,
    own_text: str = "",
) -> Figure:
    """A histogram of people; ``own`` marks the bucket of one's own value with ``own_text``."""
    labels = [bucket.label(unit) for bucket in found]
    counts = hide_small([bucket.count for bucket in found])
    data: list[Any] = []
    for bucket, count in zip(found, counts, strict=True):
        point = _plain(count, "count")
        if own is not None and bucket.holds(own):
            mark = {"show": True, "position": "top", "formatter": own_text, "fontWeight": "bold"}
            data.append({"value": point, "itemStyle": {"color": COLOURS[1]}, "label": mark})
        else:
            data.append(point)
    option = {
        **_common(about),
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": labels, "name": label_title, "nameLocation": "middle", "nameGap": 28},
        "yAxis": [_value_axis(count_title, 0)],
        "series": [{"type": "bar", "name": count_title, "data": data, "barCategoryGap": "12%"}],
    }  # fmt: skip
    rows = [
        (f"{label} ({own_text})" if own is not None and bucket.holds(own) and own_text else label, count)
        for bucket, label, count in zip(found, labels, counts, strict=True)
    ]
    columns = (TableColumn(label_title), TableColumn(count_title, "count"))
    # Where nothing but hidden figures is left there is nothing to draw; the table says why.
    seen = any(isinstance(count, int) and count for count in counts)
    return about.figure(table(columns, rows), option if seen else None)


def ranking(
    about: About,
    rank_title: str,
    name_title: str,
    value_title: str,
    lines: Sequence[tuple[int, str, int]],
    kind: Kind = "count",
) -> Figure:
    """The first of a list as bars from top to bottom; ``lines`` are (rank, name, value), the best first."""
    option = {
        **_common(about),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "name": value_title, "nameLocation": "middle", "nameGap": 28},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [f"{rank}. {name}" for rank, name, _ in lines],
        },
        "series": [
            {
                "type": "bar",
                "name": value_title,
                "data": [_plain(value, kind) for _, _, value in lines],
                "label": {"show": True, "position": "right"},
            }
        ],
    }
    columns = (TableColumn(rank_title, "count"), TableColumn(name_title), TableColumn(value_title, kind))
    return about.figure(table(columns, lines), option if lines else None)


def heat_table(
    about: About, row_title: str, rows: Sequence[tuple[str, Sequence[Value]]], columns: Sequence[TableColumn]
) -> Figure:
    """A table whose cells are shaded by size, all of one kind."""
    content = table([TableColumn(row_title), *columns], [(name, *values) for name, values in rows])
    return about.figure(content, shades=shades([values for _name, values in rows]))


def shades(
    rows: Sequence[Sequence[Value]], *, by_column: bool = False, plain: int = 0
) -> tuple[tuple[int, ...], ...]:
    """For each number a shade from 0 (nothing) to 5 (the largest); hidden and missing ones have 0.

    So have those of the last ``plain`` columns.
    """
    width = max((len(row) for row in rows), default=0)
    tops = [max((_size(row[place]) for row in rows), default=0) for place in range(width - plain)]
    if not by_column:
        tops = [max(tops, default=0)] * len(tops)
    tops += [0] * plain
    return tuple(
        tuple(-(-SHADES * _size(value) // top) if top else 0 for value, top in zip(row, tops, strict=True))
        for row in rows
    )


def _size(value: Value) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def _plain(value: Value, kind: Kind) -> int | str:
    """A number as ECharts takes it: decimals as text, so that no binary fraction stands between; "-" for a gap."""
    if value is None or isinstance(value, Hidden):
        return "-"
    out = exported(value, kind)
    return out if isinstance(out, int) else str(out)


def _drawn(one: Series, place: int, axes: Sequence[str]) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "type": one.shape,
        "name": one.title,
        "data": [_plain(value, one.kind) for value in one.values],
        "yAxisIndex": min(axes.index(one.axis), 1),
    }
    if one.shape == "line":
        look = place % len(_SYMBOLS)
        drawn |= {
            "symbol": _SYMBOLS[look],
            "symbolSize": 9,
            "lineStyle": {"type": _LINES[look], "width": 2},
            "connectNulls": False,
        }
    else:
        drawn["barMaxWidth"] = 36
    return drawn


def _value_axis(title: str, place: int) -> dict[str, Any]:
    side = "right" if place else "left"
    axis: dict[str, Any] = {
        "type": "value",
        "name": title,
        "minInterval": 1,
        "nameTextStyle": {"align": side},
    }
    if place:
        axis |= {"position": "right", "splitLine": {"show": False}}
    return axis


def _common(about: About) -> dict[str, Any]:
    # Said to those who do not see the picture; the numbers stand in the table.
    told = f"{about.title} – {about.summary or about.definition}"
    return {
        "color": list(COLOURS),
        "animation": False,
        "aria": {"enabled": True, "label": {"description": told}, "decal": {"show": True}},
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 40, "containLabel": True},
    }
