"""Ruling on appeals, after both sides were heard: by somebody who neither computed, published, raised nor gains by it.

An appeal that is upheld takes the round back to computed, and it is published anew for the full time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Problem, Refused, current_site, rows_of_actor, who_acts

from .events import note, words
from .finding import bad_state, locked
from .impartial import linked_entrants, own_matter
from .models import COMPUTED, PUBLICITY, PropertyEntrant, PropertyRound
from .notices import notice_of_round
from .publishing import back_to_computed
from .records import OPEN, REJECTED, UPHELD, PropertyAppeal, PropertyAppealSupport

OUTCOMES = (UPHELD, REJECTED)
MOST_WORDS = 1000


def rule(
    session: Session,
    round_: PropertyRound,
    appeal: PropertyAppeal,
    outcome: str,
    reason: str,
    actor: Actor,
    *,
    heard_on: date | None = None,
    hearing: str = "",
) -> PropertyAppeal:
    """Rule on an open appeal, "upheld" or "rejected", for ``reason``; the hearing is told by its day and words.

    Raises Problem reason_required, bad_choice or bad_dates, Refused forbidden or own_matter, Conflict bad_state.
    """
    held = locked(session, round_, PUBLICITY, COMPUTED)
    session.refresh(appeal, with_for_update=True)
    if appeal.state != OPEN:
        raise bad_state()
    if outcome not in OUTCOMES:
        raise Problem("bad_choice", N_("Choose whether the appeal is upheld or rejected."), field="outcome")
    reason = words(reason, most=MOST_WORDS)
    hearing = words(hearing, field="hearing", most=MOST_WORDS, needed=False)
    if heard_on is not None and heard_on > current_site().today():
        raise Problem("bad_dates", N_("This day is still to come."), field="heard_on")
    refusal = why_not(session, held, appeal, actor)
    if refusal is not None:
        raise refusal
    before = held.state
    appeal.state, appeal.ruling, appeal.hearing, appeal.heard_on = outcome, reason, hearing, heard_on
    appeal.ruled_at, appeal.ruled_by = current_site().now(), actor.label
    appeal.ruled_by_account = actor.account_id
    session.flush()
    if outcome == UPHELD and held.state == PUBLICITY:
        back_to_computed(session, held, "objection", reason[:500], actor)
    note(
        session, held, outcome, actor, entrant=session.get_one(PropertyEntrant, appeal.entrant_id),
        reason=reason[:500], before={"state": before}, after={"state": held.state, "appeal": appeal.public_id},
    )  # fmt: skip
    return appeal


def why_not(session: Session, round_: PropertyRound, appeal: PropertyAppeal, actor: Actor) -> Refused | None:
    """Why somebody may not rule on an appeal, whoever they are; None where they may."""
    return hindrances(session, round_, [appeal], actor).get(appeal.id)


def hindrances(
    session: Session, round_: PropertyRound, appeals: Sequence[PropertyAppeal], actor: Actor
) -> dict[int, Refused]:
    """Appeal -> why somebody may not rule on it, none for those on which they may; some eight statements."""
    if actor.unrestricted or not appeals:
        return {}
    who = who_acts(session, actor)
    notice = notice_of_round(session, round_)
    if who.did(round_.computed_by_account, round_.computed_by) or (
        notice is not None and who.did(notice.posted_by_account, notice.posted_by)
    ):
        own = Refused("forbidden", N_("You tallied or published this result: somebody else has to rule."))
        return {appeal.id: own for appeal in appeals}
    side = Refused("forbidden", N_("You are on one side of this appeal: somebody else has to rule."))
    linked = linked_entrants(session, round_, who.accounts)
    supported = _supported(session, appeals, rows_of_actor(session, actor))
    found = {
        appeal.id: side
        for appeal in appeals
        if who.did(appeal.raised_by_account, appeal.raised_by)
        or appeal.entrant_id in linked
        or appeal.id in supported
    }
    if linked:
        # Whoever acts for another company of the round gains or loses a place by it too.
        found = {**{appeal.id: own_matter() for appeal in appeals}, **found}
    return found


def _supported(session: Session, appeals: Sequence[PropertyAppeal], own: Collection[int]) -> frozenset[int]:
    """Appeals that somebody with these rows of people stands behind; signatures that wait count too."""
    query = select(PropertyAppealSupport.appeal_id).where(
        PropertyAppealSupport.appeal_id.in_([appeal.id for appeal in appeals]),
        PropertyAppealSupport.person_id.in_(own),
    )
    return frozenset(session.scalars(query))
