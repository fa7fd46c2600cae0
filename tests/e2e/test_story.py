"""A newcomer's first five minutes, on each engine: set up, paste ten names, see points, print the notice.

The clock of a newcomer is what they do: a click or a field takes some six seconds, so fifty of them are five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.orm import Session

from pointsys.commands.links import first_run_link
from tests.conftest import PostgresTemplate
from tests.e2e.live import LiveSite, make_site, served
from tests.e2e.look import look_over

pytestmark = pytest.mark.browser

AREA = "330106001002"
UNIT = "东风里社区居民委员会"
NAMES = ("钱福", "孙阳", "李一", "周二", "吴三", "郑四", "王五", "冯六", "陈七", "卫八")
STEPS_IN_FIVE_MINUTES = 50
WORDS = ("sysadmin", "security", "auditor", "worker", "http", "sqlite", "postgresql", "localhost")


@pytest.fixture
def empty_site(
    engine_name: str, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[LiveSite]:
    """A database without a row, on the engine's own server."""
    template: PostgresTemplate | None = None
    name = ""
    if engine_name == "postgresql":
        template = request.getfixturevalue("postgres_template")
        name = template.copy()
        (tmp_path / "pointsys.toml").write_text(f'database_url = "{template.url(name)}"\n', encoding="utf-8")
    app = make_site(tmp_path, "db", "upgrade")
    with served(app, tmp_path, browser) as site:
        yield site
    if template is not None:
        template.drop(name)


class Hands:
    """Does what a newcomer does, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page, self.steps = page, 0

    def click(self, what: Locator) -> None:
        """Press something."""
        what.click()
        self.steps += 1

    def fill(self, what: Locator, text: str) -> None:
        """Type or paste into a field."""
        what.fill(text)
        self.steps += 1


def set_up(hands: Hands) -> None:
    """The wizard: one's own names in the first step, the rest as proposed."""
    page = hands.page
    hands.fill(page.get_by_label("区域代码"), AREA)
    hands.fill(page.get_by_label("区域名称"), "东风里社区")
    hands.fill(page.get_by_label("单位全称"), UNIT)
    hands.fill(page.get_by_label("监督电话"), "0571-12345678")
    hands.click(page.get_by_role("button", name="其余用默认值"))
    hands.click(page.get_by_role("button", name="建立网站"))
    expect(page.get_by_role("heading", level=2, name="自检")).to_be_visible()
    hands.click(page.get_by_role("link", name="回到首页"))


def bring_members(hands: Hands) -> None:
    """Paste two columns of the Excel that is open anyway."""
    page = hands.page
    hands.click(page.get_by_role("link", name="导入", exact=True).first)
    hands.click(page.get_by_label("人员名册"))
    cells = "\n".join(["姓名\t政治面貌", *(f"{name}\t中共党员" for name in NAMES)])
    hands.fill(page.locator("textarea"), cells)
    hands.click(page.get_by_role("button", name="下一步"))
    hands.click(page.get_by_role("button", name="导入 10 行"))
    expect(page.get_by_text("已导入", exact=True)).to_be_visible()


def record(hands: Hands) -> None:
    """Ten names on one screen."""
    page = hands.page
    hands.click(page.get_by_role("link", name="工作台"))
    hands.click(page.get_by_role("link", name="录入活动"))
    hands.fill(page.get_by_label("活动 *"), "清洁家园")
    hands.fill(page.get_by_label("日期 *"), "2026-06-27")
    hands.fill(page.get_by_label("开始", exact=True), "08:00")
    hands.fill(page.get_by_label("结束", exact=True), "09:30")
    hands.fill(page.get_by_label("姓名", exact=True), "、".join(NAMES))
    # What it brings is there before it is saved.
    expect(page.locator("#summary")).to_contain_text("合计 15.00 小时")
    hands.click(page.get_by_role("button", name="保存"))
    expect(page.locator(".toast-undo")).to_contain_text("已为 10 人录入")


def publish(hands: Hands) -> None:
    """From the points sheet to the sheet of paper."""
    page = hands.page
    hands.click(page.get_by_role("link", name="积分表"))
    expect(page.locator("tbody tr")).to_have_count(10)
    # Ten points for having checked in, less two for the quarter without service, and 1.5 hours of service.
    expect(page.locator("tbody tr").first).to_contain_text("9.50")
    hands.click(page.get_by_role("link", name="发布公示"))
    hands.click(page.locator("li", has_text="2026年第2季度").get_by_role("button", name="计算"))
    hands.click(page.get_by_role("link", name="预览并公示"))
    expect(page.locator("main")).to_contain_text("钱*")
    hands.click(page.get_by_role("button", name="发布", exact=True))
    hands.click(page.get_by_role("dialog").get_by_role("button", name="确定"))
    hands.click(page.get_by_role("link", name="打印").first)


def link(session: Session) -> str:
    """The path that an empty site prints on its console."""
    return first_run_link(session, "")


def test_from_an_empty_site_to_a_printed_notice_within_five_minutes(empty_site: LiveSite) -> None:
    with empty_site.enter() as window:
        page = window.open(empty_site.change(link))
        hands = Hands(page)
        set_up(hands)
        expect(page.locator("#checklist")).to_be_visible()
        bring_members(hands)
        record(hands)
        publish(hands)
        assert hands.steps <= STEPS_IN_FIVE_MINUTES
        sheet = page.locator("body")
        for text in (UNIT, "0571-12345678", "钱*", "9.50", "2026-07-13"):
            expect(sheet).to_contain_text(text)
        expect(sheet).not_to_contain_text("钱福")
        printed = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/MediaBox", printed)) == 1
        # The first steps are done, so their list is gone.
        window.open(f"/a/{AREA}/")
        expect(page.get_by_role("heading", level=1, name="东风里社区")).to_be_visible()
        expect(page.locator("#checklist")).to_have_count(0)
        assert look_over(page, WORDS) == []
