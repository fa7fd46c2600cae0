"""Neighbours with accounts, wishes on the wall, and short ways to claim and to look at what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM, Actor, Grant
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.claims import services, taking
from pointsys.plugins.wish_wall.models import WishesClaim, WishesHousehold, WishesHouseholdMember, WishesWish
from tests.factories import make_person, make_tree
from tests.plugins.wish_wall.wall.hanging import hang

NAMES = {"wisher": "心愿人", "one": "甲一", "two": "乙二", "three": "丙三", "four": "丁四"}
OFFICE = Actor("office", 0)


@dataclass
class Yard:
    """People (row ids) and who acts for them, by name; ids outlive their session."""

    areas: dict[str, int]
    people: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    wishes: int = 0

    def wish(self, **values: Any) -> int:
        """A wish of the wisher on the wall; its row id."""
        self.wishes += 1
        with unit_of_work(drain=False) as session:
            return int(hang(session, self.areas["grid1"], self.people["wisher"], self.wishes, **values).id)

    def claim(self, wish: int, *names: str, qty: object = 1) -> int:
        """The people (the first one acts) claim a wish; the claim's row id."""
        with unit_of_work(drain=False) as session:
            people = [self.people[name] for name in names]
            row = session.get_one(WishesWish, wish)
            return int(taking.claim(session, row, people, qty, self.actors[names[0]]).id)

    def deliver(self, claim: int, name: str = "one", words: str = "送到了") -> None:
        """Somebody says that it was brought."""
        with unit_of_work(drain=False) as session:
            services.deliver(session, session.get_one(WishesClaim, claim), words, (), self.actors[name])

    def confirm(
        self, claim: int, name: str = "wisher", *, minutes: object = None, staff: bool = False
    ) -> None:
        """The wisher, or the office, confirms."""
        with unit_of_work() as session:
            row = session.get_one(WishesClaim, claim)
            services.confirm(session, row, 5, "谢谢", minutes, self.actors[name], staff=staff)

    def home(self, *names: str) -> int:
        """Let people be of one household."""
        now = current_site().now()
        with unit_of_work(drain=False) as session:
            house = WishesHousehold(area_id=self.areas["grid1"], created_at=now, created_by="test")
            session.add(house)
            session.flush()
            session.add_all(
                WishesHouseholdMember(
                    household_id=house.id, person_id=self.people[name], added_at=now, added_by="test"
                )
                for name in names
            )
            return int(house.id)


def make_yard(plugins: Sequence[str] = ("wish_wall",)) -> Yard:
    """A sub-district with plugins switched on, a wisher, four neighbours and an office."""
    with unit_of_work(drain=False) as session:
        tree = make_tree(session)
        for name in plugins:
            switch_plugin(session, tree["street"], name, True, SYSTEM)
        yard = Yard({name: area.id for name, area in tree.items()})
        for name, text in NAMES.items():
            person = make_person(session, tree["grid1"], text)
            yard.people[name] = person.id
            yard.actors[name] = _account(session, name, tree["grid1"], "member", person.id)
        yard.actors["office"] = _account(session, "office", tree["happy"], "community_worker", None)
        yard.actors["other_office"] = _account(
            session, "other_office", tree["happy"], "community_worker", None
        )
    return yard


def _account(session: Session, login: str, area: Area, role: str, person_id: int | None) -> Actor:
    account = accounts.create_account(session, login, SYSTEM, person_id=person_id)
    accounts.grant_role(session, account, role, area, SYSTEM)
    return Actor(login, account.id, person_id, (Grant(role, area.id),), account=account.public_id)


def state(session: Session, wish: int) -> tuple[str, int]:
    """State and taken places of a wish."""
    row = session.execute(select(WishesWish.state, WishesWish.taken).where(WishesWish.id == wish)).one()
    return row[0], row[1]
