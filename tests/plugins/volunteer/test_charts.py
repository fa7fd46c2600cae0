"""Volunteer hours as pictures and in the month report."""

from __future__ import annotations

from datetime import date

import pytest

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.pages import ReportSection
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.charts import Figure
from pointsys.kit.months import MonthSpan
from pointsys.kit.tables import HIDDEN
from pointsys.plugins.volunteer import charts, ranks, report_section
from tests.plugins.volunteer.place import Place

SPRING = MonthSpan("2026-03", "2026-05")


def figures(
    place: Place, area: str = "street", period: MonthSpan = SPRING, actor: Actor = SYSTEM
) -> dict[str, Figure]:
    with read_scope() as session:
        found = charts.figures(session, session.get_one(Area, place.areas[area]), period, actor)
        return {figure.name: figure for figure in found}


def sections(place: Place, area: str = "street", month: str = "2026-03") -> list[ReportSection]:
    with read_scope() as session:
        return list(report_section.report_sections(session, session.get_one(Area, place.areas[area]), month))


def serve(place: Place, people: int, day: date, end: str = "11:00", area: str = "grid1") -> list[int]:
    found = [place.person(f"张{chr(0x4E00 + n)}{end[0:2]}", area) for n in range(people)]
    for person in found:
        place.serve(person, end=end, day=day)
    return found


def test_each_month_has_its_hours_and_people(place: Place) -> None:
    serve(place, 5, date(2026, 3, 7))
    serve(place, 4, date(2026, 5, 2), end="12:00")
    rows = figures(place)["volunteer-trend"].table.rows
    assert rows == (("2026-03", 600, 5), ("2026-04", 0, 0), ("2026-05", HIDDEN, HIDDEN))


def test_hours_spread_over_the_whole_period(place: Place) -> None:
    people = serve(place, 6, date(2026, 3, 7))
    for person in people:
        place.serve(person, day=date(2026, 4, 4))
    place.serve(people[0], day=date(2026, 6, 1))
    spread = figures(place)["volunteer-spread"]

    # Four hours each within the months asked for; what came after does not count.
    assert [row for row in spread.table.rows if row[1]] == [(spread.table.rows[-1][0], 6)]
    assert "6" in spread.summary


def test_very_many_people_are_compared_over_a_stored_year(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = serve(place, 6, date(2026, 3, 7))
    for person in people:
        place.serve(person, day=date(2026, 6, 1))
    monkeypatch.setattr(ranks, "LEAST_TO_WALK", 6)
    many = figures(place)["volunteer-spread"]
    few = figures(place, "happy")["volunteer-spread"]

    # June lies in the year and not in the months asked for.
    assert [row[1] for row in many.table.rows if row[1]] == [6]
    assert (many.period, few.period) == ("2026年", SPRING.text)
    assert many.table.rows[-1][0] != few.table.rows[-1][0]


def test_ones_own_place_is_marked_for_a_member_of_staff_who_helps_too(place: Place) -> None:
    people = serve(place, 6, date(2026, 3, 7))
    actor = Actor("worker", account_id=1, person_id=people[0])
    rows = figures(place, actor=actor)["volunteer-spread"].table.rows
    assert sum("(" in str(row[0]) for row in rows) == 1


def test_the_first_are_named_for_those_who_may_see_hours(place: Place) -> None:
    serve(place, 2, date(2026, 3, 7))
    best = place.person("李四")
    place.serve(best, end="17:00", day=date(2026, 3, 8))
    top = figures(place)["volunteer-top"]
    assert top.table.rows[0] == (1, "李四", 480)
    assert top.permission == "volunteer.view"


def test_the_report_holds_the_month_against_others_and_its_areas(place: Place) -> None:
    serve(place, 2, date(2026, 3, 7))
    serve(place, 1, date(2026, 2, 7), end="10:00")
    against, by_area = sections(place)

    assert [row[1:] for row in against.table.rows] == [(2, 2, 240, None), (1, 1, 60, 3000), (0, 0, 0, None)]
    assert by_area.table.total is not None
    assert by_area.table.total[1:] == (2, 2, 240)
    assert {row[0]: row[3] for row in by_area.table.rows} == {"幸福社区": 240, "阳光社区": 0}
    assert sections(place, "sunny")[0].table.rows[0][1:] == (0, 0, 0, None)


def test_what_waits_to_be_computed_is_said(place: Place) -> None:
    person = place.person()
    place.serve(person, derive=False)
    assert all(section.note for section in sections(place))
    assert all(figure.notes for figure in figures(place).values())
