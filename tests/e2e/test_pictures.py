"""The pictures of README and guides, taken of the demonstration: each page is there, and each picture is used.

``POINTSYS_WRITE_PICTURES=1`` puts them into ``docs/images``; otherwise they stay below ``test-results``.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.publicity.models import Publicity
from tests.e2e.live import DESK, PHONE, PICTURES, ROOT, LiveSite

pytestmark = pytest.mark.browser

WRITE = os.environ.get("POINTSYS_WRITE_PICTURES") == "1"
FOLDER = ROOT / "docs" / "images" if WRITE else PICTURES / "pictures"
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]
COLOURS = 128
# As large as a page of a guide needs; a clone should not have to carry more.
MOST_BYTES = 150_000


@dataclass(frozen=True)
class Picture:
    """One picture: who looks, at which size, at which page of their community, and at what on it."""

    name: str
    login: str
    path: str
    size: tuple[int, int] = DESK
    heading: str = ""


SHOTS = (
    Picture("overview", "worker-lin", "/a/{code}/", heading="{name}"),
    Picture("record", "worker-lin", "/a/{code}/log/new", heading="录入活动"),
    Picture("figures", "worker-lin", "/a/{code}/figures", heading="图表"),
    Picture("report", "worker-lin", "/a/{code}/report/2026-06", heading="月报"),
    Picture("notice", "", "/public/{posting}/publicity/{notice}/print", size=(900, 1270), heading="公示"),
    Picture("my-points", "member", "/me/points", size=PHONE, heading="积分"),
    Picture("my-hours", "volunteer", "/me/volunteer", size=PHONE, heading="时长"),
    Picture("public", "", "/public/{code}/", size=PHONE, heading="{name}"),
)


@pytest.fixture(scope="module")
def places(demo_site: LiveSite) -> dict[str, str]:
    """Code and name of the community that the pictures show, with the newest notice of its points."""

    def community(session: Session) -> tuple[str, str]:
        area = session.scalars(select(Area).where(Area.level == "community").order_by(Area.code)).first()
        assert area is not None
        return area.code, area.name

    def latest(session: Session) -> tuple[str, str]:
        newest = select(Area.code, Publicity.public_id).join(Area, Area.id == Publicity.area_id)
        row = session.execute(newest.order_by(Publicity.id.desc())).first()
        assert row is not None
        return row[0], row[1]

    code, name = demo_site.change(community)
    posting, notice = demo_site.change(latest)
    return {"code": code, "name": name, "posting": posting, "notice": notice}


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_each_picture_shows_its_page(demo_site: LiveSite, places: dict[str, str], shot: Picture) -> None:
    with demo_site.enter(shot.login, shot.size) as window:
        page = window.open(shot.path.format(**places))
        page.wait_for_load_state("networkidle")
        if shot.name == "record":
            _fill(page)
        assert shot.heading.format(**places) in page.locator("body").inner_text()
        picture = Image.open(io.BytesIO(page.screenshot()))
    small = io.BytesIO()
    picture.convert("RGB").quantize(COLOURS).save(small, "PNG", optimize=True)
    assert small.tell() <= MOST_BYTES
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{shot.name}.png").write_bytes(small.getvalue())


def _fill(page: Page) -> None:
    """What a worker types, so that the picture shows what comes of it."""
    page.get_by_label("活动 *").fill("周末清洁家园")
    page.get_by_label("开始", exact=True).fill("08:00")
    page.get_by_label("结束", exact=True).fill("09:30")
    page.locator("details.roster summary").click()
    page.locator("#roster-hits input[type=checkbox]").first.wait_for()
    for box in page.locator("#roster-hits input[type=checkbox]").all()[:5]:
        box.check()
    expect(page.locator("#summary")).to_contain_text("5 人")


def test_every_picture_in_the_texts_is_one_of_these_and_is_there() -> None:
    used = {name for page in PAGES for name in re.findall(r"images/([\w-]+)\.png", page.read_text("utf-8"))}
    assert used == {shot.name for shot in SHOTS}
    there = {path.stem for path in (ROOT / "docs" / "images").glob("*.png")}
    assert there == used
