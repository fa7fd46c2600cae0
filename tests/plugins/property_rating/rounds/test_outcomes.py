"""What comes out of a tally by the kind of the scheme; no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.ballots.counting import Counted
from pointsys.plugins.property_rating.rounds.services import _months_before
from pointsys.plugins.property_rating.rounds.sheets import read_value
from pointsys.plugins.property_rating.rounds.tally import Inputs, outcomes, result_of
from pointsys.plugins.property_rating.schemes.credit import Item
from pointsys.plugins.property_rating.schemes.evaluate import Veto
from pointsys.plugins.property_rating.schemes.reading import parse
from pointsys.plugins.property_rating.schemes.scheme import VetoRule

DAY = date(2026, 12, 31)
STARS = parse(
    """[scheme.s]
kind = "weighted"
parts = [ { id = "owners", weight = "0.30" }, { id = "management", weight = "0.40" },
          { id = "overall", weight = "0.30" } ]
round = { mode = "half_up", decimals = 0 }
sample = { part = "owners", min_share = "0.10", min_count = 50 }
bands = [ { min = "91", stars = 5 }, { min = "86", stars = 4 }, { min = "0", stars = 0 } ]
veto = { effect = "stars=0", status = "confirmed" }
"""
)


def inputs(owners: str, management: str, overall: str, ballots: int = 82, homes: int = 812) -> Inputs:
    """An entrant whose owners give so much on average."""
    parts = {"management": Fraction(management), "overall": Fraction(overall)}
    mean = Fraction(owners)
    return Inputs(homes, Counted(ballots, mean, mean, {}), parts)


def test_halves_are_rounded_up_once_and_what_is_exact_decides_the_band() -> None:
    found = outcomes(
        STARS,
        {
            1: inputs("89", "92", "90"),
            2: inputs("97.1", "82.1", "95.1"),
            3: inputs("88.5", "92", "90"),
            4: inputs("99", "99", "99", ballots=81),
            5: inputs("99", "99", "99", ballots=82),
        },
        DAY,
    )
    assert [(str(found[n].result.score), found[n].stars) for n in (1, 2, 3)] == [
        ("91", 5),
        ("91", 5),
        ("90", 4),
    ]
    assert (found[4].result.status, found[4].result.required, found[4].place) == (
        "insufficient_sample",
        82,
        None,
    )
    # Those that tie share a place.
    assert [found[n].place for n in (5, 1, 2, 3)] == [1, 2, 2, 4]


@given(ballots=st.integers(0, 4), homes=st.integers(4, 40))
def test_a_result_of_fewer_than_five_ballots_is_none_whatever_the_scheme_asks_for(
    ballots: int, homes: int
) -> None:
    mean = Fraction(90) if ballots else None
    result = result_of(STARS, Inputs(homes, Counted(ballots, mean, mean, {}), {}))
    assert (result.status, result.raw, result.score, result.stars) == (
        "insufficient_sample",
        None,
        None,
        None,
    )
    assert result.required is not None
    assert result.required >= 5


def test_only_a_confirmed_event_inside_the_period_takes_the_stars() -> None:
    plain = inputs("95", "96", "94")
    for veto, status, stars in (
        (Veto("fund_misuse", "confirmed", True), "vetoed", 0),
        (Veto("fund_misuse", "alleged", True), "ok", 5),
        (Veto("fund_misuse", "confirmed", False), "ok", 5),
    ):
        given_ = Inputs(plain.households, plain.counted, plain.parts, (veto,))
        outcome = outcomes(STARS, {1: given_}, DAY)[1]
        assert (outcome.result.status, outcome.stars, str(outcome.result.score)) == (status, stars, "95")


def test_lists_and_ranks_come_of_all_scores_together() -> None:
    listed = parse(
        """[scheme.l]
kind = "list"
period = "month"
red = { min = "85", credit = "2" }
black = { bottom = 2, ties = "include_all", red_excludes_black = true }
"""
    )
    (part,) = listed.parts
    by_score = {
        key: Inputs(0, parts={part.id: Fraction(score)}) for key, score in enumerate((90, 60, 70, 70, 80))
    }
    found = outcomes(listed, by_score, DAY)
    assert [found[key].list_place for key in range(5)] == ["red", "black", "black", "black", ""]
    # Nobody is praised in whom a confirmed decision found something; their score stands.
    veto = (Veto("fund_misuse", "confirmed", True),)
    vetoing = replace(listed, veto=VetoRule("confirmed", 0))
    by_score[0] = replace(by_score[0], vetoes=veto)
    found = outcomes(vetoing, by_score, DAY)
    assert (found[0].result.status, str(found[0].result.score), found[0].list_place) == ("vetoed", "90", "")
    assert [found[key].list_place for key in range(1, 5)] == ["black", "black", "black", ""]
    ranked = parse(
        """[scheme.p]
kind = "percentile"
bands = [ { upto = "0.10", stars = 5 }, { upto = "0.50", stars = 4 }, { upto = "1", stars = 0 } ]
"""
    )
    (part,) = ranked.parts
    found = outcomes(ranked, {key: Inputs(0, parts={part.id: Fraction(key)}) for key in range(1, 11)}, DAY)
    assert [found[key].stars for key in range(10, 0, -1)] == [5, 4, 4, 4, 4, 0, 0, 0, 0, 0]


def test_a_credit_file_is_read_as_of_the_last_day_of_the_period() -> None:
    credit = parse(
        """[scheme.c]
kind = "credit"
base_cap = "80"
good_cap = "40"
default_validity = "1y"
validity_end = "exclusive"
grades = [ { min = "85", grade = "AAA" }, { min = "60", grade = "B" }, { min = "-999", grade = "C" } ]
override = { serious = "BLACKLIST" }
"""
    )
    items = (
        Item("a", Fraction(6), date(2026, 1, 1)), Item("b", Fraction(-9), date(2025, 12, 31)),
    )  # fmt: skip
    base = {"base": Fraction(92)}
    found = outcomes(
        credit, {1: Inputs(0, parts=base, items=items), 2: Inputs(0, parts=base, serious=True)}, DAY
    )
    # The bad item of the last day of the year before lives until the day before this one.
    assert (str(found[1].result.score), found[1].grade) == ("86", "AAA")
    assert (str(found[2].result.score), found[2].grade) == ("80", "BLACKLIST")


@pytest.mark.parametrize("text", ["-1", "100.00001", "1e3", "abc", "", "٣", "0.00001"])
def test_values_that_are_no_number_of_0_to_100_are_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        read_value(text)
    assert caught.value.code == "bad_score"


def test_values_are_kept_as_they_were_given() -> None:
    assert [read_value(text) for text in ("0", "100", "88.50", " 99.0001 ", "８８．５")] == [
        "0",
        "100",
        "88.5",
        "99.0001",
        "88.5",
    ]


def test_a_whole_year_of_service_is_twelve_months_and_not_a_day_more() -> None:
    assert _months_before(date(2026, 12, 31), 12) == date(2026, 1, 1)
    assert _months_before(date(2026, 12, 31), 6) == date(2026, 7, 1)
    assert _months_before(date(2026, 8, 30), 6) == date(2026, 2, 28)
