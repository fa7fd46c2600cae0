"""Figures of wishes: what is counted, how long it took, and that small numbers stay hidden in every form."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.tables import HIDDEN
from pointsys.plugins.wish_wall.wall.statistics import Tally, Told, by_category, made_table, told
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY

from .conftest import Wall
from .hanging import claimed, hang


@pytest.fixture
def engine_name() -> str:
    """Dates are read and added up in the program."""
    return "sqlite"


@pytest.fixture
def many(app: Flask, world: World, wall: Wall) -> Wall:
    """Seven things claimed two days after they were checked, one of them fulfilled, and two that nobody claimed."""
    with app.app_context(), unit_of_work(drain=False) as session:
        grid, wisher, other = world.areas["grid1"], world.person_ids["grid1"], world.person_ids["happy"]
        now = current_site().now()
        for number in range(60, 69):
            wish = hang(session, grid, wisher, number, slots=2, submitted_at=now - timedelta(days=10))
            if number < 67:
                at = wish.reviewed_at + timedelta(days=2) if wish.reviewed_at else now
                claimed(session, wish, other, claimed_at=at)
        session.flush()
    return wall


def figures(app: Flask, world: World, place: str) -> Told:
    with app.app_context(), unit_of_work(drain=False) as session:
        today = current_site().today()
        area = session.get_one(Area, world.areas[place])
        return told(session, area, today - timedelta(days=40), today)


def test_wishes_are_counted_by_what_became_of_them(app: Flask, world: World, many: Wall) -> None:
    found = figures(app, world, "happy")
    # The nine of the fixture's wall and nine more; claims of the wall: class, walk, brought, done.
    assert (found.total.collected, found.total.claimed, found.total.realised) == (18, 11, 2)
    things = found.by_category["item"]
    assert (things.collected, things.claimed) == (15, 8)
    assert {name: tally.collected for name, tally in found.by_area}["幸福社区本级"] == 1
    assert figures(app, world, "sunny").total.collected == 0


def test_the_wait_is_the_median_from_the_check_to_the_first_claim(
    app: Flask, world: World, many: Wall
) -> None:
    minutes = figures(app, world, "grid1").total.median_wait
    assert minutes == 2 * 24 * 60
    assert Tally(waits=[60, 61]).median_wait == 60
    assert Tally(waits=[5, 100, 1]).median_wait == 5
    assert Tally().median_wait is None


def test_numbers_below_five_are_hidden_with_what_would_give_them_away(
    app: Flask, world: World, many: Wall
) -> None:
    table = by_category(figures(app, world, "happy"))
    rows = dict(zip(("item", "service", "skill", "company"), (row[1:] for row in table.rows), strict=True))
    # Skills, services and company have one wish each; things have fifteen: from those the three would be known.
    assert rows["item"][:2] == (HIDDEN, HIDDEN)
    assert rows["skill"][0] is HIDDEN
    assert table.total is not None
    assert table.total[1:4] == (18, 11, HIDDEN)
    assert rows["item"][3] == 2 * 24 * 60
    assert rows["skill"][3] is HIDDEN


@given(st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=1, max_size=6))
def test_no_hidden_number_can_be_reckoned_from_those_shown(lines: list[tuple[int, int, int]]) -> None:
    with_names = [(str(place), Tally(line[0], line[1], line[2])) for place, line in enumerate(lines)]
    total = Tally(sum(one[0] for one in lines), sum(one[1] for one in lines), sum(one[2] for one in lines))
    table = made_table("", with_names, total)
    assert table.total is not None
    for column in range(3):
        shown = [row[column + 1] for row in table.rows]
        values = [line[column] for line in lines]
        hidden = [value for value, cell in zip(values, shown, strict=True) if cell is HIDDEN]
        assert all(value in (0, *range(5, 200)) for value in shown if isinstance(value, int))
        # With its total a single hidden number would be known; without one it is between 1 and 4.
        assert len(hidden) != 1 or table.total[column + 1] is HIDDEN


def test_page_file_and_pictures_hide_the_same(worker: Browser, many: Wall) -> None:
    page = worker.page(f"/a/{HAPPY}/wishes/figures")
    cards = [card.get_text(strip=True) for card in page.select(".number-value")]
    assert cards == ["18", "11", "*", "48"]
    names = [str(part["id"]) for part in page.select(".chart-panel")]
    assert names == [f"figure-wishes-{name}" for name in ("months", "kinds", "areas", "waits")]
    answer = worker.get(f"/a/{HAPPY}/wishes/figures?figure=wishes-kinds&export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows: list[tuple[Any, ...]] = [tuple(row) for row in sheet.iter_rows(values_only=True)]
    by_name = {row[0]: row[1:] for row in rows if row[0] in ("物品", "技能", "合计")}
    assert by_name["物品"][:3] == ("*", "*", "*")
    assert by_name["技能"][0] == "*"
    assert by_name["合计"][:3] == (18, 11, "*")
    assert worker.get(f"/a/{HAPPY}/wishes/figures?figure=nothing&export=csv").status_code == 404
    shared = worker.page(f"/a/{HAPPY}/figures")
    assert shared.select_one("#figure-wishes-kinds") is not None
    report = worker.page(f"/a/{HAPPY}/report/2026-07").get_text()
    assert "微心愿" in report


def test_a_year_without_wishes_says_so(worker: Browser, wall: Wall) -> None:
    page = worker.page(f"/a/{HAPPY}/wishes/figures?period=2025")
    assert page.select(".chart-panel") == []
    assert page.select_one(".empty") is not None


def test_figures_take_the_same_statements_for_more_wishes(
    app: Flask, sign_in: SignIn, world: World, many: Wall
) -> None:
    from tests.browsers import counted

    browser = sign_in(world.accounts["worker"])
    browser.get(f"/a/{HAPPY}/wishes/figures")
    with counted(app) as statements:
        browser.get(f"/a/{HAPPY}/wishes/figures")
    # Five of the frame, the areas below and the wishes.
    assert len(statements) <= 7
