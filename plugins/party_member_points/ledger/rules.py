"""The rules of awards, deductions and vetoes, pure: what an item asks for, what may follow on what, and by whom."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Protocol

from pointsys.plugin import CONFIRMED, N_, PENDING, REJECTED, VOIDED, Problem, normalise_text

from ..scoring.exact import Number, plain, simplest
from ..scoring.scheme import Item, Plain
from .reading import ANSWERED, EARN, TOLD, VERIFIED, WITHDRAWN

_AMOUNT = re.compile(r"[0-9]{1,7}(\.[0-9]{1,2})?", re.ASCII)
_BY_AMOUNT = frozenset({"per_qty", "tier", "brackets", "mean", "accumulate", "total_tier"})
_PERSON = "person."
MOST_TEXT, MOST_TITLE, MOST_ATTRIBUTE = 1_000, 200, 100
WAYS: Mapping[str, str] = {
    "paper": N_("a letter handed over"),
    "visit": N_("a talk, noted down"),
    "message": N_("a message that was read"),
    "post": N_("a registered letter"),
}
STATUS_TITLES: Mapping[str, str] = {
    PENDING: N_("Proposed"),
    TOLD: N_("Member told"),
    VERIFIED: N_("Verified"),
    CONFIRMED: N_("Confirmed"),
    REJECTED: N_("Not accepted"),
    WITHDRAWN: N_("Taken back"),
    VOIDED: N_("Voided"),
}
KIND_TITLES: Mapping[str, str] = {"earn": N_("Award"), "deduct": N_("Deduction"), "veto": N_("Veto")}
WAITING = (PENDING, TOLD, VERIFIED)


@dataclass(frozen=True)
class AwardDraft:
    """A proposal before it is stored; ``qty`` and ``points`` in hundredths, None where the item asks for neither.

    The same ``key`` twice is the same proposal; "" makes each its own. ``accepted_late`` lets it count in spite of the
    scheme's deadline, ``adjusting`` in spite of a confirmed sheet.
    """

    item: str
    on_date: date
    reason: str
    evidence: str = ""
    title: str = ""
    qty: int | None = None
    points: int | None = None
    attrs: Mapping[str, Plain] = field(default_factory=dict)
    key: str = ""
    source: str = "staff"
    source_ref: str = ""
    accepted_late: bool = False
    adjusting: bool = False

    def attrs_text(self) -> str:
        """The attributes as canonical JSON; numbers as they are printed."""
        values = {k: v if isinstance(v, (str, bool)) else plain(v) for k, v in self.attrs.items()}
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Asks:
    """What a proposal under an item has to say.

    ``points`` (least, most or None) where they are given by hand; ``amount`` where a quantity is counted; ``choice``
    the attribute by which the table is read with its values and points; ``matter`` the attribute that says which
    events compete; ``flags`` attributes with the values that change the worth.
    """

    item: Item
    points: tuple[str, str] | None = None
    amount: bool = False
    choice: tuple[str, Mapping[str, str]] | None = None
    matter: str = ""
    flags: tuple[tuple[str, tuple[str, ...]], ...] = ()


def asks_of(item: Item) -> Asks:
    """What a proposal under ``item`` has to say."""
    low, high = plain(item.low), "" if item.high is None else plain(item.high)
    own_table = item.mode == "table" and item.by and not item.by.startswith(_PERSON)
    flags: dict[str, list[str]] = {}
    for adjustment in (*item.extra, *item.mult):
        for name, value in adjustment.match.event:
            flags.setdefault(name, []).append(_word(value))
    matter = item.best_of[1] if item.best_of and not item.best_of[1].startswith(_PERSON) else ""
    return Asks(
        item,
        points=(low, high) if item.mode == "manual" and item.kind != "veto" else None,
        amount=item.mode in _BY_AMOUNT and item.kind != "veto",
        choice=(item.by, {name: plain(points) for name, points in _in_points(item).items()})
        if own_table
        else None,
        matter="" if own_table and matter == item.by else matter,
        flags=tuple((name, tuple(dict.fromkeys(values))) for name, values in flags.items()),
    )


def _in_points(item: Item) -> Mapping[str, Number]:

    return {name: simplest(Fraction(cents, 100)) for name, cents in item.values.items()}


def _word(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else plain(value)


def as_attribute(text: str) -> Plain:
    """An attribute as a form gives it: "true" and "false" are no texts."""
    return {"true": True, "false": False}.get(text, text)


def awardable(item: Item) -> bool:
    """Whether something can be proposed under ``item``: attendance is told by sessions instead."""
    return item.kind == "veto" or item.mode != "none"


def hundredths_of(text: str, field: str) -> int | None:
    """A number above zero in hundredths, None for a blank; raises Problem bad_amount for anything else."""
    text = normalise_text(text).replace(",", "")
    if not text:
        return None
    whole, _, decimals = text.partition(".")
    if not _AMOUNT.fullmatch(text) or not (found := int(whole) * 100 + int((decimals + "00")[:2])):
        raise Problem(
            "bad_amount",
            N_("Write a number above zero and below 10,000,000, with at most two decimals."),
            field=field,
        )
    return found


def check_content(asks: Asks, draft: AwardDraft) -> None:
    """Refuse what the item would not count, naming the field.

    Raises Problem not_awardable, reason_needed, too_long_text, points_needed, points_out_of_range, amount_needed,
    bad_amount or unknown_choice.
    """
    if not awardable(asks.item):
        raise Problem("not_awardable", N_("Attendance is recorded with sessions."), field="item")
    if not draft.reason.strip():
        raise Problem("reason_needed", N_("Say why in a few words; the member reads it."), field="reason")
    texts = (("reason", draft.reason), ("evidence", draft.evidence))
    for name, text, most in (*((n, t, MOST_TEXT) for n, t in texts), ("title", draft.title, MOST_TITLE)):
        if len(text) > most:
            raise Problem("too_long_text", N_("At most %(count)s characters."), field=name, count=most)
    _check_points(asks, draft)
    _check_amount(asks, draft)
    _check_attributes(asks, draft)


def _check_points(asks: Asks, draft: AwardDraft) -> None:
    if asks.points is None:
        if draft.points is not None:
            raise Problem("points_not_asked", N_("The scheme sets the points of this item."), field="points")
        return
    if draft.points is None:
        raise Problem("points_needed", N_("Say how many points."), field="points")
    low, high = asks.item.low, asks.item.high
    if not 0 < draft.points < 10**9 or draft.points < low * 100 or (high and draft.points > high * 100):
        raise Problem(
            "points_out_of_range",
            N_("The scheme allows %(low)s to %(high)s points here."),
            field="points",
            low=asks.points[0],
            high=asks.points[1] or "…",
        )


def _check_amount(asks: Asks, draft: AwardDraft) -> None:
    if asks.amount and draft.qty is None:
        raise Problem("amount_needed", N_("Write how much it was, as a number above zero."), field="qty")
    if draft.qty is None:
        return
    if not 0 < draft.qty < 10**9:
        raise Problem(
            "bad_amount",
            N_("Write a number above zero and below 10,000,000, with at most two decimals."),
            field="qty",
        )
    if draft.qty < asks.item.qty.least * 100:
        raise Problem(
            "below_min",
            N_("The scheme counts this from %(least)s on."),
            field="qty",
            least=plain(asks.item.qty.least),
        )


def _check_attributes(asks: Asks, draft: AwardDraft) -> None:
    if asks.choice is not None and str(draft.attrs.get(asks.choice[0], "")) not in asks.choice[1]:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="choice")
    if asks.matter and not str(draft.attrs.get(asks.matter, "")).strip():
        raise Problem(
            "matter_needed",
            N_("Say which matter it is about: of several awards for one matter only the best counts."),
            field="matter",
        )
    if len(draft.attrs) > 10 or any(len(str(value)) > MOST_ATTRIBUTE for value in draft.attrs.values()):
        raise Problem(
            "too_long_text", N_("At most %(count)s characters."), field="matter", count=MOST_ATTRIBUTE
        )


# --- what follows on what, and who may do it ---


class Doer(Protocol):
    """Who acts, with all of their accounts."""

    @property
    def person(self) -> int | None:
        """The kept id of their person."""

    def did(self, account: int | None, label: str) -> bool:
        """Whether it was this human being."""


@dataclass(frozen=True)
class Step:
    """One act on an award: outcome, and by whom."""

    outcome: str
    account: int | None
    label: str


@dataclass(frozen=True)
class Hands:
    """Who had a hand in an award so far: whose it is (kept id), who proposed it, and the steps after that."""

    person: int
    proposed: tuple[int | None, str]
    steps: tuple[Step, ...] = ()

    def did(self, outcome: str, who: Doer) -> bool:
        """Whether ``who`` took a step with this outcome."""
        return any(step.outcome == outcome and who.did(step.account, step.label) for step in self.steps)


def next_outcomes(kind: str, status: str) -> tuple[str, ...]:
    """What may follow: an award is verified and then confirmed, a deduction or veto told and then decided on."""
    if kind == EARN:
        return {
            PENDING: (VERIFIED, REJECTED, WITHDRAWN),
            VERIFIED: (CONFIRMED, REJECTED, WITHDRAWN),
            CONFIRMED: (VOIDED,),
        }.get(status, ())
    return {
        PENDING: (TOLD, REJECTED, WITHDRAWN),
        TOLD: (CONFIRMED, REJECTED, WITHDRAWN),
        CONFIRMED: (VOIDED,),
    }.get(status, ())


def permission_for(kind: str, outcome: str) -> str:
    """The permission that a step takes."""
    if outcome in (TOLD, WITHDRAWN):
        return "points.award"
    if outcome == VERIFIED or (outcome == REJECTED and kind == EARN):
        return "points.verify"
    return "points.decide"


def refusal(outcome: str, hands: Hands, who: Doer) -> str | None:
    """The code of the refusal for ``who`` taking this step, or None.

    Member, proposer, verifier and decider are different people under any account; whoever voids neither proposed nor
    confirmed it. Only whoever proposed takes it back, and only the member answers.
    """
    own = who.person == hands.person
    proposed = who.did(*hands.proposed)
    if outcome == ANSWERED:
        return None if own else "not_yours"
    if outcome == WITHDRAWN:
        return None if proposed else "another_withdraws"
    if own:
        return "own_matter"
    if outcome == TOLD:
        return None
    barred = {CONFIRMED: VERIFIED, VOIDED: CONFIRMED}.get(outcome)
    if proposed or (barred is not None and hands.did(barred, who)):
        return "another_person_needed"
    return None


MESSAGES: Mapping[str, str] = {
    "own_matter": N_("This concerns yourself: somebody else has to act on it."),
    "another_person_needed": N_(
        "You had a part in this, so somebody else has to decide: ask a colleague or the sub-district."
    ),
    "another_withdraws": N_("Only whoever proposed this takes it back; turn it down instead."),
    "not_yours": N_("Only the member answers this."),
}


def refused(code: str) -> Problem:
    """The refusal with one of these codes."""
    text = MESSAGES[code]
    return Problem(code, text)


def check_hand(outcome: str, hands: Hands, who: Doer) -> None:
    """Refuse who may not take this step; raises Problem with the code of ``refusal``."""
    code = refusal(outcome, hands, who)
    if code is not None:
        raise refused(code)


def check_step(kind: str, status: str, outcome: str) -> None:
    """Refuse what does not follow; raises Problem tell_first or wrong_state."""
    if outcome in next_outcomes(kind, status):
        return
    if kind != EARN and status == PENDING and outcome == CONFIRMED:
        raise Problem(
            "tell_first",
            N_("The member must be told in writing first: record when and how, then the committee decides."),
        )
    raise Problem("wrong_state", N_("This was changed or decided on in the meantime. Load the page anew."))
