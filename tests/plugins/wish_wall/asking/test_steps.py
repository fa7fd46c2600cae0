"""Taking back, rewriting, wishes for others, and who is of a household."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall import people
from pointsys.plugins.wish_wall.asking import households, services
from pointsys.plugins.wish_wall.asking.checking import Asking
from pointsys.plugins.wish_wall.models import WishesHousehold, WishesHouseholdMember, WishesWish
from tests.plugins.wish_wall.asking.asking import LAMP, ask, refused, take_back, together
from tests.plugins.wish_wall.claims.yard import Yard


@pytest.fixture
def engine_name() -> str:
    """What is asked of the database here is the same on both."""
    return "sqlite"


def test_whoever_was_of_the_household_when_a_wish_was_made_stays_out_of_it(yard: Yard) -> None:
    house = together(yard, "one", "two")
    wish = ask(yard, "one")
    with unit_of_work(drain=False) as session:
        noted = households.household_below(
            session, session.get_one(Area, yard.areas["street"]), _public(session, house)
        )
        households.leave(session, noted, session.get_one(Person, yard.people["one"]), yard.actors["office"])
    with read_scope() as session:
        row = session.get_one(WishesWish, wish)
        assert people.same_household(session, row, [yard.people["two"]])
        assert people.households_of(session, [yard.people["one"]]) == {yard.people["one"]: frozenset()}


def _public(session: Session, house: int) -> str:
    return str(session.get_one(WishesHousehold, house).public_id)


def test_nobody_is_of_two_households_and_one_person_is_none(yard: Yard) -> None:
    together(yard, "one", "two")
    with refused("in_household"):
        together(yard, "two", "three")
    with refused("two_people_needed"):
        together(yard, "three", "three")
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(WishesHouseholdMember)) == 2


@pytest.mark.parametrize(
    ("state", "taken", "who", "by_staff", "reason", "code"),
    [
        ("submitted", 0, "one", False, "", ""),
        ("returned", 0, "one", False, "", ""),
        ("published", 0, "one", False, "", ""),
        ("published", 1, "one", False, "", "bad_state"),
        ("claimed", 1, "one", False, "", "bad_state"),
        ("realized", 1, "one", False, "", "bad_state"),
        ("withdrawn", 0, "one", False, "", "bad_state"),
        ("published", 0, "two", False, "", "forbidden"),
        ("published", 0, "office", True, "", "reason_required"),
        ("published", 0, "office", True, "本人来电说不需要了", ""),
    ],
)
def test_a_wish_is_taken_back_while_nobody_has_it_in_hand(
    yard: Yard, state: str, taken: int, who: str, by_staff: bool, reason: str, code: str
) -> None:
    wish = ask(yard, "one")
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        row.state, row.taken, row.slots = state, taken, 2
    if code:
        with refused(code):
            take_back(yard, wish, who, reason, by_staff=by_staff)
    else:
        take_back(yard, wish, who, reason, by_staff=by_staff)
    with read_scope() as session:
        row = session.get_one(WishesWish, wish)
        assert row.state == (state if code else "withdrawn")
        assert (row.ended_at is not None) == (not code)


def test_what_came_back_is_rewritten_and_handed_in_again(yard: Yard) -> None:
    wish = ask(yard, "one")
    with unit_of_work(drain=False) as session:
        session.get_one(WishesWish, wish).state = "returned"
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        services.rewrite(session, row, Asking("item", "一把梯子", amount="80"), yard.actors["one"])
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        assert (row.state, row.category, row.title, row.amount) == ("submitted", "item", "一把梯子", 8000)
        row.state = "published"
    with unit_of_work(drain=False) as session, refused("bad_state"):
        services.rewrite(session, session.get_one(WishesWish, wish), LAMP, yard.actors["one"])


def test_for_somebody_else_it_is_noted_how_they_agreed(yard: Yard) -> None:
    with refused("consent_needed"):
        ask(yard, "one", channel="behalf")
    wish = ask(yard, "one", channel="behalf", consent="3月3日电话同意")
    with read_scope() as session:
        row = session.get_one(WishesWish, wish)
        assert (row.channel, row.consent_note) == ("behalf", "3月3日电话同意")
        assert row.consent_at is not None
