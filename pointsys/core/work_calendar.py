"""The site's working days: the years that are shipped, and those its people imported on top."""

from __future__ import annotations

from pathlib import Path

from pointsys.kit.calendar import WorkCalendar, parse_calendar, shipped

FILE_NAME = "calendar.csv"


def imported_calendar(home: Path) -> WorkCalendar:
    """The years imported into the site in ``home``; raises Problem bad_calendar for a damaged file."""
    path = home / FILE_NAME
    return parse_calendar(path.read_text(encoding="utf-8")) if path.exists() else WorkCalendar()


def site_calendar(home: Path) -> WorkCalendar:
    """All known years of the site in ``home``, an imported year in place of a shipped one."""
    return shipped().merged(imported_calendar(home))


def import_calendar(home: Path, content: bytes) -> frozenset[int]:
    """Keep the years of a notice's file, UTF-8 or GBK, in place of earlier ones; returns those years.

    Raises Problem bad_calendar with nothing changed.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    calendar = parse_calendar(text)
    merged = imported_calendar(home).merged(calendar)
    path = home / FILE_NAME
    written = path.with_suffix(".new")
    written.write_text(merged.to_text(), encoding="utf-8")
    written.replace(path)
    return calendar.years
