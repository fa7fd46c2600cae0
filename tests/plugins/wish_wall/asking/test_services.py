"""One open wish for each household, also when several ask at once, and over rows that were merged; on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask, current_app
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.people.groups import rows_of_actor
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall import people
from pointsys.plugins.wish_wall.models import WishesEvent, WishesWish
from tests.plugins.wish_wall.asking.asking import ask, refused, take_back, together
from tests.plugins.wish_wall.claims.yard import Yard


def test_a_household_has_one_open_wish_at_a_time(yard: Yard) -> None:
    together(yard, "one", "two")
    first = ask(yard, "one")
    for who in ("one", "two"):
        with refused("household_limit"):
            ask(yard, who)
    ask(yard, "three")
    take_back(yard, first, "one")
    second = ask(yard, "two")
    with read_scope() as session:
        rows = session.execute(select(WishesWish.id, WishesWish.number, WishesWish.household_id)).all()
        assert sorted(row.number for row in rows) == [1, 2, 3]
        assert {row.household_id for row in rows if row.id in (first, second)} != {None}
        assert session.scalar(select(func.count()).select_from(WishesEvent)) == 4


def test_of_two_of_a_household_who_ask_at_once_one_gets_the_wish(yard: Yard) -> None:
    together(yard, "one", "two", "three", "four")
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    start = Barrier(4)

    def at_once(who: str) -> str:
        with app.app_context():
            start.wait()
            try:
                ask(yard, who)
            except Problem as problem:
                return problem.code
            return "made"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(at_once, ("one", "two", "three", "four")))
    assert outcomes == ["household_limit"] * 3 + ["made"]


def test_households_hold_over_rows_that_were_merged(yard: Yard) -> None:
    together(yard, "one", "two")
    wish = ask(yard, "one")
    with unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, yard.people[name]) for name in ("three", "two"))
        merge_people(session, kept, merged, SYSTEM)
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        assert people.same_household(session, row, [yard.people["three"]])
        assert people.same_household(session, row, [yard.people["two"]])
        assert people.conflicted(session, row, yard.actors["three"])
        assert rows_of_actor(session, yard.actors["three"]) == {
            yard.people["two"],
            yard.people["three"],
        }
        assert not people.same_household(session, row, [yard.people["four"]])
        assert not people.conflicted(session, row, Actor("office", 0))
        found = people.households_of(session, [yard.people["two"], yard.people["four"]])
        assert found[yard.people["four"]] == frozenset()
        assert len(found[yard.people["three"]]) == 1
    with refused("household_limit"):
        ask(yard, "three")
