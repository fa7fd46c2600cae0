import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.spreadsheet import JielongName, parse_jielong

SAMPLES = Path(__file__).parents[1] / "samples"


def test_the_sample_is_thirty_lines_with_one_repeated_name() -> None:
    found = parse_jielong((SAMPLES / "jielong.txt").read_text("utf-8"))
    expected = json.loads((SAMPLES / "expected.json").read_text("utf-8"))["jielong"]
    assert len(found.names) == sum(expected.values())
    assert found.repeated == {"史敏敏"}
    assert len(found.unique) == expected["names"] + expected["unknown"]
    assert found.title.startswith("4月11日(周六)")
    assert found.lines == ()
    assert found.names[0] == JielongName(1, "史敏敏", "带手套", 1)
    assert found.names[28] == JielongName(29, "外来张三丰")


@pytest.mark.parametrize(
    ("line", "name", "note", "count"),
    [
        ("1. 张三", "张三", "", 1),
        ("1、张三", "张三", "", 1),
        ("1）张三", "张三", "", 1),
        ("１．张三", "张三", "", 1),
        ("① 张三", "张三", "", 1),
        ("1 张三", "张三", "", 1),
        ("1张三", "张三", "", 1),
        ("1. 张 三", "张三", "", 1),
        ("1. 张三（带手套）", "张三", "带手套", 1),
        ("1. 张三(带手套", "张三", "带手套", 1),
        ("1. 张三【网格员】", "张三", "网格员", 1),
        ("1. 张三 1人", "张三", "", 1),
        ("1. 张三2人", "张三", "", 2),
        ("1. 张三 两位", "张三", "", 2),
        ("1. 张三+1", "张三", "", 2),
        ("1. 张三👍🏻", "张三", "", 1),
        ("1. @张三 [强]", "张三", "强", 1),
        ("1. 张三 13800001234", "张三", "13800001234", 1),
        ("1. 张三13800001234", "张三", "13800001234", 1),
        ("1. 张三-第3网格", "张三", "第3网格", 1),
        ("1. 阿依古丽•买买提", "阿依古丽·买买提", "", 1),
        ("1. John Smith", "John Smith", "", 1),
        ("1. 𠅤明", "𠅤明", "", 1),
    ],
)
def test_a_line_gives_a_name_and_what_else_it_says(line: str, name: str, note: str, count: int) -> None:
    assert parse_jielong(f"#接龙\n清洁家园\n\n{line}").names == (JielongName(1, name, note, count),)


@pytest.mark.parametrize(
    "title",
    ["4月11日上午9:00集合", "1月7日志愿服务", "10:00在广场", "13800001234 王老师", "1点半集合", "2026年"],
)
def test_a_title_that_starts_with_a_number_is_no_name(title: str) -> None:
    found = parse_jielong(f"{title}\n1. 张三\n2. 李四")
    assert found.unique == ("张三", "李四")
    assert found.title == title


def test_empty_places_and_remarks_are_no_names() -> None:
    found = parse_jielong("接龙\n1. 张三\n2. \n请大家准时\n3. 👍\n4. 李四")
    assert [item.order for item in found.names] == [1, 4]
    assert found.lines == ("请大家准时", "3. 👍")


def test_an_empty_paste_has_no_names() -> None:
    assert parse_jielong("").names == ()


@given(st.lists(st.from_regex("[赵钱孙李周吴郑王][伟芳娜敏静强磊]{1,2}", fullmatch=True), min_size=1))
def test_every_name_of_a_list_comes_back_in_order(names: list[str]) -> None:
    text = "#接龙\n清洁\n" + "\n".join(f"{number}. {name}" for number, name in enumerate(names, start=1))
    found = parse_jielong(text)
    assert [item.name for item in found.names] == names
    assert found.repeated == {name for name in names if names.count(name) > 1}


@given(st.text())
def test_no_text_ever_crashes_it(text: str) -> None:
    for item in parse_jielong("1. " + text).names:
        assert item.name
