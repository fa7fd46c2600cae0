"""What counts at a cut: known by now, happened by then; and which cuts a year has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.core.activity_log.credit import EntryFact
from pointsys.kit.problems import Problem
from pointsys.plugins.party_member_points import schemes
from pointsys.plugins.party_member_points.cuts import clip
from pointsys.plugins.party_member_points.log_then import Said, as_known
from pointsys.plugins.party_member_points.mapping import KindMapping
from pointsys.plugins.party_member_points.quarters.calendar import cut_of, cuts_of
from pointsys.plugins.party_member_points.schemes import AreaRules, Publication
from pointsys.plugins.party_member_points.scoring import load_scheme, score

CUT = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
NOW = datetime(2026, 4, 10, tzinfo=UTC)
TODAY = date(2026, 7, 10)


def facts(*events: dict[str, object], voids: tuple[dict[str, str], ...] = ()) -> dict[str, object]:
    return {"person": {"id": "p"}, "events": list(events), "voids": list(voids)}


def event(rec: datetime | None, **more: object) -> dict[str, object]:
    return {
        "id": "e",
        "item": "service",
        "on": "2026-03-01",
        **({"rec": rec.isoformat()} if rec else {}),
        **more,
    }


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (CUT - timedelta(days=1), CUT - timedelta(days=1)),
        (CUT, CUT),
        (CUT + timedelta(seconds=1), CUT),
        (NOW, CUT),
        (NOW + timedelta(seconds=1), None),
    ],
)
def test_what_was_recorded_after_the_cut_counts_as_recorded_at_it_and_what_nobody_knew_does_not(
    recorded: datetime, expected: datetime | None
) -> None:
    found: Any = clip(
        facts(event(recorded), voids=({"event": "e", "rec": recorded.isoformat()},)), as_of=CUT, known_at=NOW
    )

    for rows in (found["events"], found["voids"]):
        recs = [datetime.fromisoformat(row["rec"]) for row in rows]
        assert recs == ([] if expected is None else [expected])


def test_what_came_too_late_for_the_period_does_not_become_early_by_a_cut() -> None:
    late_from = NOW - timedelta(days=1)

    def rec(**more: object) -> object:
        found: Any = clip(facts(event(NOW, **more)), as_of=CUT, known_at=NOW, late_from=late_from)
        return found["events"][0]["rec"]

    assert rec() == NOW.isoformat()
    assert rec(accepted_late=True) == CUT.isoformat()
    assert clip(facts(event(None)), as_of=CUT, known_at=NOW)["events"] == [event(None)]


@given(st.lists(st.tuples(st.integers(0, 89), st.integers(0, 120)), max_size=8))
def test_the_standing_at_a_cut_is_what_a_scorer_without_times_of_recording_says(
    pairs: list[tuple[int, int]],
) -> None:
    """Everything known in time: then only the day of the occurrence decides, not when it was written down."""
    scheme = load_scheme(schemes.preset(), format="toml")
    first = date(2026, 1, 1)
    rows = [
        {
            "id": f"e{index}", "item": "service", "on": (first + timedelta(days=day)).isoformat(), "qty": 2,
            "rec": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day + delay)).isoformat(),
        }
        for index, (day, delay) in enumerate(pairs)
    ]  # fmt: skip
    now = datetime(2026, 8, 1, tzinfo=UTC)
    query = {"period": "2026", "as_of": CUT.isoformat()}
    known = {**facts(*rows), "roster": [], "excused": []}
    bare = {**known, "events": [{k: v for k, v in row.items() if k != "rec"} for row in rows]}

    assert score(scheme, clip(known, as_of=CUT, known_at=now), query) == score(scheme, bare, query)


def fact(entry: int, status: str, voided_at: datetime | None = None) -> EntryFact:
    return EntryFact(
        entry, f"e{entry}", 1, 1, 1, 1, "k", True, "t", date(2026, 3, 1), None, None, None, None, 0, 100, "hour", "",
        status, CUT, False, voided_at,
    )  # fmt: skip


def test_the_log_is_taken_back_to_what_it_said_then() -> None:
    before, after = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
    said = {
        1: [Said("confirmed", before), Said("voided", after)],
        2: [Said("confirmed", after)],
        3: [Said("confirmed", before), Said("voided", before)],
        4: [Said("rejected", before), Said("voided", before)],
    }
    entries = [
        fact(1, "voided", after),
        fact(2, "confirmed"),
        fact(3, "voided", before),
        fact(4, "voided", before),
    ]
    unknown = replace(fact(5, "confirmed"), recorded_at=after)

    found, once = as_known([*entries, unknown], said, NOW)

    assert [(f.entry_id, f.status, f.voided_at) for f in found] == [
        (1, "confirmed", None), (2, "pending", None), (3, "voided", before), (4, "voided", before),
    ]  # fmt: skip
    assert once == {3}


def rules(kind: str, first: date = date(2024, 1, 1)) -> AreaRules:
    text = schemes.preset().replace('period = { type = "year" }', f'period = {{ type = "{kind}" }}')
    if kind != "year":
        text = text.replace("{ half = 1 }", "{ month = 1 }").replace('each = "half"', 'each = "month"')
        text = text.replace("{ quarter = 2 }", "{ month = 2 }").replace(
            'window = "quarter"', 'window = "month"'
        )
    return AreaRules((Publication(1, 1, first, text, "toml"),), KindMapping({}))


@pytest.mark.parametrize(
    ("kind", "labels", "periods"),
    [
        ("year", ["Q1", "Q2", "Q3", "Q4"], {"2026"}),
        ("half", ["Q1", "Q2", "Q3", "Q4"], {"2026-H1", "2026-H2"}),
        ("quarter", ["Q1", "Q2", "Q3", "Q4"], {f"2026-Q{n}" for n in range(1, 5)}),
        ("month", [f"{n:02d}" for n in range(1, 13)], {f"2026-{n:02d}" for n in range(1, 13)}),
    ],
)
def test_a_year_has_a_cut_for_each_quarter_or_month(kind: str, labels: list[str], periods: set[str]) -> None:
    found = cuts_of(rules(kind), 2026, TODAY)

    assert [cut.label for cut in found] == [f"2026-{label}" for label in labels]
    assert {cut.period for cut in found} == periods
    assert found[-1].day == date(2026, 12, 31)
    for cut in found:
        assert cut_of(rules(kind), cut.label, TODAY) == cut


def test_before_the_scheme_there_is_no_cut() -> None:
    assert cuts_of(rules("year"), 2023, TODAY) == []
    for label in ("2023-Q1", "2026-03"):
        with pytest.raises(Problem, match="No scheme"):
            cut_of(rules("year"), label, TODAY)
    for label in ("2026", "2026-Q5", "2026-13", "x", "0000-Q1"):
        with pytest.raises(Problem, match="Give a quarter"):
            cut_of(rules("year"), label, TODAY)
