"""Volunteers as staff see them, and their own pages and their guardians' on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.people import numbers, services
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import make_person


@pytest.fixture
def engine_name() -> str:
    """Pages are tried on one engine; the services below are tried on both."""
    return "sqlite"


@pytest.fixture
def here(app: Flask, world: World) -> str:
    """The address of the community's volunteers; the plugin is switched on."""
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "volunteer", True, SYSTEM)
    return f"/a/{world.codes['happy']}/volunteer/people"


def make_child(app: Flask, world: World) -> str:
    """A child of 14 in grid 1; the outside id."""
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        return make_person(session, area, "李小宝", birth_date=date(2012, 5, 1)).public_id


def test_a_volunteer_applies_is_registered_suspended_and_withdraws(
    app: Flask, world: World, here: str, worker: Browser, sign_in: SignIn
) -> None:
    member = sign_in(world.accounts["member"])
    own = "/me/volunteer/registration"
    member.page(own)
    assert member.post(own, {"words": "会" * 501}).status_code == 422
    assert member.post(own, {"words": "会理发"}).status_code == 303
    assert member.post(own, {"words": ""}).status_code == 422
    page = worker.page(f"{here}?state=applicant")
    assert page.select_one(f"input[name=id][value='{world.people['grid1']}']") is not None
    assert worker.post(f"{here}/register", {"id": "ZZZZZZZZZZZZZZZZ"}).status_code == 404
    assert worker.post(f"{here}/register", {"id": world.people["grid1"]}).status_code == 303
    with app.app_context(), read_scope() as session:
        number = numbers.volunteer_no(session, world.person_ids["grid1"])
    assert number in member.page(own).get_text()
    one = f"{here}/{world.people['grid1']}"
    assert "会理发" in worker.page(one).get_text()
    assert number in worker.page(f"{here}?q={number}").get_text()
    assert worker.post(f"{one}/standing", {"act": "suspend", "reason": "多次爽约"}).status_code == 303
    assert "多次爽约" in member.page(own).get_text()
    worker.post(f"{one}/standing", {"act": "resume"})
    assert worker.post(f"{one}/standing", {"act": "dance"}).status_code == 303
    assert member.post(f"{own}/withdraw").status_code == 303
    assert number in worker.page(f"{here}?state=withdrawn").get_text()
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(one.replace(world.codes["happy"], world.codes["sunny"])).status_code == 404
    assert sign_in(world.accounts["secretary"]).get(here).status_code == 403


def test_people_are_registered_by_name_and_those_who_cannot_be_are_told_why(
    app: Flask, world: World, here: str, worker: Browser
) -> None:
    make_child(app, world)
    assert worker.post(f"{here}/new", {"names": ""}).status_code == 422
    assert "查无此人" in worker.post(f"{here}/new", {"names": "查无此人"}).text
    answer = worker.post(f"{here}/new", {"names": "李一、周二，李小宝"})
    assert answer.status_code == 422
    assert "李小宝" in answer.text
    assert worker.page(here).get_text().count("V2026") == 2
    assert worker.get(f"{here}?export=xlsx").status_code == 200


def test_a_guardian_is_recorded_and_agrees_on_paper_or_on_the_own_phone(
    app: Flask, world: World, here: str, worker: Browser, sign_in: SignIn
) -> None:
    child = f"{here}/{make_child(app, world)}"
    form = {"guardian": "李一", "relation": "father", "seen": "户口簿"}
    assert worker.post(f"{child}/guardians", {**form, "seen": ""}).status_code == 422
    assert worker.post(f"{child}/guardians", {**form, "guardian": "查无此人"}).status_code == 422
    assert worker.post(f"{child}/guardians", form).status_code == 303
    assert worker.post(f"{child}/guardians", form).status_code == 422

    father = sign_in(world.accounts["member"])
    mine = "/me/volunteer/children"
    agree = str(father.page(mine).select_one("form[action$='/consent']")["action"])  # type: ignore[index]
    assert father.post(agree, {"to_on": "2026-07-01"}).status_code == 422
    assert father.post(agree, {"to_on": ""}).status_code == 303
    assert worker.post(f"{child}/standing", {"act": "register"}).status_code == 303
    assert "V2026" in worker.page(child).get_text()
    take_back = str(father.page(mine).select_one("form[action$='/withdraw']")["action"])  # type: ignore[index]
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "other2", SYSTEM, person_id=world.person_ids["grid2"])
        accounts.grant_role(session, account, "resident", session.get_one(Area, world.areas["grid2"]), SYSTEM)
        stranger = account.id
    other = sign_in(stranger)
    assert other.post(agree, {"to_on": ""}).status_code == 404
    assert other.post(take_back).status_code == 404
    assert "李小宝" not in other.page(mine).get_text()
    assert father.post(take_back).status_code == 303

    row = agree.split("/")[-2]
    paper = {"from_on": "2026-07-01", "to_on": "", "evidence": "同意书12号"}
    assert worker.post(f"{child}/guardians/{row}/consents", {**paper, "evidence": ""}).status_code == 422
    assert worker.post(f"{child}/guardians/{row}/consents", paper).status_code == 303
    page = worker.page(child)
    given = [str(found["action"]) for found in page.select("form[action*='/consents/']")]
    assert len(given) == 1
    assert worker.post(given[0]).status_code == 303
    assert worker.post(f"{child}/guardians/{row}/end").status_code == 303
    assert "李小宝" not in father.page(mine).get_text()
    elsewhere = f"{here}/{world.people['grid2']}"
    assert worker.post(f"{elsewhere}/guardians/{row}/end").status_code == 404


def test_insurance_training_and_numbers_elsewhere_are_kept_and_taken_back(
    world: World, here: str, worker: Browser, sign_in: SignIn
) -> None:
    one = f"{here}/{world.people['grid1']}"
    policy = {"policy_no": "PA-1", "insurer": "人保", "from_on": "2026-01-01", "to_on": "2026-12-31"}
    assert worker.post(f"{one}/insurances", {**policy, "to_on": "2025-12-31"}).status_code == 422
    assert worker.post(f"{one}/insurances", {**policy, "from_on": "x"}).status_code == 422
    assert worker.post(f"{one}/insurances", policy).status_code == 303
    course = {"title": "急救培训", "hours": "8", "on_date": "2026-03-01", "qualification": "急救"}
    for wrong in (
        {"hours": "many"},
        {"hours": "NaN"},
        {"hours": "0"},
        {"on_date": "2026-07-11"},
        {"title": ""},
    ):
        assert worker.post(f"{one}/trainings", {**course, **wrong}).status_code == 422
    assert worker.post(f"{one}/trainings", course).status_code == 303
    assert worker.post(f"{one}/numbers", {"system": "national", "value": "6501"}).status_code == 303
    page = worker.page(one)
    for text in ("PA-1", "急救", "6501"):
        assert text in page.get_text()
    own = sign_in(world.accounts["member"]).page("/me/volunteer/registration").get_text()
    assert "急救培训" in own
    acts = page.select("form[action$='/end'], form[action$='/void']")
    assert len(acts) == 2
    for act in acts:
        path = str(act["action"])
        assert worker.post(path.replace(world.people["grid1"], world.people["grid2"])).status_code == 404
        assert worker.post(path).status_code == 303
    assert "急救培训" not in worker.page(one).get_text()


def test_the_pages_ask_no_more_for_many_volunteers(
    app: Flask, world: World, here: str, worker: Browser
) -> None:
    def seen(path: str) -> int:
        with counted(app) as statements:
            worker.page(path)
        return len(statements)

    with app.app_context(), unit_of_work(drain=False) as session:
        services.register(session, [session.get_one(Person, world.person_ids["grid1"])], SYSTEM)
    before = seen(here)
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        people = [make_person(session, area, f"志愿者{number}") for number in range(12)]
        services.register(session, people, SYSTEM)
    assert seen(here) == before
    assert before <= 10
    assert seen(f"{here}/{world.people['grid1']}") <= 28
