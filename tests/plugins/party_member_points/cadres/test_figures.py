"""What a quarter comes to: a sum that knows no order and counts no day twice."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pointsys.plugins.party_member_points.cadres.figures import Note, Part, span_within, sum_up

FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)
DAYS = st.dates(date(2026, 3, 1), date(2026, 7, 31))
NOTES = st.lists(st.builds(Note, DAYS, st.sampled_from(["duty", "visit"]), st.integers(0, 1440)))
PARTS = st.lists(st.builds(Part, DAYS, st.integers(0, 600)))


@given(NOTES, PARTS, st.randoms())
def test_the_order_of_notes_and_entries_does_not_matter(
    notes: list[Note], parts: list[Part], order: random.Random
) -> None:
    found = sum_up(FIRST, LAST, notes, parts)
    order.shuffle(notes)
    order.shuffle(parts)
    assert sum_up(FIRST, LAST, notes, parts) == found


@given(NOTES, PARTS)
def test_days_and_sums_are_those_of_the_quarter_alone(notes: list[Note], parts: list[Part]) -> None:
    found = sum_up(FIRST, LAST, notes, parts)
    inside = [FIRST + timedelta(n) for n in range(91)]
    on = {*(note.on for note in notes), *(part.on for part in parts)}
    assert found.days == sum(day in on for day in inside)
    assert found.note_count == sum(note.on in inside for note in notes)
    assert found.minutes == sum(part.minutes for part in parts if part.on in inside)


def test_a_term_counts_from_its_first_to_its_last_day() -> None:
    today = date(2026, 5, 20)
    cases = [
        (date(2026, 5, 2), None, (date(2026, 5, 2), today)),
        (date(2026, 1, 1), date(2026, 4, 1), (FIRST, FIRST)),
        (date(2026, 1, 1), date(2026, 3, 31), None),
        (date(2026, 5, 21), None, None),
    ]
    for from_on, to_on, expected in cases:
        assert span_within(FIRST, LAST, from_on, to_on, today) == expected
