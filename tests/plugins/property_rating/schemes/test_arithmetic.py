"""The worked examples of the design page, the edges around them, and what holds for any numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.schemes.credit import Item, after, credit
from pointsys.plugins.property_rating.schemes.evaluate import Veto, evaluate, sample_required
from pointsys.plugins.property_rating.schemes.lists import places, red_and_black, stars_by_rank
from pointsys.plugins.property_rating.schemes.numbers import exact, fixed, half_up, plain
from pointsys.plugins.property_rating.schemes.reading import parse, parse_all
from pointsys.plugins.property_rating.schemes.scheme import Validity

PAGE = parse_all(Path(__file__).with_name("page.toml").read_text(encoding="utf-8"), incomplete=True)
BAOAN, VILLAGE = PAGE["baoan_star"], PAGE["baoan_village"]
TAIZHOU, FUZHOU, YANTAI = PAGE["taizhou_list"], PAGE["fuzhou_rank"], PAGE["yantai_credit"]
CONFIRMED = Veto("fund_misuse", "confirmed", True)


def parts(owners: object, management: object, overall: object) -> Mapping[str, object]:
    return {"owners": owners, "management": management, "overall": overall}


def code_of(error: pytest.ExceptionInfo[Problem]) -> str:
    return error.value.code


@pytest.mark.parametrize(
    ("given_parts", "raw", "score", "stars"),
    [
        (("89", "92", "90"), "90.5", "91", 5),
        (("97.1", "82.1", "95.1"), "90.5", "91", 5),
        ((Decimal("88.5"), 92, "90.0"), "90.35", "90", 4),
        (("100", "100", "1e2"), "100", "100", 5),
        (("0", "0.0", "-0"), "0", "0", 0),
        ((60, 60, 60), "60", "60", 1),
        (("59.4999999", "59.4999999", "59.4999999"), "59.4999999", "59", 0),
        (("59.5", "59.5", "59.5"), "59.5", "60", 1),
        (("80.5", "80.5", "80.5"), "80.5", "81", 3),
    ],
)
def test_a_score_is_exact_and_rounded_half_up_once_at_the_end(
    given_parts: tuple[object, object, object], raw: str, score: str, stars: int
) -> None:
    found = evaluate(BAOAN, parts(*given_parts), 812, 82).as_json()
    assert found == {"raw": raw, "score": score, "stars": stars, "status": "ok"}


@pytest.mark.parametrize(
    ("homes", "required"),
    [
        (812, 82),
        (300, 50),
        (501, 51),
        (500, 50),
        (510, 51),
        (511, 52),
        (40, 40),
        (50, 50),
        (1, 1),
        (0, 0),
        ("812.0", 82),
    ],
)
def test_a_sample_has_a_share_and_a_least_number_and_is_never_more_than_all(
    homes: object, required: int
) -> None:
    assert sample_required(BAOAN.sample, homes) == required


def test_too_few_ballots_give_no_result_and_never_zero() -> None:
    few = evaluate(BAOAN, parts(99, 99, 99), 812, 81, [CONFIRMED])
    assert few.as_json() == {"score": None, "stars": None, "status": "insufficient_sample", "required": 82}
    assert evaluate(BAOAN, parts(99, 99, 99), 812, 82).as_json()["stars"] == 5
    # Nobody voted: there is no mean that could be given.
    assert evaluate(BAOAN, {"management": 9, "overall": 9}, 812, 0).status == "insufficient_sample"
    assert (
        evaluate(BAOAN, {"owners": None, "management": 9, "overall": 9}, 0, 0).status == "insufficient_sample"
    )


@pytest.mark.parametrize(
    ("status", "inside", "stars", "shown"),
    [("confirmed", True, 0, "vetoed"), ("alleged", True, 5, "ok"), ("confirmed", False, 5, "ok")],
)
def test_only_a_confirmed_decision_inside_the_period_vetoes(
    status: str, inside: bool, stars: int, shown: str
) -> None:
    veto = {"id": "fund_misuse", "status": status, "in_period": inside}
    found = evaluate(BAOAN, parts(95, 96, 94), 812, 82, [veto]).as_json()
    assert found == {"raw": "95.1", "score": "95", "stars": stars, "status": shown}


@pytest.mark.parametrize(
    ("given_parts", "homes", "ballots", "vetoes", "code"),
    [
        (parts(101, 90, 90), 812, 82, [], "bad_score"),
        (parts("-0.01", 90, 90), 812, 82, [], "bad_score"),
        (parts("100.000001", 90, 90), 812, 82, [], "bad_score"),
        (parts(True, 90, 90), 812, 82, [], "bad_score"),
        (parts(0.1, 90, 90), 812, 82, [], "bad_score"),
        (parts(None, 90, 90), 812, 82, [], "bad_score"),
        (parts("NaN", 90, 90), 812, 82, [], "bad_score"),
        (parts("九十", 90, 90), 812, 82, [], "bad_score"),
        (parts("1e999", 90, 90), 812, 82, [], "bad_score"),
        ({"owners": 90, "management": 90}, 812, 82, [], "missing_part"),
        ({**parts(90, 90, 90), "fee_rate": 90}, 812, 82, [], "unknown_part"),
        (parts(90, 90, 90), 812, None, [], "bad_count"),
        (parts(90, 90, 90), None, 82, [], "bad_count"),
        (parts(90, 90, 90), 81, 82, [], "bad_count"),
        (parts(90, 90, 90), "812.5", 82, [], "bad_count"),
        (parts(90, 90, 90), -1, 0, [], "bad_count"),
        (parts(90, 90, 90), 812, 82, [{"id": "x", "status": "confirmed"}], "bad_veto"),
        (parts(90, 90, 90), 812, 82, [{"id": "x", "status": "confirmed", "in_period": "true"}], "bad_veto"),
        # What is wrong is said even where the sample is too small for a result.
        (parts(90, 101, 90), 812, 1, [], "bad_score"),
    ],
)  # fmt: skip
def test_what_cannot_be_computed_with_is_refused(
    given_parts: Mapping[str, object],
    homes: object,
    ballots: object,
    vetoes: list[Mapping[str, object]],
    code: str,
) -> None:
    with pytest.raises(Problem) as error:
        evaluate(BAOAN, given_parts, homes, ballots, vetoes)
    assert code_of(error) == code


def test_a_table_without_its_lower_bands_serves_the_scores_that_it_has() -> None:
    good = {"owners": "90", "management": "85.004", "overall": "85", "fee_rate": "84.9"}
    assert evaluate(VILLAGE, good).as_json() == {
        "raw": "85.4816",
        "score": "85.48",
        "stars": 4,
        "status": "ok",
    }
    with pytest.raises(Problem) as error:
        evaluate(VILLAGE, dict.fromkeys(good, "84.99"))
    assert code_of(error) == "no_band"


score = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)


@given(score, score, score)
def test_any_score_is_what_decimal_arithmetic_says(
    owners: Decimal, management: Decimal, overall: Decimal
) -> None:
    raw = Decimal("0.30") * owners + Decimal("0.40") * management + Decimal("0.30") * overall
    found = evaluate(BAOAN, parts(owners, management, overall), 10, 10)
    assert found.raw == Fraction(raw)
    assert found.score == Fraction(raw.quantize(Decimal(1), ROUND_HALF_UP))
    assert exact(plain(found.raw)) == found.raw


@given(st.fractions(), st.integers(0, 6))
def test_rounding_moves_by_half_a_place_at_most_and_a_half_goes_outwards(
    value: Fraction, places: int
) -> None:
    rounded = half_up(value, places)
    step = Fraction(1, 10**places)
    assert (rounded / step).denominator == 1
    assert abs(rounded - value) <= step / 2
    if abs(rounded - value) == step / 2:
        assert abs(rounded) > abs(value)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_nobody_is_asked_for_more_ballots_than_there_are_homes(homes: int, more: int) -> None:
    required = sample_required(BAOAN.sample, homes)
    assert min(homes, 50) <= required <= homes
    assert sample_required(BAOAN.sample, homes + more) >= required


def test_numbers_are_written_without_waste() -> None:
    written = ["90.50", "91.000", "-0", "1e2", "12e-1", ".5", "100", "-2.50", "1200"]
    assert [plain(exact(text)) for text in written] == [
        "90.5",
        "91",
        "0",
        "100",
        "1.2",
        "0.5",
        "100",
        "-2.5",
        "1200",
    ]
    assert plain(Fraction(250, 3)) == "83.333333333333"
    told = [
        (Fraction(55), 2),
        (Fraction(9688, 100), 2),
        (Fraction(1, 2), 0),
        (Fraction(55), None),
        (Fraction(-1), 1),
    ]
    assert [fixed(value, decimals) for value, decimals in told] == ["55.00", "96.88", "0.5", "55", "-1.0"]


def test_lists_take_ties_and_leave_out_the_red_and_those_without_a_score() -> None:
    scores = {
        "p1": "86",
        "p2": 85,
        "p3": "70",
        "p4": "60.5",
        "p5": "60",
        "p6": "70.0",
        "p7": "84.999",
        "p8": None,
    }
    found = red_and_black(TAIZHOU, scores, ["p5", "p1", "nobody"]).as_json()
    assert found == {
        "red": ["p1", "p2"],
        "black": ["p3", "p4", "p5", "p6"],
        "credit": {"p1": "2", "p2": "2", "p3": "-2", "p4": "-2", "p6": "-2"},
    }


@pytest.mark.parametrize(
    ("scores", "red", "black"),
    [
        ({}, [], []),
        ({"a": "99"}, ["a"], []),
        ({"a": "1"}, [], ["a"]),
        ({"a": "84", "b": "99", "c": "98"}, ["b", "c"], ["a"]),
        ({"a": "50", "b": "50", "c": "50", "d": "50"}, [], ["a", "b", "c", "d"]),
        ({"a": "-3", "b": "120", "c": "0"}, ["b"], ["a", "c"]),
    ],
)
def test_lists_of_few(scores: Mapping[str, object], red: list[str], black: list[str]) -> None:
    found = red_and_black(TAIZHOU, scores)
    assert ([*found.red], [*found.black]) == (red, black)


def test_a_list_may_let_the_red_be_black_and_then_both_count() -> None:
    text = (
        '[scheme.x]\nkind = "list"\nred = { min = "85", credit = "2" }\n'
        'black = { bottom = 1, red_excludes_black = false, credit_if_not_rectified = "-3" }\n'
    )
    found = red_and_black(parse(text), {"a": 90, "b": 91})
    assert ([*found.red], [*found.black]) == (["a", "b"], ["a"])
    assert {name: int(points) for name, points in found.credit.items()} == {"a": -1, "b": 2}


@given(st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 100), max_size=10))
def test_whoever_is_black_is_among_the_lowest_and_whoever_is_red_is_not_black(
    scores: Mapping[str, int],
) -> None:
    found = red_and_black(TAIZHOU, scores)
    assert not set(found.red) & set(found.black)
    for name in set(scores) - set(found.red):
        below = sum(1 for other in scores.values() if other < scores[name])
        assert (name in found.black) == (below < 3)


@pytest.mark.parametrize(
    ("n", "counts"),
    [
        (282, {5: 28, 4: 42, 3: 169, 2: 34, 0: 9}),
        (0, {5: 0, 4: 0, 3: 0, 2: 0, 0: 0}),
        (1, {5: 0, 4: 0, 3: 0, 2: 0, 0: 1}),
        (9, {5: 0, 4: 2, 3: 5, 2: 1, 0: 1}),
        ("10", {5: 1, 4: 1, 3: 6, 2: 1, 0: 1}),
        (100, {5: 10, 4: 15, 3: 60, 2: 12, 0: 3}),
    ],
)
def test_bands_of_ranks_end_at_whole_places(n: object, counts: dict[int, int]) -> None:
    assert places(FUZHOU, n) == counts


@given(st.lists(st.integers(0, 40), max_size=60))
def test_stars_by_rank_fill_the_places_and_treat_ties_alike(values: list[int]) -> None:
    scores: dict[str, object] = {str(index): value for index, value in enumerate(values)}
    found = stars_by_rank(FUZHOU, {**scores, "none": None})
    assert found.pop("none") is None
    by_score: dict[object, set[int | None]] = {}
    for name, value in scores.items():
        by_score.setdefault(value, set()).add(found[name])
    assert all(len(stars) == 1 for stars in by_score.values())
    if len(set(values)) == len(values):
        counts = places(FUZHOU, len(values))
        assert {stars: list(found.values()).count(stars) for stars in counts} == counts


def item(name: str, points: object, start: str, end: str | None = None) -> Item:
    return Item(name, exact(points), date.fromisoformat(start), date.fromisoformat(end) if end else None)


def test_a_credit_file_caps_before_it_takes_off_and_knows_whoever_did_something_serious() -> None:
    on = date(2026, 6, 30)
    items = [
        item("good", "3", "2025-07-01"),
        item("bad", "-5", "2026-06-30", "2026-07-01"),
        item("over", "-9", "2026-01-01", "2026-06-30"),
        item("year", "9", "2025-06-30"),
        item("later", "9", "2026-07-01"),
    ]
    found = credit(YANTAI, "72", on, items).as_json()
    assert found == {"live": ["good", "bad"], "good": "3", "bad": "5", "score": "70", "grade": "A"}
    capped = credit(
        YANTAI, "95.5", on, [item("a", 30, "2026-01-01"), item("b", "25.5", "2026-01-01"), items[1]]
    )
    assert capped.as_json() == {
        "live": ["a", "b", "bad"],
        "good": "40",
        "bad": "5",
        "score": "115",
        "grade": "AAA",
    }
    serious = credit(YANTAI, "95", on, items, serious=True)
    assert (serious.grade, plain(serious.score)) == ("BLACKLIST", "78")


@pytest.mark.parametrize(
    ("base", "grade", "shown"),
    [
        ("85", "AA", "80"),
        ("79.99", "A", "79.99"),
        ("60", "B", "60"),
        ("59.999", "C", "59.999"),
        (0, "C", "0"),
    ],
)
def test_grades_begin_at_their_score(base: object, grade: str, shown: str) -> None:
    found = credit(YANTAI, base, date(2026, 1, 1), [])
    assert (found.grade, plain(found.score)) == (grade, shown)


def test_deductions_have_no_end_and_the_last_grade_has_no_bottom() -> None:
    found = credit(YANTAI, 0, date(2026, 1, 2), [item("x", -1500, "2026-01-01")])
    assert found.as_json() == {"live": ["x"], "good": "0", "bad": "1500", "score": "-1500", "grade": "C"}


@pytest.mark.parametrize(
    ("start", "validity", "end"),
    [
        ("2024-02-29", Validity(), "2025-02-28"),
        ("2023-02-28", Validity(), "2024-02-28"),
        ("2026-03-07", Validity(), "2027-03-07"),
        ("2025-11-30", Validity(3, "m"), "2026-02-28"),
        ("2025-12-31", Validity(1, "d"), "2026-01-01"),
    ],
)
def test_what_has_no_end_of_its_own_ends_on_the_same_day_later(
    start: str, validity: Validity, end: str
) -> None:
    assert after(validity, date.fromisoformat(start)) == date.fromisoformat(end)
    assert after(Validity(900, "y"), date(9999, 1, 1)) is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-400, 800))
def test_an_item_lives_from_its_start_to_the_day_before_its_end(start: date, days: int) -> None:
    on = date.fromordinal(start.toordinal() + days)
    alive = bool(credit(YANTAI, 0, on, [Item("x", Fraction(1), start)]).live)
    end = after(Validity(), start)
    assert end is not None
    assert alive == (start <= on < end)


def test_a_scheme_computes_what_it_is_for() -> None:
    works: tuple[Callable[[], object], ...] = (
        lambda: evaluate(YANTAI, {}),
        lambda: places(BAOAN, 3),
        lambda: red_and_black(FUZHOU, {}),
        lambda: credit(TAIZHOU, 0, date(2026, 1, 1), []),
        lambda: stars_by_rank(TAIZHOU, {}),
    )
    for work in works:
        with pytest.raises(Problem) as error:
            work()
        assert code_of(error) == "wrong_kind"
