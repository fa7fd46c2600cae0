"""The way of a request through the browser, a unit's list, and what the pages cost."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.party_member_points.checkins import services
from pointsys.plugins.party_member_points.checkins.models import PointsCheckin
from tests.browsers import Browser, SignIn, World, counted
from tests.plugins.party_member_points.party import MEMBER, Party, view


@pytest.fixture
def engine_name() -> str:
    """Pages are tried on one engine; the services below are tried on both."""
    return "sqlite"


def test_a_member_checks_in_on_the_phone_and_the_secretary_answers(
    app: Flask, world: World, world_party: Party, sign_in: SignIn
) -> None:
    member, secretary = sign_in(world.accounts["member"]), sign_in(world.accounts["secretary"])
    here, own = f"/a/{world.codes['happy']}/points", "/me/points/checkin"
    page = member.page(own)
    assert page.select_one("select[name=kind]") is None
    form = {
        "kind": "checkin", "home_unit": "市一中", "area": world.codes["happy"], "branch": "一支部", "post": "",
        "political_status": "member", "on": "2026-07-01", "note": "",
    }  # fmt: skip
    assert member.post(own, {**form, "on": "2026-07-11"}).status_code == 422
    assert member.post(own, {**form, "area": world.codes["grid2"]}).status_code == 422
    assert member.post(own, form).status_code == 303
    assert "市一中" in member.page(own).get_text()
    assert member.post(own, form).status_code == 422

    with app.app_context(), read_scope() as session:
        request_id = session.query(PointsCheckin.public_id).scalar()
    listed = secretary.page(f"{here}/checkins?status=submitted")
    assert listed.select_one(f"a[href='{here}/checkins/{request_id}']") is not None
    for kind in ("xlsx", "csv"):
        assert secretary.get(f"{here}/checkins?export={kind}").status_code == 200
    secretary.page(f"{here}/checkins/{request_id}")
    answer = f"{here}/checkins/{request_id}/answer"
    assert secretary.post(answer, {"act": "return", "reason": ""}).status_code == 422
    assert secretary.post(answer, {"act": "return", "reason": "请写全称"}).status_code == 303
    assert "请写全称" in member.page(own).get_text()
    assert member.post(own, {**form, "home_unit": "市第一中学"}).status_code == 303
    with app.app_context(), read_scope() as session:
        request_id = session.query(PointsCheckin.public_id).filter_by(status="submitted").scalar()
    sunny = sign_in(world.accounts["sunny_worker"])
    other = f"/a/{world.codes['sunny']}/points/checkins"
    assert sunny.get(f"{other}/{request_id}").status_code == 404
    assert sunny.post(f"{other}/{request_id}/answer", {"act": "confirm"}).status_code == 404
    assert secretary.post(f"{here}/checkins/confirm", {"id": request_id}).status_code == 303
    with app.app_context():
        found = view(world.person_ids["grid1"])
    assert found is not None
    assert (found.home_unit, found.branch, found.checkin_on) == ("市第一中学", "一支部", date(2026, 7, 1))

    # Now a member: a transfer, seen by both sides, taken back by the member.
    move = {
        **form,
        "kind": "transfer",
        "home_unit": "市第一中学",
        "area": world.codes["sunny"],
        "on": "2026-07-05",
    }
    assert member.post(own, move).status_code == 303
    for browser, code in ((secretary, "happy"), (sunny, "sunny")):
        text = browser.page(f"/a/{world.codes[code]}/points/checkins?status=submitted").get_text()
        assert "幸福社区 → 阳光社区" in text
    with app.app_context(), read_scope() as session:
        request_id = session.query(PointsCheckin.public_id).filter_by(status="submitted").scalar()
    assert secretary.post(f"{here}/checkins/{request_id}/answer", {"act": "confirm"}).status_code == 404
    assert member.post(f"{own}/{request_id}/withdraw").status_code == 303
    assert member.post(f"{own}/none/withdraw").status_code == 404
    # Units to choose from while typing, and the pages of the unit.
    assert "市第一中学" in member.get("/me/points/checkin/units?home_unit=第一").text
    assert "市第一中学" not in member.get("/me/points/checkin/units?home_unit=%25").text
    unit = "units/one?unit=市第一中学"
    assert "李一" in secretary.page(f"{here}/{unit}").get_text()
    for elsewhere in (unit, "units/one?unit=无此单位"):
        assert sunny.get(f"/a/{world.codes['sunny']}/points/{elsewhere}").status_code == 404
    assert member.get("/me/points/unit/checkins").status_code == 404


def test_staff_ask_in_a_members_place_and_a_unit_reports_by_a_sheet(
    app: Flask, world: World, world_party: Party, sign_in: SignIn
) -> None:
    worker, secretary = sign_in(world.accounts["worker"]), sign_in(world.accounts["secretary"])
    here = f"/a/{world.codes['happy']}/points"
    with app.app_context():
        world_party.roster({world.person_ids["grid2"]: {**MEMBER, "home_unit": "供电公司"}})
    ask = f"{here}/members/{world.people['grid2']}/ask"
    worker.page(ask)
    form = {
        "kind": "leave",
        "home_unit": "",
        "area": world.codes["happy"],
        "on": "2026-07-09",
        "political_status": "member",
    }
    reply = worker.post(ask, form)
    assert reply.status_code == 303
    assert worker.post(f"{reply.location}/answer", {"act": "confirm"}).status_code == 422
    assert worker.post(f"{reply.location}/withdraw").status_code == 303
    assert worker.get(f"{here}/members/{world.people['sunny']}/ask").status_code == 404

    new = f"{here}/units/report"
    worker.page(new)
    assert worker.post(new, {"unit": "市一中", "text": ""}).status_code == 422
    sheet = "姓名,手机号码\n周二,13800138004\n新来的,13900000001\n".encode()
    data = {"unit": "市一中", "text": "", "file": (io.BytesIO(sheet), "名单.csv")}
    reply = worker.post(new, data, content_type="multipart/form-data")
    assert reply.status_code == 303
    page = worker.page(reply.location).get_text()
    assert "供电公司" in page
    assert "13900000001" not in page
    assert secretary.get(reply.location).status_code == 200
    assert (
        sign_in(world.accounts["sunny_worker"])
        .get(reply.location.replace(world.codes["happy"], world.codes["sunny"]))
        .status_code
        == 404
    )
    assert worker.post(f"{reply.location}/apply").status_code == 303
    assert worker.post(f"{reply.location}/drop").status_code == 303
    listed = secretary.page(f"{here}/checkins?status=submitted&unit=市一中")
    assert [row.get_text(strip=True) for row in listed.select("td.lead")] == ["新来的", "周二"]
    worker.page(reply.location)
    assert "市一中" in worker.page(f"{here}/units").get_text()


def test_what_pages_cost_does_not_grow_with_the_rows(
    app: Flask, world: World, world_party: Party, worker: Browser
) -> None:
    here = f"/a/{world.codes['happy']}/points"
    pages = (f"{here}/checkins", f"{here}/units")

    def cost() -> list[int]:
        found = []
        for page in pages:
            worker.page(page)
            with counted(app) as statements:
                worker.page(page)
            found.append(len(statements))
        return found

    def add(count: int, prefix: str) -> None:
        with app.app_context():
            for number in range(count):
                person = world_party.member(f"{prefix}{number}", home_unit=f"单位{prefix}{number}")
                wanted = services.Ask("transfer", date(2026, 7, 1), f"支部{number}")
                with unit_of_work() as session:
                    happy = world_party.area(session, "happy")
                    services.ask(session, session.get_one(Person, person), happy, wanted, "staff", SYSTEM)

    add(1, "甲")
    before = cost()
    add(4, "乙")
    assert cost() == before
    assert max(before) <= 8
