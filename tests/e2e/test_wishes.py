"""One small wish from the phone of who makes it to the hours and points of who brings it, through everybody's hands."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.activity_log.models import CONFIRMED, Entry
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.plugins.volunteer.models import VolunteerCredit
from pointsys.plugins.wish_wall.models import REALIZED, WishesWish
from tests.e2e.live import PHONE, LiveSite
from tests.e2e.look import look_over

pytestmark = pytest.mark.browser

AREA = "990101001001"
WORDS = ("volunteer", "member", "worker-new-1", "Excel")
PHONE_NUMBER = "138 0013 8000"
ASKED = f"想请人教我用手机交水费，可以打{PHONE_NUMBER}"
SHOWN = "想请人教我用手机交水费"
DOOR = "3幢502，晚上六点以后在家"


def done(page: Page) -> None:
    """The page says that it was done."""
    expect(page.locator(".notice-success").first).to_be_visible()


def claim(page: Page, words: str) -> None:
    """From the wall over the wish and the rules to the claim."""
    page.locator(".wish-wall li", has_text=words).get_by_role("link", name="我来认领").click()
    page.get_by_role("heading", level=1).wait_for()
    agreed = page.get_by_role("button", name="我同意并认领")
    if agreed.count() == 0:
        page.get_by_role("link", name="我来认领").click()
    agreed.click()


def test_a_wish_goes_from_hand_to_hand_and_ends_as_hours_and_a_share(demo_site: LiveSite) -> None:
    with demo_site.enter("volunteer", PHONE) as window:
        page = window.open("/me/wishes/new")
        page.locator(".ask-tile", has_text="一门技能").click()
        page.locator("textarea[name=words]").fill(ASKED)
        page.locator("textarea[name=private]").fill(DOOR)
        page.get_by_role("button", name="提交心愿").click()
        done(page)
        window.complaints += look_over(page, WORDS)

    with demo_site.enter("worker-new-1") as window:
        page = window.open(f"/a/{_community(demo_site)}/wishes/")
        page.locator(".wish-slip", has_text="教我用手机交水费").get_by_role("link", name="审核").click()
        expect(page.locator("mark")).to_contain_text([PHONE_NUMBER])
        assert PHONE_NUMBER not in page.locator("textarea[name=public_text]").input_value()
        page.locator("textarea[name=public_text]").fill(ASKED)
        window.expected = 422
        page.get_by_role("button", name="发布").click()
        expect(page.locator(".notice-danger, .notice-warning").first).to_be_visible()
        page.locator("input[name=title]").fill(SHOWN)
        page.locator("textarea[name=public_text]").fill(SHOWN)
        page.get_by_role("button", name="发布").click()
        done(page)

    with demo_site.enter("", PHONE) as window:
        page = window.open(f"/public/{_community(demo_site)}/wishes/")
        expect(page.get_by_text(SHOWN).first).to_be_visible()
        assert DOOR not in page.content()
        assert "黄" not in page.locator("main").inner_text()

    with demo_site.enter("member", PHONE) as window:
        page = window.open("/me/wishes/wall")
        assert DOOR not in page.content()
        claim(page, SHOWN)
        expect(page.get_by_text(DOOR)).to_be_visible()
        window.complaints += look_over(page, WORDS)
        page.get_by_role("button", name="我已联系").click()
        page.locator("textarea[name=proof]").fill("上门教了两遍，已经会自己操作")
        page.get_by_role("button", name="已送达").click()
        done(page)

    with demo_site.enter("volunteer", PHONE) as window:
        page = window.open("/me/wishes")
        page.get_by_role("link", name=SHOWN).first.click()
        page.locator("a[href*='/me/wishes/thanks/']").first.click()
        page.get_by_label("★★★★★").check()
        page.locator("textarea[name=thanks]").fill("谢谢，讲得很清楚")
        page.locator("details.wish-act summary").click()
        page.locator("input[name=hours]").fill("1")
        page.get_by_role("button", name="收到了，谢谢").click()
        done(page)

    with demo_site.enter("member", PHONE) as window:
        page = window.open("/me/wishes/claims")
        expect(page.get_by_text("谢谢，讲得很清楚")).to_be_visible()
        window.complaints += look_over(page, WORDS)
    assert demo_site.change(_outcome) == (REALIZED, CONFIRMED, 100, "share", 60)


def test_a_unit_brings_what_a_grid_worker_wrote_down(demo_site: LiveSite) -> None:
    name, grid = demo_site.change(_neighbour)
    asked = "灯管坏了，想请懂电的人来换一根"
    with demo_site.enter("grid-worker", PHONE) as window:
        page = window.open(f"/a/{grid}/wishes/new")
        page.locator("input[name=name]").fill(name)
        page.get_by_role("button", name="查找").click()
        page.locator("input[name=person]").first.check()
        page.locator("input[name=consent]").fill("上门走访时本人同意")
        page.locator(".ask-tile", has_text="搭把手").click()
        page.locator("textarea[name=words]").fill(asked)
        page.get_by_role("button", name="提交心愿").click()
        done(page)

    with demo_site.enter("worker-lin") as window:
        page = window.open(f"/a/{AREA}/wishes/")
        page.locator(".wish-slip", has_text=asked).get_by_role("link", name="审核").click()
        page.get_by_role("button", name="发布").click()
        done(page)
        window.complaints += look_over(page, (*WORDS, "worker-lin", "grid-worker"))

    with demo_site.enter("liaison", PHONE) as window:
        page = window.open("/me/wishes/wall")
        claim(page, asked)
        expect(page.get_by_text(name).first).to_be_visible()
        page.locator("textarea[name=proof]").fill("电工已上门更换")
        page.get_by_role("button", name="已送达").click()
        done(page)
        window.complaints += look_over(page, (*WORDS, "liaison"))

    with demo_site.enter("worker-zhou") as window:
        page = window.open(f"/a/{AREA}/wishes/")
        page.locator(".wish-slip", has_text=asked).get_by_role("link", name="确认").click()
        form = page.locator("form[action*='/confirm#claim-']")
        if not form.is_visible():
            page.locator("details.wish-act", has=form).locator("summary").click()
        form.locator("[name=rating]").first.check()
        form.locator("[name=thanks]").fill("谢谢师傅")
        form.locator("[name=minutes]").fill("2000")
        form.evaluate("form => { form.noValidate = true; }")
        form.get_by_role("button").click()
        expect(page.locator(".notice-danger").first).to_be_visible()
        expect(form.locator("[name=thanks]")).to_have_value("谢谢师傅")
        form.locator("[name=minutes]").fill("")
        form.get_by_role("button").click()
        done(page)
        expect(page.get_by_text("已实现").first).to_be_visible()
        window.complaints += look_over(page, (*WORDS, "worker-zhou", "worker-lin", "grid-worker", "liaison"))


def _neighbour(session: Session) -> tuple[str, str]:
    """Somebody of a grid whose name is theirs alone and who has asked for nothing, and the grid's code."""
    grid = session.scalars(
        select(Area)
        .join(RoleGrant, RoleGrant.area_id == Area.id)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(Account.login == "grid-worker")
    ).one()
    asked = select(WishesWish.person_id)
    names = session.scalars(
        select(Person.name)
        .where(Person.area_id == grid.id, Person.id.not_in(asked))
        .order_by(Person.id.desc())
    ).all()
    counted = Counter(session.scalars(select(Person.name)))
    return next(name for name in names if counted[name] == 1), grid.code


def _community(site: LiveSite) -> str:
    return str(site.change(lambda session: _code(session)))


def _code(session: Session) -> str:
    return session.scalars(select(Area.code).where(Area.name == "云锦社区")).one()


def _outcome(session: Session) -> tuple[str, str, int | None, str | None, int]:
    wish = session.scalars(select(WishesWish).where(WishesWish.title == SHOWN)).one()
    entry = session.scalars(select(Entry).where(Entry.source == "wish").order_by(Entry.id.desc())).first()
    assert entry is not None
    credit = session.scalars(
        select(VolunteerCredit.minutes).where(VolunteerCredit.entry_id == entry.id)
    ).one()
    return wish.state, entry.status, entry.quantity, entry.unit, credit
