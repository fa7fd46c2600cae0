"""The credit file as of a day: capped base and good points, less the bad ones; grade, and the override for serious."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from pointsys.plugin import N_, Problem

from .evaluate import band_of, wrong_kind
from .numbers import exact, half_up, plain
from .scheme import CREDIT, Scheme, Validity

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """Points from ``start`` on, before ``end`` (None: as long as the scheme lets it live)."""

    id: str
    points: Fraction
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The file on a day: ids that live, good points as far as they count, bad points as what they take off."""

    live: tuple[str, ...]
    good: Fraction
    bad: Fraction
    score: Fraction
    grade: str

    def as_json(self) -> dict[str, object]:
        """The shape of ``pointsys property credit``."""
        return {
            "live": list(self.live),
            "good": plain(self.good),
            "bad": plain(self.bad),
            "score": plain(self.score),
            "grade": self.grade,
        }


def credit(scheme: Scheme, base: object, on: date, items: Sequence[Item], serious: bool = False) -> Standing:
    """The standing on a day; raises Problem bad_score, wrong_kind or no_band."""
    if scheme.kind != CREDIT:
        raise wrong_kind(scheme)
    rule = scheme.credit
    live = [item for item in items if lives(rule.validity, item, on)]
    good = sum((item.points for item in live if item.points > 0), Fraction(0))
    bad = -sum((item.points for item in live if item.points < 0), Fraction(0))
    start = number(base, "base")
    start = start if rule.base_cap is None else min(start, rule.base_cap)
    good = good if rule.good_cap is None else min(good, rule.good_cap)
    score = start + good - bad
    score = score if scheme.decimals is None else half_up(score, scheme.decimals)
    grade = rule.serious if serious and rule.serious else _grade(scheme, score)
    return Standing(tuple(item.id for item in live), good, bad, score, grade)


def _grade(scheme: Scheme, score: Fraction) -> str:
    last = scheme.bands[-1]
    # A table that goes below 0 means "and all below": deductions have no end.
    return last.grade if last.least < 0 and score < last.least else band_of(scheme.bands, score).grade


def lives(validity: Validity, item: Item, on: date) -> bool:
    """Whether an item counts on a day: from its start to the day before its end."""
    if on < item.start:
        return False
    end = item.end if item.end is not None else after(validity, item.start)
    return end is None or on < end or (validity.inclusive and on == end)


def after(validity: Validity, start: date) -> date | None:
    """Where an item without an end of its own ends; 29 February becomes the 28th; None beyond the calendar."""
    try:
        if validity.unit == "d":
            return start + timedelta(days=validity.count)
        months = start.year * 12 + start.month - 1 + validity.count * (12 if validity.unit == "y" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return None


def read_item(data: object) -> Item:
    """An item of the JSON shape {"id", "points", "from", "to"?}; raises Problem bad_item, bad_score or bad_date."""
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str) or not data["id"]:
        message = N_('An item is {"id": text, "points": number, "from": date, "to": date or nothing}.')
        raise Problem("bad_item", message, field="items")
    start = day(data.get("from"), "from")
    end = day(data["to"], "to") if data.get("to") is not None else None
    if end is not None and end < start:
        raise Problem("bad_date", N_("An item ends before it begins."), field="to")
    return Item(data["id"], number(data.get("points"), "points"), start, end)


def day(value: object, field: str) -> date:
    """A date as 2026-06-30; raises Problem bad_date."""
    try:
        if isinstance(value, str) and _DAY.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Problem("bad_date", N_("Give a date as 2026-03-07."), field=field)


def number(value: object, field: str) -> Fraction:
    """Any number; raises Problem bad_score."""
    try:
        return exact(value)
    except ValueError:
        raise Problem("bad_score", N_("%(name)s must be a number."), field=field, name=field) from None
