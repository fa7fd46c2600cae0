"""Reports: people and person-times apart, registered and active apart, by what they are grouped and narrowed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pointsys.core.actors import SYSTEM
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.queries import ReportLine
from pointsys.plugins.volunteer.reports import figures
from pointsys.plugins.volunteer.reports.figures import ALLIANCE, AREA, MONTH, PROJECT, TEAM, Asked, Report
from pointsys.plugins.volunteer.reports.periods import parse_report_period
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.reports.teamwork import Teamwork
from tests.plugins.volunteer.statements import count_statements

LAST = date(2026, 3, 31)


@pytest.fixture
def made(place: Place) -> Teamwork:
    """The usual place to found teams in."""
    return Teamwork(place)


def report(made: Teamwork, period: str = "2026-03", area: str = "street", **more: Any) -> Report:
    with read_scope() as session:
        asked = Asked(parse_report_period(period), **more)
        return figures.report(session, made.place.areas[area], asked)


def lines(found: Report) -> dict[str, tuple[int, int, int]]:
    """Name -> people, person-times, minutes."""
    return {row.name: (row.line.people, row.line.entries, row.line.minutes) for row in found.rows}


def of(line: ReportLine) -> tuple[int, int, int]:
    return line.people, line.entries, line.minutes


def test_overlap_in_two_teams_counts_each_minute_once_and_the_alliance_has_the_sum(made: Teamwork) -> None:
    a, b = made.team("A队"), made.team("B队")
    made.alliance("联盟", a, b)
    person = made.place.person()
    made.serve(person, "09:00", "11:00", team=a)
    made.serve(person, "10:30", "12:00", team=b)

    assert lines(report(made, by=TEAM)) == {"A队": (1, 1, 120), "B队": (1, 1, 60)}
    assert lines(report(made, by=ALLIANCE)) == {"联盟": (1, 2, 180)}
    assert of(report(made, by=TEAM).total) == (1, 2, 180)
    assert of(report(made, by=TEAM, team=b).total) == (1, 1, 60)


def test_a_report_by_team_has_idle_teams_and_what_was_done_for_none(made: Teamwork) -> None:
    team, below = made.team("一队"), 0
    below = made.team("一队小组", parent_id=team)
    made.team("闲队")
    made.team("散队", dissolved_on=date(2026, 2, 1), state="dissolved")
    first, second, third = (made.place.person(name) for name in ("张三", "李四", "王五"))
    project = made.project("P1", team)
    made.serve(first, "09:00", "10:00", team=team, project=project)
    made.serve(second, "09:00", "10:30", team=team, project=project)
    made.serve(first, "13:00", "14:00", team=below)
    made.place.serve(third, "15:00", "16:00", title="自己来")
    made.join(team, first)
    made.join(team, third)
    made.join(team, second, left=date(2026, 3, 30))

    found = report(made, by=TEAM)
    assert lines(found) == {"一队": (2, 2, 150), "一队小组": (1, 1, 60), "闲队": (0, 0, 0)}
    assert of(found.rest) == (1, 1, 60)
    assert of(found.total) == (3, 4, 270)
    assert {row.name: row.line.registered for row in found.rows} == {"一队": 2, "一队小组": 0, "闲队": 0}
    whole = report(made, by=TEAM, team=team)
    assert (of(whole.total), of(whole.rest)) == ((2, 3, 210), (0, 0, 0)), "with the teams below it"
    by_project = report(made, by=PROJECT)
    assert lines(by_project) == {"项目P1": (2, 2, 150)}
    assert of(by_project.rest) == (2, 2, 120)
    assert of(report(made, by=AREA, project=project).total) == (2, 2, 150)


def test_only_timed_hours_are_counted_where_that_is_asked_for(made: Teamwork) -> None:
    team = made.team("A队")
    first, second = made.place.person("张三"), made.place.person("李四", area="sunny")
    timed = made.serve(first, "09:00", "10:00", team=team)
    made.serve(first, "11:00", "12:00", team=team)
    made.serve(second, "13:00", "14:30", team=team)
    made.timed(timed)

    assert of(report(made, klass="credit").total) == (1, 1, 60)
    assert of(report(made, klass="honour").total) == (2, 2, 150)
    assert lines(report(made, klass="credit", by=AREA)) == {"幸福社区": (1, 1, 60), "阳光社区": (0, 0, 0)}
    assert lines(report(made, klass="credit", by=TEAM)) == {"A队": (1, 1, 60)}


def test_service_over_midnight_is_one_person_time_and_its_minutes_go_with_their_dates(made: Teamwork) -> None:
    team, person = made.team("夜巡队"), made.place.person()
    made.serve(person, "22:30", "25:15", day=LAST, team=team)

    assert of(report(made, "2026-03", by=TEAM).total) == (1, 1, 90)
    april = report(made, "2026-04", by=TEAM)
    assert (of(april.total), april.total.active) == ((1, 0, 75), 1)
    quarter = report(made, "2026-H1", by=MONTH, team=team)
    assert [of(row.line) for row in quarter.rows if row.line.minutes] == [(1, 1, 90), (1, 0, 75)]
    assert of(quarter.total) == (1, 1, 165)
    # The stored months and the credits tell the same.
    plain = report(made, "2026-H1", by=MONTH)
    assert [of(row.line) for row in plain.rows] == [of(row.line) for row in quarter.rows]
    for period in ("2026-03", "2026-04", "2026"):
        for area in ("street", "happy"):
            stored = report(made, period, area)
            counted = report(made, period, area, team=team)
            assert [of(row.line) for row in stored.rows] == [of(row.line) for row in counted.rows]
            assert (of(stored.total), of(stored.rest)) == (of(counted.total), of(counted.rest))


def test_a_quarter_counts_somebody_who_came_each_month_once(made: Teamwork) -> None:
    person, other = made.place.person("张三"), made.place.person("李四", area="sunny")
    for month in (1, 2, 3):
        made.place.serve(person, day=date(2026, month, 7))
    made.place.serve(other, day=date(2026, 4, 1))
    assert lines(report(made, "2026-Q1")) == {"幸福社区": (1, 3, 360), "阳光社区": (0, 0, 0)}
    assert of(report(made, "2026-Q1").total) == (1, 3, 360)


def test_registered_and_active_are_two_numbers(made: Teamwork) -> None:
    place = made.place
    first, idle, gone, late, elsewhere, asks = (
        place.person(name, area)
        for name, area in (
            ("张三", "grid1"), ("李四", "grid1"), ("王五", "grid1"), ("赵六", "grid2"), ("孙七", "sunny"),
            ("周八", "grid1"),
        )
    )  # fmt: skip
    for number, person in enumerate((first, idle, elsewhere)):
        made.register(person, f"V{number}")
    made.register(gone, "V7", state="withdrawn")
    made.register(late, "V8", day=date(2026, 4, 1))
    made.register(asks, None, state="applicant", day=None)  # type: ignore[arg-type]
    unregistered = place.person("吴九", "grid1")
    place.serve(first)
    place.serve(unregistered)

    found = report(made)
    assert (found.total.registered, found.total.active) == (3, 2)
    assert {row.name: row.line.registered for row in found.rows} == {"幸福社区": 2, "阳光社区": 1}
    assert report(made, "2026-04", "happy").total.registered == 3
    twin = place.person("张三", "grid2")
    made.register(twin, "V9")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, first), session.get_one(Person, twin), SYSTEM)
    assert report(made).total.registered == 3, "a merged person is one"


@pytest.mark.parametrize(
    "asked", [{}, {"by": TEAM}, {"by": AREA, "klass": "credit"}, {"by": MONTH, "period": "2026"}]
)
def test_a_report_costs_as_many_statements_whatever_there_is(made: Teamwork, asked: dict[str, str]) -> None:
    counts = []
    for number in range(3):
        team = made.team(f"{number}队")
        made.serve(made.place.person(f"张{number}"), "09:00", "10:00", team=team)
        with count_statements() as seen:
            report(made, **asked)
        counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] <= 8
