"""A06, A09, A25, A30, S-31: what a role may not do, no way round through another page does either."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts import codes
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, ActivityKind, Entry
from pointsys.core.activity_log.policy import ALWAYS, SECOND_PERSON
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import DENIED, AuditRow
from pointsys.core.people.models import Person
from pointsys.core.settings import set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests import factories
from tests.browsers import Browser, SignIn, World


@pytest.fixture
def engine_name() -> str:
    """Who may do what does not depend on the engine."""
    return "sqlite"


def statuses(app: Flask) -> list[str]:
    with app.app_context(), read_scope() as session:
        return list(session.scalars(select(Entry.status).order_by(Entry.id)))


def roster_form(app: Flask, person: str) -> dict[str, object]:
    with app.app_context(), read_scope() as session:
        kind = session.scalars(select(ActivityKind.id).order_by(ActivityKind.id).limit(1)).one()
    return {
        "text": "接龙\n1. 李一", "kind": str(kind), "title": "巡逻", "day": "2026-07-01", "start": "09:00",
        "end": "10:00", "people": person,
    }  # fmt: skip


def test_a30_a_pasted_list_of_somebody_who_only_records_waits_for_a_decision(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    grid_worker = sign_in(world.accounts["grid_worker"])
    path = f"/a/{world.codes['grid1']}/imports/roster/record"
    assert grid_worker.post(path, roster_form(app, world.people["grid1"])).status_code == 303
    assert statuses(app) == [PENDING]


def test_a_pasted_list_of_somebody_who_also_decides_stands(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['grid1']}/imports/roster/record"
    assert worker.post(path, roster_form(app, world.people["grid1"])).status_code == 303
    assert statuses(app) == [CONFIRMED]


def test_a25_a_pasted_list_takes_nobody_of_another_area(app: Flask, worker: Browser, world: World) -> None:
    path = f"/a/{world.codes['happy']}/imports/roster/record"
    answer = worker.post(path, roster_form(app, world.people["sunny"]))
    assert answer.status_code == 422
    assert statuses(app) == []


def test_a30_who_recorded_an_entry_does_not_confirm_it_over_a_refusal(app: Flask, world: World) -> None:
    recorder = Actor("recorder", account_id=world.accounts["worker"])
    second = Actor("second", account_id=world.accounts["office"])
    with app.app_context():
        with unit_of_work(drain=False) as session:
            area = session.get_one(Area, world.areas["happy"])
            person = session.get_one(Person, world.person_ids["happy"])
            (made,) = record(session, area, [factories.make_draft(session, area, person)], recorder, "form")
            decide(session, [made.entry_id], REJECTED, "人不在", second)
        with pytest.raises(Problem) as refused, unit_of_work(drain=False) as session:
            decide(session, [made.entry_id], CONFIRMED, "", recorder)
        assert refused.value.code == "second_person_needed"
        with unit_of_work(drain=False) as session:
            assert decide(session, [made.entry_id], CONFIRMED, "", second) == 1


def test_a06_links_that_lie_about_are_worth_nothing_once_a_password_is_set(app: Flask, world: World) -> None:
    account_id = world.accounts["worker"]
    with app.app_context():
        with unit_of_work(drain=False) as session:
            first, second = (
                account_links.create_link(session, account_links.SIGN_IN, account_id=account_id)
                for _ in range(2)
            )
        browser = Browser(app)
        assert browser.post(f"/l/{first}").status_code == 303
    new = "Long-enough-4-this"
    assert browser.post("/me/password", {"password": new, "again": new}).status_code == 303
    assert Browser(app).post(f"/l/{second}").status_code == 410


def test_a09_a_link_made_before_an_account_was_disabled_does_not_come_back_with_it(
    app: Flask, admin: Browser, world: World
) -> None:
    account_id = world.accounts["worker"]
    with app.app_context(), unit_of_work(drain=False) as session:
        token = account_links.create_link(session, account_links.SIGN_IN, account_id=account_id)
        path = f"/a/{world.codes['street']}/accounts/{session.get_one(Account, account_id).public_id}/disable"
    assert admin.post(path, {}).status_code == 303
    assert admin.post(path, {"on": "1"}).status_code == 303
    assert Browser(app).post(f"/l/{token}").status_code == 410


def test_a06_a_slip_of_a_member_opens_nothing_once_the_account_is_one_of_staff(
    app: Flask, world: World
) -> None:
    account_id = world.accounts["member"]
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, account_id)
        token = account_links.create_link(session, account_links.SIGN_IN, account_id=account_id)
        code = codes.make_code(session, account, SYSTEM)
        accounts.grant_role(
            session, account, "community_worker", session.get_one(Area, world.areas["happy"]), SYSTEM
        )
    assert Browser(app).post(f"/l/{token}").status_code == 410
    with app.app_context(), unit_of_work(drain=False) as session:
        assert not codes.use_code(session, session.get_one(Account, account_id), code)


def test_a30_a_refused_decision_is_on_record_in_the_name_of_who_tried(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    recorder = Actor("worker", account_id=world.accounts["worker"])
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["happy"])
        (made,) = record(session, area, [factories.make_draft(session, area, person)], recorder, "form")
        entry = session.get_one(Entry, made.entry_id).public_id
        set_setting(session, area, SECOND_PERSON, ALWAYS, SYSTEM)
    path = f"/a/{world.codes['happy']}/log/decide"
    assert (
        sign_in(world.accounts["worker"]).post(path, {"id": entry, "outcome": "confirmed"}).status_code == 303
    )
    assert statuses(app) == [PENDING]
    with app.app_context(), read_scope() as session:
        denied = session.execute(
            select(AuditRow.actor, AuditRow.object_id).where(AuditRow.result == DENIED)
        ).all()
    assert [tuple(row) for row in denied] == [("worker", "log.decide_on")]
