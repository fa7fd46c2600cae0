"""The survey of owners on a phone whose key "back" is pressed, and a form of staff that is refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.live import PHONE, LiveSite

pytestmark = pytest.mark.browser


def test_the_key_back_leads_to_the_question_before_and_a_refused_form_keeps_what_was_typed(
    demo_site: LiveSite,
) -> None:
    with demo_site.enter("member", PHONE) as window:
        page = window.open("/me/property/homes")
        page.locator("a.vote-key").first.click()
        page.locator("form[data-vote] button").click()
        asked = page.locator(".vote-question")
        first = asked.inner_text()
        page.locator(".vote-answer").first.click()
        expect(asked).not_to_have_text(first)
        page.go_back()
        expect(asked).to_have_text(first)
        page.go_back()
        expect(page.locator("form[data-vote] .vote-key")).to_be_visible()
    with demo_site.enter("worker-lin", PHONE) as window:
        page = window.open("/")
        page.goto(page.url.rstrip("/") + "/property/estates")
        page.locator("td.lead a").first.click()
        page.locator("#contracts summary").last.click()
        form = page.locator("form[action$='/contracts']")
        form.locator("[name=company]").select_option(index=1)
        form.locator("[name=document_no]").fill("物合〔2026〕7号")
        form.locator("[name=from_on]").fill("2026-07-01")
        form.locator("button").click()
        expect(page.locator("main > .notice-danger")).to_contain_text("日期重叠")
        # Open again, as it was left.
        expect(form.locator("[name=document_no]")).to_have_value("物合〔2026〕7号")
        expect(form.locator("[name=document_no]")).to_be_visible()
        page.reload()
        expect(form.locator("[name=document_no]")).to_have_value("")
