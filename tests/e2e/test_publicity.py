"""U-09: the printed notice in a real browser: A4, several pages with a number each, head and seal where they belong."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.publicity.services import Notice, publish
from pointsys.core.startup import root_area
from pointsys.kit.publicity import PublicColumn
from tests.e2e.live import LiveSite
from tests.factories import HAPPY

pytestmark = pytest.mark.browser

ROWS = 120
# A4 in points of 1/72 inch.
A4 = (595, 842)


def post(session: Session) -> str:
    """A long notice of the community."""
    area = root_area(session)
    assert area is not None
    titles = ("姓名", "报到履责", "志愿服务", "参与治理", "表彰奖励", "合计")
    columns = [PublicColumn(title, "start" if title == "姓名" else "end") for title in titles]
    rows = [["张*", "10.00", "40.00", "19.00", "0.00", f"{number}.00"] for number in range(ROWS)]
    notice = Notice("points.sheet", "幸福社区党员积分公示（2026）", "2026", columns, rows, days=5)
    return publish(session, area, notice, SYSTEM).public_id


def test_a_notice_prints_on_a4_and_fits_a_phone(desk_site: LiveSite) -> None:
    path = f"/public/{HAPPY}/publicity/{desk_site.change(post)}"
    with desk_site.enter() as window:
        page = window.open(f"{path}/print")
        printed = page.pdf(prefer_css_page_size=True)
        sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
        assert 3 <= len(sizes) <= 5
        assert {(round(float(width)), round(float(height))) for width, height in sizes} == {A4}
        page.emulate_media(media="print")
        assert not page.locator(".sheet-bar").is_visible()
        assert (
            page.locator("thead").evaluate("head => getComputedStyle(head).display") == "table-header-group"
        )
        # The QR code was drawn from a data address and has come through the policy.
        assert page.locator(".sheet-qr img").evaluate("image => image.naturalWidth") > 0
    with desk_site.enter(size=(360, 800)) as window:
        for address in (path, f"{path}/print"):
            page = window.open(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
