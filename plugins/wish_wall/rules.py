"""The rules of wishes and claims as plain functions: which act is possible when, limits, and the split of the value.

Nothing here knows a database. Services of the parts ask ``check_wish`` and ``check_claim`` for the state and the
functions below for the rest; who may act is checked where people are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from pointsys.plugin import N_, Conflict, Problem

from .models import (
    ACTIVE,
    CLAIMED,
    CONFIRMED,
    CONVERTED,
    DELIVERED,
    EXPIRED,
    LAPSED,
    PUBLISHED,
    REALIZED,
    REJECTED,
    RELEASED,
    RETURNED,
    REVOKED,
    SUBMITTED,
    VOIDED,
    WITHDRAWN,
)

# What is done with a wish; the words go into its history.
SUBMIT, EDIT, PUBLISH, RETURN, REJECT, CONVERT = "submit", "edit", "publish", "return", "reject", "convert"
WITHDRAW, EXPIRE, RELIST, ASSIGN = "withdraw", "expire", "relist", "assign"
# What is done with a claim of it.
CLAIM, CONTACT, RELEASE, DELIVER, REVOKE = "claim", "contact", "release", "deliver", "revoke"
CONFIRM, LAPSE, VOID = "confirm", "lapse", "void"
AGREE, LEAVE = "agree", "leave"

# The states of a wish in which an act is possible.
WISH_FROM: Mapping[str, tuple[str, ...]] = {
    EDIT: (SUBMITTED, RETURNED),
    SUBMIT: (RETURNED,),
    PUBLISH: (SUBMITTED,),
    RETURN: (SUBMITTED,),
    REJECT: (SUBMITTED,),
    CONVERT: (SUBMITTED,),
    # A wish that is full is refused for want of a place, not for its state.
    CLAIM: (PUBLISHED, CLAIMED),
    WITHDRAW: (SUBMITTED, RETURNED, PUBLISHED),
    EXPIRE: (PUBLISHED,),
    RELIST: (EXPIRED,),
    ASSIGN: (EXPIRED,),
}
# What becomes of the wish; claims say so themselves, by the places that are left.
WISH_TO: Mapping[str, str] = {
    SUBMIT: SUBMITTED,
    PUBLISH: PUBLISHED,
    RETURN: RETURNED,
    REJECT: REJECTED,
    CONVERT: CONVERTED,
    WITHDRAW: WITHDRAWN,
    EXPIRE: EXPIRED,
    RELIST: PUBLISHED,
    ASSIGN: CLAIMED,
}
# The same for a claim.
CLAIM_FROM: Mapping[str, tuple[str, ...]] = {
    CONTACT: (ACTIVE,),
    RELEASE: (ACTIVE,),
    DELIVER: (ACTIVE,),
    REVOKE: (ACTIVE,),
    LAPSE: (ACTIVE,),
    CONFIRM: (DELIVERED,),
    VOID: (DELIVERED, CONFIRMED),
    # Of a claim that was confirmed somebody who never answered may still speak, see ``claims.joining``.
    AGREE: (ACTIVE, DELIVERED, CONFIRMED),
    LEAVE: (ACTIVE, DELIVERED, CONFIRMED),
}
CLAIM_TO: Mapping[str, str] = {
    CONTACT: ACTIVE,
    RELEASE: RELEASED,
    DELIVER: DELIVERED,
    REVOKE: REVOKED,
    LAPSE: LAPSED,
    CONFIRM: CONFIRMED,
    VOID: VOIDED,
}
MOST_PLACES = 10
MOST_TEAM = 20
MOST_MINUTES = 24 * 60
_TOO_LONG = {
    "reason": N_("The reason may have at most %(count)s characters."),
    "answer": N_("The answer may have at most %(count)s characters."),
    "consent": N_("The note on how they agreed may have at most %(count)s characters."),
    "proof": N_("What was brought may be told in at most %(count)s characters."),
    "thanks": N_("The thanks may have at most %(count)s characters."),
    "phone": N_("The phone may have at most %(count)s characters."),
}
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)


def within(text: str, most: int, what: str, field: str = "") -> str:
    """``text`` as it is, for nothing is cut without a word; raises Problem too_long_text at ``field`` (or ``what``)."""
    if len(text) > most:
        raise Problem("too_long_text", _TOO_LONG[what], field=field or what, count=most)
    return text


def check_wish(action: str, state: str) -> None:
    """Refuse an act that a wish in this state does not allow: Conflict not_open for claims, bad_state for the rest."""
    if state in WISH_FROM[action]:
        return
    if action == CLAIM:
        raise not_open()
    raise Conflict("bad_state", N_("The wish has gone on meanwhile. Look at it again before you go on."))


def check_claim(action: str, state: str) -> None:
    """Refuse an act that a claim in this state does not allow: Conflict bad_state."""
    if state not in CLAIM_FROM[action]:
        raise Conflict("bad_state", N_("The claim has gone on meanwhile. Look at it again before you go on."))


def not_open() -> Conflict:
    """The refusal of a claim of a wish that cannot be claimed (any more, or yet)."""
    return Conflict("not_open", N_("This wish cannot be claimed now. Choose another one on the wall."))


def no_slot() -> Conflict:
    """The refusal of a claim of more places than are left."""
    return Conflict(
        "no_slot", N_("Not so many places are left: somebody was faster. Choose fewer, or another wish.")
    )


def check_qty(raw: object) -> int:
    """How many places somebody wants: a whole number of at least 1, as a number or as its digits.

    Raises Problem bad_qty.
    """
    text = str(raw).strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and _WHOLE.fullmatch(text):
        text = int(text)
    if isinstance(text, bool) or not isinstance(text, int) or text < 1:
        raise Problem("bad_qty", N_("Say in whole numbers how many you take on, at least 1."), field="qty")
    return text


def check_rating(raw: object) -> int:
    """1 to 5 stars, as a number or as its digit; raises Problem bad_rating."""
    text = int(raw) if isinstance(raw, str) and raw.strip() in {"1", "2", "3", "4", "5"} else raw
    if isinstance(text, bool) or not isinstance(text, int) or not 1 <= text <= 5:
        raise Problem("bad_rating", N_("Choose one to five stars."), field="rating")
    return text


def check_minutes(raw: object) -> int | None:
    """The minutes that a confirmer states, None for none; raises Problem bad_minutes above a day or below 1."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    text = int(raw) if isinstance(raw, str) and _WHOLE.fullmatch(raw.strip()) else raw
    if isinstance(text, bool) or not isinstance(text, int) or not 1 <= text <= MOST_MINUTES:
        raise Problem(
            "bad_minutes",
            N_("Write the time in whole minutes, at most %(most)s, or leave it out."),
            field="minutes",
            most=MOST_MINUTES,
        )
    return text


def split(value: int, people: int) -> tuple[int, ...]:
    """A value over a team, exactly: the quotient each, the remainder one by one in team order (10 over 3: 4, 3, 3).

    Args: ``value`` >= 0 in any unit, ``people`` >= 1. The shares add up to ``value`` and differ by 1 at most.
    """
    if value < 0 or people < 1:
        raise ValueError("a value of at least 0 over at least one person")
    each, rest = divmod(value, people)
    return tuple(each + (1 if place < rest else 0) for place in range(people))


def contact_due(claimed_at: datetime, days: int) -> datetime:
    """The instant at which a claim without a contact lapses: ``days`` x 24 hours after it was made."""
    return claimed_at + timedelta(hours=24 * days)


def deliver_due(contacted_at: datetime, days: int) -> datetime:
    """The instant by which a claimed wish should be brought: ``days`` x 24 hours after the contact."""
    return contacted_at + timedelta(hours=24 * days)


def expires_at(published_at: datetime, days: int) -> datetime:
    """The instant at which a wish that nobody claims leaves the wall: ``days`` x 24 hours after it came there."""
    return published_at + timedelta(hours=24 * days)


def state_after(taken: int, slots: int, all_confirmed: bool) -> str:
    """The state of a wish on the wall by its places: realized when full and every live claim is confirmed, claimed
    when full, else published."""
    if taken < slots:
        return PUBLISHED
    return REALIZED if all_confirmed else CLAIMED
