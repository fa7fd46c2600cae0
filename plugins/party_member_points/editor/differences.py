"""What a draft changes against what was published: rule by rule, and line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .checking import titles
from .form import newest
from .toml_text import write

_KINDS = ("category", "item", "bucket", "expect", "ratio", "gate", "grade", "veto")
_CONTEXT = 2


@dataclass(frozen=True)
class Change:
    """One rule that differs: ``kind`` and ``name`` say which, ``key`` what of it; None stands for what is not there."""

    kind: str
    name: str
    key: str
    before: str | None
    after: str | None


def changes(old: object, new: object) -> list[Change]:
    """What differs between the frames and the newest versions of two schemes; all is new where ``old`` is None."""
    names = {**titles(old), **titles(new)}
    before, after = dict(_flat(old)), dict(_flat(new))
    found = []
    for place in [*before, *(place for place in after if place not in before)]:
        kind, name, key = place
        whole = (kind, name, "")
        # A row that came or went is one change, not one for each of its keys.
        came_or_went = (whole in before) != (whole in after)
        if before.get(place) == after.get(place) or (came_or_went and key):
            continue
        found.append(
            Change(kind, names.get(f"{kind}.{name}", name), key, before.get(place), after.get(place))
        )
    return found


def _flat(data: object) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Each value by (kind, id, key); a row that only one side has is one value under the key ""."""
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        if key != "version":
            yield from _values("scheme", "", str(key), value)
    version = newest(data) or {}
    for key, value in version.items():
        if key not in _KINDS or not isinstance(value, list):
            yield from _values("version", "", str(key), value)
            continue
        for row in value:
            if isinstance(row, Mapping):
                name = str(row.get("id") or row.get("item") or "")
                for inner, amount in row.items():
                    if inner != "id":
                        yield from _values(key, name, str(inner), amount)
                yield (key, name, ""), name


def _values(kind: str, name: str, key: str, value: object) -> Iterator[tuple[tuple[str, str, str], str]]:
    if isinstance(value, Mapping) and value:
        for inner, amount in value.items():
            yield from _values(kind, name, f"{key}.{inner}", amount)
    else:
        yield (kind, name, key), _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, (list, Mapping)):
        return write({"x": value}).removeprefix("x = ").strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True)
class DiffLine:
    """A line of the difference: ``sign`` "+", "-", " " or "@" (something left out)."""

    sign: str
    text: str


def text_difference(old: str, new: str) -> list[DiffLine]:
    """Two texts line by line, with a little of what stands around each change."""
    found: list[DiffLine] = []
    rows = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=_CONTEXT)
    for number, row in enumerate(rows):
        if number < 2:
            continue
        if row.startswith("@@"):
            if found:
                found.append(DiffLine("@", "…"))
        else:
            found.append(DiffLine(row[:1], row[1:]))
    return found
