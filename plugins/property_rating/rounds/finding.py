"""Finding a round below an area, locked or not; and what takes part in it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Conflict, subtree

from ..registry.models import PropertyEstate
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


def round_touching(session: Session, area: Area, public_id: str) -> PropertyRound | None:
    """The round with this outside id that ``area`` or one below it holds, or in which one of their estates is."""
    return session.scalar(
        select(PropertyRound).where(PropertyRound.public_id == public_id, touching(area.id))
    )


def touching(area_id: int) -> ColumnElement[bool]:
    """The condition that a round is held in an area or below, or that an estate there takes part in it."""
    inside = (
        select(PropertyEntrant.round_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(PropertyEstate.area_id.in_(subtree(area_id)))
    )
    return or_(PropertyRound.area_id.in_(subtree(area_id)), PropertyRound.id.in_(inside))


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


def entrant_in(
    session: Session, round_: PropertyRound, public_id: str, area_id: int | None = None
) -> PropertyEntrant | None:
    """The entrant with this outside id, if it is one of the round's and its estate lies below ``area_id``, if given."""
    query = select(PropertyEntrant).where(
        PropertyEntrant.public_id == public_id, PropertyEntrant.round_id == round_.id
    )
    if area_id is not None:
        inside = select(PropertyEstate.id).where(PropertyEstate.area_id.in_(subtree(area_id)))
        query = query.where(PropertyEntrant.estate_id.in_(inside))
    return session.scalar(query)
