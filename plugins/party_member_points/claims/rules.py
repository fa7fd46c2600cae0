"""The rules of claims, pure: what may become of one, by whom, and when two are the same act."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from pointsys.plugin import N_, Problem, normalise_text, sha256_of

from .models import CONFIRMED, DRAFT, REJECTED, RETURNED, SUBMITTED, VERIFIED, VOIDED, WITHDRAWN

# What a claim may become -> from which states.
FROM: Mapping[str, tuple[str, ...]] = {
    SUBMITTED: (DRAFT, RETURNED),
    VERIFIED: (SUBMITTED,),
    CONFIRMED: (VERIFIED,),
    RETURNED: (SUBMITTED, VERIFIED),
    REJECTED: (SUBMITTED, VERIFIED),
    WITHDRAWN: (SUBMITTED, VERIFIED, RETURNED),
    VOIDED: (CONFIRMED,),
}
BY_STAFF = (VERIFIED, CONFIRMED, RETURNED, REJECTED, VOIDED)
# These say no, or take back what stood: the member reads why.
WITH_REASON = (RETURNED, REJECTED, VOIDED)
# A claim so many days after the act says why it comes so late.
LATE_DAYS = 30
MOST_WORDS = 1_000
MOST_REASON = 500

OWN_MATTER = N_("This is a claim of your own: somebody else has to decide on it.")
ANOTHER_PERSON = N_(
    "You had a part in this, so somebody else has to decide: ask a colleague or the sub-district."
)


class Doer(Protocol):
    """Who acts, with all of their accounts."""

    @property
    def person(self) -> int | None:
        """The kept id of their person."""

    def did(self, account: int | None, label: str) -> bool:
        """Whether it was this human being."""


@dataclass(frozen=True)
class Content:
    """What a member claims; ``quantity`` and ``points`` in hundredths, None where the item asks for neither."""

    item: str
    on_date: date
    title: str
    words: str = ""
    kind_id: int | None = None
    starts_at: datetime | None = None
    quantity: int | None = None
    points: int | None = None
    attrs: Mapping[str, str] = field(default_factory=dict)
    late_reason: str = ""

    @property
    def attrs_text(self) -> str:
        """The attributes as canonical JSON."""
        return json.dumps(dict(self.attrs), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def key(self) -> str:
        """What makes two claims of a person the same act: item, day, beginning and title, however it is spelled."""
        start = self.starts_at.isoformat() if self.starts_at else ""
        parts = (self.item, self.on_date.isoformat(), start, normalise_text(self.title).casefold())
        return sha256_of("\0".join(parts))

    def digest(self) -> str:
        """SHA-256 of all that is claimed: what a verifier has seen is what is confirmed."""
        parts = {
            "item": self.item, "kind": self.kind_id, "on": self.on_date.isoformat(), "title": self.title,
            "start": self.starts_at.isoformat() if self.starts_at else None, "quantity": self.quantity,
            "points": self.points, "attrs": self.attrs_text, "words": self.words, "late": self.late_reason,
        }  # fmt: skip
        return sha256_of(json.dumps(parts, ensure_ascii=False, sort_keys=True))


@dataclass(frozen=True)
class Hands:
    """Who had a hand in a claim so far: whose it is (kept id), who handed it in, verified and confirmed it."""

    person: int
    claimed: tuple[int | None, str]
    verified: tuple[int | None, str] | None = None
    decided: tuple[int | None, str] | None = None


def check_step(state: str, outcome: str) -> None:
    """Refuse what does not follow on ``state``; raises Problem wrong_state."""
    if state not in FROM[outcome]:
        raise wrong_state()


def wrong_state() -> Problem:
    """The refusal of what the claim's state does not allow."""
    return Problem(
        "wrong_state", N_("This claim was changed or decided on in the meantime. Load the page anew.")
    )


def check_hand(outcome: str, hands: Hands, who: Doer) -> None:
    """Refuse whoever had a part: member, verifier and decider are three people under any account.

    Whoever voids is not who confirmed. Raises Problem own_matter or another_person_needed.
    """
    if outcome not in BY_STAFF:
        return
    if who.person == hands.person or who.did(*hands.claimed):
        raise Problem("own_matter", OWN_MATTER)
    earlier = {CONFIRMED: hands.verified, VOIDED: hands.decided}.get(outcome)
    if earlier is not None and who.did(*earlier):
        raise Problem("another_person_needed", ANOTHER_PERSON)


def is_late(on_date: date, today: date) -> bool:
    """Whether a claim comes so late that it says why."""
    return (today - on_date).days > LATE_DAYS
