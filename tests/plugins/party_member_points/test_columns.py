"""The roster's columns: which titles are found, and what cells mean."""

from __future__ import annotations

import pytest

from pointsys.core.site import Site
from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import ColumnSpec, header_at
from pointsys.plugins.party_member_points.columns import (
    IMPORT_COLUMNS,
    parse_checkin,
    parse_political_status,
    parse_short_text,
)

MEANINGS: dict[str, list[object]] = {
    "member": ["中共党员", "党员", "中共正式党员", "是", "√", " 中共党员 ", "中共　党员", "01", 1.0],
    "probationary": ["预备党员", "中共预备党员", "党员（预备）", "02"],
    "none": [
        "群众",
        "共青团员",
        "民盟",
        "民盟盟员",
        "否",
        "×",
        "无党派人士",
        "中国民主同盟盟员",
        "13",
        0.0,
        "入党积极分子",
    ],
}


@pytest.mark.parametrize(("meaning", "cell"), [(m, cell) for m, cells in MEANINGS.items() for cell in cells])
def test_a_political_status_is_understood_however_it_is_written(meaning: str, cell: object) -> None:
    assert parse_political_status(cell) == meaning


@pytest.mark.parametrize("cell", ["退役军人", "已婚", "汉族"])
def test_a_word_that_says_nothing_of_membership_is_refused_with_what_to_write(cell: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_political_status(cell)

    assert refused.value.code == "bad_political_status"
    assert cell in str(refused.value)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("政治面貌", "political_status"),
        ("是否党员", "political_status"),
        ("工作单位", "home_unit"),
        ("所在支部", "branch"),
        ("报到时间", "checkin_on"),
        ("报 到 日 期", "checkin_on"),
    ],
)
def test_headers_of_real_rosters_are_found(title: str, key: str) -> None:
    specs = [ColumnSpec(column.key, column.titles) for column in IMPORT_COLUMNS]

    assert header_at([["姓名", title]], 0, specs).mapping == {key: 1}


def test_a_day_of_check_in_is_read_like_any_date(site: Site) -> None:
    assert parse_checkin("2026年2月3日") == "2026-02-03"


def test_a_day_of_check_in_in_the_future_is_refused(site: Site) -> None:
    with pytest.raises(Problem) as refused:
        parse_checkin("2026-12-01")

    assert refused.value.code == "checkin_in_future"


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        parse_short_text("支" * 101)

    assert refused.value.code == "name_too_long"
