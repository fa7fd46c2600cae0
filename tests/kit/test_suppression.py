"""What is hidden with small counts, so that nobody can tell them from totals and means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsys.kit.suppression import Shown, hide_rows, hide_small
from pointsys.kit.tables import HIDDEN

# Worths of three answers.
WORTHS = (100, 50, 0)


def marks(shown: Shown) -> str:
    """A row as a line: "*" for what is hidden."""
    return " ".join("*" if one is HIDDEN else str(one) for one in shown)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([10, 6, 5, 0], "10 6 5 0"),
        ([10, 6, 3, 0], "10 * * 0"),
        ([10, 2, 3, 0], "10 * * 0"),
        # The two are 2 together, so both would be 1.
        ([9, 7, 1, 1], "9 * * *"),
        # Ties go together: one of them alone would say that the other is not the smaller place.
        ([9, 6, 6, 1], "9 * * *"),
        ([0, 0, 3, 20], "0 0 * *"),
        # Nobody knows where the three are.
        ([0, 0, 3], "* * *"),
        ([0, 0], "0 0"),
        ([], ""),
    ],
)
def test_a_small_count_takes_those_with_it_that_would_tell_it(counts: list[int], shown: str) -> None:
    assert marks(hide_small(counts)) == shown


def test_a_known_mean_takes_more_with_it_and_other_rows_may_cover_for_it() -> None:
    row, worths = [60, 25, 10, 3, 2], [100, 75, 50, 25, 0]
    assert marks(hide_small(row)) == "60 25 10 * *"
    # Two unknown numbers with their sum and their worth together are known.
    assert [marks(one) for one in hide_rows([row], worths=[worths])] == ["60 25 * * *"]
    # What one question loses the other may have won.
    two = hide_rows([row, [70, 20, 4, 3, 3]], worths=[worths, worths])
    assert [marks(one) for one in two] == ["60 25 10 * *", "70 20 * * *"]


def alike(total: int, places: int) -> Iterator[tuple[int, ...]]:
    """All rows of so many counts with a total."""
    if places == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in alike(total - first, places - 1))


def known(counts: Sequence[int], shown: Shown, other: Sequence[int]) -> bool:
    """Whether a reader cannot tell a row from the one that is shown: a nought is hidden only with its whole row."""
    whole = all(one is HIDDEN for one in shown)
    return all(
        (whole or number > 0) if one is HIDDEN else number == one
        for one, number in zip(shown, other, strict=True)
    )


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(lambda counts: 5 <= sum(counts) <= 14))
def test_no_hidden_count_follows_from_its_total_not_even_for_who_knows_the_rule(counts: list[int]) -> None:
    shown = hide_small(counts)
    assert all(one is HIDDEN or one == count for one, count in zip(shown, counts, strict=True))
    assert all(one is HIDDEN or not 0 < one < 5 for one in shown)
    assert HIDDEN not in shown or any(0 < count < 5 for count in counts)
    hidden = [place for place, one in enumerate(shown) if one is HIDDEN]
    if hidden:
        told = set(hidden)
        for row in alike(sum(counts), len(counts)):
            if told and known(counts, shown, row) and hide_small(row) == shown:
                told -= {place for place in told if row[place] != counts[place]}
        assert not told


ROW = st.lists(st.integers(0, 8), min_size=3, max_size=3).filter(lambda counts: 5 <= sum(counts) <= 9)


@given(st.lists(ROW, min_size=1, max_size=2))
def test_no_hidden_count_follows_from_totals_and_mean_unless_those_alone_tell_it(
    rows: list[list[int]],
) -> None:
    worths = [WORTHS] * len(rows)
    shown = hide_rows(rows, worths=worths)

    def worth(table: Sequence[Sequence[int]]) -> int:
        return sum(count * one for row in table for count, one in zip(row, WORTHS, strict=True))

    tables = [
        table
        for table in product(*(list(alike(sum(row), 3)) for row in rows))
        if worth(table) == worth(rows)
        and all(known(row, told, other) for row, told, other in zip(rows, shown, table, strict=True))
    ]
    everything = all(one is HIDDEN for row in shown for one in row)
    for number, row in enumerate(shown):
        for place, one in enumerate(row):
            assert one is HIDDEN or not 0 < one < 5
            if one is HIDDEN and not everything:
                assert len({table[number][place] for table in tables}) > 1
