"""An estate with two dwellings and a round that takes ballots, in every place; its person owns the first dwelling."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.registry.models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyDwelling,
)
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests.plugins.property_rating.ballots import urn


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """``words`` are the estate's name."""
    estate = urn.make_estate(session, area, 2, words)
    building = session.scalars(select(PropertyBuilding).where(PropertyBuilding.estate_id == estate.id)).one()
    first = session.scalars(
        select(PropertyDwelling).where(PropertyDwelling.estate_id == estate.id).order_by(PropertyDwelling.id)
    ).first()
    assert first is not None
    proof = owners.prove(session, first, person, "visit", actor)
    round_ = urn.make_draft(session, area, [estate])
    urn.open_round(session, round_)
    entrant = session.scalars(select(PropertyEntrant).where(PropertyEntrant.round_id == round_.id)).one()
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    return {
        "estate": estate.public_id,
        "building": building.public_id,
        "dwelling": first.public_id,
        "company": session.get_one(PropertyCompany, entrant.company_id).public_id,
        "proof": proof.public_id,
        "round": round_.public_id,
        "entrant": entrant.public_id,
        "scheme_version": version.public_id,
    }
