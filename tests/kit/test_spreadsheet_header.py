import pytest

from pointsys.kit.spreadsheet import (
    ColumnSpec,
    Row,
    cell,
    data_rows,
    find_header,
    header_at,
    is_signature_row,
    is_total_row,
    normalise_title,
    title_unit,
)

COLUMNS = [
    ColumnSpec("name", ("姓名", "志愿者姓名"), required=True),
    ColumnSpec("phone", ("手机号码", "联系电话", "电话")),
    ColumnSpec("start", ("开始时间", "时间开始")),
    ColumnSpec("end", ("结束时间", "时间结束")),
    ColumnSpec("hours", ("时长", "服务时长")),
    ColumnSpec("minutes", ("时长(分钟)",)),
]


@pytest.mark.parametrize(
    "title",
    [
        "联系电话",
        " 联 系 电 话 ",
        "*联系电话",
        "联系电话：",
        "联系电话（必填）",
        "联系\n电话",
        "联系电话(手机)*",
    ],
)
def test_a_title_is_known_however_it_is_decorated(title: str) -> None:
    rows: list[Row] = [["姓名", title], ["张三", "138"]]
    header = find_header(rows, COLUMNS)
    assert header is not None
    assert header.mapping == {"name": 0, "phone": 1}


def test_the_header_is_found_below_titles_and_reports_what_it_does_not_know() -> None:
    rows: list[Row] = [
        ["幸福社区2026年花名册", "", "", ""],
        [],
        ["填报单位:幸福社区", "", "电话", "0991-1234567"],
        ["序号", "姓名", "政治面貌", "电话"],
        [1.0, "张三", "群众", "138"],
    ]
    header = find_header(rows, COLUMNS)
    assert header is not None
    assert (header.row_index, header.mapping) == (3, {"name": 1, "phone": 3})
    assert header.unmapped == ((0, "序号"), (2, "政治面貌"))
    assert header.missing == ()


def test_a_missing_required_column_is_named_and_no_header_is_no_guess() -> None:
    header = find_header([["电话", "开始时间"]], COLUMNS)
    assert header is not None
    assert header.missing == ("name",)
    assert find_header([["a", "b"], ["张三", "138"]], COLUMNS) is None
    assert find_header([], COLUMNS) is None
    assert find_header([["姓名"], ["张三"]], COLUMNS) is not None
    assert find_header([["姓名", "别的"], ["张三", "x"]], COLUMNS) is None
    assert header_at([["姓名", "别的"]], 0, COLUMNS).unmapped == ((1, "别的"),)


def test_a_unit_in_brackets_tells_two_columns_apart() -> None:
    header = find_header([["姓名", "时长（分钟）"]], COLUMNS)
    assert header is not None
    assert header.mapping == {"name": 0, "minutes": 1}
    header = find_header([["姓名", "服务时长(小时)"]], COLUMNS)
    assert header is not None
    assert header.mapping == {"name": 0, "hours": 1}
    assert header.titles["hours"] == "服务时长(小时)"
    assert title_unit("时长（分钟）") == "minute"
    assert title_unit("服务时长") == "hour"
    assert title_unit("姓名") is None


def test_what_the_user_mapped_before_wins_and_what_he_dropped_stays_dropped() -> None:
    rows: list[Row] = [["姓名", "号码", "电话", "错误原因"]]
    header = find_header(
        rows, COLUMNS, remembered={normalise_title("号码"): "phone", "电话": ""}, ignore=("错误原因",)
    )
    assert header is not None
    assert header.mapping == {"name": 0, "phone": 1}
    assert header.unmapped == ()


def test_a_second_column_with_the_same_meaning_is_left_to_the_user() -> None:
    header = find_header([["姓名", "电话", "联系电话"]], COLUMNS)
    assert header is not None
    assert header.mapping["phone"] == 1
    assert header.unmapped == ((2, "联系电话"),)


def test_a_header_of_two_merged_rows_is_joined() -> None:
    rows: list[Row] = [
        ["三月活动", "", "", "", ""],
        ["姓名", "电话", "时间", "", "备注"],
        ["", "", "开始", "结束", ""],
        ["张三", "138", "9:00", "10:00", ""],
    ]
    header = find_header(rows, COLUMNS)
    assert header is not None
    assert header.mapping == {"name": 0, "phone": 1, "start": 2, "end": 3}
    assert (header.row_index, header.header_rows) == (2, (1, 2))
    assert [number for number, _ in data_rows(rows, header)] == [4]


def test_a_data_row_is_not_taken_for_a_second_header_row() -> None:
    rows: list[Row] = [["姓名", "电话", ""], ["张三", "无", "党员"], ["李四", "无", "群众"]]
    header = find_header(rows, COLUMNS)
    assert header is not None
    assert header.row_index == 0
    assert len(list(data_rows(rows, header))) == 2


@pytest.mark.parametrize(
    ("row", "total"),
    [
        (["", "合计", 304.0], True),
        (["合 计", ""], True),
        (["总计：304人"], True),
        ([1.0, "小计", 12.5], True),
        (["本页合计", 3], True),
        (["共计", 3], True),
        ([1.0, "张三", "合计"], False),
        ([1.0, "合计强", "138"], False),
        ([], False),
    ],
)
def test_total_rows_are_known_by_their_first_words(row: Row, total: bool) -> None:
    assert is_total_row(row) is total


def test_blank_repeated_header_and_signature_rows_are_no_data() -> None:
    rows: list[Row] = [
        ["姓名", "电话", "备注"],
        ["张三", "138", ""],
        ["", "　", None],
        ["姓 名", "电话", "备注"],
        ["李四", "139", "合计"],
        ["合计", 2.0, ""],
        ["填表人：王五", "", "审核人：赵六"],
        ["备注：外出人员未列入", "", ""],
        ["王五", "", ""],
    ]
    header = find_header(rows, COLUMNS)
    assert header is not None
    assert [number for number, _ in data_rows(rows, header)] == [2, 5, 9]
    assert is_signature_row(rows[6])


def test_a_cell_beyond_the_end_of_its_row_is_blank() -> None:
    row: Row = ["a"]
    assert (cell(row, 0), cell(row, 5), cell(row, None)) == ("a", None, None)
