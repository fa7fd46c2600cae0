"""The scorer against the slow one written from the rules' page alone, over schemes and facts drawn with every key."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from pointsys.plugins.party_member_points.scoring import build, score
from tests.plugins.party_member_points.drawn import drawn_case
from tests.plugins.party_member_points.oracle import slow_score
from tests.plugins.party_member_points.oracle_parts import ONE_DAY

from .samples import CASES, event, make, run

CASES_A_TEST = 160


@pytest.mark.parametrize("case", CASES["score_cases"], ids=lambda case: str(case["id"]))
def test_the_slow_scorer_knows_the_published_cases(case: dict[str, Any]) -> None:
    assert slow_score(CASES["schemes"][case["scheme"]], case["facts"], case["query"]) == case["expected"]


@pytest.mark.parametrize("first", range(0, 5 * CASES_A_TEST, CASES_A_TEST))
def test_drawn_schemes_score_as_the_slow_scorer_says_in_any_order_of_arrival(first: int) -> None:
    reasons: set[str] = set()
    for seed in range(first, first + CASES_A_TEST):
        scheme, facts, query = drawn_case(seed)
        expected = slow_score(scheme, facts, query)
        shuffled = {name: list(rows) if isinstance(rows, list) else rows for name, rows in facts.items()}
        for name in ("events", "voids", "roster", "excused"):
            Random(seed).shuffle(shuffled[name])
        built = build(scheme)
        assert score(built, facts, query) == expected, seed
        assert score(built, shuffled, query) == expected, seed
        reasons |= set(expected["ignored"].values())
    everything = (
        "pending rejected voided out_of_period future before_checkin after_exit late no_rule below_min"
    )
    assert reasons >= {
        *everything.split(),
        "bad_attr",
        "out_of_range",
        "duplicate",
        "limit",
        "superseded",
        "expired",
    }


def test_a_void_and_its_removal_leave_no_trace_in_any_drawn_scheme() -> None:
    for seed in range(100):
        scheme, facts, query = drawn_case(seed)
        built = build(scheme)
        spare = {
            "id": "spare",
            "item": "a",
            "on": "2024-06-30",
            "qty": 3,
            "points": 2,
            "attrs": {"level": "x"},
        }
        more = {**facts, "events": [spare, *facts["events"]]}
        voided: Any = score(built, {**more, "voids": [*facts["voids"], {"event": "spare"}]}, query)
        voided["ignored"].pop("spare", None)
        assert voided == score(built, facts, query), seed


def test_a_sum_of_nothing_reaches_the_tier_that_begins_at_nothing() -> None:
    tiers = [{"min": 0, "points": 3}, {"min": 12, "points": 0}]
    study = {"id": "i", "category": "c", "kind": "deduct", "mode": "total_tier", "tiers": tiers}
    scheme = make({"item": [study]})
    assert run(scheme)["total"] == "-3.00"
    assert run(scheme, event("a", "2024-05-01", qty=12))["total"] == "0.00"


def test_a_cap_on_one_event_binds_what_repetition_raised() -> None:
    rule = {"id": "i", "category": "c", "points": 4, "repeat": {"from": 2, "by": "1.5"}, "caps": {"event": 5}}
    found = run(make({"item": [rule]}), event("a", "2024-05-01"), event("b", "2024-05-02"))
    assert found["credited"] == {"a": "4.00", "b": "5.00"}


def test_an_idle_lifetime_begins_with_check_in_even_before_the_first_version() -> None:
    gap = {"id": "g", "category": "c", "items": ["i"], "window": "gap", "days": 10, "points": 1}
    scheme = make({"item": [{"id": "i", "category": "c", "points": 1}], "expect": [gap]}, period="lifetime")
    person = {"id": "p", "checkin_on": "2023-12-23"}
    at = "2024-01-11T12:00:00+08:00"
    assert run(scheme, period="lifetime", as_of=at, person=person)["total"] == "-2.00"
    assert run(scheme, period="lifetime", as_of=at)["total"] == "-1.00"


def test_no_drawn_score_changes_by_time_alone_before_the_day_it_names() -> None:
    for seed in range(60):
        scheme, facts, query = drawn_case(seed)
        timeless = {
            **facts,
            "events": [{k: v for k, v in row.items() if k != "rec"} for row in facts["events"]],
            "voids": [{"event": row["event"]} for row in facts["voids"]],
        }
        built, rolling = build(scheme), scheme["period"]["type"] == "rolling"
        first = date(2024, 2, 1) + timedelta(days=seed * 37 % 330)

        def asked(day: date, rolling: bool = rolling, period: str = query["period"]) -> dict[str, str]:
            return {
                "period": day.isoformat() if rolling else period,
                "as_of": f"{day.isoformat()}T12:00:00+08:00",
            }

        stands: Any = score(built, timeless, asked(first), explain=True)
        until, _why = stands.pop("valid_until"), stands.pop("explain")
        last = min(first + timedelta(days=40), date.fromisoformat(until) - ONE_DAY if until else date.max)
        assert score(built, timeless, asked(last)) == stands, seed
        middle = first + (last - first) / 2
        assert score(built, timeless, asked(middle)) == stands, seed
