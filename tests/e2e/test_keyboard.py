"""Without a mouse: signing in, the skip link, confirming an entry, a focus one can see.

And what else not everybody has: scripts, good eyes, Chinese.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.startup import root_area
from tests.e2e.live import PHONE, LiveSite
from tests.factories import HAPPY, PASSWORD, make_draft

pytestmark = pytest.mark.browser

# What has the focus: its words, and whether one sees that it has it.
FOCUS = """
() => {
  const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
  const ringed = (s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
  return {
    words: (node.getAttribute("aria-label") || node.textContent || "").trim(),
    visible: ringed(style) && box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight,
    html: node.outerHTML.slice(0, 120),
  };
}
"""
MOST_STOPS = 60


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on what begins with ``words``; every stop on the way shows its focus."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["words"] == page.evaluate("document.body.textContent.trim()"):
            continue  # the window itself, between the last stop and the first
        assert focus["visible"], focus["html"]
        if focus["words"].startswith(words):
            return
    raise AssertionError(f"the Tab key does not reach {words!r} on {page.url}")


def entry_waits(session: Session, title: str) -> None:
    """Record an entry of 钱福 that nobody has confirmed."""
    area = root_area(session)
    assert area is not None
    person = session.scalars(select(Person).where(Person.name == "钱福")).one()
    record(session, area, [make_draft(session, area, person, title=title)], SYSTEM, "test")


def test_an_entry_is_confirmed_without_a_mouse(desk_site: LiveSite) -> None:
    desk_site.change(lambda session: entry_waits(session, "楼道清洁"))
    with desk_site.enter() as window:
        page = window.open("/sign-in")
        page.keyboard.type("chen")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/a/{HAPPY}/")

        tab_to(page, "活动记录")
        page.keyboard.press("Enter")
        page.wait_for_url("**/log")
        tab_to(page, "选择 钱福")
        page.keyboard.press("Space")
        tab_to(page, "确认")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        tab_to(page, "确定")
        page.keyboard.press("Enter")
        expect(page.locator(".notice-success")).to_be_visible()
        expect(page.locator("table.list tbody tr", has_text="楼道清洁")).to_contain_text("已确认")
    status = select(Entry.status).where(Entry.title == "楼道清洁")
    assert desk_site.change(lambda session: session.scalars(status).one()) == "confirmed"


def test_escape_leaves_a_question_without_doing_anything(desk_site: LiveSite) -> None:
    desk_site.change(lambda session: entry_waits(session, "夜间巡逻"))
    with desk_site.enter("chen") as window:
        page = window.open(f"/a/{HAPPY}/log?q=夜间巡逻")
        page.get_by_label("全选本页").check()
        page.get_by_role("button", name="确认", exact=True).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.reload()
        expect(page.locator("table.list tbody tr")).to_contain_text("待确认")


def test_the_first_stop_leads_past_the_menu(desk_site: LiveSite) -> None:
    with desk_site.enter("chen") as window:
        page = window.open(f"/a/{HAPPY}/people")
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert (focus["words"], focus["visible"]) == ("跳到正文", True)
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_menu_of_a_phone_opens_and_closes_by_key(desk_site: LiveSite) -> None:
    with desk_site.enter("chen", PHONE) as window:
        page = window.page
        menu = page.get_by_role("navigation", name="菜单")
        expect(menu).to_be_hidden()
        tab_to(page, "菜单")
        page.keyboard.press("Enter")
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()


def test_large_letters_are_remembered(desk_site: LiveSite) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('main p, main td, main label')).fontSize)"
    with desk_site.enter("chen", PHONE) as window:
        page = window.open(f"/a/{HAPPY}/people")
        before = page.evaluate(size)
        page.get_by_role("button", name="大字").click()
        expect(page.get_by_role("button", name="标准")).to_be_visible()
        assert page.evaluate(size) >= before * 1.15
        for step in (2, 3):
            page.get_by_role("button", name="更大").click()
            expect(page.locator(f"html.big-{step}")).to_be_attached()
        # The largest of the three: body text of 30 px.
        assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 30
        window.open(f"/a/{HAPPY}/log")
        expect(page.locator("html.big")).to_be_attached()
        page.get_by_role("button", name="标准").click()
        expect(page.locator("html.big")).not_to_be_attached()


def test_the_other_language_is_remembered(desk_site: LiveSite) -> None:
    with desk_site.enter("chen") as window:
        page = window.page
        with page.expect_navigation():
            page.get_by_role("button", name="English").click()
        window.open(f"/a/{HAPPY}/people")
        assert page.evaluate("document.documentElement.lang") == "en"
        expect(page.get_by_role("heading", level=1)).to_have_text("People")
        page.get_by_role("button", name="中文").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("人员")


def test_daily_work_goes_on_without_scripts(desk_site: LiveSite) -> None:
    desk_site.change(lambda session: entry_waits(session, "楼道粉刷"))
    with desk_site.enter("chen", PHONE, scripts=False) as window:
        page = window.page
        page.get_by_role("button", name="菜单").click()
        with page.expect_navigation():
            page.get_by_role("link", name="活动记录", exact=True).click()
        page.get_by_label("名称、姓名或拼音").fill("楼道粉刷")
        with page.expect_navigation():
            page.get_by_role("button", name="查询").click()
        page.get_by_label("选择 钱福").check()
        page.get_by_role("button", name="确认", exact=True).click()
        expect(page.locator(".notice-success")).to_be_visible()
        expect(page.locator("table.list tbody tr")).to_contain_text("已确认")
