from datetime import date, datetime, time, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import (
    CellValue,
    is_blank,
    parse_bool,
    parse_date,
    parse_hours,
    parse_name,
    parse_sex,
    parse_text,
    parse_time,
    parse_time_range,
)

DAY = date(2026, 3, 7)
MOMENT = datetime.combine(date(2026, 4, 3), time(9))


@pytest.mark.parametrize(
    "typed",
    [
        "2026-03-07",
        "2026/3/7",
        "2026.3.7",
        "2026年3月7日",
        "2026 年 3 月 7 日",
        "2026年3月7号",
        "20260307",
        "２０２６－０３－０７",
        "　2026-3-7 ",
        "2026-03-07 00:00:00",
        "2026年3月7日(周六)",
        "2026-03-07 星期六",
        "2026-03-07 09:30",
        20260307,
        20260307.0,
        46088,
        46088.375,
        "46088",
        DAY,
        datetime.combine(DAY, time(9, 30)),
    ],
)
def test_a_day_is_read_in_every_usual_form(typed: CellValue) -> None:
    assert parse_date(typed) == DAY


@pytest.mark.parametrize(
    "typed",
    ["", None, "2026.2.30", "2024.2.30", "2026-13-01", "26-3-7", "26.3.7", "3/7/2026", "3月7日", "昨天",
     2026, 2026.3, 0, -5, 1e12, float("nan"), float("inf"), True, "20261301", "9999-01-01", "1700-01-01", time(9)],
)  # fmt: skip
def test_what_is_no_day_is_refused_with_an_example(typed: CellValue) -> None:
    with pytest.raises(Problem) as caught:
        parse_date(typed)
    assert caught.value.code == "bad_date"
    assert "2026-03-07" in str(caught.value)


def test_a_day_without_year_needs_a_year_given() -> None:
    assert parse_date("3月7日", default_year=2026) == DAY
    with pytest.raises(Problem):
        parse_date("2月30日", default_year=2026)


@given(st.dates(date(1904, 1, 2), date(2100, 12, 31)))
def test_every_day_survives_every_form_and_both_date_systems(day: date) -> None:
    texts = (f"{day}", f"{day:%Y/%m/%d}", f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}")
    assert {parse_date(text) for text in texts} == {day}
    serial = (day - date(1899, 12, 30)).days
    if serial > 2100:
        assert parse_date(float(serial)) == day
    serial = (day - date(1904, 1, 1)).days
    if not 1900 <= serial <= 2100:
        assert parse_date(serial, date1904=True) == day


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("08:30", time(8, 30)),
        ("8:30:15", time(8, 30, 15)),
        ("8：30", time(8, 30)),
        ("８：３０", time(8, 30)),
        ("8点30", time(8, 30)),
        ("8点30分", time(8, 30)),
        ("8时30分", time(8, 30)),
        ("8点", time(8)),
        ("8点半", time(8, 30)),
        ("上午9:00", time(9)),
        ("下午2:30", time(14, 30)),
        ("下午14:30", time(14, 30)),
        ("中午12:00", time(12)),
        ("中午1点", time(13)),
        ("晚上7点", time(19)),
        ("凌晨12:30", time(0, 30)),
        ("2:30 PM", time(14, 30)),
        ("12:30 am", time(0, 30)),
        ("0830", time(8, 30)),
        (0.375, time(9)),
        (0.354166666666667, time(8, 30)),
        (0.0, time(0)),
        (time(9, 5), time(9, 5)),
        (timedelta(hours=9), time(9)),
        (MOMENT, MOMENT),
        (46115.375, MOMENT),
        ("2026-04-03 09:00", MOMENT),
        ("2026/4/3 9:00", MOMENT),
        ("2026年4月3日 9时", MOMENT),
        ("2026-04-03T09:00:00", MOMENT),
        ("2026/4/3（周五）上午9:00", MOMENT),
    ],
)
def test_a_time_is_read_in_every_usual_form(typed: CellValue, expected: time | datetime) -> None:
    assert parse_time(typed) == expected


@pytest.mark.parametrize(
    "typed",
    ["", None, "24:00", "25:00", "8:60", "8", "8:", 9, 9.0, -0.5, 1e9, True, "早上", "2026-02-30 09:00",
     "2026-04-03", date(2026, 4, 3), 46115.0, timedelta(hours=24), datetime.combine(date(1900, 1, 1), time(1))],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_an_example(typed: CellValue) -> None:
    with pytest.raises(Problem) as caught:
        parse_time(typed)
    assert caught.value.code == "bad_time"
    assert "08:30" in str(caught.value)


@given(st.times())
def test_every_time_survives_as_text_and_as_a_fraction_of_a_day(moment: time) -> None:
    moment = moment.replace(microsecond=0)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    assert parse_time(f"{moment:%H:%M:%S}") == moment
    assert parse_time(seconds / 86400) == moment
    assert parse_time(46088 + seconds / 86400) == datetime.combine(DAY, moment) if seconds else True


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("09:00-11:00", time(9), time(11)),
        ("9:00～11:30", time(9), time(11, 30)),
        ("9：00 — 11：30", time(9), time(11, 30)),
        ("9:00——11:30", time(9), time(11, 30)),
        ("上午9:00至11:00", time(9), time(11)),
        ("下午2:00-4:00", time(14), time(16)),
        ("上午9点到下午2点", time(9), time(14)),
        ("22:00-01:00", time(22), time(1)),
    ],
)
def test_a_span_of_time_is_read(typed: str, start: time, end: time) -> None:
    assert parse_time_range(typed) == (start, end)


@pytest.mark.parametrize("typed", ["", "09:00", "09:00-", "09:00-10:00-11:00", "a-b", None, 0.5])
def test_what_is_no_span_of_time_is_refused(typed: CellValue) -> None:
    with pytest.raises(Problem) as caught:
        parse_time_range(typed)
    assert caught.value.code == "bad_time"


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("1.5", 90),
        (1.5, 90),
        (2, 120),
        (0, 0),
        ("１．５", 90),
        ("1.5小时", 90),
        ("1.5个小时", 90),
        ("90分钟", 90),
        ("90分", 90),
        ("1小时30分", 90),
        ("1小时30分钟", 90),
        ("1个半小时", 90),
        ("一个半小时", 90),
        ("1小时半", 90),
        ("半小时", 30),
        ("半个小时", 30),
        ("两小时", 120),
        ("1.5h", 90),
        ("90min", 90),
        ("1:30", 90),
        (time(1, 30), 90),
        (timedelta(hours=30), 1800),
        (1.1, 66),
        (0.33, 20),
        (1.675, 101),
    ],
)
def test_a_length_of_time_is_read_in_every_usual_form(typed: CellValue, minutes: int) -> None:
    assert parse_hours(typed) == minutes


def test_a_bare_number_in_a_column_of_minutes_is_minutes() -> None:
    assert parse_hours(90, unit="minute") == 90
    assert parse_hours("90", unit="minute") == 90
    assert parse_hours("1小时", unit="minute") == 60


@pytest.mark.parametrize(
    "typed",
    ["", None, "无", "-1", -1, "很久", "1小时小时", True, float("nan"), 1e9, "半", timedelta(hours=-1)],
)
def test_what_is_no_length_of_time_is_refused(typed: CellValue) -> None:
    with pytest.raises(Problem) as caught:
        parse_hours(typed)
    assert caught.value.code == "bad_hours"


@given(st.integers(0, 2400))
def test_hours_in_hundredths_are_rounded_half_up_whether_text_or_number(hundredths: int) -> None:
    exact = Fraction(hundredths * 60, 100)
    expected = int(exact + Fraction(1, 2))
    assert parse_hours(hundredths / 100) == expected
    assert parse_hours(f"{hundredths // 100}.{hundredths % 100:02d}") == expected


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (13800001234.0, "13800001234"),
        (1.5, "1.5"),
        ("　第8网格 ", "第8网格"),
        ("清洁家园（第一期）", "清洁家园（第一期）"),
        (DAY, "2026-03-07"),
        (MOMENT, "2026-04-03 09:00"),
        (time(8, 30), "08:30"),
        (None, ""),
    ],
)
def test_text_is_what_the_cell_shows(typed: CellValue, text: str) -> None:
    assert parse_text(typed) == text


def test_names_are_normalised_and_what_is_none_is_refused() -> None:
    assert parse_name("赖　佳玲") == "赖佳玲"
    for typed in ("", None, "138", 138.0, "？", "张" * 61):
        with pytest.raises(Problem) as caught:
            parse_name(typed)
        assert caught.value.code == "bad_name"


@pytest.mark.parametrize("typed", ["是", "√", "✓", "1", 1.0, "有", "Y", True])
def test_yes_is_read(typed: CellValue) -> None:
    assert parse_bool(typed) is True


@pytest.mark.parametrize("typed", ["否", "×", "x", "Ｘ", "0", 0, "没有", False])
def test_no_is_read(typed: CellValue) -> None:
    assert parse_bool(typed) is False


def test_neither_yes_nor_no_and_neither_man_nor_woman_are_refused() -> None:
    with pytest.raises(Problem) as caught:
        parse_bool("也许")
    assert caught.value.code == "bad_bool"
    assert (parse_sex(" 男 "), parse_sex("女性"), parse_sex(1.0), parse_sex("2")) == (
        "male",
        "female",
        "male",
        "female",
    )
    with pytest.raises(Problem) as caught:
        parse_sex("")
    assert caught.value.code == "bad_sex"


@pytest.mark.parametrize("typed", ["", " ", "　", None, "/", "-", "——", "无", "\u200b"])
def test_fillers_are_blank(typed: CellValue) -> None:
    assert is_blank(typed)


@pytest.mark.parametrize("typed", [0, False, "0", "无锡", "-1"])
def test_values_are_not_blank(typed: CellValue) -> None:
    assert not is_blank(typed)


@given(st.text() | st.floats() | st.integers() | st.booleans() | st.none())
def test_no_cell_ever_crashes_a_parser(typed: CellValue) -> None:
    for parser in (parse_date, parse_time, parse_time_range, parse_hours, parse_bool, parse_sex, parse_name):
        try:
            parser(typed)
        except Problem as problem:
            text = str(problem)
            assert text
