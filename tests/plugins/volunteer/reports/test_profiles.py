"""Export profiles as data: what a file says, what is refused and where, and what becomes of values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.reports.profiles import FIELDS, available, cells, lacks, read_profile, shipped

HEAD = 'profile = 1\nname = "x"\ntitle = "X"\n'
COLUMN = '[[column]]\ntitle = "A"\n'


def profile_of(columns: str, head: str = HEAD) -> str:
    return head + "".join(f'[[column]]\ntitle = "T"\n{column}\n' for column in columns.split(" | "))


def test_every_shipped_profile_reads_and_bears_its_file_name() -> None:
    found = shipped()
    assert {"hours-register", "service-record-import", "volunteer-hours", "team-summary"} <= set(found)
    assert {profile.rows for profile in found.values()} == set(FIELDS)
    assert all(name == profile.name for name, profile in found.items())


WRONG = {
    "x = ": "TOML",
    f"x = {'9' * 5_000}": "TOML",
    HEAD: "column",
    HEAD.replace("1", "2") + COLUMN + 'field = "name"': "profile = 1",
    HEAD + COLUMN: "field or text",
    HEAD + COLUMN + 'field = "name"\ntext = "x"': "field or text",
    HEAD + COLUMN + 'field = "salary"': "column 1: there is no field salary",
    HEAD + COLUMN + 'fild = "name"': "there is no key fild",
    HEAD + COLUMN + 'field = "minutes"\nform = "days"': "hh:mm",
    HEAD + COLUMN + 'field = "day"\nform = "%A"': "%Y",
    HEAD + COLUMN + 'field = "name"\nform = "hours"': "minutes and dates",
    HEAD + COLUMN + 'field = "name"\nrequired = "yes"': "true or false",
    HEAD + COLUMN + 'field = "name"\nwords = ["a"]': "table",
    HEAD + 'rows = "pets"\n' + COLUMN + 'field = "name"': "sessions, people, teams",
    HEAD + 'encoding = "utf-16"\n' + COLUMN + 'field = "name"': "gb18030",
    HEAD.replace('"x"', '"../x"') + COLUMN + 'field = "name"': "small letters",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_named_with_what_would_be_right(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_profile(text)
    assert refused.value.code == "bad_profile"
    assert WRONG[text] in str(refused.value)


VALUES = [
    ('field = "minutes"', 5999, 5999),
    ('field = "minutes"\nform = "hours"', 5999, Decimal("99.98")),
    # One decimal never rounds up to a hundred hours that nobody has served.
    ('field = "minutes"\nform = "hours1"', 5999, Decimal("99.9")),
    ('field = "minutes"\nform = "hh:mm"', 5999, "99:59"),
    ('field = "day"', date(2026, 3, 7), "2026-03-07"),
    ('field = "day"\nform = "%Y年%m月%d日"', date(2026, 3, 7), "2026年03月07日"),
    ('field = "start"\nform = "%H:%M"', datetime(2026, 3, 7, 9, 5, tzinfo=UTC), "09:05"),
    ('field = "start"', datetime(2026, 3, 7, 9, 5, tzinfo=UTC), "2026-03-07 09:05"),
    ('field = "name"', "张三", "张三"),
    ('field = "name"', None, ""),
    ('field = "class"\nwords = {credit = "信用"}', "credit", "信用"),
    ('field = "class"\nwords = {credit = "信用"}', "honour", "honour"),
    ('field = "category"\nwords = {a = "甲"}\nother = "其他"', "b", "其他"),
    ('field = "category"\nother = "其他"', None, "其他"),
    ('text = "居民身份证"', None, "居民身份证"),
]


@pytest.mark.parametrize(("column", "value", "expected"), VALUES)
def test_a_value_is_written_as_its_column_says(column: str, value: object, expected: object) -> None:
    profile = read_profile(profile_of(column))
    name = next(iter(profile.fields), "")
    assert cells(profile, {name: value}) == [expected]


def test_required_columns_that_would_be_empty_are_told() -> None:
    profile = read_profile(profile_of('field = "name"\nrequired = true | field = "team"'))
    assert lacks(profile, {"name": "", "team": None}) == ["T"]
    assert lacks(profile, {"name": "张三", "team": None}) == []


def test_profiles_of_the_site_go_before_those_of_the_plugin_and_broken_ones_are_left_out(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "export-profiles"
    folder.mkdir()
    own = profile_of('field = "name"', HEAD.replace('"x"', '"hours-register"').replace('"X"', '"Ours"'))
    (folder / "own.toml").write_text(own, "utf-8")
    (folder / "broken.toml").write_text("x = ", "utf-8")
    found = available(tmp_path)
    assert found["hours-register"].title == "Ours"
    assert set(found) == set(shipped())
