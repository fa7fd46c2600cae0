"""Counts that may be shown to others: small ones are hidden, and with them those from which they could be told.

Whoever reads a table knows the total of each row, and sometimes a mean: one more equation over all of its cells. So a
count below the limit takes others with it, the next smallest first, until each hidden one could be another number while
everything that is shown stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pointsys.kit.tables import HIDDEN, LEAST, Hidden

# How many are moved from one hidden count to another when another table is looked for.
_STEPS = (1, 2, 3)

Shown = tuple[int | Hidden, ...]


@dataclass(frozen=True)
class _Move:
    """``number`` taken from one hidden count of a row and given to another; what that does to the sum of worths."""

    row: int
    giver: int
    taker: int
    number: int
    worth: Fraction


def hide_small(counts: Sequence[int], least: int = LEAST) -> Shown:
    """One row whose total is known: counts from 1 to ``least`` - 1 are hidden, and others that would tell them."""
    return hide_rows([counts], least)[0]


def hide_rows(
    rows: Sequence[Sequence[int]],
    least: int = LEAST,
    worths: Sequence[Sequence[Fraction | int]] | None = None,
) -> tuple[Shown, ...]:
    """Rows whose totals are known; with ``worths``, shaped like the rows, the sum of count x worth over all is too.

    Counts from 1 to ``least`` - 1 are hidden, then the next smallest (ties together) until none can be told. What
    follows from the totals and the sum alone cannot be hidden by this: then every count is.
    """
    table = _Table(rows, least, worths)
    while loose := table.loose():
        if not table.widen(loose):
            break
    return tuple(
        tuple(HIDDEN if place in table.hidden[number] else count for place, count in enumerate(row))
        for number, row in enumerate(rows)
    )


class _Table:
    """The rows with the places that are hidden in each."""

    def __init__(
        self, rows: Sequence[Sequence[int]], least: int, worths: Sequence[Sequence[Fraction | int]] | None
    ) -> None:
        self.rows, self.least, self.worths = rows, least, worths
        self.hidden = [{place for place, count in enumerate(row) if 0 < count < least} for row in rows]

    def loose(self) -> list[int]:
        """Rows with a hidden count that can be told."""
        moves = [move for row in range(len(self.rows)) for move in self._moves(row)]
        by_worth: dict[Fraction, list[_Move]] = {}
        for move in moves:
            by_worth.setdefault(move.worth, []).append(move)
        touching: dict[tuple[int, int], list[_Move]] = {}
        for move in moves:
            touching.setdefault((move.row, move.giver), []).append(move)
            touching.setdefault((move.row, move.taker), []).append(move)
        return [
            row for row, places in enumerate(self.hidden)
            if any(not self._is_open(row, place, touching.get((row, place), ()), by_worth) for place in places)
        ]  # fmt: skip

    def widen(self, loose: Sequence[int]) -> bool:
        """Hide the next smallest counts of a row; False where there is nothing left to hide."""
        others = () if self.worths is None else range(len(self.rows))
        for row in (*sorted(loose, key=lambda one: len(self.hidden[one])), *others):
            shown = [
                count for place, count in enumerate(self.rows[row]) if place not in self.hidden[row]
            ]  # fmt: skip
            if shown:
                # Noughts last: they say the least of anybody.
                next_one = min(shown, key=lambda count: (count == 0, count))
                self.hidden[row] |= {place for place, n in enumerate(self.rows[row]) if n == next_one}
                return True
        return False

    def _moves(self, row: int) -> Iterator[_Move]:
        counts, places = self.rows[row], sorted(self.hidden[row])
        for giver in places:
            for taker in places:
                if giver == taker:
                    continue
                worth = Fraction(0)
                if self.worths is not None:
                    worth = Fraction(self.worths[row][taker]) - Fraction(self.worths[row][giver])
                # The last one makes the two change places.
                for number in {*_STEPS, counts[giver] - counts[taker]}:
                    if 0 < number <= counts[giver]:
                        yield _Move(row, giver, taker, number, number * worth)

    def _is_open(
        self, row: int, place: int, moves: Iterable[_Move], by_worth: dict[Fraction, list[_Move]]
    ) -> bool:
        """Whether the count of a place could be another one."""
        for move in moves:
            if move.worth == 0 and self._fits((move,)):
                return True
            for other in by_worth.get(-move.worth, ()):
                if self._changes((move, other), row, place) and self._fits((move, other)):
                    return True
        return False

    @staticmethod
    def _changes(moves: Sequence[_Move], row: int, place: int) -> bool:
        change = 0
        for move in moves:
            if move.row == row:
                change += move.number * ((move.taker == place) - (move.giver == place))
        return change != 0

    def _fits(self, moves: Sequence[_Move]) -> bool:
        """Whether the table after some moves would be shown alike, as far as whoever reads it can know."""
        return all(self._row_fits(row, moves) for row in {move.row for move in moves})

    def _row_fits(self, row: int, moves: Sequence[_Move]) -> bool:
        before, after = self.rows[row], list(self.rows[row])
        for move in moves:
            if move.row == row:
                after[move.giver] -= move.number
                after[move.taker] += move.number
        if min(after) < 0:
            return False
        if sorted(after) == sorted(before):
            return True
        hidden = self.hidden[row]
        if len(hidden) == len(before):
            return any(0 < count < self.least for count in after) or not self._has_small(before)
        # What is shown is larger than what was hidden with the small ones.
        roof = min((n for place, n in enumerate(before) if n and place not in hidden), default=None)
        return all(
            (0 < after[place] < self.least) if 0 < before[place] < self.least
            else self.least <= after[place] and (roof is None or after[place] < roof)
            for place in hidden
        )  # fmt: skip

    def _has_small(self, counts: Sequence[int]) -> bool:
        return any(0 < count < self.least for count in counts)
