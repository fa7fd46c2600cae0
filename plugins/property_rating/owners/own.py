"""One's own dwellings with the rounds that take ballots for them; what a person sees, and no co-owner's name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import current_site

from ..ballots.models import PropertyVoter
from ..registry.models import PropertyBuilding, PropertyDwelling, PropertyEstate
from ..rounds.models import COLLECTING, PropertyRound
from .models import PropertyOwnerProof


@dataclass(frozen=True)
class OpenVote:
    """A round that takes ballots for a dwelling; ``voted_on`` once its vote was used."""

    round_id: str
    title: str
    until: date
    organiser: str
    voted_on: date | None


@dataclass(frozen=True)
class Home:
    """A dwelling that somebody was checked to own; ``votes`` tells whether it is they who vote for it."""

    dwelling: str
    label: str
    estate: str
    method: str
    checked_on: date
    votes: bool
    rounds: tuple[OpenVote, ...] = ()


def homes_of(session: Session, rows: Collection[int]) -> list[Home]:
    """The dwellings of somebody with these rows of people; two statements."""
    proofs = session.execute(
        select(PropertyOwnerProof, PropertyDwelling, PropertyBuilding.name, PropertyEstate.name)
        .join(PropertyDwelling, PropertyDwelling.id == PropertyOwnerProof.dwelling_id)
        .join(PropertyBuilding, PropertyBuilding.id == PropertyDwelling.building_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyDwelling.estate_id)
        .where(PropertyOwnerProof.person_id.in_(rows), PropertyOwnerProof.ended_on.is_(None))
        .order_by(PropertyEstate.name, PropertyBuilding.name, PropertyDwelling.number, PropertyOwnerProof.id)
    ).all()
    open_votes = _open_votes(session, [dwelling.id for _proof, dwelling, _building, _estate in proofs])
    return [
        Home(
            dwelling.public_id, f"{building} {dwelling.number}", estate, proof.method, proof.checked_on, proof.votes,
            tuple(open_votes.get(dwelling.id, ())),
        )
        for proof, dwelling, building, estate in proofs
    ]  # fmt: skip


def _open_votes(session: Session, dwellings: Collection[int]) -> dict[int, list[OpenVote]]:
    head = aliased(PropertyVoter)
    query = (
        select(PropertyVoter.dwelling_id, PropertyRound, head.voted_on)
        .join(PropertyRound, PropertyRound.id == PropertyVoter.round_id)
        .join(head, head.public_id == PropertyVoter.head)
        .where(
            PropertyVoter.dwelling_id.in_(dwellings),
            PropertyRound.state == COLLECTING,
            PropertyRound.collect_until >= current_site().today(),
        )
        .order_by(PropertyRound.collect_until, PropertyRound.id)
    )
    found: dict[int, list[OpenVote]] = {}
    for dwelling, round_, voted_on in session.execute(query):
        vote = OpenVote(round_.public_id, round_.title, round_.collect_until, round_.organiser, voted_on)
        found.setdefault(dwelling, []).append(vote)
    return found
