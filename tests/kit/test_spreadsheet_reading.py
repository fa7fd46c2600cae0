import io
import json
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import (
    COMMAND_LINE,
    ColumnSpec,
    Kind,
    data_rows,
    find_header,
    parse_date,
    read_in_subprocess,
    read_rows,
    read_text,
)
from tests.kit.workbooks import from_rows, ods, ods_text, packed, parts, xlsx

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))

LOG_COLUMNS = [
    ColumnSpec("date", ("日期",)),
    ColumnSpec("name", ("姓名",), required=True),
    ColumnSpec("phone", ("手机号码", "联系电话", "电话")),
    ColumnSpec("kind", ("活动类型",)),
    ColumnSpec("start", ("开始时间",)),
    ColumnSpec("end", ("结束时间",)),
    ColumnSpec("hours", ("时长",)),
]


def test_the_roster_sample_has_304_rows_below_its_titles_and_above_its_total() -> None:
    book = read_rows(SAMPLES / "people.xlsx", "people.xlsx")
    header = find_header(book.rows, [ColumnSpec("name", ("姓名",)), ColumnSpec("id", ("身份证号",))])
    assert header is not None
    assert (book.sheet, header.row_index) == ("花名册", 2)
    rows = list(data_rows(book.rows, header))
    people = EXPECTED["people"]
    assert len(rows) == people["created"] + people["error"] + people["duplicate"]
    assert rows[0][0] == 4
    assert (6, "备注") not in header.unmapped
    assert (8, "备注") in header.unmapped


@pytest.mark.parametrize(
    ("filename", "entries"),
    [
        (
            "activity-log.xlsx",
            sum(EXPECTED["activity_log"][key] for key in ("entries", "errors", "duplicates")),
        ),
        ("activity-log-gbk.csv", EXPECTED["csv"]["entries"]),
    ],
)
def test_the_activity_samples_have_the_expected_rows(filename: str, entries: int) -> None:
    book = read_rows(SAMPLES / filename, filename)
    header = find_header(book.rows, LOG_COLUMNS)
    assert header is not None
    assert header.missing == ()
    assert len(list(data_rows(book.rows, header))) == entries


def test_a_child_process_reads_the_samples_as_this_process_does() -> None:
    for filename in ("people.xlsx", "activity-log.xlsx", "activity-log-gbk.csv"):
        path = SAMPLES / filename
        assert read_in_subprocess(path, filename) == read_rows(path, filename)


def formatted(**options: object) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as book:
        page = book.add_worksheet()
        for column, (value, code) in enumerate(
            [
                (date(1988, 5, 1), "yyyy-mm-dd"),
                (datetime.combine(date(2026, 3, 7), clock(9, 15)), 'yyyy"年"m"月"d"日" hh:mm'),
                (clock(8, 30), "hh:mm"),
                (timedelta(hours=30), "[h]:mm"),
            ]
        ):
            page.write_datetime(0, column, value, book.add_format({"num_format": code}))
        page.write_number(0, 4, 13800001234)
        page.write_boolean(0, 5, True)
        page.write_string(0, 6, "文字")
    return target.getvalue()


@pytest.mark.parametrize("options", [{}, {"date_1904": True}])
def test_cells_come_as_python_values_in_both_date_systems(options: dict[str, object]) -> None:
    data = formatted(**options)
    expected = [
        date(1988, 5, 1),
        datetime.combine(date(2026, 3, 7), clock(9, 15)),
        clock(8, 30),
        timedelta(hours=30),
        13800001234,
        True,
        "文字",
    ]
    assert read_rows(data, "a.xlsx").rows == [expected]
    assert read_in_subprocess(data, "a.xlsx").rows == [expected]


def test_a_serial_number_without_date_format_means_what_the_workbooks_date_system_says() -> None:
    # 1 May 1988 is day 32264 counted from 1900, and 1462 less counted from 1904.
    for number, options in ((32264, {}), (30802, {"date_1904": True})):
        book = read_rows(xlsx([["生日"], [number]], **options), "a.xlsx")
        assert parse_date(book.rows[1][0], date1904=book.date1904) == date(1988, 5, 1)


def test_s51_formula_cells_of_an_xlsx_are_told_by_place() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", "时长"])
        page.write_row(1, 0, ["张三", 2])
        page.write_formula(2, 1, "=B2+1", None, 3)
        page.write_formula(3, 27, "=1+1", None, 2)
        page.write_string(4, 0, "=1+1")
    found = read_rows(target.getvalue(), "a.xlsx")
    assert found.formulas == {(3, 1), (4, 27)}
    assert found.rows[4][0] == "=1+1"
    assert found.rows[2][1] == 3


def test_formula_cells_without_references_and_with_prefixes_are_told_too() -> None:
    rows = "<row><c><v>1</v></c><c><f>1+1</f><v>2</v></c></row><row><c><f/></c></row>"
    assert read_rows(from_rows(rows), "a.xlsx").formulas == {(1, 1), (2, 0)}
    content = parts()
    sheet = "xl/worksheets/sheet1.xml"
    content[sheet] = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>'
        '<x:row r="900"><x:c r="A900"><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    book = read_rows(packed({**content}), "a.xlsx")
    assert book.formulas == {(1, 0)}
    assert book.rows == [[2]]


@given(st.sets(st.tuples(st.integers(1, 40), st.integers(0, 30)), min_size=1), st.integers(1, 5))
def test_s51_no_formula_cell_is_missed_or_invented(places: set[tuple[int, int]], shift: int) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for row in range(40):
            page.write_string(row, shift, f"<f>{row}")
        for row, column in places:
            page.write_formula(row - 1, column, "=1+1", None, 2)
    assert read_rows(target.getvalue(), "a.xlsx").formulas == places


def test_an_xls_workbook_is_read_with_its_formulas_and_its_date_system() -> None:
    for date1904, serial in ((False, 32264), (True, 30802)):
        book = xlwt.Workbook(encoding="utf-8")
        book.dates_1904 = date1904
        other = book.add_sheet("空表")
        other.visibility = 1
        page = book.add_sheet("花名册")
        style = xlwt.easyxf(num_format_str="yyyy-mm-dd")
        for column, value in enumerate(("姓名", "生日", "时长")):
            page.write(0, column, value)
        page.write(1, 0, "张三")
        page.write(1, 1, serial, style)
        page.write(1, 2, xlwt.Formula("1+1"))
        for row in range(2, 60):
            page.write(row, 0, f"李四{row}" * 30)
        target = io.BytesIO()
        book.save(target)
        found = read_rows(target.getvalue(), "花名册.xls")
        assert (found.kind, found.sheets, found.sheet) == (Kind.XLS, ("花名册",), "花名册")
        assert found.formulas == {(2, 2)}
        assert found.date1904 is date1904
        assert parse_date(found.rows[1][1], date1904=found.date1904) == date(1988, 5, 1)
        assert len(found.rows) == 60


def test_an_opendocument_sheet_is_read_with_its_formulas() -> None:
    day = '<table:table-cell office:value-type="date" office:date-value="2026-03-07"/>'
    sums = (
        '<table:table-cell office:value-type="float" office:value="3" table:formula="of:=1+2">'
        "<text:p>3</text:p></table:table-cell>"
    )
    blank = '<table:table-cell table:number-columns-repeated="2"/>'
    rows = (
        f"<table:table-row>{ods_text('姓名')}{blank}{ods_text('日期')}</table:table-row>"
        f"<table:table-row>{ods_text('张三')}{blank}{day}{sums}</table:table-row>"
    )
    book = read_rows(ods(rows), "a.ods")
    assert book.rows[1] == ["张三", "", "", date(2026, 3, 7), 3]
    assert book.formulas == {(2, 4)}


def test_the_first_filled_visible_sheet_is_read_unless_one_is_named() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("说明")
        hidden = book.add_worksheet("选项")
        hidden.write_string(0, 0, "藏")
        hidden.hide()
        book.add_worksheet("三月").write_string(0, 0, "三")
        book.add_worksheet("四月").write_string(0, 0, "四")
    data = target.getvalue()
    found = read_rows(data, "a.xlsx")
    assert (found.sheets, found.sheet, found.rows) == (("说明", "三月", "四月"), "三月", [["三"]])
    assert read_rows(data, "a.xlsx", sheet="四月").rows == [["四"]]
    for sheet, code in (("五月", "unknown_sheet"), ("说明", "empty_workbook"), ("选项", "unknown_sheet")):
        with pytest.raises(Problem) as caught:
            read_rows(data, "a.xlsx", sheet=sheet)
        assert caught.value.code == code


def test_a_hundred_thousand_rows_are_read_whole() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for row in range(100_000):
            page.write_number(row, 0, row)
            page.write_string(row, 1, "志愿服务")
    found = read_rows(target.getvalue(), "a.xlsx", COMMAND_LINE)
    assert len(found.rows) == 100_000
    assert found.rows[-1] == [99_999, "志愿服务"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_text_file_is_read_in_its_own_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    lines = [["活动记录", "", ""], ["姓名", "电话", "备注"], ["𠅤明", "138", f"一{delimiter}二"]]
    text = "\r\n".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in line) for line in lines)
    assert read_rows(text.encode(encoding), "a.csv").rows == lines


def test_a_text_file_in_no_known_encoding_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        read_rows(b"\x81\x20\xff\xfe\xfa,", "a.csv")
    assert caught.value.code == "bad_encoding"


def test_marks_that_keep_numbers_as_text_are_taken_off() -> None:
    assert read_rows(b"=\"00138\",'+86,'tis,'=1+1\n", "a.csv").rows == [["00138", "+86", "'tis", "=1+1"]]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("姓名\t电话\n张三\t138\n", [["姓名", "电话"], ["张三", "138"]]),
        ("姓名,电话\n张三,138", [["姓名", "电话"], ["张三", "138"]]),
        ("姓名  电话\n张三　138", [["姓名", "电话"], ["张三", "138"]]),
        ("\n\n张三\n李四\n\n", [[], [], ["张三"], ["李四"]]),
    ],
)
def test_pasted_cells_become_rows(text: str, rows: list[list[str]]) -> None:
    assert read_text(text).rows == rows


@pytest.mark.parametrize(("data", "filename"), [(b" \n", "a.csv"), (xlsx([]), "a.xlsx"), (ods(""), "a.ods")])
def test_an_empty_file_is_refused(data: bytes, filename: str) -> None:
    with pytest.raises(Problem) as caught:
        read_rows(data, filename)
    assert caught.value.code == "empty_workbook"


def test_an_empty_paste_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        read_text(" \n ")
    assert caught.value.code == "empty_workbook"


@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=8),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_xlsxwriter_writes_is_what_is_read(rows: list[list[str]]) -> None:
    width = max(map(len, rows))
    found = read_rows(
        xlsx(rows, strings_to_formulas=False, strings_to_urls=False, strings_to_numbers=False), "a.xlsx"
    )
    expected = [[*row, *[""] * (width - len(row))] for row in rows]
    while expected and all(not str(value).strip() for value in expected[-1]):
        expected.pop()
    assert [[*row] for row in found.rows] == expected or not expected
