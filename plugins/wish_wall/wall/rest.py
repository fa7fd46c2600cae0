"""REST of the staff's board, the list of wishes, and their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    Table,
    add_months,
    current_area,
    current_site,
    rest_fields,
)

from ..words import kept_day
from . import staff, statistics
from .schemas import BoardArgs, BoardOut, StatisticsArgs, StatisticsOut, WishesArgs, WishLinesPage
from .staff import StaffFilters, StaffLine

blueprint = RestBlueprint("wishes_rest_wall", __name__, description="Micro-wishes: board, list and figures")

VIEW = "wishes.view"
# Figures of a few days would tell which wish became what.
LEAST_DAYS = 28


def _line(row: StaffLine) -> dict[str, Any]:
    return {**vars(row), "id": row.public_id, "number": row.code, "campaign": row.theme}


@blueprint.read("/areas/<code>/wishes", permission=VIEW, query=WishesArgs, answer=WishLinesPage)
def wishes(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Wishes of an area"""
    filters = StaffFilters(
        args["q"], args["state"], args["category"], args["campaign"], args["first"], args["last"]
    )
    rows, total = staff.wishes_page(
        session, current_area().id, filters, args["sort"], limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_line(row) for row in rows], total, args)


@blueprint.read("/areas/<code>/wishes/board", permission=VIEW, query=BoardArgs, answer=BoardOut)
def board(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """The board of wishes, by what the office does next"""
    filters = StaffFilters(args["q"], "", args["category"], args["campaign"])
    columns = staff.board(session, current_area().id, filters, most=args["most"])
    return {
        "columns": [
            {"key": one.key, "total": one.total, "items": [_line(row) for row in one.rows]} for one in columns
        ]
    }


@blueprint.read(
    "/areas/<code>/wishes/statistics", permission=VIEW, query=StatisticsArgs, answer=StatisticsOut
)
def figures(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Figures of wishes: collected, claimed, come true"""
    first, last = _days(args["first"], args["last"])
    found = statistics.told(session, current_area(), first, last)
    kinds, areas = statistics.by_category(found), statistics.by_area(found)
    return {
        "first": first,
        "last": last,
        "total": _tally(kinds.total or ()),
        "categories": [
            {**tally, "label": key} for key, tally in zip(found.by_category, _tallies(kinds), strict=True)
        ],
        "areas": _tallies(areas),
    }


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for; raises Problem bad_period for a period in which a single wish could be made out."""
    today = current_site().today()
    last = kept_day(last or today)
    first = first or date.fromisoformat(f"{add_months(last.strftime('%Y-%m'), -11)}-01")
    if (last - first).days + 1 < LEAST_DAYS:
        raise Problem(
            "bad_period", N_("Ask for at least %(days)s days in a row."), field="from", days=LEAST_DAYS
        )
    return first, last


def _tallies(table: Table) -> list[dict[str, Any]]:
    return [_tally(row) for row in table.rows]


def _tally(row: Sequence[Any]) -> dict[str, Any]:
    names = ("label", "collected", "claimed", "realised", "median_wait")
    return {
        name: value if name == "label" or isinstance(value, int) else None
        for name, value in zip(names, row, strict=True)
    }
