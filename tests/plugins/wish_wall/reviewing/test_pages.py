"""Deciding on wishes in the browser's eyes: what is found and masked, what is sent back, referrals, settings."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.asking import services
from pointsys.plugins.wish_wall.asking.checking import Asking
from pointsys.plugins.wish_wall.models import WishesEvent, WishesWish
from pointsys.plugins.wish_wall.settings import rules_in
from tests.browsers import Browser, SignIn, World

TELLING = "我是李一，住3栋2单元502，想要一个电饭锅，电话138-0013-8000"


@pytest.fixture
def engine_name() -> str:
    """Pages do not depend on the engine."""
    return "sqlite"


@pytest.fixture
def wish(app: Flask, world: World) -> str:
    """A wish of the member's that tells too much; its outside id."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        person = session.get_one(Person, world.person_ids["grid1"])
        return str(
            services.submit(
                session, person, Asking("item", TELLING, title="电饭锅", amount="80"), Actor("m", 0)
            ).public_id
        )


def row_of(app: Flask, public_id: str) -> WishesWish:
    """The wish as it stands, apart from its session."""
    with app.app_context(), read_scope() as session:
        found = session.scalars(select(WishesWish).where(WishesWish.public_id == public_id)).one()
        session.refresh(found)
        session.expunge(found)
        return found


def test_the_page_marks_what_tells_and_offers_the_text_masked(
    app: Flask, world: World, worker: Browser, wish: str
) -> None:
    base = f"/a/{world.codes['happy']}/wishes/review"
    assert "含个人信息" in worker.page(base).get_text()
    page = worker.page(f"{base}/{wish}")
    marked = [mark.get_text() for mark in page.select(".scan-text mark")]
    assert [text[-2:] for text in marked] == ["姓名", "住址", "电话"]
    offered = page.select_one("#public_text")
    assert offered is not None
    text = offered.get_text()
    assert not any(told in text for told in ("李一", "502", "138"))
    # What was written is refused as it is, and nothing is lost of what the reviewer typed.
    refused = worker.post(f"{base}/{wish}", {"outcome": "publish", "title": "电饭锅", "public_text": TELLING})
    assert refused.status_code == 422
    assert row_of(app, wish).state == "submitted"
    # What the wisher wrote stays in view whatever the reviewer makes of it.
    emptied = worker.post(f"{base}/{wish}", {"outcome": "publish", "title": "锅", "public_text": "我叫李一"})
    told = BeautifulSoup(emptied.text, "html.parser")
    assert "想要一个电饭锅" in told.select_one(".scan-text").get_text()  # type: ignore[union-attr]
    assert "您填写的内容仍含：姓名" in told.get_text()
    # One click does not publish the gaps that the masking left: somebody makes sentences of it.
    gaps = worker.post(f"{base}/{wish}", {"outcome": "publish", "title": "电饭锅", "public_text": text})
    assert (gaps.status_code, row_of(app, wish).state) == (422, "submitted")
    assert "仍留着" in gaps.text
    text = text.replace("〔略〕", "")
    done = worker.post(f"{base}/{wish}", {"outcome": "publish", "title": "电饭锅", "public_text": text})
    assert done.status_code == 303
    row = row_of(app, wish)
    assert (row.state, row.public_text) == ("published", text.strip())
    assert row.published_at is not None
    assert row.expires_at is not None
    assert (row.expires_at - row.published_at).days == 30
    with app.app_context(), read_scope() as session:
        acts = [event.action for event in session.scalars(select(WishesEvent).order_by(WishesEvent.id))]
    assert acts == ["submit", "mask", "publish"]


def test_the_text_of_the_wall_can_be_changed_until_the_first_claim(
    app: Flask, world: World, worker: Browser, wish: str
) -> None:
    path = f"/a/{world.codes['happy']}/wishes/review/{wish}"
    worker.post(path, {"outcome": "publish", "title": "电饭锅", "public_text": "想要一个电饭锅"})
    changed = worker.post(f"{path}/text", {"title": "小电饭锅", "public_text": "想要一个小电饭锅"})
    assert changed.status_code == 303
    assert row_of(app, wish).title == "小电饭锅"
    assert worker.post(f"{path}/text", {"title": "锅", "public_text": TELLING}).status_code == 422
    with app.app_context(), unit_of_work(drain=False) as session:
        row = session.scalars(select(WishesWish)).one()
        row.frozen_at = row.published_at
    late = worker.post(f"{path}/text", {"title": "大电饭锅", "public_text": "想要一个大电饭锅"})
    assert late.status_code == 422
    assert row_of(app, wish).title == "小电饭锅"


def test_what_is_sent_back_waits_for_its_wisher_who_reads_why(
    app: Flask, world: World, worker: Browser, sign_in: SignIn, wish: str
) -> None:
    path = f"/a/{world.codes['happy']}/wishes/review/{wish}"
    assert worker.post(path, {"outcome": "return", "reason": " "}).status_code == 422
    long = worker.post(path, {"outcome": "return", "reason": "长" * 501})
    assert (long.status_code, "理由最多500字" in long.text) == (422, True)
    assert worker.post(path, {"outcome": "return", "reason": "请写清楚要多大的"}).status_code == 303
    assert worker.post(path, {"outcome": "publish", "public_text": "锅"}).status_code == 422
    member = sign_in(world.accounts["member"])
    assert "请写清楚要多大的" in member.page(f"/me/wishes/{wish}").get_text()
    assert "请写清楚要多大的" in member.page(f"/me/wishes/{wish}/edit").get_text()
    member.post(f"/me/wishes/{wish}/edit", {"category": "item", "words": "3升的电饭锅", "slots": "1"})
    assert row_of(app, wish).state == "submitted"
    assert "再次提交" in worker.page(f"/a/{world.codes['happy']}/wishes/review").get_text()


def test_a_referral_has_a_number_that_the_wisher_follows_to_its_answer(
    app: Flask, world: World, worker: Browser, sign_in: SignIn, wish: str
) -> None:
    happy = f"/a/{world.codes['happy']}"
    worker.post(f"{happy}/wishes/review/{wish}", {"outcome": "convert", "reason": "转街道民政办理"})
    listed = worker.page(f"{happy}/wishes/referrals?state=open&q=李一")
    link = listed.select_one(".list td.lead a")
    assert link is not None
    number, address = link.get_text(), str(link["href"])
    assert "心愿转办" in worker.page(f"{happy}/").get_text()
    member = sign_in(world.accounts["member"])
    assert number in member.page(f"/me/wishes/{wish}").get_text()
    assert worker.post(f"{address}/answer", {"answer": " "}).status_code == 303
    assert "尚未答复" in member.page(f"/me/wishes/{wish}").get_text()
    worker.post(f"{address}/answer", {"answer": "长" * 501})
    assert "答复最多500字" in worker.get(address).text
    worker.post(f"{address}/answer", {"answer": "民政已送上门"})
    worker.post(f"{address}/answer", {"answer": "再答一次"})
    told = member.page(f"/me/wishes/{wish}").get_text()
    assert "民政已送上门" in told
    assert "再答一次" not in told
    assert "没有符合条件的转办" in worker.page(f"{happy}/wishes/referrals?state=open").get_text()
    export = worker.get(f"{happy}/wishes/referrals?export=csv").data.decode("utf-8-sig")
    assert "民政已送上门" in export
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(address.replace(world.codes["happy"], world.codes["sunny"])).status_code == 404


def test_limits_and_deadlines_are_set_for_an_area_and_hold_below(
    app: Flask, world: World, sign_in: SignIn, wish: str
) -> None:
    office = sign_in(world.accounts["office"])
    path = f"/a/{world.codes['street']}/wishes/settings"
    sent = {
        "wishes.max_amount": "500", "wishes.contact_days": "3", "wishes.deliver_days": "20", "wishes.expire_days": "60",
        "wishes.open_claims": "2", "wishes.value": "1.5", "wishes.contact_phone": "0991-1234567",
    }  # fmt: skip
    assert office.post(path, {**sent, "wishes.expire_days": "0"}).status_code == 422
    assert office.post(path, sent).status_code == 303
    with app.app_context(), read_scope() as session:
        rules = rules_in(session, world.areas["grid1"])
        assert (rules.max_amount, rules.contact_days, rules.expire_days, rules.open_claims) == (
            50000,
            3,
            60,
            2,
        )
        assert (rules.value, rules.shared, rules.phone) == (150, False, "0991-1234567")
    assert "0991-1234567" in sign_in(world.accounts["member"]).page("/me/wishes/new").get_text()
