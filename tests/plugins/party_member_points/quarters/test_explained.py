"""S-10: whatever stands on a sheet, its explanation adds up to it again; what is ignored says why."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from pointsys.plugins.party_member_points import schemes
from pointsys.plugins.party_member_points.scoring import evaluate, load_scheme, result_of
from pointsys.plugins.party_member_points.scoring.explain import explanation

ROWS = 1_000
AS_OF = "2026-06-30T23:59:59+08:00"
ITEMS = ("service", "wish", "checkin", "noshow", "post", "proposal", "donate", "honour", "attend", "unknown")
LEVELS = ("national", "city", "street", "none")
REASONS = {
    "pending", "rejected", "voided", "out_of_period", "future", "before_checkin", "after_exit", "late", "no_rule",
    "below_min", "bad_attr", "out_of_range", "duplicate", "limit", "superseded", "expired",
}  # fmt: skip


def ledger(choose: random.Random, rows: int) -> dict[str, Any]:
    """Random rows of one person's ledger, some of them voided, waiting, late or of no rule."""
    events: list[dict[str, Any]] = []
    for number in range(rows):
        day = date(2026, 1, 1) + timedelta(days=choose.randrange(-20, 200))
        recorded = day + timedelta(days=choose.choice((0, 1, 20)))
        events.append(
            {
                "id": f"e{number:04d}", "item": choose.choice(ITEMS), "on": day.isoformat(),
                "qty": choose.choice(("0.4", "1", "1.7", "3", "150")), "rec": f"{recorded}T09:00:00+08:00",
                "status": choose.choice(("confirmed",) * 6 + ("pending", "rejected")),
                "attrs": {"level": choose.choice(LEVELS), "matter": str(choose.randrange(5))},
            }
        )  # fmt: skip
    voids = [
        {"event": event["id"], "rec": "2026-06-01T09:00:00+08:00"}
        for event in choose.sample(events, rows // 10)
    ]
    return {"person": {"id": "p", "checkin_on": "2026-01-05"}, "events": events, "voids": voids}


def test_s10_the_explanation_of_1000_random_ledger_rows_adds_up_to_the_result() -> None:
    choose, scheme, seen = random.Random(10), load_scheme(schemes.preset(), format="toml"), 0
    while seen < ROWS:
        facts = ledger(choose, 50)
        found = evaluate(scheme, facts, {"period": "2026", "as_of": AS_OF})
        result: dict[str, Any] = result_of(found)
        told: dict[str, Any] = explanation(found)
        seen += len(told["events"])
        # Every row known then stands in the explanation once, with what it brought or why it brought nothing.
        known = {event["id"] for event in facts["events"] if event["rec"] <= AS_OF}
        assert sorted(event["id"] for event in told["events"]) == sorted(known)
        rows: dict[str, Fraction] = defaultdict(Fraction)
        for event in told["events"]:
            assert event.get("reason") == result["ignored"].get(event["id"])
            assert event.get("reason", "limit") in REASONS
            if event["id"] in result["credited"]:
                assert event["credited"] == result["credited"][event["id"]]
                assert abs(Fraction(event["credited"])) == abs(Fraction(event["value"])) or event["cut_by"]
                rows[event["category"]] += Fraction(event["credited"])
        # Categories follow from the rows and the derived lines, the total from the categories.
        for line in told["derived"]:
            rows[line["category"]] += Fraction(line["points"])
        for column in told["categories"]:
            assert Fraction(column["earned"]) + Fraction(column["deducted"]) == rows[column["id"]]
            bare = Fraction(column["base"]) + Fraction(column["earned"]) - Fraction(column["cut"])
            shown = bare + Fraction(column["deducted"]) + Fraction(column["raised"])
            assert shown == Fraction(column["value"]) == Fraction(result["categories"][column["id"]])
        together = sum(Fraction(points) for points in result["categories"].values())
        assert Fraction(result["total"]) == max(Fraction(0), min(Fraction(100), together))
