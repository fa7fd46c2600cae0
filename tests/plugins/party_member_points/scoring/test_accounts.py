"""Quota, publicity period and wallet, beyond the public cases."""

from __future__ import annotations

from typing import Any

import pytest

from pointsys.plugin import Problem
from pointsys.plugins.party_member_points.scoring import apply_quota, publicity_end, run_wallet, score_lines

from .samples import one_item


def quota(*totals: int, ratio: str = "1/3") -> Any:
    rows = [
        {"id": f"p{i}", "total": total, "grade": "A" if total >= 90 else "B"}
        for i, total in enumerate(totals)
    ]
    return apply_quota({"rows": rows, "grade": "A", "below": "B", "ratio": ratio})


def test_a_tie_across_the_line_goes_down_whole_and_is_flagged() -> None:
    result = quota(95, 93, 93, 70, 60, 50)
    assert result["limit"] == 2
    assert [name for name, grade in result["grades"].items() if grade == "A"] == ["p0"]
    assert result["needs_decision"] == ["p1", "p2"]


def test_a_tie_below_the_line_needs_no_decision() -> None:
    result = quota(95, 94, 92, 92, 60, 50)
    assert [name for name, grade in result["grades"].items() if grade == "A"] == ["p0", "p1"]
    assert result["needs_decision"] == []


def test_fewer_holders_than_the_limit_all_stay_and_a_limit_of_none_takes_all() -> None:
    assert quota(95, 50, 50, 50, 50, 50)["grades"]["p0"] == "A"
    assert quota(95, 95, ratio="1/3") == {"limit": 0, "grades": {"p0": "B", "p1": "B"}, "needs_decision": []}


def test_working_days_skip_weekends_and_follow_the_overrides() -> None:
    task = {"posted_at": "2025-01-24T10:00:00+08:00", "days": 3}
    overrides = {
        "2025-01-26": True,
        "2025-01-28": False,
        "2025-01-29": False,
        "2025-01-30": False,
        "2025-01-31": False,
    }
    # Friday 24 January; Sunday 26 is made up, 28 to 31 are holidays
    assert publicity_end({**task, "workday_overrides": overrides})["last_day"] == "2025-02-03"
    assert publicity_end({**task, "workday_overrides": {}})["last_day"] == "2025-01-29"


@pytest.mark.parametrize(
    "task", [{}, {"posted_at": "2025-01-24", "days": 1}, {"posted_at": "2025-01-24T00:00:00Z", "days": -1}]
)
def test_an_unusable_publicity_task_is_refused(task: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        publicity_end(task)


def op(name: str, kind: str, on: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "at": f"{on}T10:00:00+08:00", **more}


def wallet(*ops: dict[str, Any], as_of: str | None = None, **rule: Any) -> Any:
    return run_wallet({"rule": rule, "ops": list(ops), "as_of": as_of})


def test_reversing_a_spent_earn_makes_debt_that_blocks_and_is_covered_later() -> None:
    result = wallet(
        op("e1", "earn", "2024-01-01", points=10),
        op("r1", "redeem", "2024-02-01", points=8),
        op("v", "reverse", "2024-03-01", ref="e1"),
        op("r2", "redeem", "2024-04-01", points=1),
        op("e2", "earn", "2024-05-01", points=12),
        op("r3", "redeem", "2024-06-01", points="4.5"),
        op("r4", "redeem", "2024-06-02", points=1),
    )
    # a debt of 8 takes 8 of the 12 earned later; 4.5 is more than the 4 left
    assert result == {
        "balance": "3.00",
        "log": [
            {"op": "r1", "redeemed": "8.00"},
            {"op": "v", "reversed": "10.00"},
            {"op": "r2", "rejected": "in_debt"},
            {"op": "r3", "rejected": "insufficient"},
            {"op": "r4", "redeemed": "1.00"},
        ],
    }


def test_debt_is_covered_at_once_from_other_lots() -> None:
    ops = [
        op("e1", "earn", "2024-01-01", points=10),
        op("e2", "earn", "2024-01-02", points=5),
        op("r1", "redeem", "2024-02-01", points=8),
        op("v", "reverse", "2024-03-01", ref="e1"),
    ]
    assert wallet(*ops)["balance"] == "-3.00"


def test_what_had_expired_is_not_reversed() -> None:
    ops = [
        op("e1", "earn", "2023-01-01", points=10),
        op("r1", "redeem", "2023-02-01", points=4),
        op("v", "reverse", "2024-01-02", ref="e1"),
    ]
    result = wallet(*ops, expiry={"type": "years", "n": 1})
    assert result["log"][1:] == [
        {"op": "expire", "lot": "e1", "points": "6.00"},
        {"op": "v", "reversed": "4.00"},
    ]
    assert result["balance"] == "-4.00"


def test_points_good_to_the_end_of_a_year_and_earned_earlier_than_booked() -> None:
    ops = [
        op("e1", "earn", "2024-01-05", points=3, earned_on="2023-12-20"),
        op("r1", "redeem", "2024-12-31", points=1),
        op("r2", "redeem", "2025-01-01", points=1),
    ]
    result = wallet(*ops, expiry={"type": "year_end", "n": 1})
    assert result["log"] == [
        {"op": "r1", "redeemed": "1.00"},
        {"op": "expire", "lot": "e1", "points": "2.00"},
        {"op": "r2", "rejected": "insufficient"},
    ]


def test_hindrances_are_tested_in_order_and_once_counts_successes_only() -> None:
    ops = [
        op("e1", "earn", "2024-01-01", points=100),
        op("r0", "redeem", "2024-01-02", points=101),
        op("r1", "redeem", "2024-01-03", points=95),
        op("r2", "redeem", "2024-01-04", points=500),
        op("r3", "redeem", "2024-04-01", points=500),
    ]
    result = wallet(*ops, once_per="quarter", min_balance=10)
    assert [line.get("rejected", "ok") for line in result["log"]] == [
        "insufficient",
        "ok",
        "once_per_quarter",
        "below_min_balance",
    ]


def test_a_redemption_that_clears_takes_the_whole_balance() -> None:
    result = wallet(
        op("e1", "earn", "2024-01-01", points=10),
        op("r1", "redeem", "2024-01-02", points=1),
        redeem_clears=True,
    )
    assert result == {"balance": "0.00", "log": [{"op": "r1", "redeemed": "10.00"}]}


def test_an_operation_without_a_name_is_refused() -> None:
    earned = {"type": "earn", "at": "2024-01-01T00:00:00Z", "points": 1}
    for name in ({}, {"id": None}, {"id": True}, {"id": ["a"]}):
        with pytest.raises(Problem, match="id"):
            run_wallet({"rule": {}, "ops": [{**earned, **name}]})


def test_a_line_that_could_not_be_written_again_is_a_fault_of_that_line_alone() -> None:
    good = '{"facts": {"person": {"id": "p"}}, "query": {"period": "2024"}}'
    broken = '{"facts": {"events": [{"id": "\\ud800", "item": "i", "on": "2024-02-20"}]}, "query": {"period": "2024"}}'
    written = '{"facts": {"events": [{"id": "\\u4e00", "item": "i", "on": "2024-02-20"}]}, "query": {"period": "2024"}}'
    first, second, third = score_lines(one_item(points=1), [broken, good, written])
    assert '"bad_json"' in first
    assert '"graded"' in second
    assert '"一": "1.00"' in third
