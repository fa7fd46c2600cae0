"""The description of the interface in a browser: from the menu to a token to an answer, and nothing from elsewhere."""

from __future__ import annotations

import pytest

from tests.e2e.live import LiveSite

pytestmark = pytest.mark.browser


def test_staff_make_a_token_and_try_an_operation_with_it(desk_site: LiveSite) -> None:
    with desk_site.enter("chen") as window:
        page = window.page
        page.click(".user-menu summary")
        page.click(".user-menu a[href='/me/tokens']")
        page.click("main .empty a.btn-primary")
        page.fill("#name", "人口同步")
        page.check("input[value='people.view']")
        page.click("main form .btn-primary")
        secret = page.input_value("#secret")
        page.click("main a[href='/me/tokens']")
        page.click("main a[href='/api/docs']")
        # Of more than a hundred operations those further down are drawn as one scrolls to them.
        page.locator(".opblock").nth(4).wait_for()
        page.click(".btn.authorize")
        page.fill(".auth-container input", secret)
        page.click(".auth-btn-wrapper .authorize")
        page.click(".auth-btn-wrapper .btn-done")
        people = "[id='operations-rest_people-get_api_v1_areas__code__people']"
        page.click(f"{people} .opblock-summary-control")
        page.click(f"{people} .try-out__btn")
        page.fill(f"{people} tr[data-param-name='code'] input", "990101001001")
        page.click(f"{people} .execute")
        page.wait_for_selector(f"{people} .live-responses-table")
        assert "钱福" in page.inner_text(f"{people} .live-responses-table")
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
