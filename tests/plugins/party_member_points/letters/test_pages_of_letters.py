"""The way of a letter over the pages: written by staff, read and acknowledged by the unit's liaison, printed."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.letters.results import confirmed_result
from tests.plugins.party_member_points.party import MEMBER, Party
from tests.plugins.volunteer.test_pages import text_of

UNIT, OTHER = "供电公司", "新华书店"


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine; the services below on both."""
    return str(request.param)


@pytest.fixture
def result(app: Flask, world: World, world_party: Party) -> str:
    """李一 of 供电公司 and 周二 of 新华书店 have a confirmed result of 2025."""
    with app.app_context():
        first, second = world.person_ids["grid1"], world.person_ids["grid2"]
        world_party.roster({first: {**MEMBER, "home_unit": UNIT}, second: {**MEMBER, "home_unit": OTHER}})
        return confirmed_result(world.areas["happy"], {first: "优秀", second: "合格"})


def test_letters_are_written_acknowledged_and_printed_over_the_pages(
    app: Flask, world: World, result: str, worker: Browser, sign_in: SignIn
) -> None:
    base = f"/a/{world.codes['happy']}/points"
    assert "还没有发出反馈函" in text_of(worker.page(f"{base}/letters"))
    liaison = sign_in(world.accounts["liaison"])
    assert "您的账号尚未关联单位" in text_of(liaison.page("/me/points/unit"))

    form = worker.page(f"{base}/liaisons")
    account = next(o["value"] for o in form.select("#account option") if o.get_text(strip=True) == "liaison")
    units = [option.get_text() for option in form.select("#unit option")]
    assert units == ["", UNIT, OTHER]
    done = worker.post(f"{base}/liaisons", {"unit": UNIT, "account": account})
    assert done.location.endswith("/liaisons")
    assert "该账号从现在起可查看" in text_of(worker.page(f"{base}/liaisons"))

    page = worker.page(f"{base}/letters/new")
    lines = [box["value"] for box in page.select("td.pick input[name=line]")]
    assert len(lines) == 2
    worker.post(f"{base}/letters/new", {"result": result, "line": lines})
    listed = worker.page(f"{base}/letters?unit={OTHER}")
    assert [cell.get_text(strip=True) for cell in listed.select("td.lead")] == ["周二"]
    assert "待签收" in text_of(listed)
    assert worker.get(f"{base}/letters/pdf").data.startswith(b"%PDF")
    assert worker.get(f"{base}/letters?export=csv").status_code == 200

    # The first page of whoever has no area leads to the unit's letters.
    assert liaison.page("/").select_one('main a[href="/me/points/unit"]') is not None
    with counted(app) as statements:
        own = liaison.page("/me/points/unit")
    assert len(statements) <= 8
    assert [cell.get_text(strip=True) for cell in own.select("td.lead")] == ["李一 · 2025"]
    address = str(own.select_one("td.lead a")["href"])  # type: ignore[index]
    assert liaison.get(f"{address}/pdf").data.startswith(b"%PDF")
    foreign = str(listed.select_one("td.lead a")["href"]).rsplit("/", 1)[1]  # type: ignore[index]
    liaison.page(f"/me/points/unit/letters/{foreign}", 404)
    assert liaison.post(f"/me/points/unit/letters/{foreign}/acknowledge").status_code == 404

    liaison.post(f"{address}/acknowledge", {"note": "已转党办"})
    assert "已转党办" in text_of(liaison.page(address))
    letter = address.rsplit("/", 1)[1]
    seen = text_of(worker.page(f"{base}/letters/{letter}"))
    assert "已签收" in seen
    assert "已转党办" in seen

    # What the paper's code leads to says what the letter is for.
    document = worker.page(f"{base}/letters/{letter}").select_one("a[href*='/documents/']:not([href$=pdf])")
    assert document is not None
    paper = worker.page(str(document["href"]))
    assert not paper.select("a[href*='replaces=']")
    verify = paper.select_one("a[href*='/verify/']")
    assert verify is not None
    checked = text_of(Browser(app).page("/verify/" + str(verify["href"]).rsplit("/", 1)[1]))
    assert "供贵单位参考" in checked
    assert "李一" not in checked

    ended = worker.page(f"{base}/liaisons").select_one("form[action$='/end']")
    assert ended is not None
    worker.post(str(ended["action"]))
    assert "您的账号尚未关联单位" in text_of(liaison.page("/me/points/unit"))


def test_letters_of_another_community_are_missing_pages(
    world: World, result: str, worker: Browser, sign_in: SignIn
) -> None:
    lines = worker.page(f"/a/{world.codes['happy']}/points/letters/new").select("td.pick input[name=line]")
    stranger = sign_in(world.accounts["sunny_worker"])
    base = f"/a/{world.codes['sunny']}/points"
    sent = stranger.post(f"{base}/letters/new", {"result": result, "line": [lines[0]["value"]]})
    assert sent.status_code == 404
    assert "没有已确认的结果" in text_of(stranger.page(f"{base}/letters/new"))
    assert worker.post(f"/a/{world.codes['happy']}/points/letters/new", {"result": result}).status_code == 303
    sign_in(world.accounts["member"]).page(f"/a/{world.codes['grid1']}/points/letters", 403)


def test_a_liaison_who_takes_part_too_finds_the_unit_on_their_own_page(
    app: Flask, world: World, result: str, sign_in: SignIn
) -> None:
    with app.app_context(), unit_of_work() as session:
        person = world.person_ids["happy"]
        account = accounts.create_account(session, "both", SYSTEM, person_id=person)
        from pointsys.core.areas.models import Area

        accounts.grant_role(
            session, account, "unit_liaison", session.get_one(Area, world.areas["happy"]), SYSTEM
        )
        both = account.id
    page = sign_in(both).page("/me")
    assert page.select("a[href='/me/points/unit']")
