"""S-23: texts made to keep a pattern busy are read in the time that their length takes, not its square."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pointsys.kit.problems import Problem
from pointsys.kit.spreadsheet import ColumnSpec, find_header, parse_date, parse_jielong, parse_time

COLUMNS = (ColumnSpec("name", ("姓名",), required=True), ColumnSpec("phone", ("手机",)))
# A pattern that goes back over the text at each character takes minutes for this, the others a few milliseconds.
LENGTH = 100_000
SECONDS = 2.0


def refuses(parse: Callable[[object], object]) -> Callable[[str], None]:
    def run(text: str) -> None:
        with pytest.raises(Problem):
            parse(text)

    return run


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        ("(", lambda text: find_header([[text, "姓名", "手机"]], COLUMNS)),
        ("【a", lambda text: find_header([["姓名", text]], COLUMNS)),
        ("T", refuses(parse_date)),  # type: ignore[arg-type]
        ("2026-", refuses(parse_time)),  # type: ignore[arg-type]
        (",", lambda text: parse_jielong(f"1. 张{text}三")),
        ("+1", lambda text: parse_jielong(f"1. 张三{text}")),
    ],
)
def test_a_hostile_text_takes_no_longer_than_a_plain_one(unit: str, read: Callable[[str], object]) -> None:
    started = time.process_time()
    read(unit * (LENGTH // len(unit)))
    assert time.process_time() - started < SECONDS


def test_a_title_with_a_unit_in_brackets_is_still_known() -> None:
    found = find_header([["姓名（全名）", "手机(11位)"]], COLUMNS)
    assert found is not None
    assert found.mapping == {"name": 0, "phone": 1}
