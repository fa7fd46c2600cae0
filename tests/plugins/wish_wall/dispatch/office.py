"""An office with units, a liaison and wishes on the wall, and short ways to send and to look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.dispatch import linking, organisations, services
from pointsys.plugins.wish_wall.dispatch.models import WishesDispatch, WishesOrganisation
from pointsys.plugins.wish_wall.dispatch.services import Sending
from pointsys.plugins.wish_wall.models import WishesWish
from tests.factories import make_person, make_tree
from tests.plugins.wish_wall.wall.hanging import hang

STAFF = Actor("office", 900)
DUE = date(2026, 7, 17)


@dataclass
class Office:
    """Row ids of areas, people, units and wishes by name; ``liaison`` acts for the unit 供电公司."""

    areas: dict[str, int]
    people: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    wishes: int = 0
    liaison: Actor = STAFF

    def unit(self, session: Session, name: str = "供电公司") -> WishesOrganisation:
        """A unit by its name."""
        return session.get_one(WishesOrganisation, self.units[name])

    def wish(self, **values: Any) -> int:
        """A wish on the wall; its row id."""
        self.wishes += 1
        with unit_of_work(drain=False) as session:
            area, person = values.pop("area", "grid1"), values.pop("person", "wisher")
            return int(hang(session, self.areas[area], self.people[person], self.wishes, **values).id)

    def send(
        self,
        wish: int,
        unit: str = "供电公司",
        due_on: date = DUE,
        by: Actor = STAFF,
        request: str = "请看一看",
    ) -> int:
        """Send a wish; the row id of what was sent."""
        with unit_of_work(drain=False) as session:
            row = session.get_one(WishesWish, wish)
            return int(services.send(session, row, Sending(self.unit(session, unit), due_on, request), by).id)

    def act(self, sent: int, name: str, *more: object, by: Actor | None = None) -> None:
        """One of the services on what was sent, by the liaison unless told otherwise."""
        with unit_of_work(drain=False) as session:
            row = session.get_one(WishesDispatch, sent)
            wish = session.get_one(WishesWish, row.wish_id)
            getattr(services, name)(session, row, wish, *more, by or self.liaison)


def make_office() -> Office:
    """A sub-district with two units of the first community, one with a liaison."""
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        switch_plugin(session, tree["street"], "wish_wall", True, SYSTEM)
        office = Office({name: area.id for name, area in tree.items()})
        for name, text in {"wisher": "心愿人", "one": "甲一", "two": "乙二"}.items():
            office.people[name] = make_person(session, tree["grid1"], text).id
        for name in ("供电公司", "民政办"):
            office.units[name] = organisations.add(session, tree["happy"], name, "unit", SYSTEM).id
        office.liaison = new_liaison(session, tree["happy"], "unit1")
        linking.link(session, office.unit(session), office.liaison.account, SYSTEM)
    return office


def new_liaison(session: Session, area: Area, login: str) -> Actor:
    """An account with the role of a liaison over an area, as an actor."""
    account = accounts.create_account(session, login, SYSTEM)
    accounts.grant_role(session, account, "unit_liaison", area, SYSTEM)
    grants = (Grant("unit_liaison", area.id),)
    return Actor(login, account_id=account.id, account=account.public_id, grants=grants)


def code_of(act: Callable[[], object]) -> str:
    """The code of the Problem that calling ``act`` raises."""
    with pytest.raises(Problem) as caught:
        act()
    return caught.value.code


def public_id(session: Session, dispatch: int) -> str:
    """The outside id of what was sent."""
    return str(session.scalars(select(WishesDispatch.public_id).where(WishesDispatch.id == dispatch)).one())
