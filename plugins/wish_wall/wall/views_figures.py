"""Figures of wishes, drawn and as files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    Figure,
    ListColumn,
    MonthSpan,
    Paged,
    add_months,
    area_scope,
    current_area,
    current_site,
    export_asked,
    list_args,
    read_scope,
    send_list,
    show,
)

from . import statistics

blueprint = Blueprint("wishes_wall_figures", __name__)

View = Any
LAST_TWELVE = "12"
YEARS_OFFERED = 3
TITLES = {
    "wishes-months": N_("Micro-wishes by month"),
    "wishes-kinds": N_("Micro-wishes by kind"),
    "wishes-areas": N_("Micro-wishes by area"),
    "wishes-waits": N_("How long wishes wait for a claim"),
}


@blueprint.get("/a/<code>/wishes/figures")
@area_scope(statistics.VIEW)
def index(code: str) -> View:
    """Collected, claimed, come true, and how long it took; one picture as a file when its name is asked for."""
    args = list_args("period", "figure")
    key, period = _period(args["period"])
    with read_scope() as session:
        found = statistics.told(session, current_area(), period.first_day, period.last_day)
        drawn = statistics.pictures(found, period)
        if export_asked():
            return _file(next((one for one in drawn if one.name == args["figure"]), None))
        return show(
            "wishes/figures.html",
            found=found,
            counts=[
                statistics.hidden_if_few(number)
                for number in (found.total.collected, found.total.claimed, found.total.realised)
            ],
            few=0 < len(found.total.waits) < statistics.LEAST,
            figures=drawn,
            period=period,
            key=key,
            choices=_choices(),
        )


def _file(figure: Figure | None) -> View:
    if figure is None:
        abort(404)
    columns = [
        ListColumn(column.title, lambda row, place=place: row[place], column.kind)  # type: ignore[misc]
        for place, column in enumerate(figure.table.columns)
    ]
    rows = [*figure.table.rows, *([figure.table.total] if figure.table.total is not None else [])]
    return send_list(TITLES[figure.name], columns, lambda _page, _size: Paged.whole(rows))


def _period(asked: str) -> tuple[str, MonthSpan]:
    """The year asked for, or the last twelve months for anything else."""
    today = current_site().today()
    if asked in {key for key, _title in _choices()} - {LAST_TWELVE}:
        return asked, MonthSpan(f"{asked}-01", f"{asked}-12")
    month = today.strftime("%Y-%m")
    return LAST_TWELVE, MonthSpan(add_months(month, -11), month)


def _choices() -> list[tuple[str, str]]:
    this_year = current_site().today().year
    years = [str(year) for year in range(this_year, this_year - YEARS_OFFERED, -1)]
    return [
        (LAST_TWELVE, gettext("The last twelve months")),
        *[(year, gettext("Year %(year)s", year=year)) for year in years],
    ]
