"""Pictures of an area's figures: those of the core and of its plugins, each with its table and its export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import figures
from pointsys.core.figures import MonthFigures, Overview
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.charts import About, Figure, Series, heat_table, trend
from pointsys.kit.months import LAST_YEAR, MonthSpan, add_months, month_of
from pointsys.kit.tables import HIDDEN, LEAST, TableColumn, Value, shown
from pointsys.web import slots
from pointsys.web.access import area_scope, current_area
from pointsys.web.downloads import as_sheet, cut_off, send_csv, send_sheets
from pointsys.web.frame import show
from pointsys.web.lists import clean_arg
from pointsys.web.menu import note_failures
from pointsys.web.slots import Slot

blueprint = Blueprint("figures", __name__)
blueprint.add_app_template_filter(shown, "figure")

View = tuple[str, int]

LAST_TWELVE = "12"
_YEARS_OFFERED = 3
_OLDEST_YEAR = 2000
# More areas than this are no picture any more.
MOST_AREAS = 100


@dataclass(frozen=True)
class PeriodChoice:
    """A period to choose: how it stands in the address, and its words."""

    key: str
    title: str


@blueprint.get("/a/<code>/figures")
@area_scope("log.view")
def index(code: str) -> View:
    """All pictures of the area for the period asked for."""
    key, period = _period()
    with read_scope() as session:
        own = [*_own(session, period)]
        return show(
            "figures/index.html",
            own=own,
            slots=slots.figures(session, period),
            period=period,
            key=key,
            choices=_choices(key),
            as_of=cut_off(current_site().now()),
        )


@blueprint.get("/a/<code>/figures/<name>.<form>")
@area_scope("log.view")
def export(code: str, name: str, form: str) -> Response:
    """The numbers of one picture as a file."""
    if form not in ("xlsx", "csv"):
        abort(404)
    _key, period = _period()
    with read_scope() as session:
        found = _named(name, _own(session, period)) or _named(name, _pictures(slots.figures(session, period)))
    note_failures()
    if found is None:
        abort(404)
    area = current_area()
    notes = [found.definition, found.period, cut_off(current_site().now()), *found.notes]
    if found.hides:
        notes.append(hidden_note())
    sheet = as_sheet(found.title, found.table, (f"{area.name} {found.title}", *notes))
    file_name = f"{area.name}-{found.title}-{period.text}"
    return send_csv(file_name, sheet) if form == "csv" else send_sheets(file_name, [sheet])


def hidden_note() -> str:
    """Why some figures are not shown."""
    return str(
        gettext(
            "“*” stands for a figure that is not shown: about fewer than five people, or one that would give such a "
            "figure away."
        )
    )


def _named(name: str, pictures: Iterable[Figure]) -> Figure | None:
    return next((figure for figure in pictures if figure.name == name), None)


def _pictures(found: Sequence[Slot]) -> Iterable[Figure]:
    return (figure for slot in found for figure in slot.parts)


# --- the period ---


def _period() -> tuple[str, MonthSpan]:
    """The period asked for: a year, or the last twelve months for anything else."""
    asked = clean_arg("period")
    today = current_site().today()
    if asked.isascii() and asked.isdigit() and len(asked) == 4 and _OLDEST_YEAR <= int(asked) <= LAST_YEAR:
        return asked, MonthSpan(f"{asked}-01", f"{asked}-12")
    month = month_of(today)
    return LAST_TWELVE, MonthSpan(add_months(month, -11), month)


def _choices(chosen: str) -> list[PeriodChoice]:
    this_year = current_site().today().year
    years = [str(year) for year in range(this_year, this_year - _YEARS_OFFERED, -1)]
    if chosen != LAST_TWELVE and chosen not in years:
        years.append(chosen)
    choices = [PeriodChoice(LAST_TWELVE, gettext("The last twelve months"))]
    return choices + [PeriodChoice(year, gettext("Year %(year)s", year=year)) for year in years]


# --- the core's own pictures ---


def _own(session: Session, period: MonthSpan) -> Iterable[Figure]:
    found = figures.overview(session, current_area().id, period.months)
    yield _trend(found.months, period)
    if found.children:
        yield _heat(found, period)


def _trend(found: Sequence[MonthFigures], period: MonthSpan) -> Figure:
    entries = sum(month.entries for month in found)
    activities = sum(month.activities for month in found)
    about = About(
        name="core-trend",
        title=gettext("Activities and people by month"),
        definition=gettext(
            "Activities held in the area; confirmed person-times and different people of those who belong here, "
            "on the day of the activity."
        ),
        period=period.text,
        summary=gettext(
            "%(activities)s activities and %(entries)s person-times in %(period)s.",
            activities=f"{activities:,}",
            entries=f"{entries:,}",
            period=period.text,
        ),
    )
    held, counted = gettext("Number of activities"), gettext("Person-times and people")
    person_times = [_about_people(month.entries, month.people) for month in found]
    people = [_about_people(month.people, month.people) for month in found]
    series = [
        Series(gettext("Activities"), [month.activities for month in found], shape="bar", axis=held),
        Series(gettext("Person-times"), person_times, axis=counted),
        Series(gettext("People taking part"), people, axis=counted),
    ]
    return trend(about, gettext("Month"), [month.month for month in found], series)


def _about_people(value: int, people: int) -> Value:
    """A figure about so many people, hidden where they are too few."""
    return HIDDEN if 0 < people < LEAST else value


def _heat(found: Overview, period: MonthSpan) -> Figure:
    about = About(
        name="core-heat",
        title=gettext("Person-times of the areas below by month"),
        definition=gettext(
            "Confirmed entries of the people who belong to each area; the darker a cell, the larger its number."
        ),
        period=period.text,
        notes=(_first_of_many(len(found.children)),) if len(found.children) > MOST_AREAS else (),
    )
    rows = [
        (
            child.name,
            [
                _about_people(*found.by_month.get(child.area_id, {}).get(month, (0, 0)))
                for month in period.months
            ],
        )
        for child in found.children[:MOST_AREAS]
    ]
    return heat_table(about, gettext("Area"), rows, [TableColumn(month, "count") for month in period.months])


def _first_of_many(areas: int) -> str:
    text = gettext("The first %(shown)s of %(total)s areas by code.", shown=MOST_AREAS, total=f"{areas:,}")
    return str(text)
