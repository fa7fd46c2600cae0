"""A ballot by keys alone, on a small screen with the largest letters: the survey of a property rating."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.startup import root_area
from pointsys.core.switches import switch_plugin
from pointsys.plugins.property_rating.ballots import slips
from pointsys.plugins.property_rating.ballots.models import PropertyVoter
from tests.e2e.live import PHONE, LiveSite
from tests.e2e.test_keyboard import tab_to
from tests.factories import HAPPY
from tests.plugins.property_rating.ballots import urn

pytestmark = pytest.mark.browser


def slip_of_a_round(session: Session) -> str:
    """The code of a slip of a round that takes ballots."""
    area = root_area(session)
    assert area is not None
    round_ = urn.make_draft(session, area, [urn.make_estate(session, area, 1)])
    urn.open_round(session, round_)
    (slip,) = slips.make(session, round_, session.scalars(select(PropertyVoter)).all(), SYSTEM)
    return str(slip.token)


def switched_off(session: Session) -> None:
    """The other tests of the site have the menu that they know."""
    area = root_area(session)
    assert area is not None
    switch_plugin(session, area, "property_rating", False, SYSTEM)


def test_a_ballot_is_handed_in_without_a_mouse_in_the_largest_letters(desk_site: LiveSite) -> None:
    code = desk_site.change(slip_of_a_round)
    with desk_site.enter(size=PHONE) as window:
        page = window.open(f"/public/{HAPPY}/property/vote/{code}")
        page.get_by_role("button", name="大字").click()
        for _step in range(2):
            page.get_by_role("button", name="更大").click()
        tab_to(page, "开始")
        page.keyboard.press("Enter")
        for question in ("保洁做得好吗", "住得放心吗", "维修及时吗"):
            expect(page.locator("h1")).to_contain_text(question)
            tab_to(page, "满意")
            page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("您的回答")
        # The answers are longer than the screen; what hands them in is in sight all the same.
        expect(page.get_by_role("button", name="提交")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        tab_to(page, "提交")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("谢谢")
    scores = desk_site.change(lambda session: [ballot.score for ballot in urn.ballots(session)])
    desk_site.change(switched_off)
    assert scores == ["75"]
