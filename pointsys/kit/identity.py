"""One spelling for names, phones and identity numbers, so that equal people compare equal.

``clean_text`` is what is shown, ``normalise_text`` and ``normalise_name`` are what is compared. The parsers
take a cell as a spreadsheet hands it over, numbers included.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pointsys.kit.problems import N_, Problem

DOT = "·"
# Typists, fonts and other systems write the dot of 阿依古丽·买买提 in all of these ways.
_DOTS = "·・•‧∙⋅ꞏ᛫.。､●"
_HAN = "㐀-䶿一-鿿豈-﫿〇々\U00020000-\U000323af\ue000-\uf8ff"
_HAN_CHARACTER = re.compile(f"[{_HAN}]")
_DOT_IN_HAN_NAME = re.compile(f"(?<=[{_HAN}])\\s*[{re.escape(_DOTS)}]\\s*(?=[{_HAN}])")
_BLANK_BESIDE_HAN = re.compile(f"(?<=[{_HAN}]) | (?=[{_HAN}])")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BLANKS = re.compile(r"\s+")
_EXPONENT = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,2}", re.ASCII)

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d\d)([1-9]\d{6,7})", re.ASCII)
_COUNTRY = re.compile(r"(\+|00)86|86(?=1[3-9]\d{9}$)", re.ASCII)

_ID_SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_OLDEST_BIRTH_YEAR = 1880

LOST_DIGITS = N_(
    "Excel has changed this number and some of its digits are lost. "
    "Set the column's format to Text and type the number again."
)
BAD_PHONE = N_(
    "“%(value)s” is not a phone number. Write one mobile number of 11 digits, "
    "or a landline with its area code such as 0991-1234567."
)
BAD_ID_LENGTH = N_("An ID number has 18 characters, this one has %(length)s. Compare it with the card.")
BAD_ID_DATE = N_("The birth date in this ID number (%(digits)s) does not exist. Compare it with the card.")
BAD_ID_CHECK = N_("The last character of this ID number does not fit the others. Compare it with the card.")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A checked resident identity number: 18 characters, ``X`` in upper case; sex is "male" or "female"."""

    number: str
    birth_date: date
    sex: str


def _as_typed(raw: object) -> str:
    """The digits a person typed, for a value that the spreadsheet keeps as a number."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw)


def _tidy(text: str, form: Literal["NFC", "NFKC"]) -> str:
    # What is invisible goes first: it keeps accents from composing and blanks from being neighbours.
    text = _CONTROL.sub("", _BLANKS.sub(" ", _INVISIBLE.sub("", text)))
    return _BLANKS.sub(" ", unicodedata.normalize(form, text)).strip()


def clean_text(raw: object) -> str:
    """Return ``raw`` for display: composed, without invisible characters, blanks folded and trimmed."""
    return _tidy(_as_typed(raw), "NFC")


def clean_lines(text: str) -> str:
    """``clean_text`` of each line; empty lines stay inside the text, and go at its ends."""
    return "\n".join(clean_text(line) for line in text.splitlines()).strip()


def normalise_text(raw: object) -> str:
    """Return ``raw`` for comparison: as ``clean_text``, and full-width forms become plain ones (NFKC)."""
    return _tidy(_as_typed(raw), "NFKC")


def is_han(character: str) -> bool:
    """Whether ``character`` is a Chinese character, rare and private-use ones included."""
    return _HAN_CHARACTER.match(character) is not None


def normalise_name(raw: object) -> str:
    """Return a person's name in its one spelling.

    Blanks beside Chinese characters go ("赖　佳玲" is 赖佳玲), dots between them become ``·``; names in other
    scripts keep single blanks and their case.
    """
    name = normalise_text(raw)
    name = _DOT_IN_HAN_NAME.sub(DOT, name)
    return _BLANK_BESIDE_HAN.sub("", name)


def _refuse_lost_digits(raw: object, text: str) -> None:
    """Excel keeps 15 digits; what is longer and reached us as a number is already another number."""
    if (isinstance(raw, float) and abs(raw) >= 1e15) or _EXPONENT.fullmatch(text):
        raise Problem("lost_digits", LOST_DIGITS)


def parse_phone(raw: object) -> str:
    """Return a mobile number as 11 digits or a landline as ``0991-1234567``.

    Raises Problem ``bad_phone``, or ``lost_digits`` for a number in exponent form.
    """
    typed = normalise_text(raw).lstrip("'")
    _refuse_lost_digits(raw, typed)
    digits = re.sub(r"[\s\-‐-―−()]", "", typed).removesuffix(".0")
    digits = _COUNTRY.sub("", digits, count=1) if _COUNTRY.match(digits) else digits
    if _MOBILE.fullmatch(digits):
        return digits
    landline = _LANDLINE.fullmatch(digits)
    if landline is None:
        raise Problem("bad_phone", BAD_PHONE, value=typed[:30])
    return f"{landline[1]}-{landline[2]}"


def parse_id_number(raw: object, *, today: date) -> IdNumber:
    """Return a resident identity number of any region code, its birth date and its sex (GB 11643).

    Region codes are not looked up: 81, 82, 83 and 9… are real documents, and old codes vanish from the lists.
    Raises Problem ``bad_id_number``, or ``lost_digits`` for what a spreadsheet has rounded.
    """
    typed = normalise_text(raw).lstrip("'")
    _refuse_lost_digits(raw, typed)
    number = re.sub(r"[\s\-]", "", typed).removesuffix(".0").upper()
    if not _ID_SHAPE.fullmatch(number):
        raise Problem("bad_id_number", BAD_ID_LENGTH, length=len(number))
    birth_date = _birth_date(number[6:14], today)
    if birth_date is None:
        raise Problem("bad_id_number", BAD_ID_DATE, digits=number[6:14])
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    if _ID_CHECKS[total % 11] != number[17]:
        if number.endswith("000"):
            raise Problem("lost_digits", LOST_DIGITS)
        raise Problem("bad_id_number", BAD_ID_CHECK)
    return IdNumber(number, birth_date, "male" if int(number[16]) % 2 else "female")


def _birth_date(digits: str, today: date) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if born.year >= _OLDEST_BIRTH_YEAR and born <= today else None
