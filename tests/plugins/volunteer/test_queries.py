"""Lists and sums of an area, one's own entries, and the effect that unconfirmed entries would have."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsys.core.actors import SYSTEM
from pointsys.core.pending import drain
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.people.services import move_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer import queries
from pointsys.plugins.volunteer.hours import Span, make_span
from tests.plugins.volunteer.place import DAY, Place, everything, switch
from tests.plugins.volunteer.statements import count_statements

ALL_TIME = Span(("all",))


def listed(
    place: Place, area: str, span: Span = ALL_TIME, query: str = ""
) -> list[tuple[str, int, int, int]]:
    """(name, minutes, entries, rank) of an area's list."""
    with read_scope() as session:
        rows = queries.hours_page(session, place.areas[area], span, query=query).rows
    return [(row.name, row.minutes, row.entries, row.rank) for row in rows]


def test_people_are_listed_with_most_minutes_first_and_equal_ones_share_a_rank(place: Place) -> None:
    for name, end in (("李四", "10:00"), ("张三", "11:00"), ("王五", "10:00"), ("赵六", "09:30")):
        place.serve(place.person(name), "09:00", end)

    assert listed(place, "street") == [
        ("张三", 120, 1, 1),
        ("李四", 60, 1, 2),
        ("王五", 60, 1, 2),
        ("赵六", 30, 1, 4),
    ]


def test_a_community_sees_its_own_people_wherever_they_served(place: Place) -> None:
    place.serve(place.person("张三", area="grid1"), area="sunny")
    place.serve(place.person("李四", area="sunny"), area="happy")

    assert [row[0] for row in listed(place, "happy")] == ["张三"]
    assert [row[0] for row in listed(place, "sunny")] == ["李四"]
    assert {row[0] for row in listed(place, "street")} == {"张三", "李四"}


def test_a_person_who_moved_is_one_line_above_both_areas(place: Place) -> None:
    person = place.person("张三", area="grid1")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), place.areas["sunny"], date(2026, 4, 1), SYSTEM)
    place.serve(person, day=date(2026, 3, 31))
    place.serve(person, "09:00", "10:00", day=date(2026, 4, 1))

    assert listed(place, "street") == [("张三", 180, 2, 1)]
    assert listed(place, "happy") == [("张三", 120, 1, 1)]
    assert listed(place, "sunny") == [("张三", 60, 1, 1)]


def test_a_range_of_days_takes_from_a_night_what_lies_inside(place: Place) -> None:
    place.serve(place.person("张三"), "22:30", "25:15", day=date(2026, 3, 31))

    assert listed(place, "happy", make_span(date(2026, 3, 1), date(2026, 3, 31))) == [("张三", 90, 1, 1)]
    assert listed(place, "happy", make_span(date(2026, 4, 1), date(2026, 4, 1))) == [("张三", 75, 0, 1)]
    assert listed(place, "happy", make_span(date(2026, 4, 2), None)) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2025, 11, 1), date(2026, 6, 30)), st.dates(date(2025, 11, 1), date(2026, 6, 30)))
def test_periods_and_days_of_a_range_sum_to_what_its_days_hold(place: Place, one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    days = everything()["volunteer_day"]
    if not days:
        person = place.person("张三")
        for day in (
            date(2025, 11, 30),
            date(2025, 12, 31),
            date(2026, 1, 15),
            date(2026, 3, 1),
            date(2026, 5, 31),
        ):
            place.serve(person, "22:00", "25:00", day=day)
        days = everything()["volunteer_day"]
    expected = sum(minutes for _p, day, _a, minutes, _e in days if first <= day <= last)

    assert sum(row[1] for row in listed(place, "street", make_span(first, last))) == expected


def test_a_list_is_searched_by_initials_and_keeps_the_ranks_of_the_whole_area(place: Place) -> None:
    place.serve(place.person("张三"), "09:00", "11:00")
    place.serve(place.person("单晓明"), "09:00", "10:00")

    assert listed(place, "happy", query="sxm") == [("单晓明", 60, 1, 2)]
    assert listed(place, "happy", query="晓明") == [("单晓明", 60, 1, 2)]
    assert listed(place, "happy", query="nobody") == []


def test_sums_are_those_of_the_whole_list_on_every_page_of_it(place: Place) -> None:
    for name in ("张三", "李四", "王五"):
        place.serve(place.person(name))
    with read_scope() as session:
        page = queries.hours_page(session, place.areas["happy"], ALL_TIME, limit=2, offset=2)

    assert (len(page.rows), page.people, page.total.minutes, page.total.entries) == (1, 3, 360, 3)


def test_a_list_says_who_is_not_computed_from_the_latest_entries(place: Place) -> None:
    person, other = place.person("张三"), place.person("李四")
    for one in (person, other):
        place.serve(one)
    place.serve(person, title="later", start="14:00", end="15:00", derive=False)
    with read_scope() as session:
        page = queries.hours_page(session, place.areas["happy"], ALL_TIME)
        waiting = (queries.waits(session, person), queries.waits(session, other))

    assert [(row.name, row.waits) for row in page.rows] == [("李四", False), ("张三", True)]
    assert page.waiting == 1
    assert waiting == (True, False)


def test_people_who_wait_are_counted_also_when_nobody_is_listed_yet(place: Place) -> None:
    place.serve(place.person(), derive=False)
    with read_scope() as session:
        page = queries.hours_page(session, place.areas["happy"], ALL_TIME)

    assert (page.rows, page.people, page.waiting) == ((), 0, 1)


def test_a_list_costs_one_statement_whatever_its_length(place: Place) -> None:
    counts = []
    for name in ("张三", "李四", "王五"):
        place.serve(place.person(name))
        with count_statements() as seen:
            listed(place, "street", make_span(date(2026, 2, 3), date(2026, 8, 9)))
        counts.append(len(seen))

    assert counts == [1, 1, 1]


def test_a_report_keeps_people_and_person_times_apart_and_counts_who_moved_once(place: Place) -> None:
    person, other = place.person("张三", area="grid1"), place.person("李四", area="happy")
    with unit_of_work() as session:
        move_person(session, session.get_one(Person, person), place.areas["sunny"], date(2026, 3, 10), SYSTEM)
    for day in (date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 10)):
        place.serve(person, day=day)
    place.serve(other, "09:00", "09:30", day=date(2026, 3, 8))
    with read_scope() as session:
        street = queries.area_report(session, place.areas["street"], "2026-03")
        happy = queries.area_report(session, place.areas["happy"], "2026-03")
        months = queries.by_month(session, place.areas["street"], ["2026-02", "2026-03"])
        names = [area.name for area, _line in happy.parts]

    line = queries.ReportLine
    assert street.total == line(people=2, entries=4, minutes=390, active=2)
    assert [part for _area, part in street.parts] == [line(2, 3, 270, 2), line(1, 1, 120, 1)]
    assert street.direct == line(0, 0, 0)
    assert (happy.total, happy.direct) == (line(2, 3, 270, 2), line(1, 1, 30, 1))
    assert names == ["第1网格", "第2网格"]
    assert [part for _area, part in happy.parts] == [line(1, 2, 240, 1), line(0, 0, 0)]
    assert months == {"2026-03": line(2, 4, 390, 2)}


def test_own_entries_show_every_row_of_a_merged_person(place: Place) -> None:
    kept, merged = place.person("张三"), place.person("张三", area="grid2")
    first = place.serve(kept, "09:00", "11:00", title="X")
    second = place.serve(merged, "10:30", "12:00", title="Y")
    waiting = place.serve(merged, "15:00", "16:00", title="Z", confirm=False)
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    for asked in (kept, merged):
        with read_scope() as session:
            entries, count = queries.own_entries(session, asked, limit=10)
            tallies = queries.own_balances(session, asked, ("all", "2026", "2025"))

        assert count == 3
        assert [(e.entry_id, e.minutes, e.flags) for e in entries] == [
            (waiting, None, ()),
            (second, 60, ("overlap",)),
            (first, 120, ()),
        ]
        assert [(t.minutes, t.entries) for t in tallies.values()] == [(180, 2), (180, 2), (0, 0)]


def test_an_unconfirmed_entry_would_bring_what_is_not_credited_already(place: Place) -> None:
    person = place.person()
    place.serve(person, "09:00", "11:00", title="X")
    expected = {
        place.serve(person, start, end, title=f"from {start}", confirm=False): brings
        for start, end, brings in (("14:00", "16:30", 150), ("10:00", "12:00", 60), ("09:15", "10:00", 0))
    }
    with read_scope() as session:
        assert queries.expected_minutes(session, expected) == expected
        assert queries.own_balances(session, person, ("all",))["all"].minutes == 120


def test_an_earlier_entry_is_expected_to_bring_only_what_it_adds_to_the_total(place: Place) -> None:
    person = place.person()
    place.serve(person, "10:00", "12:00", title="later")
    entry = place.serve(person, "09:00", "11:00", title="earlier", confirm=False)
    with read_scope() as session:
        assert queries.expected_minutes(session, [entry]) == {entry: 60}


def test_nothing_is_expected_of_other_kinds_decided_entries_and_areas_without_the_plugin(
    place: Place,
) -> None:
    person, elsewhere = place.person(), place.person("李四", area="sunny")
    council = place.serve(person, kind="居民议事会", title="council", confirm=False)
    confirmed = place.serve(person, title="service")
    off = place.serve(elsewhere, confirm=False)
    switch(place, "sunny", False)
    with read_scope() as session:
        assert queries.expected_minutes(session, [council, confirmed, off]) == {}


def test_ones_place_in_the_ranking_counts_those_with_more(place: Place) -> None:
    people = {name: place.person(name) for name in ("张三", "李四", "王五")}
    for name, end in (("张三", "11:00"), ("李四", "10:00"), ("王五", "10:00")):
        place.serve(people[name], "09:00", end, day=DAY)
    idle = place.person("赵六")
    with read_scope() as session:
        places = {
            name: queries.place_of(session, place.areas["street"], ALL_TIME, person)
            for name, person in {**people, "赵六": idle}.items()
        }

    assert {name: line and line.rank for name, line in places.items()} == {
        "张三": 1,
        "李四": 2,
        "王五": 2,
        "赵六": None,
    }


def test_a_voided_entry_whose_mark_waits_shows_no_old_credit(place: Place) -> None:
    person = place.person()
    entry = place.serve(person)
    place.void(entry, derive=False)
    with read_scope() as session:
        entries, _count = queries.own_entries(session, person, limit=10)
    assert entries == []
    drain()
    assert everything()["volunteer_credit"] == []
