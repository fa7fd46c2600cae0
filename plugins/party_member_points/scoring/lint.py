"""The linter: every fault of a scheme at once, for any data whatever.

``shapes`` knows keys and values, ``references`` what the parts say about each other; ``read_scheme_text`` turns
TOML or JSON into data with exact decimals. The refuse codes are those of the scoring rules.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal

from pointsys.plugin import N_

from .findings import Finding, Findings
from .periods import PERIOD_RANK
from .references import check_references
from .shapes import SCHEME

# The scheme with the most braces in braces has nine; what is deeper only costs whoever reads it.
_DEEPEST = 30
_LONGEST = 30
_KEY = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
# So many keys joined by dots that reading them takes the reader of TOML seconds and more.
_CHAIN = re.compile(rf"""(?<![\w."'-]){_KEY}(?:[ \t]*+\.[ \t]*+{_KEY}){{{_DEEPEST}}}""")


def lint(data: object) -> list[Finding]:
    """List every error and warning of a scheme given as plain data; an empty list means nothing to say."""
    out = Findings(_period_type(data))
    SCHEME(data, "", out)
    if isinstance(data, Mapping):
        for key in ("id", "title"):
            if key not in data:
                out.warn("missing-key", key, N_("a scheme should have an id and a title"))
        check_references(data, out)
    return out


def _period_type(data: object) -> str:
    period = data.get("period") if isinstance(data, Mapping) else None
    kind = period.get("type") if isinstance(period, Mapping) else None
    return kind if isinstance(kind, str) and kind in PERIOD_RANK else "year"


def is_sound(findings: list[Finding]) -> bool:
    """Whether a scheme with these findings may be used; warnings do not hinder."""
    return all(finding.severity != "error" for finding in findings)


def read_scheme_text(text: str, format: str) -> tuple[object, list[Finding]]:
    """Parse TOML or JSON with exact decimals; the data, and a finding ``syntax`` when it cannot be read."""
    out = Findings()
    try:
        if format == "toml" and _CHAIN.search(text):
            raise RecursionError
        data = (
            tomllib.loads(text, parse_float=Decimal)
            if format == "toml"
            else json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
        )
        _check_size(data)
        return data, out
    except (ValueError, ArithmeticError) as error:
        out.refuse(
            "syntax",
            format,
            N_("the file cannot be read as %(format)s: %(why)s"),
            format=format,
            why=str(error),
        )
    except RecursionError:
        out.refuse("syntax", format, N_("the file is nested too deeply"))
    return None, out


def _check_size(data: object) -> None:
    """Refuse what could not be copied or written again: RecursionError and ValueError."""
    here = [data]
    for _depth in range(_DEEPEST):
        inner: list[object] = []
        for value in here:
            if isinstance(value, Mapping):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, int) and abs(value) >= 10**_LONGEST:
                raise ValueError("a number is too long")
        if not inner:
            return
        here = inner
    raise RecursionError


def _no_constant(name: str) -> Decimal:
    raise ValueError(f"{name} is not a number")


def lint_report(text: str, format: str) -> dict[str, object]:
    """Lint a scheme file; ``{"ok", "scheme", "errors": [{code, place, message}], "warnings": [...]}``."""
    data, findings = read_scheme_text(text, format)
    if not findings:
        findings = lint(data)
    name = data.get("id") if isinstance(data, Mapping) else None
    return {
        "ok": is_sound(findings),
        "scheme": name if isinstance(name, str) else None,
        "errors": [finding.as_dict() for finding in findings if finding.severity == "error"],
        "warnings": [finding.as_dict() for finding in findings if finding.severity == "warning"],
    }
