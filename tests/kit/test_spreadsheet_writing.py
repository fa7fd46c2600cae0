import csv
import io
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pointsys.kit.spreadsheet import (
    ColumnSpec,
    OutColumn,
    OutSheet,
    Row,
    data_rows,
    find_header,
    gate,
    read_rows,
    write_csv,
    write_errors,
    write_template,
    write_workbook,
    write_xlsx,
)

COLUMNS = [
    OutColumn("姓名"),
    OutColumn("身份证号", width=22),
    OutColumn("积分", "number"),
    OutColumn("日期", "date"),
]
HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "+86 138",
    "-5",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1",
    "https://x.cn",
    "{=1}",
]


def cells(target: io.BytesIO, sheet: int = 0) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
    return list(book.worksheets[sheet].iter_rows())


def test_s51_texts_stay_texts_and_numbers_stay_numbers_in_xlsx() -> None:
    target = io.BytesIO()
    day = date(2026, 3, 7)
    write_xlsx(target, COLUMNS, [[text, "990101199003070015", -5, day] for text in HOSTILE], heading="花名册")
    heading, header, *rows = cells(target)
    assert heading[0].value == "花名册"
    assert [item.value for item in header] == ["姓名", "身份证号", "积分", "日期"]
    for text, row in zip(HOSTILE, rows, strict=True):
        assert row[0].data_type == "s"
        assert row[0].hyperlink is None
        assert str(row[0].value).replace("_x000D_", "\r") == text
        assert (row[1].value, row[1].number_format) == ("990101199003070015", "@")
        assert (row[2].value, row[2].data_type) == (-5, "n")
        assert row[3].value == datetime.combine(day, time())
    assert read_rows(target.getvalue(), "a.xlsx").formulas == frozenset()


def test_long_and_decimal_values_are_kept_as_far_as_excel_can() -> None:
    target = io.BytesIO()
    write_xlsx(target, COLUMNS[:2], [["长" * 40_000, Decimal("12.50")], [None, ""]])
    row = cells(target)[1]
    assert row[0].value == "长" * 32_767
    assert row[1].value == 12.5


def test_a_number_that_excel_cannot_hold_becomes_the_text_that_it_was() -> None:
    file = io.BytesIO()
    rows: Any = [[float("inf")], [float("nan")], [Decimal("-Infinity")], [Decimal("NaN")], [10**400], [1e300]]
    write_workbook(file, [OutSheet("s", [OutColumn("n")], rows)])
    sheet = openpyxl.load_workbook(io.BytesIO(file.getvalue())).active
    assert sheet is not None
    told = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert told == ["inf", "nan", "-Infinity", "NaN", str(10**400), 1e300]


def test_s51_texts_are_made_inert_and_numbers_stay_numbers_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, COLUMNS, [[text, -5, Decimal("-5.00"), date(2026, 3, 7)] for text in [*HOSTILE, None]])
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header == ["姓名", "身份证号", "积分", "日期"]
    assert [row[0] for row in rows] == ["'" + text if text[0] in "=+-@\t\r" else text for text in HOSTILE] + [
        ""
    ]
    assert {tuple(row[1:]) for row in rows} == {("-5", "-5.00", "2026-03-07")}


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20), min_size=1))
def test_s51_no_text_in_a_csv_starts_like_a_formula(texts: list[str]) -> None:
    target = io.BytesIO()
    write_csv(target, [OutColumn("x"), OutColumn("y")], [[text, "end"] for text in texts])
    rows = list(csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig"), newline="")))[1:]
    assert not any(row[0][:1] in ("=", "+", "-", "@") for row in rows if row[0])
    assert [
        row[0].removeprefix("'") if text[:1] in tuple("=+-@") else row[0]
        for row, text in zip(rows, texts, strict=True)
    ] == texts


def test_our_own_csv_is_read_back_as_it_was() -> None:
    target = io.BytesIO()
    write_csv(target, COLUMNS[:2], [[text, "x"] for text in HOSTILE])
    found = read_rows(target.getvalue(), "a.csv").rows[1:]
    assert [row[0] for row in found] == HOSTILE


def test_a_template_has_text_columns_lists_and_examples_and_is_an_empty_table() -> None:
    target = io.BytesIO()
    many = tuple(f"第{number}网格" for number in range(80))
    columns = [
        OutColumn("姓名", examples=("张三", "李四"), hint="身份证上的姓名"),
        OutColumn("身份证号", examples=("990101199003070015",)),
        OutColumn("性别", choices=("男", "女"), examples=("男",)),
        OutColumn("所在网格", choices=many),
    ]
    write_template(target, columns, sheet="填写", examples_sheet="示例", choices_sheet="选项")
    book = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
    assert book.sheetnames == ["填写", "示例", "选项"]
    # openpyxl puts neighbours of one format under the first of them.
    text_columns = book["填写"].column_dimensions["A"]
    assert (text_columns.number_format, text_columns.min, text_columns.max) == ("@", 1, 4)
    rules = {str(rule.sqref)[:1]: rule for rule in book["填写"].data_validations.dataValidation}
    assert rules["A"].prompt == "身份证上的姓名"
    assert rules["C"].formula1 == '"男,女"'
    assert rules["D"].formula1 == "'选项'!$B$2:$B$81"
    assert book["选项"]["B81"].value == "第79网格"
    assert book["示例"]["B2"].value == "990101199003070015"
    found = read_rows(target.getvalue(), "a.xlsx")
    assert (found.sheet, found.rows) == ("填写", [["姓名", "身份证号", "性别", "所在网格"]])


ORIGINAL: list[Row] = [
    ["花名册", "", ""],
    ["姓名", "身份证号", "日期"],
    ["张三", "990101199003070015", date(2026, 3, 7)],
    ["李四", "99010119900307001", -5.0],
    ["王五", "=1+1", time(8, 30)],
]


def test_an_error_file_is_the_users_own_rows_with_a_reason_and_can_be_read_again() -> None:
    target = io.BytesIO()
    write_errors(
        target, ORIGINAL, 1, {4: ["身份证号少一位", "日期不对"], 5: ["公式"]}, reason_title="错误原因"
    )
    assert gate(target.getvalue(), "a.xlsx")
    found = read_rows(target.getvalue(), "a.xlsx")
    assert found.formulas == frozenset()
    assert [row[:3] for row in found.rows] == ORIGINAL
    assert [row[3] for row in found.rows] == ["", "错误原因", "", "身份证号少一位；日期不对", "公式"]


def test_an_error_file_can_leave_the_good_rows_out_and_reuses_its_column() -> None:
    target = io.BytesIO()
    write_errors(target, ORIGINAL, 1, {4: ["少一位"]}, reason_title="错误原因", only_errors=True)
    first = read_rows(target.getvalue(), "a.xlsx")
    assert [row[0] for row in first.rows] == ["花名册", "姓名", "李四"]
    target = io.BytesIO()
    write_errors(target, first.rows, 1, {3: ["还是不对"]}, reason_title="错误原因")
    second = read_rows(target.getvalue(), "a.xlsx")
    assert second.rows[1] == ["姓名", "身份证号", "日期", "错误原因"]
    assert second.rows[2][3] == "还是不对"
    header = find_header(
        second.rows, [ColumnSpec("n", ("姓名",)), ColumnSpec("d", ("日期",))], ignore=("错误原因",)
    )
    assert header is not None
    assert header.unmapped == ((1, "身份证号"),)
    assert [number for number, _ in data_rows(second.rows, header)] == [3]


def test_a_corrected_row_loses_its_old_reason() -> None:
    target = io.BytesIO()
    rows: list[Row] = [["姓名", "错误原因"], ["张三", "旧的"], ["李四", "旧的"]]
    write_errors(target, rows, 0, {3: ["新的"]}, reason_title="错误原因")
    found = read_rows(target.getvalue(), "a.xlsx").rows
    assert [row[1] for row in found] == ["错误原因", "", "新的"]


@pytest.mark.parametrize("name", ["write_xlsx", "write_template"])
def test_writers_take_a_path_as_well(tmp_path: Path, name: str) -> None:
    path = tmp_path / "out.xlsx"
    if name == "write_xlsx":
        write_xlsx(path, COLUMNS, [["张三"]])
    else:
        write_template(path, COLUMNS, sheet="a", examples_sheet="b", choices_sheet="c")
    assert read_rows(path, path.name).rows[0][0] == "姓名"


def test_several_tables_become_sheets_with_lines_above_and_below() -> None:
    target = io.BytesIO()
    columns = [OutColumn("区域"), OutColumn("人次", "number")]
    write_workbook(
        target,
        [
            OutSheet("概览", columns, [["第1网格", 3]], above=("月报", "截至七月"), below=("制表人：",)),
            OutSheet("概览", columns, []),
        ],
    )
    book = openpyxl.load_workbook(io.BytesIO(target.getvalue()))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]

    assert rows == [
        ["月报", None],
        ["截至七月", None],
        ["区域", "人次"],
        ["第1网格", 3],
        [None, None],
        ["制表人：", None],
    ]
    assert book.sheetnames == ["概览", "概览 2"]
    assert book.worksheets[0].freeze_panes == "A4"


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
@example(["x" * 30 + "'s", "X" * 31, "''", "[]"])
def test_any_title_becomes_a_sheet_name_that_excel_takes(names: list[str]) -> None:
    target = io.BytesIO()
    write_workbook(target, [OutSheet(name, [OutColumn("x")], []) for name in names])
    made = openpyxl.load_workbook(io.BytesIO(target.getvalue())).sheetnames

    assert len({name.casefold() for name in made}) == len(names)
    assert not any(name.startswith("'") or name.endswith("'") for name in made)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in made)
