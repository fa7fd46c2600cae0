"""The roll of a round: frozen when it opens, and who may vote by it.

``freeze`` writes one row for each dwelling that has a say. Where each owner has one vote, the dwellings of one proven
owner in one estate share a head. Nothing here votes: see ``casting``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Conflict,
    Refused,
    canonical_ids,
    chunks,
    new_public_id,
    table_of,
    token_hash,
)

from ..owners.models import PropertyOwnerProof
from ..registry.models import PropertyDwelling, PropertyEstate
from ..registry.queries import voting_dwellings
from ..rounds.models import DRAFT, PER_OWNER, WITHDRAWN, PropertyEntrant, PropertyRound
from .models import PropertyVoter

NOT_VERIFIED = N_(
    "It has not been checked yet who owns this dwelling. Go to your community with a paper that shows it, or use the "
    "code on your slip."
)
NOT_OWNER = N_("This dwelling is somebody else's. You can vote for the dwellings that are on your own page.")
NOT_ELIGIBLE = N_("This dwelling is not on the roll of this round.")
CO_OWNER = N_("The owners of this dwelling have named another one of them to vote for it.")
NO_PROOF = N_(
    "Nobody was checked to own this dwelling: note its owner first, or write the code of the slip that lies with the "
    "form."
)
CLOSED = N_("This round does not take ballots now.")
GIVEN_UP = N_("This round was withdrawn (%(reason)s). No ballot is counted, and none is shown to anybody.")
UNIT_VOTED = N_("A ballot for this dwelling was handed in already. The first one stands.")
OWNER_VOTED = N_("You have voted already: all your dwellings in this estate have one vote together.")


def freeze(session: Session, round_: PropertyRound) -> dict[int, int]:
    """Write the roll of a round whose entrants are there; entrant -> how many votes there are.

    Sets ``households`` of the entrants. Dwellings that are unsold or closed, and those of estates that do not take
    part, are not on it. Three statements, and one for each 5,000 dwellings.
    """
    entrants = list(session.scalars(select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id)))
    by_estate = {entrant.estate_id: entrant for entrant in entrants}
    dwellings = session.execute(voting_dwellings(list(by_estate)).order_by(PropertyDwelling.id)).all()
    owners = _proven(session, by_estate)
    heads: dict[tuple[int, int], str] = {}
    votes = dict.fromkeys((entrant.id for entrant in entrants), 0)
    rows: list[dict[str, object]] = []
    for dwelling_id, estate_id in dwellings:
        entrant_id, own, owner = by_estate[estate_id].id, new_public_id(), owners.get(dwelling_id)
        head = own
        if round_.per == PER_OWNER and owner is not None:
            head = heads.setdefault((entrant_id, owner), own)
        votes[entrant_id] += head == own
        rows.append(
            {
                "public_id": own, "round_id": round_.id, "entrant_id": entrant_id, "dwelling_id": dwelling_id,
                "head": head, "person_id": owner, "method": "", "logged": False,
            }
        )  # fmt: skip
    for part in chunks(rows):
        session.execute(insert(table_of(PropertyVoter)), part)
    for entrant in entrants:
        entrant.households = votes[entrant.id]
    session.flush()
    return votes


def _proven(session: Session, estate_ids: Iterable[int]) -> dict[int, int]:
    """Dwelling -> who votes for it today, as the row that is kept of them."""
    query = (
        select(PropertyOwnerProof.dwelling_id, PropertyOwnerProof.person_id)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyOwnerProof.dwelling_id)
        .where(
            PropertyDwelling.estate_id.in_(list(estate_ids)),
            PropertyOwnerProof.votes.is_(True),
            PropertyOwnerProof.ended_on.is_(None),
        )
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    kept = canonical_ids(session, set(found.values()))
    return {dwelling: kept[person] for dwelling, person in found.items()}


def round_within(session: Session, public_id: str, estates: Select[int]) -> PropertyRound | None:
    """The opened round with this outside id in which one of some estates takes part."""
    taking_part = select(PropertyEntrant.round_id).where(PropertyEntrant.estate_id.in_(estates))
    return session.scalar(
        select(PropertyRound).where(
            PropertyRound.public_id == public_id,
            PropertyRound.state != DRAFT,
            PropertyRound.id.in_(taking_part),
        )
    )


# --- who may vote for a dwelling ---


def by_token(session: Session, token: str) -> PropertyVoter | None:
    """The row whose slip bears this code, however it was typed."""
    return session.scalar(
        select(PropertyVoter).where(PropertyVoter.token_hash == token_hash(tidy_token(token)))
    )


def tidy_token(token: str) -> str:
    """The code as it is stored: capitals without blanks and dashes, letters that look like digits as digits."""
    text = "".join(character for character in token.upper() if character.isalnum())[:40]
    return text.replace("O", "0").replace("I", "1").replace("L", "1")


def by_dwelling(session: Session, round_: PropertyRound, dwelling: str) -> PropertyVoter:
    """The row of a dwelling (outside id) on the roll; raises Refused not_eligible."""
    found = session.scalar(
        select(PropertyVoter)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyVoter.dwelling_id)
        .where(PropertyVoter.round_id == round_.id, PropertyDwelling.public_id == dwelling)
    )
    if found is None:
        raise Refused("not_eligible", NOT_ELIGIBLE, field="dwelling")
    return found


@dataclass(frozen=True)
class Proofs:
    """What is proven about a dwelling now: who votes for it, and who else owns it; ids of rows of people."""

    voter: int | None
    others: frozenset[int]


def proofs_of(session: Session, dwelling_id: int) -> Proofs:
    """The open proofs of a dwelling."""
    rows = session.execute(
        select(PropertyOwnerProof.person_id, PropertyOwnerProof.votes).where(
            PropertyOwnerProof.dwelling_id == dwelling_id, PropertyOwnerProof.ended_on.is_(None)
        )
    ).all()
    voter = next((person for person, votes in rows if votes), None)
    return Proofs(voter, frozenset(person for person, votes in rows if not votes))


def own_voter(session: Session, round_: PropertyRound, dwelling: str, rows: Collection[int]) -> PropertyVoter:
    """The row for which the owner of these rows of people votes.

    Raises Refused: ``not_verified`` for somebody who is proven to own nothing, ``not_owner`` for a dwelling of others,
    ``not_eligible`` for one that is not on the roll or whose owners named another of them.
    """
    dwelling_id = session.scalar(select(PropertyDwelling.id).where(PropertyDwelling.public_id == dwelling))
    proofs = proofs_of(session, dwelling_id or 0)
    if proofs.voter in rows:
        return by_dwelling(session, round_, dwelling)
    if not proofs.others.isdisjoint(rows):
        raise Refused("not_eligible", CO_OWNER, field="dwelling")
    owns = select(PropertyOwnerProof.id).where(
        PropertyOwnerProof.person_id.in_(rows), PropertyOwnerProof.ended_on.is_(None)
    )
    if session.scalar(owns.limit(1)) is None:
        raise Refused("not_verified", NOT_VERIFIED, field="dwelling")
    raise Refused("not_owner", NOT_OWNER, field="dwelling")


def helped_voter(session: Session, round_: PropertyRound, dwelling: str, code: str) -> PropertyVoter:
    """The row of a dwelling for whose owner staff enter a ballot; the ``code`` of its slip stands for a checked owner.

    Raises Refused not_eligible or not_verified.
    """
    found = by_dwelling(session, round_, dwelling)
    slip = by_token(session, code) if code else None
    if slip is not None and slip.id == found.id:
        return found
    if code or proofs_of(session, found.dwelling_id).voter is None:
        raise Refused("not_verified", NO_PROOF, field="code")
    return found


def labels_of(session: Session, voters: Collection[PropertyVoter]) -> Mapping[int, str]:
    """Row -> "estate building number", as people say it."""
    from ..registry.queries import dwelling_labels

    ids = [voter.dwelling_id for voter in voters]
    numbers = dwelling_labels(session, ids)
    estates = {
        row[0]: row[1]
        for row in session.execute(
            select(PropertyDwelling.id, PropertyEstate.name)
            .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
            .where(PropertyDwelling.id.in_(ids))
        )
    }
    return {voter.id: f"{estates[voter.dwelling_id]} {numbers[voter.dwelling_id]}" for voter in voters}


def closed(round_: PropertyRound) -> Conflict:
    """What is answered when a round takes no ballots."""
    if round_.state == WITHDRAWN:
        return Conflict("round_closed", GIVEN_UP, reason=round_.withdrawal_reason)
    return Conflict("round_closed", CLOSED)
