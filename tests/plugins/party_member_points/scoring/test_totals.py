"""Caps, categories, expectations, ratios, proration, totals, grades, gates and vetoes."""

from __future__ import annotations

from typing import Any

import pytest

from pointsys.plugin import Problem

from .samples import event, make, one_item, run


def months(count: int, item: str = "i", **more: Any) -> list[dict[str, Any]]:
    return [event(f"{item}{m:02}", f"2024-{m:02}-10", item=item, **more) for m in range(1, count + 1)]


def test_earn_and_deduct_items_of_one_bucket_share_its_room_by_size() -> None:
    scheme = make(
        {
            "bucket": [{"id": "b", "caps": {"month": 5}}],
            "item": [
                {"id": "i", "category": "c", "points": 3, "bucket": "b"},
                {"id": "d", "category": "c", "kind": "deduct", "points": 4, "bucket": "b"},
            ],
        }
    )
    events = [
        event("a", "2024-05-01"),
        event("b", "2024-05-02", item="d"),
        event("c", "2024-05-03"),
        event("e", "2024-06-01"),
    ]
    result = run(scheme, *events)
    assert result["credited"] == {"a": "3.00", "b": "-2.00", "c": "0.00", "e": "3.00"}
    assert result["total"] == "4.00"


def test_a_bucket_can_cap_each_event() -> None:
    scheme = make(
        {
            "bucket": [{"id": "b", "caps": {"event": 2}}],
            "item": [{"id": "i", "category": "c", "points": 3, "bucket": "b"}],
        }
    )
    assert run(scheme, *months(3))["total"] == "6.00"


@pytest.mark.parametrize(("cap_on", "total"), [("gross", "8.00"), ("net", "10.00")])
def test_a_gross_cap_limits_what_is_earned_and_a_net_cap_what_remains(cap_on: str, total: str) -> None:
    scheme = make(
        {
            "category": [{"id": "c", "base": 5, "cap": 10, "cap_on": cap_on}],
            "item": [
                {"id": "i", "category": "c", "points": 3},
                {"id": "d", "category": "c", "kind": "deduct", "points": 2},
            ],
        }
    )
    assert run(scheme, *months(3), event("d1", "2024-05-01", item="d"))["total"] == total


def test_weight_acts_after_the_floor_and_rounds() -> None:
    category = {"id": "c", "base": "10.01", "floor": "3.33", "weight": "0.5"}
    scheme = make(
        {"category": [category], "item": [{"id": "d", "category": "c", "kind": "deduct", "points": 9}]}
    )
    assert run(scheme)["categories"] == {"c": "5.01"}
    assert run(scheme, event("d1", "2024-05-01", item="d"))["categories"] == {"c": "1.67"}


def test_base_by_an_attribute_of_the_person() -> None:
    base_by = {"attr": "role", "values": {"lead": 20}, "default": 5}
    scheme = make({"category": [{"id": "c", "base_by": base_by}]})
    assert run(scheme, person={"id": "p", "role": "lead"})["total"] == "20.00"
    assert run(scheme)["total"] == "5.00"


def test_carry_is_rounded_before_it_is_prorated_and_again_after() -> None:
    scheme = make(
        {"category": [{"id": "c", "carry": {"first": 20, "ratio": "0.2"}}]},
        enrol={"before": "ignore", "prorate": "month"},
    )
    # 12.34 x 0.2 = 2.468 -> 2.47; 2.47 x 5/12 = 1.02916... -> 1.03
    person = {"id": "p", "prev_total": "12.34", "checkin_on": "2024-08-31"}
    assert run(scheme, person=person)["total"] == "1.03"
    assert run(scheme)["total"] == "20.00"


def test_proration_by_day_counts_a_leap_year() -> None:
    scheme = make({"total": {"base": 366}, "category": [{"id": "c"}]}, enrol={"prorate": "day"})
    assert (
        run(scheme, person={"id": "p", "checkin_on": "2024-02-29", "left_on": "2024-03-01"})["total"]
        == "2.00"
    )


def test_proration_ignores_the_asking_day() -> None:
    scheme = make({"total": {"base": 12}, "category": [{"id": "c"}]}, enrol={"prorate": "month"})
    asked = run(scheme, person={"id": "p", "checkin_on": "2024-02-29"}, as_of="2024-03-01T00:00:00+08:00")
    assert asked["total"] == "11.00"


def expecting(**rule: Any) -> Any:
    expect = {"id": "x", "category": "c", "items": ["i"], "points": 2, **rule}
    return make({"item": [{"id": "i", "category": "c", "mode": "none"}], "expect": [expect]})


def test_each_missed_window_deducts_up_to_the_maximum() -> None:
    assert run(expecting(window="quarter"), event("a", "2024-05-01"))["total"] == "-6.00"
    assert run(expecting(window="quarter", max=5), event("a", "2024-05-01"))["total"] == "-5.00"


def test_each_met_window_earns() -> None:
    scheme = expecting(window="month", award="met", of="qty", min=3)
    assert (
        run(
            scheme, event("a", "2024-05-01", qty=2), event("b", "2024-05-02"), event("d", "2024-06-30", qty=2)
        )["total"]
        == "2.00"
    )


def test_only_ended_windows_wholly_inside_enrolment_are_judged() -> None:
    person = {"id": "p", "checkin_on": "2024-01-02", "left_on": "2024-12-30"}
    scheme = expecting(window="quarter")
    assert run(scheme, person=person)["total"] == "-4.00"
    assert run(scheme, person=person, as_of="2024-06-29T23:59:59+08:00")["total"] == "0.00"
    assert run(scheme, person=person, as_of="2024-06-30T00:00:00+08:00")["total"] == "-2.00"


def test_a_window_takes_its_expectation_from_the_version_on_its_last_day() -> None:
    expect = {"id": "x", "category": "c", "items": ["i"], "window": "quarter"}
    item = {"item": [{"id": "i", "category": "c", "mode": "none"}]}
    scheme = make(
        {**item, "expect": [{**expect, "points": 1}]},
        {**item, "effective_from": "2024-06-30", "expect": [{**expect, "points": 10, "max": 15}]},
        {**item, "effective_from": "2024-12-31"},
    )
    # Q1 by the first version, Q2 and Q3 by the second, Q4 by nobody; the newest maximum is 15
    assert run(scheme)["total"] == "-15.00"
    assert run(scheme, event("a", "2024-09-30"))["total"] == "-11.00"


def test_a_gap_takes_every_whole_block_of_idle_days_edges_included() -> None:
    scheme = expecting(window="gap", days=10)
    person = {"id": "p", "checkin_on": "2024-03-01", "left_on": "2024-04-30"}
    # 1-20 March: 20 idle days; 22 March to 10 April: 20; 12 to 30 April: 19
    events = [event("a", "2024-03-21"), event("b", "2024-04-11")]
    assert run(scheme, *events, person=person)["total"] == "-10.00"
    assert run(scheme, *events, person=person, as_of="2024-03-31T09:00:00+08:00")["total"] == "-6.00"


def attending(**rule: Any) -> Any:
    tiers = [{"min": "0.8", "points": 1}, {"min": 1, "points": 3}, {"min": "2/3", "points": "0.5"}]
    ratio = {"id": "r", "category": "c", "items": ["i"], "tiers": tiers, **rule}
    return make({"item": [{"id": "i", "category": "c", "mode": "none"}], "ratio": [ratio]})


def sessions(*days: str, kind: str | None = None) -> list[dict[str, Any]]:
    return [{"id": day, "on": day, "kind": kind} for day in days]


def attend(*days: str) -> list[dict[str, Any]]:
    return [event(f"a{day}", day, attrs={"session": day}) for day in days]


def test_attendance_is_compared_exactly() -> None:
    roster = sessions("2024-03-01", "2024-04-01", "2024-05-01")
    assert run(attending(), *attend("2024-03-01", "2024-04-01"), roster=roster)["total"] == "0.50"
    assert (
        run(attending(), *attend("2024-03-01", "2024-04-01", "2024-05-01"), roster=roster)["total"] == "3.00"
    )


def test_excused_absences_leave_the_sessions_unless_attended() -> None:
    roster = sessions("2024-03-01", "2024-04-01", "2024-05-01")
    excused = ["2024-03-01", "2024-05-01"]
    assert run(attending(), *attend("2024-03-01"), roster=roster, excused=excused)["total"] == "0.00"
    assert (
        run(attending(), *attend("2024-03-01", "2024-04-01"), roster=roster, excused=excused)["total"]
        == "3.00"
    )


def test_no_sessions_no_points() -> None:
    assert run(attending(tiers=[{"min": 0, "points": 3}]))["total"] == "0.00"
    roster = sessions("2024-03-01")
    assert (
        run(attending(tiers=[{"min": 0, "points": 3}]), roster=roster, excused=["2024-03-01"])["total"]
        == "0.00"
    )
    assert run(attending(tiers=[{"min": 0, "points": 3}]), roster=roster)["total"] == "3.00"


def test_sessions_are_those_of_the_kind_inside_enrolment_up_to_the_asking_day() -> None:
    roster = [
        *sessions("2024-01-10", "2024-06-01"),
        *sessions("2024-03-01", kind="study"),
        *sessions("2024-02-10"),
    ]
    person = {"id": "p", "checkin_on": "2024-02-01"}
    asked: dict[str, Any] = {"person": person, "roster": roster, "as_of": "2024-05-31T00:00:00+08:00"}
    assert run(attending(), *attend("2024-02-10"), **asked)["total"] == "3.00"
    assert run(attending(kind="study"), *attend("2024-02-10"), **asked)["total"] == "0.00"
    assert run(attending(kind="study"), *attend("2024-03-01"), **asked)["total"] == "3.00"


def graded(**version: Any) -> Any:
    return make(
        {
            "item": [{"id": "i", "category": "c", "points": 10}, {"id": "v", "kind": "veto", "mode": "none"}],
            "grade": [{"id": "A", "min": 60}, {"id": "B", "above": 30}, {"id": "C", "min": 30}, {"id": "D"}],
            **version,
        }
    )


@pytest.mark.parametrize(("count", "grade"), [(6, "A"), (4, "B"), (3, "C"), (2, "D")])
def test_min_is_reached_by_the_number_itself_and_above_is_not(count: int, grade: str) -> None:
    assert run(graded(), *months(count))["grade"] == grade


def test_a_grade_can_require_categories_totals_and_attributes() -> None:
    scheme = graded(
        grade=[
            {"id": "A", "min": 20, "when": {"role": "lead"}},
            {"id": "B", "min": 10, "require": [{"of": "category", "id": "c", "min": 30}]},
            {"id": "C", "min": 5, "require": [{"of": "total", "min": 20}]},
            {"id": "D"},
        ]
    )
    assert run(scheme, *months(2), person={"id": "p", "role": "lead"})["grade"] == "A"
    assert [run(scheme, *months(count))["grade"] for count in (3, 2, 1)] == ["B", "C", "D"]


def test_required_minima_are_prorated_and_rounded_when_asked() -> None:
    version = {
        "item": [{"id": "i", "category": "c", "mode": "none"}],
        "grade": [{"id": "A", "min": 0, "require": [{"of": "qty", "items": ["i"], "min": 10}]}, {"id": "B"}],
    }
    scheme = make(version, enrol={"prorate": "month", "prorate_require": True})
    person = {"id": "p", "checkin_on": "2024-06-15"}
    # 10 x 7/12 = 5.8333 -> 5.83
    assert run(scheme, event("a", "2024-07-01", qty="5.83"), person=person)["grade"] == "A"
    assert run(scheme, event("a", "2024-07-01", qty="5.82"), person=person)["grade"] == "B"


def test_conditions_count_before_limits_and_caps() -> None:
    scheme = make(
        {
            "item": [{"id": "i", "category": "c", "points": 1, "limit": {"period": 1}}],
            "grade": [
                {"id": "A", "min": 0, "require": [{"of": "count", "items": ["i"], "min": 3}]},
                {"id": "B"},
            ],
        }
    )
    assert run(scheme, *months(3))["grade"] == "A"


def test_gates_are_all_named_in_file_order_even_when_the_grade_is_lower() -> None:
    require = [{"of": "count", "items": ["i"], "min": 12}]
    gates = [
        {"id": "z", "require": require, "grade_max": "A"},
        {"id": "a", "require": require, "grade_max": "C"},
    ]
    assert run(graded(gate=gates), *months(1))["gates"] == ["z", "a"]
    result = run(graded(gate=gates), *months(6))
    assert (result["grade"], result["gates"]) == ("C", ["z", "a"])


def test_each_window_of_a_gate_is_judged_only_when_whole_and_ended() -> None:
    gate = {
        "id": "g",
        "require": [{"of": "count", "items": ["i"], "min": 1, "each": "half"}],
        "grade_max": "D",
    }
    scheme = graded(gate=[gate])
    person = {"id": "p", "checkin_on": "2024-01-02"}
    assert "gates" not in run(scheme, person=person, as_of="2024-12-30T00:00:00+08:00")
    assert run(scheme, person=person, as_of="2024-12-31T00:00:00+08:00")["gates"] == ["g"]


def test_a_veto_lowers_total_and_grade_and_keeps_the_breakdown() -> None:
    scheme = graded(
        veto=[{"item": "v", "total": "12.345", "grade": "C"}], total={"quantum": "0.1", "floor": 20}
    )
    result = run(scheme, *months(7), event("x", "2024-12-31T23:59:59+08:00", item="v"))
    assert (result["categories"], result["total"], result["grade"]) == ({"c": "70.00"}, "12.3", "D")
    assert result["vetoed"] is True


def test_the_total_is_capped_then_floored_then_rounded_to_its_quantum() -> None:
    scheme = make(
        {
            "total": {"base": "1.25", "cap": 20, "quantum": "0.5"},
            "item": [{"id": "i", "category": "c", "points": 5}],
        }
    )
    assert run(scheme)["total"] == "1.5"
    assert run(scheme, *months(12))["total"] == "20.0"


def test_a_category_that_is_abolished_keeps_its_newest_definition() -> None:
    scheme = make(
        {
            "category": [{"id": "old", "base": 3, "cap": 4}, {"id": "c"}],
            "item": [{"id": "i", "category": "old", "points": 2}],
        },
        {"effective_from": "2024-07-01", "category": [{"id": "new"}, {"id": "c", "base": 1}]},
    )
    assert run(scheme, *months(3))["categories"] == {"old": "4.00", "c": "1.00", "new": "0.00"}


def test_a_period_before_the_scheme_and_one_of_another_kind_are_refused() -> None:
    scheme = one_item(points=1)
    for period, code in [
        ("2023", "period_before_scheme"),
        ("2024-Q1", "bad_period"),
        ("2024-13", "bad_period"),
        ("", "bad_period"),
    ]:
        with pytest.raises(Problem) as refusal:
            run(scheme, period=period)
        assert refusal.value.code == code


def test_a_lifetime_expectation_needs_a_day_to_judge_by() -> None:
    expect = {"id": "x", "category": "c", "items": ["i"], "window": "year", "points": 1}
    scheme = make(
        {"item": [{"id": "i", "category": "c", "mode": "none"}], "expect": [expect]}, period="lifetime"
    )
    with pytest.raises(Problem) as refusal:
        run(scheme, period="lifetime")
    assert refusal.value.code == "as_of_needed"
    assert (
        run(scheme, event("a", "2025-05-01"), period="lifetime", as_of="2026-12-31T00:00:00+08:00")["total"]
        == "-2.00"
    )
