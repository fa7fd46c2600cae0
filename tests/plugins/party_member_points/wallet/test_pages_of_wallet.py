"""Redeeming over the pages: the shop, the member's wallet, the receipt, taking back, and one's own wallet."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.wallet import settling
from pointsys.plugins.party_member_points.wallet.shop import ItemData, add_item
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party
from tests.plugins.party_member_points.wallet.purses import DAY
from tests.plugins.volunteer.test_pages import text_of


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine; the services below on both."""
    return str(request.param)


@pytest.fixture
def purse(app: Flask, world: World, world_party: Party) -> str:
    """李一 has 12.50 points to redeem; returns the outside id."""
    with app.app_context():
        person = world.person_ids["grid1"]
        world_party.roster({person: MEMBER})
        with unit_of_work() as session:
            settling.settle(session, "sheet1", world.areas["happy"], {person: 1250}, DAY, SYSTEM)
    return world.people["grid1"]


def test_points_are_redeemed_and_taken_back_over_the_pages(
    app: Flask, world: World, purse: str, worker: Browser, sign_in: SignIn
) -> None:
    base = f"/a/{world.codes['happy']}/points"
    assert "还没有可兑换的物品" in text_of(worker.page(f"{base}/shop"))
    bad = worker.post(f"{base}/shop/new", {"title": "毛巾", "points": "-1", "offered": "y"})
    assert bad.status_code == 422
    worker.post(f"{base}/shop/new", {"title": "毛巾", "points": "5", "stock": "3", "offered": "y"})
    shop = worker.page(f"{base}/shop")
    assert "5.00" in text_of(shop)
    item_page = str(shop.select_one("td.lead a")["href"])  # type: ignore[index]
    item = item_page.rsplit("/", 1)[1]

    with counted(app) as statements:
        listed = worker.page(f"{base}/wallets?q=李一")
    assert len(statements) <= 12
    assert "12.50" in text_of(listed)
    person = worker.page(f"{base}/wallets/{purse}")
    key = person.select_one("input[name=key]")["value"]  # type: ignore[index]
    values = {"item": item, "count": "2", "key": key}
    receipt = worker.post(f"{base}/wallets/{purse}/redeem", values).location
    assert worker.post(f"{base}/wallets/{purse}/redeem", values).location == receipt
    shown = text_of(worker.page(receipt))
    assert "毛巾 × 2" in shown
    assert "2.50" in shown

    member = sign_in(world.accounts["member"])
    with counted(app) as statements:
        mine = text_of(member.page("/me/points/wallet"))
    assert len(statements) <= 12
    assert "2.50" in mine
    assert "还差 2.50 分" in mine
    # What another community gives cannot be chosen here.
    with app.app_context(), unit_of_work() as session:
        place, data = session.get_one(Area, world.areas["sunny"]), ItemData("伞", "", 100, None, True)
        foreign = add_item(session, place, data, SYSTEM).public_id
    refused = worker.post(f"{base}/wallets/{purse}/redeem", {"item": foreign, "count": "1"})
    assert "请选择兑换的物品" in text_of(worker.page(refused.location))
    too_much = worker.post(f"{base}/wallets/{purse}/redeem", {"item": item, "count": "1"})
    assert "不足以兑换" in text_of(worker.page(too_much.location))

    # Whoever gave it does not take it back; somebody else does.
    worker.post(f"{receipt}/void", {"reason": "拿错了"})
    assert "须由他人撤销" in text_of(worker.page(receipt))
    office = sign_in(world.accounts["office"])
    office.post(f"{receipt}/void", {"reason": "拿错了"})
    assert "凭证作废" in text_of(office.page(receipt))
    assert "12.50" in text_of(member.page("/me/points/wallet"))
    assert "已撤回" in text_of(worker.page(f"{base}/redemptions?state=voided"))
    assert worker.get(f"{base}/redemptions?export=xlsx").status_code == 200

    # A form that shows an old stock does not write over what was redeemed meanwhile.
    worker.post(f"{base}/wallets/{purse}/redeem", {"item": item, "count": "1"})
    changed = {"title": "毛巾", "points": "6", "offered": "y"}
    stale = worker.post(item_page, {**changed, "stock": "9", "seen_stock": "3"})
    assert stale.status_code == 422
    assert worker.post(item_page, {**changed, "stock": "3", "seen_stock": "3"}).status_code == 303
    assert "6.00" in text_of(worker.page(f"{base}/shop"))
    assert worker.page(item_page).select_one("input[name=stock]")["value"] == "2"  # type: ignore[index]


def test_wallets_of_another_community_are_missing_pages(world: World, purse: str, sign_in: SignIn) -> None:
    stranger = sign_in(world.accounts["sunny_worker"])
    stranger.page(f"/a/{world.codes['sunny']}/points/wallets/{purse}", 404)
    stranger.page(f"/a/{world.codes['happy']}/points/wallets", 404)
    committee = sign_in(world.accounts["committee"])
    committee.page(f"/a/{world.codes['happy']}/points/wallets", 403)
    sign_in(world.accounts["liaison"]).page("/me/points/wallet", 404)


def test_the_rules_of_the_wallet_are_set_by_a_form(world: World, purse: str, sign_in: SignIn) -> None:
    office = sign_in(world.accounts["office"])
    path = f"/a/{world.codes['street']}/points/shop-rules"
    values = {"on": "y", "expiry": "year_end", "years": "1", "once_per": "quarter", "min_balance": "20"}
    assert office.post(path, {**values, "years": "99"}).status_code == 422
    assert office.post(path, values).status_code == 303
    told = text_of(office.page(f"/a/{world.codes['happy']}/points/wallets"))
    assert "第 1 年的年底" in told
    assert "每季度限兑一次" in told
    assert "20.00" in told
