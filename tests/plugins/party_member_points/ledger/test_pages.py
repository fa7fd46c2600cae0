"""The pages of awards, deductions and sessions as each role walks through them."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from pointsys.core.objections.models import Objection
from pointsys.core.objections.subjects import find_subject
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party, result
from tests.plugins.volunteer.test_pages import text_of


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Pages are tried on one engine."""
    return str(request.param)


@pytest.fixture
def people(app: Flask, world: World, world_party: Party) -> Party:
    """李一 (grid 1) and 周二 (grid 2) are members of one branch."""
    with app.app_context():
        for place in ("grid1", "grid2"):
            world_party.roster({world.person_ids[place]: {**MEMBER, "branch": "第一党支部"}})
    return world_party


def drawn() -> bytes:
    """A small photo."""
    data = io.BytesIO()
    Image.new("RGB", (9, 9), "green").save(data, "PNG")
    return data.getvalue()


def follow(browser: Browser, response: object) -> str:
    """Where an accepted form leads."""
    assert response.status_code == 303, response.data.decode()[-3000:]  # type: ignore[attr-defined]
    return str(response.location)  # type: ignore[attr-defined]


def test_an_honour_is_proposed_verified_and_confirmed_by_three_people(
    app: Flask, sign_in: SignIn, world: World, people: Party
) -> None:
    worker, secretary = sign_in(world.accounts["worker"]), sign_in(world.accounts["secretary"])
    committee, member = sign_in(world.accounts["committee"]), sign_in(world.accounts["member"])
    code, pid = world.codes["happy"], world.people["grid1"]

    assert "李一" in text_of(worker.page(f"/a/{code}/points/awards/new?q=liyi"))
    path = f"/a/{code}/points/awards/new?person={pid}"
    form = worker.page(f"{path}&item=honour&on_date=2026-06-01")
    key = form.find("input", {"name": "key"})["value"]  # type: ignore[index]
    assert "市级" in text_of(form)
    given = {
        "item": "honour", "key": key, "on_date": "2026-06-01", "title": "优秀志愿者", "choice": "city",
        "matter": "2026年度志愿服务", "reason": "连续三年带队", "evidence": "市文明办文件〔2026〕3号",
    }  # fmt: skip
    for lacking in ("choice", "matter", "reason"):
        assert worker.post(path, {**given, lacking: ""}).status_code == 422
    photo = (io.BytesIO(drawn()), "a.png")
    place = follow(worker, worker.post(path, {**given, "photos": photo}, content_type="multipart/form-data"))
    assert follow(worker, worker.post(path, given)) == place, "sent twice, it is one proposal"
    address = str(worker.page(place).select_one("ul.photos img")["src"])  # type: ignore[index]
    assert worker.get(address).mimetype == "image/jpeg"
    assert sign_in(world.accounts["sunny_worker"]).get(address).status_code == 404
    assert worker.post(path, {**given, "reason": "别的理由"}).status_code == 422

    # Who proposed it neither verifies nor confirms; nobody jumps a step.
    proposer = text_of(worker.page(place))
    assert "可以处理的人" in proposer
    assert "支部书记" in proposer
    assert worker.post(place, {"outcome": "verified"}).status_code == 422
    assert committee.post(place, {"outcome": "confirmed"}).status_code == 422
    assert "+" not in text_of(member.page("/me/points")).split("优秀志愿者")[0][-20:]
    assert "预计 +10.00 分" in text_of(member.page("/me/points"))
    secretary_list = secretary.page(f"/a/{code}/points/awards?queue=verify")
    chosen = secretary_list.select_one("input[name=id]")["value"]  # type: ignore[index]
    done = secretary.post(f"/a/{code}/points/awards", {"outcome": "verified", "id": chosen})
    assert done.status_code == 303
    assert secretary.post(place, {"outcome": "confirmed"}).status_code == 403
    follow(committee, committee.post(place, {"outcome": "confirmed"}))

    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["honour"] == "10.00"
    shown = text_of(member.page("/me/points"))
    assert "优秀志愿者" in shown
    assert "+10.00" in shown
    own = member.page("/me/points/awards")
    assert "已确认" in text_of(own)
    one = text_of(member.page(own.select_one("a.claim-card")["href"]))  # type: ignore[index,arg-type]
    assert "市文明办文件〔2026〕3号" in one
    assert "连续三年带队" in one

    # Voided by somebody else, with a reason; the points go and both rows stay.
    assert committee.post(place, {"outcome": "voided", "reason": "证书撤销"}).status_code == 422
    office = sign_in(world.accounts["office"])
    assert office.post(place, {"outcome": "voided", "reason": ""}).status_code == 422
    follow(office, office.post(place, {"outcome": "voided", "reason": "证书撤销"}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["honour"] == "0.00"
    assert "证书撤销" in text_of(member.page("/me/points"))
    # Elsewhere it does not exist.
    assert sign_in(world.accounts["sunny_worker"]).get(place).status_code == 404


def test_a_deduction_is_told_and_answered_before_the_committee_decides(
    app: Flask, sign_in: SignIn, world: World, people: Party
) -> None:
    secretary, committee = sign_in(world.accounts["secretary"]), sign_in(world.accounts["committee"])
    member, code = sign_in(world.accounts["member"]), world.codes["happy"]
    path = f"/a/{code}/points/awards/new?person={world.people['grid1']}"
    given = {"item": "noshow", "on_date": "2026-06-01", "reason": "报名后未到岗", "key": "form:a"}
    place = follow(secretary, secretary.post(path, given))

    refused = committee.post(place, {"outcome": "confirmed"})
    assert refused.status_code == 422
    letter = text_of(secretary.page(f"{place}/notice"))
    assert "李一" in letter
    assert "报名后未到岗" in letter
    assert "每次 2.00 分" in letter, "the letter says how much is at stake"
    assert "每次 2.00 分" in text_of(committee.page(place))
    assert (
        secretary.post(place, {"outcome": "told", "how": "rumour", "on_date": "2026-06-02"}).status_code
        == 422
    )
    told = {"outcome": "told", "how": "paper", "on_date": "2026-06-02"}
    assert secretary.post(place, {**told, "on_date": "2099-01-01"}).status_code == 422
    follow(secretary, secretary.post(place, told))

    mine = member.page("/me/points/awards").select_one("a.claim-card")["href"]  # type: ignore[index]
    assert member.post(str(mine), {"answer": ""}).status_code == 422
    follow(member, member.post(str(mine), {"answer": "当日住院，有病历"}))
    assert sign_in(world.accounts["nobody"]).get(str(mine)).status_code == 404
    assert "当日住院，有病历" in text_of(committee.page(place))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["duty"] == "6.00"
    follow(committee, committee.post(place, {"outcome": "confirmed", "reason": "病历日期不符"}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["duty"] == "4.00"
    assert "病历日期不符" in text_of(member.page(str(mine)))
    assert member.post(str(mine), {"answer": "再说一次"}).status_code == 422

    assert "须由别人处理" not in text_of(committee.page(place)), "nothing is left to do"

    # An objection goes to somebody who had no part in it.
    assert member.post(f"{mine}/objection", {"text": ""}).status_code == 422
    follow(member, member.post(f"{mine}/objection", {"text": "住院证明真实"}))
    with app.app_context(), read_scope() as session:
        raised = session.scalars(select(Objection)).one()
        subject = find_subject(session, raised.subject_type, raised.subject_id)
        assert subject is not None
        assert subject.person_id == world.person_ids["grid1"]
        assert subject.accounts == {world.accounts["secretary"], world.accounts["committee"]}


def test_a_session_counts_once_somebody_else_has_confirmed_its_sheet(
    app: Flask, sign_in: SignIn, world: World, people: Party
) -> None:
    worker, secretary = sign_in(world.accounts["worker"]), sign_in(world.accounts["secretary"])
    code, first, second = world.codes["happy"], world.people["grid1"], world.people["grid2"]
    new = f"/a/{code}/points/sessions/new"
    form = worker.page(f"{new}?on_date=2026-06-10")
    counts = [option["value"] for option in form.select("select[name=counts] option")]
    assert counts == ["attend|"]
    given = {
        "title": "组织生活会",
        "on_date": "2026-06-10",
        "counts": counts[0],
        "branch": "",
        "activity": "",
    }
    assert worker.post(new, {**given, "title": ""}).status_code == 422
    assert worker.post(new, {**given, "counts": "service|"}).status_code == 422
    place = follow(worker, worker.post(new, given))
    follow(worker, worker.post(place, {"word": "attended", "id": [first]}))
    follow(worker, worker.post(place, {"word": "excused", "id": [second], "reason": ""}))
    assert "说明" in text_of(worker.page(place)), "an excuse needs its reason"
    follow(worker, worker.post(place, {"word": "excused", "id": [second], "reason": "住院"}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["govern"] == "0.00"

    follow(worker, worker.post(f"{place}/decide", {"outcome": "confirmed"}))
    assert "另一个人" in text_of(worker.page(place)) or "其他人" in text_of(worker.page(place))
    follow(secretary, secretary.post(f"{place}/decide", {"outcome": "confirmed"}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["govern"] == "3.00"
        # The only session was excused: no ratio, no points.
        assert result(world.person_ids["grid2"])["categories"]["govern"] == "0.00"
    own = text_of(sign_in(world.accounts["member"]).page("/me/points"))
    assert "组织生活会" in own

    # A change counts only after it is confirmed anew.
    follow(worker, worker.post(place, {"word": "absent", "id": [first]}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["govern"] == "3.00"
    follow(secretary, secretary.post(f"{place}/decide", {"outcome": "confirmed"}))
    with app.app_context():
        assert result(world.person_ids["grid1"])["categories"]["govern"] == "0.00"
    assert "组织生活会" in text_of(worker.page(f"/a/{code}/points/sessions"))


def test_members_neither_propose_nor_act_about_themselves(
    app: Flask, sign_in: SignIn, world: World, people: Party
) -> None:
    from pointsys.core.accounts import services as accounts
    from pointsys.core.actors import SYSTEM
    from pointsys.core.areas.models import Area
    from pointsys.core.unit_of_work import unit_of_work

    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "deputy", SYSTEM, person_id=world.person_ids["grid2"])
        for role in ("branch_secretary", "party_committee"):
            accounts.grant_role(session, account, role, session.get_one(Area, world.areas["happy"]), SYSTEM)
        deputy_id = account.id
    deputy, worker = sign_in(deputy_id), sign_in(world.accounts["worker"])
    code, pid = world.codes["happy"], world.people["grid2"]
    path = f"/a/{code}/points/awards/new?person={pid}"
    given = {"item": "wish", "on_date": "2026-06-01", "reason": "认领微心愿", "key": "form:b"}
    assert deputy.post(path, given).status_code == 422
    place = follow(worker, worker.post(path, given))
    for outcome in ("verified", "rejected"):
        assert deputy.post(place, {"outcome": outcome, "reason": "好"}).status_code == 422
    member = sign_in(world.accounts["member"])
    assert member.get(f"/a/{code}/points/awards").status_code in (403, 404)
    assert member.post(path, given).status_code in (403, 404)


def test_lists_take_the_same_statements_however_long_they_are(
    app: Flask, sign_in: SignIn, world: World, people: Party
) -> None:
    worker, code = sign_in(world.accounts["worker"]), world.codes["happy"]
    path = f"/a/{code}/points/awards/new?person={world.people['grid1']}"
    taken = []
    for number in range(4):
        given = {
            "item": "wish",
            "on_date": f"2026-06-0{number + 1}",
            "reason": "微心愿",
            "key": f"form:{number}",
        }
        follow(worker, worker.post(path, given))
        worker.get(f"/a/{code}/points/awards")
        with counted(app) as statements:
            page = worker.page(f"/a/{code}/points/awards")
        taken.append(len(statements))
        assert len(page.select("table.list tbody tr")) == number + 1
    assert len(set(taken[1:])) == 1
    assert taken[-1] <= 12
    file = worker.get(f"/a/{code}/points/awards?export=csv").data.decode("utf-8-sig")
    assert len(re.findall("认领微心愿|微心愿", file)) >= 4
