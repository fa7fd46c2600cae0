"""Reading sheets of collected wishes as people make them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import read_rows
from pointsys.plugins.wish_wall.campaigns import reading
from tests.sheets import Cell, id_number, xlsx_of

TODAY = date(2026, 7, 10)
HEAD: tuple[Cell, ...] = (
    "序号",
    "姓名",
    "联系电话",
    "住址",
    "微心愿内容",
    "类型",
    "预算金额",
    "份数",
    "备注",
    "是否公开",
)


def cells_of(*rows: tuple[Cell, ...]) -> list[list[object]]:
    """The cells that are kept of a workbook."""
    found: list[list[object]] = reading.kept_cells(read_rows(xlsx_of(*rows), "心愿.xlsx"))
    return found


def rows_of(*rows: tuple[Cell, ...], usual: str = "item") -> list[reading.Row]:
    """The rows that are read of a workbook."""
    cells = cells_of(*rows)
    found: list[Any] = reading.read(cells, reading.locate(cells, usual), TODAY, 30_000)
    return found


def test_a_sheet_with_a_title_line_and_a_total_is_read_as_it_is_meant() -> None:
    first, second = rows_of(
        ("幸福社区2026年春节微心愿征集表",),
        HEAD,
        (1, "张　三", 13800138000, "3栋2单元502", "一盏护眼台灯", "实物", 120.5, 2.0, "视力不好", "是"),
        (2, "李四", "139 0013 9000", "", "每周有人陪着说说话", "陪伴类", "", None, None, "否"),
        ("合计", "", "", "", "", "", 120.5),
        ("填表人：王五",),
    )
    assert (first.number, first.name, first.phone, first.title) == (3, "张三", "13800138000", "一盏护眼台灯")
    asked = first.asked
    assert (asked.category, asked.amount, asked.slots, asked.hidden) == ("item", 120.5, 2, False)
    assert asked.private == "3栋2单元502\n视力不好"
    assert (second.phone, second.asked.category, second.asked.hidden) == ("13900139000", "company", True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"联系电话": "12345"}, "bad_phone"),
        ({"姓名": ""}, "name_missing"),
        ({"姓名": "？"}, "bad_name"),
        ({"类型": "别的"}, "category_unknown"),
        ({"预算金额": "很多"}, "bad_amount"),
        ({"预算金额": 500}, "amount_over_limit"),
        ({"份数": 11}, "bad_slots"),
        ({"是否公开": "也许"}, "bad_bool"),
        ({"微心愿内容": "现金500元"}, "cash_not_allowed"),
        ({"微心愿内容": ""}, "words_needed"),
    ],
)
def test_a_row_that_cannot_be_understood_says_why(change: dict[str, Cell], code: str) -> None:
    cells: tuple[Cell, ...] = (1, "张三", "13800138000", "", "台灯", "物品", 80, 1, "", "是")
    usual = {str(title): cell for title, cell in zip(HEAD, cells, strict=True)}
    (row,) = rows_of(HEAD, tuple({**usual, **change}.values()))
    assert row.fault is not None
    assert row.fault.code == code


def test_a_long_wish_becomes_words_with_a_title_of_its_beginning() -> None:
    long = (
        "家里的老人腿脚不便，出门要人扶着走，想要一张能够折叠的洗澡椅。" + "楼道没有扶手，出门很不方便，" * 4
    )
    (row,) = rows_of(("姓名", "微心愿"), ("张三", long))
    assert row.title.endswith("…")
    assert row.asked.words == long
    assert row.asked.title == ""


def test_kinds_that_a_row_does_not_say_are_as_the_sheet_says() -> None:
    (row,) = rows_of(("姓名", "微心愿"), ("张三", "帮忙擦窗户"), usual="service")
    assert row.asked.category == "service"


def test_columns_can_be_said_by_hand_where_their_titles_say_nothing() -> None:
    cells = cells_of(("谁", "要什么", "身份证号"), ("张三", "台灯", id_number(7)))
    layout = reading.locate(cells, "item")
    assert not layout.usable
    with pytest.raises(Problem) as caught:
        reading.read(cells, layout, TODAY, 30_000)
    assert caught.value.code == "columns_needed"
    said = reading.said(
        0, {0: "name", 1: "title", 2: "id_number", 3: "nonsense", 99: "phone"}, "skill", cells
    )
    (row,) = reading.read(cells, said, TODAY, 30_000)
    assert (row.name, row.title, row.id_number) == ("张三", "台灯", id_number(7))
    assert row.asked.category == "skill"
    assert reading.Layout.from_json(said.as_json()) == said


@pytest.mark.parametrize("rows", [0, 501])
def test_a_sheet_holds_one_to_five_hundred_wishes(rows: int) -> None:
    data: list[tuple[Cell, ...]] = [("姓名", "微心愿"), *((f"张{n}", "台灯") for n in range(rows))]
    with pytest.raises(Problem) as caught:
        rows_of(*data)
    assert caught.value.code == ("too_many_rows" if rows else "empty_list")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("姓名", "微心愿"), ("张三", "台灯")], ""),
        ([("谁", "要什么"), *[("张三", "台灯")] * 500], ""),
        ([("谁", "要什么"), *[("张三", "台灯")] * 501], "too_many_rows"),
        ([("姓名", "微心愿"), *[("张三", "台灯")] * 501], "too_many_rows"),
        ([("姓名", "微心愿")], "empty_list"),
        ([("姓名",), ("张三",), ("李四",)], "columns_needed"),
    ],
)
def test_what_no_choice_of_columns_mends_is_refused_at_once(rows: list[tuple[Cell, ...]], code: str) -> None:
    cells = cells_of(*rows)
    layout = reading.locate(cells, "item")
    if not code:
        reading.check_table(cells, layout)
        return
    with pytest.raises(Problem) as caught:
        reading.check_table(cells, layout)
    assert caught.value.code == code


def test_cells_are_kept_as_json_can_hold_them() -> None:
    cells: Any = cells_of(("姓名", "日期", "数", "对"), ("张三", date(2026, 1, 2), 1.5, True))
    assert cells[1] == ["张三", "2026-01-02", 1.5, True]
