"""What the linter refuses, what it warns of, and that nothing makes it fall over."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsys.plugins.party_member_points.scoring import (
    SchemeError,
    build,
    is_sound,
    lint,
    lint_report,
    load_scheme,
)
from pointsys.plugins.party_member_points.scoring.lint import read_scheme_text

from .samples import CASES, flagship, scheme_data

ITEM = {"id": "i", "category": "c", "points": 1}
REQUIRE = {"of": "count", "items": ["i"], "min": 1}


def codes(data: object, severity: str = "error") -> list[tuple[str, str]]:
    return [(finding.code, finding.place) for finding in lint(data) if finding.severity == severity]


def of_item(**item: Any) -> dict[str, Any]:
    return scheme_data({"item": [{**ITEM, **item}]})


def of_version(**version: Any) -> dict[str, Any]:
    return scheme_data({"item": [ITEM], **version})


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (scheme_data({}, colour="red"), "unknown-key", "colour"),
        (of_item(point=1), "unknown-key", "version[0].item[0].point"),
        (of_item(qty={"minimum": 1}), "unknown-key", "version[0].item[0].qty.minimum"),
        (of_item(category="x"), "unknown-category", "version[0].item[0].category"),
        (
            of_version(expect=[{"id": "x", "category": "y", "items": ["i"], "window": "month", "points": 1}]),
            "unknown-category",
            "version[0].expect[0].category",
        ),
        (of_version(category=[{"id": "c"}, {"id": "c"}]), "duplicate-id", "version[0].category[1].id"),
        (
            of_version(grade=[{"id": "A", "min": 2}, {"id": "A", "min": 1}, {"id": "B"}]),
            "duplicate-id",
            "version[0].grade[1].id",
        ),
        (of_version(veto=[{"item": "i", "grade": "Z"}]), "unknown-grade", "version[0].veto[0].grade"),
        (
            of_version(gate=[{"id": "g", "require": [REQUIRE], "grade_max": "Z"}], grade=[{"id": "A"}]),
            "unknown-grade",
            "version[0].gate[0].grade_max",
        ),
        (of_item(points=-1), "negative-points", "version[0].item[0].points"),
        (
            of_item(mode="table", by="l", values={"x": "-0.5"}),
            "negative-points",
            "version[0].item[0].values.x",
        ),
        (
            of_item(mode="tier", tiers=[{"min": 1, "points": -1}]),
            "negative-points",
            "version[0].item[0].tiers[0].points",
        ),
        (
            of_version(grade=[{"id": "A", "min": 60}, {"id": "B", "min": 60}, {"id": "C"}]),
            "grade-order",
            "version[0].grade[1]",
        ),
        (
            of_version(grade=[{"id": "A", "min": 60}, {"id": "B", "above": 60}, {"id": "C"}]),
            "grade-order",
            "version[0].grade[1]",
        ),
        (of_version(grade=[{"id": "A", "min": 60}]), "grade-order", "version[0].grade[0]"),
        (of_version(grade=[{"id": "A"}, {"id": "B"}]), "grade-order", "version[0].grade[0]"),
        (scheme_data({}, {"effective_from": "2024-01-01"}), "version-order", "version[1].effective_from"),
        (scheme_data({}, {"effective_from": "2023-12-31"}), "version-order", "version[1].effective_from"),
        (
            scheme_data({"item": [{**ITEM, "caps": {"year": 1}}]}, period="half"),
            "window-too-wide",
            "version[0].item[0].caps.year",
        ),
        (
            scheme_data({"item": [{**ITEM, "limit": {"quarter": 1}}]}, period="month"),
            "window-too-wide",
            "version[0].item[0].limit.quarter",
        ),
        (of_item(caps={"week": 1}), "window-too-wide", "version[0].item[0].caps.week"),
        (
            of_version(
                gate=[{"id": "g", "require": [{**REQUIRE, "each": "decade"}], "grade_max": "A"}],
                grade=[{"id": "A"}],
            ),
            "window-too-wide",
            "version[0].gate[0].require[0].each",
        ),
        (
            of_version(
                bucket=[{"id": "b", "caps": {"month": 1, "period": 5}}],
                item=[{**ITEM, "bucket": "b", "caps": {"day": 1, "half": 1}}],
            ),
            "caps-not-nested",
            "version[0].item[0].caps",
        ),
        (of_item(points=1.5), "bad-number", "version[0].item[0].points"),
        (of_item(points=True), "bad-number", "version[0].item[0].points"),
        (of_item(points="1e3"), "bad-number", "version[0].item[0].points"),
        (of_item(points="NaN"), "bad-number", "version[0].item[0].points"),
        (of_item(mode="tier"), "missing-key", "version[0].item[0].tiers"),
        (scheme_data({"item": [{"id": "i", "points": 1}]}), "missing-key", "version[0].item[0].category"),
        (of_item(qty={"step": 0}), "bad-value", "version[0].item[0].qty.step"),
        (of_item(mult=[{"by": 2}]), "missing-key", "version[0].item[0].mult[0]"),
        (
            of_item(mult=[{"hours": [["22:00", "06:00"]], "by": 2}]),
            "bad-value",
            "version[0].item[0].mult[0].hours[0]",
        ),
        (of_item(bucket="b"), "unknown-bucket", "version[0].item[0].bucket"),
        (of_version(veto=[{"item": "x"}]), "unknown-item", "version[0].veto[0].item"),
        (of_version(effective_from="2023-02-29"), "bad-date", "version[0].effective_from"),
        (
            of_item(mode="brackets", brackets=[{"points": 1}, {"upto": 5, "points": 2}]),
            "bad-value",
            "version[0].item[0].brackets[0].upto",
        ),
        (scheme_data({}, timezone="Mars/Olympus"), "bad-value", "timezone"),
        (scheme_data(), "bad-value", "version"),
        ([], "bad-type", ""),
        ({"id": "x", "title": "x"}, "missing-key", "version"),
    ],
)
def test_a_fault_is_refused_by_code_and_place(data: object, code: str, place: str) -> None:
    assert codes(data) == [(code, place)]
    with pytest.raises(SchemeError):
        build(data)


@pytest.mark.parametrize("period", ["month", "quarter", "half", "year", "lifetime", "rolling"])
def test_the_period_is_a_window_of_every_scheme(period: str) -> None:
    windows = {"event": 1, "day": 1, "month": 2, "period": 3}
    assert codes(scheme_data({"item": [{**ITEM, "caps": windows}]}, period=period)) == []


def test_a_calendar_window_as_wide_as_the_period_nests_in_it() -> None:
    version = {
        "item": [{**ITEM, "caps": {"period": 4}, "bucket": "b"}],
        "bucket": [{"id": "b", "caps": {"month": 4}}],
    }
    assert codes(scheme_data(version, period="month")) == []
    assert codes(scheme_data(version, period="quarter")) == [("caps-not-nested", "version[0].item[0].caps")]


def test_the_same_grade_may_stand_twice_for_different_people() -> None:
    grades = [{"id": "A", "min": 90}, {"id": "A", "min": 80, "when": {"role": "new"}}, {"id": "B"}]
    assert codes(of_version(grade=grades)) == []


def test_an_item_that_was_abolished_may_still_be_named() -> None:
    expect = [{"id": "x", "category": "c", "items": ["i"], "window": "month", "points": 1}]
    assert codes(scheme_data({"item": [ITEM]}, {"effective_from": "2025-01-01", "expect": expect})) == []


@pytest.mark.parametrize(
    ("start", "old", "new", "warned"),
    [
        ("2024-07-01", {"caps": {"period": 9}}, {"caps": {"period": 8}}, True),
        ("2025-01-01", {"caps": {"period": 9}}, {"caps": {"period": 8}}, False),
        ("2024-07-01", {"caps": {"period": 9}}, {"caps": {"period": 9}}, False),
        ("2024-07-01", {}, {"caps": {"period": 9}}, True),
        ("2024-07-01", {"caps": {"month": 9}}, {"caps": {"month": 8}}, False),
        ("2024-07-02", {"caps": {"month": 9}}, {"caps": {"month": 8}}, True),
        ("2024-07-02", {"limit": {"half": 2}}, {"limit": {"half": 1}}, True),
    ],
)
def test_a_cap_lowered_while_its_window_runs_is_a_warning(
    start: str, old: dict[str, Any], new: dict[str, Any], warned: bool
) -> None:
    data = scheme_data({"item": [{**ITEM, **old}]}, {"item": [{**ITEM, **new}], "effective_from": start})
    assert codes(data) == []
    assert ("cap-lowered" in [code for code, _ in codes(data, "warning")]) is warned


@pytest.mark.parametrize("part", ["category", "total"])
def test_lowered_caps_of_categories_and_the_total_are_warned_of(part: str) -> None:
    def version(cap: int) -> dict[str, Any]:
        return {"total": {"cap": cap}} if part == "total" else {"category": [{"id": "c", "cap": cap}]}

    data = scheme_data(version(10), {**version(9), "effective_from": "2024-05-01"})
    assert [code for code, _ in codes(data, "warning")] == ["cap-lowered"]


def test_all_faults_are_listed_at_once() -> None:
    data = scheme_data({"item": [{**ITEM, "points": -1, "category": "x"}, ITEM]}, colour="red")
    assert {code for code, _ in codes(data)} == {
        "negative-points",
        "unknown-key",
        "unknown-category",
        "duplicate-id",
    }
    with pytest.raises(SchemeError) as refusal:
        build(data)
    assert len(refusal.value.findings) == 4
    assert "version[0].item[0].points" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("a = ", "toml"),
        ("{", "json"),
        ('{"a": NaN}', "json"),
        ("[" * 100_000, "json"),
        ("a = " + "[" * 100_000, "toml"),
        ('{"a": 1' + "0" * 5000 + "}", "json"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(text: str, format: str) -> None:
    report: Any = lint_report(text, format)
    assert (report["ok"], [error["code"] for error in report["errors"]]) == (False, ["syntax"])
    with pytest.raises(SchemeError):
        load_scheme(text, format=format)


@pytest.mark.parametrize("number", ["nan", "inf", "1e999999999", "1e-999999999"])
def test_numbers_of_no_usable_size_are_findings(number: str) -> None:
    text = f'version = [{{effective_from = 2024-01-01, category = [{{id = "c", base = {number}}}]}}]'
    report: Any = lint_report(text, "toml")
    assert [error["code"] for error in report["errors"]] == ["bad-number"]


def test_toml_dates_and_decimals_are_read_exactly() -> None:
    text = 'version = [{effective_from = 2024-01-01, category = [{id = "c", base = 0.1}]}]'
    scheme = load_scheme(text, format="toml")
    assert scheme.versions[0].categories["c"].base == 10
    assert scheme.versions[0].effective_from.isoformat() == "2024-01-01"


def test_the_report_of_a_sound_scheme_is_empty() -> None:
    report = lint_report(json.dumps(CASES["schemes"]["community-inservice"]), "json")
    assert report == {"ok": True, "scheme": "community-inservice", "errors": [], "warnings": []}


def test_a_scheme_lists_its_categories_and_items_by_title() -> None:
    scheme = flagship()
    assert next(iter(scheme.category_titles.items())) == ("duty", "报到履责")
    assert all(title != name for name, title in scheme.item_titles.items())


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals()
    | st.floats()
    | st.just("period"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("id"), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(path for key, value in inner for path in paths(value, (*at, key)))]


WHOLE = CASES["schemes"]["community-inservice-2v"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(paths(WHOLE)[1:]), JUNK)
def test_whatever_stands_in_a_scheme_is_a_finding_or_can_be_built(path: tuple[Any, ...], junk: Any) -> None:
    data = copy.deepcopy(WHOLE)
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = junk
    if is_sound(lint(data)):
        build(data)


@settings(max_examples=50, deadline=None)
@given(JUNK)
def test_anything_at_all_can_be_linted(junk: Any) -> None:
    assert not is_sound(lint(junk))


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("toml", ".".join(["a"] * 100_000) + " = 1"),
        ("toml", "[" + " . ".join(['"a\\""'] * 100_000) + "]"),
        ("toml", "a" + ".a" * 28 + " = { a" + ".a" * 28 + " = 1 }"),
        ("toml", "a = " + "[" * 50_000 + "]" * 50_000),
        ("toml", "points = 0x" + "f" * 5_000),
        ("json", '{"a": ' + "[" * 40 + "]" * 40 + "}"),
    ],
)
def test_what_is_short_to_send_and_endless_to_read_is_refused(format: str, text: str) -> None:
    data, findings = read_scheme_text(text, format)
    assert data is None
    assert [finding.code for finding in findings] == ["syntax"]
