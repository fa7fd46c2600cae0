"""Making a wish on a phone and for somebody else, following it, and noting households; in the browser's eyes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.wish_wall.asking import households, personal, services
from pointsys.plugins.wish_wall.asking.checking import Asking
from pointsys.plugins.wish_wall.campaigns.models import WishesCampaign
from pointsys.plugins.wish_wall.claims import services as claims
from pointsys.plugins.wish_wall.claims import taking
from pointsys.plugins.wish_wall.models import WishesHousehold, WishesWish
from pointsys.plugins.wish_wall.reviewing import services as reviewing
from pointsys.plugins.wish_wall.reviewing.models import WishesReferral
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.wish_wall.wall.hanging import hang

FORM = {
    "category": "item",
    "words": "想要一个小电饭锅",
    "amount": "120",
    "slots": "1",
    "private": "晚上在家",
    "shown": "wall",
}


@pytest.fixture
def engine_name() -> str:
    """Pages do not depend on the engine."""
    return "sqlite"


@pytest.fixture
def on(app: Flask, world: World) -> World:
    """The world with micro-wishes."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
    return world


@pytest.fixture
def member(sign_in: SignIn, on: World) -> Browser:
    """A resident with a phone."""
    return sign_in(on.accounts["member"])


def stored(app: Flask) -> list[Any]:
    """Wishes as they stand."""
    with app.app_context(), read_scope() as session:
        return list(
            session.execute(
                select(
                    WishesWish.public_id, WishesWish.state, WishesWish.title, WishesWish.amount, WishesWish.hidden,
                    WishesWish.channel, WishesWish.person_id,
                ).order_by(WishesWish.id)
            )
        )  # fmt: skip


def test_three_questions_make_a_wish_that_is_followed_changed_and_taken_back(
    app: Flask, member: Browser
) -> None:
    form = member.page("/me/wishes/new")
    assert [step.get_text(strip=True)[0] for step in form.select(".ask-question > h2")] == ["1", "2", "3"]
    wrong = member.post("/me/wishes/new", {**FORM, "amount": "9999"})
    assert wrong.status_code == 422
    assert "最多300元" in wrong.text
    assert "想要一个小电饭锅" in wrong.text
    # Every field says at once what is wrong with it.
    empty = member.post("/me/wishes/new", {"amount": "很多", "slots": "11", "private": "长" * 501})
    told = BeautifulSoup(empty.text, "html.parser").select(".invalid-feedback")
    assert {str(one["id"]).removesuffix("-error") for one in told} == {
        "category", "words", "amount", "slots", "private",
    }  # fmt: skip
    key = form.select_one("input[name=idempotency_key]")
    assert key is not None
    sent = {**FORM, "idempotency_key": key["value"], "shown": "hidden"}
    made = member.post("/me/wishes/new", sent)
    assert made.status_code == 303
    # The same press twice makes no second wish, and leads to the same page.
    assert member.post("/me/wishes/new", sent).location == made.location
    (wish,) = stored(app)
    assert wish[1:6] == ("submitted", "想要一个小电饭锅", 12000, True, "self")
    page = member.page(made.location)
    assert page.select(".wish-steps .step-past")
    again = member.page("/me/wishes/new")
    assert "您有一个未完成的心愿" in again.get_text()
    # Nobody fills in three questions that would be refused.
    assert again.select_one("#words") is None
    assert member.page("/me/wishes").select_one('a.btn[href="/me/wishes/new"]') is None
    assert member.post("/me/wishes/new", FORM).status_code == 422
    changed = member.post(f"/me/wishes/{wish.public_id}/edit", {**FORM, "words": "想要一口小锅"})
    assert changed.status_code == 303
    assert stored(app)[0].title == "想要一口小锅"
    assert "想要一口小锅" in member.page("/me/wishes").get_text()
    member.post(f"/me/wishes/{wish.public_id}/withdraw")
    assert stored(app)[0].state == "withdrawn"
    assert member.get(f"/me/wishes/{wish.public_id}/edit").status_code == 303


def test_while_a_round_runs_a_wish_becomes_part_of_it(app: Flask, on: World, member: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        today = current_site().today()
        rounds = (
            ("street", "重阳敬老", "running"),
            ("sunny", "别处", "running"),
            ("happy", "还没开始", "draft"),
        )
        session.add_all(
            WishesCampaign(
                area_id=on.areas[area], title=title, opens_on=today, closes_on=today, state=state,
                created_at=current_site().now(), created_by="test",
            )
            for area, title, state in rounds
        )  # fmt: skip
    assert "重阳敬老" in member.page("/me/wishes/new").get_text()
    assert member.post("/me/wishes/new", FORM).status_code == 303
    with app.app_context(), read_scope() as session:
        titles = select(WishesCampaign.title).join(WishesWish, WishesWish.campaign_id == WishesCampaign.id)
        assert list(session.scalars(titles)) == ["重阳敬老"]


def test_a22_the_page_of_somebody_elses_wish_looks_like_a_missing_one(
    app: Flask, on: World, member: Browser
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        other = session.get_one(Person, on.person_ids["happy"])
        wish = services.submit(session, other, Asking("company", "陪我下棋"), Actor("x", 0)).public_id
    for path in (f"/me/wishes/{wish}", f"/me/wishes/{wish}/edit", "/me/wishes/aaaaaaaaaaaaaaaa"):
        assert member.get(path).status_code == 404
    assert member.post(f"/me/wishes/{wish}/withdraw").status_code == 404
    assert stored(app)[0].state == "submitted"


def test_whose_account_is_nobodys_has_no_wishes(sign_in: SignIn, on: World) -> None:
    worker = sign_in(on.accounts["worker"])
    for path in ("/me/wishes", "/me/wishes/new"):
        assert worker.get(path).status_code == 404


def test_for_somebody_else_the_person_is_chosen_and_never_guessed(
    app: Flask, on: World, sign_in: SignIn
) -> None:
    clerk = sign_in(on.accounts["grid_worker"])
    path = f"/a/{on.codes['grid1']}/wishes/new"
    for_them = {**FORM, "name": "李一", "consent": "3月3日当面同意"}
    assert clerk.post(path, for_them).status_code == 422
    assert stored(app) == []
    looked = clerk.post(path, {**for_them, "look": "1"})
    assert f'value="{on.people["grid1"]}"' in looked.text
    # Grid workers add nobody to the roster.
    assert 'value="new"' not in looked.text
    assert clerk.post(path, {**for_them, "person": "new"}).status_code == 403
    assert clerk.post(path, {**for_them, "person": on.people["sunny"]}).status_code == 404
    assert clerk.post(path, {**for_them, "person": on.people["grid1"], "consent": ""}).status_code == 422
    done = clerk.post(path, {**for_them, "person": on.people["grid1"]})
    assert done.status_code == 303
    (wish,) = stored(app)
    assert (wish.channel, wish.person_id) == ("behalf", on.person_ids["grid1"])
    back = f"/a/{on.codes['grid1']}/wishes/wish/{wish.public_id}/withdraw"
    clerk.post(back, {"reason": ""})
    assert stored(app)[0].state == "submitted"
    clerk.post(back, {"reason": "本人来电"})
    assert stored(app)[0].state == "withdrawn"


def test_staff_add_somebody_new_while_they_write_the_wish_down(
    app: Flask, on: World, worker: Browser
) -> None:
    sent = {**FORM, "name": "周新来", "phone": "13900139000", "person": "new", "consent": "电话同意"}
    assert worker.post(f"/a/{on.codes['happy']}/wishes/new", sent).status_code == 303
    with app.app_context(), read_scope() as session:
        person = session.scalars(select(Person).where(Person.name == "周新来")).one()
        assert [row.person_id for row in stored(app)] == [person.id]


def test_households_are_noted_added_to_left_and_listed(app: Flask, on: World, worker: Browser) -> None:
    base = f"/a/{on.codes['happy']}/wishes/households"
    assert "还没有登记家庭户" in worker.page(base).get_text()
    looked = worker.post(f"{base}/new", {"names": "李一\n周二\n无此人", "look": "1"})
    assert {on.people["grid1"], on.people["grid2"]} <= set(
        re.findall(r'name="person" value="(\w+)"', looked.text)
    )
    assert worker.post(f"{base}/new", {"names": "李一"}).status_code == 422
    assert worker.post(f"{base}/new", {"names": "x", "person": on.people["sunny"]}).status_code == 404
    made = worker.post(f"{base}/new", {"names": "x", "person": [on.people["grid1"], on.people["grid2"]]})
    assert made.status_code == 303
    assert (
        worker.post(f"{made.location}/add", {"names": "x", "person": on.people["happy"]}).status_code == 303
    )
    assert worker.page(made.location).get_text().count("已不同住") == 3
    worker.post(f"{made.location}/leave/{on.people['grid2']}")
    listed = worker.page(f"{base}?q=李一")
    assert "李一、钱福" in listed.get_text()
    assert "周二" not in listed.select_one("main").get_text()  # type: ignore[union-attr]
    export = worker.get(f"{base}?export=csv")
    assert "李一、钱福" in export.data.decode("utf-8-sig")


def test_pages_of_wishes_take_the_same_number_of_statements_however_many_there_are(
    app: Flask, on: World, worker: Browser, member: Browser
) -> None:
    pages = (
        (member, "/me/wishes", 11),
        (worker, f"/a/{on.codes['happy']}/wishes/households", 8),
        (worker, f"/a/{on.codes['happy']}/wishes/review", 8),
        (worker, f"/a/{on.codes['happy']}/wishes/referrals", 8),
    )

    def statements() -> list[int]:
        found = []
        for browser, path, _most in pages:
            browser.page(path)
            with counted(app) as seen:
                browser.page(path)
            found.append(len(seen))
        return found

    def fill(times: int) -> None:
        with app.app_context(), unit_of_work(drain=False) as session:
            for name in ("grid1", "grid2", "happy") * times:
                person = session.get_one(Person, on.person_ids[name])
                wish = services.submit(session, person, Asking("service", "换灯泡"), Actor("x", 0))
                reviewing.review(session, wish, "convert", Actor("y", 0), "转办")
                other = services.submit(session, person, Asking("service", "换灯泡"), Actor("x", 0))
                services.withdraw(session, other, Actor("x", 0), "不要了", by_staff=True)
            if not session.scalar(select(func.count()).select_from(WishesHousehold)):
                people = [session.get_one(Person, on.person_ids[name]) for name in ("grid1", "grid2")]
                households.group(session, session.get_one(Area, on.areas["happy"]), people, SYSTEM)

    fill(1)
    few = statements()
    fill(3)
    assert statements() == few
    assert all(found <= most for found, (_browser, _path, most) in zip(few, pages, strict=True)), few


def test_a15_markup_in_a_wish_is_text_on_every_page(
    app: Flask, on: World, worker: Browser, member: Browser
) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
    with app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, on.person_ids["grid1"])
        asked = Asking("service", f"灯坏了{evil}", title="<b>灯</b>", private=evil)
        wish = services.submit(session, person, asked, Actor("x", 0), channel="behalf", consent=evil)
        wish_id = wish.public_id
    happy = f"/a/{on.codes['happy']}/wishes"
    paths = [
        (worker, f"{happy}/review"),
        (worker, f"{happy}/review/{wish_id}"),
        (member, f"/me/wishes/{wish_id}"),
    ]
    paths += [
        (member, "/me/wishes"),
        (member, f"/me/wishes/{wish_id}/edit"),
        (worker, f"{happy}/wish/{wish_id}"),
    ]
    for browser, path in paths:
        _harmless(browser, path)
    worker.post(f"{happy}/review/{wish_id}", {"outcome": "convert", "reason": evil})
    with app.app_context(), unit_of_work(drain=False) as session:
        referral = session.scalars(select(WishesReferral)).one()
        referral_id = referral.public_id
    worker.post(f"{happy}/referrals/{referral_id}/answer", {"answer": evil})
    for browser, path in (
        (worker, f"{happy}/referrals"),
        (worker, f"{happy}/referrals/{referral_id}"),
        (member, f"/me/wishes/{wish_id}"),
        (member, "/me/wishes"),
    ):
        _harmless(browser, path)


def _harmless(browser: Browser, path: str) -> None:
    page = browser.page(path)
    assert "灯" in page.get_text(), path
    assert not [
        tag
        for tag in page.select("main script, main img, main b")
        if "alert" in str(tag) or (tag.name == "b" and tag.get_text() == "灯")
    ], path


def test_a_person_takes_their_wishes_along_and_leaves_no_words_behind(app: Flask, on: World) -> None:
    person_id = on.person_ids["grid1"]
    with app.app_context(), unit_of_work(drain=False) as session:
        people = [session.get_one(Person, on.person_ids[name]) for name in ("grid1", "grid2")]
        households.group(session, session.get_one(Area, on.areas["happy"]), people, SYSTEM)
        asked = Asking("item", "一副老花镜", private="门牌十二", amount="30")
        wish = services.submit(session, people[0], asked, Actor("x", 0), channel="behalf", consent="电话同意")
        referral = reviewing.review(session, wish, "convert", Actor("y", 0), "转残联")
        assert referral is not None
        reviewing.answer(session, referral, wish, "已送上门", Actor("z", 0))
        waiting = services.submit(session, people[0], Asking("service", "换灯泡"), Actor("x", 0))
        hung = [
            hang(session, on.areas["grid1"], person_id, number, state=state)
            for number, state in ((90, "published"), (91, "expired"))
        ]
        held = taking.claim(session, hung[0], [on.person_ids["sunny"]], 1, Actor("v", 0))
        told = personal.export(session, person_id, [person_id])
        assert all(word in str(told) for word in ("一副老花镜", "门牌十二", "转残联", "已送上门", "电话同意"))
        personal.erase(session, person_id, [person_id])
        session.expire_all()
        after = str(personal.export(session, person_id, [person_id]))
        assert not [word for word in ("老花镜", "门牌", "残联", "上门", "电话同意") if word in after]
        assert (wish.state, wish.category, wish.amount) == ("converted", "item", 3000)
        assert (waiting.state, waiting.title, waiting.hidden) == ("withdrawn", "", True)
        # What somebody has in hand stays with them; given back, it does not hang on the wall without its words.
        assert [one.state for one in hung] == ["claimed", "withdrawn"]
        claims.free(session, claims.hold(session, held), held, "revoke", Actor("y", 0), "已搬走")
        assert (hung[0].state, hung[0].taken) == ("withdrawn", 0)
        assert households.member_ids(session, list(session.scalars(select(WishesHousehold.id)))) == [
            on.person_ids["grid2"]
        ]
