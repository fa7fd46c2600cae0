"""Short ways to ask for something in the yard, and to be refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.asking import households, services
from pointsys.plugins.wish_wall.asking.checking import Asking
from pointsys.plugins.wish_wall.models import WishesWish
from tests.plugins.wish_wall.claims.yard import Yard

LAMP = Asking("service", "厨房的灯坏了，我够不着")


def ask(yard: Yard, who: str, **more: Any) -> int:
    """Hand a wish in; its row id."""
    with unit_of_work(drain=False) as session:
        person = session.get_one(Person, yard.people[who])
        return int(services.submit(session, person, LAMP, yard.actors[who], **more).id)


def take_back(yard: Yard, wish: int, who: str, reason: str = "", *, by_staff: bool = False) -> None:
    """Withdraw a wish."""
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        services.withdraw(session, row, yard.actors[who], reason, by_staff=by_staff)


def together(yard: Yard, *names: str) -> int:
    """Let the office note a household; its row id."""
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, yard.areas["grid1"])
        rows = [session.get_one(Person, yard.people[name]) for name in names]
        return int(households.group(session, area, rows, yard.actors["office"]).id)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """What is done here is refused with this code."""
    with pytest.raises(Problem) as problem:
        yield
    assert problem.value.code == code
