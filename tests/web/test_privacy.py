"""One's own data, requests with a clock, and the notice with its versions (S-01, S-03, S-05, S-07, S-09)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.accounts.models import Account
from pointsys.core.accounts.passwords import hash_password, store_password
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.privacy import requests
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import PASSWORD


@pytest.fixture
def engine_name() -> str:
    """Pages do not depend on the engine."""
    return "sqlite"


@pytest.fixture
def member(sign_in: SignIn, world: World) -> Browser:
    """The person of the first grid."""
    return sign_in(world.accounts["member"])


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """The sub-district office."""
    return sign_in(world.accounts["office"])


def events(app: Flask, event: str) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.event == event)) or 0


def test_s07_one_sees_what_is_held_masked_and_in_full_when_one_asks(app: Flask, member: Browser) -> None:
    page = member.page("/me/privacy").get_text()
    assert "李一" in page
    assert "138****8003" in page
    assert "13800138003" not in page
    shown = member.post("/me/privacy/show", {"field": "phone"})
    assert "13800138003" in shown.get_data(as_text=True)
    assert member.post("/me/privacy/show", {"field": "password_hash"}).status_code == 404
    assert events(app, "privacy.own_shown") == 1


def test_s07_the_copy_holds_everything_of_oneself_and_of_nobody_else(app: Flask, member: Browser) -> None:
    copy = member.get("/me/privacy/my-data.json")
    assert copy.headers["Content-Disposition"].startswith("attachment")
    data = copy.get_json()
    assert [(p["name"], p["phone"]) for p in data["person"]] == [("李一", "13800138003")]
    assert set(data) >= {"entries", "consents", "documents", "objections", "requests", "areas", "plugins"}
    assert "钱福" not in copy.get_data(as_text=True)
    assert events(app, "privacy.own_data") == 1


def test_s07_one_reads_who_looked_and_how_often(
    app: Flask, world: World, member: Browser, worker: Browser
) -> None:
    at = f"/a/{world.codes['happy']}/people/{world.people['grid1']}/unmask"
    for _time in range(2):
        assert worker.post(at, {"field": "phone", "reason": "回电话"}).status_code == 200
    looked = member.page("/me/privacy").select_one("#looked")
    assert looked is not None
    text = looked.get_text()
    assert "社区工作者" in text or "Community worker" in text
    assert "2" in text
    # Who in person, and what for, is the auditor's to read.
    assert "worker" not in text
    assert "回电话" not in text


def test_s07_a_request_has_a_clock_and_an_answer_by_somebody_else(
    app: Flask, clock: FixedClock, world: World, member: Browser, worker: Browser
) -> None:
    assert member.post("/me/privacy/ask", {"kind": "correct", "text": ""}).status_code == 303
    assert member.post("/me/privacy/ask", {"kind": "correct", "text": "我的生日不对"}).status_code == 303
    # One at a time of a kind.
    member.post("/me/privacy/ask", {"kind": "correct", "text": "再问一次"})
    with app.app_context(), read_scope() as session:
        (asked,) = requests.listed(session, world.areas["street"])[0]
        # 15 working days after Friday, 10 July 2026.
        assert (asked.request.due_on, asked.name) == (date(2026, 7, 31), "李一")
        public_id = asked.request.public_id
    inbox = f"/a/{world.codes['happy']}/privacy"
    assert "李一" in worker.page(inbox).get_text()
    assert worker.page(inbox).select(".notice-danger") == []
    clock.advance(days=22)
    worker = again(app, world, "worker")
    assert worker.page(f"{inbox}?state=overdue").select(".notice-danger") != []

    at = f"{inbox}/requests/{public_id}"
    assert worker.post(at, {"outcome": "refused", "answer": ""}).status_code == 422
    assert worker.post(at, {"outcome": "refused", "answer": "身份证上就是这个日期"}).status_code == 303
    assert worker.post(at, {"outcome": "done", "answer": "改了"}).status_code == 422
    assert "身份证上就是这个日期" in again(app, world, "member").page("/me/privacy").get_text()
    assert worker.page(inbox).select(".notice-danger") == []


def again(app: Flask, world: World, who: str) -> Browser:
    """A new session, as the clock has gone on."""
    from pointsys.core.accounts import sessions

    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts[who])
        return Browser(app, sessions.open_session(session, account, "127.0.0.1", "test").token)


def test_s07_a_deletion_is_answered_by_doing_it(
    app: Flask, world: World, member: Browser, office: Browser
) -> None:
    member.post("/me/privacy/ask", {"kind": "erase", "text": ""})
    with app.app_context(), read_scope() as session:
        public_id = requests.listed(session, world.areas["street"])[0][0].request.public_id
    code, pid = world.codes["street"], world.people["grid1"]
    refused = office.post(f"/a/{code}/privacy/requests/{public_id}", {"outcome": "done", "answer": "好的"})
    assert refused.status_code == 422
    assert office.post(f"/a/{code}/people/{pid}/privacy/erase", {"why": "request"}).status_code == 422
    assert (
        office.post(f"/a/{code}/people/{pid}/privacy/erase", {"why": "request", "sure": "1"}).status_code
        == 303
    )
    with app.app_context(), read_scope() as session:
        (line,) = requests.listed(session, world.areas["street"])[0]
        assert (line.request.state, line.request.text) == ("done", "")
        assert session.scalars(select(Person.closed).where(Person.public_id == pid)).one() == "erased"
    # The account is gone with it.
    assert member.get("/me/privacy").status_code == 302


def test_only_the_office_erases_and_nobody_answers_for_another_area(
    app: Flask, world: World, member: Browser, worker: Browser, sign_in: SignIn
) -> None:
    member.post("/me/privacy/ask", {"kind": "explain", "text": "为什么"})
    with app.app_context(), read_scope() as session:
        public_id = requests.listed(session, world.areas["street"])[0][0].request.public_id
    at = f"/a/{world.codes['happy']}/people/{world.people['grid1']}/privacy"
    assert worker.page(at).select('a[href$="/erase"]') == []
    assert worker.post(f"{at}/erase", {"why": "request", "sure": "1"}).status_code == 403
    sunny = sign_in(world.accounts["sunny_worker"])
    assert sunny.get(f"/a/{world.codes['sunny']}/privacy/requests/{public_id}").status_code == 404
    assert sunny.get(f"/a/{world.codes['sunny']}/people/{world.people['grid1']}/privacy").status_code == 404


def test_s01_a_new_version_is_read_at_the_next_sign_in(app: Flask, world: World, office: Browser) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        store_password(
            session, session.get_one(Account, world.accounts["member"]), hash_password(PASSWORD), SYSTEM
        )

    def signed_in() -> Browser:
        browser = Browser(app)
        answer = browser.post("/sign-in", {"login": "member1", "password": PASSWORD})
        assert answer.status_code in (302, 303), answer.get_data(as_text=True)[:2000]
        return browser

    def known() -> str:
        with app.app_context(), read_scope() as session:
            person = world.person_ids["grid1"]
            return consent.current(session, [person])[person]["notice"].version

    browser = signed_in()
    assert browser.get("/me").location.endswith("/me/privacy/notice")
    assert browser.get("/me/entries").location.endswith("/me/privacy/notice")
    assert browser.post("/me/privacy/notice", {"version": "0"}).location.endswith("/me/privacy/notice")
    assert browser.post("/me/privacy/notice", {"version": "1"}).status_code == 303
    assert browser.get("/me").status_code == 200
    assert known() == "1"
    assert signed_in().get("/me").status_code == 200

    code = world.codes["street"]
    form = {
        "unit": "平安街道办事处",
        "contact": "电话 12345",
        "sharing": "",
        "more": "",
        "changes": "说明了保管期限",
    }
    assert office.post(f"/a/{code}/privacy/notice/new", {**form, "changes": ""}).status_code == 422
    assert office.post(f"/a/{code}/privacy/notice/new", form).status_code == 303
    # Whoever is at work goes on; the next sign-in asks.
    assert browser.get("/me").status_code == 200
    browser = signed_in()
    assert browser.get("/me").location.endswith("/me/privacy/notice")
    page = browser.page("/me/privacy/notice")
    assert "说明了保管期限" in page.get_text()
    version = page.select_one('input[name="version"]')
    assert version is not None
    browser.post("/me/privacy/notice", {"version": str(version["value"])})
    assert known() == version["value"]
    assert browser.get("/me").status_code == 200


def test_s01_a_password_that_has_to_be_changed_comes_before_the_notice(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["member"])
        store_password(session, account, hash_password(PASSWORD), SYSTEM)
        account.password_at = datetime(2025, 1, 1, tzinfo=UTC)
    browser = Browser(app)
    browser.post("/sign-in", {"login": "member1", "password": PASSWORD})
    # No way round in a circle: each page that one is led to opens.
    password = browser.get("/me").location
    assert password is not None
    assert not password.endswith("/notice")
    assert browser.get(password).status_code == 200


def test_s01_the_nearest_area_with_a_notice_rules(app: Flask, world: World, office: Browser) -> None:
    form = {"unit": "甲", "contact": "乙", "changes": "丙"}
    for place, unit in (("street", "街道单位"), ("happy", "社区单位")):
        answer = office.post(f"/a/{world.codes[place]}/privacy/notice/new", {**form, "unit": unit})
        assert answer.status_code == 303
    for place, unit in (("grid1", "社区单位"), ("sunny", "街道单位")):
        assert unit in office.page(f"/a/{world.codes[place]}/privacy/notice").get_text()


def test_s05_a_name_is_enough_to_be_on_record(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        person = create_person(session, PersonData(name="只有名字", area_id=area.id), SYSTEM)
        assert (person.phone_sealed, person.id_number_sealed, person.birth_date) == (None, None, None)


def test_s09_the_dead_stand_on_no_ranking_and_sign_in_no_more(
    app: Flask, world: World, member: Browser, worker: Browser
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, world.person_ids["grid1"])
        consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM)
    at = f"/a/{world.codes['happy']}/people/{world.people['grid1']}/privacy"
    assert worker.post(f"{at}/died", {"on": "2026-07-11"}).status_code == 422
    assert worker.post(f"{at}/died", {"on": "2026-07-09"}).status_code == 303
    with app.app_context(), read_scope() as session:
        assert set(session.scalars(consent.ranking_people())) == set()
    assert member.get("/me").status_code == 302
    said = {"kind": "erase", "asker": "relative", "text": "家属要求"}
    assert worker.post(f"{at}/ask", said).status_code == 303
    assert "家属要求" in worker.page(f"{at}").get_text() or events(app, "privacy.asked") == 1


def test_own_pages_cost_a_steady_number_of_statements(app: Flask, member: Browser) -> None:
    with counted(app) as few:
        member.page("/me/privacy")
    for kind in requests.KINDS:
        assert member.post("/me/privacy/ask", {"kind": kind, "text": "说明"}).status_code == 303
    with counted(app) as many:
        member.page("/me/privacy")
    assert len(many) == len(few) <= 17, many
