"""What other plugins make of a fulfilled wish, and that none of them is needed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from pointsys.core.activity_log.models import ActivityKind
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.pending import drain
from pointsys.core.site import Site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points import members, schemes
from pointsys.plugins.volunteer.queries import own_balances
from pointsys.plugins.wish_wall.claims import services
from pointsys.plugins.wish_wall.models import WishesClaim
from tests.plugins.party_member_points.party import MEMBER, Party, result

from .yard import Yard, make_yard


@pytest.fixture
def engine_name() -> str:
    """What follows from an entry is tried on both engines by its own plugin."""
    return "sqlite"


def minutes(yard: Yard, name: str) -> int:
    """Credited minutes of this year."""
    with read_scope() as session:
        return int(own_balances(session, yard.people[name], ["2026"])["2026"].minutes)


def void(yard: Yard, claim: int) -> None:
    """The office takes it all back."""
    with unit_of_work() as session:
        services.void(session, session.get_one(WishesClaim, claim), "没有送到", yard.actors["office"])


def test_hours_and_points_follow_a_wish_and_go_with_it(site: Site) -> None:
    yard = make_yard(("volunteer", "party_member_points", "wish_wall"))
    with unit_of_work() as session:
        street = session.get_one(Area, yard.areas["street"])
        schemes.publish(session, street, schemes.preset(), "toml", schemes.PRESET_FROM, SYSTEM)
        happy = session.get_one(Area, yard.areas["happy"])
        members.take_roster(session, happy, [(yard.people["one"], MEMBER)], SYSTEM)
    party = Party(yard.areas)
    before = result(yard.people["one"])["total"]
    # Two hours of service are two points of the usual scheme.
    claim = yard.claim(yard.wish(), "one", "two")
    yard.deliver(claim)
    yard.confirm(claim, minutes=120)

    assert (minutes(yard, "one"), minutes(yard, "two")) == (120, 120)
    assert float(result(yard.people["one"])["total"]) - float(before) == 2

    void(yard, claim)
    assert (minutes(yard, "one"), result(yard.people["one"])["total"]) == (0, before)

    # A locality that counts wishes as wishes gives what its item says, without any minutes.
    party.map_kind({"wish": {"item": "wish", "quantity": "times"}})
    again = yard.claim(yard.wish(), "one")
    yard.deliver(again)
    yard.confirm(again)
    assert minutes(yard, "one") == 0
    assert float(result(yard.people["one"])["total"]) - float(before) == 2


def test_a_void_takes_hours_back_where_their_plugin_was_off_meanwhile(site: Site) -> None:
    yard = make_yard(("volunteer", "wish_wall"))
    claim = yard.claim(yard.wish(), "one")
    yard.deliver(claim)
    yard.confirm(claim, minutes=60)
    assert minutes(yard, "one") == 60
    for on in (False, True):
        with unit_of_work() as session:
            switch_plugin(session, session.get_one(Area, yard.areas["street"]), "volunteer", on, SYSTEM)
        if not on:
            void(yard, claim)
    drain()
    assert minutes(yard, "one") == 0


@pytest.mark.parametrize(
    "others", [(), ("volunteer",), ("party_member_points",), ("attendance", "volunteer")]
)
def test_nothing_is_missed_where_other_plugins_are_off(site: Site, others: tuple[str, ...]) -> None:
    yard = make_yard((*others, "wish_wall"))
    claim = yard.claim(yard.wish(), "one")
    yard.deliver(claim)
    yard.confirm(claim, minutes=30)
    void(yard, claim)


def test_a_site_that_was_there_before_gets_the_kind_when_the_plugin_is_switched_on(site: Site) -> None:
    yard = make_yard(())
    with read_scope() as session:
        assert session.scalar(select(ActivityKind).where(ActivityKind.code == "wish")) is None
    for _ in range(2):
        with unit_of_work(drain=False) as session:
            happy = session.get_one(Area, yard.areas["happy"])
            switch_plugin(session, happy, "wish_wall", True, SYSTEM)
    with read_scope() as session:
        kinds = session.scalars(select(ActivityKind).where(ActivityKind.code == "wish")).all()
        assert [(kind.title, kind.service, kind.area_id) for kind in kinds] == [("微心愿", True, None)]
