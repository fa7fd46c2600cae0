"""One's own hours on a phone: by year and month, and what the entries that wait would bring."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer import own
from pointsys.plugins.volunteer.hours import Tally
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.place import Place
from tests.plugins.volunteer.test_pages import rows_of, text_of


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The browsers' sub-district with the plugin switched on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return Place(world.areas)


@pytest.fixture
def me(app: Flask, world: World, place: Place) -> int:
    """李一: 2 hours in March 2025, 1 in March and 4 in June 2026."""
    person = world.person_ids["grid1"]
    with app.app_context():
        place.serve(person, "09:00", "11:00", day=date(2025, 3, 1), title="去年", accepted_late="paper")
        place.serve(person, "09:00", "10:00", day=date(2026, 3, 7), title="三月")
        place.serve(person, "08:00", "12:00", day=date(2026, 6, 1), title="六月")
    return person


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """李一."""
    return sign_in(world.accounts["member"])


def bars(member: Browser, query: str = "") -> dict[str, tuple[str, str]]:
    """Month -> (share of the best month, hours)."""
    found = {}
    for row in member.page(f"/me/volunteer{query}").select("table.bars tr"):
        fill = row.select_one(".bars-fill")
        assert row.th is not None
        assert fill is not None
        found[row.th.get_text()] = (str(fill["width"]), row.select(".bars-text")[0].get_text())
    return found


def test_the_present_year_is_drawn_up_to_this_month_and_others_whole(member: Browser, me: int) -> None:
    present, last = bars(member), bars(member, "?year=2025")

    assert list(present) == [f"{number}月" for number in range(1, 8)]
    assert present["3月"] == ("25", "1.00")
    assert present["6月"] == ("100", "4.00")
    assert present["1月"] == ("0", "0.00")
    assert len(last) == 12
    assert last["3月"] == ("100", "2.00")


def test_the_list_holds_the_entries_of_the_chosen_year(member: Browser, me: int) -> None:
    def titles(query: str) -> set[str]:
        return {row[0].split()[0] for row in rows_of(member.page(f"/me/volunteer{query}"))}

    assert titles("") == {"三月", "六月"}
    assert titles("?year=2025") == {"去年"}
    assert titles("?year=all") == {"三月", "六月", "去年"}
    # What is no year of theirs is this year.
    assert titles("?year=1999") == titles("?year=x") == {"三月", "六月"}


def test_what_waits_is_told_for_each_and_together_with_overlaps_taken_once(
    app: Flask, member: Browser, me: int, place: Place
) -> None:
    with app.app_context():
        place.serve(me, "09:00", "11:00", day=date(2026, 7, 1), title="甲", confirm=False)
        place.serve(me, "10:00", "12:00", day=date(2026, 7, 1), title="乙", confirm=False)
        with read_scope() as session:
            waiting = own.what_waits(session, me)
    page = member.page("/me/volunteer")

    assert sorted(waiting.each.values()) == [120, 120]
    assert waiting.together == 180
    assert "2 条记录待确认" in text_of(page)
    assert "确认后将计 3.00 小时" in text_of(page)


def test_every_entry_can_be_objected_to(member: Browser, me: int) -> None:
    links = [link["href"] for link in member.page("/me/volunteer").select("a.object-link")]

    assert len(set(links)) == 2
    assert all(member.get(str(link)).status_code == 200 for link in links)


def test_standing_adds_up_what_was_merged(app: Flask, me: int, world: World, place: Place) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid2"], "14:00", "15:00", day=date(2026, 6, 1), title="乙")
        with unit_of_work() as session:
            kept = session.get_one(Person, world.person_ids["grid2"])
            merge_people(session, kept, session.get_one(Person, me), SYSTEM)
        with read_scope() as session:
            found = own.standing(session, me)

    assert found.person_id == world.person_ids["grid2"]
    assert found.years == ["2026", "2025"]
    assert found.of("2026-06") == Tally(300, 2)
    assert found.of("2024") == Tally()


def test_a_year_without_service_has_no_picture() -> None:
    assert own.month_bars(own.Standing(1, False, {}), "2026", 7) == []


def test_my_hours_take_seven_statements_at_most_also_while_entries_wait(
    app: Flask, member: Browser, me: int, place: Place
) -> None:
    numbers = []
    for count in (1, 12):
        with app.app_context():
            for number in range(count):
                day = date(2026, 5, 1 + number)
                place.serve(me, day=day, title=f"{count}-{number}", confirm=number % 2 == 0)
                place.serve(me, "15:00", "16:00", day=day, title=f"w{count}-{number}", confirm=False)
        with counted(app) as statements:
            member.page("/me/volunteer")
        numbers.append(len([s for s in statements if not s.startswith(("BEGIN", "SET"))]))

    assert numbers[0] == numbers[1] <= 7
