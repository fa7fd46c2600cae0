"""What there is to say about a text: the linter's findings with the line they are on, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from pointsys.plugin import N_

from ..scoring import Finding, lint
from ..scoring.lint import read_scheme_text
from .toml_text import places

_KEY = N_("a key is made of letters, digits, _ and -; is there a comma too many?")
# What Python's TOML reader says, and how to mend it.
SYNTAX: Sequence[tuple[str, str]] = (
    ("Expected '=' after a key", N_("there must be a = between the key and its value")),
    ("Invalid statement", N_("a line begins with a key, as in points = 2, or with [[version]]")),
    ("Expected newline or end of document", N_("only one statement stands on a line: is a comma or a quote missing?")),
    ("Unclosed array", N_("a list is not closed: a comma or a ] is missing")),
    ("Unclosed inline table", N_("a { is not closed: a comma or a } is missing, or its content is not on one line")),
    ("Unterminated string", N_("a text is not closed: the second quote is missing")),
    ("Illegal character", N_("a character that cannot stand here; use plain quotes and commas, not full-width ones")),
    ("Invalid value", N_("no value: texts stand in quotes, as \"text\"; numbers do without")),
    ("Invalid initial character for a key", _KEY),
    ("Invalid character", _KEY),
    ("Duplicate inline table key", N_("a key stands twice in one table")),
    ("Cannot overwrite a value", N_("a key stands twice in one table")),
    ("Cannot declare", N_("a table stands twice; versions begin with [[version]] in double brackets")),
    ("Cannot mutate immutable", N_("a table in braces cannot be added to further down")),
    ("Cannot redefine", N_("a table in braces cannot be added to further down")),
    ("Unescaped '\\'", N_("write a backslash twice")),
    ("a number is too long", N_("a number has more digits than any rule needs")),
    ("Exceeds the limit", N_("a number has more digits than any rule needs")),
    ("Invalid date or datetime", N_("there is no such day")),
)  # fmt: skip
_WHERE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)")


@dataclass(frozen=True)
class Remark:
    """One finding for a reader: ``line`` from 1 where it is known, ``says`` in words with the cure."""

    code: str
    place: str
    line: int | None
    says: str
    error: bool


@dataclass(frozen=True)
class Checked:
    """A text that was read: its data (None where it cannot be read) and what there is to say about it."""

    data: object
    remarks: tuple[Remark, ...]

    @property
    def sound(self) -> bool:
        """Whether it can be published as far as the linter goes."""
        return not any(remark.error for remark in self.remarks)


def check(text: str) -> Checked:
    """Read and lint a TOML text."""
    data, findings = read_scheme_text(text, "toml")
    if findings:
        return Checked(None, tuple(_syntax(finding, text) for finding in findings))
    known = places(text)
    remarks = [
        Remark(
            finding.code,
            finding.place,
            known.line_of(finding.place),
            str(gettext(finding.message, **finding.params)),
            finding.severity == "error",
        )
        for finding in lint(data)
    ]
    remarks.sort(key=lambda remark: (not remark.error, remark.line or 0))
    return Checked(data, tuple(remarks))


def _syntax(finding: Finding, text: str) -> Remark:
    why = str(finding.params.get("why", ""))
    where = _WHERE.search(why)
    line = int(where[1]) if where and where[1] else text.count("\n") + 1 if where else None
    cure = next((said for start, said in SYNTAX if why.startswith(start)), None)
    says = gettext(cure) if cure else gettext(finding.message, **finding.params)
    return Remark(finding.code, "", line, str(says), True)


def titles(data: object) -> Mapping[str, str]:
    """Ids of categories and items with their titles, of all versions: for sentences about rules."""
    found: dict[str, str] = {}
    versions = data.get("version") if isinstance(data, Mapping) else None
    for version in versions if isinstance(versions, list) else ():
        for kind in ("category", "item", "bucket", "expect", "ratio", "gate"):
            rows = version.get(kind) if isinstance(version, Mapping) else None
            for row in rows if isinstance(rows, list) else ():
                if isinstance(row, Mapping) and isinstance(row.get("title"), str):
                    found[f"{kind}.{row.get('id')}"] = row["title"]
    return found
