"""Other localities' workbooks: the same facts in other headers, orders, spellings and kinds of file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.services import find_area
from pointsys.core.imports.columns import remember
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import HAPPY, at
from tests.sheets import Cell, bring, counts, csv_of, faults, id_number, people, plant_tree, xlsx_of


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


DAY = date(2026, 3, 7)
NINE, ELEVEN = at(DAY, "09:00"), at(DAY, "11:00")


@pytest.fixture(autouse=True)
def _roster(site: Site) -> None:
    plant_tree()
    people(("姓名", "手机", "身份证号"), ("张伟", "13800001234", id_number(15)))


def only_entry() -> Entry:
    """The one entry there is."""
    with read_scope() as session:
        entry = session.scalars(select(Entry)).one()
        session.expunge(entry)
    return entry


LAYOUTS: dict[str, list[Sequence[object]]] = {
    "other order and names": [
        ("手机", "志愿者姓名", "服务类别", "服务项目", "签到时间", "签退时间", "服务日期"),
        ("138 0000 1234", "张 伟", "志愿服务", "清洁家园", "9:00", "11:00", "2026.3.7"),
    ],
    "title, unit line, stars, totals and signatures": [
        ("幸福社区2026年一季度志愿服务登记表",),
        ("填报单位:幸福社区", "", "", "填报日期:2026年3月31日"),
        ("序号", "* 姓 名", "联系电话", "活动日期：", "起止时间", "活动主题", "活动类别"),
        (1, "张伟", "13800001234", "2026年3月7日", "9：00-11：00", "清洁家园", "志愿服务"),
        ("", "合计", 1),
        ("填表人：李静", "", "审核人：王芳"),
    ],
    "date and span in one cell": [
        ("活动时间", "姓名", "电话", "活动内容", "类型"),
        ("2026年3月7日上午9:00-11:00", "张伟", "13800001234", "清洁家园", "志愿服务"),
    ],
    "weekday between date and span": [
        ("时间", "姓名", "电话", "活动内容", "类型"),
        ("2026/3/7（周六） 9:00～11:00", "张伟", "13800001234", "清洁家园", "志愿服务"),
    ],
    "year in the title only": [
        ("2026年志愿服务台账",),
        ("日期", "时段", "姓名", "电话", "活动名称", "活动类型"),
        ("3月7日", "上午9点至11点", "张伟", "13800001234", "清洁家园", "志愿服务"),
    ],
    "start and hours": [
        ("日期", "开始时间", "时长", "姓名", "电话", "活动名称", "活动类型"),
        ("2026-03-07", "9点", "2小时", "张伟", "13800001234", "清洁家园", "志愿服务"),
    ],
    "end and minutes": [
        ("日期", "结束时间", "时长(分钟)", "姓名", "电话", "活动名称", "活动类型"),
        ("2026-03-07", "11:00", "120", "张伟", "13800001234", "清洁家园", "志愿服务"),
    ],
    "times with their dates": [
        ("姓名", "身份证号", "活动类型", "活动名称", "开始时间", "结束时间"),
        ("张伟", id_number(15), "志愿服务", "清洁家园", "2026-03-07 09:00", "2026-03-07 11:00"),
    ],
    "full-width and invisible": [
        ("姓　名", "联系方式", "活动类型", "活动名称", "日期", "开始时间", "结束时间"),
        (
            "张\u200b伟",
            "１３８００００１２３４",
            "志愿服务",
            "清洁家园",
            "２０２６－０３－０７",
            "０９：００",
            "１１:００",
        ),
    ],
    "name alone": [
        ("姓名", "活动类型", "活动名称", "日期", "开始时间", "结束时间"),
        ("张伟", "志愿服务", "清洁家园", "2026-03-07", "09:00", "11:00"),
    ],
    "excel serial as text": [
        ("姓名", "活动类型", "活动名称", "日期", "开始时间", "结束时间"),
        ("张伟", "志愿服务", "清洁家园", "46088", "09:00", "11:00"),
    ],
}


@pytest.mark.parametrize("rows", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_same_entry_is_read_from_every_layout(rows: list[Sequence[object]]) -> None:
    report = bring("activity_log", csv_of(*rows))

    assert (counts(report), faults(report)) == ({"created": 1}, [])
    entry = only_entry()
    assert (entry.title, entry.local_date, entry.starts_at, entry.ends_at) == ("清洁家园", DAY, NINE, ELEVEN)


def test_an_end_with_its_date_may_lie_past_midnight() -> None:
    rows = [
        ("姓名", "类型", "日期", "开始", "结束"),
        ("张伟", "志愿服务", "2026-03-07", "22:00", "2026-03-08 02:00"),
    ]
    report = bring("activity_log", csv_of(*rows))

    assert report.outcome.minutes == 240
    assert only_entry().local_date == DAY


HEADER = ("姓名", "手机号码", "活动类型", "活动名称", "日期", "开始时间", "结束时间")


def test_typed_cells_of_excel_are_read_in_both_date_systems() -> None:
    row = ("张伟", 13800001234, "志愿服务", "清洁家园", DAY, time(9), datetime(2026, 3, 7, 11))  # noqa: DTZ001
    for epoch1904 in (False, True):
        report = bring("activity_log", xlsx_of(HEADER, row, epoch1904=epoch1904), name="log.xlsx")
        assert counts(report) == {"unchanged" if epoch1904 else "created": 1}
    assert (only_entry().starts_at, only_entry().ends_at) == (NINE, ELEVEN)


def test_a_header_of_two_rows_with_merged_cells() -> None:
    rows = [
        ("人员信息", None, "活动", None, "时间", None, None),
        ("姓名", "手机", "活动类型", "活动名称", "日期", "开始时间", "结束时间"),
        ("张伟", "13800001234", "志愿服务", "清洁家园", "2026-03-07", "09:00", "11:00"),
    ]
    assert counts(bring("activity_log", xlsx_of(*rows), name="log.xlsx")) == {"created": 1}


def xls_of(*rows: Sequence[object]) -> bytes:
    """Rows as an .xls file."""
    book = xlwt.Workbook()
    page = book.add_sheet("活动")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            page.write(number, column, value)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def ods_of(*rows: Sequence[object]) -> bytes:
    """Rows as an .ods file."""
    book = OpenDocumentSpreadsheet()
    table = Table(name="活动")
    for row in rows:
        line = TableRow()
        for value in row:
            box = TableCell(valuetype="string")
            box.addElement(P(text=str(value)))
            line.addElement(box)
        table.addElement(line)
    book.spreadsheet.addElement(table)
    data = io.BytesIO()
    book.write(data)
    return data.getvalue()


FILES: dict[str, Callable[..., bytes]] = {
    "log.xlsx": xlsx_of,
    "log.xls": xls_of,
    "log.ods": ods_of,
    "utf8.csv": csv_of,
    "gbk.csv": lambda *rows: csv_of(*rows, encoding="gbk"),
    "bom.csv": lambda *rows: csv_of(*rows, encoding="utf-8-sig"),
    "utf16.txt": lambda *rows: csv_of(*rows, encoding="utf-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_brings_the_same_entry(name: str) -> None:
    row = ("张伟", "13800001234", "志愿服务", "清洁家园", "2026-03-07", "09:00", "11:00")
    report = bring("activity_log", FILES[name](HEADER, row), name=name)

    assert counts(report) == {"created": 1}
    assert (only_entry().title, only_entry().starts_at) == ("清洁家园", NINE)


def test_a_formula_in_a_used_column_is_a_fault_and_in_another_one_is_not() -> None:
    rows: list[Sequence[Cell]] = [
        ("序号", *HEADER),
        ("=ROW()-1", "张伟", "13800001234", "志愿服务", "清洁家园", "2026-03-07", "09:00", "11:00"),
        (2, "张伟", "13800001234", "志愿服务", "清洁家园", "2026-03-08", "09:00", "=G3+2"),
    ]
    report = bring("activity_log", xlsx_of(*rows), name="log.xlsx", skip_errors=True)

    assert faults(report) == [(3, "结束时间", "formula_cell")]
    assert counts(report) == {"created": 1, "error": 1}


def test_titles_that_staff_mapped_are_remembered_for_the_area_and_below() -> None:
    rows = [
        ("靓仔", "手机", "活动类型", "日期", "几点", "到几点"),
        ("张伟", "13800001234", "会议", DAY, "9:00", "11:00"),
    ]
    with pytest.raises(Problem) as caught:
        bring("activity_log", csv_of(*rows))
    assert caught.value.code == "missing_columns"
    with unit_of_work(drain=False) as session:
        area = find_area(session, HAPPY)
        assert area is not None
        remember(session, area, "activity_log", {"靓 仔": "name", "几点": "start", "到几点": "end"}, SYSTEM)

    assert counts(bring("activity_log", csv_of(*rows), code=f"{HAPPY}001")) == {"created": 1}
    assert counts(bring("activity_log", csv_of(*rows))) == {"created": 1}


def test_a_roster_of_another_locality() -> None:
    rows = [
        ("城东街道幸福社区党员基本信息表",),
        ("填报单位：", "", "", "2026年3月"),
        ("No.", "党员姓名", "公民身份号码", "本人手机", "所属网格", "说明"),
        (1, "古丽娜尔.买买提", id_number(27).lower(), "+86 139 0000 0001", "一号网格", "/"),
        (2, "欧阳 娜 娜", id_number(34), "0991-1234567", "网格2", "—"),
        ("", "小计", 2),
    ]
    report = people(*rows)

    assert (counts(report), report.outcome.new_areas) == ({"created": 2}, ["网格2"])
    with read_scope() as session:
        assert set(session.scalars(select(Person.name))) == {"张伟", "古丽娜尔·买买提", "欧阳娜娜"}
