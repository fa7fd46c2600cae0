"""What may be asked for: kinds, amounts in yuan, places, words; everything else is refused with its code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.problems import Problem
from pointsys.plugins.wish_wall.asking.checking import Asking, check, fen_of, slots_of, title_of

CAP = 300_00


def refused(**values: Any) -> str:
    """The code with which a wish is refused; "" if it is not."""
    try:
        check(Asking(**{"category": "item", "words": "一个电饭锅", **values}), CAP)
    except Problem as problem:
        return problem.code
    return ""


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, ""),
        ({"amount": "300"}, ""),
        ({"amount": "300.01"}, "amount_over_limit"),
        ({"amount": 301}, "amount_over_limit"),
        ({"amount": "1" * 40}, "amount_over_limit"),
        ({"amount": -1}, "bad_amount"),
        ({"amount": "-0.01"}, "bad_amount"),
        ({"amount": "一百"}, "bad_amount"),
        ({"amount": "NaN"}, "bad_amount"),
        ({"amount": True}, "bad_amount"),
        ({"amount": [80]}, "bad_amount"),
        ({"amount": 1e300}, "bad_amount"),
        ({"amount": "1.005"}, "bad_amount"),
        ({"slots": 10}, ""),
        ({"slots": "3"}, ""),
        ({"slots": 0}, "bad_slots"),
        ({"slots": 11}, "bad_slots"),
        ({"slots": 1.5}, "bad_slots"),
        ({"slots": None}, "bad_slots"),
        ({"slots": True}, "bad_slots"),
        ({"category": "cash"}, "cash_not_allowed"),
        ({"words": "想要200元现金"}, "cash_not_allowed"),
        ({"words": "请给我转账"}, "cash_not_allowed"),
        ({"category": "skill", "words": "教我用手机转账"}, ""),
        ({"category": "loan"}, "category_unknown"),
        ({"category": ""}, "category_unknown"),
        ({"words": " \n "}, "words_needed"),
        ({"words": "长" * 501}, "too_long"),
        ({"title": "长" * 61}, "too_long"),
        ({"private": "长" * 501}, "too_long"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_its_code(values: dict[str, Any], code: str) -> None:
    assert refused(**values) == code


@given(st.integers(0, 10_000_00))
def test_an_amount_is_the_same_however_it_is_written(fen: int) -> None:
    text = f"{fen // 100}.{fen % 100:02d}"
    assert {fen_of(text), fen_of(Decimal(text)), fen_of(f" {text} 元")} == {fen}
    assert fen_of(fen // 100) == fen // 100 * 100


def test_help_has_no_price_and_nothing_written_is_no_amount() -> None:
    assert check(Asking("company", "陪我下棋", amount="80"), CAP).amount == 0
    assert check(Asking("item", "一本书"), CAP).amount == 0
    assert slots_of(" 2 ") == 2


def test_a_title_is_the_first_sentence_cut_where_it_is_long() -> None:
    assert title_of("想要一个电饭锅。小的就行") == "想要一个电饭锅"
    long = title_of("想" * 60)
    assert len(long) == 24
    assert long.endswith("…")
