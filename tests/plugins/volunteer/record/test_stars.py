"""Stars on both engines: they follow the hours, several profiles at once, and people decide where the total falls."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.pending import drain
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer.models import VolunteerCredit
from pointsys.plugins.volunteer.record import deciding_stars, following, profiles, publishing_profiles, stars
from pointsys.plugins.volunteer.record.models import VolunteerStarAward, VolunteerStarEvent
from pointsys.plugins.volunteer.record.star_rules import CREDIT, SELECTED, YEAR, Level, Profile
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.statements import count_statements

SMALL = Profile("small", "小星", 0, (Level("一小星", 120), Level("二小星", 240)))
FIRST = date(2026, 3, 2)


def publish(
    place: Place, profile: Profile, area: str = "street", *, used: bool = True, later: int = 0
) -> None:
    """Put a profile in force."""
    with unit_of_work() as session:
        day = current_site().today() + timedelta(days=later)
        publishing_profiles.publish(session, place.area(session, area), profile, day, SYSTEM, used=used)


def serve(place: Place, person: int, minutes: int, day: int = 0) -> int:
    """Service of one day, at most eight hours of it."""
    end = f"{9 + minutes // 60:02d}:{minutes % 60:02d}"
    return place.serve(person, "09:00", end, day=FIRST + timedelta(days=day), title=f"第{day}天")


def held(*people: int) -> list[list[tuple[str, int, str]]]:
    """(profile, stars, state) of each person."""
    with read_scope() as session:
        found = stars.stars_of(session, people, current_site().today())
        return [[(star.profile, star.level, star.state) for star in found[one]] for one in people]


def steps(person: int) -> list[tuple[int, str]]:
    """What happened to somebody's stars, in order."""
    with read_scope() as session:
        rows = session.execute(
            select(VolunteerStarAward.level, VolunteerStarEvent.what)
            .join(VolunteerStarEvent, VolunteerStarEvent.award_id == VolunteerStarAward.id)
            .where(VolunteerStarAward.person_id == person)
            .order_by(VolunteerStarEvent.id)
        )
        return [(row[0], row[1]) for row in rows]


def ids_of(session: Session, person: int, state: str) -> list[str]:
    """The outside ids of somebody's stars in a state."""
    award = VolunteerStarAward
    return list(
        session.scalars(select(award.public_id).where(award.person_id == person, award.state == state))
    )


def decide(
    place: Place, person: int, state: str, act: str, reason: str = "核实过", actor: Actor = SYSTEM
) -> int:
    with unit_of_work() as session:
        chosen = ids_of(session, person, state)
        done: int = deciding_stars.decide(session, place.areas["street"], chosen, act, reason, actor)
        return done


def test_the_hundredth_hour_brings_the_national_star_and_not_a_minute_earlier(place: Place) -> None:
    person = place.person()
    for day in range(12):
        place.serve(
            person, "09:00", "17:00", day=FIRST + timedelta(days=day), title=f"第{day}天", derive=False
        )
    serve(place, person, 239, 12)
    assert held(person) == [[]]

    serve(place, person, 1, 13)

    assert held(person) == [[("national", 1, "awarded")]]


def test_a_lower_total_after_a_star_is_under_review_until_the_hours_are_back(place: Place) -> None:
    publish(place, SMALL)
    person = place.person()
    serve(place, person, 120)
    entry = serve(place, person, 120, 1)
    assert held(person) == [[("small", 2, "awarded")]]

    place.void(entry)
    assert held(person) == [[("small", 2, "under_review")]]

    serve(place, person, 120, 2)
    assert held(person) == [[("small", 2, "awarded")]]
    assert steps(person) == [(1, "awarded"), (2, "awarded"), (2, "under_review"), (2, "awarded")]


def test_staff_keep_a_star_or_take_it_away_with_a_reason(place: Place) -> None:
    publish(place, SMALL)
    people = [place.person("甲"), place.person("乙")]
    entries = [serve(place, person, 180) for person in people]
    for entry, person in zip(entries, people, strict=True):
        place.void(entry)
        place.serve(person, "09:00", "10:00", title="改正")
    with pytest.raises(Problem) as no_reason:
        decide(place, people[0], "under_review", "keep", " ")
    assert no_reason.value.code == "reason_needed"

    assert decide(place, people[0], "under_review", "keep") == 1
    assert decide(place, people[1], "under_review", "withdraw") == 1

    # Anything new leaves the decisions alone; one hour less than was kept is looked at again.
    for person in people:
        place.serve(person, "13:00", "13:10", title="再来")
    assert held(*people) == [[("small", 1, "awarded")], []]
    with pytest.raises(Problem) as twice:
        decide(place, people[1], "withdrawn", "withdraw")
    assert twice.value.code == "wrong_state"


def test_nobody_decides_on_a_star_of_their_own(place: Place) -> None:
    publish(place, Profile("chosen", "评定", 0, (Level("一星", 60),), mode=SELECTED))
    person = place.person()
    serve(place, person, 60)
    with unit_of_work() as session:
        own = ids_of(session, person, "eligible")
    me = Actor("me", account_id=None, person_id=person)

    with pytest.raises(Problem) as refused:
        decide(place, person, "eligible", "award", actor=me)
    assert refused.value.code == "own_record"

    assert len(own) == 1
    assert held(person) == [[]]
    assert decide(place, person, "eligible", "award") == 1
    assert held(person) == [[("chosen", 1, "awarded")]]


def test_an_eligible_star_that_is_not_reached_any_more_goes_quietly(place: Place) -> None:
    publish(place, Profile("chosen", "评定", 0, (Level("一星", 60),), mode=SELECTED))
    person = place.person()
    entry = serve(place, person, 60)

    place.void(entry)

    with read_scope() as session:
        assert list(session.scalars(select(VolunteerStarAward))) == []


def test_several_profiles_stand_side_by_side_and_areas_below_may_differ(place: Place) -> None:
    publish(place, SMALL)
    publish(place, profiles.shipped()["zhangjiagang"])
    publish(place, Profile("small", "更严", 0, (Level("一小星", 600),)), "sunny")
    publish(place, profiles.shipped()["national"], "sunny", used=False)
    here, there = place.person("甲", "grid1"), place.person("乙", "sunny")
    for person in (here, there):
        for day in range(4):
            serve(place, person, 450, day)

    assert held(here, there) == [
        [("small", 2, "awarded"), ("zhangjiagang", 1, "awarded")],
        [("small", 1, "awarded"), ("zhangjiagang", 1, "awarded")],
    ]
    with read_scope() as session:
        codes = {
            person: [one.profile.code for one in several]
            for person, several in stars.progress_of(session, [here, there]).items()
        }
    assert codes == {here: ["national", "small", "zhangjiagang"], there: ["small", "zhangjiagang"]}


def test_a_new_version_begins_on_its_day_and_changes_no_star_given_before(place: Place) -> None:
    publish(place, SMALL)
    person, other = place.person("甲"), place.person("乙")
    serve(place, person, 150)
    serve(place, other, 100)

    with pytest.raises(Problem) as past:
        publish(place, SMALL, later=-1)
    assert past.value.code == "date_past"
    publish(place, Profile("small", "小星", 0, (Level("一小星", 200),)))
    serve(place, person, 10, 1)
    assert held(person, other) == [[("small", 1, "awarded")], []]

    # A lower one reaches those who have enough already.
    publish(place, Profile("small", "小星", 0, (Level("一小星", 100),)))
    drain()
    assert held(other) == [[("small", 1, "awarded")]]


def test_a_year_profile_counts_each_year_and_credit_alone_leaves_honour_hours_out(place: Place) -> None:
    publish(place, Profile("year", "年度", 0, (Level("一星", 120),), window=YEAR))
    publish(place, Profile("timed", "信用", 0, (Level("一星", 60),), klass=CREDIT))
    person = place.person()
    place.serve(person, "09:00", "10:00", day=date(2025, 12, 30), title="去年")
    serve(place, person, 60)
    assert held(person) == [[]]

    serve(place, person, 60, 1)

    # Nothing here was timed by the system.
    assert held(person) == [[("year", 1, "awarded")]]

    with unit_of_work() as session:
        first = select(VolunteerCredit.entry_id).where(VolunteerCredit.local_date == FIRST)
        session.execute(
            update(VolunteerCredit).where(VolunteerCredit.entry_id.in_(first)).values(klass=CREDIT)
        )
        following.follow(session, [person])
    assert held(person) == [[("timed", 1, "awarded"), ("year", 1, "awarded")]]


def test_stars_of_merged_people_are_those_of_one_human_being(place: Place) -> None:
    publish(place, SMALL)
    kept, merged = place.person("甲"), place.person("甲", "grid2")
    serve(place, kept, 120)
    serve(place, merged, 130, 1)

    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    drain()

    assert held(kept) == [[("small", 2, "awarded")]]
    with read_scope() as session:
        rows, total = stars.star_list(session, place.areas["street"], stars.Filters(profile="small"))
    assert (total, [row.level for row in rows]) == (1, [2])


def test_a_star_of_a_merged_row_is_listed_and_goes_under_review_when_they_part_again(place: Place) -> None:
    publish(place, SMALL)
    kept, merged = place.person("甲"), place.person("甲", "grid2")
    serve(place, kept, 50)
    serve(place, merged, 130, 1)

    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    drain()
    with read_scope() as session:
        rows, _total = stars.star_list(session, place.areas["street"], stars.Filters(profile="small"))
        assert [(row.person.id, row.level) for row in rows] == [(kept, 1)]

    with unit_of_work() as session:
        unmerge(session, session.get_one(Person, merged), SYSTEM)
    drain()
    assert held(kept, merged) == [[("small", 1, "under_review")], [("small", 1, "awarded")]]


def test_stars_of_many_take_as_many_statements_as_those_of_one(place: Place) -> None:
    publish(place, SMALL)
    people = [place.person(f"人{number}") for number in range(6)]
    for person in people:
        serve(place, person, 130)

    def count(several: list[int]) -> int:
        with read_scope() as session, count_statements() as seen:
            stars.stars_of(session, several, current_site().today())
            stars.progress_of(session, several)
        return len(seen)

    assert count(people) == count(people[:1])
