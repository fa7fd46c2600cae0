"""What must hold for any facts: order, voids, caps, idempotency, and agreement with a slow count of caps."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsys.plugin import Problem
from pointsys.plugins.party_member_points.scoring import build, score, score_lines

from .samples import CASES, flagship, make, scheme_data

FLAGSHIP = flagship()
ITEMS = [
    "checkin",
    "noshow",
    "service",
    "wish",
    "proposal",
    "donate",
    "honour",
    "attend",
    "violation",
    "nonsense",
]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = st.dates(date(2023, 12, 20), date(2025, 1, 10)).map(date.isoformat) | st.sampled_from(
    ["2024-01-01", "2024-02-29", "2024-06-30", "2024-12-31", "2025-01-01"]
)
ATTRS = st.fixed_dictionaries(
    {},
    optional={
        "emergency": st.booleans(),
        "level": st.sampled_from(["city", "county", "moon"]),
        "matter": st.sampled_from("xy"),
    },
)
EVENT = st.fixed_dictionaries(
    {
        "item": st.sampled_from(ITEMS),
        "on": DAYS,
        "qty": st.sampled_from([0, "0.5", 1, "2.5", 100, "5/6"]),
        "attrs": ATTRS,
    },
    optional={
        "status": st.sampled_from(["confirmed", "pending"]),
        "key": st.sampled_from("kl"),
        "rec": st.datetimes().filter(lambda t: 2023 < t.year < 2026).map(lambda t: t.isoformat() + "+08:00"),
    },
)
EVENTS = st.lists(EVENT, max_size=12).map(lambda rows: [{**row, "id": f"e{i}"} for i, row in enumerate(rows)])
PERSON = st.fixed_dictionaries({"id": st.just("p")}, optional={"checkin_on": DAYS, "left_on": DAYS})
AS_OF = st.none() | DAYS.map(lambda day: f"{day}T12:00:00+08:00")


@QUICK
@given(EVENTS, PERSON, AS_OF, st.randoms())
def test_the_order_of_arrival_never_matters(events: Any, person: Any, as_of: Any, shuffler: Any) -> None:
    voids = [{"event": event["id"]} for event in events[:2]]
    first = score(
        FLAGSHIP, {"person": person, "events": events, "voids": voids}, {"period": "2024", "as_of": as_of}
    )
    shuffled = list(events)
    shuffler.shuffle(shuffled)
    again = {"person": person, "events": shuffled, "voids": voids[::-1]}
    assert score(FLAGSHIP, again, {"period": "2024", "as_of": as_of}) == first


@QUICK
@given(EVENTS, PERSON)
def test_a_voided_entry_leaves_everything_as_if_it_had_never_been(events: Any, person: Any) -> None:
    events = [{name: value for name, value in event.items() if name != "key"} for event in events]
    spare = {"id": "zz", "item": "service", "on": "2024-05-05", "qty": 4}
    with_void = {"person": person, "events": [spare, *events], "voids": [{"event": "zz"}]}
    voided: Any = score(FLAGSHIP, with_void, {"period": "2024"})
    voided["ignored"].pop("zz", None)
    assert voided == score(FLAGSHIP, {"person": person, "events": events}, {"period": "2024"})


@QUICK
@given(EVENTS, PERSON)
def test_no_total_exceeds_its_caps_and_every_known_entry_is_accounted_for(events: Any, person: Any) -> None:
    result: Any = score(FLAGSHIP, {"person": person, "events": events}, {"period": "2024"})
    if result["status"] == "not_enrolled":
        return
    for name, cap in [("duty", 20), ("service", 40), ("govern", 20), ("honour", 20)]:
        assert Fraction(result["categories"][name]) <= cap
    assert 0 <= Fraction(result["total"]) <= 100
    plain = {event["id"] for event in events if event["item"] in ("attend", "violation")}
    assert (
        result["ignored"].keys() | result["credited"].keys() | plain
        == {event["id"] for event in events} | plain
    )
    assert not result["ignored"].keys() & result["credited"].keys()


@QUICK
@given(EVENTS, PERSON, AS_OF)
def test_nothing_changes_before_the_announced_day(events: Any, person: Any, as_of: Any) -> None:
    events = [{name: value for name, value in event.items() if name != "rec"} for event in events]
    facts = {"person": person, "events": events, "roster": [{"id": "s", "on": "2024-08-08"}]}
    asked: Any = score(FLAGSHIP, facts, {"period": "2024", "as_of": as_of}, explain=True)
    if as_of is None:
        assert asked["valid_until"] is None
        return
    first = date.fromisoformat(as_of[:10])
    last = date.fromisoformat(asked["valid_until"] or "2025-02-01")
    now = score(FLAGSHIP, facts, {"period": "2024", "as_of": as_of})
    for step in {1, 2, (last - first).days // 2, (last - first).days - 1}:
        day = first + timedelta(days=max(0, step))
        if first <= day < last:
            later = score(FLAGSHIP, facts, {"period": "2024", "as_of": f"{day}T12:00:00+08:00"})
            assert later == now


MONTHLY = {"day": "day", "month": "month", "quarter": "quarter", "half": "half", "period": "period"}


def slow_window(window: str, day: date) -> tuple[int, ...]:
    keys = {
        "day": (day.year, day.month, day.day),
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month + 2) // 3),
        "half": (day.year, (day.month + 5) // 6),
        "period": (0,),
    }
    return keys[window]


def slow_credits(
    items: dict[str, Any], buckets: dict[str, Any], events: list[dict[str, Any]]
) -> dict[str, Fraction]:
    """Credit by counting everything again for every event."""
    done: list[tuple[dict[str, Any], Fraction]] = []
    for event in sorted(events, key=lambda e: (e["on"], e["id"])):
        item = items[event["item"]]
        room = Fraction(item["points"])
        for window in MONTHLY:
            same = [
                (other, amount)
                for other, amount in done
                if slow_window(window, date.fromisoformat(other["on"]))
                == slow_window(window, date.fromisoformat(event["on"]))
            ]
            if window in item["caps"]:
                used = sum((amount for other, amount in same if other["item"] == event["item"]), Fraction(0))
                room = min(room, item["caps"][window] - used)
            bucket = item.get("bucket")
            if bucket and window in buckets[bucket]["caps"]:
                used = sum(
                    (a for other, a in same if items[other["item"]].get("bucket") == bucket), Fraction(0)
                )
                room = min(room, buckets[bucket]["caps"][window] - used)
        done.append((event, max(Fraction(0), room)))
    return {event["id"]: amount for event, amount in done}


NARROW = st.dictionaries(st.sampled_from(["day", "month", "quarter"]), st.integers(0, 9), max_size=2)
WIDE = st.dictionaries(st.sampled_from(["quarter", "half", "period"]), st.integers(0, 20), max_size=2)
TALLY = st.lists(
    st.tuples(st.sampled_from("abd"), st.dates(date(2024, 1, 28), date(2024, 4, 3)).map(date.isoformat)),
    max_size=14,
).map(lambda rows: [{"id": f"e{i}", "item": item, "on": on} for i, (item, on) in enumerate(rows)])


@settings(max_examples=120, deadline=None)
@given(NARROW, NARROW, WIDE, st.lists(st.integers(0, 5), min_size=3, max_size=3), TALLY)
def test_caps_agree_with_a_slow_count(
    caps_a: Any, caps_b: Any, caps_bucket: Any, points: list[int], events: Any
) -> None:
    items = {
        "a": {"id": "a", "category": "c", "points": points[0], "caps": caps_a, "bucket": "k"},
        "b": {"id": "b", "category": "c", "points": points[1], "caps": caps_b, "bucket": "k"},
        "d": {"id": "d", "category": "c", "points": points[2], "caps": caps_b, "kind": "deduct"},
    }
    buckets = {"k": {"id": "k", "caps": caps_bucket}}
    scheme = make({"item": list(items.values()), "bucket": list(buckets.values())})
    result: Any = score(scheme, {"events": events}, {"period": "2024"})
    expected = slow_credits(items, buckets, events)
    assert {name: abs(Fraction(text)) for name, text in result["credited"].items()} == expected


@settings(max_examples=80, deadline=None)
@given(st.dates(date(2023, 12, 28), date(2024, 12, 31)), st.integers(0, 24 * 3600 - 1))
def test_an_instant_belongs_to_its_local_day_and_that_day_to_one_version(day: date, second: int) -> None:
    item = {"id": "i", "category": "c"}
    scheme = make(
        {"item": [{**item, "points": 1}]}, {"effective_from": "2024-02-29", "item": [{**item, "points": 2}]}
    )
    hours, rest = divmod(second, 3600)
    local = f"{day}T{hours:02}:{rest // 60:02}:{rest % 60:02}+08:00"
    result: Any = score(scheme, {"events": [{"id": "a", "item": "i", "at": local}]}, {"period": "2024"})
    expected = "0.00" if day.year == 2023 else "2.00" if day >= date(2024, 2, 29) else "1.00"
    assert result["total"] == expected


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.floats(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        ["id", "item", "on", "at", "qty", "attrs", "points", "rec", "status", "key", "accepted_late"]
    ),
    JUNK,
    st.sampled_from(["person", "events", "voids", "roster", "excused", None]),
)
def test_junk_in_facts_is_a_problem_or_a_result_never_a_crash(key: str, junk: Any, owner: str | None) -> None:
    row = {"id": "e", "item": "service", "on": "2024-05-05", key: junk}
    facts = {"person": {"id": "p"}, "events": [row]}
    if owner is not None:
        facts[owner] = junk
    for query in ({"period": "2024"}, {"period": junk, "as_of": junk}):
        try:
            answer = str(score(FLAGSHIP, facts, query, explain=True)["status"])
        except Problem as problem:
            answer = str(problem)
        assert answer


def test_lines_give_one_result_each_and_name_their_faults() -> None:
    scheme = build(CASES["schemes"]["fuzhou-12"])
    entry = '{"id": "a", "item": "activity", "on": "2024-05-05", "qty": 1.5}'
    good = f'{{"facts": {{"events": [{entry}]}}, "query": {{"period": "2024"}}}}'
    lines = [good, "", "{", "[]", '{"facts": [], "query": {}}', '{"facts": {}, "query": {"period": "2017"}}']
    answers = [line.split('"')[1:4:2] for line in score_lines(scheme, lines)]
    assert answers == [
        ["status", "graded"],
        ["error", "code"],
        ["error", "code"],
        ["error", "code"],
        ["error", "code"],
    ]


def test_the_same_scheme_from_toml_and_json_scores_alike() -> None:
    listed = build(scheme_data({"item": [{"id": "i", "category": "c", "mode": "per_qty", "points": "0.1"}]}))
    result: Any = score(
        listed, {"events": [{"id": "a", "item": "i", "on": "2024-05-05", "qty": "0.25"}]}, {"period": "2024"}
    )
    assert result["credited"] == {"a": "0.03"}
