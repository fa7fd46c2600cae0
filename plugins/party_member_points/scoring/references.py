"""What the parts of a scheme say about each other: ids, order of versions and grades, nesting and lowering of caps.

Works on files of any shape: whatever is not where it belongs has been reported by ``shapes`` and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from pointsys.plugin import N_, Problem

from .exact import Number, exact
from .findings import Findings
from .periods import MONTHS, RANK, parse_day, window_key, window_span

Table = Mapping[str, object]
_LISTS = ("category", "item", "bucket", "expect", "ratio", "gate")


def rows_of(owner: object, key: str) -> list[tuple[int, Table]]:
    """The tables in a list, with their index; nothing where there is no such list."""
    found = owner.get(key) if isinstance(owner, Mapping) else None
    return (
        [(i, row) for i, row in enumerate(found) if isinstance(row, Mapping)]
        if isinstance(found, list)
        else []
    )


def text_of(owner: Table, key: str) -> str | None:
    """A text, or None."""
    value = owner.get(key)
    return value if isinstance(value, str) else None


def number_of(owner: object, key: str) -> Number | None:
    """An exact number, or None."""
    try:
        return exact(owner.get(key)) if isinstance(owner, Mapping) else None
    except ValueError:
        return None


def start_of(version: Table) -> date | None:
    """The day a version takes effect, or None."""
    try:
        return parse_day(version.get("effective_from"), "effective_from")
    except Problem:
        return None


def _ids(owner: Table, key: str) -> set[str]:
    return {name for _, row in rows_of(owner, key) if (name := text_of(row, "id")) is not None}


def check_references(scheme: Table, out: Findings) -> None:
    """Report everything that two places of a scheme contradict each other in."""
    versions = rows_of(scheme, "version")
    items = {name for _, version in versions for name in _ids(version, "item")}
    for index, version in versions:
        place = f"version[{index}]"
        _check_unique(version, place, out)
        _check_items(version, place, out)
        _check_derived(version, place, items, out)
        _check_conditions(version, place, items, out)
        _check_grades(version, place, out)
        _check_nesting(version, place, out)
    _check_version_order(versions, out)
    _warn_prorating(scheme, out)
    for (_, older), (index, newer) in pairwise(versions):
        _warn_lowered(older, newer, f"version[{index}]", out)


def _check_unique(version: Table, place: str, out: Findings) -> None:
    for key in _LISTS:
        seen: set[str] = set()
        for index, row in rows_of(version, key):
            name = text_of(row, "id")
            if name in seen:
                _refuse_duplicate(f"{place}.{key}[{index}].id", name, out)
            seen.add(name or "")
    grades: dict[str, bool] = {}
    for index, row in rows_of(version, "grade"):
        name, conditional = text_of(row, "id") or "", bool(row.get("when"))
        if name in grades and not (conditional or grades[name]):
            _refuse_duplicate(f"{place}.grade[{index}].id", name, out)
        grades[name] = grades.get(name, False) or conditional


def _refuse_duplicate(place: str, name: str | None, out: Findings) -> None:
    out.refuse("duplicate-id", place, N_("the id %(id)s is used twice; give each its own"), id=name)


def _unknown(code: str, place: str, name: str, out: Findings) -> None:
    out.refuse(
        code, place, N_("%(id)s is not defined in this version; define it or correct the name"), id=name
    )


def _check_items(version: Table, place: str, out: Findings) -> None:
    categories, buckets = _ids(version, "category"), _ids(version, "bucket")
    for index, item in rows_of(version, "item"):
        where = f"{place}.item[{index}]"
        category, bucket = text_of(item, "category"), text_of(item, "bucket")
        if category is not None and category not in categories:
            _unknown("unknown-category", f"{where}.category", category, out)
        if bucket is not None and bucket not in buckets:
            _unknown("unknown-bucket", f"{where}.bucket", bucket, out)
        _check_brackets(item, where, out)
        _check_tiers(item, where, out)
        low, high = number_of(item, "min"), number_of(item, "max")
        if low is not None and high is not None and low > high:
            out.refuse("bad-value", f"{where}.max", N_("max must not be below min"))
    for index, category_row in rows_of(version, "category"):
        if sum(key in category_row for key in ("base", "base_by", "carry")) > 1:
            out.refuse(
                "bad-value",
                f"{place}.category[{index}]",
                N_("only one of base, base_by and carry can be given"),
            )


def _check_brackets(item: Table, place: str, out: Findings) -> None:
    brackets = rows_of(item, "brackets")
    last: Number = 0
    for position, (index, row) in enumerate(brackets):
        upto = number_of(row, "upto")
        if upto is None and "upto" not in row and position == len(brackets) - 1:
            return
        if upto is None or upto <= last:
            out.refuse(
                "bad-value",
                f"{place}.brackets[{index}].upto",
                N_("upto must rise; only the last may lack it"),
            )
            return
        last = upto


def _check_tiers(owner: Table, place: str, out: Findings) -> None:
    seen: set[Number] = set()
    for index, row in rows_of(owner, "tiers"):
        least = number_of(row, "min")
        if least is not None and least in seen:
            out.refuse("bad-value", f"{place}.tiers[{index}].min", N_("two tiers begin at the same number"))
        if least is not None:
            seen.add(least)


def _check_derived(version: Table, place: str, items: set[str], out: Findings) -> None:
    categories = _ids(version, "category")
    for key in ("expect", "ratio"):
        for index, row in rows_of(version, key):
            where = f"{place}.{key}[{index}]"
            category = text_of(row, "category")
            if category is not None and category not in categories:
                _unknown("unknown-category", f"{where}.category", category, out)
            _check_item_names(row, where, items, out)
            _check_tiers(row, where, out)
    grades = _ids(version, "grade")
    for key, field in (("veto", "grade"), ("gate", "grade_max")):
        for index, row in rows_of(version, key):
            grade = text_of(row, field)
            if grade is not None and grade not in grades:
                _unknown("unknown-grade", f"{place}.{key}[{index}].{field}", grade, out)
    for index, row in rows_of(version, "veto"):
        item = text_of(row, "item")
        if item is not None and item not in items:
            _unknown("unknown-item", f"{place}.veto[{index}].item", item, out)


def _check_item_names(row: Table, place: str, items: set[str], out: Findings) -> None:
    named = row.get("items")
    for index, name in enumerate(named if isinstance(named, list) else []):
        if isinstance(name, str) and name not in items:
            _unknown("unknown-item", f"{place}.items[{index}]", name, out)


def _conditions(version: Table, place: str) -> Iterator[tuple[str, Table]]:
    for key in ("gate", "grade"):
        for index, row in rows_of(version, key):
            for position, condition in rows_of(row, "require"):
                yield f"{place}.{key}[{index}].require[{position}]", condition


def _check_conditions(version: Table, place: str, items: set[str], out: Findings) -> None:
    categories = _ids(version, "category")
    for where, condition in _conditions(version, place):
        _check_item_names(condition, where, items, out)
        name = text_of(condition, "id")
        if condition.get("of") == "category" and name is not None and name not in categories:
            _unknown("unknown-category", f"{where}.id", name, out)


def _check_grades(version: Table, place: str, out: Findings) -> None:
    """Thresholds fall strictly; ``above`` is stricter than ``min`` at the same number; the last grade has none."""
    grades = rows_of(version, "grade")
    previous: tuple[Number, bool] | None = None
    for position, (index, grade) in enumerate(grades):
        where = f"{place}.grade[{index}]"
        if "min" in grade and "above" in grade:
            out.refuse("bad-value", where, N_("only one of min and above can be given"))
        least, above = number_of(grade, "min"), number_of(grade, "above")
        threshold = (least, False) if least is not None else (above, True) if above is not None else None
        if threshold is None:
            if position < len(grades) - 1 and not (
                grade.get("require") or grade.get("when") or {"min", "above"} & set(grade)
            ):
                out.refuse("grade-order", where, N_("only the last grade may do without a threshold"))
            continue
        if position == len(grades) - 1:
            out.refuse(
                "grade-order",
                where,
                N_("the last grade must have no threshold, so that everybody has a grade"),
            )
        if previous is not None and threshold >= previous:
            out.refuse(
                "grade-order", where, N_("thresholds must fall strictly from the best grade to the last")
            )
        previous = threshold


def _check_nesting(version: Table, place: str, out: Findings) -> None:
    """A bucket must be at least as wide as its members' own caps, else what is credited depends on arrival (E6)."""
    narrowest: dict[str, int] = {}
    for _, bucket in rows_of(version, "bucket"):
        name = text_of(bucket, "id")
        ranks = _cap_ranks(bucket, out)
        if name is not None and ranks:
            narrowest[name] = min(ranks)
    for index, item in rows_of(version, "item"):
        name = text_of(item, "bucket")
        ranks = _cap_ranks(item, out)
        if name in narrowest and ranks and narrowest[name] < max(ranks):
            out.refuse(
                "caps-not-nested",
                f"{place}.item[{index}].caps",
                N_(
                    "the bucket %(bucket)s has a narrower window than this item: widen it, or narrow the item's caps"
                ),
                bucket=name,
            )


def _cap_ranks(owner: Table, out: Findings) -> list[int]:
    caps = owner.get("caps")
    names = [name for name in caps if name in RANK] if isinstance(caps, Mapping) else []
    return [out.widest if name == "period" else RANK[name] for name in names]


def _check_version_order(versions: list[tuple[int, Table]], out: Findings) -> None:
    previous: date | None = None
    number: Number | None = None
    for index, version in versions:
        start, no = start_of(version), number_of(version, "no")
        if start is not None and previous is not None and start <= previous:
            out.refuse(
                "version-order", f"version[{index}].effective_from", N_("the dates of versions must rise")
            )
        if no is not None and number is not None and no <= number:
            out.refuse("version-order", f"version[{index}].no", N_("the numbers of versions must rise"))
        previous, number = start or previous, no if no is not None else number


def _warn_prorating(scheme: Table, out: Findings) -> None:
    enrol = scheme.get("enrol")
    prorated = isinstance(enrol, Mapping) and enrol.get("prorate") in ("month", "day")
    if prorated and out.period in ("lifetime", "rolling"):
        out.warn("prorate-unbounded", "enrol.prorate", N_("a period without a first day is never prorated"))


def _warn_lowered(older: Table, newer: Table, place: str, out: Findings) -> None:
    start = start_of(newer)
    if start is None:
        return
    for key in ("item", "bucket"):
        before = {text_of(row, "id"): row for _, row in rows_of(older, key)}
        for index, row in rows_of(newer, key):
            old = before.get(text_of(row, "id"))
            if old is None:
                continue
            for field in ("caps", "limit"):
                _warn_lowered_windows(
                    old.get(field, {}), row.get(field), start, f"{place}.{key}[{index}].{field}", out
                )
    categories = {text_of(row, "id"): row for _, row in rows_of(older, "category")}
    for index, row in rows_of(newer, "category"):
        known = categories.get(text_of(row, "id"))
        if known is not None:
            _warn_if_lowered(known, row, "cap", "period", start, f"{place}.category[{index}].cap", out)
    _warn_if_lowered(
        older.get("total"), newer.get("total"), "cap", "period", start, f"{place}.total.cap", out
    )


def _warn_lowered_windows(old: object, new: object, start: date, place: str, out: Findings) -> None:
    for window in new if isinstance(new, Mapping) else ():
        if window in RANK and window != "event" and isinstance(old, Mapping):
            _warn_if_lowered(old, new, window, window, start, f"{place}.{window}", out)


def _warn_if_lowered(
    old: object, new: object, key: str, window: str, start: date, place: str, out: Findings
) -> None:
    before, after = number_of(old, key), number_of(new, key)
    if after is None or (before is not None and after >= before) or _opens(window, start, out):
        return
    out.warn(
        "cap-lowered",
        place,
        N_("lowered while a %(window)s is running: points already shown would shrink"),
        window=window,
    )


def _opens(window: str, day: date, out: Findings) -> bool:
    """Whether ``day`` is the first of its window, so that nothing shown before is touched."""
    kind = out.period if window == "period" else window
    if kind == "day":
        return True
    return kind in MONTHS and window_span(kind, window_key(kind, day))[0] == day
