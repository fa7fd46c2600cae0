"""The auditor's pages: what they find, what they prove, and for whom; and what people see of what concerns them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import select, text

from pointsys.core import audit
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit.anchors import public_key
from pointsys.core.audit.jobs import verify_and_note
from pointsys.core.audit.retention import DEFAULT_DAYS, keep_days
from pointsys.core.audit.sealer import seal
from pointsys.core.database import create_triggers, drop_triggers
from pointsys.core.jobs.models import Job
from pointsys.core.jobs.running import run_waiting
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, unmask, update_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.factories import HAPPY, STREET, SUNNY, make_account, make_draft


@pytest.fixture
def engine_name() -> str:
    """The chain is tested on both engines elsewhere, and the pages only read."""
    return "sqlite"


@pytest.fixture
def auditor(app: Flask, sign_in: SignIn, world: World) -> Browser:
    """Somebody who has no other post."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account_id = make_account(
            session, "audit_admin", session.get_one(Area, world.areas["street"]), login="auditor"
        ).id
    return sign_in(account_id)


def row_id(app: Flask, event: str) -> int:
    with app.app_context(), read_scope() as session:
        return int(
            session.scalar(select(audit.AuditRow.id).where(audit.AuditRow.event == event).limit(1)) or 0
        )


def spoil(app: Flask, number: int) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        drop_triggers(session.connection(), {"audit"})
        session.execute(text("UPDATE audit SET count = 7 WHERE id = :id"), {"id": number})
        create_triggers(session.connection(), {"audit"})


def test_the_log_can_be_narrowed_to_an_object_an_area_and_an_account(
    app: Flask, auditor: Browser, worker: Browser, world: World
) -> None:
    worker.post(f"/a/{HAPPY}/people/new", {"name": "吴九", "area": HAPPY})
    with app.app_context(), read_scope() as session:
        account = session.get_one(Account, world.accounts["worker"]).public_id

    def events(query: str) -> int:
        return len(auditor.page(f"/a/{STREET}/audit?{query}").select("tbody tr"))

    assert events(f"q={account}&event=person.created") == 1
    assert events("event=person.created&object=account") == 0
    assert events(f"event=person.created&area={SUNNY}") < events(f"event=person.created&area={STREET}")
    assert events("area=nowhere") == 0


def test_a_line_shows_what_it_holds_and_that_it_is_proved(app: Flask, auditor: Browser) -> None:
    number = row_id(app, "person.created")
    path = f"/a/{STREET}/audit/{number}"
    assert auditor.page(path).select_one("#proof .badge-info") is not None
    with app.app_context():
        seal()
    assert auditor.page(path).select_one("#proof .badge-ok") is not None
    spoil(app, number)
    assert auditor.page(path).select_one("#proof .badge-no") is not None


def test_lines_of_other_areas_answer_like_missing_ones(
    app: Flask, sign_in: SignIn, world: World, auditor: Browser
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        happy = session.get_one(Area, world.areas["happy"])
        local = make_account(session, "audit_admin", happy, login="local").id
        audit.write(session, SYSTEM, "area.renamed", "area", SUNNY, area_id=world.areas["sunny"])
    foreign = row_id(app, "area.renamed")
    browser = sign_in(local)
    assert auditor.get(f"/a/{STREET}/audit/{foreign}").status_code == 200
    assert browser.get(f"/a/{HAPPY}/audit/{foreign}").status_code == 404
    assert browser.get(f"/a/{HAPPY}/audit/987654321").status_code == 404
    assert browser.get(f"/a/{HAPPY}/audit/{'9' * 20}").status_code == 404, "more than the databases can count"
    assert browser.get(f"/a/{HAPPY}/audit/proof").status_code == 404, "the chain is the whole site's"


def test_the_proof_is_checked_in_the_background_and_names_what_is_wrong(app: Flask, auditor: Browser) -> None:
    path = f"/a/{STREET}/audit/proof"
    assert auditor.post(f"{path}/check").status_code == 303
    with app.app_context():
        assert run_waiting() == 1
    assert auditor.page(path).select_one("#state .badge-ok") is not None
    number = row_id(app, "person.created")
    spoil(app, number)
    auditor.post(f"{path}/check")
    with app.app_context():
        run_waiting()
        with read_scope() as session:
            job = session.scalars(select(Job).order_by(Job.id.desc())).first()
            assert job is not None
            assert json.loads(job.result)["first"]["row"] == number
    notice = auditor.page(path).select_one(".notice-danger")
    assert notice is not None
    assert str(number) in notice.text
    assert auditor.page(f"/a/{STREET}/audit").select_one(".chain-state .badge-no") is not None


def test_a_head_put_outside_stands_on_the_page_to_be_printed(auditor: Browser) -> None:
    assert auditor.post(f"/a/{STREET}/audit/proof/head").status_code == 303
    assert len(auditor.page(f"/a/{STREET}/audit/proof").select("#heads tbody tr")) == 1


def test_s20_the_page_refuses_179_days(app: Flask, auditor: Browser) -> None:
    path = f"/a/{STREET}/audit/proof/keep"
    assert auditor.post(path, {"days": "179"}).status_code == 422
    assert auditor.post(path, {"days": "many"}).status_code == 422
    with app.app_context(), read_scope() as session:
        assert keep_days(session) == DEFAULT_DAYS
    assert auditor.post(path, {"days": "180"}).status_code == 303
    with app.app_context(), read_scope() as session:
        assert keep_days(session) == 180


def test_the_signed_file_proves_itself_with_the_public_key_alone(app: Flask, auditor: Browser) -> None:
    data = auditor.get(f"/a/{STREET}/audit?event=person.created&export=signed").data
    body, end = data[: data.rindex(b"\n", 0, -1) + 1], json.loads(data.splitlines()[-1])
    head = json.loads(data.splitlines()[-2])
    with app.app_context():
        assert head["key"] == public_key()
    assert end["sha256"] == hashlib.sha256(body).hexdigest()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(head["key"]))
    key.verify(base64.b64decode(end["signature"]), body)
    assert head["rows"] == len(data.splitlines()) - 2 > 0


def test_the_auditor_s_pages_cost_the_same_however_long_the_log_is(app: Flask, auditor: Browser) -> None:
    number = row_id(app, "person.created")
    paths = [f"/a/{STREET}/audit", f"/a/{STREET}/audit/{number}", f"/a/{STREET}/audit/proof"]
    with app.app_context():
        seal()
    costs: list[int] = []
    for _round in range(2):
        for path in paths:
            with counted(app) as statements:
                auditor.page(path)
            costs.append(len(statements))
        with app.app_context():
            for count in range(30):
                with unit_of_work(drain=False) as session:
                    audit.write(session, SYSTEM, "sign_in", "account", f"x{count}")
            seal()
    assert costs[:3] == costs[3:]
    assert max(costs) <= 18


def test_a31_who_keeps_the_machine_reads_no_people_and_nobody_deletes_or_changes_a_line(
    app: Flask, sign_in: SignIn, world: World, auditor: Browser
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        street = session.get_one(Area, world.areas["street"])
        system = make_account(session, "system_admin", street, login="machine").id
    machine = sign_in(system)
    person = world.people["happy"]
    for path in (f"/a/{HAPPY}/people", f"/a/{HAPPY}/people/{person}", f"/a/{HAPPY}/people/{person}/changes"):
        assert machine.get(path).status_code in (403, 404)
        assert auditor.get(path).status_code in (403, 404)
    assert machine.get(f"/a/{STREET}/audit").status_code in (403, 404)
    for path in (f"/a/{HAPPY}/people/new", f"/a/{HAPPY}/people/distinct"):
        assert auditor.post(path, {"name": "x"}).status_code in (403, 404)
    writes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "audit" in rule.rule and rule.methods and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert writes == {f"/a/<code>/audit/proof/{act}" for act in ("check", "head", "keep")}
    with app.app_context():
        report = verify_and_note(SYSTEM)
        assert report.ok
        with read_scope() as session:
            denied = session.scalar(text("SELECT count(*) FROM audit WHERE result = 'denied'"))
    assert denied is not None
    assert denied >= 9


def live(app: Flask, world: World) -> None:
    """Somebody records, changes and looks, and another community records as well."""
    staff = Actor("worker", account_id=world.accounts["worker"])
    with app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, world.person_ids["grid1"])
        for area, title in (("happy", "清洁家园"), ("sunny", "邻居的活动")):
            place = session.get_one(Area, world.areas[area])
            record(
                session, place, [make_draft(session, place, person, title=title)], staff, "test", confirm=True
            )
        update_person(session, person, PersonData(person.name, person.area_id, note="耳背"), staff)
        unmask(session, person, "phone", "通知开会", staff)


def test_members_see_who_recorded_changed_and_looked_in_words(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    live(app, world)
    lines = [
        line.get_text(" ", strip=True)
        for line in sign_in(world.accounts["member"]).page("/me/changes").select("main .lines li")
    ]
    told = "\n".join(lines)
    assert "清洁家园" in told
    assert "通知开会" in told
    assert not any("person." in line or "entry" in line for line in lines)
    # Who works in another community is not told.
    (elsewhere, _confirmed) = [line for line in lines if "邻居的活动" in line]
    assert "worker" not in elsewhere


def test_staff_see_the_same_beside_the_person_s_page_and_only_in_their_area(
    app: Flask, sign_in: SignIn, worker: Browser, world: World
) -> None:
    live(app, world)
    path = f"people/{world.people['grid1']}/changes"
    assert len(worker.page(f"/a/{HAPPY}/{path}").select("main .lines li")) >= 6
    assert sign_in(world.accounts["sunny_worker"]).get(f"/a/{SUNNY}/{path}").status_code == 404


def test_what_concerns_somebody_costs_the_same_after_many_years(
    app: Flask, sign_in: SignIn, world: World
) -> None:
    member = sign_in(world.accounts["member"])
    costs: list[int] = []
    for _round in range(2):
        live(app, world) if not costs else None
        with counted(app) as statements:
            member.page("/me/changes")
        costs.append(len(statements))
        with app.app_context(), unit_of_work(drain=False) as session:
            place = session.get_one(Area, world.areas["happy"])
            person = session.get_one(Person, world.person_ids["grid1"])
            for number in range(25):
                record(
                    session,
                    place,
                    [make_draft(session, place, person, title=f"第{number}次")],
                    SYSTEM,
                    "test",
                )
    assert costs[0] == costs[1]


def test_somebody_without_a_person_is_told_what_to_do(admin: Browser) -> None:
    assert admin.page("/me/changes").select_one(".empty") is not None
