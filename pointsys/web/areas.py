"""An area's first page, the workbench: what waits, this month against the last, plugins' cards, and the areas below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext

from pointsys.core import figures
from pointsys.core.areas.models import Area
from pointsys.core.figures import ChildFigures, MonthFigures
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.core.workbench import DECIDE_WITHIN, MOST_DATED, OpenWork, open_work
from pointsys.kit.charts import shades
from pointsys.kit.months import add_months, month_of
from pointsys.kit.tables import Table, TableColumn, table
from pointsys.web import slots
from pointsys.web.access import area_scope, current_actor, current_area, current_plugins, may
from pointsys.web.checklist import checklist, fact_columns
from pointsys.web.frame import page_url, show

blueprint = Blueprint("areas", __name__)

View = tuple[str, int]

# More areas than this are looked up in the tree.
MOST_AREAS = 60


@dataclass(frozen=True)
class Todo:
    """One line of what waits: how much of it, where to do it, and whether it waits too long already."""

    count: int
    title: str
    note: str = ""
    href: str = ""
    overdue: bool = False


@dataclass(frozen=True)
class MonthCard:
    """A figure of this month with that of the last, and the page that has its detail."""

    title: str
    value: int
    last: int
    href: str


@dataclass(frozen=True)
class Heat:
    """The areas below as a shaded table, each row with the address of its area."""

    table: Table
    shades: tuple[tuple[int, ...], ...]
    links: list[str]


@blueprint.get("/a/<code>/")
@area_scope("areas.view")
def overview(code: str) -> View:
    """What waits in the area, how its month goes, and the way further down."""
    area, site = current_area(), current_site()
    month = month_of(site.today())
    with read_scope() as session:
        work = open_work(
            session, area.id, site.now(), fact_columns(area), account_id=current_actor().account_id
        )
        # Asked together with the rest, so that menu and cards need not ask again.
        g.live_plugins = current_plugins() - work.stopped
        found = figures.overview(session, area.id, [add_months(month, -1), month])
        below = found.children[:MOST_AREAS]
        return show(
            "areas/overview.html",
            area=area,
            people=found.people,
            checklist=checklist(area, work.extra),
            todos=_todos(area, work),
            month=month,
            cards=_month_cards(area, *found.months) if may("log.view") else [],
            children=below,
            more=len(found.children) if len(found.children) > MOST_AREAS else 0,
            heat=_heat(below) if below and may("log.view") else None,
            slots=slots.dashboard_cards(session),
        )


def _todos(area: Area, work: OpenWork) -> list[Todo]:
    """What the reader may do something about, the overdue first."""
    found = []
    if may("log.view"):
        found += [_unconfirmed(area, work), _objections(area, work)]
    if may("people.import"):
        found += _imports(area, work)
    if may("exports.approve"):
        found.append(_exports(area, work))
    found.append(_waiting(work))
    if may("plugins.switch"):
        found += _stopped(area, work)
    return sorted((todo for todo in found if todo.count), key=lambda todo: not todo.overdue)


def _unconfirmed(area: Area, work: OpenWork) -> Todo:
    oldest = work.oldest_entry
    notes = []
    if oldest and work.counts.unconfirmed <= MOST_DATED:
        notes.append(gettext("the oldest is of %(day)s", day=oldest.isoformat()))
    if not may("log.decide"):
        notes.append(gettext("others confirm them; the list says who"))
    elif work.own_entries:
        notes.append(
            gettext("%(n)s you recorded yourself: a second person confirms those", n=work.own_entries)
        )
    return Todo(
        work.counts.unconfirmed,
        gettext("Entries to be confirmed"),
        "；".join(notes),
        url_for("log.entries", code=area.code, status="pending"),
        oldest is not None and current_site().today() - oldest > DECIDE_WITHIN,
    )


def _objections(area: Area, work: OpenWork) -> Todo:
    due = work.objection_due
    return Todo(
        work.objections,
        gettext("Open objections"),
        gettext("to be answered by %(day)s", day=due.isoformat()) if due else "",
        page_url("objections.index", code=area.code),
        due is not None and due < current_site().today(),
    )


def _imports(area: Area, work: OpenWork) -> list[Todo]:
    address = url_for("imports.start", code=area.code)
    open_note = gettext("finish or discard them; they are kept for a day")
    faulty_note = gettext("correct these rows and bring them again")
    return [
        Todo(work.imports_open, gettext("Imports left open"), open_note, address),
        Todo(work.imports_faulty, gettext("Imports that left rows out"), faulty_note, address),
    ]


def _exports(area: Area, work: OpenWork) -> Todo:
    return Todo(
        work.exports,
        gettext("Exports that wait for a second person"),
        gettext("long lists with phones or ID numbers"),
        url_for("exports.index", code=area.code),
    )


def _waiting(work: OpenWork) -> Todo:
    return Todo(
        work.counts.waiting,
        gettext("People not computed yet"),
        gettext("their hours and points come in a moment"),
    )


def _stopped(area: Area, work: OpenWork) -> list[Todo]:
    host = current_site().host
    titles = [
        str(gettext(info.title))
        for name, info in host.plugins.items()
        if name in work.stopped & current_plugins()
    ]
    note = gettext("%(names)s: it failed several times", names=", ".join(titles))
    return [
        Todo(
            len(titles),
            gettext("Stopped plugins"),
            note,
            url_for("plugins.index", code=area.code),
            overdue=True,
        )
    ]


def _month_cards(area: Area, last: MonthFigures, now: MonthFigures) -> list[MonthCard]:
    report = url_for("report.month", code=area.code, month=now.month)
    since: dict[str, Any] = {"from": f"{now.month}-01"}
    activities = url_for("activities.index", code=area.code, **since)
    return [
        MonthCard(gettext("Activities"), now.activities, last.activities, activities),
        MonthCard(gettext("Person-times"), now.entries, last.entries, report),
        MonthCard(gettext("People taking part"), now.people, last.people, report),
    ]


def _heat(below: list[ChildFigures]) -> Heat:
    rows = [(child.entries, child.month_people, child.people) for child in below]
    columns = (
        TableColumn(gettext("Area")),
        TableColumn(gettext("Person-times"), "count"),
        TableColumn(gettext("People taking part"), "count"),
        TableColumn(gettext("People who belong here"), "count"),
    )
    return Heat(
        table(columns, [(child.name, *row) for child, row in zip(below, rows, strict=True)]),
        shades(rows, by_column=True, plain=1),
        [url_for("areas.overview", code=child.code) for child in below],
    )
