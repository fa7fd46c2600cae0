"""The periods that reports are about: a month, a quarter, half a year, a year; whole months all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from pointsys.plugin import N_, MonthSpan, Problem

from ..hours import FIRST_YEAR, LAST_YEAR

_PERIOD = re.compile(
    r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4])|-H(?P<half>[12]))?\Z", re.ASCII
)


@dataclass(frozen=True)
class Period:
    """Months in a row; ``name`` is as it is asked for, ``stored`` the one balance that it is, "" for several."""

    name: str
    span: MonthSpan

    @property
    def first(self) -> date:
        """Its first day."""
        return self.span.first_day

    @property
    def last(self) -> date:
        """Its last day."""
        return self.span.last_day

    @property
    def stored(self) -> str:
        """The stored period, a year or a month."""
        return self.name if self.name[5:6] not in ("Q", "H") else ""

    @property
    def title(self) -> str:
        """In the reader's words."""
        year, kind = int(self.name[:4]), self.name[5:6]
        if kind == "Q":
            return str(gettext("%(year)s, quarter %(number)s", year=year, number=self.name[6]))
        if kind == "H":
            half = (
                gettext("%(year)s, first half") if self.name[6] == "1" else gettext("%(year)s, second half")
            )
            return str(half) % {"year": year}
        if not kind:
            return str(gettext("Year %(year)s", year=year))
        return str(gettext("%(year)s, month %(month)d", year=year, month=int(self.name[5:])))


def parse_report_period(text: str) -> Period:
    """A period as 2026, 2026-H1, 2026-Q2 or 2026-03, of the years 1900 to 2199; raises Problem bad_period."""
    name = text.strip().upper()
    match = _PERIOD.match(name)
    if match is None or not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        raise Problem("bad_period", N_("Give a period as 2026, 2026-H1, 2026-Q2 or 2026-03."), field="period")
    first, count = 1, 12
    if match["month"]:
        first, count = int(match["month"]), 1
    elif match["quarter"]:
        first, count = 3 * int(match["quarter"]) - 2, 3
    elif match["half"]:
        first, count = 6 * int(match["half"]) - 5, 6
    year = match["year"]
    return Period(name, MonthSpan(f"{year}-{first:02d}", f"{year}-{first + count - 1:02d}"))


def period_before(period: Period) -> Period:
    """The period of the same length right before; raises Problem bad_period before the year 1900."""
    year, kind = int(period.name[:4]), period.name[5:6]
    if not kind:
        return parse_report_period(f"{year - 1:04d}")
    size = {"Q": 4, "H": 2}.get(kind, 12)
    number = int(period.name[6:] if kind in "QH" else period.name[5:]) - 1
    year, number = (year, number) if number else (year - 1, size)
    return parse_report_period(f"{year:04d}-{kind}{number}" if kind in "QH" else f"{year:04d}-{number:02d}")
