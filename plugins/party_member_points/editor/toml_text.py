"""Scheme files as text: writing plain data as TOML, where in a text each part stands, and keeping its comments.

``write`` lays a scheme out as the shipped ones are: a line for each rule. ``places`` reads a text again only to know
on which line each path begins, as the linter names paths. ``rewrite`` joins both: new data in the place of the old,
with the comments of the old text at the rules they stood at.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from pointsys.plugin import N_, Problem

_LONGEST = 30
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
# What comes first in a table; other keys follow in the order of the data.
_FIRST = (
    "no", "id", "item", "title", "subject", "timezone", "period", "late", "enrol", "publicity", "appeal",
    "effective_from", "total", "category", "kind", "mode", "by", "points", "per", "of", "items", "window",
)  # fmt: skip


def write(data: Mapping[str, object]) -> str:
    """A scheme as TOML; raises Problem not_toml for what TOML cannot hold, such as null."""
    lines = []
    versions = data.get("version")
    apart = isinstance(versions, list) and bool(versions) and all(isinstance(v, Mapping) for v in versions)
    for key, value in _ordered(data):
        if not (apart and key == "version"):
            lines.append(f"{_key(key)} = {_value(value)}")
    for version in versions if apart and isinstance(versions, list) else ():
        lines += ["", "[[version]]"]
        for key, value in _ordered(version):
            lines += _rule_lines(key, value)
    return "\n".join(lines) + "\n"


def _rule_lines(key: str, value: object) -> list[str]:
    if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        return [f"{_key(key)} = [", *(f"  {_value(row)}," for row in value), "]"]
    return [f"{_key(key)} = {_value(value)}"]


def _ordered(table: Mapping[str, object]) -> list[tuple[str, object]]:
    rank = {name: place for place, name in enumerate(_FIRST)}
    return sorted(table.items(), key=lambda pair: rank.get(pair[0], len(rank)))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    escaped = (_SHORT.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c) for c in value)
    return '"' + "".join(escaped) + '"'


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        # 1e999999999 is short until it is written out; the linter refuses it wherever it stands.
        if not -_LONGEST < value.adjusted() < _LONGEST:
            return str(value)
        text = f"{value:f}"
        return text if "." in text else f"{text}.0"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(key))} = {_value(inner)}" for key, inner in _ordered(value))
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, (list, tuple)):
        inside = ", ".join(_value(inner) for inner in value)
        return f"[ {inside} ]" if value and isinstance(value[0], Mapping) else f"[{inside}]"
    raise Problem(
        "not_toml", N_("The file holds a value that a scheme cannot have: remove it."), field="scheme"
    )


@dataclass
class Places:
    """On which line (from 1) each path of a text begins, and its comments as (line, text, alone on its line)."""

    lines: dict[str, int] = field(default_factory=dict)
    comments: list[tuple[int, str, bool]] = field(default_factory=list)

    def line_of(self, path: str) -> int | None:
        """The line of a path, or of the nearest thing around it that is there."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def places(text: str) -> Places:
    """Where everything stands; of a text that is not TOML, as far as it can be read."""
    reader = _Reader(text.replace("\r\n", "\n"))
    with contextlib.suppress(IndexError, ValueError, RecursionError):
        reader.document()
    return reader.found


class _Reader:
    """Walks through TOML without keeping values; raises IndexError or ValueError where it is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.found = Places()
        self.counts: dict[str, int] = {}

    def document(self) -> None:
        base = ""
        while self._blank():
            if self.text.startswith("[", self.at):
                base = self._header()
            else:
                self._pair(base)

    def _step(self, count: int = 1) -> str:
        part = self.text[self.at : self.at + count]
        if len(part) < count:
            raise IndexError
        self.line += part.count("\n")
        self.at += count
        return part

    def _blank(self) -> bool:
        """Pass over blanks, line ends and comments; whether anything follows."""
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == "#":
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                start = self.text.rfind("\n", 0, self.at) + 1
                alone = not self.text[start : self.at].strip()
                self.found.comments.append((self.line, self.text[self.at : end].rstrip(), alone))
                self._step(end - self.at)
            elif here in " \t\n\r":
                self._step()
            else:
                return True
        return False

    def _spaces(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self._step()

    def _expect(self, what: str) -> None:
        if self._step(len(what)) != what:
            raise ValueError

    def _header(self) -> str:
        double = self.text.startswith("[[", self.at)
        line = self.line
        self._step(2 if double else 1)
        keys = self._keys()
        self._expect("]]" if double else "]")
        path = ""
        for position, key in enumerate(keys):
            path = f"{path}.{key}" if path else key
            last = position == len(keys) - 1
            if double and last:
                self.counts[path] = self.counts.get(path, -1) + 1
            if path in self.counts:
                path = f"{path}[{self.counts[path]}]"
        self.found.lines.setdefault(path, line)
        return path

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._spaces()
            if self.text[self.at] in "\"'":
                start = self.at
                self._string()
                keys.append(str(next(iter(tomllib.loads(self.text[start : self.at] + "=0")))))
            else:
                match = _BARE.match(self.text, self.at)
                if match is None:
                    raise ValueError
                self._step(len(match[0]))
                keys.append(match[0])
            self._spaces()
            if self.text[self.at] != ".":
                return keys
            self._step()

    def _pair(self, base: str) -> None:
        line = self.line
        path = base
        for key in self._keys():
            path = f"{path}.{key}" if path else key
            self.found.lines.setdefault(path, line)
        self._expect("=")
        self._spaces()
        self._any(path)

    def _any(self, path: str) -> None:
        here = self.text[self.at]
        if here in "\"'":
            self._string()
        elif here == "[":
            self._array(path)
        elif here == "{":
            self._inline(path)
        else:
            match = re.compile(r"[^,\]}#\n]+").match(self.text, self.at)
            if match is None:
                raise ValueError
            self._step(len(match[0]))

    def _array(self, path: str) -> None:
        self._step()
        index = 0
        while self._blank() and self.text[self.at] != "]":
            inner = f"{path}[{index}]"
            self.found.lines.setdefault(inner, self.line)
            self._any(inner)
            index += 1
            if self._blank() and self.text[self.at] == ",":
                self._step()
        self._expect("]")

    def _inline(self, path: str) -> None:
        self._step()
        while self._blank() and self.text[self.at] != "}":
            self._pair(path)
            if self._blank() and self.text[self.at] == ",":
                self._step()
        self._expect("}")

    def _string(self) -> None:
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            end = re.compile(
                r'(?:[^"\\]|\\.|"(?!""))*"{3,5}' if quote == '"' else r"(?:.*?)'{3,5}", re.DOTALL
            )
            self._step(3)
        else:
            end = re.compile(r'(?:[^"\\\n]|\\.)*"' if quote == '"' else r"[^'\n]*'")
            self._step()
        match = end.match(self.text, self.at)
        if match is None:
            raise ValueError
        self._step(len(match[0]))


def rewrite(old: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """``after`` as TOML with the comments of ``old``, which is the text of ``before``, at the rules they stood at.

    A comment whose rule is gone moves to what stood around it, at last to the top: none is lost.
    """
    known = places(old)
    text = write(after)
    if not known.comments:
        return text
    lines = text.split("\n")
    where = places(text)
    by_name = {_named(path, after): line for path, line in where.lines.items()}
    above: dict[int, list[str]] = {}
    for line, comment, alone in known.comments:
        target = _target(_anchor(line, alone, known), before, by_name)
        if alone or target == 0:
            above.setdefault(target, []).append(comment)
        else:
            lines[target - 1] += f"  {comment}"
    return "\n".join(_woven(lines, above))


def _anchor(line: int, alone: bool, known: Places) -> str | None:
    """The path that a comment speaks of: what begins on its own line, or on the next one; None at the end."""
    later = [
        (at, len(path), path) for path, at in known.lines.items() if (at > line if alone else at == line)
    ]
    return min(later)[2] if later else None


def _target(path: str | None, before: Mapping[str, object], by_name: Mapping[str, int]) -> int:
    """The line of the new text; 0 for the top, -1 for the end."""
    if path is None:
        return -1
    while path:
        line = by_name.get(_named(path, before))
        if line is not None:
            return line
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return 0


def _named(path: str, data: Mapping[str, object]) -> str:
    """A path with the ids of rows in the place of their numbers: what a rule is called wherever it stands."""
    here: object = data
    said = []
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if key:
            here = here.get(key) if isinstance(here, Mapping) else None
            said.append(key)
            continue
        here = here[int(index)] if isinstance(here, Sequence) and int(index) < len(here) else None
        name = (here.get("id") or here.get("no") or here.get("item")) if isinstance(here, Mapping) else None
        said.append(f"[{name if name is not None else index}]")
    return ".".join(said)


def _woven(lines: list[str], above: Mapping[int, list[str]]) -> Iterator[str]:
    yield from above.get(0, ())
    for number, line in enumerate(lines, 1):
        indent = line[: len(line) - len(line.lstrip())]
        yield from (indent + comment for comment in above.get(number, ()))
        if number == len(lines):
            yield from above.get(-1, ())
        yield line
