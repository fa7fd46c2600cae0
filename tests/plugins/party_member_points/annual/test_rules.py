"""One step up or down with a reason, never over a gate or veto, and no more of the best grade than the quota allows."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points.annual.rules import (
    Standing,
    ceiling_of,
    check,
    check_ratio,
    check_room,
    choices,
    quota,
    steps_of,
)

GRADES = ("优秀", "合格", "基本合格", "不合格")
A, B, C, D = GRADES


def standing(
    scored: str, proposed: str = "", ceiling: str | None = None, *, vetoed: bool = False
) -> Standing:
    """Somebody to whom all four grades are open."""
    return Standing(scored, proposed or scored, GRADES, ceiling, vetoed)


@pytest.mark.parametrize(
    ("who", "open_grades"),
    [
        (standing(A), (A, B)),
        (standing(B), (A, B, C)),
        (standing(C), (B, C, D)),
        (standing(D), (C, D)),
        # The quota moved them down: they may go back, and no further down.
        (standing(A, B), (A, B)),
        # A gate holds at C: no step above it, one below it.
        (standing(C, ceiling=C), (C, D)),
        (standing(D, ceiling=C), (C, D)),
        (standing(B, ceiling=A), (A, B, C)),
        # A veto, whether it names a grade or lowers the total: nothing better than proposed.
        (standing(D, ceiling=D, vetoed=True), (D,)),
        (standing(C, vetoed=True), (C, D)),
        # Grades for other people are no steps.
        (Standing(B, B, (A, B, D)), (A, B, D)),
        (Standing(A, A, (A,)), (A,)),
    ],
)
def test_the_committee_may_choose_a_grade_one_step_away(who: Standing, open_grades: tuple[str, ...]) -> None:
    assert choices(who) == open_grades
    for grade in open_grades:
        check(who, grade, "理由")


@pytest.mark.parametrize(
    ("who", "grade", "reason", "code"),
    [
        (standing(C), A, "理由", "too_many_steps"),
        (standing(A), C, "理由", "too_many_steps"),
        (standing(A, B), C, "理由", "too_many_steps"),
        (standing(C, ceiling=C), B, "理由", "over_gate"),
        (standing(D, ceiling=D, vetoed=True), C, "理由", "over_veto"),
        (standing(C, vetoed=True), B, "理由", "over_veto"),
        (standing(B), A, "", "reason_needed"),
        (standing(B), A, "字" * 501, "too_long_text"),
        (standing(B), "良好", "理由", "unknown_grade"),
        (standing(B), "", "理由", "unknown_grade"),
    ],
)
def test_anything_else_is_refused_with_its_reason(who: Standing, grade: str, reason: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        check(who, grade, reason)

    assert refused.value.code == code


def test_the_proposal_itself_needs_no_reason() -> None:
    check(standing(A, B), B, "")


@given(st.sampled_from(GRADES), st.booleans(), st.none() | st.sampled_from(GRADES), st.booleans())
def test_no_choice_is_over_a_gate_or_veto_or_further_than_a_step(
    scored: str, moved: bool, ceiling: str | None, vetoed: bool
) -> None:
    place = {name: index for index, name in enumerate(GRADES)}
    if ceiling is not None and place[scored] < place[ceiling]:
        # The scorer never proposes over a gate.
        scored = ceiling
    proposed = B if scored == A and moved else scored
    for grade in choices(standing(scored, proposed, ceiling, vetoed=vetoed)):
        assert abs(place[grade] - place[scored]) <= 1
        assert abs(place[grade] - place[proposed]) <= 1
        if grade != proposed:
            assert ceiling is None or place[grade] >= place[ceiling]
            assert not vetoed or place[grade] > place[proposed]


def test_grades_for_other_people_are_no_steps_and_each_counts_once() -> None:
    grades = [(A, False), (A, True), (B, True), (C, False), (D, True)]

    assert steps_of(grades, B) == (A, B, D)
    assert steps_of(grades, C) == (A, B, C, D)


def test_the_worst_of_gates_and_vetoes_is_the_ceiling() -> None:
    assert ceiling_of(GRADES, [B, None, C]) == C
    assert ceiling_of(GRADES, [None]) is None
    assert ceiling_of(GRADES, []) is None


def test_the_quota_takes_the_best_grade_from_the_last_and_from_a_whole_tie() -> None:
    rows = [("1", "90.00", A), ("2", "85.00", A), ("3", "85.00", A), ("4", "70.00", B), ("5", "30.00", D)]

    given_two = quota(rows, GRADES, "2/5")
    given_three = quota(rows, GRADES, "3/5")
    free = quota(rows, GRADES, "")

    assert (given_two.limit, given_two.ties) == (2, frozenset({"2", "3"}))
    assert given_two.grades == {"1": A, "2": B, "3": B, "4": B, "5": D}
    assert (given_three.limit, given_three.ties) == (3, frozenset())
    assert given_three.grades == {name: grade for name, _total, grade in rows}
    assert (free.limit, free.grades) == (None, given_three.grades)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""), ("  ", ""), ("1/3", "1/3"), ("30%", "3/10"), ("３３.３％".replace("３", "3"), "333/1000"),
        ("0.3", "3/10"), ("1", "1"), ("0", "0"), ("100 %", "1"),
    ],
)  # fmt: skip
def test_a_share_is_read_as_people_write_it(text: str, kept: str) -> None:
    assert check_ratio(text) == kept


@pytest.mark.parametrize("text", ["101%", "4/3", "-0.1", "1/0", "NaN", "三成", "1e-3", "0." + "1" * 30, "%"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        check_ratio(text)

    assert refused.value.code == "bad_quota"


@given(st.integers(0, 12), st.fractions(0, 1, max_denominator=50))
def test_no_more_hold_the_best_grade_than_the_share(holders: int, share: Fraction) -> None:
    rows = [(str(n), str(100 - n // 2), A) for n in range(holders)]

    found = quota(rows, GRADES, check_ratio(str(share)))

    assert found.limit == holders * share.numerator // share.denominator
    check_room(found.limit, sum(grade == A for grade in found.grades.values()))


def test_one_more_than_the_quota_is_refused() -> None:
    check_room(None, 1000)
    check_room(2, 2)
    with pytest.raises(Problem) as refused:
        check_room(2, 3)

    assert refused.value.code == "quota_full"
