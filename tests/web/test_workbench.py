"""The first page of an area: what waits, the month against the last, and the areas below, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from pointsys.core import figures
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import close_area, create_area
from pointsys.core.batches import COMMITTED, DISCARDED, STAGED, Batch
from pointsys.core.objections.models import Objection
from pointsys.core.pending import PluginQuarantine
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, make_draft, make_person

# The day of the fixtures' clock.
TODAY = date(2026, 7, 10)
DAY = date(2026, 7, 9)
NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    with app.app_context(), unit_of_work() as session:
        yield session


def take_part(
    app: Flask,
    world: World,
    place: str,
    day: date,
    *,
    at: str = "happy",
    confirm: bool = True,
    title: str = "清洁家园",
    **kwargs: Any,
) -> None:
    with writing(app) as session:
        area = session.get_one(Area, world.areas[at])
        person = session.get_one(Person, world.person_ids[place])
        record(
            session,
            area,
            [make_draft(session, area, person, day=day, title=title, **kwargs)],
            SYSTEM,
            "test",
            confirm=confirm,
        )


def todos(page: BeautifulSoup) -> dict[str, tuple[str, bool]]:
    """Title -> (count, whether it is marked as overdue), in the order of the page."""
    found = {}
    for line in page.select("#todo .todo"):
        title, count = line.select_one(".todo-title"), line.select_one(".todo-count")
        assert title is not None
        assert count is not None
        words = title.get_text(" ", strip=True).split()
        found[words[0]] = (count.get_text(strip=True), "已超期" in words)
    return found


def cards(page: BeautifulSoup) -> dict[str, str]:
    return {
        card.select_one(".number-title").get_text(strip=True): card.get_text(" ", strip=True)  # type: ignore[union-attr]
        for card in page.select("#month .number-card")
    }


def heat(page: BeautifulSoup) -> list[list[str]]:
    return [
        [cell.get_text(strip=True) for cell in row.select("th, td")] for row in page.select("#areas tbody tr")
    ]


def test_an_area_where_nothing_waits_says_so(worker: Browser) -> None:
    page = worker.page(f"/a/{HAPPY}/")
    assert todos(page) == {}
    assert "暂无待办事项" in page.select_one("#todo").get_text()  # type: ignore[union-attr]


def test_entries_wait_and_are_overdue_after_two_weeks(app: Flask, world: World, worker: Browser) -> None:
    take_part(app, world, "grid1", TODAY - timedelta(days=14), confirm=False)
    line = todos(worker.page(f"/a/{HAPPY}/"))
    assert line == {"待确认记录": ("1", False)}

    take_part(app, world, "grid2", TODAY - timedelta(days=15), confirm=False)
    page = worker.page(f"/a/{HAPPY}/")
    assert todos(page) == {"待确认记录": ("2", True)}
    assert page.select_one(f'#todo a[href="/a/{HAPPY}/log?status=pending"]') is not None


def add_objection(app: Flask, area_id: int, due: date, key: str) -> None:
    with writing(app) as session:
        session.add(
            Objection(
                subject_type="entry", subject_id=key, title="x", open_key=key, area_id=area_id, raised_by="somebody",
                text="x", raised_at=NOW, due_on=due,
            )
        )  # fmt: skip


def test_what_is_overdue_comes_first(app: Flask, world: World, worker: Browser) -> None:
    take_part(app, world, "grid1", DAY, confirm=False)
    add_objection(app, world.areas["grid1"], TODAY, "a")
    page = worker.page(f"/a/{HAPPY}/")
    assert list(todos(page)) == ["待确认记录", "待答复异议"]

    add_objection(app, world.areas["happy"], TODAY - timedelta(days=1), "b")
    page = worker.page(f"/a/{HAPPY}/")
    assert list(todos(page)) == ["待答复异议", "待确认记录"]
    assert todos(page)["待答复异议"] == ("2", True)
    assert "2026-07-09" in page.select_one("#todo").get_text()  # type: ignore[union-attr]


def test_an_objection_elsewhere_is_not_counted(app: Flask, world: World, worker: Browser) -> None:
    add_objection(app, world.areas["sunny"], TODAY, "a")
    assert todos(worker.page(f"/a/{HAPPY}/")) == {}


def test_imports_left_open_and_rows_left_out_are_to_do(app: Flask, world: World, worker: Browser) -> None:
    def batch(state: str, counts: str, age: int = 0) -> Batch:
        return Batch(
            kind="people", area_id=world.areas["happy"], file_name="x.xlsx", sha256="0" * 64, state=state,
            counts=counts, created_by="worker", created_at=NOW - timedelta(days=age), beat_at=NOW,
        )  # fmt: skip

    clean, faulty = '{"created": 3, "error": 0, "x": 1}', '{"created": 3, "error": 2, "x": 1}'
    with writing(app) as session:
        session.add_all(
            [
                batch(STAGED, faulty), batch(COMMITTED, clean), batch(COMMITTED, faulty),
                batch(COMMITTED, faulty, age=8), batch(DISCARDED, faulty), batch(COMMITTED, "{}"),
            ]
        )  # fmt: skip
    assert todos(worker.page(f"/a/{HAPPY}/")) == {
        "未完成的导入": ("1", False),
        "有错误行未导入": ("1", False),
    }


def test_a_stopped_plugin_is_shown_to_those_who_switch_plugins(
    app: Flask, world: World, worker: Browser, sign_in: SignIn
) -> None:
    with writing(app) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
        session.add(PluginQuarantine(plugin="volunteer", since=NOW, failures=5))
    office = sign_in(world.accounts["office"]).page(f"/a/{STREET}/")

    assert todos(office)["已停止的插件"] == ("1", True)
    assert "志愿时长" in office.select_one("#todo").get_text()  # type: ignore[union-attr]
    assert "已停止的插件" not in todos(worker.page(f"/a/{HAPPY}/"))
    assert office.select(".slots") == [], "a stopped plugin has no part in pages"


def test_the_month_stands_against_the_last(app: Flask, world: World, worker: Browser) -> None:
    for day in (date(2026, 7, 1), date(2026, 7, 2)):
        take_part(app, world, "grid1", day)
    take_part(app, world, "grid2", date(2026, 6, 30))
    found = cards(worker.page(f"/a/{HAPPY}/"))

    assert found["活动"] == "活动 2 上月 1"
    assert found["人次"] == "人次 2 上月 1"
    assert found["参与人数"] == "参与人数 1 上月 1"
    assert found["人员"].startswith("人员 3")


def test_the_areas_below_lead_on_and_the_most_active_is_the_darkest(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    take_part(app, world, "grid1", DAY)
    take_part(app, world, "grid2", DAY)
    take_part(app, world, "sunny", DAY)
    page = sign_in(world.accounts["office"]).page(f"/a/{STREET}/")

    assert heat(page) == [["幸福社区", "2", "2", "3"], ["阳光社区", "1", "1", "1"]]
    assert [cell["class"] for cell in page.select("#areas tbody tr td:nth-of-type(1)")] == [
        ["heat-5"],
        ["heat-3"],
    ]
    assert page.select_one(f'#areas a[href="/a/{HAPPY}/"]') is not None


def test_an_administrator_sees_areas_without_figures(app: Flask, world: World, admin: Browser) -> None:
    take_part(app, world, "grid1", DAY, confirm=False)
    page = admin.page(f"/a/{STREET}/")
    assert page.select("#month, #areas table, .todo") == []
    assert page.select_one(f'a.number-card-area[href="/a/{HAPPY}/"]') is not None


def test_quick_actions_are_those_that_the_reader_may_do(
    world: World, worker: Browser, sign_in: SignIn
) -> None:
    def actions(browser: Browser, code: str) -> list[Any]:
        return [link["href"] for link in browser.page(f"/a/{code}/").select(".page-head .actions a")]

    assert [path.rsplit("/", 1)[-1] for path in actions(worker, HAPPY)] == ["new", "", "report"]
    secretary = actions(sign_in(world.accounts["secretary"]), HAPPY)
    assert secretary == [f"/a/{HAPPY}/report"]


def measured(app: Flask, office: Browser) -> int:
    """Statements of the page, without the beginning of the transaction."""
    with counted(app) as statements:
        office.page(f"/a/{STREET}/")
    return len([text for text in statements if not text.startswith("BEGIN")])


def test_the_page_takes_eight_statements_however_much_there_is(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    office = sign_in(world.accounts["office"])
    with writing(app) as session:
        street = session.get_one(Area, world.areas["street"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, street, plugin, True, SYSTEM)
    take_part(app, world, "grid1", DAY)
    few = measured(app, office)
    with writing(app) as session:
        happy = session.get_one(Area, world.areas["happy"])
        for number in range(20):
            grid = create_area(session, f"{HAPPY}{number + 100}", f"第{number + 100}网格", happy, SYSTEM)
            person = make_person(session, grid, f"张{chr(0x4E00 + number)}")
            draft = make_draft(session, happy, person, day=DAY)
            record(session, happy, [draft], SYSTEM, "test", confirm=number % 2 == 0)

    assert few <= 8
    assert measured(app, office) == few


@pytest.mark.parametrize("place", ["street", "happy", "grid1"])
def test_the_overview_says_what_months_counts_and_children_say(app: Flask, world: World, place: str) -> None:
    take_part(app, world, "grid1", date(2026, 7, 1))
    take_part(app, world, "grid2", date(2026, 6, 1), at="sunny")
    take_part(app, world, "happy", date(2026, 7, 3), at="street")
    take_part(app, world, "street", date(2026, 7, 3), at="street", confirm=False)
    with app.app_context():
        with unit_of_work() as session:
            close_area(session, session.get_one(Area, world.areas["grid2"]), SYSTEM)
        area_id = world.areas[place]
        with read_scope() as session:
            found = figures.overview(session, area_id, ["2026-06", "2026-07"])
            assert found.months == figures.months(session, area_id, "2026-06", "2026-07")
            assert found.children == figures.children(session, area_id, "2026-07")
            assert found.people == figures.counts(session, area_id).people
            assert {
                child.area_id: found.by_month.get(child.area_id, {}).get("2026-06", (0, 0))
                for child in found.children
            } == {
                c.area_id: (c.entries, c.month_people) for c in figures.children(session, area_id, "2026-06")
            }


def test_the_first_steps_are_shown_until_put_away(world: World, worker: Browser) -> None:
    assert worker.page(f"/a/{HAPPY}/").select_one("#checklist") is not None
    worker.post(f"/a/{HAPPY}/checklist")
    assert worker.page(f"/a/{HAPPY}/").select_one("#checklist") is None
