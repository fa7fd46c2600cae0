"""Every change of a round leaves a numbered event and an audit row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Problem, audit, canonical, clean_text, current_site

from .models import PropertyEntrant, PropertyRound, PropertyRoundEvent

WORDS = 500

# What was done with a round or an entrant, as staff and the public read it.
ACTIONS = {
    "drafted": N_("Drafted"),
    "changed": N_("Draft changed"),
    "opened": N_("Opened: entrants and roll are frozen"),
    "sheet": N_("Rater's sheet filled in"),
    "sheet_back": N_("Rater's sheet taken back"),
    "veto": N_("Veto recorded"),
    "veto_back": N_("Veto taken back"),
    "withdrawal_asked": N_("Withdrawal asked for"),
    "withdrawal_dropped": N_("Withdrawal asked for no more"),
    "withdrawn": N_("Withdrawn: nothing is counted"),
    "tallied": N_("Tallied"),
    "published": N_("Results posted for objections"),
    "taken_down": N_("Notice taken down"),
    "replied": N_("The company replied"),
    "gathered": N_("Owners gather supporters for an appeal"),
    "appealed": N_("Appeal raised"),
    "left": N_("Who raised the appeal left it; enough owners stand behind it"),
    "retracted": N_("Appeal withdrawn by who raised it"),
    "upheld": N_("Appeal upheld"),
    "unchanged": N_("The score stays although the appeal was upheld"),
    "rejected": N_("Appeal rejected"),
    "final": N_("Made final"),
    "superseded": N_("Superseded by a later round"),
}


def note(
    session: Session,
    round_: PropertyRound,
    action: str,
    actor: Actor,
    *,
    entrant: PropertyEntrant | None = None,
    reason: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> PropertyRoundEvent:
    """Leave the event of an act on a locked round, and its audit row; ``before`` and ``after`` are JSON data."""
    last = session.scalar(
        select(func.max(PropertyRoundEvent.no)).where(PropertyRoundEvent.round_id == round_.id)
    )
    event = PropertyRoundEvent(
        round_id=round_.id,
        no=(last or 0) + 1,
        entrant_id=None if entrant is None else entrant.id,
        action=action,
        reason=reason,
        before=canonical(dict(before or {})),
        after=canonical(dict(after or {})),
        actor=actor.label,
        account_id=actor.account_id,
        at=current_site().now(),
    )
    session.add(event)
    session.flush()
    audit.write(
        session, actor, f"property.round_{action}", "property_round", round_.public_id, area_id=round_.area_id,
        before=dict(before or {}), after={"no": event.no, **(after or {})},
    )  # fmt: skip
    return event


def words(text: str, *, field: str = "reason", most: int = WORDS, needed: bool = True) -> str:
    """Somebody's words, cleaned; Problem reason_required or too_long_text."""
    text = clean_text(text)
    if needed and not text:
        raise Problem("reason_required", N_("Write why, in a few words."), field=field)
    if len(text) > most:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field=field, count=most)
    return text
