"""Pages of rounds: each step by its button, and what companies and owners see of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, cast

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import delete, select

from pointsys.core.accounts.models import Account
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.property_rating import PLUGIN
from pointsys.plugins.property_rating.ballots import slips
from pointsys.plugins.property_rating.ballots.models import PropertyVoter
from pointsys.plugins.property_rating.registry.models import PropertyCompanyAccount
from pointsys.plugins.property_rating.registry.queries import acts_for_company
from pointsys.plugins.property_rating.rounds import personal, services
from pointsys.plugins.property_rating.rounds.models import PropertyEntrant, PropertyRound
from pointsys.plugins.property_rating.rounds.records import PropertyAppeal
from tests import factories
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.plugins.property_rating.rounds.stage import Stage, another_office, ballots, make_stage, wanted


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine, the services below them on both."""
    return str(request.param)


@pytest.fixture
def stage(app: Flask, world: World) -> Stage:
    """What a round needs, and a second account of the office."""
    with app.app_context():
        another_office(world)
        return make_stage(world)


def done(browser: Browser, path: str, form: Mapping[str, object] | None = None) -> str:
    """Post a form; the text of the page that follows."""
    answer = browser.post(path, form)
    assert answer.status_code == 303, answer.text[-2000:]
    return content(browser, answer.location)


def content(browser: Browser, path: str) -> str:
    """What a page says, without the frame: its mark for prints has a random number."""
    main = browser.page(path).select_one("main")
    assert main is not None
    for mark in main.select(".print-mark"):
        mark.decompose()
    return main.get_text(" ", strip=True)


def photo() -> tuple[io.BytesIO, str]:
    """A small picture."""
    data = io.BytesIO()
    Image.new("RGB", (9, 9), "green").save(data, "PNG")
    return io.BytesIO(data.getvalue()), "a.png"


def entrants(app: Flask) -> dict[str, str]:
    """Outside ids of the entrants of the first round, by the number of their votes."""
    with app.app_context(), read_scope() as session:
        rows = session.scalars(select(PropertyEntrant).order_by(PropertyEntrant.id)).all()
        return {str(row.households): row.public_id for row in rows[:2]}


def test_a_round_is_led_to_its_final_result_by_the_buttons_of_its_page(
    app: Flask, world: World, stage: Stage, sign_in: SignIn, clock: FixedClock
) -> None:
    office, worker, committee = (sign_in(world.accounts[name]) for name in ("office", "worker", "committee"))
    root = f"/a/{world.codes['street']}/property/rounds"
    form = {**wanted(stage), "per": "unit"}
    assert office.post(f"{root}/new", {**form, "last_on": "2025-01-01"}).status_code == 422
    made = office.post(f"{root}/new", {**form, "kinds": ["commercial"]})
    assert made.status_code == 303
    page = made.location
    assert "桂花苑" in office.page(page).get_text()
    at = page.rpartition("/")[2]
    done(office, f"{root}/{at}/change", {**form, "title": "年度星级测评"})
    assert "年度星级测评" in done(office, f"{root}/{at}/open")
    first = entrants(app)["20"]
    with app.app_context():
        ballots(at, ["75"] * 8)
        ballots(at, ["100"] * 4, "松柏园")
    assert "12 / 25" in content(office, page)
    assert "8 / 20" in content(office, f"{page}?q=桂花"), "the number above the list is that of the list"
    # The community sees the round of its sub-district and fills in the sheets of its own estates.
    here = f"/a/{world.codes['happy']}/property/rounds/{at}"
    assert "年度星级测评" in worker.page(f"/a/{world.codes['happy']}/property/rounds").get_text()
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(f"/a/{world.codes['sunny']}/property/rounds/{at}").status_code == 404
    sheet = {"part": "management", "rater": "社区居委会", "value": "95", "evidence": "巡查记录完整"}
    text = done(worker, f"{here}/estates/{first}/sheets", {**sheet, "photos": photo()})
    assert "巡查记录完整" in text
    picture = worker.page(f"{here}/estates/{first}").select_one(".round-photos img")
    assert picture is not None
    assert worker.get(str(picture["src"])).mimetype == "image/jpeg"
    assert worker.post(f"{here}/tally", {"reason": "急"}).status_code == 403
    # Nothing of the result before the tally.
    assert "75" not in content(worker, f"{here}/estates/{first}")
    text = done(office, f"{root}/{at}/tally", {"reason": ""})
    assert "87" not in text
    text = done(office, f"{root}/{at}/tally", {"reason": "全部入户完成"})
    # 0.4 x 75 + 0.6 x 95 = 87
    assert "87" in text
    back = office.page(f"{root}/{at}/estates/{first}").select_one("form[action*='/back']")
    assert back is not None
    shown = office.page(f"{root}/{at}/publish").select_one("input[name=shown]")
    assert shown is not None
    wrong = office.post(f"{root}/{at}/publish", {"days": "0", "shown": str(shown["value"])})
    assert wrong.status_code == 422
    assert 'name="days"' in wrong.text
    assert 'value="0"' in wrong.text
    text = done(office, f"{root}/{at}/publish", {"days": "3", "shown": "x" * 64})
    assert "2026-07-15" not in text
    text = done(office, f"{root}/{at}/publish", {"days": "3", "shown": shown["value"]})
    assert "2026-07-15" in text
    text = done(office, f"{root}/{at}/down", {"reason": "名称有误"})
    assert "名称有误" in text
    done(office, f"{root}/{at}/publish", {"days": "3"})
    done(sign_in(world.accounts["liaison"]), f"/me/property/results/{first}/appeal", {"text": "记录有误"})
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal.public_id)).one()
    ruled = {"outcome": "rejected", "reason": "核对无误", "heard_on": "2026-07-10", "hearing": "双方到场"}
    assert "核对无误" in done(committee, f"{here}/appeals/{appeal}", ruled)
    clock.advance(days=8)
    office, second = (sign_in(world.accounts[name]) for name in ("office", "office2"))
    # Whoever published is told that somebody else does it, and is offered no button.
    assert "须由街道办事处另一位" in content(office, page)
    assert office.page(page).select_one("form[action$='/final']") is None
    assert second.page(page).select_one("form[action$='/final']") is not None
    done(second, f"{root}/{at}/final")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PropertyRound.state)).one() == "final"
    text = office.page(page).get_text(" ", strip=True)
    assert "PJ-" in text
    assert office.get(f"{page}?export=csv").status_code == 200
    assert office.get(f"{root}/new?replaces={at}").status_code == 200


def test_a_page_of_a_round_takes_as_many_statements_whatever_its_size(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office = sign_in(world.accounts["office"])
    root = f"/a/{world.codes['street']}/property/rounds"
    at = office.post(f"{root}/new", {**wanted(stage), "per": "unit"}).location.rpartition("/")[2]
    done(office, f"{root}/{at}/open")
    numbers = []
    for more in range(2):
        with counted(app) as statements:
            office.page(f"{root}/{at}")
            office.page(root)
        numbers.append(len(statements))
        for entrant in entrants(app).values():
            for rater in ("街道", "社区", "专家") if not more else ():
                sheet = {"part": "management", "rater": rater, "value": "90", "evidence": "台账"}
                done(office, f"{root}/{at}/estates/{entrant}/sheets", dict(sheet))
    assert numbers[0] == numbers[1] <= 32


def published(app: Flask, world: World, stage: Stage, office: Browser) -> str:
    """A published round; its path."""
    root = f"/a/{world.codes['street']}/property/rounds"
    at = office.post(f"{root}/new", {**wanted(stage), "per": "unit"}).location.rpartition("/")[2]
    done(office, f"{root}/{at}/open")
    with app.app_context():
        ballots(at, ["100"] * 8)
    sheet = {"part": "management", "rater": "专家", "value": "91", "evidence": "现场评分表"}
    done(office, f"{root}/{at}/estates/{entrants(app)['20']}/sheets", dict(sheet))
    done(office, f"{root}/{at}/tally", {"reason": "收齐"})
    done(office, f"{root}/{at}/publish", {"days": "3"})
    return f"{root}/{at}"


def test_a_company_sees_indicators_and_evidence_of_its_own_and_no_voter(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office, liaison = sign_in(world.accounts["office"]), sign_in(world.accounts["liaison"])
    assert sign_in(world.accounts["owner1"]).get("/me/property").status_code == 404
    assert "桂花苑" not in liaison.page("/me/property").get_text()
    page_of_round = published(app, world, stage, office)
    mine, other = entrants(app)["20"], entrants(app)["5"]
    listed = liaison.page("/me/property").get_text()
    assert "桂花苑" in listed
    assert "松柏园" not in listed
    assert liaison.get(f"/me/property/results/{other}").status_code == 404
    assert liaison.post(f"/me/property/results/{other}/appeal", {"text": "不公"}).status_code == 404
    page = content(liaison, f"/me/property/results/{mine}")
    # 0.4 x 100 + 0.6 x 91 = 94.6
    for told in ("95", "94.6", "91", "100", "现场评分表", "专家"):
        assert told in page, told
    for hidden in ("业主一", "业主二", "owner1", "101", "1栋"):
        assert hidden not in page, hidden
    assert "已经整改" in done(liaison, f"/me/property/results/{mine}/reply", {"text": "已经整改"})
    assert "已经整改" in office.page(f"{page_of_round}/estates/{mine}").get_text()
    # An account that nobody has linked yet is told so, for the menu leads it here.
    with app.app_context(), unit_of_work(drain=False) as session:
        session.execute(delete(PropertyCompanyAccount))
    for address in ("/me/property", "/me/property/standing", "/me/property/receptions"):
        assert "您的账号没有关联物业企业" in liaison.page(address).get_text()
        assert sign_in(world.accounts["owner1"]).get(address).status_code == 404


def test_pages_of_companies_are_offered_to_accounts_that_are_linked_to_one(
    app: Flask, world: World, stage: Stage
) -> None:
    with app.app_context(), read_scope() as session:
        liaison = session.get_one(Account, world.accounts["liaison"])
        linked = factories.actor_of(liaison, "unit_liaison", session.get_one(Area, world.areas["street"]))
        assert acts_for_company(session, linked)
    with app.app_context(), unit_of_work(drain=False) as session:
        session.execute(delete(PropertyCompanyAccount))
        assert not acts_for_company(session, linked)
    offered = {item.endpoint: item.when for item in PLUGIN.own_pages}
    assert offered["property_company.index"] is acts_for_company
    assert offered["property_standing_own.index"] is acts_for_company


def test_owners_appeal_together_and_nobody_learns_who_they_are(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office, one, two = (sign_in(world.accounts[name]) for name in ("office", "owner1", "owner2"))
    page = published(app, world, stage, office)
    mine, other = entrants(app)["20"], entrants(app)["5"]
    assert one.post(f"/me/property/estates/{other}/appeal", {"text": "不公"}).status_code == 404
    text = done(one, f"/me/property/estates/{mine}/appeal", {"text": "电梯停运三个月"})
    assert "电梯停运三个月" in text
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal)).one()
        path = f"/me/property/estates/{mine}/support/{appeal.public_id}"
        assert (appeal.state, appeal.needed, appeal.supporting) == ("gathering", 2, 1)
    assert "电梯停运三个月" in two.page("/me/property/estates").get_text()
    done(two, path)
    done(two, path)
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal)).one()
        assert (appeal.state, appeal.supporting) == ("open", 2)
    for reader, where in (
        (office, page),
        (sign_in(world.accounts["liaison"]), f"/me/property/results/{mine}"),
    ):
        shown = reader.page(where).get_text()
        assert "电梯停运三个月" in shown
        for name in ("业主一", "业主二", "owner1", "owner2"):
            assert name not in shown
    # What is told to the one who wrote it, and what is left when they are erased.
    with app.app_context(), unit_of_work(drain=False) as session:
        owner = session.scalars(select(Person.id).where(Person.name == "业主一")).one()
        told = cast(Any, personal.export(session, owner, [owner])["appeals"])[0]
        assert (told["words"], told["written_by_you"], told["estate"]) == ("电梯停运三个月", True, "桂花苑")
        personal.erase(session, owner, [owner])
        assert session.scalars(select(PropertyAppeal.words)).one() == ""


def test_appeals_that_find_too_few_supporters_end_with_the_publication(
    app: Flask, world: World, stage: Stage, sign_in: SignIn, clock: FixedClock
) -> None:
    office, one = (sign_in(world.accounts[name]) for name in ("office", "owner1"))
    page = published(app, world, stage, office)
    mine = entrants(app)["20"]
    done(one, f"/me/property/estates/{mine}/appeal", {"text": "绿化枯死"})
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal.public_id)).one()
    clock.advance(days=8)
    # A session ends with the day.
    done(sign_in(world.accounts["owner2"]), f"/me/property/estates/{mine}/support/{appeal}")
    done(sign_in(world.accounts["office2"]), f"{page}/final")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PropertyAppeal.state)).one() == "lapsed"
        assert session.scalars(select(PropertyRound.state)).one() == "final"


def test_a_round_is_withdrawn_by_two_of_the_office_and_the_public_reads_why(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office, second = (sign_in(world.accounts[name]) for name in ("office", "office2"))
    root = f"/a/{world.codes['street']}/property/rounds"
    at = office.post(f"{root}/new", {**wanted(stage), "per": "unit"}).location.rpartition("/")[2]
    with app.app_context(), unit_of_work(drain=False) as session:
        voters = select(PropertyVoter).order_by(PropertyVoter.id)
        services.open_round(session, session.scalars(select(PropertyRound)).one(), SYSTEM)
        row = session.scalars(voters).all()[0]
        slip = slips.make(session, session.scalars(select(PropertyRound)).one(), [row], SYSTEM)[0].token
    page = f"{root}/{at}"
    assert "名单有误" in done(office, f"{page}/withdraw", {"reason": "名单有误"})
    assert "作为第二人撤回" not in content(office, page)
    assert content(second, page).count("作为第二人撤回") == 1
    done(second, f"{page}/keep")
    assert "名单有误" not in content(second, page).partition("变更记录")[0]
    done(second, f"{page}/withdraw", {"reason": "名单有误"})
    assert "已撤回" in done(office, f"{page}/withdraw")
    assert content(office, root).count("已撤回")
    for path in (f"/public/{world.codes['happy']}/property/", f"/public/{world.codes['street']}/property/"):
        assert "名单有误" in content(Browser(app), path)
    answer = Browser(app).get(f"/public/{world.codes['street']}/property/vote/{slip}")
    assert (answer.status_code, "名单有误" in answer.text) == (409, True)
    listed = content(sign_in(world.accounts["liaison"]), "/me/property")
    assert "名单有误" in listed


def test_signatures_on_paper_are_entered_by_one_and_compared_by_another(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office, worker = (sign_in(world.accounts[name]) for name in ("office", "worker"))
    page = published(app, world, stage, office)
    mine = entrants(app)["20"]
    here = f"/a/{world.codes['happy']}/property/rounds/{page.rpartition('/')[2]}/estates/{mine}/signatures"
    turnout = here.partition("/estates/")[0] + "/turnout"
    assert worker.page(turnout).select_one(f"a[href='{here}']") is not None
    elsewhere = here.replace(world.codes["happy"], world.codes["sunny"])
    assert sign_in(world.accounts["sunny_worker"]).get(elsewhere).status_code == 404
    form = {"door": "1栋 101", "owner": "业主一", "method": "paper", "text": "电梯停运三个月"}
    refused = worker.post(here, {**form, "owner": "业主二"})
    assert (refused.status_code, "电梯停运三个月" in refused.text) == (422, True)
    assert "业主一" in done(worker, here, form)
    done(worker, here, {**form, "door": "102", "owner": "业主二"})
    shown = worker.page(here)
    assert "电梯停运三个月" in shown.get_text()
    chosen = [str(one["value"]) for one in shown.select("input[name=chosen]")]
    assert len(chosen) == 2
    compared = {"chosen": chosen, "act": "count"}
    assert "请先选择签名" in done(office, f"{page}/estates/{mine}/signatures/compare", {"act": "count"})
    assert "业主一" in done(worker, f"{here}/compare", compared)
    assert "业主一" not in done(office, f"{page}/estates/{mine}/signatures/compare", compared)
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal)).one()
        assert (appeal.state, appeal.supporting, appeal.needed) == ("open", 2, 2)
    # The first of them has an account: they take it back themselves, and nobody is told who they are.
    own = "/me/property/estates"
    back = sign_in(world.accounts["owner1"]).page(own).select_one("form[action*='/retract/']")
    assert back is not None
    assert sign_in(world.accounts["owner2"]).page(own).select_one("form[action*='/retract/']") is None
    done(sign_in(world.accounts["owner1"]), str(back["action"]), {"reason": "已沟通解决"})
    text = content(office, page)
    assert "已沟通解决" in text
    assert "业主一" not in text


def test_an_appeal_can_be_withdrawn_on_ones_own_page_while_the_notice_is_taken_down(
    app: Flask, world: World, stage: Stage, sign_in: SignIn
) -> None:
    office, one, liaison = (sign_in(world.accounts[name]) for name in ("office", "owner1", "liaison"))
    page, mine = published(app, world, stage, office), entrants(app)["20"]
    done(one, f"/me/property/estates/{mine}/appeal", {"text": "电梯停运三个月"})
    with app.app_context(), read_scope() as session:
        appeal = session.scalars(select(PropertyAppeal.public_id)).one()
    done(sign_in(world.accounts["owner2"]), f"/me/property/estates/{mine}/support/{appeal}")
    done(liaison, f"/me/property/results/{mine}/appeal", {"text": "记录有误"})
    done(office, f"{page}/down", {"reason": "名称有误"})
    own = {"/me/property/estates": (one, "电梯停运三个月"), "/me/property": (liaison, "记录有误")}
    for address, (reader, told) in own.items():
        text = content(reader, address)
        assert told in text
        assert "94.6" not in text
        form = reader.page(address).select_one("form[action*='/retract']")
        assert form is not None
        for other in ("owner2", "owner3"):
            assert sign_in(world.accounts[other]).post(str(form["action"])).status_code in (303, 404)
        assert told not in done(reader, str(form["action"]), {"reason": "已沟通"})
    with app.app_context(), read_scope() as session:
        assert set(session.scalars(select(PropertyAppeal.state))) == {"withdrawn"}
