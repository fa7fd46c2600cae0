"""S-06, A76: a child under 14 whose guardian has not agreed; and S-03, A77: a consent that is taken back."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.core import public_page
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.imports.runner import import_file
from pointsys.core.people import consent
from pointsys.core.people.models import Person
from pointsys.core.publicity.services import public_names
from pointsys.core.settings import set_setting
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import make_draft, make_person

# The clock of the tests stands on 10 July 2026.
CHILD, JUST_OLD_ENOUGH = date(2012, 7, 11), date(2012, 7, 10)
STAFF = Actor("worker", account_id=1)


@pytest.fixture
def engine_name() -> str:
    """The rule does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def child(app: Flask, world: World) -> str:
    """The outside id of a child of the first grid."""
    with app.app_context(), unit_of_work(drain=False) as session:
        return make_person(
            session, session.get_one(Area, world.areas["grid1"]), "孙小宝", birth_date=CHILD
        ).public_id


def of(session: Session, public_id: str) -> Person:
    return session.scalars(select(Person).where(Person.public_id == public_id)).one()


def take_part(session: Session, world: World, person: Person, title: str = "清洁家园") -> None:
    area = session.get_one(Area, world.areas["happy"])
    record(session, area, [make_draft(session, area, person, title=title)], STAFF, "form")


def test_a76_nothing_is_recorded_of_a_child_until_a_guardian_agrees(
    app: Flask, world: World, child: str, worker: Browser
) -> None:
    with app.app_context():
        with pytest.raises(Problem) as caught, unit_of_work(drain=False) as session:
            take_part(session, world, of(session, child))
        assert (caught.value.code, caught.value.params["name"]) == ("no_guardian_consent", "孙*")
        with read_scope() as session:
            assert session.scalar(select(func.count()).select_from(Entry)) == 0
    at = f"/a/{world.codes['happy']}/people/{child}"
    assert worker.page(at).select_one(f'a[href="{at}/privacy#guardian"]')
    said = {"by_whom": "孙大宝", "relation": "父亲", "method": "paper"}
    assert worker.post(f"{at}/privacy/guardian", {**said, "by_whom": ""}).status_code == 422
    assert worker.post(f"{at}/privacy/guardian", said).status_code == 303
    with app.app_context():
        with read_scope() as session:
            held = consent.current(session, [of(session, child).id])[of(session, child).id]["guardian"]
            assert (held.by_whom, held.relation, held.method, held.recorded_by) == (
                "孙大宝",
                "父亲",
                "paper",
                "worker",
            )
        with unit_of_work(drain=False) as session:
            take_part(session, world, of(session, child))
    # Taken back, it stops at once.
    assert worker.post(f"{at}/privacy/consent", {"kind": "guardian", "act": "withdraw"}).status_code == 303
    with app.app_context(), unit_of_work(drain=False) as session:
        with pytest.raises(Problem):
            take_part(session, world, of(session, child), title="又一次")


def test_a76_a_child_stands_on_no_public_list_whatever_was_agreed(
    app: Flask, world: World, child: str
) -> None:
    with app.app_context():
        with unit_of_work(drain=False) as session:
            young = of(session, child)
            older = make_person(
                session, session.get_one(Area, world.areas["grid1"]), "孙大姐", birth_date=JUST_OLD_ENOUGH
            )
            for person in (young, older):
                consent.give(
                    session, person, consent.GUARDIAN, "1", "paper", SYSTEM, by_whom="孙大宝", relation="父亲"
                )
                consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM)
            both = [young.id, older.id]
        with read_scope() as session:
            assert set(session.scalars(consent.ranking_people())) == {both[1]}
            assert public_names(session, both) == {both[1]: "孙*"}


def test_a76_the_day_of_the_fourteenth_birthday_needs_nobody(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        grid = session.get_one(Area, world.areas["grid1"])
        take_part(session, world, make_person(session, grid, "孙大姐", birth_date=JUST_OLD_ENOUGH))
        assert session.scalar(select(func.count()).select_from(Entry)) == 1


def test_a76_a_row_of_an_imported_sheet_about_such_a_child_is_at_fault(
    app: Flask, world: World, child: str
) -> None:
    rows = ("孙小宝,清扫,志愿服务,2026-07-01,2", "李一,清扫,志愿服务,2026-07-01,2")
    sheet = "\n".join(("姓名,活动名称,活动类别,日期,时长", *rows))
    with app.app_context():
        with read_scope() as session:
            area = session.get_one(Area, world.areas["happy"])
            session.expunge(area)
        report = import_file("activity_log", sheet.encode(), "记录.csv", area, STAFF, skip_errors=True)
        assert [(note.row, note.fault.code) for note in report.errors] == [(2, "no_guardian_consent")]
        with read_scope() as session:
            people = select(Person.name).join(Entry, Entry.person_id == Person.id)
            assert session.scalars(people).all() == ["李一"]


@pytest.mark.parametrize(
    ("by_whom", "relation"), [("", "母亲"), ("孙妈妈", ""), ("孙" * 61, "母亲"), (" ", " ")]
)
def test_a_guardian_has_a_name_and_a_relation(
    app: Flask, world: World, child: str, by_whom: str, relation: str
) -> None:
    with app.app_context():
        with pytest.raises(Problem) as caught, unit_of_work(drain=False) as session:
            consent.give(
                session,
                of(session, child),
                consent.GUARDIAN,
                "1",
                "paper",
                SYSTEM,
                by_whom=by_whom,
                relation=relation,
            )
    assert caught.value.code == "guardian_needed"


def test_a77_a_ranking_consent_taken_back_works_at_once_and_costs_nothing(
    app: Flask, clock: FixedClock, world: World, sign_in: SignIn
) -> None:
    name = "李*"
    with app.app_context():
        with unit_of_work() as session:
            street = session.get_one(Area, world.areas["street"])
            switch_plugin(session, street, "volunteer", True, SYSTEM)
            for key in (public_page.PAGE, public_page.RANKING):
                set_setting(session, street, key, True, SYSTEM)
            area = session.get_one(Area, world.areas["happy"])
            for place in ("grid1", "grid2"):
                person = session.get_one(Person, world.person_ids[place])
                consent.give(session, person, consent.RANKING, "1", "paper", SYSTEM)
                record(session, area, [make_draft(session, area, person)], STAFF, "form", confirm=True)
    public = f"/public/{world.codes['happy']}/"
    stranger, member = Browser(app), sign_in(world.accounts["member"])
    assert name in stranger.page(public).get_text()

    form = {"act": "withdraw", "kind": "ranking", "from": "privacy"}
    assert member.post("/me/consent", form).status_code == 303
    assert name not in stranger.page(public).get_text()
    # The service goes on, with the hours that were there.
    assert "2.0" in member.page("/me").get_text()
    assert member.get("/me/entries").status_code == 200
    clock.advance(minutes=1)
    assert member.post("/me/consent", {**form, "act": "give"}).status_code == 303
    assert name in stranger.page(public).get_text()


def test_s03_nothing_is_agreed_beforehand_and_nobody_agrees_for_a_child_by_themselves(
    app: Flask, world: World, sign_in: SignIn
) -> None:
    member = sign_in(world.accounts["member"])
    page = member.page("/me/privacy")
    assert page.select("#consents .badge-ok") == []
    assert len(page.select("#consents .badge-off")) == 3
    for kind in ("guardian", "notice", "everything"):
        assert member.post("/me/consent", {"act": "give", "kind": kind}).status_code == 404
    with app.app_context(), read_scope() as session:
        assert consent.current(session, [world.person_ids["grid1"]]) == {}
