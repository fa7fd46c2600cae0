"""S-47: staff make accounts for people on the roster and hand out codes, and for no other accounts."""

from __future__ import annotations

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pointsys.core.accounts import bulk, services
from pointsys.core.accounts.models import Account, RoleGrant, SignInCode
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.jobs import queue
from pointsys.core.jobs.running import run_waiting
from pointsys.core.people.models import Person
from pointsys.core.people.services import leave
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, SUNNY, make_person

PEOPLE = f"/a/{HAPPY}/people/accounts"


def accounts_of(app: Flask, *names: str) -> dict[str, Account]:
    with app.app_context(), read_scope() as session:
        rows = session.execute(
            select(Person.name, Account).join(Account, Account.person_id == Person.id).order_by(Person.id)
        ).all()
        session.expunge_all()
        return {row[0]: row[1] for row in rows if not names or row[0] in names}


def make(worker: Browser, **form: object) -> None:
    assert worker.post(f"{PEOPLE}/make", {"area": HAPPY, "role": "resident", **form}).status_code == 303


def print_slips(browser: Browser, *accounts: Account) -> BeautifulSoup:
    answer = browser.post(f"{PEOPLE}/slips", {"id": [account.public_id for account in accounts]})
    assert answer.status_code == 200
    return BeautifulSoup(answer.data, "html.parser")


def text_of(part: Tag, selector: str) -> str:
    found = part.select_one(selector)
    assert found is not None
    return found.text


@given(st.text(max_size=40))
def test_a_stem_is_plain_letters_whatever_the_name(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]{1,24}", bulk.login_stem(name))


@pytest.mark.parametrize(("name", "stem"), [("单晓明", "shanxiaoming"), ("欧阳娜娜", "ouyangnana")])
def test_a_stem_reads_surnames_as_surnames(name: str, stem: str) -> None:
    assert bulk.login_stem(name) == stem


def test_the_preview_says_who_gets_one_and_why_others_do_not(
    app: Flask, worker: Browser, world: World
) -> None:
    with app.app_context(), unit_of_work() as session:
        happy = session.get_one(Area, world.areas["happy"])
        child = make_person(session, happy, "小明", birth_date=date(2012, 7, 11))
        old_enough = make_person(session, happy, "小红", birth_date=date(2012, 7, 10))
        gone = make_person(session, happy, "离开")
        leave(session, gone, date(2026, 7, 1), SYSTEM)
        picked = [child.public_id, old_enough.public_id, gone.public_id, world.people["grid1"]]
    answer = worker.post(PEOPLE, {"id": [*picked, world.people["happy"]]})
    rows = BeautifulSoup(answer.data, "html.parser").select("tbody tr")
    states = {row.select_one(".lead").text: row.select_one(".badge-state").text.strip() for row in rows}  # type: ignore[union-attr]
    assert states == {
        "小明": "未满 14 周岁，不单独开通账号",
        "小红": "将获得账号",
        "离开": "已迁出、已故或不在名册中",
        "李一": "已有账号",
        "钱福": "将获得账号",
    }
    everybody = worker.page(PEOPLE).text
    assert "小红" in everybody
    assert "小明" not in everybody


def test_accounts_are_made_without_any_way_in_and_with_the_chosen_role_alone(
    app: Flask, worker: Browser, world: World
) -> None:
    make(worker, role="member")
    made = accounts_of(app, "钱福", "周二")
    assert set(made) == {"钱福", "周二"}
    assert re.fullmatch(r"qianfu[a-z2-9]{4}", made["钱福"].login)
    assert all(account.password_hash is None and account.name == "" for account in made.values())
    with app.app_context(), read_scope() as session:
        grants = session.execute(
            select(RoleGrant.role, RoleGrant.area_id).where(
                RoleGrant.account_id.in_([account.id for account in made.values()])
            )
        ).all()
        assert {tuple(row) for row in grants} == {("member", world.areas["happy"])}
        assert session.scalars(select(SignInCode.account_id)).all() == []
    # Asking again makes nobody a second one.
    make(worker, role="member")
    assert len(accounts_of(app)) == len(made) + 1


@pytest.mark.parametrize("role", ["", "community_worker", "system_admin", "security_admin"])
def test_no_other_role_can_be_given_this_way(app: Flask, worker: Browser, role: str) -> None:
    make(worker, role=role)
    assert "钱福" not in accounts_of(app)


def test_a_slip_lets_in_once_by_its_code_or_by_its_picture(app: Flask, worker: Browser) -> None:
    make(worker)
    qian, zhou = accounts_of(app, "钱福", "周二").values()
    slips = print_slips(worker, qian, zhou).select(".slip")
    assert len(slips) == 2
    codes = {text_of(slip, ".slip-login"): text_of(slip, ".slip-code") for slip in slips}
    assert set(codes) == {qian.login, zhou.login}
    assert all(re.fullmatch(r"\d{4} \d{4}", code) for code in codes.values())
    assert all(slip.select_one("svg") is not None for slip in slips)
    first = Browser(app)
    assert first.post("/code", {"login": qian.login, "code": codes[qian.login]}).status_code == 303
    assert first.get("/me").location == "/me/password", "nobody goes on without a password of their own"
    again = Browser(app).post("/code", {"login": qian.login, "code": codes[qian.login]})
    assert again.status_code == 422
    other = Browser(app).post("/code", {"login": zhou.login, "code": codes[qian.login]})
    assert other.status_code == 422


def test_new_slips_void_the_old_ones_and_all_end_after_a_week(
    app: Flask, worker: Browser, clock: FixedClock, sign_in: SignIn, world: World
) -> None:
    make(worker)
    (qian,) = accounts_of(app, "钱福").values()

    def code(browser: Browser) -> str:
        return str(print_slips(browser, qian).select_one(".slip-code").text)  # type: ignore[union-attr]

    old, new = code(worker), code(worker)
    if old != new:
        assert Browser(app).post("/code", {"login": qian.login, "code": old}).status_code == 422
    clock.advance(days=7, seconds=1)
    assert Browser(app).post("/code", {"login": qian.login, "code": new}).status_code == 422
    fresh = sign_in(world.accounts["worker"])
    assert Browser(app).post("/code", {"login": qian.login, "code": code(fresh)}).status_code == 303


def test_no_code_stands_anywhere_once_it_was_shown(app: Flask, worker: Browser) -> None:
    make(worker)
    (qian,) = accounts_of(app, "钱福").values()
    shown = print_slips(worker, qian).select_one(".slip-code").text  # type: ignore[union-attr]
    assert shown not in worker.page(f"{PEOPLE}/slips").text
    with app.app_context(), read_scope() as session:
        stored = session.get_one(SignInCode, qian.id)
        assert shown.replace(" ", "") not in str(vars(stored))


def test_accounts_with_any_other_role_are_the_security_administrator_s_alone(
    app: Flask, worker: Browser, world: World
) -> None:
    make(worker)
    (qian,) = accounts_of(app, "钱福").values()
    with app.app_context(), unit_of_work() as session:
        services.grant_role(
            session,
            session.get_one(Account, qian.id),
            "grid_worker",
            session.get_one(Area, world.areas["grid1"]),
            SYSTEM,
        )
    assert worker.post(f"{PEOPLE}/slips", {"id": [qian.public_id]}).status_code == 404
    assert qian.login not in worker.page(f"{PEOPLE}/slips?state=all").text


def test_people_and_accounts_of_other_areas_look_like_missing_ones(
    app: Flask, sign_in: SignIn, worker: Browser, world: World
) -> None:
    make(worker)
    (qian,) = accounts_of(app, "钱福").values()
    other = sign_in(world.accounts["sunny_worker"])
    there = f"/a/{SUNNY}/people/accounts"
    assert other.post(f"{there}/slips", {"id": [qian.public_id]}).status_code == 404
    assert other.post(f"{there}/make", {"id": [world.people["grid2"]], "role": "member"}).status_code == 404
    assert other.post(there, {"id": [world.people["grid2"]]}).status_code == 404
    assert other.get(f"{there}?area={HAPPY}").status_code == 404
    assert other.post(f"{there}/make", {"area": HAPPY, "role": "member"}).status_code == 404
    assert other.get(PEOPLE).status_code == 404


def test_administrators_and_those_who_only_see_people_make_none(
    admin: Browser, sign_in: SignIn, world: World
) -> None:
    assert admin.get(f"/a/{STREET}/people/accounts").status_code == 403
    assert admin.post(f"/a/{STREET}/people/accounts/slips", {"id": ["x"]}).status_code == 403
    secretary = sign_in(world.accounts["secretary"])
    assert secretary.post(f"{PEOPLE}/make", {"area": HAPPY, "role": "member"}).status_code == 403


def test_nobody_makes_a_slip_for_themselves(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        member = session.get_one(Account, world.accounts["member"])
        person = session.get_one(Person, world.person_ids["grid1"])
        with pytest.raises(Problem) as caught:
            bulk.make_slips(session, [(member, person)], Actor("member1", account_id=member.id))
        assert caught.value.code == "own_account"


def test_many_are_made_in_the_background_and_as_many_as_there_are(
    app: Flask, worker: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    with app.app_context(), unit_of_work() as session:
        grid = session.get_one(Area, world.areas["grid2"])
        for number in range(8):
            make_person(session, grid, f"张{'一二三四五六七八'[number]}")
    answer = worker.post(f"{PEOPLE}/make", {"area": HAPPY, "role": "resident"})
    assert "/jobs/" in str(answer.location)
    try:
        with app.app_context():
            run_waiting("test:1")
    finally:
        with app.app_context():
            queue.close_queue()
    # 钱福, 周二 and the eight; 李一 had one.
    assert len(accounts_of(app)) == 11
    assert "10" in worker.page(str(answer.location)).select_one("main").text  # type: ignore[union-attr]


def test_the_page_of_slips_costs_the_same_for_one_and_for_many(
    app: Flask, worker: Browser, world: World
) -> None:
    make(worker)
    with counted(app) as few:
        worker.page(f"{PEOPLE}/slips")
    with app.app_context(), unit_of_work() as session:
        grid = session.get_one(Area, world.areas["grid2"])
        for number in range(8):
            make_person(session, grid, f"张{'一二三四五六七八'[number]}")
    make(worker)
    with counted(app) as many:
        page = worker.page(f"{PEOPLE}/slips")
    # Those ten and 李一, who has not signed in yet either.
    assert len(page.select("tbody tr")) == 11
    assert len(many) == len(few)


@pytest.mark.parametrize("first", ["code", "picture"])
def test_whichever_way_of_a_slip_is_used_the_other_is_void_once_a_password_is_set(
    app: Flask, world: World, first: str
) -> None:
    with app.app_context(), unit_of_work() as session:
        # An account that has never been used, as on a first slip.
        person = session.get_one(Person, world.person_ids["grid1"])
        member = session.get_one(Account, world.accounts["member"])
        (slip,) = bulk.make_slips(session, [(member, person)], SYSTEM)
    browser, later = Browser(app), Browser(app)
    by_code = {"login": slip.login, "code": slip.code}
    if first == "code":
        assert browser.post("/code", by_code).status_code == 303
    else:
        assert browser.post(f"/l/{slip.token}").status_code == 303
    new = {"password": "Harvest-moon-71", "again": "Harvest-moon-71"}
    assert browser.post("/me/password", new).status_code == 303
    assert later.post("/code", by_code).status_code == 422
    assert later.post(f"/l/{slip.token}").status_code == 410
