"""Large letters in three steps: offered on the first screen, kept by browser and account, and fast on a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.factories import PASSWORD

# What a page of members or visitors may weigh with everything it loads (3G, older phones).
HEAVIEST = 200_000


def classes(browser: Browser, path: str) -> list[str]:
    """The classes of the document."""
    html = browser.page(path).html
    assert html is not None
    return list(html.get("class") or [])


def test_the_switch_stands_on_the_first_screen_of_everybody(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    for browser, path in (
        (Browser(app), "/sign-in"), (Browser(app), f"/public/{world.codes['street']}/"), (member, "/me"),
    ):  # fmt: skip
        button = browser.page(path).select_one('header form.letters button[name="big"]')
        assert button is not None, path
        assert button["value"] == "1"


def test_letters_grow_in_three_steps_and_shrink_again(app: Flask, world: World) -> None:
    visitor, seen = Browser(app), []
    for _step in range(3):
        buttons = visitor.page("/sign-in").select('form.letters button[name="big"]')
        visitor.post("/letters", {"big": max(str(button["value"]) for button in buttons)})
        seen.append(classes(visitor, "/sign-in"))
    assert seen == [["big"], ["big", "big-2"], ["big", "big-3"]]

    visitor.post("/letters", {"big": "0"})
    assert classes(visitor, "/sign-in") == []


@pytest.mark.parametrize("size", ["4", "-1", "x", "", "1; Path=/"])
def test_a_size_that_there_is_not_is_the_usual_one(app: Flask, world: World, size: str) -> None:
    visitor = Browser(app)
    visitor.post("/letters", {"big": size})
    assert classes(visitor, "/sign-in") == []


def test_the_size_follows_the_account_to_another_browser(app: Flask, sign_in: SignIn, world: World) -> None:
    sign_in(world.accounts["member"]).post("/letters", {"big": "3"})
    with app.app_context():
        hashed = account_passwords.hash_password(PASSWORD)
        with unit_of_work(drain=False) as session:
            account = session.get_one(Account, world.accounts["member"])
            account_passwords.store_password(session, account, hashed, SYSTEM)
    other = Browser(app)
    other.post("/sign-in", {"login": "member1", "password": PASSWORD})

    assert classes(other, "/me/privacy/notice") == ["big", "big-3"]


def test_signing_in_leaves_the_browser_s_size_to_an_account_that_never_chose(
    app: Flask, world: World
) -> None:
    with app.app_context():
        hashed = account_passwords.hash_password(PASSWORD)
        with unit_of_work(drain=False) as session:
            account = session.get_one(Account, world.accounts["member"])
            account_passwords.store_password(session, account, hashed, SYSTEM)
    browser = Browser(app)
    browser.post("/letters", {"big": "2"})
    browser.post("/sign-in", {"login": "member1", "password": PASSWORD})

    assert classes(browser, "/me/privacy/notice") == ["big", "big-2"]


def test_the_cookie_holds_a_size_and_nothing_else(app: Flask, world: World) -> None:
    answer = Browser(app).post("/letters", {"big": "2"})
    cookies = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("pointsys_big")]

    assert [cookie.split(";")[0] for cookie in cookies] == ["pointsys_big=2"]
    assert "HttpOnly" in cookies[0]


def test_choosing_leads_back_to_the_page_one_was_on_with_its_filters(sign_in: SignIn, world: World) -> None:
    member = sign_in(world.accounts["member"])
    came = {"Referer": "http://localhost/me/entries?year=2026&page=2"}

    assert member.post("/letters", {"big": "1"}, headers=came).location == "/me/entries?year=2026&page=2"


@pytest.mark.parametrize(
    "referrer",
    [
        "http://evil.example/me", "http://localhost//evil.example/", "http://localhost/\\evil.example",
        "http://localhost/no-such-page", "javascript:alert(1)", "http://localhost:81/me", "//evil.example",
    ],
)  # fmt: skip
def test_choosing_never_leads_off_the_site(app: Flask, world: World, referrer: str) -> None:
    answer = Browser(app).post(
        "/letters", {"big": "1"}, headers={"Referer": referrer, "Origin": "http://localhost"}
    )
    assert answer.location in ("/", None)


def weight(browser: Browser, path: str) -> int:
    """Bytes on the wire of a page and all stylesheets, scripts and icons that it names, as a browser asks for them."""
    packed = {"Accept-Encoding": "gzip"}
    answer = browser.get(path, headers=packed)
    assert answer.status_code == 200, path
    page = BeautifulSoup(answer.data, "html.parser")
    named = {str(tag["href"]) for tag in page.select("link[href], use[href]")}
    named |= {str(tag["src"]) for tag in page.select("script[src], img[src]")}
    files = {urlsplit(address)._replace(fragment="").geturl() for address in named}
    assert not [name for name in files if "echarts" in name or "htmx" in name], path
    return len(answer.data) + sum(len(browser.get(name, headers=packed).data) for name in files)


def test_pages_of_members_and_visitors_are_light_with_all_they_load(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        for plugin in ("volunteer", "party_member_points"):
            switch_plugin(session, street, plugin, True, SYSTEM)
    member, visitor = sign_in(world.accounts["member"]), Browser(app)
    own = ("/me", "/me/entries", "/me/points", "/me/volunteer", "/me/calendar", "/me/consents")
    weights = {path: weight(member, path) for path in own}
    weights |= {path: weight(visitor, path) for path in ("/sign-in", f"/public/{world.codes['street']}/")}

    # Room for the rows of somebody who is very diligent.
    assert {path: size for path, size in weights.items() if size > HEAVIEST // 2} == {}


def test_static_texts_are_compressed_for_those_who_take_it_and_the_same_for_the_others(
    app: Flask, world: World
) -> None:
    visitor = Browser(app)
    plain = visitor.get("/static/app.css", headers={"Accept-Encoding": "identity"})
    packed = visitor.get("/static/app.css", headers={"Accept-Encoding": "gzip"})

    import gzip

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    again = visitor.get(
        "/static/app.css", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    )
    assert again.status_code == 304
    # Pages hold secrets beside what others can put into an address.
    assert "Content-Encoding" not in visitor.get("/sign-in", headers={"Accept-Encoding": "gzip"}).headers
