"""The core's tables of a month report: figures against earlier months, areas below, kinds, and what was held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.core.activity_log.by_kind import KindFigures, by_kind
from pointsys.core.activity_log.queries import ActivityFilters, list_activities
from pointsys.core.areas.models import Area
from pointsys.core.figures import Overview
from pointsys.core.pages import ReportSection
from pointsys.kit.months import add_months, first_day, last_day
from pointsys.kit.tables import TableColumn, Value, change_tenths, table
from pointsys.web.words import month_words

# A list that somebody prints; what is beyond stands in the list of activities.
MOST_ACTIVITIES = 500


@dataclass(frozen=True)
class Compared:
    """The months of a report: its own, the one before, and the same one of the year before."""

    month: str
    before: str
    year_ago: str

    @property
    def all(self) -> list[str]:
        """In order, the report's own last."""
        return [self.year_ago, self.before, self.month]

    @classmethod
    def of(cls, month: str) -> Compared:
        """The months to compare with ``month``."""
        return cls(month, add_months(month, -1), add_months(month, -12))


def key_figures(found: Overview, months: Compared) -> ReportSection:
    """The month against the two others."""
    year_ago, before, now = found.months
    lines = [
        (gettext("Activities"), "activities", gettext("Activities held in the area with a confirmed entry.")),
        (gettext("Person-times"), "entries", gettext("Confirmed entries of people who belong to the area.")),
        (
            gettext("People taking part"),
            "people",
            gettext("Different people behind them; somebody who moved within the month counts in each area."),
        ),
        (
            gettext("Entries to be confirmed"),
            "unconfirmed",
            gettext("Recorded here for the month, and in no other figure until confirmed."),
        ),
    ]
    rows = []
    for title, name, _definition in lines:
        value, last, past = (getattr(line, name) for line in (now, before, year_ago))
        changes = value - last, change_tenths(value, last), past, change_tenths(value, past)
        rows.append((title, value, last, *changes))
    columns = (
        TableColumn(gettext("Figure")),
        TableColumn(month_words(months.month), "count"),
        TableColumn(month_words(months.before), "count"),
        TableColumn(gettext("Difference"), "change"),
        TableColumn(gettext("Difference in percent"), "percent"),
        TableColumn(month_words(months.year_ago), "count"),
        TableColumn(gettext("Difference in percent"), "percent"),
    )
    return ReportSection(
        gettext("Figures of the month"),
        table(columns, rows),
        note="\n".join(
            gettext("%(title)s: %(text)s", title=title, text=definition) for title, _name, definition in lines
        ),
        sheet=gettext("Overview"),
    )


def areas_below(area: Area, found: Overview, months: Compared) -> ReportSection:
    """The areas right below against the month before, and what belongs to none of them."""
    _year_ago, last, total = found.months
    rows: list[Sequence[Value]] = []
    rest = [total.entries, total.people, last.entries]
    for child in found.children:
        earlier = found.by_month.get(child.area_id, {}).get(months.before, (0, 0))[0]
        rows.append(
            (child.name, child.people, child.entries, child.month_people, earlier, child.entries - earlier)
        )
        rest = [a - b for a, b in zip(rest, (child.entries, child.month_people, earlier), strict=True)]
    if any(rest):
        name = gettext("%(area)s itself and closed areas", area=area.name)
        rows.append((name, None, *rest, rest[0] - rest[2]))
    change = total.entries - last.entries
    columns = (
        TableColumn(gettext("Area")),
        TableColumn(gettext("People who belong here"), "count"),
        TableColumn(gettext("Person-times"), "count"),
        TableColumn(gettext("People taking part"), "count"),
        TableColumn(gettext("Person-times, %(month)s", month=month_words(months.before)), "count"),
        TableColumn(gettext("Difference"), "change"),
    )
    return ReportSection(
        gettext("Areas below"),
        table(columns, rows, (gettext("Total"), None, total.entries, total.people, last.entries, change)),
        gettext("Confirmed entries of the people who belong to each area, wherever they took part."),
        sheet=gettext("Areas"),
    )  # fmt: skip


def kinds(session: Session, area: Area, months: Compared) -> ReportSection:
    """What was done by kind, against the month before."""
    now = _kinds_of(session, area.id, months.month)
    before = _kinds_of(session, area.id, months.before)
    nothing = KindFigures("")
    order = sorted(now, key=lambda kind: (-now[kind].entries, -now[kind].activities, now[kind].title))
    order += [kind for kind in before if kind not in now]
    rows = []
    for kind in order:
        line, earlier = now.get(kind, nothing), before.get(kind, nothing)
        title = line.title or earlier.title
        rows.append(
            (
                title,
                line.activities,
                line.entries,
                line.people,
                earlier.entries,
                line.entries - earlier.entries,
            )
        )
    columns = (
        TableColumn(gettext("Kind of activity")),
        TableColumn(gettext("Activities"), "count"),
        TableColumn(gettext("Person-times"), "count"),
        TableColumn(gettext("People"), "count"),
        TableColumn(gettext("Person-times, %(month)s", month=month_words(months.before)), "count"),
        TableColumn(gettext("Difference"), "change"),
    )
    return ReportSection(
        gettext("Kinds of activity"),
        table(columns, rows),
        gettext("Activities held in the area; confirmed entries and different people of those who belong here."),
        sheet=gettext("Kinds"),
    )  # fmt: skip


def _kinds_of(session: Session, area_id: int, month: str) -> Mapping[int, KindFigures]:
    return by_kind(session, area_id, first_day(month), last_day(month))


def activities(session: Session, area: Area, month: str) -> ReportSection:
    """What was held, by date, at most ``MOST_ACTIVITIES``."""
    filters = ActivityFilters(from_on=first_day(month), to_on=last_day(month))
    page = list_activities(session, area.id, filters, size=MOST_ACTIVITIES, sort="date")
    rows: list[Sequence[Value]] = [
        (
            row.activity.title,
            row.activity.local_date,
            row.kind,
            row.activity.organiser or row.area_name,
            row.confirmed,
            row.pending,
            row.minutes,
        )
        for row in page.rows
    ]
    columns = (
        TableColumn(gettext("Activity")),
        TableColumn(gettext("Date"), "date"),
        TableColumn(gettext("Kind")),
        TableColumn(gettext("Organised by")),
        TableColumn(gettext("Person-times"), "count"),
        TableColumn(gettext("To be confirmed"), "count"),
        TableColumn(gettext("Hours on site"), "hours"),
    )
    note = ""
    if page.total > len(page.rows):
        note = gettext(
            "The first %(shown)s of %(total)s activities; the list of activities has them all.",
            shown=f"{len(page.rows):,}",
            total=f"{page.total:,}",
        )
    return ReportSection(
        gettext("Activities of the month"),
        table(columns, rows),
        gettext(
            "Everything recorded in the area, also for people from elsewhere; hours as attended, before rules are "
            "applied."
        ),
        note,
        gettext("Activities"),
    )
