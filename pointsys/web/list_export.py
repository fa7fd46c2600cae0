"""Every list as a file: the rows that its filters leave, in its order, with the columns that its page shows.

A view asks ``export_asked()`` and answers with ``send_list``. What leaves the site this way bears a number that stands
in the register of exports and in the audit log (S-39). Lists with phones or ID numbers in full: ``web.exports``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flask import request
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.core.exports.services import Wanted, digest, new_number, register
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.tables import Kind, TableColumn, Value, table
from pointsys.web.access import current_actor, current_area, sees
from pointsys.web.downloads import as_sheet, csv_file, cut_off, send_bytes, sheets_file

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
    # What it tells of a person (``core.field_scope``): the column is left out for those who do not see that.
    field: str = ""


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
    be read; the act is registered in a transaction of its own after that, and only then does the file leave.
    """
    area, actor, kind = current_area(), current_actor(), export_asked()
    columns = [column for column in columns if not column.field or sees(column.field)]
    rows = rows_for(columns, fetch)
    wanted = Wanted(request.endpoint or "", title, area.id, request.args.to_dict(), kind, len(rows))
    number = new_number()
    name, data = made_file(title, area.name, columns, rows, kind, number)
    with unit_of_work(drain=False) as session:
        register(session, number, wanted, digest(data), actor)
    return send_bytes(data, name)


def send_registered(title: str, rows: int, kind: str, made: Callable[[str], tuple[str, bytes]]) -> Response:
    """A file of another shape than a list's, registered like every other: ``made`` gets the number that it bears.

    ``kind`` is the ending of its name; it returns the name and the bytes.
    """
    area, actor, number = current_area(), current_actor(), new_number()
    wanted = Wanted(request.endpoint or "", title, area.id, request.args.to_dict(), kind, rows)
    name, data = made(number)
    with unit_of_work(drain=False) as session:
        register(session, number, wanted, digest(data), actor)
    return send_bytes(data, name)


def rows_for(columns: Sequence[ListColumn], fetch: Fetch) -> list[list[Value]]:
    """The cells of all rows; raises Problem too_many_rows_to_export."""
    return [[column.value(row) for column in columns] for row in _all_rows(fetch)]


def made_file(
    title: str,
    area_name: str,
    columns: Sequence[ListColumn],
    rows: Sequence[Sequence[Value]],
    kind: str,
    number: str,
) -> tuple[str, bytes]:
    """The file's name and its bytes, with who takes it away, when, and under which number.

    An import passes over these lines, so that the file can be corrected and brought in again.
    """
    made = table([TableColumn(str(gettext(column.title)), column.kind) for column in columns], rows)
    words, mark = str(gettext(title)), watermark(number)
    sheet = as_sheet(words, made, (f"{area_name}  {words}", cut_off(current_site().now()), mark))
    name = f"{area_name}-{words}-{current_site().today().isoformat()}.{kind}"
    return name, csv_file(sheet, mark) if kind == "csv" else sheets_file([sheet], mark)


def watermark(number: str) -> str:
    """The line that says whose hands a file went into."""
    return str(
        gettext(
            "Export no.: %(number)s, taken by %(who)s on %(at)s. For work only; destroy it when it is done.",
            number=number,
            who=current_actor().label,
            at=local(current_site().now()),
        )
    )


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
