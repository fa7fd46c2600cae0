"""Which sheets a year has: the days on which its standing is frozen, by the schemes that rule. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pointsys.plugin import N_, Problem

from ..schemes import AreaRules, Publication, period_end
from ..scoring.periods import window_key, window_label, window_span

MONTH = "month"
QUARTER = "quarter"
_LABEL = re.compile(r"(\d{4})-(?:Q([1-4])|(0[1-9]|1[0-2]))", re.ASCII)


@dataclass(frozen=True)
class Cut:
    """One day whose standing is frozen: ``label`` is the window that ends with it, ``period`` that of the scheme."""

    publication: Publication
    period: str
    day: date
    label: str

    @property
    def scheme_id(self) -> str:
        """The scheme's id as sheets are stored under it."""
        return self.publication.scheme.id[:100]


def cut_of(rules: AreaRules, label: str, today: date) -> Cut:
    """The cut of a quarter ("2026-Q1") or, where a scheme counts by the month, of a month ("2026-03").

    Raises Problem bad_cut for another text, and no_scheme where nothing rules that day.
    """
    found = _LABEL.fullmatch(label)
    if not found or int(found[1]) < 1:
        raise Problem("bad_cut", N_("Give a quarter as 2026-Q1, or a month as 2026-03."), field="cut")
    window, number = (QUARTER, int(found[2]) - 1) if found[2] else (MONTH, int(found[3]) - 1)
    key = int(found[1]) * (4 if found[2] else 12) + number
    cut = _cut(rules, window_span_of(window, key)[1], today)
    if cut is None or cut.label != label:
        raise Problem("no_scheme", N_("No scheme rules here: publish one first."), field="cut")
    return cut


def window_span_of(window: str, index: int) -> tuple[date, date]:
    """First and last day of the quarter or month with that number since year 0."""
    months = 3 if window == QUARTER else 1
    first = date(index * months // 12, index * months % 12 + 1, 1)
    return window_span(window, window_key(window, first))


def cuts_of(rules: AreaRules, year: int, today: date) -> list[Cut]:
    """The cuts of a year, the first one first: its quarters, its months where a scheme counts by the month."""
    ends = [window_span_of(MONTH, year * 12 + month)[1] for month in range(12)]
    return [cut for day in ends if (cut := _cut(rules, day, today)) is not None]


def _cut(rules: AreaRules, day: date, today: date) -> Cut | None:
    ruling = rules.for_day(day, today)
    if ruling is None:
        return None
    publication, period = ruling
    scheme = publication.scheme
    window = MONTH if scheme.period_type == MONTH else QUARTER
    key = window_key(window, day)
    if window_span(window, key)[1] != day:
        return None
    if period_end(scheme.period_type, period, day) < scheme.starts[0]:
        return None
    return Cut(publication, period, day, window_label(window, key))
