"""Publishing a points sheet: name, category points and total, masked, as previewed, and never half computed."""

from __future__ import annotations

import json
from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.publicity.models import Publicity
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.plugins.party_member_points.party import MEMBER, Party


@pytest.fixture
def served(app: Flask, world: World, world_party: Party) -> Party:
    """李一 (grid 1, first branch) and 周二 (grid 2) are members with points of 2026."""
    with app.app_context():
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        world_party.roster({first: {**MEMBER, "branch": "第一党支部"}, second: MEMBER})
        world_party.serve(first, "09:00", "11:30", day=date(2026, 3, 7), title="清洁家园")
        world_party.serve(second, "09:00", "10:00", day=date(2026, 5, 7), title="巡逻")
    return world_party


def published(app: Flask) -> list[Publicity]:
    """All notices."""
    with app.app_context(), read_scope() as session:
        rows = list(session.scalars(select(Publicity).order_by(Publicity.id)))
        session.expunge_all()
        return rows


def fields(page: BeautifulSoup) -> dict[str, str]:
    """What the form of the preview sends."""
    form = page.select_one('form[action$="/points/publish"][method="post"]')
    assert form is not None
    return {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}


def test_a_sheet_is_previewed_as_the_public_sees_it_and_published_so(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/publish"
    page = worker.page(path)
    rows = [[cell.get_text() for cell in row.select("td")] for row in page.select("table.list tbody tr")]
    heads = [cell.get_text() for cell in page.select("table.list thead th")]

    assert heads[:2] == ["序号", "姓名"]
    assert heads[-1] == "合计"
    assert [row[1] for row in rows] == ["李*", "周*"]
    assert [row[-1] for row in rows] == ["10.50", "9.00"]
    for name in ("李一", "周二"):
        assert name not in page.select_one("main").get_text()  # type: ignore[union-attr]
    # The scheme asks for five working days, and three more to object.
    assert fields(page)["days"] == "5"
    response = worker.post(path, fields(page))
    (notice,) = published(app)
    assert response.location.endswith(f"/publicity/{notice.public_id}")
    assert json.loads(notice.text)["rows"] == [row[1:] for row in rows]
    assert (notice.last_day, notice.objections_until) == (date(2026, 7, 17), date(2026, 7, 22))


def test_a_sheet_that_changed_since_the_preview_is_not_published(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/publish"
    sent = fields(worker.page(path))
    with app.app_context():
        served.serve(world.person_ids["grid2"], day=date(2026, 6, 1), title="新的")

    refusal = worker.post(path, sent, follow_redirects=True)

    assert "名单刚才有变动" in refusal.text
    assert published(app) == []


def test_points_that_are_not_computed_yet_are_not_published(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/publish"
    sent = fields(worker.page(path))
    with app.app_context():
        served.serve(world.person_ids["grid2"], day=date(2026, 6, 1), title="新的", derive=False)

    assert "尚未按最新记录算好" in worker.page(path).get_text()
    worker.post(path, sent)
    assert published(app) == []


def test_a_branch_is_published_by_itself_and_a_second_time_only_with_a_reason(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/points/publish"
    sent = fields(worker.page(f"{path}?branch=第一党支部"))
    worker.post(path, sent)
    worker.post(path, fields(worker.page(path)))
    assert [notice.row_count for notice in published(app)] == [1, 2]

    again = fields(worker.page(path))
    assert "replacing" in again
    worker.post(path, again)
    assert [notice.state for notice in published(app)] == ["posted", "posted"]
    worker.post(path, {**again, "replacing": "补录后重算"})
    assert [notice.state for notice in published(app)] == ["posted", "superseded", "posted"]


def test_the_area_s_setting_of_days_goes_before_the_scheme_s(
    app: Flask, world: World, served: Party, worker: Browser
) -> None:
    with app.app_context(), unit_of_work() as session:
        set_setting(session, session.get_one(Area, world.areas["street"]), "publicity.days", 7, SYSTEM)
    page = worker.page(f"/a/{world.codes['happy']}/points/publish")

    assert fields(page)["days"] == "7"


@pytest.mark.parametrize("sent", [{"period": "1999-13"}, {"days": "0"}, {"days": "x"}, {"days": "9" * 40}])
def test_what_cannot_be_read_publishes_nothing(
    app: Flask, world: World, served: Party, worker: Browser, sent: dict[str, str]
) -> None:
    path = f"/a/{world.codes['happy']}/points/publish"
    usual = fields(worker.page(path))

    assert worker.post(path, {**usual, **sent}, follow_redirects=True).status_code == 200
    assert published(app) == []


def test_an_empty_sheet_says_so(world: World, world_party: Party, worker: Browser) -> None:
    page = worker.page(f"/a/{world.codes['happy']}/points/publish")

    assert "名单为空" in page.get_text()
    assert page.select('form[action$="/points/publish"][method="post"]') == []


def test_the_sheet_and_the_centre_lead_there_for_those_who_may_publish(
    world: World, served: Party, worker: Browser, sign_in: SignIn
) -> None:
    code = world.codes["happy"]
    link = f'a[href^="/a/{code}/points/publish"]'
    for path in (f"/a/{code}/points/sheet", f"/a/{code}/publicity"):
        assert worker.page(path).select(link)
        assert not sign_in(world.accounts["secretary"]).page(path).select(link)
