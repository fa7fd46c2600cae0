"""Claiming: places, limits, conflicts of interest, teams; one winner however many press at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select, update

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Conflict, Problem, Refused
from pointsys.plugins.wish_wall.claims import services, taking
from pointsys.plugins.wish_wall.models import (
    WishesClaim,
    WishesClaimMember,
    WishesEvent,
    WishesHouseholdMember,
    WishesWish,
)
from tests.browsers import counted
from tests.conftest import FixedClock

from .yard import Yard, state


def refused(act: Callable[[], object]) -> str:
    """The code of the refusal, with the class that says which answer it becomes."""
    with pytest.raises(Problem) as caught:
        act()
    kind = (
        "409" if isinstance(caught.value, Conflict) else "403" if isinstance(caught.value, Refused) else "422"
    )
    return f"{kind} {caught.value.code}"


def test_places_are_taken_until_none_is_left_and_the_wall_follows(yard: Yard) -> None:
    wish = yard.wish(slots=3)

    yard.claim(wish, "one", qty="2")
    with read_scope() as session:
        assert state(session, wish) == ("published", 2)
        assert session.get_one(WishesWish, wish).frozen_at is not None
    assert refused(lambda: yard.claim(wish, "two", qty=2)) == "409 no_slot"
    yard.claim(wish, "two")
    with read_scope() as session:
        assert state(session, wish) == ("claimed", 3)
    assert refused(lambda: yard.claim(wish, "three")) == "409 no_slot"


def test_only_what_hangs_on_the_wall_can_be_claimed(yard: Yard) -> None:
    for gone in ("submitted", "returned", "rejected", "converted", "realized", "expired", "withdrawn"):
        wish = yard.wish(state=gone)
        assert refused(partial(yard.claim, wish, "one")) == "409 not_open", gone


def test_a67_nobody_claims_a_wish_of_their_own_home(yard: Yard) -> None:
    home = yard.home("wisher", "two")
    wish = yard.wish(slots=5)

    assert refused(lambda: yard.claim(wish, "wisher")) == "403 same_household"
    assert refused(lambda: yard.claim(wish, "two")) == "403 same_household"
    assert refused(lambda: yard.claim(wish, "one", "two")) == "403 same_household"
    # Who moved in after the wish was handed in, and another row of the wisher, are no strangers either.
    later = yard.wish(household_id=home)
    yard.home("three")
    with unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, yard.people[name]) for name in ("wisher", "four"))
        merge_people(session, kept, merged, SYSTEM)
    assert refused(lambda: yard.claim(wish, "four")) == "403 same_household"
    assert refused(lambda: yard.claim(later, "two")) == "403 same_household"
    yard.claim(later, "three")
    # Nor does it help to leave once the wish is there; who had left before is a stranger.
    with unit_of_work(drain=False) as session:
        session.execute(update(WishesHouseholdMember).values(ended_at=current_site().now()))
    assert refused(lambda: yard.claim(wish, "two")) == "403 same_household"
    yard.claim(yard.wish(submitted_at=current_site().now()), "two")


def test_nobody_is_on_a_wish_twice_under_any_row(yard: Yard) -> None:
    wish = yard.wish(slots=9)
    yard.claim(wish, "one", "two")

    assert refused(lambda: yard.claim(wish, "one")) == "409 already_claimed_by_you"
    assert refused(lambda: yard.claim(wish, "three", "two")) == "409 already_claimed_by_you"
    with unit_of_work(drain=False) as session:
        kept, merged = (session.get_one(Person, yard.people[name]) for name in ("four", "one"))
        merge_people(session, kept, merged, SYSTEM)
    assert refused(lambda: yard.claim(wish, "four")) == "409 already_claimed_by_you"


def test_a_team_names_everybody_once_and_nobody_who_is_gone(yard: Yard) -> None:
    wish = yard.wish()
    with unit_of_work(drain=False) as session:
        session.execute(update(Person).where(Person.id == yard.people["two"]).values(closed="frozen"))

    assert refused(lambda: yard.claim(wish, "one", "one")) == "422 bad_team"
    assert refused(lambda: yard.claim(wish, "one", "two")) == "422 bad_team"
    yard.people["ghost"] = 9_999
    assert refused(lambda: yard.claim(wish, "one", "ghost")) == "422 bad_team"
    yard.claim(wish, "three", "one")
    with read_scope() as session:
        team = session.scalars(select(WishesClaimMember.person_id).order_by(WishesClaimMember.place))
        assert list(team) == [yard.people["three"], yard.people["one"]]


def test_three_open_claims_are_the_limit_until_one_is_brought_or_the_area_says_otherwise(yard: Yard) -> None:
    claims = [yard.claim(yard.wish(), "one") for _ in range(3)]
    fourth = yard.wish()

    assert refused(lambda: yard.claim(fourth, "one")) == "409 claim_limit"
    assert refused(lambda: yard.claim(fourth, "two", "one")) == "409 claim_limit"
    yard.deliver(claims[0])
    yard.claim(fourth, "one")
    fifth = yard.wish()
    assert refused(lambda: yard.claim(fifth, "one")) == "409 claim_limit"
    with unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, yard.areas["happy"]), "wishes.open_claims", 4, SYSTEM)
    yard.claim(fifth, "one")


def test_a_claim_is_six_statements_and_one_commit(yard: Yard) -> None:
    for _ in range(2):
        yard.claim(yard.wish(), "one")
    wish = yard.wish(slots=3)
    with unit_of_work(drain=False) as session:
        row = session.get_one(WishesWish, wish)
        people = [yard.people["one"], yard.people["two"]]
        with counted(current_app._get_current_object()) as statements:  # type: ignore[attr-defined]
            taking.claim(session, row, people, 1, yard.actors["one"])

    assert len(statements) <= 6, "\n".join(statements)


def test_of_many_who_press_at_once_one_gets_the_place(yard: Yard, app: Flask) -> None:
    names = ("one", "two", "three", "four")
    for _ in range(3):
        wish = yard.wish()
        outcomes = _at_once(app, [partial(yard.claim, wish, name) for name in names])
        assert Counter(outcomes) == {"won": 1, "no_slot": 3}
        with read_scope() as session:
            assert state(session, wish) == ("claimed", 1)
            assert session.scalar(select(func.count()).where(WishesClaim.wish_id == wish)) == 1


def test_nobody_reads_one_wish_after_the_other_by_claiming_and_giving_back(
    yard: Yard, clock: FixedClock
) -> None:
    for _ in range(3):
        claim = yard.claim(yard.wish(), "one")
        with unit_of_work(drain=False) as session:
            services.release(session, session.get_one(WishesClaim, claim), yard.actors["one"])
    fourth = yard.wish()

    assert refused(lambda: yard.claim(fourth, "one")) == "409 claim_limit"
    yard.claim(yard.wish(), "two")
    clock.advance(days=1)
    yard.claim(fourth, "one")


def test_one_person_on_many_phones_stays_within_the_limit(yard: Yard, app: Flask) -> None:
    wishes = [yard.wish() for _ in range(6)]

    outcomes = _at_once(app, [partial(yard.claim, wish, "one") for wish in wishes])

    assert Counter(outcomes) == {"won": 3, "claim_limit": 3}


def test_one_person_on_two_phones_is_on_a_wish_once(yard: Yard, app: Flask) -> None:
    wish = yard.wish(slots=9)

    outcomes = _at_once(app, [lambda: yard.claim(wish, "one") for _ in range(4)])

    assert Counter(outcomes) == {"won": 1, "already_claimed_by_you": 3}
    with read_scope() as session:
        assert state(session, wish) == ("published", 1)


def _at_once(app: Flask, acts: list[Callable[[], object]]) -> list[str]:
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        with app.app_context():
            gate.wait(30)
            try:
                act()
            except Problem as problem:
                return problem.code
            return "won"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a67_claiming_and_abandoning_gives_nothing_and_leaves_a_trace(yard: Yard) -> None:
    wish = yard.wish()
    for _ in range(3):
        claim = yard.claim(wish, "one")
        with unit_of_work() as session:
            services.release(session, session.get_one(WishesClaim, claim), yard.actors["one"])

    with read_scope() as session:
        assert state(session, wish) == ("published", 0)
        assert (
            session.scalar(select(func.count()).select_from(WishesClaimMember).where(WishesClaimMember.live))
            == 0
        )
        entries = session.scalars(select(WishesClaimMember.entry_id)).all()
        assert entries == [None, None, None]
        actions = session.scalars(select(WishesEvent.action).order_by(WishesEvent.id)).all()
        assert actions == ["claim", "release"] * 3
