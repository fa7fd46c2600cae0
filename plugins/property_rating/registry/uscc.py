"""The unified social credit code of an organisation (GB 32100-2015): 18 characters, the last one computed."""

from __future__ import annotations

from pointsys.plugin import N_, Problem, normalise_text

# I, O, S, V and Z are left out, so that nobody takes them for digits.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
# Spreadsheets keep 15 digits of a number; what comes after is gone.
_EXACT = 10**15

BAD_CODE = N_(
    "“%(code)s” is not a unified social credit code: 18 digits and capital letters, as on the business licence. "
    "Compare each of them."
)
LOST = N_("The spreadsheet rounded this code. Format the column as text and type the code again.")


def check_character(first: str) -> str:
    """The 18th character for the 17 before it (GB 32100-2015, 6.2); raises KeyError for others than the alphabet's."""
    total = sum(_VALUES[letter] * weight for letter, weight in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def parse_uscc(raw: object) -> str:
    """The code without blanks and hyphens, in capitals; raises Problem bad_uscc or lost_digits."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= _EXACT:
        raise Problem("lost_digits", LOST, field="uscc")
    code = normalise_text(raw).replace(" ", "").replace("-", "").upper()
    known = len(code) == LENGTH and all(letter in _VALUES for letter in code)
    if known and check_character(code[:-1]) == code[-1]:
        return code
    raise Problem("bad_uscc", BAD_CODE, field="uscc", code=normalise_text(raw)[:30])
