"""Every list as a file: the rows that its filters leave, in its order, with the columns that its page shows.

A view asks ``export_asked()`` and answers with ``send_list``. What leaves the site this way is in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import request
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.core import audit
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.tables import Kind, TableColumn, Value, table
from pointsys.web.access import current_actor, current_area
from pointsys.web.downloads import as_sheet, cut_off, send_csv, send_sheets

MOST_ROWS = 50_000
ROWS_AT_ONCE = 5_000


class PageOfRows(Protocol):
    """One page of a list."""

    @property
    def rows(self) -> Sequence[Any]:
        """The page's rows."""

    @property
    def total(self) -> int:
        """Rows of all pages."""


# (page from 1, rows a page) -> that page; a list whose rows are all known may ignore both and return them all.
Fetch = Callable[[int, int], PageOfRows]


@dataclass(frozen=True)
class ListColumn:
    """A column of the file: its title (a text to translate), what it takes from a row, and how that is written."""

    title: str
    value: Callable[[Any], Value]
    kind: Kind = "text"


def export_asked() -> str:
    """ "xlsx" or "csv" when the address asks for the list as a file, else ""."""
    wanted = request.args.get("export", "")
    return wanted if wanted in ("xlsx", "csv") else ""


def local(at: datetime | None) -> str | None:
    """An instant as a cell holds it: local date and time."""
    return None if at is None else current_site().local(at).strftime("%Y-%m-%d %H:%M")


def send_list(title: str, columns: Sequence[ListColumn], fetch: Fetch) -> Response:
    """All rows of a list as the file that was asked for; raises Problem too_many_rows_to_export.

    ``title`` is a text to translate; the file is called by it and the area's name. To be called where the rows can
    be read; the act is written down in a transaction of its own after that.
    """
    area, actor, name = current_area(), current_actor(), str(gettext(title))
    area_id, area_name, kind = area.id, area.name, export_asked()
    rows = [[column.value(row) for column in columns] for row in _all_rows(fetch)]
    made = table([TableColumn(str(gettext(column.title)), column.kind) for column in columns], rows)
    with unit_of_work(drain=False) as session:
        audit.write(
            session, actor, "list.exported", "list", (request.endpoint or "")[:64], area_id=area_id, count=len(rows),
            after={"format": kind, "arguments": request.args.to_dict()},
        )  # fmt: skip
    today = current_site().today().isoformat()
    sheet = as_sheet(name, made, (f"{area_name}  {name}", cut_off(current_site().now())))
    file_name = f"{area_name}-{name}-{today}"
    return send_csv(file_name, sheet) if kind == "csv" else send_sheets(file_name, [sheet])


def _all_rows(fetch: Fetch) -> Iterator[Any]:
    number, seen = 1, 0
    while True:
        page = fetch(number, ROWS_AT_ONCE)
        if page.total > MOST_ROWS:
            raise Problem(
                "too_many_rows_to_export",
                N_("A file holds at most %(most)s rows: narrow the list with its filters first."),
                most=MOST_ROWS,
            )
        yield from page.rows
        seen += len(page.rows)
        number += 1
        if seen >= page.total or not page.rows:
            return
