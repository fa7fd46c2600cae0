"""A round that takes ballots: one estate with its dwellings and owners, made in the session it is given."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.plugins.property_rating.ballots import roll
from pointsys.plugins.property_rating.ballots.models import PropertyBallot, PropertyVoter
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.registry.models import (
    PropertyBuilding,
    PropertyCompany,
    PropertyDwelling,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds.models import (
    COLLECTING,
    PER_UNIT,
    PropertyEntrant,
    PropertyRound,
)
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion

SCHEME = """
[scheme.test]
kind = "weighted"
parts = [ { id = "owners", weight = "1" } ]
round = { mode = "half_up", decimals = 0 }
questions = [
  { id = "clean", title = "保洁做得好吗?" }, { id = "safe", title = "住得放心吗?" },
  { id = "repair", title = "维修及时吗?" },
]
bands = [ { min = "60", stars = 5 }, { min = "0", stars = 0 } ]
"""


def make_estate(session: Session, area: Area, homes: int, name: str = "桂花苑") -> PropertyEstate:
    """An estate with one building 1栋 of so many dwellings 101, 102, …"""
    now = current_site().now()
    estate = PropertyEstate(area_id=area.id, name=name, kind="commercial", created_at=now, created_by="test")
    session.add(estate)
    session.flush()
    building = PropertyBuilding(estate_id=estate.id, name="1栋")
    session.add(building)
    session.flush()
    session.add_all(
        PropertyDwelling(estate_id=estate.id, building_id=building.id, number=str(101 + place))
        for place in range(homes)
    )
    session.flush()
    return estate


def make_draft(
    session: Session, area: Area, estates: list[PropertyEstate], per: str = PER_UNIT
) -> PropertyRound:
    """A round that is not open yet, with a company for its estates."""
    site = current_site()
    switch_plugin(session, area, "property_rating", True, SYSTEM)
    company = PropertyCompany(
        area_id=area.id, uscc="91350100M000100Y43", name="安居物业", created_at=site.now(), created_by="test"
    )
    version = PropertySchemeVersion(
        area_id=area.id, scheme_id="test", no=1, kind="weighted", title="测试办法", text=SCHEME, sha256="0" * 64,
        published_at=site.now(), published_by="test",
    )  # fmt: skip
    session.add_all([company, version])
    session.flush()
    round_ = PropertyRound(
        area_id=area.id, scheme_version_id=version.id, title="二季度测评", period="2026Q2",
        first_on=date(2026, 4, 1), last_on=date(2026, 6, 30), per=per, organiser="平安街道办事处",
        collect_until=site.today() + timedelta(days=9), created_at=site.now(), created_by="test",
    )  # fmt: skip
    session.add(round_)
    session.flush()
    session.add_all(
        PropertyEntrant(round_id=round_.id, estate_id=estate.id, company_id=company.id) for estate in estates
    )
    session.flush()
    return round_


def open_round(session: Session, round_: PropertyRound) -> dict[int, int]:
    """Freeze the roll and take ballots."""
    frozen = roll.freeze(session, round_)
    round_.state, round_.opened_at = COLLECTING, current_site().now()
    session.flush()
    found: dict[int, int] = frozen
    return found


def home(session: Session, number: int) -> PropertyDwelling:
    """The dwelling with this number."""
    query = select(PropertyDwelling).where(PropertyDwelling.number == str(number))
    return session.scalars(query.order_by(PropertyDwelling.id)).first() or PropertyDwelling()


def own(session: Session, number: int, person: Person | int, *, votes: bool | None = None) -> None:
    """Prove that a dwelling is somebody's."""
    owner = session.get_one(Person, person) if isinstance(person, int) else person
    owners.prove(session, home(session, number), owner, "certificate", SYSTEM, votes=votes)


def row_of(session: Session, number: int) -> PropertyVoter:
    """The row of a dwelling on the roll."""
    return session.scalars(
        select(PropertyVoter).where(PropertyVoter.dwelling_id == home(session, number).id)
    ).one()


def ballots(session: Session) -> list[PropertyBallot]:
    """Everything in the urn."""
    return list(session.scalars(select(PropertyBallot)))
