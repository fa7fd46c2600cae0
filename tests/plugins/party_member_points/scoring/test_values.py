"""What single events are worth, and how sums of a period are made."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from .samples import event, make, one_item, run


def credited(scheme: Any, *events: dict[str, Any], **more: Any) -> Any:
    return run(scheme, *events, **more)["credited"]


@pytest.mark.parametrize(
    ("qty", "rounding", "points"),
    [
        ("2.9", "floor", "2.50"),
        ("2.6", "ceil", "3.00"),
        ("2.75", "half_up", "3.00"),
        ("2.74", "half_up", "2.50"),
        ("9", "floor", "4.00"),
        ("0.5", "floor", "0.50"),
    ],
)
def test_quantity_is_clamped_and_then_stepped(qty: str, rounding: str, points: str) -> None:
    scheme = one_item(
        mode="per_qty", points=1, qty={"min": "0.5", "max": 4, "step": "0.5", "round": rounding}
    )
    assert credited(scheme, event("a", "2024-05-01", qty=qty)) == {"a": points}


def test_a_quantity_below_the_minimum_is_listed_not_clamped() -> None:
    scheme = one_item(mode="per_qty", points=1, qty={"min": "0.5"})
    assert run(scheme, event("a", "2024-05-01", qty="0.49"))["ignored"] == {"a": "below_min"}


def test_a_negative_quantity_is_below_every_minimum() -> None:
    assert run(one_item(points=1), event("a", "2024-05-01", qty=-1))["ignored"] == {"a": "below_min"}


def test_values_round_half_away_from_zero_to_hundredths() -> None:
    scheme = one_item(mode="per_qty", points=1, per=8)
    events = [
        event("a", "2024-05-01", qty=1),
        event("b", "2024-05-02", qty="0.04"),
        event("c", "2024-05-03", qty="0.03"),
    ]
    assert credited(scheme, *events) == {"a": "0.13", "b": "0.01", "c": "0.00"}


def test_minutes_as_an_exact_fraction_of_hours() -> None:
    scheme = one_item(mode="per_qty", points=6)
    events = [event("a", "2024-05-01", qty=Fraction(50, 60)), event("b", "2024-05-02", qty="5/6")]
    assert credited(scheme, *events) == {"a": "5.00", "b": "5.00"}


def test_tiers_in_any_order_give_the_highest_reached_and_zero_below() -> None:
    scheme = one_item(
        mode="tier", tiers=[{"min": 95, "points": 15}, {"min": 85, "points": 5}, {"min": 90, "points": 10}]
    )
    events = [
        event(name, "2024-05-01", qty=qty)
        for name, qty in [("a", "84.9"), ("b", 85), ("c", "94.99"), ("d", 95)]
    ]
    assert credited(scheme, *events) == {"a": "0.00", "b": "5.00", "c": "10.00", "d": "15.00"}


def test_brackets_are_marginal_and_count_whole_units_inside_each() -> None:
    brackets = [
        {"upto": 10, "per": 3, "points": 1},
        {"upto": 20, "per": 5, "points": 2},
        {"per": 10, "points": 5},
    ]
    scheme = one_item(mode="brackets", brackets=brackets)
    # 10/3 -> 3 units; 10/5 -> 2 units at 2; 25/10 -> 2 units at 5
    events = [
        event("a", "2024-05-01", qty=45),
        event("b", "2024-05-02", qty=8),
        event("c", "2024-05-03", qty=14),
    ]
    assert credited(scheme, *events) == {"a": "17.00", "b": "2.00", "c": "3.00"}


@pytest.mark.parametrize(
    ("attrs", "reason"),
    [
        ({}, "bad_attr"),
        ({"level": "moon"}, "bad_attr"),
        ({"level": None}, "bad_attr"),
        ({"level": ["city"]}, "bad_attr"),
    ],
)
def test_an_unknown_table_key_is_a_fault_of_value(attrs: dict[str, Any], reason: str) -> None:
    scheme = one_item(mode="table", by="level", values={"city": 10})
    assert run(scheme, event("a", "2024-05-01", attrs=attrs))["ignored"] == {"a": reason}


@pytest.mark.parametrize(
    ("points", "kept"), [(None, False), ("0.4", False), ("0.5", True), (20, True), ("20.01", False)]
)
def test_a_manual_award_must_lie_in_its_range(points: object, kept: bool) -> None:
    scheme = one_item(mode="manual", min="0.5", max=20, kind="deduct")
    result = run(scheme, event("a", "2024-05-01", points=points))
    assert result["ignored"] == ({} if kept else {"a": "out_of_range"})


def test_additions_come_before_factors_and_every_matching_factor_multiplies() -> None:
    scheme = one_item(
        points=2,
        extra=[{"when": {"award": "city"}, "add": 1}, {"when": {"person.role": "lead"}, "add": "0.5"}],
        mult=[{"when": {"night": True}, "by": 2}, {"when": {"person.role": "lead"}, "by": "1.5"}],
    )
    events = [
        event("a", "2024-05-01", attrs={"award": "city", "night": True}),
        event("b", "2024-05-02"),
        event("c", "2024-05-03", attrs={"night": 1}),
    ]
    lead = {"person": {"id": "p", "role": "lead"}}
    assert credited(scheme, *events, **lead) == {"a": "10.50", "b": "3.75", "c": "3.75"}
    assert credited(scheme, *events) == {"a": "6.00", "b": "2.00", "c": "2.00"}


def test_hours_are_half_open_and_a_date_without_time_never_matches() -> None:
    scheme = one_item(points=1, mult=[{"hours": [["00:00", "06:00"], ["22:00", "24:00"]], "by": 3}])
    events = [
        event("a", "2024-05-01T05:59:59.999+08:00"),
        event("b", "2024-05-01T06:00:00+08:00"),
        event("c", "2024-05-01T23:59:00+08:00"),
        event("d", "2024-05-01"),
    ]
    assert credited(scheme, *events) == {"a": "3.00", "b": "1.00", "c": "3.00", "d": "1.00"}


def test_the_cap_of_one_event_comes_before_the_repeat_factor() -> None:
    scheme = one_item(points=8, caps={"event": 5}, repeat={"from": 2, "by": "0.5"})
    events = [event(name, f"2024-05-0{day}") for day, name in enumerate("abc", 1)]
    assert credited(scheme, *events) == {"a": "5.00", "b": "2.50", "c": "2.50"}


def test_a_repetition_counts_only_while_the_earlier_event_is_valid() -> None:
    scheme = make(
        {
            "item": [
                {
                    "id": "i",
                    "category": "c",
                    "kind": "deduct",
                    "points": 1,
                    "repeat": {"from": 2, "by": 2},
                    "valid_years": 1,
                }
            ]
        },
        period="lifetime",
    )
    events = [
        event("a", "2024-02-29"),
        event("b", "2025-02-28"),
        event("c", "2026-03-01"),
        event("d", "2026-03-01"),
    ]
    assert credited(scheme, *events, period="lifetime") == {
        "a": "-1.00",
        "b": "-2.00",
        "c": "-1.00",
        "d": "-2.00",
    }


def test_a_mean_uses_the_marks_as_given_and_rounds() -> None:
    scheme = one_item(mode="mean", points=20, qty={"max": 90, "step": 10})
    marks = [
        event("a", "2024-05-01", qty=92),
        event("b", "2024-05-02", qty=88),
        event("c", "2024-05-03", qty=95),
    ]
    result = run(scheme, *marks)
    assert (result["total"], result["credited"]) == ("18.33", {})


def test_accumulated_units_use_the_summed_multiplied_quantity() -> None:
    scheme = one_item(
        mode="accumulate", points=1, per=4, mult=[{"when": {"hard": True}, "by": 2}], caps={"period": 3}
    )
    few = [event("a", "2024-05-01", qty=3), event("b", "2024-06-01", qty="2.5", attrs={"hard": True})]
    assert run(scheme, *few)["total"] == "2.00"
    assert run(scheme, *few, event("d", "2024-07-01", qty=100))["total"] == "3.00"


def test_total_tier_looks_at_the_sum_of_kept_events() -> None:
    scheme = one_item(
        mode="total_tier",
        kind="deduct",
        tiers=[{"min": 5, "points": 1}, {"min": 10, "points": 4}],
        limit={"month": 1},
    )
    events = [
        event("a", "2024-05-01", qty=6),
        event("b", "2024-05-02", qty=6),
        event("c", "2024-06-01", qty=3),
    ]
    result = run(scheme, *events)
    assert (result["total"], result["ignored"], result["credited"]) == ("-1.00", {"b": "limit"}, {})


def test_sums_take_points_from_the_version_at_period_end() -> None:
    item = {"id": "i", "category": "c", "mode": "accumulate"}
    scheme = make(
        {"item": [{**item, "points": 1, "per": 2}]},
        {"effective_from": "2024-07-01", "item": [{**item, "points": 5, "per": 3}]},
    )
    assert run(scheme, event("a", "2024-05-01", qty=4), event("b", "2024-08-01", qty=5))["total"] == "15.00"


def test_sums_of_an_abolished_item_keep_its_newest_definition() -> None:
    scheme = make(
        {"item": [{"id": "i", "category": "c", "mode": "mean", "points": 10}]},
        {"effective_from": "2024-07-01"},
    )
    result = run(scheme, event("a", "2024-05-01", qty=50), event("b", "2024-08-01", qty=50))
    assert (result["total"], result["ignored"]) == ("5.00", {"b": "no_rule"})
