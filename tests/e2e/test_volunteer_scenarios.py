"""Scenarios of the volunteer rules in the browser: sheets come in, a second person confirms, hours follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import staff
from tests.e2e.live import LiveSite, make_site, served
from tests.e2e.look import look_over
from tests.factories import HAPPY
from tests.sheets import id_number, xlsx_of

pytestmark = pytest.mark.browser

AREA = f"/a/{HAPPY}"
WORDS = ("chen", "liu", "it-office", "roster.xlsx", "log.xlsx")
ROSTER = ("姓名", "身份证号")
LOG = ("日期", "活动名称", "活动类型", "姓名", "身份证号", "开始时间", "结束时间")
DAY, KIND = "2026-03-07", "志愿服务"
NAMES = ("张三", "李四", "王五", *(f"赵{sign}" for sign in "一二三四五六七八九十"))
IDS = {name: id_number(number) for number, name in enumerate(NAMES, 1)}
FORGED = "990101199003070014"


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A community with its two workers and a roster of thirteen people."""
    home = tmp_path_factory.mktemp("scenarios")
    app = make_site(home, "init", "--area", HAPPY, "--name", "幸福社区")
    with served(app, home, browser) as live:
        live.change(staff)
        sheet = home / "roster.xlsx"
        sheet.write_bytes(xlsx_of(ROSTER, *((name, number) for name, number in IDS.items())))
        with live.enter("chen") as window:
            preview(window.page, "人员名册", sheet)
            commit(window.page)
        yield live


def preview(page: Page, kind: str, sheet: Path) -> dict[str, str]:
    """Upload a sheet and read the number cards of its preview."""
    page.get_by_role("navigation", name="菜单").get_by_role("link", name="导入").click()
    page.get_by_label(kind).check()
    page.get_by_label("文件", exact=True).set_input_files(sheet)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("heading", level=1, name="预览").wait_for()
    return cards(page)


def commit(page: Page) -> str:
    """Import what is not at fault; the address of the batch."""
    page.get_by_role("button", name=re.compile("^导入 ")).click()
    page.get_by_text("已导入", exact=True).wait_for()
    return page.url


def cards(page: Page) -> dict[str, str]:
    """Title -> number of a page's number cards."""
    titles = page.locator(".number-card .number-title").all_inner_texts()
    values = page.locator(".number-card .number-value").all_inner_texts()
    return dict(zip(titles, values, strict=True))


def bring_in(site: LiveSite, tmp_path: Path, *rows: tuple[str, str, str, str]) -> str:
    """Import rows (title, name, in, out) of the day as one worker, confirm them as the other; where the batch is."""
    sheet = tmp_path / "log.xlsx"
    lines = [(DAY, title, KIND, name, IDS[name], start, end) for title, name, start, end in rows]
    sheet.write_bytes(xlsx_of(LOG, *lines))
    with site.enter("chen") as window:
        preview(window.page, "活动记录表", sheet)
        batch = commit(window.page)
    confirm_all(site, batch)
    return batch


def confirm_all(site: LiveSite, batch: str) -> None:
    """Confirm a batch as the second worker."""
    with site.enter("liu") as window:
        page = window.page
        page.goto(batch)
        entries = page.get_by_role("link", name="查看记录").get_attribute("href")
        window.open(f"{entries}&status=pending")
        page.get_by_label("全选本页").check()
        page.get_by_role("button", name="确认", exact=True).click()
        agree(page)


def agree(page: Page) -> None:
    """Say yes when asked whether to go on."""
    with page.expect_navigation():
        page.locator("#confirm-dialog").get_by_role("button", name="确定").click()
    expect(page.locator(".notice-success")).to_be_visible()


def plan(site: LiveSite, title: str, start: str, end: str) -> None:
    """Write down when an activity was planned."""
    with site.enter("chen") as window:
        page = window.open(f"{AREA}/activities")
        page.get_by_role("link", name=title).first.click()
        page.get_by_role("link", name="修改计划").click()
        page.get_by_label("计划开始", exact=True).fill(start)
        page.get_by_label("计划结束", exact=True).fill(end)
        page.get_by_role("button", name="保存计划").click()
        expect(page.locator(".notice-success")).to_be_visible()


def hours(site: LiveSite) -> dict[str, tuple[str, str]]:
    """Name -> (minutes, hours) as the area's page shows them."""
    with site.enter("chen") as window:
        page = window.open(f"{AREA}/volunteer/hours")
        window.complaints += look_over(page, WORDS)
        found = {}
        for row in page.locator("table.list tbody tr").all():
            _rank, name, _times, minutes, worth = (
                cell.strip() for cell in row.locator("td").all_inner_texts()
            )
            found[name] = (minutes, worth)
        return found


def test_scenario_1_clip_floor_carry(site: LiveSite, tmp_path: Path) -> None:
    bring_in(site, tmp_path, ("河道清洁", "张三", "08:52:10", "11:41:55"))
    assert hours(site)["张三"] == ("169", "2.82")
    plan(site, "河道清洁", "09:00", "11:30")
    assert hours(site)["张三"] == ("150", "2.50")
    bring_in(
        site, tmp_path,
        ("敬老助餐", "张三", "13:00", "14:30"),
        ("楼道清理", "李四", "08:00", "08:50"),
        ("图书整理", "李四", "10:00", "10:50"),
        ("文明劝导", "李四", "14:00", "14:50"),
    )  # fmt: skip
    found = hours(site)
    assert (found["张三"], found["李四"]) == (("240", "4.00"), ("150", "2.50"))


def void(site: LiveSite, title: str) -> None:
    """Take an activity's only entry back, with a reason."""
    with site.enter("liu") as window:
        page = window.open(f"{AREA}/log?q={title}")
        page.get_by_role("link", name="王五").click()
        page.get_by_label("原因").fill("重复签到")
        page.get_by_role("button", name="作废").click()
        agree(page)


def test_scenario_4_overlap_two_teams(site: LiveSite, tmp_path: Path) -> None:
    bring_in(site, tmp_path, ("甲队巡河", "王五", "09:00", "11:00"), ("乙队宣传", "王五", "10:30", "12:00"))
    assert hours(site)["王五"] == ("180", "3.00")
    void(site, "甲队巡河")
    assert hours(site)["王五"] == ("90", "1.50")


def test_scenario_6_excel(site: LiveSite, tmp_path: Path) -> None:
    title = "平安巡逻"
    bring_in(site, tmp_path, (title, "赵一", "09:00", "11:00"))
    before = hours(site)
    good = [(DAY, title, KIND, name, IDS[name], "09:00", "11:00") for name in NAMES[3:12]]
    rows = [
        *good,
        good[3],
        (DAY, title, KIND, "张三", FORGED, "09:00", "11:00"),
        (*good[1][:5], "11:00", "09:00"),
    ]
    sheet = tmp_path / "log.xlsx"
    sheet.write_bytes(xlsx_of(LOG, *rows))
    counts = {"新增": "8", "已存在": "1", "表内重复": "1", "有误": "2"}

    with site.enter("chen") as window:
        page = window.page
        shown = preview(page, "活动记录表", sheet)
        assert {title: shown[title] for title in counts} == counts
        faults = [
            row.locator("td").all_inner_texts()[:2]
            for row in page.locator("#rows ~ .list-wrap tbody tr").all()
        ]
        assert faults == [["12", "身份证号"], ["13", "结束时间"]]
        window.complaints += look_over(page, WORDS)
    assert hours(site) == before
    with site.enter("chen") as window:
        preview(window.page, "活动记录表", sheet)
        batch = commit(window.page)
    confirm_all(site, batch)
    after = hours(site)
    assert {name: worth for name, worth in after.items() if name not in before} == dict.fromkeys(
        NAMES[4:12], ("120", "2.00")
    )

    with site.enter("chen") as window:
        again = preview(window.page, "活动记录表", sheet)
        assert {title: again[title] for title in counts} == {**counts, "新增": "0", "已存在": "9"}
        page = window.page
        page.goto(batch)
        page.get_by_label("原因").fill("导错了表")
        page.get_by_role("button", name="撤销").click()
        agree(page)
    assert hours(site) == before
