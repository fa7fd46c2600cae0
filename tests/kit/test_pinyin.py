import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.pinyin import pinyin_keys, sort_syllables


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("单晓明", ["shanxiaoming", "danxiaoming", "chanxiaoming", "sxm", "dxm", "cxm"]),
        ("曾伟", ["zengwei", "cengwei", "zw", "cw"]),
        ("查良镛", ["zhaliangyong", "chaliangyong", "zly", "cly"]),
        ("仇英", ["qiuying", "chouying", "qy", "cy"]),
        ("解缙", ["xiejin", "jiejin", "xj", "jj"]),
        ("朴树", ["piaoshu", "pushu", "poshu", "ps"]),
        ("区敏", ["oumin", "qumin", "om", "qm"]),
        ("尉迟敬德", ["yuchijingde", "weichijingde", "ycjd"]),
        ("欧阳修", ["ouyangxiu", "oyx"]),
        ("单于丹", ["chanyudan", "shanyudan"]),
        ("吕布", ["lvbu", "lubu"]),
        ("李乐", ["lile", "liyue"]),
        ("阿依古丽·买买提", ["ayigulimaimaiti", "ayiguli", "maimaiti", "ayglmmt"]),
        ("阿依古丽•买买提", ["ayigulimaimaiti", "ayglmmt"]),
        ("John Smith", ["johnsmith", "js", "john", "smith"]),
        ("赖　佳玲", ["laijialing", "ljl"]),
    ],
)
def test_a_name_is_found_by_every_reading(name: str, tokens: list[str]) -> None:
    assert set(tokens) <= set(pinyin_keys(name).split(" "))


def test_the_reading_as_a_surname_comes_first() -> None:
    assert pinyin_keys("单晓明").startswith("shanxiaoming sxm ")


def test_a_name_without_any_known_reading_has_no_keys() -> None:
    assert pinyin_keys("") == ""
    assert pinyin_keys("⿰人"[:1]) == ""


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8))
def test_keys_are_plain_ascii_and_stay_short(name: str) -> None:
    keys = pinyin_keys(name)
    assert keys.isascii()
    assert keys == keys.lower()
    assert len(keys.split(" ")) <= 2 * 16 * 10


def test_names_sort_by_syllable_not_by_letter() -> None:
    names = ["程春燕", "陈桂芝", "陈凤英", "Aygül Memet", "单晓明"]

    assert sorted(names, key=sort_syllables) == ["Aygül Memet", "陈凤英", "陈桂芝", "程春燕", "单晓明"]
