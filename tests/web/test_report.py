"""The month report: figures against earlier months, its parts, the paper and the sheets; closed to others."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.pending import drain
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, SUNNY
from tests.web.test_workbench import take_part

JULY = f"/a/{HAPPY}/report/2026-07"


def rows(page: BeautifulSoup, title: str) -> list[list[str]]:
    """The body of the table below a heading."""
    part = next(part for part in page.select(".report-part") if part.h2.get_text() == title)  # type: ignore[union-attr]
    return [
        [cell.get_text(strip=True) for cell in row.select("th, td")]
        for row in part.select("tbody tr, tfoot tr")
    ]


@pytest.fixture
def busy(app: Flask, world: World) -> World:
    """Some activities in July, in June and in July of the year before."""
    take_part(app, world, "grid1", date(2026, 7, 1))
    take_part(app, world, "grid2", date(2026, 7, 1))
    take_part(app, world, "grid1", date(2026, 7, 2), title="巡逻")
    take_part(app, world, "grid2", date(2026, 7, 2), title="巡逻", confirm=False)
    take_part(app, world, "happy", date(2026, 7, 3))
    take_part(app, world, "grid1", date(2026, 6, 30))
    take_part(app, world, "grid1", date(2025, 7, 31), title="慰问", accepted_late="补录旧册")
    return world


def test_the_month_stands_against_the_last_and_the_year_before(busy: World, worker: Browser) -> None:
    assert rows(worker.page(JULY), "本月主要指标") == [
        ["活动", "3", "1", "+2", "+200.0%", "1", "+200.0%"],
        ["人次", "4", "1", "+3", "+300.0%", "1", "+300.0%"],
        ["参与人数", "3", "1", "+2", "+200.0%", "1", "+200.0%"],
        ["待确认记录", "1", "0", "+1", "–", "0", "–"],
    ]


def test_areas_below_and_those_of_the_area_itself_add_up(busy: World, worker: Browser) -> None:
    page = worker.page(JULY)
    assert rows(page, "下级区域") == [
        ["第1网格", "1", "2", "1", "1", "+1"],
        ["第2网格", "1", "1", "1", "0", "+1"],
        ["幸福社区本级及已停用区域", "–", "1", "1", "0", "+1"],
        ["合计", "–", "4", "3", "1", "+3"],
    ]
    assert page.select_one(f'.report a[href="/a/{HAPPY}001/report/2026-07"]') is not None


def test_kinds_and_activities_are_listed(busy: World, worker: Browser) -> None:
    page = worker.page(JULY)
    assert rows(page, "活动类型") == [["志愿服务", "3", "4", "3", "1", "+3"]]
    assert [row[:2] + row[4:] for row in rows(page, "本月活动清单")] == [
        ["清洁家园", "2026-07-01", "2", "0", "4.00"],
        ["巡逻", "2026-07-02", "1", "1", "4.00"],
        ["清洁家园", "2026-07-03", "1", "0", "2.00"],
    ]


def test_plugins_add_their_sections_for_those_who_may_see_them(
    app: Flask, busy: World, worker: Browser
) -> None:
    with app.app_context(), unit_of_work() as session:
        switch_plugin(session, session.get_one(Area, busy.areas["street"]), "volunteer", True, SYSTEM)
    take_part(app, busy, "grid2", date(2026, 7, 4))
    with app.app_context():
        drain()
    page = worker.page(JULY)

    assert rows(page, "志愿时长")[0] == ["2026年7月", "3", "5", "10.00", "–"]
    assert rows(page, "各区域志愿时长")[-1] == ["合计", "3", "5", "10.00"]


def test_the_paper_ends_with_signatures_and_the_seal(app: Flask, world: World, worker: Browser) -> None:
    with app.app_context(), unit_of_work() as session:
        set_setting(
            session, session.get_one(Area, world.areas["street"]), "site.seal_text", "幸福居委会", SYSTEM
        )
    page = worker.page(JULY)
    foot = page.select_one(".report-signatures")
    assert foot is not None
    assert "制表人" in foot.get_text()
    assert "负责人" in foot.get_text()
    assert "幸福居委会" in foot.get_text()
    assert page.select_one(".report .page-head .hint").get_text() == "数据截至 2026-07-10 10:00"  # type: ignore[union-attr]


def test_every_part_says_what_it_counts(busy: World, worker: Browser) -> None:
    for part in worker.page(JULY).select(".report-part"):
        assert part.select_one(".hint") is not None, part.h2


def test_the_report_that_is_due_is_the_last_months_until_the_tenth(
    world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    def due() -> str:
        heading = sign_in(world.accounts["worker"]).page(f"/a/{HAPPY}/report").h1
        assert heading is not None
        return heading.get_text()

    assert "2026年6月" in due()
    clock.advance(days=1)
    assert "2026年7月" in due()


def test_a_month_that_is_not_over_says_so_and_leads_to_no_later_one(worker: Browser) -> None:
    running, past = worker.page(JULY), worker.page(f"/a/{HAPPY}/report/2026-06")
    assert running.select_one(".notice-warning") is not None
    assert running.select_one('[rel="next"]') is None
    assert past.select_one(".notice-warning") is None
    assert past.select_one('[rel="next"]')["href"] == JULY  # type: ignore[index]


@pytest.mark.parametrize("month", ["2026-13", "2026", "..", "2026-07x", "1800-01", "%00", "2199-12"])
def test_what_is_no_month_is_not_there(worker: Browser, month: str) -> None:
    status = worker.get(f"/a/{HAPPY}/report/{month}").status_code
    assert status == (200 if month == "2199-12" else 404)


def test_the_sheets_say_what_the_page_says(busy: World, worker: Browser) -> None:
    answer = worker.get(f"{JULY}/sheets.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    first = [[cell.value for cell in row] for row in book["概览"].iter_rows()]

    assert book.sheetnames == ["概览", "区域", "类型", "活动"]
    assert first[0][0] == "幸福社区2026年7月活动月报"
    assert any(row[0] == "数据截至 2026-07-10 10:00" for row in first)
    assert ["人次", 4, 1, 3, 300, 1, 300] in first
    assert any(str(row[0]).startswith("单位（盖章）") for row in first)
    # The list of activities: a number of hours, not a text.
    hours = [row[6].value for row in book["活动"].iter_rows() if row[0].value == "巡逻"]
    assert hours == [4]


@pytest.mark.parametrize("path", ["report", "report/2026-07", "report/2026-07/sheets.xlsx"])
def test_nobody_reads_the_report_of_another_area(world: World, sign_in: SignIn, path: str) -> None:
    worker = sign_in(world.accounts["worker"])
    assert worker.get(f"/a/{SUNNY}/{path}").status_code == 404
    assert worker.get(f"/a/{STREET}/{path}").status_code == 404
    assert sign_in(world.accounts["member"]).get(f"/a/{HAPPY}/{path}").status_code in (403, 404)
    assert sign_in(world.accounts["admin"]).get(f"/a/{STREET}/{path}").status_code == 403


def test_the_report_takes_as_many_statements_for_much_as_for_little(
    app: Flask, busy: World, worker: Browser
) -> None:
    with counted(app) as few:
        worker.page(JULY)
    for number in range(15):
        take_part(app, busy, "grid1", date(2026, 7, 5), title=f"巡逻{number}", at="grid1")
    with counted(app) as many:
        worker.page(JULY)
    assert len(many) == len(few) <= 20
