"""Rounds and entrants of an address, as the pages and programs of an area reach them; 404 for all others."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import current_area, missing

from ..ballots import roll
from ..owners.reach import estates_within
from .finding import entrant_in, round_below, round_touching
from .models import PropertyEntrant, PropertyRound


def round_here(session: Session, public_id: str) -> PropertyRound:
    """The round of this address, if it has to do with the page's area."""
    return round_touching(session, current_area(), public_id) or missing()


def own_round(session: Session, public_id: str, *, lock: bool = False) -> PropertyRound:
    """The round of this address, if the page's area or one below it holds it."""
    return round_below(session, current_area(), public_id, lock=lock) or missing()


def round_reached(session: Session, public_id: str) -> PropertyRound:
    """The opened round of this address, if dwellings that staff of the page's area work with take part."""
    return roll.round_within(session, public_id, estates_within(current_area().id)) or missing()


def entrant_here(session: Session, round_: PropertyRound, public_id: str) -> PropertyEntrant:
    """The entrant of this address, if its estate lies in the page's area."""
    return entrant_in(session, round_, public_id, current_area().id) or missing()
