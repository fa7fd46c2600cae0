"""A sub-district with two estates, their companies, owners with accounts, and a scheme: all that a round needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.ballots import casting, survey
from pointsys.plugins.property_rating.ballots.models import PAPER, PropertyVoter
from pointsys.plugins.property_rating.owners import services as owners
from pointsys.plugins.property_rating.registry.models import (
    PropertyCompany,
    PropertyCompanyAccount,
    PropertyContract,
    PropertyDwelling,
    PropertyEstate,
)
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.schemes.models import PropertySchemeVersion
from tests import factories
from tests.browsers import World
from tests.plugins.property_rating.ballots.urn import make_estate

SCHEME = """
[scheme.star]
title = "星级测评"
kind = "weighted"
parts = [ { id = "owners", weight = "0.40" }, { id = "management", weight = "0.60" } ]
round = { mode = "half_up", decimals = 0 }
sample = { part = "owners", min_share = "0.10", min_count = 6, stat = "mean" }
bands = [ { min = "90", stars = 5 }, { min = "60", stars = 3 }, { min = "0", stars = 0 } ]
veto = { effect = "stars=0", status = "confirmed", events = [ { id = "fund_misuse", title = "挪用资金" } ] }
publicity = { workdays = 3 }
appeal = { min_share = "0.10" }
"""
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@dataclass
class Stage:
    """Outside ids of what was made; ``homes`` of the dwellings of the first estate."""

    estates: list[str] = field(default_factory=list)
    version: str = ""
    homes: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)


def make_stage(world: World, *, homes: int = 20, scheme: str = SCHEME) -> Stage:
    """Two estates of 幸福社区: 桂花苑 with ``homes`` dwellings, 松柏园 with five.

    Accounts ``owner1`` to ``owner3`` are of owners in the first; the liaison acts for its company. To be called in an
    application.
    """
    made, now = Stage(), current_site().now()
    with unit_of_work(drain=False) as session:
        street, happy = (session.get_one(Area, world.areas[key]) for key in ("street", "happy"))
        switch_plugin(session, street, "property_rating", True, SYSTEM)
        for name, uscc, number in (
            ("安居物业", "91350100M000100Y43", homes),
            ("乐业物业", "91350100M000100Y51", 5),
        ):
            estate = make_estate(session, happy, number, "桂花苑" if number == homes else "松柏园")
            company = PropertyCompany(
                area_id=street.id, uscc=uscc, name=name, created_at=now, created_by="test"
            )
            session.add(company)
            session.flush()
            session.add(
                PropertyContract(
                    estate_id=estate.id, company_id=company.id, from_on=date(2025, 1, 1), created_at=now,
                    created_by="test",
                )
            )  # fmt: skip
            made.estates.append(estate.public_id)
            if not made.homes:
                session.add(
                    PropertyCompanyAccount(
                        account_id=world.accounts["liaison"], company_id=company.id, from_on=FIRST,
                        linked_at=now, linked_by="test",
                    )
                )  # fmt: skip
                _own(session, world, estate, made)
        version = PropertySchemeVersion(
            area_id=street.id, scheme_id="star", no=1, kind="weighted", title="星级测评", text=scheme,
            sha256="0" * 64, published_at=now, published_by="test",
        )  # fmt: skip
        session.add(version)
        session.flush()
        made.version = version.public_id
    return made


def _own(session: Session, world: World, estate: PropertyEstate, made: Stage) -> None:
    """Three neighbours with a dwelling and an account each."""
    dwellings = session.scalars(
        select(PropertyDwelling).where(PropertyDwelling.estate_id == estate.id).order_by(PropertyDwelling.id)
    ).all()
    made.homes = [dwelling.public_id for dwelling in dwellings]
    grid = session.get_one(Area, world.areas["grid1"])
    for place, dwelling in enumerate(dwellings[:3], 1):
        person = factories.make_person(session, grid, f"业主{'一二三'[place - 1]}")
        owners.prove(session, dwelling, person, "certificate", SYSTEM)
        account = accounts.create_account(session, f"owner{place}", SYSTEM, person_id=person.id)
        accounts.grant_role(session, account, "resident", grid, SYSTEM)
        world.accounts[f"owner{place}"] = account.id
        made.owners.append(f"owner{place}")


def another_office(world: World, name: str = "office2") -> None:
    """A second account of the sub-district's office."""
    with unit_of_work(drain=False) as session:
        account = accounts.create_account(session, name, SYSTEM)
        accounts.grant_role(
            session, account, "subdistrict_office", session.get_one(Area, world.areas["street"]), SYSTEM
        )
        world.accounts[name] = account.id


def wanted(stage: Stage, **more: object) -> dict[str, object]:
    """The body of a draft."""
    return {
        "title": "2026年度测评", "scheme": stage.version, "period": "2026", "first_on": FIRST.isoformat(),
        "last_on": LAST.isoformat(), "collect_until": "2026-07-20", "organiser": "平安街道办事处", **more,
    }  # fmt: skip


def ballots(round_id: str, scores: list[str], estate: str = "桂花苑") -> None:
    """A paper ballot for each of so many dwellings of an estate that have not voted yet."""
    with unit_of_work(drain=False) as session:
        round_ = session.scalars(select(PropertyRound).where(PropertyRound.public_id == round_id)).one()
        held = casting.held_open(session, round_.id)
        voters = session.scalars(
            select(PropertyVoter)
            .join(PropertyEntrant, PropertyEntrant.id == PropertyVoter.entrant_id)
            .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
            .where(
                PropertyVoter.round_id == round_.id,
                PropertyEstate.name == estate,
                PropertyVoter.voted_on.is_(None),
            )
            .order_by(PropertyVoter.id.desc())
        ).all()
        for voter, score in zip(voters, scores, strict=False):
            casting.cast(session, held, voter, survey.scored(score), PAPER, SYSTEM)


def co_owner(home: str, name: str, *, votes: bool = False) -> None:
    """Somebody else, by name, owns a dwelling too; they vote for it if asked for."""
    with unit_of_work(drain=False) as session:
        dwelling = session.scalars(select(PropertyDwelling).where(PropertyDwelling.public_id == home)).one()
        person = session.scalars(select(Person).where(Person.name == name)).one()
        owners.prove(session, dwelling, person, "certificate", SYSTEM, votes=votes)
