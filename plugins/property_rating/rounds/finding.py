"""Finding a round below an area, locked or not; and what takes part in it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Conflict, subtree

from .models import PropertyEntrant, PropertyRound


def round_below(session: Session, area: Area, public_id: str, lock: bool = False) -> PropertyRound | None:
    """The round with this outside id, if ``area`` or one below it holds it.

    With ``lock`` nobody else changes it until the transaction ends, and it is read anew.
    """
    query = select(PropertyRound).where(
        PropertyRound.public_id == public_id, PropertyRound.area_id.in_(subtree(area.id))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def locked(session: Session, round_: PropertyRound, *states: str) -> PropertyRound:
    """The round read anew, nobody else changing it until the transaction ends.

    Raises Conflict bad_state in any state but ``states``.
    """
    query = select(PropertyRound).where(PropertyRound.id == round_.id).with_for_update()
    held = session.scalars(query.execution_options(populate_existing=True)).one()
    if states and held.state not in states:
        raise bad_state()
    return held


def bad_state() -> Conflict:
    """What is answered when a round is not in the state for an act."""
    return Conflict(
        "bad_state",
        N_("The round is not in the state for this. Look at it again: somebody may have moved it on."),
    )


def entrants_of(session: Session, round_: PropertyRound) -> list[PropertyEntrant]:
    """All entrants of a round, by id."""
    query = select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id)
    return list(session.scalars(query.order_by(PropertyEntrant.id)))


def entrant_in(session: Session, round_: PropertyRound, public_id: str) -> PropertyEntrant | None:
    """The entrant with this outside id, if it is one of the round's."""
    return session.scalar(
        select(PropertyEntrant).where(
            PropertyEntrant.public_id == public_id, PropertyEntrant.round_id == round_.id
        )
    )


def round_of(session: Session, entrant: PropertyEntrant) -> PropertyRound:
    """The round of an entrant."""
    return session.get_one(PropertyRound, entrant.round_id)
