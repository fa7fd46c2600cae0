"""The rules of claims without a database: transitions, numbers, and the exact split of a value over a team."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Conflict, Problem
from pointsys.plugins.wish_wall import events, rules
from pointsys.plugins.wish_wall.models import CLAIM_STATES, STATES


@given(st.integers(0, 10_000_000), st.integers(1, 60))
def test_a_split_loses_and_invents_nothing_and_is_as_even_as_can_be(value: int, people: int) -> None:
    shares = rules.split(value, people)

    assert sum(shares) == value
    assert len(shares) == people
    assert list(shares) == sorted(shares, reverse=True)
    assert max(shares) - min(shares) <= 1


def test_the_remainder_goes_one_by_one_in_team_order() -> None:
    assert rules.split(10, 3) == (4, 3, 3)
    assert rules.split(11, 3) == (4, 4, 3)
    assert rules.split(2, 3) == (1, 1, 0)
    with pytest.raises(ValueError, match="at least one person"):
        rules.split(5, 0)


@pytest.mark.parametrize("raw", [0, -1, 1.5, "1.5", "", "zwei", None, True, "１", "1" * 30, [], {}])
def test_places_are_whole_numbers_of_at_least_one(raw: object) -> None:
    with pytest.raises(Problem) as caught:
        rules.check_qty(raw)
    assert (caught.value.code, caught.value.field) == ("bad_qty", "qty")


def test_places_stars_and_minutes_are_taken_as_numbers_or_digits() -> None:
    assert [rules.check_qty(raw) for raw in (1, "1", " 12 ")] == [1, 1, 12]
    assert [rules.check_rating(raw) for raw in (1, "5")] == [1, 5]
    assert [rules.check_minutes(raw) for raw in (None, "", " ", 1, "90", 1440)] == [
        None,
        None,
        None,
        1,
        90,
        1440,
    ]


@pytest.mark.parametrize("raw", [0, 6, "0", "6", "", None, True, 4.5, "fünf"])
def test_stars_are_one_to_five(raw: object) -> None:
    with pytest.raises(Problem) as caught:
        rules.check_rating(raw)
    assert caught.value.code == "bad_rating"


@pytest.mark.parametrize("raw", [0, -5, 1441, "1441", "1.5", "an hour", True, [5]])
def test_minutes_are_at_most_a_day(raw: object) -> None:
    with pytest.raises(Problem) as caught:
        rules.check_minutes(raw)
    assert caught.value.code == "bad_minutes"


def test_every_act_comes_from_states_that_exist_and_leads_to_one() -> None:
    for table, targets, states in (
        (rules.WISH_FROM, rules.WISH_TO, STATES),
        (rules.CLAIM_FROM, rules.CLAIM_TO, CLAIM_STATES),
    ):
        assert {state for several in table.values() for state in several} <= set(states)
        assert set(targets.values()) <= set(states)
        assert set(targets) <= set(table)
    assert {*rules.WISH_FROM, *rules.CLAIM_FROM} <= set(events.ACTIONS)


@pytest.mark.parametrize("state", STATES)
def test_a_wish_in_any_state_allows_what_the_table_says_and_nothing_else(state: str) -> None:
    for action, allowed in rules.WISH_FROM.items():
        if state in allowed:
            rules.check_wish(action, state)
            continue
        with pytest.raises(Conflict) as caught:
            rules.check_wish(action, state)
        assert caught.value.code == ("not_open" if action == rules.CLAIM else "bad_state")


@given(st.integers(1, 10), st.data())
def test_a_wish_is_realized_when_it_is_full_and_every_claim_confirmed(
    slots: int, data: st.DataObject
) -> None:
    taken = data.draw(st.integers(0, slots))
    confirmed = data.draw(st.booleans())

    state = rules.state_after(taken, slots, confirmed)

    assert (state == "realized") == (taken == slots and confirmed)
    assert (state == "published") == (taken < slots)


def test_seven_days_are_seven_times_24_hours_whatever_the_clocks_do() -> None:
    at = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert rules.contact_due(at, 7) == datetime(2026, 4, 4, 23, 30, tzinfo=UTC)
    assert rules.expires_at(at, 30) == datetime(2026, 4, 27, 23, 30, tzinfo=UTC)
