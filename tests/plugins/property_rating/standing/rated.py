"""Final rounds as the tally leaves them, without the way there: estates, scores and places as given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyCompanyAccount,
    PropertyContract,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds.models import FINAL, PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.schemes import versions, words
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests.browsers import World

STAR, LIST, CREDIT = "star_rating", "red_black_list", "credit_file"
NAMES = ("甲苑", "乙苑", "丙苑", "丁苑")


@dataclass
class Rated:
    """Ids of what was made: estates by name, companies (the first manages 甲苑 and 丙苑), versions by preset."""

    street: int
    estates: dict[str, int] = field(default_factory=dict)
    companies: list[int] = field(default_factory=list)
    company_ids: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)


def make_rated(session: Session, world: World) -> Rated:
    """Four estates of 幸福社区 and two companies of its sub-district, the plugin on, three schemes published.

    The liaison acts for the first company.
    """
    street, happy = (session.get_one(Area, world.areas[key]) for key in ("street", "happy"))
    switch_plugin(session, street, "property_rating", True, SYSTEM)
    made, now = Rated(street.id), current_site().now()
    for name, uscc in (("安居物业", "91350100M000100Y43"), ("乐业物业", "91350100M000100Y51")):
        company = PropertyCompany(area_id=street.id, uscc=uscc, name=name, created_at=now, created_by="test")
        session.add(company)
        session.flush()
        made.companies.append(company.id)
        made.company_ids.append(company.public_id)
    for place, name in enumerate(NAMES):
        estate = PropertyEstate(
            area_id=happy.id, name=name, kind="commercial", households=200, created_at=now, created_by="test"
        )
        session.add(estate)
        session.flush()
        made.estates[name] = estate.id
        session.add(
            PropertyContract(
                estate_id=estate.id, company_id=made.companies[place % 2], from_on=date(2025, 1, 1),
                created_at=now, created_by="test",
            )
        )  # fmt: skip
    session.add(
        PropertyCompanyAccount(
            account_id=world.accounts["liaison"], company_id=made.companies[0], from_on=date(2025, 1, 1),
            linked_at=now, linked_by="test",
        )
    )  # fmt: skip
    for preset in (STAR, LIST, CREDIT):
        made.versions[preset] = versions.publish(session, street, words.presets()[preset][1], SYSTEM).id
    return made


def month(rated: Rated, number: int) -> tuple[date, date]:
    """First and last day of a month of 2026."""
    return date(2026, number, 1), date(2026, number, 28)


def make_round(
    session: Session,
    rated: Rated,
    preset: str,
    days: tuple[date, date],
    places: Mapping[str, Mapping[str, object]],
    replaces: PropertyRound | None = None,
) -> PropertyRound:
    """A final round in which estates by name have what ``places`` says of them, "ok" with 60 ballots else."""
    first, last = days
    version = session.get_one(PropertySchemeVersion, rated.versions[preset])
    now = current_site().now()
    round_ = PropertyRound(
        area_id=rated.street, scheme_version_id=version.id, title=f"{last.month}月评价", period=f"{last:%Y-%m}",
        first_on=first, last_on=last, organiser="平安街道办事处", state=FINAL, collect_until=last, final_at=now,
        created_at=now, created_by="test", replaces_id=replaces.id if replaces else None,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    for name, told in places.items():
        estate = rated.estates[name]
        company = session.scalars(
            select(PropertyContract.company_id).where(PropertyContract.estate_id == estate)
        ).one()
        values = {"status": "ok", "ballots": 60, "households": 200, **told}
        detail = json.dumps(values.pop("detail", {}))
        session.add(
            PropertyEntrant(round_id=round_.id, estate_id=estate, company_id=company, detail=detail, **values)
        )
    session.flush()
    return round_
