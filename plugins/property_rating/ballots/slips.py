"""Slips: one for each dwelling, with a code of 80 random bits that lets whoever holds it vote once for the dwelling.

Codes are shown when they are made, on the page that is printed, and stored as hashes alone. Making them anew for a
dwelling makes the old slip worthless; a dwelling that has voted gets none.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Problem,
    audit,
    current_site,
    limit_of_address,
    limit_used,
    spend_alone,
    token_hash,
)

from ..registry.models import PropertyBuilding, PropertyDwelling, PropertyEstate
from ..rounds.impartial import refuse_interested
from ..rounds.models import PropertyEntrant, PropertyRound
from . import roll
from .casting import is_open
from .models import PropertyVoter

# Without letters that are taken for digits.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
# One page of the browser holds so many; a building is rarely larger.
MOST = 400
# Wrong codes of one address; a code cannot be guessed, so that this is for those who try.
TRIES, MINUTES = 30, 15
NO_SLIPS = N_("Every dwelling here has voted or has its slip. Tick “make anew” to replace them.")
LIMIT, ALERT = "property.code", "code.guessed"
ADVICE = N_("This code is not valid. Look at your slip again, or ask your community for a new one.")


def new_token() -> str:
    """A code: 16 letters and digits, 80 bits."""
    return "".join(secrets.choice(_LETTERS) for _place in range(LENGTH))


def grouped(token: str) -> str:
    """A code as it is printed and read out, in fours."""
    return " ".join(token[place : place + 4] for place in range(0, len(token), 4))


@dataclass(frozen=True)
class Slip:
    """A code that was just made, and whose it is."""

    voter_id: int
    token: str


def make(
    session: Session, round_: PropertyRound, voters: Sequence[PropertyVoter], actor: Actor
) -> list[Slip]:
    """Make codes for rows of the roll that have not voted.

    A code votes, so that nobody makes them who acts for a company of the round. Raises Conflict round_closed, Refused
    own_matter, Problem too_many_slips or no_slips.
    """
    if not is_open(round_):
        raise roll.closed(round_)
    refuse_interested(session, round_, actor)
    if len(voters) > MOST:
        raise Problem(
            "too_many_slips", N_("At most %(most)s slips at a time: print building by building."), most=MOST
        )
    made, today = [], current_site().today()
    for voter in voters:
        if voter.voted_on is not None:
            continue
        slip = Slip(voter.id, new_token())
        # By statement: a ballot that comes in meanwhile is not overwritten.
        session.execute(
            update(PropertyVoter)
            .where(PropertyVoter.id == voter.id, PropertyVoter.voted_on.is_(None))
            .values(token_hash=token_hash(slip.token), token_on=today)
        )
        made.append(slip)
    if not made:
        raise Problem("no_slips", NO_SLIPS)
    audit.write(
        session, actor, "property.slips_made", "property_round", round_.public_id, area_id=round_.area_id,
        count=len(made), after={"slips": len(made)},
    )  # fmt: skip
    return made


def rows_for(
    session: Session, entrant: PropertyEntrant, building: str = "", *, only_new: bool = True
) -> Sequence[PropertyVoter]:
    """Rows of an entrant that can have a slip, one building or all, in the order of the doors.

    With ``only_new`` those that have none yet; otherwise all that have not voted. Raises Problem bad_choice for a
    building of another estate.
    """
    query = (
        select(PropertyVoter)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyVoter.dwelling_id)
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .where(PropertyVoter.entrant_id == entrant.id, PropertyVoter.voted_on.is_(None))
        .order_by(PropertyBuilding.name, PropertyDwelling.number, PropertyVoter.id)
    )
    if building:
        its = select(PropertyBuilding.id).where(
            PropertyBuilding.public_id == building, PropertyBuilding.estate_id == entrant.estate_id
        )
        if session.scalar(its) is None:
            raise Problem(
                "bad_choice", N_("This building belongs to another estate: choose one of “%(estate)s”."),
                field="building", estate=session.get_one(PropertyEstate, entrant.estate_id).name,
            )  # fmt: skip
        query = query.where(PropertyBuilding.public_id == building)
    if only_new:
        query = query.where(PropertyVoter.token_hash.is_(None))
    return session.scalars(query.limit(MOST + 1)).all()


def buildings_of(session: Session, entrants: Collection[PropertyEntrant]) -> Sequence[PropertyBuilding]:
    """The buildings of the estates, by name."""
    ids = [entrant.estate_id for entrant in entrants]
    query = select(PropertyBuilding).where(PropertyBuilding.estate_id.in_(ids))
    return session.scalars(query.order_by(PropertyBuilding.estate_id, PropertyBuilding.name)).all()


def is_blocked(session: Session, address: str) -> bool:
    """Whether so many wrong codes came from an address that nothing from there is looked up for now."""
    return limit_used(session, LIMIT, limit_of_address(address), MINUTES) >= TRIES


def wrong_code(address: str) -> Problem:
    """What is answered to a code that is none: one more wrong one of this address; raises TooMany. No unit of work."""
    spend_alone(LIMIT, limit_of_address(address), TRIES, MINUTES, alert=ALERT)
    return Problem("bad_code", ADVICE, field="code")
