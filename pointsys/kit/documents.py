"""Numbered documents: the text that is frozen, what proves it unchanged, and the sheet of paper.

A document's content is a *snapshot* (plain JSON data). ``canonical`` makes the one text of it, ``digest`` its SHA-256,
``check_code`` the short code that people type from the paper, and ``render_pdf`` the paper itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from pointsys.kit.fonts import MISSING, fonts_in, missing_in, replaced
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem

# Crockford's base32: no letter that is read as a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
CODE_LENGTH = 8
_NUMBER = re.compile(r"([A-Z]{2,6})-([0-9A-Z]+)-([0-9]{4})-([0-9]{4,})")


def canonical(snapshot: object) -> str:
    """JSON data as the one text it has: sorted keys, no blanks, characters as they are.

    Raises ValueError for a float: what is frozen is exact.
    """
    _refuse_floats(snapshot)
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("a float has no exact text; use whole numbers or strings")
    if isinstance(value, Mapping):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


def digest(text: str) -> str:
    """SHA-256 of a canonical text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def format_number(series: str, place: str, year: int, sequence: int) -> str:
    """The number on the paper, such as ``CY-320102-2026-0042``: series, code of the place, year, running number."""
    return f"{series}-{place.upper()}-{year:04d}-{sequence:04d}"


def parse_number(raw: str) -> str:
    """A typed number in the form of ``format_number``; raises Problem bad_document_number."""
    number = normalise_text(raw).upper().replace(" ", "").replace("—", "-").replace("–", "-")
    if not _NUMBER.fullmatch(number):
        raise Problem(
            "bad_document_number",
            N_("Type the number as it is printed, with its dashes, such as CY-320102-2026-0042."),
            field="number",
        )
    return number


def check_code(number: str, token: str, sha256: str) -> str:
    """Eight characters that tie the number, the secret token and the content together (40 bits)."""
    bits = int.from_bytes(hashlib.sha256(f"{number}\n{token}\n{sha256}".encode()).digest()[:5], "big")
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(35, -1, -5))


def parse_check_code(raw: str) -> str:
    """A typed check code: blanks and dashes dropped, O read as 0, I and L as 1; raises Problem bad_check_code."""
    code = normalise_text(raw).upper().replace(" ", "").replace("-", "").translate(_READ_AS)
    if len(code) != CODE_LENGTH or any(sign not in _ALPHABET for sign in code):
        raise Problem(
            "bad_check_code", N_("The check code has eight letters and digits; read it again."), field="code"
        )
    return code


def render_pdf(template: Path, data: Mapping[str, object], more_fonts: Path | None = None) -> bytes:
    """The PDF of a Typst template that reads ``data`` from ``json(bytes(sys.inputs.data))``.

    Fonts come from a package, not from the machine, so that the same data prints the same everywhere; those of the
    folder ``more_fonts`` fill in for rare characters. One that no font has is printed as 〓, and the template finds
    such characters in ``missing`` as ("〓", "U+20BB7").
    """
    # Some 30 MB of compiler and fonts that only a printing process needs.
    import typst
    from pylopdf_fonts_zh_cn import sans_path, serif_path

    added = [] if more_fonts is None else fonts_in(more_fonts)
    folders = {sans_path().parent, serif_path().parent, *(path.parent for path in added)}
    without = missing_in(_texts_of(data), [serif_path(), sans_path(), *added])
    table = {ord(sign): MISSING for sign in without}
    noted = [[MISSING, f"U+{ord(sign):04X}"] for sign in without]
    return typst.compile(
        template.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=sorted(folders)),
        format="pdf",
        sys_inputs={"data": json.dumps({**_printable(data, table), "missing": noted}, ensure_ascii=False)},
    )


def _texts_of(data: Mapping[str, object]) -> str:
    return json.dumps(data, ensure_ascii=False)


def _printable(data: Mapping[str, object], table: Mapping[int, str]) -> dict[str, object]:
    return {key: replaced(value, table) for key, value in data.items()} if table else dict(data)
