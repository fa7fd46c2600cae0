"""Figures of wishes: collected, claimed, fulfilled, and how long they waited; small numbers are hidden.

All figures are about wishes that were handed in within the period, whenever they were claimed or fulfilled. One
statement brings their dates, one the areas right below; the rest is arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    HIDDEN,
    About,
    Actor,
    Area,
    AreaClosure,
    Bucket,
    Figure,
    MonthSpan,
    ReportSection,
    Series,
    Table,
    TableColumn,
    current_site,
    distribution_figure,
    heat_figure,
    hide_small,
    make_table,
    subtree,
    trend_figure,
)

from ..models import CATEGORIES, REALIZED, WishesWish
from ..words import CATEGORIES as CATEGORY_WORDS
from ..words import midnight

# Numbers about fewer wishes than this would tell something about one of them.
LEAST = 5
# Days of waiting, as lower ends: within a day, some days, a week, two, a month.
WAITS = (0, 1, 3, 7, 14, 30)
VIEW = "wishes.view"


@dataclass
class Tally:
    """Wishes handed in, claimed at least once, and fulfilled; ``waits`` are whole minutes from the wall to a claim."""

    collected: int = 0
    claimed: int = 0
    realised: int = 0
    waits: list[int] = field(default_factory=list)

    @property
    def median_wait(self) -> int | None:
        """The median of ``waits`` in minutes, rounded down; None where nothing was claimed."""
        found, half = sorted(self.waits), len(self.waits) // 2
        if not found:
            return None
        return found[half] if len(found) % 2 else (found[half - 1] + found[half]) // 2


@dataclass(frozen=True)
class Told:
    """The figures of a period: of all wishes, by month, by category, and by those areas right below that have any."""

    total: Tally
    by_month: Mapping[str, Tally]
    by_category: Mapping[str, Tally]
    by_area: Sequence[tuple[str, Tally]]


@dataclass(frozen=True)
class _Row:
    """What is counted of a wish."""

    area_id: int
    category: str
    state: str
    submitted_at: datetime
    reviewed_at: datetime | None
    published_at: datetime | None
    claimed_at: datetime | None


def told(session: Session, area: Area, first: date, last: date) -> Told:
    """Figures of the wishes of ``area`` and below handed in from ``first`` to ``last`` (both inside)."""
    areas = _areas_below(session, area)
    total, months, kinds = Tally(), dict[str, Tally](), {key: Tally() for key in CATEGORIES}
    places: dict[str, Tally] = {}
    here = gettext("%(area)s itself", area=area.name)
    for row in _rows(session, area, first, last):
        place = areas.get(row.area_id, here)
        month = current_site().local(row.submitted_at).strftime("%Y-%m")
        tallies = (
            total,
            months.setdefault(month, Tally()),
            kinds.setdefault(row.category, Tally()),
            places.setdefault(place, Tally()),
        )
        for tally in tallies:
            _count(tally, row)
    names = [*dict.fromkeys(areas.values()), here]
    return Told(total, months, kinds, [(name, places[name]) for name in names if name in places])


def _rows(session: Session, area: Area, first: date, last: date) -> Iterable[_Row]:
    wish = WishesWish
    query = select(
        wish.area_id, wish.category, wish.state, wish.submitted_at, wish.reviewed_at, wish.published_at,
        wish.frozen_at,
    ).where(
        wish.area_id.in_(subtree(area.id)),
        wish.submitted_at >= midnight(first),
        wish.submitted_at < midnight(last, 1),
    )  # fmt: skip
    return (_Row(*row) for row in session.execute(query))


def _areas_below(session: Session, area: Area) -> dict[int, str]:
    """Id of every area below -> the name of the one right below ``area`` that it belongs to, by code."""
    child = (
        select(Area.id, Area.name, Area.code)
        .where(Area.parent_id == area.id, Area.closed_on.is_(None))
        .subquery()
    )
    found = session.execute(
        select(AreaClosure.descendant_id, child.c.name)
        .join(child, child.c.id == AreaClosure.ancestor_id)
        .order_by(child.c.code, AreaClosure.depth)
    )
    return {row[0]: row[1] for row in found}


def _count(tally: Tally, row: _Row) -> None:
    tally.collected += 1
    tally.realised += row.state == REALIZED
    if row.claimed_at is None:
        return
    tally.claimed += 1
    since = row.reviewed_at or row.published_at
    if since is not None:
        tally.waits.append(max(0, int((row.claimed_at - since).total_seconds()) // 60))


# --- tables ---


def _columns(first: str) -> tuple[TableColumn, ...]:
    return (
        TableColumn(first),
        TableColumn(gettext("Wishes handed in"), "count"),
        TableColumn(gettext("Claimed"), "count"),
        TableColumn(gettext("Come true"), "count"),
        TableColumn(gettext("Median wait for a claim (hours)"), "hours"),
    )


def hidden_if_few(count: int) -> object:
    """A count, hidden where it is about too few wishes."""
    return HIDDEN if 0 < count < LEAST else count


def _wait(tally: Tally) -> object:
    return HIDDEN if 0 < len(tally.waits) < LEAST else tally.median_wait


def made_table(title: str, lines: Sequence[tuple[str, Tally]], total: Tally) -> Table:
    """Lines of figures with their total; small ones are hidden, together with those that would give them away."""
    shown = [
        hide_small([getattr(tally, name) for _label, tally in lines], LEAST)
        for name in ("collected", "claimed", "realised")
    ]
    rows = [
        (label, *[column[place] for column in shown], _wait(tally))
        for place, (label, tally) in enumerate(lines)
    ]
    sums = [hidden_if_few(number) for number in (total.collected, total.claimed, total.realised)]
    return make_table(_columns(title), rows, (gettext("Total"), *sums, _wait(total)))  # type: ignore[arg-type]


def by_category(found: Told) -> Table:
    """The figures by what is wished for."""
    lines = [(str(gettext(CATEGORY_WORDS[key])), tally) for key, tally in found.by_category.items()]
    return made_table(gettext("Kind"), lines, found.total)


def by_area(found: Told) -> Table:
    """The figures by the areas right below, and the area itself."""
    return made_table(gettext("Area"), found.by_area, found.total)


# --- pictures ---


def figures(session: Session, area: Area, period: MonthSpan, actor: Actor) -> Sequence[Figure]:
    """All pictures for the months of ``period``."""
    return pictures(told(session, area, period.first_day, period.last_day), period)


def pictures(found: Told, period: MonthSpan) -> list[Figure]:
    """The pictures of figures that are known."""
    return [
        _months(found, period),
        _kinds(found, period),
        *([_areas(found, period)] if len(found.by_area) > 1 else []),
        _waits(found, period),
    ]


def _about(name: str, title: str, definition: str, period: MonthSpan) -> About:
    return About(f"wishes-{name}", title, definition, period.text, permission=VIEW)


def _bars(about: About, title: str, lines: Sequence[tuple[str, Tally]], content: Table) -> Figure:
    """Three bars for each line, and the table that says the same."""
    axis = gettext("Number of wishes")
    series = [
        Series(
            column.title, [row[place] for row in content.rows[: len(lines)]], shape="bar", axis=axis
        )
        for place, column in enumerate(content.columns[1:4], start=1)
    ]  # fmt: skip
    drawn = trend_figure(about, title, [label for label, _tally in lines], series)
    seen = any(isinstance(value, int) and value for one in series for value in one.values)
    return replace(drawn, table=content, option=drawn.option if seen else None)


def _months(found: Told, period: MonthSpan) -> Figure:
    title = gettext("Month")
    lines = [(month, found.by_month.get(month, Tally())) for month in period.months]
    about = _about(
        "months",
        gettext("Micro-wishes by month"),
        gettext("Wishes handed in in the month, and how many of them were claimed and came true up to now."),
        period,
    )
    return _bars(about, title, lines, made_table(title, lines, found.total))


def _kinds(found: Told, period: MonthSpan) -> Figure:
    title = gettext("Kind")
    lines = [(str(gettext(CATEGORY_WORDS[key])), tally) for key, tally in found.by_category.items()]
    about = _about(
        "kinds",
        gettext("Micro-wishes by kind"),
        gettext(
            "Wishes handed in in the period by what is wished for, and how many were claimed and came true."
        ),
        period,
    )
    return _bars(about, title, lines, made_table(title, lines, found.total))


def _areas(found: Told, period: MonthSpan) -> Figure:
    content = by_area(found)
    about = _about(
        "areas",
        gettext("Micro-wishes by area"),
        gettext(
            "Wishes handed in in the period by where the wisher belongs, and how many were claimed and came true; "
            "areas without a wish are left out."
        ),
        period,
    )
    shaded = heat_figure(
        about, gettext("Area"), [(str(row[0]), row[1:4]) for row in content.rows], content.columns[1:4]
    )
    # The wait is no number of wishes, and stays plain.
    return replace(shaded, table=content, shades=tuple((*row, 0) for row in shaded.shades))


def _waits(found: Told, period: MonthSpan) -> Figure:
    days = [minutes // (24 * 60) for minutes in found.total.waits]
    about = _about(
        "waits",
        gettext("How long wishes wait for a claim"),
        gettext(
            "Claimed wishes by days from the wall to the first claim, from the first number up to below the second."
        ),
        period,
    )
    counted = [
        Bucket(low, high, sum(low <= day and (high is None or day < high) for day in days))
        for low, high in zip(WAITS, (*WAITS[1:], None), strict=True)
    ]
    return distribution_figure(
        about, gettext("Days of waiting"), gettext("Number of wishes"), counted if days else ()
    )


# --- the month report ---


def report_sections(session: Session, area: Area, month: str) -> Sequence[ReportSection]:
    """The month's wishes by kind and by area."""
    span = MonthSpan(month, month)
    found = told(session, area, span.first_day, span.last_day)
    definition = gettext(
        "Wishes handed in in the month, and how many of them were claimed and came true up to now."
    )
    sections = [_section(gettext("Micro-wishes"), by_category(found), definition)]
    if len(found.by_area) > 1:
        sections.append(_section(gettext("Micro-wishes by area"), by_area(found), definition))
    return sections


def _section(title: str, content: Table, definition: str) -> ReportSection:
    return ReportSection(title, content, definition, "", title, VIEW)
