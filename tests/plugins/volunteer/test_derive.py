"""Deriving hours: the acceptance tables of the rules, and that the outcome depends on the log alone."""

from __future__ import annotations

from datetime import date, timedelta

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.database import new_public_id
from pointsys.core.pending import drain, mark_people, pending_count
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.people.services import move_person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.factories import at
from tests.plugins.volunteer.place import (
    DAY,
    Place,
    balances,
    everything,
    flags_of,
    make_place,
    minutes_of,
    switch,
)

Service = tuple[str, str, tuple[str, str] | None]
CREDITED: dict[tuple[Service, ...], tuple[int, ...]] = {
    # One activity 09:00-11:30, early in and late out: clipped to the plan.
    (("08:52", "11:41", ("09:00", "11:30")),): (150,),
    # A second one of 90 minutes adds up.
    (("08:52", "11:41", ("09:00", "11:30")), ("14:00", "15:30", None)): (150, 90),
    # X 09:00-11:00 and Y 10:30-12:00: the later check-in gives way.
    (("09:00", "11:00", None), ("10:30", "12:00", None)): (120, 60),
    # Back to back is no conflict.
    (("09:00", "11:00", None), ("11:00", "12:00", None)): (120, 60),
    (("09:00", "09:50", None), ("10:00", "10:50", None), ("11:00", "11:50", None)): (50, 50, 50),
}


def test_minutes_are_clipped_and_each_is_credited_once(place: Place) -> None:
    for number, (served, credited) in enumerate(CREDITED.items()):
        person = place.person(f"志愿者{chr(0x4E00 + number)}")
        entries = [
            place.serve(person, start, end, planned=planned, title=f"{number} {start}")
            for start, end, planned in served
        ]

        assert tuple(minutes_of(entry) for entry in entries) == credited
        assert balances(person) == {place.areas["grid1"]: (sum(credited), len(served))}


def test_an_entry_that_tells_no_hours_is_worth_nothing_and_stops_nobody(place: Place) -> None:
    odd, plain = place.person("甲"), place.person("乙")
    served = [place.serve(who, title="清扫", derive=False) for who in (odd, plain)]
    nothing = {
        "a number": place.serve(odd, None, None, title="捐书", quantity=300, unit="share", derive=False),
        "a date alone": place.serve(odd, None, None, title="走访", derive=False),
        # Older versions let such entries in.
        "an unknown unit": _as_it_was(served[0], title="旧", start_key="a", starts_at=None, ends_at=None, quantity=1,
                                      unit="次"),
        "ends before it begins": _as_it_was(served[0], title="旧", start_key="b", ends_at=at(DAY, "08:00")),
    }  # fmt: skip
    drain()

    assert {why: (minutes_of(entry), flags_of(entry)) for why, entry in nothing.items()} == dict.fromkeys(
        nothing, (0, "no_time")
    )
    grid = place.areas["grid1"]
    assert (balances(odd), balances(plain)) == ({grid: (120, 1)}, {grid: (120, 1)})


def _as_it_was(entry: int, **change: object) -> int:
    """A copy of a stored entry with other values, past every check."""
    with unit_of_work(drain=False) as session:
        stored = session.get_one(Entry, entry)
        values = {column.name: getattr(stored, column.name) for column in Entry.__table__.columns}
        copy = Entry(**{**values, "id": None, "public_id": new_public_id(), **change})
        session.add(copy)
        session.flush()
        return copy.id


def test_voiding_the_earlier_of_two_overlapping_entries_gives_its_time_to_the_later(place: Place) -> None:
    person = place.person()
    first = place.serve(person, "09:00", "11:00", title="X")
    second = place.serve(person, "10:30", "12:00", title="Y")
    assert flags_of(second) == "overlap"

    place.void(first)

    assert (minutes_of(first), minutes_of(second), flags_of(second)) == (None, 90, "")
    assert balances(person) == {place.areas["grid1"]: (90, 1)}


def test_voiding_the_only_entry_leaves_no_row(place: Place) -> None:
    entry = place.serve(place.person())
    place.void(entry)

    assert everything() == {"volunteer_credit": [], "volunteer_day": [], "volunteer_balance": []}


def test_unconfirmed_and_other_kinds_are_worth_nothing(place: Place) -> None:
    person = place.person()
    place.serve(person, confirm=False)
    place.serve(person, kind="主题党日", title="party day")

    assert everything()["volunteer_balance"] == []


def test_a_council_meeting_takes_no_minute_from_service_it_overlaps(place: Place) -> None:
    person = place.person()
    place.serve(person, "09:00", "11:00", kind="居民议事会", title="council")
    entry = place.serve(person, "10:00", "12:00")

    assert minutes_of(entry) == 120


def test_service_across_midnight_counts_on_both_dates_and_once_as_a_participation(place: Place) -> None:
    person, grid = place.person(), place.areas["grid1"]
    place.serve(person, "22:30", "25:15", day=date(2026, 3, 31))

    assert everything()["volunteer_day"] == [
        (person, date(2026, 3, 31), grid, 90, 1),
        (person, date(2026, 4, 1), grid, 75, 0),
    ]
    assert balances(person, "2026-03") == {grid: (90, 1)}
    assert balances(person, "2026-04") == {grid: (75, 0)}
    assert balances(person, "2026") == {grid: (165, 1)}


def test_new_years_night_is_split_between_the_years(place: Place) -> None:
    person, grid = place.person(), place.areas["grid1"]
    place.serve(person, "23:00", "26:00", day=date(2025, 12, 31))

    assert (balances(person, "2025"), balances(person, "2026")) == ({grid: (60, 1)}, {grid: (120, 0)})
    assert balances(person) == {grid: (180, 1)}


def test_hours_without_times_are_credited_as_given_and_say_so(place: Place) -> None:
    person = place.person()
    entry = place.serve(person, None, None, quantity=250, unit="hour")

    assert (minutes_of(entry), flags_of(entry)) == (150, "untimed")


def test_hours_count_for_the_area_of_the_day_also_after_moving(place: Place) -> None:
    person = place.person(area="grid1")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), place.areas["sunny"], date(2026, 4, 1), SYSTEM)
    place.serve(person, day=date(2026, 3, 31))
    place.serve(person, day=date(2026, 4, 1), area="street")

    assert balances(person) == {place.areas["grid1"]: (120, 1), place.areas["sunny"]: (120, 1)}


def test_deriving_again_changes_nothing(place: Place) -> None:
    people = [place.person(name) for name in ("张三", "李四", "王五")]
    for person in people:
        place.serve(person)
        place.serve(person, "10:00", "12:00", title="second")
    before = everything()
    for _ in range(2):
        with unit_of_work(drain=False) as session:
            mark_people(session, people)
        drain()

    assert everything() == before
    assert len(before["volunteer_credit"]) == 6


def test_the_outcome_does_not_depend_on_when_marks_are_worked_off(place: Place) -> None:
    person = place.person()
    late = place.serve(person, "10:00", "12:00", title="late", derive=False)
    early = place.serve(person, "09:00", "11:00", title="early", derive=False)
    gone = place.serve(person, "08:00", "09:30", title="gone", derive=False)
    place.void(gone, derive=False)
    drain()
    at_once = (minutes_of(early), minutes_of(late), minutes_of(gone))

    assert at_once == (120, 60, None)
    assert balances(person) == {place.areas["grid1"]: (180, 2)}


def test_wrong_rows_are_put_right_whatever_they_say(place: Place) -> None:
    from sqlalchemy import text

    person = place.person()
    place.serve(person)
    before = everything()
    with unit_of_work(drain=False) as session:
        session.execute(text("UPDATE volunteer_balance SET minutes = 7"))
        session.execute(text("DELETE FROM volunteer_credit"))
        session.execute(text("UPDATE volunteer_day SET local_date = '2020-01-01'"))
        mark_people(session, [person])
    drain()

    assert everything() == before


def test_merged_people_are_one_and_unmerging_gives_each_their_own(place: Place) -> None:
    kept, merged = place.person("张三"), place.person("张三", area="grid2")
    first = place.serve(kept, "09:00", "11:00", title="X")
    second = place.serve(merged, "10:30", "12:00", title="Y")
    apart = everything()
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)

    assert (minutes_of(first), minutes_of(second)) == (120, 60)
    assert balances(kept) == {place.areas["grid1"]: (120, 1), place.areas["grid2"]: (60, 1)}
    assert balances(merged) == {}

    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, merged), SYSTEM)

    assert everything() == apart
    assert pending_count_now() == 0


def test_merging_where_the_plugin_is_off_by_now_leaves_nothing_behind(place: Place) -> None:
    kept, merged = place.person("张三"), place.person("张三", area="grid2")
    place.serve(merged)
    with unit_of_work(drain=False) as session:
        switch_plugin(session, place.area(session, "street"), "volunteer", False, SYSTEM)
    with unit_of_work(drain=False) as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    assert (balances(kept), balances(merged)) == ({}, {})

    switch(place, "street", True)

    assert (balances(kept), balances(merged)) == ({place.areas["grid2"]: (120, 1)}, {})


def test_an_area_that_switches_off_is_counted_no_more_above_and_again_when_it_is_on(place: Place) -> None:
    here, there = place.person("张三", area="grid1"), place.person("李四", area="sunny")
    for person in (here, there):
        place.serve(person)
    before = everything()

    switch(place, "happy", False)

    assert (balances(here), balances(there)) == ({}, {place.areas["sunny"]: (120, 1)})

    switch(place, "happy", True)

    assert everything() == before


def test_service_where_the_plugin_is_off_still_takes_its_minutes_from_what_it_overlaps(place: Place) -> None:
    person = place.person(area="grid1")
    place.serve(person, "22:00", "24:30", day=date(2026, 3, 31), title="X")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), place.areas["sunny"], date(2026, 4, 1), SYSTEM)
    place.serve(person, "00:00", "01:00", day=date(2026, 4, 1), title="Y")
    assert balances(person)[place.areas["sunny"]] == (30, 1)

    switch(place, "happy", False)

    assert balances(person) == {place.areas["sunny"]: (30, 1)}


def pending_count_now() -> int:
    with unit_of_work() as session:
        return pending_count(session)


def test_nothing_is_derived_where_the_plugin_is_off_and_switching_on_catches_up(site: object) -> None:
    place = make_place(switched_on=())
    person, elsewhere = place.person(), place.person("李四", area="sunny")
    place.serve(person)
    place.serve(elsewhere)
    assert everything()["volunteer_credit"] == []

    switch(place, "happy", True)

    assert balances(person) == {place.areas["grid1"]: (120, 1)}
    assert balances(elsewhere) == {}


def test_a_batch_of_people_costs_a_fixed_number_of_statements(place: Place) -> None:
    from tests.plugins.volunteer.statements import count_statements

    people = [place.person(f"志愿者{chr(0x4E00 + n)}") for n in range(12)]
    for number, person in enumerate(people):
        for n in range(3):
            place.serve(person, title=f"{number} {n}", day=DAY + timedelta(days=n), derive=False)
    counts = []
    for part in (people[:2], people[2:]):
        with count_statements() as seen:
            assert drain(people=part).failed == {}
        counts.append(len(seen))

    assert counts[0] == counts[1], seen
    # A dozen are those of the core for the figures of areas; locks that SQLite does not take are not counted.
    assert len([text for text in seen if "advisory" not in text]) <= 36, seen
