"""The main job in the browser: a community brings its sheets in, and a Party member sees points and why.

The steps are fixtures, each done once in a window of its own; what they showed is what the tests look at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.people.models import Person
from tests.e2e.live import PHONE, LiveSite, set_passwords
from tests.e2e.look import look_over
from tests.factories import HAPPY

pytestmark = pytest.mark.browser

SAMPLES = Path(__file__).parents[1] / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
AREA = f"/a/{HAPPY}"
# Logins and file names, which stand on pages as they are.
WORDS = ("chen", "liu", "it-office", "shiminmin", "people.xlsx", "activity-log.xlsx", "activity-log-gbk.csv")
# A Party member of the sample roster. By the sheets: 3.5 hours of service in January, 3.5 in February, 5.5 in
# March, 3 in April, no month above the cap of 8; each hour is a point, and checking in gives a base of 10.
MEMBER, MEMBER_HOURS, MEMBER_POINTS = "史敏敏", "15.50", "25.50"


@dataclass
class Shown:
    """What the wizard showed for a file: number cards of the preview and of the result, faults, the address."""

    preview: dict[str, str]
    faults: list[list[str]]
    waits: bool
    result: dict[str, str]
    path: str


def cards(page: Page) -> dict[str, str]:
    """Title -> number of a page's number cards."""
    titles = page.locator(".number-card .number-title").all_inner_texts()
    values = page.locator(".number-card .number-value").all_inner_texts()
    return dict(zip(titles, values, strict=True))


def bring_in(site: LiveSite, kind: str, file: str) -> Shown:
    """Upload a sample as the worker Chen, look at the preview, import what is not at fault."""
    with site.enter("chen") as window:
        page = window.page
        page.get_by_role("navigation", name="菜单").get_by_role("link", name="导入").click()
        page.get_by_label(kind).check()
        page.get_by_label("文件", exact=True).set_input_files(SAMPLES / file)
        page.get_by_role("button", name="下一步").click()
        page.get_by_role("heading", level=1, name="预览").wait_for()
        window.complaints += look_over(page, WORDS)
        preview = cards(page)
        rows = page.locator("#rows ~ .list-wrap tbody tr").all()
        faults = [row.locator("td").all_inner_texts()[:3] for row in rows] if preview["有误"] != "0" else []
        waits = page.get_by_text("一律等第二人确认").is_visible()
        page.get_by_role("button", name=re.compile("^导入 ")).click()
        page.get_by_text("已导入", exact=True).wait_for()
        window.complaints += look_over(page, WORDS)
        return Shown(preview, faults, waits, cards(page), page.url.removeprefix(site.url))


def confirm_all(site: LiveSite, path: str) -> None:
    """Confirm a batch's entries as the second worker, all in one act."""
    with site.enter("liu") as window:
        page = window.open(path)
        entries = page.get_by_role("link", name="查看记录").get_attribute("href")
        window.open(f"{entries}&status=pending")
        page.get_by_role("button", name=re.compile("^确认本列表全部 ")).click()
        with page.expect_navigation():
            page.locator("#confirm-dialog").get_by_role("button", name="确定").click()
        expect(page.locator(".notice-success")).to_be_visible()


@pytest.fixture(scope="module")
def roster(job_site: LiveSite) -> Shown:
    """people.xlsx is in."""
    return bring_in(job_site, "人员名册", "people.xlsx")


@pytest.fixture(scope="module")
def activities(job_site: LiveSite, roster: Shown) -> Shown:
    """activity-log.xlsx is in, and confirmed by a second person."""
    shown = bring_in(job_site, "活动记录表", "activity-log.xlsx")
    confirm_all(job_site, shown.path)
    return shown


def total_of_hours(site: LiveSite) -> tuple[str, str]:
    """Minutes and hours in the last line of the area's hours."""
    with site.enter("chen") as window:
        page = window.page
        page.get_by_role("link", name="志愿时长", exact=True).click()
        foot = page.locator("table.list tfoot")
        minutes, hours = (
            foot.locator(f'[data-label="{name}"]').inner_text() for name in ("分钟", "时长（小时）")
        )
        return minutes, hours


@pytest.fixture(scope="module")
def hours_by_quarter(job_site: LiveSite, activities: Shown) -> list[tuple[str, str]]:
    """The area's hours after the workbook, and after the text file on top of it."""
    first = total_of_hours(job_site)
    confirm_all(job_site, bring_in(job_site, "活动记录表", "activity-log-gbk.csv").path)
    return [first, total_of_hours(job_site)]


@pytest.fixture(scope="module")
def member(job_site: LiveSite, hours_by_quarter: object) -> str:
    """The login of the Party member: the IT office makes the account, its link is opened on a phone."""

    def number(session: Session) -> str:
        return str(session.scalars(select(Person.public_id).where(Person.name == MEMBER)).one())

    with job_site.enter("it-office") as window:
        page = window.open(f"{AREA}/accounts/new?person={job_site.change(number)}")
        page.get_by_label("登录名").fill("shiminmin")
        page.get_by_label("角色 *", exact=True).select_option("member")
        page.get_by_role("button", name="创建账号").click()
        link = page.get_by_label("链接").input_value()
    with job_site.enter(size=PHONE) as window:
        page = window.page
        page.goto(link)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1, name="设置密码")).to_be_visible()
    job_site.change(set_passwords)
    with job_site.enter("shiminmin", PHONE) as window:
        # What is kept of oneself is read once, before anything else.
        window.page.get_by_role("button", name="我已阅读").click()
        expect(window.page.get_by_role("heading", level=1)).to_contain_text(MEMBER)
    return "shiminmin"


def test_the_preview_of_the_roster_counts_and_names_every_fault(roster: Shown) -> None:
    people = EXPECTED["people"]
    for numbers in (roster.preview, roster.result):
        assert (numbers["新增"], numbers["表内重复"]) == (str(people["created"]), str(people["duplicate"]))
    assert roster.preview["有误"] == str(people["error"])
    assert len(roster.faults) == people["error"]
    for row, column, sentence in roster.faults:
        assert row.isdigit()
        assert column in {"姓名", "身份证号", "手机号码"}
        assert sentence.endswith("。")


def test_a_quarter_of_activities_waits_for_a_second_person(activities: Shown) -> None:
    log = EXPECTED["activity_log"]
    numbers = activities.preview
    assert numbers["新增"].replace(",", "") == str(log["entries"])
    assert (numbers["表内重复"], numbers["有误"]) == (str(log["duplicates"]), str(log["errors"]))
    assert [fault[:2] for fault in activities.faults] == [
        ["1072", "日期"], ["1073", "结束时间"], ["1074", "手机号码"],
    ]  # fmt: skip
    assert activities.waits


def test_hours_follow_from_what_was_confirmed(hours_by_quarter: list[tuple[str, str]]) -> None:
    assert hours_by_quarter == [("84,300", "1405.00"), ("93,300", "1555.00")]


def test_a_chat_list_shows_who_is_known(job_site: LiveSite, roster: Shown) -> None:
    expected = EXPECTED["jielong"]
    with job_site.enter("chen", PHONE) as window:
        page = window.open(f"{AREA}/imports/roster")
        page.get_by_label("接龙内容").fill((SAMPLES / "jielong.txt").read_text("utf-8"))
        with page.expect_navigation():
            page.get_by_role("button", name="查对名单").click()
        assert cards(page) == {
            "在册": str(expected["names"]),
            "不在册": str(expected["unknown"]),
            "重复": str(expected["repeated"]),
        }
        assert page.locator('input[name="people"]:checked').count() == expected["names"]
        window.complaints += look_over(page, WORDS)


def test_a_party_member_sees_points_and_why_on_a_phone(job_site: LiveSite, member: str) -> None:
    with job_site.enter(member, PHONE) as window:
        page = window.page
        expect(page.locator("main")).to_contain_text(MEMBER_HOURS)
        page.get_by_role("link", name="我的积分").first.click()
        expect(page.locator("section[aria-labelledby=points-total-head] strong").first).to_have_text(
            MEMBER_POINTS
        )
        entries = page.locator(".points-entry-head", has_text=re.compile("第|四月"))
        assert entries.count() == 9
        window.complaints += look_over(page, WORDS)
        april = page.locator(".points-entries li", has_text="四月志愿服务5")
        expect(april).to_contain_text("2026-04-07")
        expect(april.locator(".points-worth")).to_have_text("+1.50")


def test_rankings_put_the_members_in_order(job_site: LiveSite, hours_by_quarter: object) -> None:
    with job_site.enter("chen") as window:
        page = window.page
        for name in ("时长排行", "积分排名"):
            page.get_by_role("link", name=name, exact=True).click()
            page.get_by_role("heading", level=1, name=name).wait_for()
            values = page.locator(
                "table.list tbody td.num:last-of-type, table.list tbody td[data-label=积分]"
            )
            numbers = [float(text) for text in values.all_inner_texts()]
            assert len(numbers) > 5
            assert numbers == sorted(numbers, reverse=True)
