"""Units and what is sent to them, over the pages: the office, the liaison on the phone, and nobody else."""

from __future__ import annotations

from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select, update

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.wish_wall.dispatch import organisations, services
from pointsys.plugins.wish_wall.dispatch.models import WishesDispatch, WishesOrganisation
from pointsys.plugins.wish_wall.models import WishesWish
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.volunteer.test_pages import text_of
from tests.plugins.wish_wall.wall.hanging import hang


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine; the services on both."""
    return str(request.param)


@pytest.fixture
def base(app: Flask, world: World) -> str:
    """Micro-wishes with three on the wall of the first community; the address of its pages."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        for number, title in enumerate(("修灯", "台灯", "学手机"), 1):
            kind = ("service", "item", "skill")[number - 1]
            hang(
                session, world.areas["grid2"], world.person_ids["grid2"], number, title=title, category=kind,
                public_text="上墙内容", private_text="幸福路3栋502",
            )  # fmt: skip
    return f"/a/{world.codes['happy']}/wishes"


def ids(app: Flask, model: type[WishesDispatch] | type[WishesWish] | type[WishesOrganisation]) -> list[str]:
    """Outside ids in the order of the table."""
    with app.app_context(), unit_of_work(drain=False) as session:
        return list(session.scalars(select(model.public_id).order_by(model.id)))


def test_a_wish_goes_to_a_unit_by_the_rules_and_is_answered_on_the_phone(
    app: Flask, world: World, base: str, worker: Browser, sign_in: SignIn
) -> None:
    liaison = sign_in(world.accounts["liaison"])
    assert "您的账号尚未关联单位" in liaison.page("/me/wishes/unit").get_text()
    assert "还没有单位" in text_of(worker.page(f"{base}/organisations"))
    assert "还没有向单位派过心愿" in text_of(worker.page(f"{base}/dispatch"))

    added = worker.post(f"{base}/organisations", {"name": "供电所", "kind": "unit"})
    page = worker.page(added.location)
    account = next(o["value"] for o in page.select("#account option") if o.get_text(strip=True) == "liaison")
    worker.post(f"{added.location}/accounts", {"account": account})
    worker.post(f"{added.location}/members", {"names": "李一，周二"})
    assert {"代表中", "李一", "周二"} <= set(worker.page(added.location).stripped_strings)

    (unit,) = ids(app, WishesOrganisation)
    worker.post(
        f"{base}/dispatch/rules", {"organisation-service": unit, "days-service": "5", "days-item": ""}
    )
    offered = worker.page(f"{base}/dispatch/open")
    boxes = [box["value"] for box in offered.select("td.pick input[name=id]")]
    assert len(boxes) == 3
    worker.post(f"{base}/dispatch/open", {"id": boxes})
    listed = worker.page(f"{base}/dispatch")
    assert [cell.a.get_text() for cell in listed.select("td.lead") if cell.a] == ["修灯"]
    assert "还剩" in text_of(listed)
    # Each of the others would go by the rule of its own area, which the page says.
    worker.post(
        f"/a/{world.codes['grid2']}/wishes/dispatch/rules", {"organisation-item": unit, "days-item": "5"}
    )
    rows = [row.get_text() for row in worker.page(f"{base}/dispatch/open").select("tbody tr")]
    assert ["供电所" in row for row in rows if "台灯" in row or "学手机" in row] == [True, False]
    assert worker.get(f"{base}/dispatch?export=csv").status_code == 200
    assert "供电所" in worker.get(f"{base}/organisations?export=csv").text

    # Offices below see whom they can send wishes to as well, and keep only their own.
    below = worker.page(f"/a/{world.codes['happy']}001/wishes/organisations")
    assert "供电所" in text_of(below)
    # An account without a person is led to its unit, not to wishes of its own.
    assert liaison.page("/me").select_one('a[href="/me/wishes/unit"]') is not None
    wall = liaison.page("/me/wishes/wall")
    assert wall.select_one('.sub-tabs a[href="/me/wishes"]') is None
    assert wall.select_one('.sub-tabs a[href="/me/wishes/unit"]') is not None
    own = liaison.page("/me/wishes/unit")
    assert {"修灯", "李一"} <= set(own.stripped_strings)
    (sent,) = ids(app, WishesDispatch)
    shown = text_of(liaison.page(f"/me/wishes/unit/{sent}"))
    assert "上墙内容" in shown
    # Neither whose wish it is, nor where they live.
    assert "502" not in shown
    assert "周二" not in shown
    liaison.post(f"/me/wishes/unit/{sent}/accept")
    assert "请简要写明" in text_of(led_to(liaison, f"/me/wishes/unit/{sent}/answer", {"answer": ""}))
    liaison.post(f"/me/wishes/unit/{sent}/answer", {"answer": "周三上门"})
    assert "周三上门" in text_of(worker.page(f"{base}/dispatch/{sent}"))
    assert "已答复" in text_of(liaison.page("/me/wishes/unit?state=answered"))


def led_to(browser: Browser, path: str, form: dict[str, object]) -> BeautifulSoup:
    """The page that a form leads to."""
    return browser.page(browser.post(path, form).location)


def test_one_wish_is_sent_called_back_and_returned(
    app: Flask, world: World, base: str, worker: Browser, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        unit = organisations.add(session, happy, "民政办", "department", SYSTEM).public_id
    wish = ids(app, WishesWish)[1]
    send = f"{base}/wish/{wish}/send"
    # The page of a wish leads there while it may be sent.
    for state, leads in (("submitted", False), ("expired", True), ("published", True)):
        with app.app_context(), unit_of_work(drain=False) as session:
            session.execute(update(WishesWish).where(WishesWish.public_id == wish).values(state=state))
        found = worker.page(f"{base}/wish/{wish}").select_one(f'a[href="{send}"]')
        assert (found is not None) == leads, state
    # Friday 10 July and five working days.
    assert worker.page(send).select_one("#due_on")["value"] == "2026-07-17"  # type: ignore[index]
    for form in (
        {},
        {"organisation": unit, "due_on": "bald"},
        {"organisation": unit, "due_on": "2026-07-01"},
    ):
        assert worker.post(send, form).status_code == 422
    # A refusal loses nothing of what was typed.
    telling = {"organisation": unit, "due_on": "2026-07-13", "request": "请打 13800138000"}
    again = BeautifulSoup(worker.post(send, telling).text, "html.parser")
    assert again.select_one("#request").get_text() == telling["request"]  # type: ignore[union-attr]
    assert again.select_one("#organisation option[selected]")["value"] == unit  # type: ignore[index]
    assert ids(app, WishesDispatch) == []
    page = worker.post(send, {"organisation": unit, "due_on": "2026-07-13", "request": "请联系"}).location
    assert "已派给民政办" in text_of(worker.page(send))
    # The page of the wish says so, and offers no second way.
    shown = worker.page(f"{base}/wish/{wish}")
    assert "已派给民政办" in text_of(shown)
    assert shown.select_one(f'a[href="{send}"]') is None
    assert shown.select_one(f'a[href="{page}"]') is not None
    worker.post(f"{page}/recall", {"reason": ""})
    assert "撤回" in text_of(worker.page(page))
    worker.post(f"{page}/recall", {"reason": "发错"})
    assert "改派其他单位" in text_of(worker.page(page))
    # The other community's office sees nothing of it, and reaches nothing under its own address.
    sunny = sign_in(world.accounts["sunny_worker"])
    there = page.replace(world.codes["happy"], world.codes["sunny"])
    sunny.page(there, 404)
    sunny.page(page, 404)
    assert sunny.post(f"{there}/recall", {"reason": "x"}).status_code == 404
    # Whoever only reads wishes does not send them.
    assert sign_in(world.accounts["secretary"]).get(f"{base}/dispatch").status_code == 403


def test_pages_cost_the_same_for_few_and_for_many(
    app: Flask, world: World, base: str, worker: Browser, sign_in: SignIn
) -> None:
    liaison = sign_in(world.accounts["liaison"])

    def make(count: int, start: int) -> None:
        with app.app_context(), unit_of_work(drain=False) as session:
            happy = session.get_one(Area, world.areas["happy"])
            unit = organisations.add(session, happy, f"单位{start}", "unit", SYSTEM)
            from pointsys.core.accounts.models import Account
            from pointsys.plugins.wish_wall.dispatch import linking

            if start == 100:
                account = session.get_one(Account, world.accounts["liaison"])
                linking.link(session, unit, account.public_id, SYSTEM)
            first = session.scalars(select(WishesOrganisation).order_by(WishesOrganisation.id)).first()
            assert first is not None
            for number in range(start, start + count):
                wish = hang(session, world.areas["grid2"], world.person_ids["grid2"], number)
                services.send(session, wish, services.Sending(first, date(2026, 7, 17)), SYSTEM)

    def costs() -> list[int]:
        found = []
        for browser, path in (
            (worker, f"{base}/dispatch"),
            (worker, f"{base}/organisations"),
            (worker, f"{base}/dispatch/open"),
            (liaison, "/me/wishes/unit"),
        ):
            browser.page(path)
            with counted(app) as statements:
                browser.page(path)
            found.append(len(statements))
        return found

    make(1, 100)
    few = costs()
    make(12, 200)
    assert costs() == few
    assert few[0] <= 8
    assert few[1] <= 7
    assert few[2] <= 7
    # One of them is asked by the menu: whether there are pages of companies for this account.
    assert few[3] <= 11


def test_late_answers_stand_on_the_workbench(app: Flask, world: World, base: str, worker: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        unit = organisations.add(session, happy, "民政办", "department", SYSTEM)
        wish = session.scalars(select(WishesWish)).first()
        assert wish is not None
        row = services.send(session, wish, services.Sending(unit, date(2026, 7, 17)), SYSTEM)
        row.due_on = date(2026, 7, 9)
    assert "单位超期未答复的心愿" in text_of(worker.page(f"/a/{world.codes['happy']}/"))
    assert "超期 1 天" in text_of(worker.page(f"{base}/dispatch?state=overdue"))
