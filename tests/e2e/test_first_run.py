"""The first-run wizard in a real browser: clicked through on an empty site, each page looked over, slips printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from pointsys.commands.links import first_run_link
from tests.e2e.live import PHONE, LiveSite, make_site, served
from tests.e2e.look import look_over
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

WORDS = ("sysadmin", "security", "auditor", "worker", "http", "sqlite", "localhost")


@pytest.fixture
def empty_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A database without a row."""
    home = tmp_path_factory.mktemp("empty")
    app = make_site(home, "db", "upgrade")
    with served(app, home, browser) as site:
        yield site


def link(site: LiveSite) -> str:
    """The path of a fresh first-run link."""

    def make(session: Session) -> str:
        return first_run_link(session, "")

    return site.change(make)


def on(page: Page) -> None:
    """Press the button that leads on."""
    page.locator("form.setup .btn-primary").click()


def test_a_site_is_made_by_clicking_through_and_every_page_is_in_order(empty_site: LiveSite) -> None:
    faults: list[str] = []
    with empty_site.enter() as window:
        page = window.open(link(empty_site))
        for title in ("单位", "区域", "负责人", "积分办法", "插件", "数据"):
            expect(page.get_by_role("heading", level=1)).to_contain_text(title)
            faults += look_over(page, WORDS)
            on(page)
        expect(page.get_by_role("heading", level=1, name="核对")).to_be_visible()
        faults += look_over(page, WORDS)
        page.get_by_role("button", name="建立网站").click()
        expect(page.get_by_role("heading", level=2, name="自检")).to_be_visible()
        page.get_by_role("button", name="4 人的纸条").click()
        expect(page.locator(".slip")).to_have_count(4)
        # Nothing of the frame is printed, and each slip keeps its picture.
        page.emulate_media(media="print")
        expect(page.locator(".top-bar")).to_be_hidden()
        expect(page.locator(".slip svg").first).to_be_visible()
        page.emulate_media(media="screen")
        page.get_by_role("link", name="返回").click()
        page.get_by_role("link", name="设置密码").last.click()
        page.get_by_label("新密码").fill(PASSWORD)
        page.get_by_label("再次输入").fill(PASSWORD)
        page.get_by_role("button", name="保存密码").click()
        expect(page.get_by_role("heading", level=2, name="起步清单")).to_be_visible()
    assert faults == []


def test_a_slip_of_paper_lets_its_holder_in_on_a_phone(empty_site: LiveSite) -> None:
    with empty_site.enter() as window:
        page = window.open(link(empty_site) + "/unit")
        page.get_by_role("button", name="其余用默认值").click()
        page.get_by_role("button", name="建立网站").click()
        page.get_by_role("button", name="4 人的纸条").click()
        slip = page.locator(".slip", has_text="安全管理员").locator("dd").last.inner_text()
    with empty_site.enter(size=PHONE) as window:
        page = window.page
        page.goto(slip)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1, name="设置密码")).to_be_visible()


def test_typing_errors_are_shown_at_their_field_and_the_way_back_keeps_them(empty_site: LiveSite) -> None:
    with empty_site.enter(size=PHONE, scripts=False) as window:
        page = window.open(link(empty_site) + "/unit")
        window.expected = 422
        page.get_by_label("区域代码").fill("12")
        on(page)
        expect(page.locator("#code-error")).to_be_visible()
        page.get_by_label("区域代码").fill("330106001002")
        on(page)
        page.get_by_label("粘贴清单").check()
        page.get_by_label("每行一个区域").fill("东风里网格")
        page.get_by_role("button", name="预览").click()
        expect(page.locator(".setup-tree li")).to_have_count(1)
        page.get_by_role("button", name="上一步").click()
        expect(page.get_by_label("区域代码")).to_have_value("330106001002")
