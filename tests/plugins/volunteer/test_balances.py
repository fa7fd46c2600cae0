"""Ranks and sums of wide areas: they follow every change, say what sorting everybody says, and are read by index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, select

from pointsys.core.actors import SYSTEM
from pointsys.core.database import table_of
from pointsys.core.pending import drain
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person, PersonAlias
from pointsys.core.people.services import move_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer import histogram, queries, ranks
from pointsys.plugins.volunteer.hours import Span
from pointsys.plugins.volunteer.models import VolunteerBalance, VolunteerHistogram
from tests.plugins.volunteer.place import DAY, Place

YEAR = Span(("2026",))
NEXT_MONTH = date(2026, 4, 4)

Balances = dict[tuple[int, str, int], tuple[int, int, int]]
CITY, STREET, OTHER = 1, 2, 3
ABOVE = {10: (CITY, STREET), 11: (CITY, STREET), 20: (CITY, OTHER)}


@st.composite
def balances(draw: st.DrawFn) -> Balances:
    rows = draw(
        st.dictionaries(
            st.tuples(st.integers(1, 3), st.sampled_from(("all", "2026")), st.sampled_from(sorted(ABOVE))),
            st.tuples(st.integers(0, 3).map(lambda n: 30 * n), st.integers(1, 2)),
        )
    )
    return {key: (*value, 0) for key, value in rows.items()}


def counted(rows: Balances) -> dict[tuple[int, str, int], list[int]]:
    """The histogram of some balances, counted the plain way."""
    sums: dict[tuple[int, str, int], list[int]] = {}
    for (person, period, area), (minutes, entries, _total) in rows.items():
        for wide in ABOVE[area]:
            tally = sums.setdefault((wide, period, person), [0, 0])
            tally[0] += minutes
            tally[1] += entries
    found: dict[tuple[int, str, int], list[int]] = {}
    for (wide, period, _person), (minutes, entries) in sums.items():
        bucket = found.setdefault((wide, period, minutes), [0, 0])
        bucket[0] += 1
        bucket[1] += entries
    return found


@given(balances(), balances())
def test_a_step_from_any_balances_to_any_others_ends_at_their_histogram(old: Balances, new: Balances) -> None:
    found = counted(old)
    for key, (people, entries) in histogram.steps(old, new, ABOVE).items():
        bucket = found.setdefault(key, [0, 0])
        bucket[0] += people
        bucket[1] += entries

    assert {key: bucket for key, bucket in found.items() if any(bucket)} == counted(new)


def stored() -> set[tuple[object, ...]]:
    """The rows of the histogram in which anybody is left."""
    with read_scope() as session:
        rows = session.execute(select(table_of(VolunteerHistogram)))
        return {tuple(row) for row in rows if row.people or row.entries}


def live_for_a_while(place: Place, rng: Random, people: list[int]) -> None:
    entries = []
    for number in range(25):
        person, day = rng.choice(people), rng.choice((DAY, NEXT_MONTH))
        end = rng.choice(("09:30", "10:00", "11:00"))
        entries.append(place.serve(person, "09:00", end, day=day, title=f"活动{number}", derive=False))
        if number % 6 == 0:
            place.void(rng.choice(entries[-3:]), derive=False)
    with unit_of_work(drain=False) as session:
        mover, kept, merged = (session.get_one(Person, one) for one in people[:3])
        move_person(session, mover, place.areas["sunny"], NEXT_MONTH, SYSTEM)
        merge_people(session, kept, merged, SYSTEM)
    drain()


@pytest.mark.parametrize("seed", range(3))
def test_after_any_history_the_histogram_is_the_one_that_a_rebuild_makes(place: Place, seed: int) -> None:
    people = [place.person(f"张{chr(0x4E00 + n)}", area=("grid1", "sunny")[n % 2]) for n in range(6)]
    live_for_a_while(place, Random(seed), people)
    kept = stored()
    assert kept
    with unit_of_work() as session:
        histogram.rebuild(session)
    assert stored() == kept

    with unit_of_work() as session:
        merged = session.scalars(select(PersonAlias.merged_id)).one()
        unmerge(session, session.get_one(Person, merged), SYSTEM)
    kept = stored()
    with unit_of_work() as session:
        histogram.rebuild(session)
    assert stored() == kept


def test_every_row_of_a_person_holds_their_minutes_of_all_areas(place: Place) -> None:
    person = place.person(area="grid1")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), place.areas["sunny"], NEXT_MONTH, SYSTEM)
    place.serve(person, "09:00", "10:00")
    place.serve(person, "09:00", "11:00", day=NEXT_MONTH)
    with read_scope() as session:
        rows = session.execute(
            select(VolunteerBalance.period, VolunteerBalance.minutes, VolunteerBalance.total)
        ).all()

    assert sorted(tuple(row) for row in rows if row.period == "2026") == [
        ("2026", 60, 180),
        ("2026", 120, 180),
    ]
    assert [tuple(row) for row in rows if row.period == "2026-04"] == [("2026-04", 120, 120)]


def crowd(place: Place) -> list[int]:
    """Twelve people of two communities, three of whom moved in between, with many equal sums."""
    rng = Random(7)
    people = [place.person(f"李{chr(0x4E00 + n)}", area=("grid1", "sunny")[n % 2]) for n in range(12)]
    for number, person in enumerate(people):
        for day in (DAY, NEXT_MONTH):
            if day == NEXT_MONTH and number in {0, 3, 4}:
                with unit_of_work() as session:
                    who = session.get_one(Person, person)
                    move_person(session, who, place.areas["sunny" if number != 3 else "grid2"], day, SYSTEM)
            end = rng.choice(("09:30", "10:00", "10:30"))
            place.serve(person, "09:00", end, day=day, title=f"{number} {day}", derive=False)
    drain()
    return people


@pytest.mark.parametrize("walk_from", [0, 10_000])
def test_walking_finds_the_first_that_sorting_finds(
    place: Place, monkeypatch: pytest.MonkeyPatch, walk_from: int
) -> None:
    crowd(place)
    monkeypatch.setattr(ranks, "LEAST_TO_WALK", walk_from)
    with read_scope() as session:
        whole = queries.hours_page(session, place.areas["street"], YEAR)
        pages = [
            queries.hours_page(session, place.areas["street"], YEAR, limit=5, offset=n) for n in (0, 5, 10)
        ]

    found = [row for page in pages for row in page.rows]
    assert [(row.minutes, row.rank) for row in found] == [(row.minutes, row.rank) for row in whole.rows]
    assert {row.person_id for row in found} == {row.person_id for row in whole.rows}
    assert {(page.people, page.total) for page in pages} == {(whole.people, whole.total)}


def test_walking_goes_on_past_people_whose_minutes_are_mostly_elsewhere(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a narrow area the walk meets people who have much in all and little here."""
    monkeypatch.setattr(ranks, "LEAST_TO_WALK", 0)
    people = crowd(place)
    for person in people:
        place.serve(person, "12:00", "12:30", day=NEXT_MONTH, title=f"later {person}", derive=False)
    drain()
    for area in ("sunny", "happy", "grid2"):
        with read_scope() as session:
            found, _waiting = ranks.first(session, "volunteer", place.areas[area], "2026", 2)
            whole = queries.hours_page(session, place.areas[area], YEAR).rows
        assert [row.minutes for row in found] == [row.minutes for row in whole[:2]]


def test_a_persons_place_is_the_one_in_the_sorted_list(place: Place) -> None:
    people = crowd(place)
    with read_scope() as session:
        lines = {row.person_id: row for row in queries.hours_page(session, place.areas["street"], YEAR).rows}
        found = {one: queries.place_of(session, place.areas["street"], YEAR, one) for one in people}

    assert {one: line and (line.rank, line.minutes, line.entries) for one, line in found.items()} == {
        one: (lines[one].rank, lines[one].minutes, lines[one].entries) for one in people
    }


def test_somebody_without_service_there_has_no_place(place: Place) -> None:
    idle = place.person("王五")
    place.serve(place.person("张三"))
    with read_scope() as session:
        assert ranks.place(session, place.areas["street"], "2026", literal(idle)) is None


def test_the_spread_of_a_wide_area_is_that_of_its_people(place: Place) -> None:
    crowd(place)
    with read_scope() as session:
        wide = queries.spread(session, place.areas["street"], YEAR)
        whole = queries.hours_page(session, place.areas["street"], YEAR).rows
        narrow = queries.spread(session, place.areas["sunny"], YEAR)
        inside = queries.hours_page(session, place.areas["sunny"], YEAR).rows

    assert wide == tally([row.minutes for row in whole])
    assert narrow == tally([row.minutes for row in inside])


def tally(values: Collection[int]) -> dict[int, int]:
    return {value: list(values).count(value) for value in values if value}


def test_sums_of_a_wide_area_are_those_of_its_people(place: Place) -> None:
    crowd(place)
    with read_scope() as session:
        page = queries.hours_page(session, place.areas["street"], YEAR)
        total = queries.area_total(session, place.areas["street"], "2026")
        months = queries.by_month(session, place.areas["street"], ["2026-03", "2026-04", "2026-05"])

    assert (total.people, total.minutes, total.entries) == (
        page.people,
        page.total.minutes,
        page.total.entries,
    )
    assert sum(line.minutes for line in months.values()) == total.minutes
    assert sorted(months) == ["2026-03", "2026-04"]
