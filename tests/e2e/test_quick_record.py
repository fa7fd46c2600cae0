"""Thirty people on one screen by hand, drafts on the device, a session that ends mid-form, and a list on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import LoginSession
from pointsys.core.activity_log.models import VOIDED, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.services import create_area
from pointsys.core.startup import root_area
from tests.e2e.conftest import staff
from tests.e2e.live import PHONE, LiveSite, make_site, served
from tests.e2e.look import look_over
from tests.factories import HAPPY, PASSWORD, make_person

pytestmark = pytest.mark.browser

NEW = f"/a/{HAPPY}/log/new"
NAMES = [
    f"{family}{given}"
    for family in "王李张刘陈"
    for given in ("一凡", "二妹", "三元", "四喜", "五福", "六顺")
]
WORDS = ("chen", "liu", "it-office", "pinyin")
TWINS = "赵同名"


def crowd(session: Session) -> None:
    """Thirty people in two grids, and two of one name."""
    area = root_area(session)
    assert area is not None
    grids = [create_area(session, f"{HAPPY}00{n}", f"第{n}网格", area, SYSTEM) for n in (1, 2)]
    for number, name in enumerate(NAMES):
        make_person(session, grids[number % 2], name)
    for grid in grids:
        make_person(session, grid, TWINS)


@pytest.fixture(scope="module")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A community's site with thirty-two people and its staff."""
    home = tmp_path_factory.mktemp("crowd")
    app = make_site(home, "init", "--area", HAPPY, "--name", "幸福社区")
    with served(app, home, browser) as made:
        made.change(staff)
        made.change(crowd)
        yield made


class Hands:
    """Counts what a worker does: fields filled in, and clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.fields, self.clicks = page, 0, 0

    def fill(self, label: str, text: str) -> None:
        """Type or paste into a field."""
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def click(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name).click()
        self.clicks += 1


def what(page: Page, title: str) -> Hands:
    """Fill in what happened this morning."""
    hands = Hands(page)
    page.get_by_label("活动 *").fill(title)
    hands.fields += 1
    hands.fill("开始", "08:00")
    hands.fill("结束", "09:30")
    return hands


def live(session: Session, title: str) -> list[str]:
    """Statuses of an activity's entries."""
    return list(session.scalars(select(Entry.status).where(Entry.title == title)))


def test_thirty_people_take_four_fields_and_one_click_and_can_be_taken_back(site: LiveSite) -> None:
    with site.enter("chen") as window:
        page = window.open(NEW)
        hands = what(page, "清洁家园")
        hands.fill("姓名", "#接龙\n周六清洁\n" + "\n".join(f"{n}. {name}" for n, name in enumerate(NAMES, 1)))
        expect(page.locator("#summary")).to_contain_text("30 人")
        expect(page.locator("#summary")).to_contain_text("合计 45.00 小时")
        expect(page.locator("#summary")).to_contain_text("liu")
        expect(page.locator("#found")).to_contain_text("全部匹配")
        window.complaints += look_over(page, WORDS)
        hands.click("保存")
        expect(page.locator(".toast-undo")).to_contain_text("已为 30 人录入")
        window.complaints += look_over(page, WORDS)
        assert (hands.fields, hands.clicks) == (4, 1)
        assert len(site.change(lambda session: live(session, "清洁家园"))) == 30
        page.locator(".toast-undo button").click()
        expect(page.locator(".notice-success")).to_contain_text("已撤销 30 条")
        assert set(site.change(lambda session: live(session, "清洁家园"))) == {VOIDED}


def test_people_are_ticked_by_pinyin_and_no_tick_is_lost(site: LiveSite) -> None:
    with site.enter("chen") as window:
        page = window.open(NEW)
        what(page, "巡查")
        page.locator("details.roster summary").click()
        for sound, name in (("wangyi", "王一凡"), ("liermei", "李二妹"), ("zsx", "张四喜")):
            page.get_by_label("姓名或拼音").fill(sound)
            page.locator("#roster-hits").get_by_label(name).check()
        expect(page.locator("#summary")).to_contain_text("3 人")
        page.get_by_label("姓名", exact=True).fill(TWINS)
        expect(page.locator("#found")).to_contain_text("1 个姓名待确定")
        page.locator(".record-unclear").get_by_label("第2网格").check()
        expect(page.locator("#summary")).to_contain_text("4 人")
        expect(page.locator("#found")).to_contain_text("全部匹配")
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".toast-undo")).to_contain_text("已为 4 人录入")


def test_a_draft_keeps_no_names_and_is_gone_after_saving_and_signing_out(site: LiveSite) -> None:
    stored = "() => JSON.stringify(localStorage)"
    with site.enter("chen") as window:
        page = window.open(NEW)
        what(page, "未写完")
        page.get_by_label("姓名", exact=True).fill("王一凡")
        expect(page.locator("#summary")).to_contain_text("1 人")
        window.open(f"/a/{HAPPY}/log")
        kept = page.evaluate(stored)
        assert "未写完" in kept
        assert "王一凡" not in kept
        window.open(NEW)
        page.get_by_role("button", name="继续填写").click()
        expect(page.get_by_label("活动 *")).to_have_value("未写完")
        expect(page.get_by_label("开始")).to_have_value("08:00")
        page.get_by_label("姓名", exact=True).fill("王一凡")
        expect(page.locator("#summary")).to_contain_text("1 人")
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".toast-undo")).to_be_visible()
        assert "未写完" not in page.evaluate(stored)
        window.open(NEW)
        what(page, "又一个")
        window.open(f"/a/{HAPPY}/log")
        assert "又一个" in page.evaluate(stored)
        page.locator(".user-menu summary").click()
        page.get_by_role("button", name="退出", exact=True).click()
        page.wait_for_url("**/sign-in*")
        assert "又一个" not in page.evaluate(stored)


def test_a_session_that_ends_mid_form_loses_nothing(site: LiveSite) -> None:
    with site.enter("chen") as window:
        page = window.open(NEW)
        what(page, "会话结束")
        page.get_by_label("姓名", exact=True).fill("王一凡、李二妹")
        expect(page.locator("#summary")).to_contain_text("2 人")
        site.change(lambda session: session.execute(delete(LoginSession)))
        page.get_by_role("button", name="保存").click()
        expect(page.locator("[data-signed-out]")).to_be_visible()
        with window.context.expect_page() as opened:
            page.get_by_role("link", name="在新窗口登录").click()
        other = opened.value
        other.get_by_label("登录名").fill("chen")
        other.get_by_label("密码").fill(PASSWORD)
        other.get_by_role("button", name="登录", exact=True).click()
        other.wait_for_url(lambda url: "/sign-in" not in url)
        other.close()
        expect(page.get_by_label("姓名", exact=True)).to_have_value("王一凡、李二妹")
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".toast-undo")).to_contain_text("已为 2 人录入")
        assert len(site.change(lambda session: live(session, "会话结束"))) == 2


def test_it_works_without_scripts(site: LiveSite) -> None:
    with site.enter("chen", scripts=False) as window:
        page = window.open(NEW)
        what(page, "无脚本")
        page.get_by_label("姓名", exact=True).fill("陈六顺 刘六顺")
        page.get_by_role("button", name="核对姓名").last.click()
        expect(page.locator("#summary")).to_contain_text("合计 3.00 小时")
        page.get_by_role("button", name="保存").click()
        expect(page.locator(".toast-undo")).to_contain_text("已为 2 人录入")


def test_a_list_is_kept_on_a_phone_and_a_walk_in_takes_one_field_and_one_tap(site: LiveSite) -> None:
    with site.enter("chen", PHONE) as window:
        page = window.open(f"/a/{HAPPY}/attendance/new")
        page.get_by_label("活动 *").fill("广场值守")
        page.get_by_label("计划开始").fill("09:00")
        page.get_by_label("计划结束").fill("11:00")
        page.get_by_label("预计参加人员").fill("、".join(NAMES[:12]))
        window.complaints += look_over(page, WORDS)
        page.get_by_role("button", name="建立签到表").click()
        for row in (1, 2):
            page.locator(f"#row-{row}").get_by_role("button", name="签到").tap()
            expect(page.locator(f"#row-{row}")).to_have_class("att-row att-inside")
        expect(page.locator("#att-counts")).to_contain_text("2 / 12")
        hands = Hands(page)
        hands.fill("姓名、拼音或行号", "chensanyuan")
        hands.click("加入并签到")
        expect(page.locator("#row-13")).to_have_class("att-row att-inside")
        assert (hands.fields, hands.clicks) == (1, 1)
        expect(page.locator("#close")).to_contain_text("3 人没有签退")
        window.complaints += look_over(page, WORDS)
        box = page.locator("#row-3 .att-tap").first.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        page.get_by_role("button", name="结束签到并录入记录").tap()
        expect(page.locator(".att-settle").first).to_be_visible()
        window.complaints += look_over(page, WORDS)
        path = page.url.partition("#")[0].removeprefix(site.url)
        for paper in ("paper", "keys"):
            window.open(f"{path}/{paper}")
            window.complaints += look_over(page, WORDS)
    assert site.change(lambda s: s.scalar(select(func.count()).where(Entry.title == "广场值守"))) == 3
