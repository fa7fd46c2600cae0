"""The story's days and people: pure, the same every time, and of nobody real."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsys.core.people.records import check_person
from pointsys.demo.people import IN_SERVICE, RESIDENT, Inhabitant, make_id_number, populate
from pointsys.demo.schedule import Template, occurrences, read_story
from pointsys.demo.year import gatherings, half_months
from pointsys.kit.identity import parse_id_number, parse_phone

TODAY = date(2026, 7, 10)
# Festivals move and are known from 2024 to 2030.
DAYS = st.dates(date(2025, 2, 1), date(2029, 12, 31))


def _template(**when: object) -> Template:
    values = {"community": "old", "kind": "志愿服务", "title": "x", "who": "any", "size": (1, 2)}
    return Template(start=time(9), end=time(11), **values, **when)  # type: ignore[arg-type]


def _people(count: int = 600, seed: int = 1) -> list[Inhabitant]:
    story = read_story()
    return populate(Random(seed), story.communities, story.members, count, TODAY)


def test_the_third_saturday_of_a_month_is_found() -> None:
    days = occurrences(_template(weekdays=(5,), nth=(3,)), date(2026, 5, 1), date(2026, 7, 31), {})
    assert days == [date(2026, 5, 16), date(2026, 6, 20), date(2026, 7, 18)]


def test_months_limit_weekdays() -> None:
    days = occurrences(_template(weekdays=(0,), months=(6,)), date(2026, 5, 20), date(2026, 7, 31), {})
    assert days == [date(2026, 6, day) for day in (1, 8, 15, 22, 29)]


def test_dates_come_every_year() -> None:
    days = occurrences(_template(dates=("03-05",)), date(2025, 3, 5), date(2026, 3, 5), {})
    assert days == [date(2025, 3, 5), date(2026, 3, 5)]


def test_days_before_a_festival_follow_it() -> None:
    festivals = {"spring": (date(2026, 2, 17),)}
    days = occurrences(
        _template(festival="spring", before=(9, 4)), date(2026, 2, 1), date(2026, 2, 10), festivals
    )
    assert days == [date(2026, 2, 8)]


@settings(max_examples=25)
@given(last=DAYS)
def test_whatever_the_day_a_year_has_every_activity_of_the_story(last: date) -> None:
    story = read_story()
    titles = {gathering.template.title for gathering in gatherings(story, last - timedelta(days=384), last)}
    assert titles == {template.title for template in story.templates}


@given(first=DAYS, length=st.integers(0, 400))
def test_half_months_follow_one_another_without_a_gap(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    spans = list(half_months(first, last))
    assert spans[0][0] == first
    assert spans[-1][1] == last
    for (_start, end), (following, _end) in pairwise(spans):
        assert following == end + timedelta(days=1)
    assert all(end.month == start.month and (start.day > 15) == (end.day > 15) for start, end in spans)


def test_there_are_three_communities_and_forty_grids() -> None:
    story = read_story()
    assert len(story.communities) == 3
    assert sum(len(community.grids) for community in story.communities) == 40
    assert all(c.forgotten_grid in (*c.grids, "") for c in story.communities)


def test_the_same_seed_tells_of_the_same_people() -> None:
    assert _people() == _people()
    assert _people() != _people(seed=2)


def test_people_pass_the_checks_of_a_roster() -> None:
    for person in _people():
        person.area_id = 1
        checked = check_person(person.data(), today=TODAY)
        assert checked.name == person.name


def test_phones_and_id_numbers_are_valid_and_nobodys() -> None:
    people = _people()
    phones = [person.phone for person in people if person.phone]
    numbers = [person.id_number for person in people if person.id_number]
    assert all(parse_phone(phone).startswith("1990000") for phone in phones)
    assert all(parse_id_number(number, today=TODAY).number.startswith("990101") for number in numbers)
    assert len(set(phones)) == len(phones)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_an_id_number_tells_birth_date_and_sex(sex: str) -> None:
    parsed = parse_id_number(make_id_number(date(1960, 2, 29), sex, 7), today=TODAY)
    assert (parsed.birth_date, parsed.sex) == (date(1960, 2, 29), sex)


def test_nobody_shares_a_name_within_a_community() -> None:
    people = _people(2_000)
    assert len({(person.community, person.name) for person in people}) == len(people)


def test_party_members_say_where_they_come_from() -> None:
    people = _people()
    for person in people:
        if person.member == IN_SERVICE:
            assert {"政治面貌", "工作单位", "党支部", "报到日期"} <= person.facts.keys()
            assert isinstance(person.facts["报到日期"], date)
            assert person.facts["报到日期"] < TODAY
        elif person.member == RESIDENT:
            assert {"政治面貌", "党支部"} <= person.facts.keys()
        else:
            assert not person.facts
    assert sum(person.member == IN_SERVICE for person in people) == 90
