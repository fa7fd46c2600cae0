"""Pictures of an area: what they show, what they hide, their exports, and who may see them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, SUNNY, make_draft, make_person
from tests.web.test_workbench import take_part

PAGE = f"/a/{HAPPY}/figures"


def crowd(app: Flask, world: World, people: int, day: date, place: str = "grid1") -> None:
    """So many new people of a grid take part in an activity of the community."""
    with app.app_context(), unit_of_work() as session:
        happy, home = (session.get_one(Area, world.areas[name]) for name in ("happy", place))
        drafts = [
            make_draft(session, happy, make_person(session, home, f"王{chr(0x4E00 + n)}"), day=day)
            for n in range(people)
        ]
        record(session, happy, drafts, SYSTEM, "test", confirm=True)


def option(page: BeautifulSoup, name: str) -> dict[str, Any]:
    figure = page.select_one(f"#figure-{name} [data-chart]")
    assert figure is not None
    return dict(json.loads(str(figure["data-chart"])))


def drawn(page: BeautifulSoup, name: str) -> list[list[str]]:
    rows = page.select(f"#figure-{name} tbody tr")
    return [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows]


def switch_on(app: Flask, world: World, *plugins: str) -> None:
    with app.app_context(), unit_of_work() as session:
        for plugin in plugins:
            switch_plugin(session, session.get_one(Area, world.areas["street"]), plugin, True, SYSTEM)


def test_the_months_are_drawn_and_told_in_a_table(app: Flask, world: World, worker: Browser) -> None:
    crowd(app, world, 6, date(2026, 7, 1))
    page = worker.page(PAGE)
    table = drawn(page, "core-trend")

    assert [row[0] for row in table] == [f"2025-{n:02d}" for n in range(8, 13)] + [
        f"2026-{n:02d}" for n in range(1, 8)
    ]
    assert table[-1] == ["2026-07", "1", "6", "6"]
    assert [one["data"][-1] for one in option(page, "core-trend")["series"]] == [1, 6, 6]


def test_figures_about_four_people_are_hidden_everywhere(app: Flask, world: World, worker: Browser) -> None:
    crowd(app, world, 4, date(2026, 7, 1))
    crowd(app, world, 5, date(2026, 6, 1))
    page = worker.page(PAGE)

    assert drawn(page, "core-trend")[-2:] == [["2026-06", "1", "5", "5"], ["2026-07", "1", "*", "*"]]
    assert [one["data"][-1] for one in option(page, "core-trend")["series"]] == [1, "-", "-"]
    assert drawn(page, "core-heat")[0][-2:] == ["5", "*"]
    assert "不足五人" in page.select_one("#figure-core-trend").get_text()  # type: ignore[union-attr]
    text = worker.get(f"{PAGE}/core-trend.csv").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[-1] == ["2026-07", "1", "*", "*"]


def test_a_year_can_be_chosen_and_anything_else_is_the_last_twelve_months(
    world: World, worker: Browser
) -> None:
    assert drawn(worker.page(f"{PAGE}?period=2025"), "core-trend")[0][0] == "2025-01"
    for odd in ("1999", "abcd", "2026-07", "٢٠٢٥", "99999"):
        first = drawn(worker.page(f"{PAGE}?period={odd}"), "core-trend")[0][0]
        assert first == "2025-08", odd


def test_hours_are_drawn_by_month_spread_and_rank(app: Flask, world: World, worker: Browser) -> None:
    switch_on(app, world, "volunteer")
    crowd(app, world, 6, date(2026, 7, 1))
    take_part(app, world, "grid1", date(2026, 7, 2))
    take_part(app, world, "grid1", date(2026, 7, 3))
    page = worker.page(PAGE)

    assert drawn(page, "volunteer-trend")[-1] == ["2026-07", "16.00", "7"]
    # Six people with two hours, one with four: the one is hidden, and with it what would tell it.
    assert {row[1] for row in drawn(page, "volunteer-spread")} <= {"0", "*"}
    assert drawn(page, "volunteer-top")[0] == ["1", "李一", "4.00"]
    assert option(page, "volunteer-top")["series"][0]["data"][0] == "4.00"


def test_points_are_drawn_where_a_scheme_rules(app: Flask, world: World, worker: Browser) -> None:
    switch_on(app, world, "party_member_points")
    assert worker.page(PAGE).select('[id^="figure-points"]') == []


def test_an_export_holds_the_numbers_with_what_they_mean(app: Flask, world: World, worker: Browser) -> None:
    crowd(app, world, 6, date(2026, 7, 1))
    answer = worker.get(f"{PAGE}/core-trend.xlsx?period=2026")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]

    assert str(found[0][0]).startswith("幸福社区")
    assert any("数据截至" in str(row[0]) for row in found[:6])
    assert ["2026-07", 1, 6, 6] in found


@pytest.mark.parametrize("name", ["core-none.csv", "core-trend.pdf", "volunteer-trend.csv", "core-trend"])
def test_there_is_no_export_of_what_is_not_drawn(world: World, worker: Browser, name: str) -> None:
    assert worker.get(f"{PAGE}/{name}").status_code == 404


def test_the_ranking_by_name_is_for_those_who_may_see_hours(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    switch_on(app, world, "volunteer")
    take_part(app, world, "grid1", date(2026, 7, 2))
    secretary = sign_in(world.accounts["secretary"])
    assert secretary.page(PAGE).select_one("#figure-volunteer-top") is not None
    for account in ("member", "admin"):
        browser = sign_in(world.accounts[account])
        assert browser.get(PAGE).status_code in (403, 404)
        assert browser.get(f"{PAGE}/volunteer-top.csv").status_code in (403, 404)


def test_nobody_sees_the_figures_of_another_area(world: World, worker: Browser) -> None:
    for path in ("figures", "figures/core-trend.csv", "figures/core-heat.xlsx"):
        assert worker.get(f"/a/{SUNNY}/{path}").status_code == 404
        assert worker.get(f"/a/{STREET}/{path}").status_code == 404


def test_a_name_with_markup_stays_text_in_the_data(app: Flask, world: World, worker: Browser) -> None:
    switch_on(app, world, "volunteer")
    with app.app_context(), unit_of_work() as session:
        happy = session.get_one(Area, world.areas["happy"])
        person = make_person(session, happy, "'></figure><img src=x>")
        record(session, happy, [make_draft(session, happy, person)], SYSTEM, "test", confirm=True)
    page = worker.page(PAGE)

    assert page.select("main img") == []
    assert option(page, "volunteer-top")["yAxis"]["data"] == ["1. '></figure><img src=x>"]


def test_the_page_takes_as_many_statements_for_much_as_for_little(
    app: Flask, world: World, worker: Browser
) -> None:
    switch_on(app, world, "volunteer", "party_member_points")
    take_part(app, world, "grid1", date(2026, 7, 1))
    with counted(app) as few:
        worker.page(PAGE)
    crowd(app, world, 30, date(2026, 6, 1))
    with counted(app) as many:
        worker.page(PAGE)
    assert len(many) == len(few) <= 20
