"""S-04: the page of an area that anybody may read: what stands on it, and above all what never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core import public_page
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import close_area, rename_area
from pointsys.core.people import consent
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import agree_for_child, at, make_person
from tests.plugins.volunteer.place import Place

JULY = date(2026, 7, 1)
OLD_ENOUGH = date(2000, 1, 1)
# Thirteen on 10 July 2026.
TOO_YOUNG = date(2012, 7, 11)
Adder = Callable[..., int]


@pytest.fixture
def visitor(app: Flask, world: World) -> Browser:
    """Somebody who is not signed in."""
    return Browser(app)


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """The plugin on, and rankings shown, in the whole sub-district."""
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        switch_plugin(session, street, "volunteer", True, SYSTEM)
        set_setting(session, street, public_page.RANKING, True, SYSTEM)
    return Place(world.areas)


@pytest.fixture
def volunteer(app: Flask, world: World, place: Place) -> Adder:
    """Adds a person of grid 1 who served so many hours in July and agreed to stand on rankings."""

    def add(name: str, hours: int, *, agreed: bool = True, born: date = OLD_ENOUGH) -> int:
        with app.app_context():
            with unit_of_work(drain=False) as session:
                area = session.get_one(Area, world.areas["grid1"])
                person = make_person(session, area, name, birth_date=born)
                if born == TOO_YOUNG:
                    agree_for_child(session, person)
                if agreed:
                    consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM)
                person_id = person.id
            place.serve(person_id, "08:00", f"{8 + hours:02d}:00", day=JULY)
        return person_id

    return add


def ranked(page: Browser, world: World, area: str = "happy") -> list[str]:
    """Names on the ranking of an area's public page."""
    found = page.page(f"/public/{world.codes[area]}/").select(".public-name")
    return [name.get_text() for name in found]


def change(app: Flask, world: World, area: str, key: str, value: object) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        set_setting(session, session.get_one(Area, world.areas[area]), key, value, SYSTEM)


def test_only_people_who_agreed_stand_on_the_ranking_and_by_a_mask(
    visitor: Browser, volunteer: Adder, world: World
) -> None:
    volunteer("欧阳晓东", 5)
    volunteer("赵铁柱", 3)
    volunteer("钱多多", 9, agreed=False)
    html = visitor.get(f"/public/{world.codes['happy']}/").text

    assert ranked(visitor, world) == ["欧*", "赵*"]
    for name in ("欧阳晓东", "晓东", "赵铁柱", "铁柱", "钱多多"):
        assert name not in html


def test_nobody_under_fourteen_stands_there_whatever_was_agreed(
    visitor: Browser, volunteer: Adder, world: World
) -> None:
    volunteer("孙小小", 5, born=TOO_YOUNG)
    volunteer("李大大", 3, born=date(2012, 7, 10))

    assert ranked(visitor, world) == ["李*"]


def test_a_birth_date_that_only_a_merged_row_knows_counts_too(
    app: Flask, visitor: Browser, volunteer: Adder, world: World
) -> None:
    agreed = volunteer("孙小小", 5)
    with app.app_context(), unit_of_work() as session:
        area = session.get_one(Area, world.areas["grid1"])
        child = make_person(session, area, "孙小小", birth_date=TOO_YOUNG)
        merge_people(session, session.get_one(Person, agreed), child, SYSTEM)

    assert ranked(visitor, world) == []


def test_consent_given_on_a_merged_row_is_the_kept_person_s(
    app: Flask, visitor: Browser, volunteer: Adder, world: World
) -> None:
    kept, merged = volunteer("周大福", 4, agreed=False), volunteer("周大福", 2)
    with app.app_context(), unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    page = visitor.page(f"/public/{world.codes['happy']}/")

    assert [name.get_text() for name in page.select(".public-name")] == ["周*"]
    # Both rows' service at the same time, which counts once.
    assert [worth.get_text() for worth in page.select(".public-worth")] == ["4.00 小时"]


def test_who_takes_the_consent_back_is_off_the_page_at_the_next_visit_and_may_go_on(
    app: Flask, visitor: Browser, sign_in: SignIn, place: Place, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    with app.app_context():
        place.serve(world.person_ids["grid1"], day=JULY)
    member.post("/me/consent", {"act": "give"})
    assert ranked(visitor, world) == ["李*"]

    member.post("/me/consent", {"act": "withdraw", "from": "consents"})

    assert ranked(visitor, world) == []
    assert "2.00" in member.page("/me/volunteer").get_text()
    history = member.page("/me/consents").select("#history li")
    assert "撤回" in history[0].get_text()


def test_who_left_is_not_ranked_any_more(
    app: Flask, visitor: Browser, volunteer: Adder, world: World
) -> None:
    person = volunteer("吴用", 5)
    with app.app_context(), unit_of_work() as session:
        leave(session, session.get_one(Person, person), date(2026, 7, 9), SYSTEM)

    assert ranked(visitor, world) == []


def test_the_two_ways_to_ask_who_agreed_give_the_same_people(
    app: Flask, volunteer: Adder, world: World
) -> None:
    people = {
        volunteer("甲一", 1),
        volunteer("乙二", 1, agreed=False),
        volunteer("丙三", 1, born=TOO_YOUNG),
        volunteer("丁四", 1),
    }
    with app.app_context(), read_scope() as session:
        listed = set(session.scalars(consent.ranking_people()))
        assert listed == consent.ranking_opt_ins(session, people)
        assert len(listed) == 2


def test_a_ranking_names_no_more_than_the_setting_says_and_is_off_unless_switched_on(
    app: Flask, visitor: Browser, volunteer: Adder, world: World
) -> None:
    for number in range(3):
        volunteer(f"人{number}", number + 1)
    change(app, world, "happy", public_page.TOP, 2)
    assert len(ranked(visitor, world)) == 2

    change(app, world, "happy", public_page.RANKING, False)
    assert ranked(visitor, world) == []
    assert public_page.DEFAULTS.ranking is False


def test_no_grid_names_anybody(visitor: Browser, volunteer: Adder, world: World) -> None:
    volunteer("郑和", 5)
    assert ranked(visitor, world, "grid1") == []


def test_sums_of_fewer_than_five_people_are_not_told(
    visitor: Browser, volunteer: Adder, world: World
) -> None:
    for number in range(4):
        volunteer(f"人{number}", 1, agreed=False)
    address = f"/public/{world.codes['happy']}/"
    assert "人参加志愿服务" not in visitor.get(address).text

    volunteer("第五", 1, agreed=False)
    assert "共 5 人参加志愿服务，累计 5.00 小时" in visitor.get(address).text


def plan(app: Flask, world: World, area: str, title: str, day: date, place: str = "") -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        where = session.get_one(Area, world.areas[area])
        kind = kinds_for(session, where.id)["志愿服务"].id
        window = Plan(at(day, "09:00"), at(day, "11:30"), place=place)
        plan_activity(session, where, kind, title, day, window, SYSTEM)


def test_what_is_planned_below_shows_with_date_and_place_and_its_markup_is_text(
    app: Flask, visitor: Browser, world: World
) -> None:
    plan(app, world, "grid1", "<img src=x onerror=alert(1)>义诊", date(2026, 7, 12), "<b>广场</b>")
    plan(app, world, "sunny", "阳光的活动", date(2026, 7, 12))
    plan(app, world, "happy", "过去的", date(2026, 7, 9))
    plan(app, world, "happy", "很久以后", date(2026, 12, 1))
    page = visitor.page(f"/public/{world.codes['happy']}/")
    lines = [line.get_text(" ", strip=True) for line in page.select("#activities li")]

    assert len(lines) == 1
    assert "义诊" in lines[0]
    assert "2026-07-12 09:00–11:30 · <b>广场</b> · 第1网格" in lines[0]
    assert page.select("main img, #activities b") == []

    change(app, world, "happy", public_page.ACTIVITIES, False)
    assert visitor.page(f"/public/{world.codes['happy']}/").select("#activities") == []


def test_areas_without_a_public_page_closed_and_unknown_ones_answer_alike(
    app: Flask, visitor: Browser, world: World
) -> None:
    change(app, world, "grid1", public_page.PAGE, False)
    with app.app_context(), unit_of_work(drain=False) as session:
        close_area(session, session.get_one(Area, world.areas["grid2"]), SYSTEM)
        rows = session.scalar(select(Area.id).where(Area.code == "990101009009"))
    assert rows is None
    for code in (world.codes["grid1"], world.codes["grid2"], "990101009009", "x"):
        assert visitor.get(f"/public/{code}/").status_code == 404, code
    links = [link["href"] for link in visitor.page(f"/public/{world.codes['happy']}/").select("#areas a")]
    assert links == []


def test_an_old_code_leads_to_the_page_under_the_new_one(app: Flask, visitor: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        sunny = session.get_one(Area, world.areas["sunny"])
        rename_area(session, sunny, sunny.name, SYSTEM, code="990101001007")
    answer = visitor.get(f"/public/{world.codes['sunny']}/")

    assert (answer.status_code, answer.location) == (301, "/public/990101001007/")


def test_the_page_asks_not_to_be_found_by_search_engines(visitor: Browser, world: World) -> None:
    answer = visitor.get(f"/public/{world.codes['happy']}/")

    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert 'name="robots" content="noindex' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_visitor_who_signs_in_finds_the_public_page_of_the_whole_site(
    app: Flask, visitor: Browser, world: World
) -> None:
    answer = visitor.get("/", follow_redirects=True)
    assert f"/public/{world.codes['street']}/" in answer.text

    change(app, world, "street", public_page.PAGE, False)
    assert "/public/" not in visitor.get("/sign-in").text


def test_settings_are_kept_for_the_area_and_what_is_wrong_is_said_at_its_field(
    sign_in: SignIn, visitor: Browser, world: World
) -> None:
    office, address = sign_in(world.accounts["office"]), f"/a/{world.codes['street']}/settings/public"
    values = {"page": "y", "ranking": "y", "top": "3", "phone": "0571 1234"}

    assert office.post(address, {**values, "top": "51"}).status_code == 422
    assert office.post(address, values).status_code == 303

    form = office.page(address)
    assert form.select_one("#ranking[checked]") is not None
    assert form.select_one("#activities[checked]") is None
    assert visitor.page(f"/public/{world.codes['sunny']}/").select_one('a[href="tel:05711234"]') is not None
    assert sign_in(world.accounts["worker"]).get(address).status_code == 404


def test_the_page_costs_as_many_statements_for_many_as_for_few(
    app: Flask, visitor: Browser, volunteer: Adder, world: World
) -> None:
    address = f"/public/{world.codes['happy']}/"
    numbers = []
    for count in (1, 8):
        for number in range(count):
            volunteer(f"人{count}{number}", 1)
            plan(app, world, "happy", f"活动{count}{number}", date(2026, 7, 20))
        with counted(app) as statements:
            visitor.page(address)
        numbers.append(len(statements))

    assert numbers[0] == numbers[1] <= 16


def test_a_failing_plugin_leaves_no_trace_on_the_page(
    app: Flask, visitor: Browser, volunteer: Adder, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pointsys.plugins.volunteer import public

    def explode(*_args: object) -> object:
        raise ValueError("张伟")

    monkeypatch.setattr(public, "blocks", explode)
    answer = visitor.get(f"/public/{world.codes['happy']}/")

    assert answer.status_code == 200
    assert "张伟" not in answer.text


def test_upcoming_activities_end_with_those_that_were_all_voided(
    app: Flask, visitor: Browser, place: Place, world: World, clock: FixedClock
) -> None:
    with app.app_context():
        today = clock.now.date()
        entry = place.serve(
            world.person_ids["grid1"], "08:00", "09:00", day=today, title="今天", planned=("08:00", "11:00")
        )
    address = f"/public/{world.codes['happy']}/"
    assert "今天" in visitor.page(address).select_one("#activities").get_text()  # type: ignore[union-attr]

    with app.app_context():
        place.void(entry)

    assert "今天" not in visitor.page(address).select_one("#activities").get_text()  # type: ignore[union-attr]


def test_what_staff_record_today_without_having_planned_it_is_nobody_s_invitation(
    app: Flask, visitor: Browser, place: Place, world: World, clock: FixedClock
) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid1"], "08:00", "09:00", day=clock.now.date(), title="探访张桂兰")

    assert "探访" not in visitor.get(f"/public/{world.codes['happy']}/").text
