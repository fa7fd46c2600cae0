"""Giving a round up before its tally: a draft at once, one that collects with a second person where the house asks so.

A withdrawn round is over: its ballots stay where they are, uncounted and unseen, its estates are free for another
round, and whoever wanted to vote reads why.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Problem, current_site, subtree, who_acts

from ..registry.models import PropertyEstate
from .events import note, words
from .finding import bad_state, locked
from .impartial import refuse_interested, second_person_asked
from .models import COLLECTING, DRAFT, WITHDRAWN, PropertyEntrant, PropertyRound

# So long the public page tells of rounds that were given up.
TOLD_FOR = timedelta(days=90)


def withdraw(session: Session, round_: PropertyRound, reason: str, actor: Actor) -> PropertyRound:
    """Withdraw a round for ``reason``; of one that collects a first person asks for it, and a second one does it.

    The second one may leave the reason empty: that of the first stands. Raises Conflict bad_state, Problem
    reason_required or another_person_needed, Refused own_matter.
    """
    held = locked(session, round_, DRAFT, COLLECTING)
    refuse_interested(session, held, actor)
    asked = bool(held.withdrawal_asked_by)
    reason = words(reason, needed=not asked) or held.withdrawal_reason
    if held.state == COLLECTING and not actor.unrestricted and second_person_asked(session, held.area_id):
        if not asked:
            return _ask(session, held, reason, actor)
        if who_acts(session, actor).did(held.withdrawal_asked_by_account, held.withdrawal_asked_by):
            raise Problem(
                "another_person_needed",
                N_("You asked for this round to be withdrawn: somebody else has to do it."),
            )
    before = held.state
    held.state, held.withdrawal_reason, held.withdrawn_at = WITHDRAWN, reason, current_site().now()
    session.flush()
    note(
        session, held, "withdrawn", actor, reason=reason, before={"state": before}, after={"state": WITHDRAWN},
    )  # fmt: skip
    return held


def _ask(session: Session, held: PropertyRound, reason: str, actor: Actor) -> PropertyRound:
    held.withdrawal_reason, held.withdrawal_asked_by = reason, actor.label
    held.withdrawal_asked_by_account = actor.account_id
    session.flush()
    note(session, held, "withdrawal_asked", actor, reason=reason, after={"state": held.state})
    return held


def keep(session: Session, round_: PropertyRound, actor: Actor) -> PropertyRound:
    """Let a round whose withdrawal somebody asked for go on. Raises Conflict bad_state, Refused own_matter."""
    held = locked(session, round_, COLLECTING)
    refuse_interested(session, held, actor)
    if not held.withdrawal_asked_by:
        raise bad_state()
    before = {"reason": held.withdrawal_reason}
    held.withdrawal_reason = held.withdrawal_asked_by = ""
    held.withdrawal_asked_by_account = None
    session.flush()
    note(session, held, "withdrawal_dropped", actor, before=before, after={"state": held.state})
    return held


def lately_withdrawn(session: Session, area_id: int) -> list[PropertyRound]:
    """Rounds with estates of an area in which ballots came in and that were withdrawn of late, the newest first."""
    inside = (
        select(PropertyEntrant.round_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(PropertyEstate.area_id.in_(subtree(area_id)))
    )
    query = select(PropertyRound).where(
        PropertyRound.state == WITHDRAWN,
        PropertyRound.opened_at.is_not(None),
        PropertyRound.withdrawn_at >= current_site().now() - TOLD_FOR,
        PropertyRound.id.in_(inside),
    )
    return list(session.scalars(query.order_by(PropertyRound.withdrawn_at.desc())))
