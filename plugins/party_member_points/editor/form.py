"""The form beside the text: the common keys of a scheme as fields, and the scheme with the fields written back.

The text is the truth. ``read`` shows what it says, ``apply`` puts what was typed in its place and leaves every other
key as it is; whatever was typed is handed to the linter as it stands, so that faults are named in one place only.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..scoring.shapes import KINDS, NEEDS

Data = dict[str, Any]
Values = Mapping[str, str]

# Fields by what they stand for: a path of keys, and how the text of the field becomes a value.
SCHEME = (
    ("id", "text"), ("title", "text"), ("period.type", "text"), ("late.grace_days", "number"),
    ("enrol.before", "text"), ("enrol.prorate", "text"), ("publicity.days", "number"),
    ("publicity.workdays", "flag"), ("appeal.days", "number"),
)  # fmt: skip
VERSION = (
    ("effective_from", "text"), ("total.base", "number"), ("total.cap", "number"), ("total.floor", "number"),
)  # fmt: skip
ROWS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "category": (
        ("id", "text"), ("title", "text"), ("base", "number"), ("cap", "number"), ("floor", "number"),
    ),
    "item": (
        ("id", "text"), ("title", "text"), ("category", "text"), ("kind", "text"), ("mode", "text"),
        ("points", "number"), ("per", "number"), ("min", "number"), ("max", "number"), ("by", "text"),
        ("values", "values"), ("tiers", "tiers"), ("qty.min", "number"), ("qty.max", "number"),
        ("qty.step", "number"), ("caps.event", "number"), ("caps.month", "number"), ("caps.quarter", "number"),
        ("caps.period", "number"), ("limit.day", "number"), ("limit.month", "number"), ("limit.quarter", "number"),
        ("limit.half", "number"), ("limit.period", "number"),
    ),
    "grade": (("id", "text"), ("min", "number")),
}  # fmt: skip
# Which fields say something in which mode; a field that is not named here always does.
ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "points": ("per_event", "per_qty", "mean", "accumulate"),
    "per": ("per_qty", "accumulate"),
    "min": ("manual",),
    "max": ("manual",),
    "by": ("table",),
    "values": ("table",),
    "tiers": ("tier", "total_tier"),
    "qty.min": ("per_qty", "tier", "accumulate", "total_tier", "brackets", "none"),
    "qty.max": ("per_qty", "tier", "accumulate", "total_tier", "brackets"),
    "qty.step": ("per_qty", "tier", "accumulate", "total_tier", "brackets"),
}
# What a key means where it is not written.
DEFAULTS = {"kind": "earn", "mode": "per_event", "enrol.before": "ignore", "enrol.prorate": "none"}
CHOICES = {
    "kind": KINDS,
    "mode": tuple(NEEDS),
    "period.type": ("year", "half", "quarter", "month", "lifetime", "rolling"),
    "enrol.before": ("ignore", "count"),
    "enrol.prorate": ("none", "month", "day"),
}
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_PAIR = re.compile(r"\s*(.+?)\s*[=:\uff1d\uff1a]\s*(.+?)\s*")
_BETWEEN = re.compile(r"[,;\uff0c\uff1b\u3001\n]")
# Longer numbers than any rule has: they stay text, which the linter refuses.
_LONGEST = 30


@dataclass(frozen=True)
class Row:
    """One category, item or grade: its ``fields`` by path, and the keys it has that the form does not show."""

    number: int
    fields: Mapping[str, str]
    more: tuple[str, ...]


@dataclass(frozen=True)
class FormView:
    """What the form shows of a scheme: fields of the scheme, of its newest version, and rows by kind."""

    scheme: Mapping[str, str]
    version: Mapping[str, str]
    no: str
    rows: Mapping[str, tuple[Row, ...]]
    more: tuple[str, ...]


def read(data: object) -> FormView | None:
    """The form of a scheme; None where there is no version that it could show."""
    version = newest(data)
    if version is None or not isinstance(data, Mapping):
        return None
    rows = {
        kind: tuple(
            Row(number, _fields(row, paths), _more(row, paths))
            for number, row in enumerate(version.get(kind, ()))
            if isinstance(row, Mapping)
        )
        for kind, paths in ROWS.items()
        if isinstance(version.get(kind, []), list)
    }
    shown = (*VERSION, *((kind, "") for kind in ROWS), ("no", ""))
    return FormView(
        _fields(data, SCHEME),
        _fields(version, VERSION),
        str(version.get("no", "")),
        {kind: rows.get(kind, ()) for kind in ROWS},
        _more(version, shown),
    )


def newest(data: object) -> Data | None:
    """The version that the form is about: the last one."""
    versions = data.get("version") if isinstance(data, Mapping) else None
    found = versions[-1] if isinstance(versions, list) and versions else None
    return found if isinstance(found, dict) else None


def _fields(table: Mapping[str, Any], paths: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {path: _shown(_at(table, path), kind) or DEFAULTS.get(path, "") for path, kind in paths}


def _at(table: Mapping[str, Any], path: str) -> object:
    here: object = table
    for key in path.split("."):
        here = here.get(key) if isinstance(here, Mapping) else None
    return here


def _shown(value: object, kind: str) -> str:
    if value is None:
        return ""
    if kind == "flag":
        return "1" if value is True else ""
    if kind == "values" and isinstance(value, Mapping):
        return ", ".join(f"{name}={amount}" for name, amount in value.items())
    if kind == "tiers" and isinstance(value, list):
        rows = [row for row in value if isinstance(row, Mapping)]
        return ", ".join(f"{row.get('min', '')}={row.get('points', '')}" for row in rows)
    return str(value)


def _more(table: Mapping[str, Any], paths: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Keys of a table, one level deep, that no field stands for."""
    known = {path for path, _kind in paths}
    parents = {path.partition(".")[0] for path in known if "." in path}
    found = []
    for key, value in table.items():
        if key in known:
            continue
        if key in parents and isinstance(value, Mapping):
            found += [f"{key}.{inner}" for inner in value if f"{key}.{inner}" not in known]
        else:
            found.append(key)
    return tuple(found)


def apply(data: Data, values: Values) -> Data:
    """The scheme with what the form says; ``values`` has a field "<kind>-<number>-<path>" for each row's field.

    A row is left out where "<kind>-<number>-drop" is given. Fields that were not sent change nothing.
    """
    made = copy.deepcopy(data)
    version = newest(made)
    if version is None:
        return made
    _put_all(made, SCHEME, values, "scheme-")
    _put_all(version, VERSION, values, "version-")
    for kind, paths in ROWS.items():
        rows = version.get(kind)
        if not isinstance(rows, list):
            continue
        kept = []
        for number, row in enumerate(rows):
            if values.get(f"{kind}-{number}-drop"):
                continue
            if isinstance(row, dict):
                _put_all(row, paths, values, f"{kind}-{number}-")
            kept.append(row)
        version[kind] = kept
    return made


def _put_all(table: Data, paths: tuple[tuple[str, str], ...], values: Values, prefix: str) -> None:
    for path, kind in paths:
        typed = values.get(prefix + path)
        if typed is None and not (kind == "flag" and values.get(prefix + path + "-shown")):
            continue
        typed = (typed or "").strip()
        shown = _shown(_at(table, path), kind) or DEFAULTS.get(path, "")
        if typed != shown:
            _put(table, path, _value(typed, kind))


def _put(table: MutableMapping[str, Any], path: str, value: object) -> None:
    key, _dot, rest = path.partition(".")
    if not rest:
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
        return
    inner = table.get(key)
    if not isinstance(inner, dict):
        if value is None:
            return
        inner = table[key] = {}
    _put(inner, rest, value)
    if not inner:
        del table[key]


def _value(typed: str, kind: str) -> object:
    if kind == "flag":
        return bool(typed)
    if not typed:
        return None
    if kind == "number":
        return number(typed)
    if kind in ("values", "tiers"):
        pairs = [_PAIR.fullmatch(part) for part in _BETWEEN.split(typed) if part.strip()]
        if not all(pairs):
            return typed
        known = [(match[1], number(match[2])) for match in pairs if match is not None]
        if kind == "values":
            return dict(known)
        return [{"min": number(least), "points": points} for least, points in known]
    return typed


def number(typed: str) -> int | str:
    """What was typed as a scheme has it: a whole number, or a decimal as text; anything else stays for the linter."""
    if len(typed) <= _LONGEST and _WHOLE.fullmatch(typed):
        return int(typed)
    try:
        amount = Decimal(typed) if len(typed) <= _LONGEST and typed.isascii() else None
        # 1e999999999 is short until it is written out.
        return typed if amount is None or abs(amount.adjusted()) > _LONGEST else f"{amount:f}"
    except (InvalidOperation, ValueError):
        return typed


NEW: Mapping[str, Data] = {
    "category": {"title": "新类别", "cap": 20},
    "item": {"title": "新项目", "points": 1},
    "grade": {},
}


def add(data: Data, kind: str) -> Data:
    """The scheme with one more category, item or grade, which the linter has nothing to say against."""
    made = copy.deepcopy(data)
    version = newest(made)
    if version is None or kind not in NEW:
        return made
    rows = version.setdefault(kind, [])
    if not isinstance(rows, list):
        return made
    row = {"id": _free_id(rows, kind), **NEW[kind]}
    if kind == "item":
        names = [c.get("id") for c in version.get("category", ()) if isinstance(c, Mapping)]
        row["category"] = names[0] if names else ""
    if kind == "grade":
        return _with_grade(made, rows, row)
    rows.append(row)
    return made


def _free_id(rows: list[Any], kind: str) -> str:
    taken = {row.get("id") for row in rows if isinstance(row, Mapping)}
    stem = {"category": "c", "item": "item", "grade": "等次"}[kind]
    return next(name for n in range(1, len(rows) + 2) if (name := f"{stem}{n}") not in taken)


def _with_grade(made: Data, rows: list[Any], row: Data) -> Data:
    """The last grade has no threshold: a new one goes before it, half a point below the one above."""
    above = rows[-2].get("min") if len(rows) > 1 and isinstance(rows[-2], Mapping) else None
    if not rows:
        rows.append(row)
        return made
    try:
        least = Decimal(str(above)) - 1 if above is not None else Decimal(60)
    except ArithmeticError:
        least = Decimal(60)
    row["min"] = number(f"{least:f}")
    rows.insert(len(rows) - 1, row)
    return made


def next_version(data: Data, effective_from: str) -> Data:
    """The scheme with its newest version copied under the next number, from a day on: where a change is written."""
    made = copy.deepcopy(data)
    version = newest(made)
    if version is None:
        return made
    no = version.get("no")
    copied = {**copy.deepcopy(version), "no": no + 1 if isinstance(no, int) else len(made["version"]) + 1}
    copied["effective_from"] = effective_from
    made["version"].append(copied)
    return made
