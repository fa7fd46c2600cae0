"""Reasons and rules in words: every code of the scorer has a sentence, and every mode of a scheme reads as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from pointsys.plugins.party_member_points import why, words
from pointsys.plugins.party_member_points.schemes import preset
from pointsys.plugins.party_member_points.scoring import load_scheme, score
from tests.plugins.party_member_points.scoring.samples import event, make, one_item, run

REASONS = frozenset(
    {
        "pending", "rejected", "voided", "out_of_period", "future", "before_checkin", "after_exit", "late", "no_rule",
        "below_min", "bad_attr", "out_of_range", "duplicate", "limit", "superseded", "expired",
    }
)  # fmt: skip


@pytest.fixture
def chinese(app: Flask) -> Iterator[None]:
    """A request in the site's language."""
    with app.test_request_context():
        yield


def cut(scheme: Any, *events: dict[str, Any]) -> Any:
    """How the last event was cut, as the scorer explains it."""
    explained: Any = score(
        scheme,
        {"person": {"id": "p"}, "events": list(events)},
        {"period": "2024", "as_of": None},
        explain=True,
    )
    return explained["explain"]["events"][-1]["cut_by"]


def test_every_reason_of_the_scorer_has_a_sentence() -> None:
    assert why.REASONS.keys() >= REASONS


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_cut_says_what_took_the_points_away() -> None:
    capped = one_item(points=5, caps={"month": 6}, title="植树")
    limited = one_item(points=5, limit={"quarter": 1})
    best = one_item(mode="table", by="level", values={"a": 3, "b": 5}, best_of={"group": "g", "by": "matter"})
    bucket = make(
        {
            "item": [{"id": "i", "category": "c", "points": 5, "bucket": "b"}],
            "bucket": [{"id": "b", "caps": {"day": 3}}],
        }
    )
    twice = event("e1", "2024-02-01"), event("e2", "2024-02-02")
    prize: tuple[dict[str, Any], ...] = (
        {"attrs": {"level": "b", "matter": "m"}},
        {"attrs": {"level": "a", "matter": "m"}},
    )

    said = [
        why.cut_text(cut(capped, *twice), {"i": "植树"}, {}),
        why.cut_text(cut(limited, *twice), {}, {}),
        why.cut_text(
            cut(best, event("e1", "2024-02-01", **prize[0]), event("e2", "2024-02-02", **prize[1])),
            {},
            {"e1": "市级"},
        ),
        why.cut_text(cut(bucket, twice[0]), {}, {}),
    ]

    assert said == [
        "2024-02 “植树”已达上限 6.00 分",
        "2024-Q1 只计 1 次，已满",
        "同类中取较高的一项：市级",
        "2024-02-01 “b”已达上限 3.00 分",
    ]


MODES: dict[str, tuple[dict[str, Any], str]] = {
    "per_event": ({"points": 5, "limit": {"half": 1}}, "每次 5.00 分; 每半年最多计 1 次"),
    "best": ({"points": 5, "limit": {"year": 2, "pick": "best"}}, "每次 5.00 分; 每年取最高的 2 次"),
    "per_qty": ({"mode": "per_qty", "points": 1, "per": 100}, "数量每满 100 计 1.00 分"),
    "accumulate": ({"mode": "accumulate", "points": 1, "per": 8}, "周期累计每满 8 计 1.00 分"),
    "tier": ({"mode": "tier", "tiers": [{"min": 3, "points": 2}]}, "满 3：2.00 分"),
    "total_tier": ({"mode": "total_tier", "tiers": [{"min": 3, "points": 2}]}, "周期累计满 3：2.00 分"),
    "table": ({"mode": "table", "by": "level", "values": {"city": 10}}, "按 级别：市级 10.00"),
    "manual": ({"mode": "manual", "min": 1, "max": 5}, "由支部评定，1 至 5 分"),
    "mean": ({"mode": "mean", "points": 20}, "平均得分（百分制）× 20.00 分"),
    "none": ({"mode": "none"}, "只计次数，本身不计分"),
    "deduct": ({"kind": "deduct", "points": 2}, "扣分项; 每次 2.00 分"),
    "veto": ({"kind": "veto", "mode": "none"}, "一票否决，不论得分"),
}


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("mode", MODES)
def test_each_mode_of_an_item_reads_as_a_sentence(mode: str) -> None:
    rule, sentence = MODES[mode]

    section = words.in_words(one_item(title="某项", **rule)).sections[0]

    assert [("; ".join(told.sentences), told.title) for told in section.rules] == [(sentence, "某项")]


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("engine_name", ["sqlite"])
@pytest.mark.parametrize("period", ["month", "quarter", "half", "year", "lifetime", "rolling"])
def test_every_kind_of_period_has_a_sentence(period: str) -> None:
    assert words.in_words(make({"item": []}, period=period)).general[0].endswith("。")


@pytest.mark.parametrize(
    ("value", "cap", "share"),
    [("15.50", "40.00", 38), ("0.00", "40.00", 0), ("-3.00", "10.00", 0), ("5.00", None, None)],
)
def test_a_bar_shows_the_share_of_the_cap_in_whole_percent(
    value: str, cap: str | None, share: int | None
) -> None:
    column = {
        "id": "c", "title": "C", "base": "0.00", "earned": "0.00", "deducted": "0.00", "cut": "0.00", "raised": "0.00",
        "cap": cap, "value": value,
    }  # fmt: skip

    assert why._bar(column).share == share


def test_the_preset_names_everything_that_is_shown() -> None:
    scheme = load_scheme(preset(), format="toml")
    version = scheme.versions[-1]
    shown: list[Any] = [*version.categories.values(), *version.items.values(), *version.expects.values()]

    assert all(rule.title for rule in (*shown, *version.ratios, *version.gates))
    assert run(scheme, event("e", "2024-03-01", "service"), period="2024", as_of="2024-04-01T00:00:00+08:00")
