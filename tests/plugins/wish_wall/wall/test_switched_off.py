"""Where micro-wishes are switched off nothing hangs on any wall and nothing is claimed; what was claimed goes on."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import Site
from pointsys.core.switches import enabled_by_area, switch_plugin, switched_on
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.claims import services, taking
from pointsys.plugins.wish_wall.dispatch.models import WishesOrganisation
from pointsys.plugins.wish_wall.finding import on_the_wall, public_condition
from pointsys.plugins.wish_wall.models import WishesClaim, WishesWish
from pointsys.plugins.wish_wall.wall import reading
from tests.browsers import SignIn, World, counted
from tests.plugins.wish_wall.claims.yard import Yard, make_yard, state

from .conftest import Wall
from .hanging import claimed, hang

PLUGIN = "wish_wall"
AREAS = ("street", "happy", "grid1", "sunny")


def switch(areas: Mapping[str, int], name: str, on: bool, *, locked: bool = False) -> None:
    """Switch micro-wishes on or off in an area."""
    with unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, areas[name]), PLUGIN, on, SYSTEM, locked=locked)


def seen(session: Session, area_id: int) -> tuple[int, int]:
    """How many wishes hang on the wall for whoever is signed in there, and on the public one."""
    area = session.get_one(Area, area_id)
    conditions = (on_the_wall(area), public_condition(area))
    signed_in, public = (
        reading.wall_page(session, one, reading.WallFilters(state=""), limit=1)[1] for one in conditions
    )
    return signed_in, public


@pytest.fixture
def yard(site: Site) -> Yard:
    """Neighbours, with micro-wishes switched on in their sub-district."""
    return make_yard()


def test_wishes_leave_every_wall_while_their_community_is_off_and_come_back_with_it(yard: Yard) -> None:
    wish, old = yard.wish(slots=3), yard.wish(state="expired")
    held = yard.claim(wish, "one")
    street, sunny = yard.areas["street"], yard.areas["sunny"]
    with read_scope() as session:
        assert (seen(session, sunny), seen(session, street)) == ((1, 0), (1, 1))

    switch(yard.areas, "happy", False)

    with pytest.raises(Problem) as refused:
        yard.claim(wish, "two")
    assert refused.value.code == "not_open"
    with unit_of_work(drain=False) as session:
        assert (seen(session, sunny), seen(session, street)) == ((0, 0), (0, 0))
        row = session.get_one(WishesWish, old)
        unit = WishesOrganisation(
            area_id=street, name="物业公司", kind="company", created_at=row.submitted_at, created_by="test"
        )
        session.add(unit)
        session.flush()
        with pytest.raises(Problem) as refused:
            taking.assign(session, row, unit, SYSTEM)
        assert refused.value.code == "not_open"
        assert state(session, old) == ("expired", 0)
    # Who has it in hand gives it back or brings it.
    with unit_of_work(drain=False) as session:
        services.contact(session, session.get_one(WishesClaim, held), yard.actors["one"])
    yard.deliver(held)
    yard.confirm(held)
    with read_scope() as session:
        assert state(session, wish) == ("published", 1)

    switch(yard.areas, "happy", True)
    with read_scope() as session:
        assert seen(session, sunny) == (1, 0)
    yard.claim(wish, "two")


def test_the_switch_inside_a_statement_is_the_one_of_every_page(yard: Yard) -> None:
    """Nearer rows override those above, until one is locked; each step is asked in both ways."""
    steps: tuple[tuple[str, bool, bool], ...] = (
        ("happy", False, False), ("grid1", True, False), ("street", False, False), ("sunny", True, True),
        ("happy", False, True), ("street", True, True),
    )  # fmt: skip
    for name, on, locked in steps:
        switch(yard.areas, name, on, locked=locked)
        with read_scope() as session:
            ids = [yard.areas[one] for one in AREAS]
            found = session.execute(select(Area.id, switched_on(Area.id, PLUGIN)).where(Area.id.in_(ids)))
            plain = enabled_by_area(session, ids)
            assert {row[0]: bool(row[1]) for row in found} == {one: PLUGIN in plain[one] for one in ids}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_pages_of_the_neighbours_show_nothing_that_is_off_and_ask_no_more_for_it(
    app: Flask, world: World, wall: Wall, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        place, wisher = world.areas["sunny"], world.person_ids["sunny"]
        near = hang(session, place, wisher, 30, title="隔壁的心愿").public_id
        mine = hang(session, place, wisher, 31, state="claimed", taken=1)
        held, claim = mine.public_id, claimed(session, mine, world.person_ids["grid1"]).public_id
    browser = sign_in(world.accounts["member"])
    with counted(app) as before:
        assert "隔壁的心愿" in browser.page("/me/wishes/wall").get_text()
    with app.app_context():
        switch(world.areas, "sunny", False)
    with counted(app) as after:
        assert "隔壁的心愿" not in browser.page("/me/wishes/wall").get_text()
    assert len(after) <= len(before)
    browser.page(f"/me/wishes/wall/{near}", 404)
    browser.page(f"/me/wishes/wall/{held}")
    assert browser.post(f"/me/wishes/claims/{claim}/release").status_code == 303
    browser.page(f"/me/wishes/wall/{held}", 404)
