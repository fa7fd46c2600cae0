"""Pictures as plain values: buckets, what is hidden, shades, and options that say the same as the table."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit import charts, months, tables
from pointsys.kit.charts import About, Bucket, Series
from pointsys.kit.problems import Problem
from pointsys.kit.suppression import hide_small
from pointsys.kit.tables import HIDDEN, TableColumn

ABOUT = About("core-test", "A title", "What is counted.", "2026", summary="In words.")
COUNTS = st.dictionaries(st.integers(0, 100_000), st.integers(1, 400), min_size=1, max_size=40)


@given(COUNTS, st.sampled_from((1, 60, 100)))
def test_every_value_falls_into_exactly_one_bucket(counts: dict[int, int], unit: int) -> None:
    edges = charts.bucket_edges(counts, unit)
    found = charts.buckets(counts, edges)

    assert 1 <= len(found) <= 10
    assert edges[0] == 0
    assert all(edge % unit == 0 for edge in edges)
    assert sum(bucket.count for bucket in found) == sum(counts.values())
    assert all(sum(bucket.holds(value) for bucket in found) == 1 for value in counts)


@given(COUNTS)
def test_only_the_last_bucket_is_open_and_only_where_some_value_needs_it(counts: dict[int, int]) -> None:
    found = charts.buckets(counts, charts.bucket_edges(counts))

    assert all(bucket.high is not None for bucket in found[:-1])
    assert (found[-1].high is None) == (
        (len(found) > 1 and max(counts) >= 2 * found[-1].low - found[-2].low) or len(found) == 1
    )


def test_one_very_diligent_person_does_not_flatten_the_others() -> None:
    counts = dict.fromkeys(range(40), 5) | {5_000: 1}
    found = charts.buckets(counts, charts.bucket_edges(counts))

    assert sum(bucket.count > 0 for bucket in found) >= 8
    assert found[-1].high is None


def test_buckets_are_named_in_their_unit() -> None:
    assert Bucket(300, 600, 1).label(60) == "5–10"
    assert Bucket(600, None, 1).label(60) == "≥ 10"


@given(st.lists(st.integers(0, 50), max_size=12))
def test_no_small_count_is_shown_or_found_from_the_total(counts: list[int]) -> None:
    shown = hide_small(counts)
    hidden = [count for count, value in zip(counts, shown, strict=True) if value is HIDDEN]

    assert all(value is HIDDEN or value == count for count, value in zip(counts, shown, strict=True))
    assert all(value is HIDDEN or value == 0 or value >= 5 for value in shown)
    if hidden and sum(count > 0 for count in counts) > 1:
        assert len(hidden) >= 2
    if all(count == 0 or count >= 5 for count in counts):
        assert hidden == []


def test_shades_grow_with_the_number_and_end_at_five() -> None:
    assert charts.shades([[0, 1, 50, 100], [None, HIDDEN, 20, 21]]) == ((0, 1, 3, 5), (0, 0, 1, 2))
    assert charts.shades([[1, 1_000], [2, 500]], by_column=True) == ((3, 5), (5, 3))
    assert charts.shades([[1, 1_000], [2, 500]], by_column=True, plain=1) == ((3, 0), (5, 0))
    assert charts.shades([[0, 0]]) == ((0, 0),)
    assert charts.shades([]) == ()


def test_a_trend_says_in_its_table_what_it_draws() -> None:
    figure = charts.trend(
        ABOUT,
        "Month",
        ["2026-01", "2026-02"],
        [
            Series("Activities", [3, 0], shape="bar", axis="Activities"),
            Series("Hours", [150, HIDDEN], kind="hours", axis="Hours"),
        ],
    )
    assert figure.table.rows == (("2026-01", 3, 150), ("2026-02", 0, HIDDEN))
    assert figure.option is not None
    bars, line = figure.option["series"]
    assert bars["data"] == [3, 0]
    assert line["data"] == ["2.50", "-"]
    assert (bars["yAxisIndex"], line["yAxisIndex"]) == (0, 1)
    assert figure.hides


def test_lines_differ_without_colour() -> None:
    series = [Series(str(number), [1, 2]) for number in range(3)]
    option = charts.trend(ABOUT, "Month", ["a", "b"], series).option
    assert option is not None
    looks = {(one["symbol"], one["lineStyle"]["type"]) for one in option["series"]}
    assert len(looks) == 3
    assert option["aria"]["label"]["description"] == "A title – In words."
    assert option["aria"]["decal"] == {"show": True}


def test_a_distribution_marks_ones_own_place_in_words_too() -> None:
    counts = {30: 10, 90: 20, 500: 2}
    found = charts.buckets(counts, (0, 60, 120, 180))
    figure = charts.distribution(ABOUT, "Hours", "People", found, unit=60, own=90, own_text="you")

    # The small last one is hidden, and the next smallest, from which it could be told.
    assert figure.table.rows == (("0–1", HIDDEN), ("1–2 (you)", 20), ("2–3", 0), ("≥ 3", HIDDEN))
    assert figure.option is not None
    drawn = figure.option["series"][0]["data"]
    assert drawn[1]["value"] == 20
    assert drawn[1]["label"]["formatter"] == "you"


def test_nothing_is_drawn_where_all_is_hidden_or_nobody_is_there() -> None:
    found = charts.buckets({30: 2, 90: 3}, (0, 60, 120))
    spread = charts.distribution(ABOUT, "Hours", "People", found, unit=60)
    assert (spread.option, spread.hides) == (None, True)
    assert charts.ranking(ABOUT, "Rank", "Name", "Hours", []).option is None


def test_a_ranking_keeps_its_order_and_decimals() -> None:
    figure = charts.ranking(ABOUT, "Rank", "Name", "Hours", [(1, "李一", 90), (2, "周二", 50)], "hours")
    assert figure.option is not None
    assert figure.option["yAxis"]["data"] == ["1. 李一", "2. 周二"]
    assert figure.option["series"][0]["data"] == ["1.50", "0.83"]
    assert figure.table.rows == ((1, "李一", 90), (2, "周二", 50))


def test_a_heat_table_is_its_own_picture() -> None:
    columns = [TableColumn("January", "count"), TableColumn("February", "count")]
    figure = charts.heat_table(ABOUT, "Area", [("First", [4, 2]), ("Second", [HIDDEN, 0])], columns)
    assert figure.option is None
    assert figure.shades == ((5, 3), (0, 0))


def test_options_are_plain_values() -> None:
    figure = charts.trend(ABOUT, "Month", ["2026-01"], [Series("Hours", [169], kind="hours")])
    text = json.dumps(figure.option, ensure_ascii=False)
    assert json.loads(text) == figure.option


@pytest.mark.parametrize(
    ("value", "kind", "page", "sheet"),
    [
        (1234, "count", "1,234", 1234),
        (169, "hours", "2.82", Decimal("2.82")),
        (-1250, "hundredths", "-12.50", Decimal("-12.50")),
        (12, "change", "+12", 12),
        (0, "change", "0", 0),
        (-125, "percent", "-12.5%", Decimal("-12.5")),
        (None, "count", "–", None),
        (HIDDEN, "count", "*", "*"),
        ("=1+1", "text", "=1+1", "=1+1"),
        (date(2026, 7, 1), "date", "2026-07-01", date(2026, 7, 1)),
    ],
)
def test_a_value_is_written_and_exported_by_its_kind(
    value: tables.Value, kind: tables.Kind, page: str, sheet: object
) -> None:
    assert tables.shown(value, kind) == page
    assert tables.exported(value, kind) == sheet


@pytest.mark.parametrize(
    ("now", "before", "tenths"), [(3, 2, 500), (2, 3, -333), (5, 0, None), (0, 8, -1000), (7, 7, 0)]
)
def test_a_change_is_in_tenths_of_a_percent(now: int, before: int, tenths: int | None) -> None:
    assert tables.change_tenths(now, before) == tenths


def test_months_are_counted_across_years() -> None:
    assert months.months_between("2025-11", "2026-02") == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months.months_between("2026-02", "2026-01") == []
    assert months.add_months("2026-03", -12) == "2025-03"
    assert months.last_day("2024-02") == date(2024, 2, 29)
    assert months.last_day("2026-12") == date(2026, 12, 31)
    assert months.month_of(date(2026, 7, 10)) == "2026-07"


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(-300, 300))
def test_going_some_months_and_back_leads_home(day: date, count: int) -> None:
    month = months.month_of(day)
    assert months.add_months(months.add_months(month, count), -count) == month


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-3", "1899-12", "2200-01", "2026-03-01", "２０２６-03"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Problem) as caught:
        months.parse_month(text)
    assert caught.value.code == "bad_month"


def test_a_hidden_count_is_counted_as_such() -> None:
    assert Counter(hide_small([7, 3, 9, 0])) == Counter({HIDDEN: 2, 9: 1, 0: 1})
