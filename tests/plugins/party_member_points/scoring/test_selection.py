"""Which events count: reasons and their order, best-of, limits, late entries, what is known."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import event, make, one_item, run


def test_reasons_are_tested_in_the_order_of_the_rules() -> None:
    scheme = make(
        {"item": [{"id": "i", "category": "c", "points": 1, "qty": {"min": 1}, "limit": {"period": 1}}]},
        late={"grace_days": 0},
    )
    wrong: dict[str, Any] = {"rec": "2025-03-01T00:00:00+08:00", "qty": 0}
    events = [
        event("k0", "2024-06-01", key="k", status="rejected"),
        event("k1", "2023-01-01", key="k", status="pending", rec="2024-01-01T00:00:00Z"),
        event("pe", "2023-01-01", status="pending", **wrong),
        event("vo", "2023-01-01", **wrong),
        event("ou", "2023-01-01", **wrong),
        event("bc", "2024-01-01", **wrong),
        event("ax", "2024-12-01", **wrong),
        event("la", "2024-06-01", item="x", **wrong),
        event("nr", "2024-06-01", item="x", qty=0),
        event("bm", "2024-06-01", qty=0),
        event("ok", "2024-06-01"),
        event("li", "2024-06-02"),
    ]
    person = {"id": "p", "checkin_on": "2024-02-01", "left_on": "2024-11-30"}
    result = run(scheme, *events, person=person, voids=[{"event": "vo"}, {"event": "pe"}])
    assert result["ignored"] == {
        "k0": "rejected",
        "k1": "duplicate",
        "pe": "pending",
        "vo": "voided",
        "ou": "out_of_period",
        "bc": "before_checkin",
        "ax": "after_exit",
        "la": "late",
        "nr": "no_rule",
        "bm": "below_min",
        "li": "limit",
    }


def test_the_earliest_recorded_of_one_key_wins_and_a_void_does_not_free_it() -> None:
    events = [
        event("b", "2024-05-01", key="k", rec="2024-05-01T08:00:00+08:00"),
        event("a", "2024-05-02", key="k", rec="2024-05-01T00:00:00Z"),
        event("c", "2024-05-03", key="k", rec="2024-05-01T07:59:59+08:00"),
    ]
    result = run(one_item(points=1), *events, voids=[{"event": "c"}])
    assert result["ignored"] == {"a": "duplicate", "b": "duplicate", "c": "voided"}


def test_as_of_hides_later_records_and_later_voids() -> None:
    events = [
        event("a", "2024-05-01", rec="2024-05-02T00:00:00+08:00"),
        event("b", "2024-05-01", rec="2024-05-20T00:00:00+08:00"),
        event("f", "2024-05-11"),
        event("t", "2024-05-10T23:00:00+08:00"),
    ]
    voids = [{"event": "a", "rec": "2024-05-12T00:00:00+08:00"}]
    scheme = one_item(points=1)
    early = run(scheme, *events, voids=voids, as_of="2024-05-10T00:00:00+08:00")
    assert (early["credited"], early["ignored"]) == ({"a": "1.00", "t": "1.00"}, {"f": "future"})
    late = run(scheme, *events, voids=voids, as_of="2024-06-01T00:00:00+08:00")
    assert (sorted(late["credited"]), late["ignored"]) == (["b", "f", "t"], {"a": "voided"})


@pytest.mark.parametrize(
    ("person", "as_of"),
    [
        ({"checkin_on": "2025-01-01"}, None),
        ({"left_on": "2023-12-31"}, None),
        ({"checkin_on": "2024-05-02"}, "2024-05-01T23:59:59+08:00"),
    ],
)
def test_without_enrolment_there_is_no_score(person: dict[str, str], as_of: str | None) -> None:
    result = run(one_item(points=1), event("a", "2024-05-01"), person={"id": "p", **person}, as_of=as_of)
    assert result == {
        "status": "not_enrolled",
        "categories": {},
        "total": None,
        "grade": None,
        "ignored": {},
        "credited": {},
    }


def test_both_the_day_of_check_in_and_of_leaving_count() -> None:
    person = {"id": "p", "checkin_on": "2024-05-01", "left_on": "2024-05-02"}
    assert (
        run(one_item(points=1), event("a", "2024-05-01"), event("b", "2024-05-02"), person=person)["total"]
        == "2.00"
    )


def test_events_before_check_in_count_where_the_scheme_says_so() -> None:
    scheme = make({"item": [{"id": "i", "category": "c", "points": 1}]}, enrol={"before": "count"})
    assert (
        run(scheme, event("a", "2024-01-01"), person={"id": "p", "checkin_on": "2024-05-01"})["total"]
        == "1.00"
    )


def test_the_greatest_of_a_group_counts_and_the_earlier_one_in_a_tie() -> None:
    rule = {"category": "c", "best_of": {"group": "g", "by": "matter"}}
    scheme = make(
        {"item": [{"id": "i", "points": 3, **rule}, {"id": "j", "mode": "per_qty", "points": 1, **rule}]}
    )
    events = [
        event("z", "2024-05-01", attrs={"matter": "m"}),
        event("a", "2024-05-02", item="j", qty=3, attrs={"matter": "m"}),
        event("t", "2024-05-03", item="j", qty=9, attrs={"matter": True}),
        event("o", "2024-05-04", item="j", qty=1, attrs={"matter": 1}),
        event("x", "2024-05-05"),
        event("y", "2024-05-06"),
    ]
    result = run(scheme, *events)
    assert result["ignored"] == {"a": "superseded"}
    assert result["total"] == "19.00"


def test_wider_limits_see_only_what_narrower_ones_kept() -> None:
    scheme = one_item(points=1, limit={"day": 1, "month": 2})
    events = [
        event(name, on)
        for name, on in [("a", "2024-05-01"), ("b", "2024-05-01"), ("c", "2024-05-02"), ("d", "2024-05-03")]
    ]
    assert run(scheme, *events)["ignored"] == {"b": "limit", "d": "limit"}


def test_superseded_events_do_not_use_up_a_limit() -> None:
    scheme = one_item(points=1, limit={"period": 2}, best_of={"group": "g", "by": "m"})
    events = [
        event(name, f"2024-05-0{day}", attrs={"m": m})
        for day, name, m in [(1, "a", "x"), (2, "b", "x"), (3, "c", "y")]
    ]
    assert run(scheme, *events)["ignored"] == {"b": "superseded"}


def test_the_best_are_picked_by_value_and_ties_go_to_the_earlier() -> None:
    scheme = one_item(mode="per_qty", points=1, limit={"period": 2, "pick": "best"})
    events = [
        event(name, f"2024-05-0{day}", qty=qty)
        for day, name, qty in [(1, "a", 1), (2, "b", 2), (3, "c", 2), (4, "d", 3)]
    ]
    assert run(scheme, *events)["ignored"] == {"a": "limit", "c": "limit"}


def test_a_limit_comes_from_the_version_on_the_last_day_of_its_window() -> None:
    item = {"id": "i", "category": "c", "points": 1}
    scheme = make(
        {"item": [{**item, "limit": {"month": 1}}]},
        {"effective_from": "2024-05-16", "item": [{**item, "limit": {"month": 2}}]},
        {"effective_from": "2024-08-01"},
    )
    events = [
        event(f"{month}-{day}", f"2024-{month}-{day}")
        for month in ("04", "05", "07")
        for day in ("01", "02", "03")
    ]
    assert run(scheme, *events)["ignored"] == {
        "04-02": "limit",
        "04-03": "limit",
        "05-03": "limit",
        "07-03": "limit",
    }


def test_a_rolling_score_drops_what_has_expired_but_its_cap_stays_used() -> None:
    scheme = make(
        {"item": [{"id": "i", "category": "c", "points": 2, "caps": {"year": 3}, "valid_years": 1}]},
        period="rolling",
    )
    events = [event("a", "2024-02-29"), event("b", "2024-03-10"), event("c", "2025-03-01")]
    on_last_day = run(scheme, *events, period="2025-02-28")
    assert on_last_day["credited"] == {"a": "2.00", "b": "1.00"}
    assert on_last_day["ignored"] == {"c": "out_of_period"}
    day_after = run(scheme, *events, period="2025-03-01")
    assert (day_after["total"], day_after["ignored"]) == ("3.00", {"a": "expired"})


def test_validity_can_depend_on_an_attribute() -> None:
    years = {"by": "level", "values": {"city": 3}, "default": 1}
    scheme = make(
        {"item": [{"id": "i", "category": "c", "points": 1, "valid_years": years}]}, period="rolling"
    )
    events = [event("a", "2024-05-01", attrs={"level": "city"}), event("b", "2024-05-01")]
    assert run(scheme, *events, period="2026-05-01")["ignored"] == {"b": "expired"}


def test_expired_events_no_longer_count_for_vetoes_and_conditions() -> None:
    scheme = make(
        {
            "item": [{"id": "i", "kind": "veto", "mode": "none", "valid_years": 1}],
            "veto": [{"item": "i", "total": 0, "grade": "bad"}],
            "gate": [{"id": "g", "require": [{"of": "count", "items": ["i"], "min": 1}], "grade_max": "bad"}],
            "grade": [{"id": "good", "min": 0}, {"id": "bad"}],
        },
        period="rolling",
    )
    fresh = run(scheme, event("a", "2024-05-01"), period="2025-05-01")
    assert (fresh["grade"], fresh["vetoed"], "gates" in fresh) == ("bad", True, False)
    stale = run(scheme, event("a", "2024-05-01"), period="2025-05-02")
    assert ("vetoed" in stale, stale["gates"], stale["ignored"]) == (False, ["g"], {"a": "expired"})
