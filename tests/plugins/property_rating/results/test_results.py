"""What everybody reads says the same on the page, in the file and as of a day."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook

from pointsys.core.actors import SYSTEM
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.property_rating.standing import following
from tests.browsers import Browser, SignIn, World
from tests.plugins.property_rating.standing.rated import LIST, STAR, Rated, make_rated, make_round, month


@pytest.fixture
def engine_name() -> str:
    """Pages are tried on one engine."""
    return "sqlite"


@pytest.fixture
def rated(app: Flask, world: World) -> Rated:
    """In June 甲苑 and 乙苑 stand on lists; in July 乙苑 alone is rated by lists, and stands on none."""
    with app.app_context(), unit_of_work(drain=False) as session:
        made = make_rated(session, world)
        june = {"甲苑": {"list_place": "red", "score": "96"}, "乙苑": {"list_place": "black", "score": "50"}}
        following.final(session, make_round(session, made, LIST, month(made, 6), june), SYSTEM)
        following.final(
            session, make_round(session, made, LIST, month(made, 7), {"乙苑": {"score": "80"}}), SYSTEM
        )
        stars = {
            "甲苑": {"score": "91", "stars": 5}, "乙苑": {"score": "95", "stars": 0, "status": "vetoed"},
            "丙苑": {"status": "insufficient_sample", "ballots": 30},
        }  # fmt: skip
        make_round(session, made, STAR, month(made, 6), stars)
        return made


def cells(data: bytes) -> list[tuple[Any, ...]]:
    """The rows of a file below its titles."""
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)[1:]


def test_an_estate_stands_on_the_list_of_its_own_last_round(app: Flask, world: World, rated: Rated) -> None:
    stranger, base = Browser(app), f"/public/{world.codes['street']}/property"
    assert "红榜" in stranger.page(f"{base}/?q=甲苑").select("ul.rating-cards")[0].get_text()
    assert "黑榜" not in stranger.page(f"{base}/?q=乙苑").select("ul.rating-cards")[0].get_text()


def test_the_file_has_the_estates_of_the_page_and_says_why_there_are_no_stars(
    app: Flask, world: World, rated: Rated, worker: Browser
) -> None:
    stranger, base = Browser(app), f"/public/{world.codes['street']}/property"
    page = stranger.page(f"{base}/?sort=-score&q=苑")
    link = next(str(one["href"]) for one in page.select("a[href*='estates.xlsx']"))
    rows = cells(stranger.get(link).data)
    assert [row[0] for row in rows] == [one.get_text() for one in page.select("ul.rating-cards h2")]
    assert {row[0]: (row[2], row[3], row[5]) for row in rows} == {
        "乙苑": (0, "95", "被决定否决"), "甲苑": (5, "91", None), "丙苑": (None, None, "票数不足，无结果"),
        "丁苑": (None, None, None),
    }  # fmt: skip
    narrow = stranger.page(f"{base}/?colour=red")
    link = next(str(one["href"]) for one in narrow.select("a[href*='estates.xlsx']"))
    assert [row[0] for row in cells(stranger.get(link).data)] == ["甲苑"]
    lists = cells(worker.get(f"/a/{world.codes['happy']}/property/lists?export=xlsx").data)
    assert {(row[0], row[1]) for row in lists if row[1] in ("甲苑", "乙苑")} == {
        ("红榜", "甲苑"),
        ("黑榜", "乙苑"),
    }


def test_everybody_reads_a_credit_file_as_of_any_day(
    app: Flask, world: World, rated: Rated, sign_in: SignIn
) -> None:
    office = sign_in(world.accounts["office"])
    one = f"/a/{world.codes['street']}/property/credit/{rated.company_ids[1]}"
    office.post(f"{one}/items", {"title": "表彰", "points": "3", "from_on": "2026-01-01"})
    public = f"/public/{world.codes['street']}/property/companies/{rated.company_ids[1]}"
    told = [Browser(app).page(f"{public}?on={on}").get_text() for on in ("2025-12-31", "2026-01-01", "昨天")]
    scores = [office.page(f"{one}?on={on}").select_one(".rating-big") for on in ("2025-12-31", "2026-01-01")]
    shown = [score.get_text() for score in scores if score is not None]
    assert len(set(shown)) == 2
    assert f"{shown[0]} · " in told[0].replace("\n", "")
    assert f"{shown[1]} · " in told[1].replace("\n", "")
    assert "截至 2026-07-10" in told[2]
