"""Codes of companies, numbers of dwellings and rows of sheets, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.property_rating.registry import sheets, uscc
from pointsys.plugins.property_rating.registry.contracts import overlap
from pointsys.plugins.property_rating.registry.estates import parse_numbers

# Codes as they stand on licences: the standard's own example among them.
REAL = ("91350100M000100Y43", "91110000600037341L", "91440300708461136T")


def _code(number: int) -> str:
    first = "".join(uscc.ALPHABET[number // 31**place % 31] for place in range(17))
    return str(first + uscc.check_character(first))


CODES = st.integers(0, 31**17 - 1).map(_code)


@dataclass
class Book:
    """Rows as a workbook has them."""

    rows: list[list[Any]]


def read(*rows: list[Any], titles: str = "社区 小区 楼栋 单元 房号 未售") -> list[sheets.Row]:
    """Rows below titles."""
    found: list[Any] = list(sheets.read_sheet(Book([titles.split(), *rows])).rows)
    return found


def refused(act: Any, *args: Any) -> str:
    """The code of a refusal."""
    with pytest.raises(Problem) as caught:
        act(*args)
    return caught.value.code


@pytest.mark.parametrize("code", REAL)
def test_codes_of_licences_are_right_however_they_are_typed(code: str) -> None:
    assert uscc.parse_uscc(f" {code[:8].lower()} {code[8:]} ") == code
    assert uscc.parse_uscc("".join(chr(ord(c) + 0xFEE0) for c in code)) == code


@given(CODES, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_wrong_character_is_always_found(code: str, place: int, other: str) -> None:
    typed = code[:place] + other + code[place + 1 :]
    if typed == code:
        assert uscc.parse_uscc(typed) == code
    else:
        assert refused(uscc.parse_uscc, typed) == "bad_uscc"


@given(CODES, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_always_found(code: str, place: int) -> None:
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if typed != code:
        assert refused(uscc.parse_uscc, typed) == "bad_uscc"


@pytest.mark.parametrize("raw", ["", "91350100M000100Y4", REAL[0] + "1", "9135O100M000100Y43", None])
def test_what_is_no_code_is_refused(raw: object) -> None:
    assert refused(uscc.parse_uscc, raw) == "bad_uscc"


def test_a_code_that_a_spreadsheet_rounded_is_told_apart() -> None:
    assert refused(uscc.parse_uscc, 911100001234567890.0) == "lost_digits"


def test_numbers_of_dwellings_are_listed_or_counted_up_each_once() -> None:
    assert parse_numbers("101~103，301、102\n2-1801~2-1802 008~010") == [
        "101", "102", "103", "301", "2-1801", "2-1802", "008", "009", "010",
    ]  # fmt: skip
    assert parse_numbers("101-104") == ["101-104"]
    assert refused(parse_numbers, "104~101") == "bad_number"
    assert refused(parse_numbers, "1~999999") == "bad_number"
    assert refused(parse_numbers, "1~2000 3000~3001") == "too_many_numbers"
    assert refused(parse_numbers, "1" * 21) == "bad_number"


DAYS = st.dates()


@given(DAYS, st.none() | DAYS, DAYS, st.none() | DAYS)
def test_spans_overlap_exactly_when_some_day_is_in_both(
    first: Any, to: Any, other: Any, other_to: Any
) -> None:
    if (to and to < first) or (other_to and other_to < other):
        return
    shared = max(first, other)
    both = all(last is None or shared <= last for last in (to, other_to))
    assert overlap((first, to), (other, other_to)) is both


def test_what_merged_cells_leave_empty_is_taken_from_above() -> None:
    rows = read(
        ["幸福社区", "桂花苑", "1栋", 2, 101.0, None],
        [None, None, None, 2, 102, "是"],
        [None, None, "2栋", None, "301", "否"],
        [None, "翠湖居", None, None, None, None],
        [None, None, None, None, "302", None],
    )
    shown = [(row.area, row.estate, row.building, row.dwelling, row.unsold) for row in rows]
    assert shown == [
        ("幸福社区", "桂花苑", "1栋", "2-101", None),
        ("幸福社区", "桂花苑", "1栋", "2-102", True),
        ("幸福社区", "桂花苑", "2栋", "301", False),
        ("", "翠湖居", "", "", None),
        ("", "翠湖居", "", "302", None),
    ]
    assert [row.number for row in rows if row.fault] == [6]
    assert rows[4].fault == (sheets.NO_BUILDING, {})


def test_a_sheet_as_staff_keep_it_says_what_was_read_and_what_was_not() -> None:
    found = sheets.read_sheet(
        Book(
            [
                ["桂花苑业主台账"],
                ["序号", "小区", "楼栋", "房号", "业主姓名", "业主电话", "面积", "备注"],
                [1, "桂花苑", "1栋", 101, "张 三、李四（共有）", 13800001234, 89.5, "已装修"],
                [2, "桂花苑", "1栋", 102, "", "", 89.5, "尚未售出", "出租"],
                [3, "桂花苑", "1栋", 103, "未售", "", "", ""],
                [4, "桂花苑", "1栋", 104, "无", "", "", ""],
                ["合计", "", "", "", "", "", 179, ""],
            ]
        )
    )
    assert found.read == ["小区", "楼栋", "房号", "业主姓名", "备注"]
    assert found.unread == ["序号", "业主电话", "面积", "I"]
    assert found.passed == [7]
    assert [(row.dwelling, row.owners, row.unsold, row.fault) for row in found.rows] == [
        ("101", ("张三", "李四"), None, None),
        ("102", (), True, None),
        ("103", (), True, None),
        ("104", (), None, None),
    ]


@pytest.mark.parametrize(
    ("cells", "unsold"),
    [
        ({"sale": "待售"}, True),
        ({"sale": "已售"}, False),
        ({"sale": "毛坯"}, None),
        ({"unsold": "是", "remark": "未售"}, True),
        ({"unsold": "否", "sale": "已入住"}, False),
        ({"remark": "已交房，地下车位尚未售出"}, None),
        ({"remark": "车位已租；房屋及车库均未售"}, True),
        ({"remark": "已售"}, None),
    ],
)
def test_whether_a_dwelling_is_sold_is_read_wherever_staff_write_it(
    cells: dict[str, Any], unsold: bool | None
) -> None:
    row = sheets.read_row(2, {"estate": "园", "building": "1栋", "number": "101", **cells})
    assert (row.unsold, row.fault) == (unsold, None)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"estate": "园" * 61}, sheets.TOO_LONG),
        ({"kind": "别墅区"}, sheets.BAD_KIND),
        ({"households": "约三百"}, sheets.BAD_COUNT),
        ({"company": "安居物业"}, sheets.NO_CODE),
        ({"uscc": REAL[0]}, sheets.NO_FROM),
        ({"uscc": REAL[0][:-1] + "4", "from_on": "2026-01-01"}, uscc.BAD_CODE),
        ({"from_on": "2026-01-01"}, sheets.NO_COMPANY),
        ({"manager": "王经理"}, sheets.NO_COMPANY),
        ({"uscc": REAL[0], "from_on": "2026-05-01", "to_on": "2026-04-30"}, "The last day"),
        ({"uscc": REAL[0], "from_on": "五月"}, ""),
        ({"owners": "张三"}, sheets.NO_HOME),
        ({"building": "1栋", "number": "1", "unsold": "否", "remark": "未售"}, sheets.SALE_UNCLEAR),
        ({"building": "1栋", "number": "1", "unsold": "是", "owners": "张三"}, sheets.OWNER_OF_UNSOLD),
        (
            {"building": "1栋", "number": "1", "owners": "、".join("甲乙丙丁戊己庚辛壬癸子")},
            sheets.TOO_MANY_OWNERS,
        ),
    ],
)
def test_a_row_that_cannot_be_understood_says_why(cells: dict[str, Any], message: str) -> None:
    row = sheets.read_row(7, {"estate": "桂花苑", **cells})
    assert row.fault is not None
    assert row.fault[0].startswith(message)
    assert row.fault[0] % row.fault[1]


def test_a_row_that_cannot_be_understood_names_its_estate_and_door_and_those_below_it_too() -> None:
    wrong, below = read(
        ["", "桂花苑", "1栋", "2", "301", "也许"], ["", "", "", "", "302", ""]
    )  # fmt: skip
    assert wrong.fault is not None
    assert (wrong.estate, wrong.building, wrong.dwelling) == ("桂花苑", "1栋", "2-301")
    assert (below.fault, below.estate, below.building, below.dwelling) == (None, "桂花苑", "1栋", "302")


def test_a_sheet_needs_titles_and_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(sheets.read_sheet, Book([["甲", "乙"], ["丙", "丁"]])) == "no_header"
    assert refused(read) == "empty_list"
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    assert refused(sheets.read_sheet, Book([["小区"], *[["园"]] * 4])) == "too_many_rows"


TEXTS = st.text("ab甲乙", max_size=3)
FAULTS = st.none() | st.tuples(TEXTS, st.dictionaries(TEXTS, st.integers(), max_size=1))
COUNTS = st.none() | st.integers(0, 9)


@given(TEXTS, TEXTS, st.none() | st.booleans(), COUNTS, FAULTS)
def test_rows_come_back_as_they_were_kept(
    area: str, dwelling: str, unsold: bool | None, households: int | None, fault: Any
) -> None:
    row = sheets.Row(
        7, area, "园", households=households, dwelling=dwelling, unsold=unsold, owners=(area,), fault=fault
    )
    assert sheets.unpack(sheets.pack([row, sheets.Row(8)])) == [row, sheets.Row(8)]
