"""The shape of a scheme file: which keys each table knows and what may stand there.

Checks are small functions put together from the outside in; ``SCHEME`` at the end is the whole format. What
one part says about another (ids, order, nesting of caps) is checked in ``references``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from pointsys.plugin import N_, Problem

from .exact import exact
from .findings import Findings
from .periods import COUNTED_WINDOWS, PERIOD_RANK, RANK, WINDOWS, parse_day

Check = Callable[[object, str, Findings], None]

KINDS = ("earn", "deduct", "veto")
NEEDS = {
    "per_event": ("points",),
    "per_qty": ("points",),
    "tier": ("tiers",),
    "table": ("by", "values"),
    "manual": (),
    "brackets": ("brackets",),
    "mean": ("points",),
    "accumulate": ("points",),
    "total_tier": ("tiers",),
    "none": (),
}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


def text(value: object, place: str, out: Findings) -> None:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        out.refuse("bad-type", place, N_("a text is needed here"))


def flag(value: object, place: str, out: Findings) -> None:
    """true or false."""
    if not isinstance(value, bool):
        out.refuse("bad-type", place, N_("true or false is needed here"))


def number(value: object, place: str, out: Findings) -> None:
    """Any exact number."""
    try:
        exact(value)
    except ValueError:
        out.refuse("bad-number", place, N_('an integer or a decimal such as "2.5" is needed here'))


def points(value: object, place: str, out: Findings) -> None:
    """A number that is not negative: the sign of points is the kind of the item."""
    known = len(out)
    number(value, place, out)
    if len(out) == known and exact(value) < 0:
        out.refuse(
            "negative-points", place, N_('points are never negative: use kind = "deduct" to take them off')
        )


def positive(value: object, place: str, out: Findings) -> None:
    """A number above zero."""
    known = len(out)
    number(value, place, out)
    if len(out) == known and exact(value) <= 0:
        out.refuse("bad-value", place, N_("a number above zero is needed here"))


def whole(least: int) -> Check:
    """A whole number from ``least`` up."""

    def check(value: object, place: str, out: Findings) -> None:
        known = len(out)
        number(value, place, out)
        if len(out) > known:
            return
        amount = exact(value)
        if not isinstance(amount, int) or amount < least:
            out.refuse(
                "bad-value", place, N_("a whole number of at least %(least)s is needed here"), least=least
            )

    return check


def day(value: object, place: str, out: Findings) -> None:
    """A local date, as text or as a TOML date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return
    try:
        if isinstance(value, str):
            parse_day(value, place)
            return
    except Problem:
        pass
    out.refuse("bad-date", place, N_("a date such as 2024-01-01 is needed here"))


def timezone(value: object, place: str, out: Findings) -> None:
    """The name of a time zone that this computer knows."""
    try:
        if isinstance(value, str):
            ZoneInfo(value)
            return
    except (KeyError, ValueError, OSError):
        pass
    out.refuse("bad-value", place, N_("a time zone such as Asia/Shanghai is needed here"))


def one_of(*choices: str) -> Check:
    """One of a few words."""

    def check(value: object, place: str, out: Findings) -> None:
        if not isinstance(value, str) or value not in choices:
            out.refuse(
                "bad-value", place, N_("one of these is needed here: %(choices)s"), choices=", ".join(choices)
            )

    return check


def window(*extra: str) -> Check:
    """A window from a day to the period, not wider than the period."""

    def check(value: object, place: str, out: Findings) -> None:
        if value not in extra:
            _fitting_window(value, place, out, COUNTED_WINDOWS)

    return check


def _fitting_window(value: object, place: str, out: Findings, known: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in known:
        out.refuse(
            "window-too-wide", place, N_("unknown window; use one of: %(choices)s"), choices=", ".join(known)
        )
    elif value != "period" and RANK[value] > out.widest:
        out.refuse("window-too-wide", place, N_("the window is wider than the period of the scheme"))


def windowed(inner: Check, known: tuple[str, ...], *, pick: bool = False) -> Check:
    """A table from windows to amounts."""

    def check(value: object, place: str, out: Findings) -> None:
        if not isinstance(value, Mapping):
            out.refuse("bad-type", place, N_("a table is needed here"))
            return
        for key, amount in value.items():
            if pick and key == "pick":
                one_of("first", "best")(amount, f"{place}.pick", out)
                continue
            _fitting_window(key, f"{place}.{key}", out, known)
            inner(amount, f"{place}.{key}", out)

    return check


def table(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """A table with these keys and no others."""
    known = {**required, **optional}

    def check(value: object, place: str, out: Findings) -> None:
        if not isinstance(value, Mapping):
            out.refuse("bad-type", place, N_("a table is needed here"))
            return
        for key, inner in value.items():
            path = f"{place}.{key}" if place else str(key)
            if key in known:
                known[key](inner, path, out)
            else:
                out.refuse(
                    "unknown-key", path, N_("this key is not known here; remove it or correct its spelling")
                )
        _missing(value, tuple(required), place, out)

    return check


def _missing(value: Mapping[str, object], keys: tuple[str, ...], place: str, out: Findings) -> None:
    for key in keys:
        if key not in value:
            path = f"{place}.{key}" if place else key
            out.refuse("missing-key", path, N_("this key is needed here"))


def rows(inner: Check, least: int = 0) -> Check:
    """A list whose members all pass ``inner``."""

    def check(value: object, place: str, out: Findings) -> None:
        if not isinstance(value, list):
            out.refuse("bad-type", place, N_("a list is needed here"))
            return
        if len(value) < least:
            out.refuse("bad-value", place, N_("the list must not be empty"))
        for index, member in enumerate(value):
            inner(member, f"{place}[{index}]", out)

    return check


def values_by_key(inner: Check) -> Check:
    """A table with free keys."""

    def check(value: object, place: str, out: Findings) -> None:
        if not isinstance(value, Mapping):
            out.refuse("bad-type", place, N_("a table is needed here"))
            return
        for key, member in value.items():
            inner(member, f"{place}.{key}", out)

    return check


def scalar(value: object, place: str, out: Findings) -> None:
    """A text, number, date, or true/false to compare an attribute with."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number(value, place, out)
    elif not isinstance(value, (str, bool, date)):
        out.refuse("bad-type", place, N_("a text, a number, or true or false is needed here"))


def hours(value: object, place: str, out: Findings) -> None:
    """Pairs of local times, half open, not across midnight; 24:00 may end one."""
    if not isinstance(value, list) or not value:
        out.refuse("bad-type", place, N_('a list of pairs such as ["06:00", "08:30"] is needed here'))
        return
    for index, pair in enumerate(value):
        ends = [clock_minutes(end) for end in pair] if isinstance(pair, list) and len(pair) == 2 else []
        first, last = ends if ends else (None, None)
        if first is None or last is None or first >= last or first == 24 * 60:
            where = f"{place}[{index}]"
            out.refuse(
                "bad-value",
                where,
                N_('a pair such as ["06:00", "08:30"] is needed; it cannot cross midnight'),
            )


def clock_minutes(value: object) -> int | None:
    """Minutes after midnight of ``HH:MM`` (24:00 included) or a TOML time; None for anything else."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value.hour * 60 + value.minute
    if isinstance(value, str) and (value == "24:00" or _CLOCK.fullmatch(value)):
        return int(value[:2]) * 60 + int(value[3:])
    return None


def _multiplier(value: object, place: str, out: Findings) -> None:
    table({"by": points}, {"when": _WHEN, "hours": hours})(value, place, out)
    if isinstance(value, Mapping) and "when" not in value and "hours" not in value:
        out.refuse("missing-key", place, N_("when or hours is needed here"))


def _valid_years(value: object, place: str, out: Findings) -> None:
    if isinstance(value, Mapping):
        table({"by": text, "values": values_by_key(whole(0))}, {"default": whole(0)})(value, place, out)
    else:
        whole(0)(value, place, out)


def _item(value: object, place: str, out: Findings) -> None:
    _ITEM(value, place, out)
    if not isinstance(value, Mapping):
        return
    mode = value.get("mode", "per_event")
    if value.get("kind") != "veto" and isinstance(mode, str):
        _missing(value, NEEDS.get(mode, ()), place, out)
        if mode != "none":
            _missing(value, ("category",), place, out)


def _expectation(value: object, place: str, out: Findings) -> None:
    _EXPECT(value, place, out)
    if isinstance(value, Mapping) and value.get("window") == "gap":
        _missing(value, ("days",), place, out)
        if value.get("award", "miss") != "miss":
            out.refuse("bad-value", f"{place}.award", N_("a gap can only deduct"))


def _requirement(value: object, place: str, out: Findings) -> None:
    _REQUIRE(value, place, out)
    if isinstance(value, Mapping):
        of = value.get("of")
        if of in ("count", "qty"):
            _missing(value, ("items",), place, out)
        elif of == "category":
            _missing(value, ("id",), place, out)


_WHEN = values_by_key(scalar)
_CAPS = windowed(points, WINDOWS)
_TIERS = rows(table({"min": number, "points": points}, {}), least=1)
_ITEM = table(
    {"id": text},
    {
        "title": text,
        "category": text,
        "kind": one_of(*KINDS),
        "mode": one_of(*NEEDS),
        "points": points,
        "per": positive,
        "tiers": _TIERS,
        "by": text,
        "values": values_by_key(points),
        "min": points,
        "max": points,
        "brackets": rows(table({"points": points}, {"per": positive, "upto": positive}), least=1),
        "qty": table(
            {}, {"min": points, "max": points, "step": positive, "round": one_of("floor", "ceil", "half_up")}
        ),
        "extra": rows(table({"when": _WHEN, "add": points}, {})),
        "mult": rows(_multiplier),
        "repeat": table({"from": whole(1), "by": points}, {}),
        "best_of": table({"group": text, "by": text}, {}),
        "limit": windowed(whole(0), COUNTED_WINDOWS, pick=True),
        "caps": _CAPS,
        "bucket": text,
        "valid_years": _valid_years,
    },
)
_CATEGORY = table(
    {"id": text},
    {
        "title": text,
        "base": points,
        "base_by": table({"attr": text, "values": values_by_key(points)}, {"default": points}),
        "carry": table({"ratio": points}, {"first": points}),
        "cap": number,
        "cap_on": one_of("gross", "net"),
        "floor": number,
        "weight": points,
    },
)
_EXPECT = table(
    {"id": text, "category": text, "items": rows(text, least=1), "window": window("gap"), "points": points},
    {
        "title": text,
        "days": whole(1),
        "of": one_of("count", "qty"),
        "min": number,
        "max": points,
        "award": one_of("miss", "met"),
    },
)
_RATIO = table(
    {"id": text, "category": text, "items": rows(text, least=1), "tiers": _TIERS},
    {"title": text, "kind": text},
)
_REQUIRE = table(
    {"of": one_of("count", "qty", "category", "total"), "min": number},
    {"items": rows(text, least=1), "id": text, "each": window()},
)
_REQUIRES = rows(_requirement)
_VERSION = table(
    {"effective_from": day, "category": rows(_CATEGORY, least=1)},
    {
        "no": whole(1),
        "title": text,
        "total": table({}, {"base": points, "cap": number, "floor": number, "quantum": positive}),
        "item": rows(_item),
        "bucket": rows(table({"id": text, "caps": _CAPS}, {"title": text})),
        "expect": rows(_expectation),
        "ratio": rows(_RATIO),
        "veto": rows(table({"item": text}, {"total": number, "grade": text})),
        "gate": rows(table({"id": text, "require": _REQUIRES, "grade_max": text}, {"title": text})),
        "grade": rows(
            table(
                {"id": text},
                {"title": text, "min": number, "above": number, "require": _REQUIRES, "when": _WHEN},
            )
        ),
    },
)
SCHEME = table(
    {"version": rows(_VERSION, least=1)},
    {
        "id": text,
        "title": text,
        "subject": one_of("person", "household", "unit"),
        "timezone": timezone,
        "period": table({"type": one_of(*PERIOD_RANK)}, {}),
        "late": table({"grace_days": whole(0)}, {}),
        "enrol": table(
            {},
            {
                "before": one_of("ignore", "count"),
                "prorate": one_of("none", "month", "day"),
                "prorate_base": flag,
                "prorate_require": flag,
            },
        ),
        "publicity": table({}, {"days": whole(0), "workdays": flag}),
        "appeal": table({}, {"days": whole(0), "workdays": flag}),
    },
)
