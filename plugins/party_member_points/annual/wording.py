"""How results are called in the reader's language."""

from __future__ import annotations

from fractions import Fraction

from pointsys.plugin import N_

from .deciding import STEP, TAKEN_BACK
from .models import COMPUTED, CONFIRMED, DECIDED, PROPOSED, PUBLIC, REOPENED

STATE_TITLES = {
    COMPUTED: N_("Computed"),
    PROPOSED: N_("Before the committee"),
    DECIDED: N_("Decided by the committee"),
    PUBLIC: N_("Public"),
    CONFIRMED: N_("Confirmed"),
    REOPENED: N_("Reopened"),
}
STATE_BADGES = {
    COMPUTED: "info", PROPOSED: "wait", DECIDED: "info", PUBLIC: "wait", CONFIRMED: "ok", REOPENED: "off",
}  # fmt: skip
# The way of a result, as the top of its page shows it.
STEPS = (COMPUTED, PROPOSED, DECIDED, PUBLIC, CONFIRMED)
ACTS = {
    **STATE_TITLES,
    PUBLIC: N_("Notice put up"),
    STEP: N_("Grade decided"),
    TAKEN_BACK: N_("Taken back"),
}
ONLY_TITLES = (
    ("undecided", N_("not decided yet")),
    ("tie", N_("tie at the quota")),
    ("held", N_("held down by a condition or veto")),
    ("moved", N_("decided otherwise than proposed")),
)


def share_words(ratio: str) -> str:
    """A share as people write it: "3/10" is 30%, "1/3" stays."""
    if not ratio:
        return ""
    percent = Fraction(ratio) * 100
    return f"{percent.numerator}%" if percent.denominator == 1 else ratio
