"""Every page of the core in a real browser, wide and narrow: nothing refused by the policy, nothing cut off."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from pointsys.core.accounts import links as account_links
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World
from tests.factories import HAPPY, PASSWORD, STREET

pytestmark = pytest.mark.browser
PAGES = {
    "worker": ("", "people", "people/new", "people/duplicates", "PERSON", "areas", "log", "imports/"),
    "office": ("", "areas", "areas/add", "plugins", "audit"),
    "admin": ("", "accounts", "accounts/new"),
    "member": ("/me", "/me/entries", "/me/password"),
}
TOPS = {"worker": HAPPY, "office": STREET, "admin": STREET}


@pytest.fixture
def engine_name() -> str:
    """What a browser shows does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def address(app: Flask, world: World) -> Iterator[str]:
    """The site, served."""
    with app.app_context(), unit_of_work(drain=False) as session:
        for plugin in app.extensions["pointsys"].host.plugins:
            switch_plugin(session, session.get_one(Area, world.areas["street"]), plugin, True, SYSTEM)
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]
    server.close()
    thread.join(timeout=5)


def signed_in(app: Flask, browser: Browser, address: str, account_id: int) -> tuple[Page, list[str]]:
    """A page whose reader came by a one-time link, and the complaints it makes."""
    with app.app_context(), unit_of_work(drain=False) as session:
        token = account_links.create_link(
            session, account_links.SIGN_IN, account_id=account_id, valid=timedelta(hours=1)
        )
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/l/{token}")
    page.click("main button")
    page.wait_for_url(f"{address}/me/password")
    for field in ("#password", "#again"):
        page.fill(field, PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(lambda url: not url.endswith("/me/password"))
    if page.locator(".privacy-read").count():
        # People on the roster read once how their data is used.
        page.click(".privacy-read button")
        page.wait_for_url(f"{address}/me")
    return page, complaints


@pytest.mark.parametrize("role", sorted(PAGES))
def test_pages_are_whole_and_quiet_at_both_widths(
    app: Flask, browser: Browser, address: str, world: World, role: str
) -> None:
    page, complaints = signed_in(app, browser, address, world.accounts[role])
    for path in PAGES[role]:
        local = path.replace("PERSON", f"people/{world.people['happy']}")
        target = local if local.startswith("/") else f"/a/{TOPS[role]}/{local}"
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            response = page.goto(address + target)
            assert response is not None
            assert response.status == 200, target
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (target, width)
    assert complaints == []
    page.close()


def test_the_first_tab_leads_past_the_menu_and_escape_closes_it(
    app: Flask, browser: Browser, address: str, world: World
) -> None:
    page, _complaints = signed_in(app, browser, address, world.accounts["worker"])
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{address}/a/{HAPPY}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    assert not page.is_visible("#menu")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.is_visible("#menu")
    page.keyboard.press("Escape")
    assert not page.is_visible("#menu")
    page.close()


def test_an_act_with_consequences_asks_first(
    app: Flask, browser: Browser, address: str, world: World
) -> None:
    page, _complaints = signed_in(app, browser, address, world.accounts["office"])
    page.goto(f"{address}/a/{STREET}/areas")
    close = f"form[action$='/areas/{world.codes['sunny']}/close'] button"
    page.click(close)
    assert "阳光社区" in page.inner_text("#confirm-dialog")
    page.click("#confirm-dialog [data-cancel]")
    page.reload()
    assert page.is_visible(close)
    page.click(close)
    page.click("#confirm-dialog [data-go]")
    page.wait_for_selector(".notice-success")
    assert not page.is_visible(close)
    page.close()


def test_large_letters_fit_a_phone(app: Flask, browser: Browser, address: str, world: World) -> None:
    page, _complaints = signed_in(app, browser, address, world.accounts["worker"])
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{address}/a/{HAPPY}/people")
    page.click("form[action='/letters'] button")
    page.wait_for_selector("html.big")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 18
    assert page.locator("main .btn-primary").first.bounding_box()["height"] >= 60  # type: ignore[index]
    page.close()
