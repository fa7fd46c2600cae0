"""Each number opens to its reason, and the next day of change is announced."""

from __future__ import annotations

from typing import Any

import pytest

from pointsys.plugins.party_member_points.scoring import score

from .samples import event, flagship, make, one_item


def explained(
    scheme: Any, *events: dict[str, Any], as_of: str | None = None, period: str = "2024", **facts: Any
) -> Any:
    return score(
        scheme,
        {"person": {"id": "p"}, "events": list(events), **facts},
        {"period": period, "as_of": as_of},
        explain=True,
    )


def test_each_cut_opens_to_the_cap_or_rule_that_cut_it() -> None:
    events = [
        event("s1", "2024-03-01", item="service", qty=4),
        event("s2", "2024-03-02", item="service", qty=3),
        event("s3", "2024-03-03", item="service", qty="2.5"),
        event("p1", "2024-05-01", item="post"),
        event("p2", "2024-05-02", item="post"),
        event("h1", "2024-05-03", item="honour", attrs={"level": "city", "matter": "m"}),
        event("h2", "2024-05-04", item="honour", attrs={"level": "street", "matter": "m"}),
        event("n1", "2024-05-05", item="noshow", status="pending"),
    ]
    shown = {row["id"]: row for row in explained(flagship(), *events)["explain"]["events"]}
    cap = {"cap": "month", "window": "2024-03", "scope": "item", "of": "service", "limit": "8.00"}
    assert [shown[name]["cut_by"] for name in ("s1", "s2", "s3")] == [None, None, cap]
    assert (shown["s3"]["value"], shown["s3"]["credited"], shown["s3"]["category"]) == (
        "2.50",
        "1.00",
        "service",
    )
    assert shown["p2"]["reason"] == "limit"
    assert shown["p2"]["cut_by"] == {"limit": "period", "window": "2024", "count": 1}
    assert shown["h2"]["cut_by"] == {"best_of": "honour", "kept": "h1"}
    assert (shown["n1"]["reason"], "value" in shown["n1"]) == ("pending", False)
    assert shown["s1"]["title"] == "志愿服务(每小时)"


def test_category_lines_add_up_from_base_to_value() -> None:
    events = [event(f"w{m}", f"2024-{m:02}-01", item="wish") for m in range(1, 7)]
    lines = {line["id"]: line for line in explained(flagship(), *events)["explain"]["categories"]}
    duty = lines["duty"]
    assert (duty["base"], duty["earned"], duty["deducted"], duty["value"]) == (
        "10.00",
        "0.00",
        "-8.00",
        "2.00",
    )
    assert (lines["service"]["earned"], lines["service"]["cap"], lines["service"]["cut"]) == (
        "10.00",
        "40.00",
        "0.00",
    )


def test_derived_points_name_their_windows() -> None:
    derived = explained(flagship(), event("s", "2024-05-01", item="service"))["explain"]["derived"]
    assert [(line["id"], line["points"], line["missed"]) for line in derived] == [
        ("idle-quarter", "-6.00", ["2024-Q1", "2024-Q3", "2024-Q4"])
    ]


def test_a_grade_tells_what_it_lacks() -> None:
    grades = explained(flagship(), event("s", "2024-05-01", item="service", qty="2.5"))["explain"]["grades"]
    assert grades[0]["unmet"] == [{"of": "qty", "min": "24", "actual": "2.5", "items": ["service"]}]
    assert (grades[0]["reached"], grades[-1]["holds"]) == (False, True)


@pytest.mark.parametrize(
    ("as_of", "changes"),
    [
        ("2024-02-10", "2024-03-31"),
        ("2024-03-31", "2024-06-30"),
        ("2024-10-01", "2024-12-31"),
        ("2024-12-31", None),
        ("2025-03-01", None),
    ],
)
def test_a_result_is_valid_until_the_next_judged_window_ends(as_of: str, changes: str | None) -> None:
    assert explained(flagship(), as_of=f"{as_of}T12:00:00+08:00")["valid_until"] == changes


def test_future_events_sessions_and_check_in_change_a_result() -> None:
    scheme = one_item(points=1)
    assert (
        explained(scheme, event("a", "2024-05-01"), as_of="2024-04-01T00:00:00+08:00")["valid_until"]
        == "2024-05-01"
    )
    person = {"id": "p", "checkin_on": "2024-04-20"}
    assert explained(scheme, person=person, as_of="2024-04-01T00:00:00+08:00")["valid_until"] == "2024-04-20"
    assert explained(scheme, as_of="2024-04-01T00:00:00+08:00")["valid_until"] is None


def test_an_idle_gap_announces_its_next_whole_block() -> None:
    expect = [{"id": "x", "category": "c", "items": ["i"], "window": "gap", "days": 10, "points": 1}]
    scheme = make({"item": [{"id": "i", "category": "c", "mode": "none"}], "expect": expect})
    # idle from 6 May: the tenth idle day is 15 May
    for as_of in ("2024-05-05", "2024-05-14"):
        shown = explained(scheme, event("a", "2024-05-05"), as_of=f"{as_of}T08:00:00+08:00")
        assert shown["valid_until"] == "2024-05-15"
    assert (
        explained(scheme, event("a", "2024-05-05"), as_of="2024-05-15T08:00:00+08:00")["valid_until"]
        == "2024-05-25"
    )


def test_a_rolling_score_changes_the_day_after_an_expiry() -> None:
    scheme = make({"item": [{"id": "i", "category": "c", "points": 1, "valid_years": 1}]}, period="rolling")
    assert explained(scheme, event("a", "2024-02-29"), period="2024-06-01")["valid_until"] == "2025-03-01"
