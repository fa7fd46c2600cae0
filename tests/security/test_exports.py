"""Exports: numbered and registered, with a second person for long lists of numbers, and links that are good once.

S-24, S-29, S-39; attacks A28 and A80.
"""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.actors import SYSTEM
from pointsys.core.alerts import SecurityAlert
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.batches import Batch
from pointsys.core.exports import services
from pointsys.core.exports.models import ExportFile
from pointsys.core.imports.columns import columns_for
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person, PersonUnmasking
from pointsys.core.people.services import PersonData, update_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import is_masked, mask_id_number, mask_phone
from pointsys.kit.spreadsheet import find_header, read_rows
from pointsys.kit.spreadsheet.header import data_rows
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, SUNNY, make_person

PHONE, ID_NUMBER = "13800138001", "110101199003070011"
REASON = "yearly check of the roster"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def second(app: Flask, sign_in: SignIn, world: World) -> Browser:
    """Another worker of the same community."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = accounts.create_account(session, "second", SYSTEM)
        happy = session.get_one(Area, world.areas["happy"])
        accounts.grant_role(session, account, "community_worker", happy, SYSTEM)
        account_id = account.id
    return sign_in(account_id)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of three are long ones."""
    monkeypatch.setattr(services, "SECOND_PERSON_FROM", 2)


def order(browser: Browser, form: str = "xlsx", path: str = f"/a/{HAPPY}/people/export") -> str:
    """The address of the page of a new order."""
    answer = browser.post(path, {"reason": REASON, "form": form})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def cells(answer: TestResponse) -> list[tuple[object, ...]]:
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


def give_id_number(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        person = session.get_one(Person, world.person_ids["happy"])
        update_person(session, person, PersonData(person.name, person.area_id, id_number=ID_NUMBER), SYSTEM)


def register(app: Flask) -> list[ExportFile]:
    with app.app_context(), read_scope() as session:
        rows = list(session.scalars(select(ExportFile).order_by(ExportFile.id)))
        session.expunge_all()
        return rows


def events(app: Flask) -> list[tuple[str, str, int]]:
    with app.app_context(), read_scope() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.object_type == "export").order_by(AuditRow.id))
        return [(row.event, row.actor, row.count) for row in rows]


def test_every_list_bears_its_number_and_stands_in_the_register(app: Flask, worker: Browser) -> None:
    rows = cells(worker.get(f"/a/{HAPPY}/people?q=li&export=xlsx"))
    (made,) = register(app)
    mark = str(rows[2][0])
    assert made.number in mark
    assert "worker" in mark
    assert "2026-07-10" in mark
    assert (made.list_name, made.rows, made.identifiers, made.state) == ("people.index", 1, False, "taken")
    text = worker.get(f"/a/{HAPPY}/people?export=csv").data
    assert register(app)[1].number in text.decode("utf-8-sig").splitlines()[-1]
    assert register(app)[1].sha256 == services.digest(text)


def test_the_foot_of_printed_sheets_and_the_properties_name_who_took_them(
    app: Flask, worker: Browser
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(worker.get(f"/a/{HAPPY}/people?export=xlsx").data))
    number = register(app)[0].number
    assert book.active is not None
    assert book.active.oddFooter is not None
    assert number in str(book.active.oddFooter.left.text)
    assert number in str(book.properties.description)


def test_the_register_keeps_no_number_that_was_searched_for(app: Flask, worker: Browser) -> None:
    worker.get(f"/a/{HAPPY}/people?q={PHONE}&export=csv")
    assert PHONE[3:] not in register(app)[0].arguments
    page = worker.post(f"/a/{HAPPY}/people/export?q={PHONE}", {"reason": REASON, "form": "csv"})
    assert page.status_code == 422
    assert len(register(app)) == 1


def test_numbers_in_full_need_the_right_and_a_reason(app: Flask, sign_in: SignIn, world: World) -> None:
    give_id_number(app, world)
    assert sign_in(world.accounts["secretary"]).get(f"/a/{HAPPY}/people/export").status_code == 403
    assert sign_in(world.accounts["sunny_worker"]).get(f"/a/{HAPPY}/people/export").status_code == 404
    worker = sign_in(world.accounts["worker"])
    for reason in ("", "  ", "x", "x" * 300):
        answer = worker.post(f"/a/{HAPPY}/people/export", {"reason": reason, "form": "xlsx"})
        assert answer.status_code == 422
    assert register(app) == []
    page = order(worker)
    answer = worker.post(f"{page}/file")
    text = str(cells(answer))
    assert PHONE in text
    assert ID_NUMBER in text
    assert events(app) == [("export.ordered", "worker", 3), ("export.fetched", "worker", 3)]
    assert register(app)[0].sha256 == services.digest(answer.data)
    # Whoever asks who looked at their numbers is told of it, once for a file that was fetched again.
    worker.post(f"{page}/file")
    with app.app_context(), read_scope() as session:
        looks = session.execute(select(PersonUnmasking.field, PersonUnmasking.reason)).all()
    assert sorted(looks) == [("id_number", REASON), *[("phone", REASON)] * 3]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_exported_roster_can_be_corrected_and_brought_in_again(
    app: Flask, worker: Browser, world: World, form: str
) -> None:
    give_id_number(app, world)
    data = worker.post(f"{order(worker, form)}/file").data
    book = read_rows(data, f"roster.{form}")
    with app.app_context(), read_scope() as session:
        specs = columns_for(session, world.areas["happy"], "people").specs
    header = find_header(book.rows, specs)
    assert header is not None
    assert {"name", "sex", "id_number", "phone", "birth_date", "community", "grid"} <= set(header.mapping)
    assert len(list(data_rows(book.rows, header))) == 3


def test_a_list_with_masks_is_not_taken_for_a_roster_with_numbers(app: Flask, worker: Browser) -> None:
    data = worker.get(f"/a/{HAPPY}/people?export=csv").data
    form = {"kind": "people", "file": (io.BytesIO(data), "people.csv")}
    place = worker.post(f"/a/{HAPPY}/imports/", form, content_type="multipart/form-data").location
    assert place
    page = worker.page(str(place)).get_text()
    # All three have a phone, and the line at the end of the file is nobody.
    assert page.count("该号码已打码") >= 1
    with app.app_context(), read_scope() as session:
        counts = session.scalars(select(Batch.counts)).one()
        assert '"error": 3' in counts


@pytest.mark.parametrize("number", ["13800138001", "0991-1234567", "021-12345678"])
def test_what_is_masked_is_known_to_be_masked(number: str) -> None:
    assert is_masked(mask_phone(number))
    assert not is_masked(number)
    assert is_masked(mask_id_number())


def test_a80_a_long_list_with_numbers_needs_a_second_person_a_watermark_and_audit_rows(
    app: Flask, worker: Browser, second: Browser, few: None
) -> None:
    page = order(worker)
    waiting = worker.post(f"{page}/file")
    assert waiting.status_code == 422
    assert PHONE not in waiting.text
    with app.app_context(), read_scope() as session:
        alert = session.scalars(select(SecurityAlert)).one()
        assert (alert.kind, alert.by) == ("export.identifiers", "worker")
    assert "等第二人同意" in second.page(f"/a/{HAPPY}/").get_text()
    # Neither the one who ordered it, nor somebody elsewhere, lets it go.
    assert worker.post(f"{page}/decide", {"act": "approve"}).status_code == 303
    assert register(app)[0].state == "waiting"
    assert second.post(f"{page}/decide", {"act": "approve"}).status_code == 303
    made = register(app)[0]
    assert (made.state, made.decided_by) == ("ready", "second")
    # The second person agrees, and does not get the file for it.
    assert second.post(f"{page}/file").status_code == 404
    rows = cells(worker.post(f"{page}/file"))
    assert made.number in str(rows[2][0])
    assert [event[:2] for event in events(app)] == [
        ("export.ordered", "worker"), ("export.approved", "second"), ("export.fetched", "worker"),
    ]  # fmt: skip


def test_a80_two_accounts_of_one_human_being_are_one_person(
    app: Flask, worker: Browser, second: Browser, world: World, few: None
) -> None:
    page = order(worker)
    with app.app_context(), unit_of_work(drain=False) as session:
        grid = session.get_one(Area, world.areas["grid1"])
        for login in ("worker", "second"):
            person = make_person(session, grid, "王五")
            session.scalars(select(Account).where(Account.login == login)).one().person_id = person.id
        first, other = session.scalars(select(Person).where(Person.name == "王五").order_by(Person.id)).all()
        merge_people(session, first, other, SYSTEM)
    second.post(f"{page}/decide", {"act": "approve"})
    assert register(app)[0].state == "waiting"


def test_a80_a_list_that_is_refused_or_grew_meanwhile_does_not_leave(
    app: Flask, worker: Browser, second: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = order(worker)
    monkeypatch.setattr(services, "SECOND_PERSON_FROM", 2)
    assert worker.post(f"{short}/file").status_code == 422
    refused = order(worker)
    second.post(f"{refused}/decide", {"act": "refuse"})
    assert worker.post(f"{refused}/file").status_code == 410
    assert [row.state for row in register(app)] == ["ready", "refused"]


def test_a28_a_link_is_for_its_owner_for_a_day_and_for_one_file(
    app: Flask, worker: Browser, second: Browser, sign_in: SignIn, world: World, clock: FixedClock
) -> None:
    page = order(worker)
    identifier = page.rpartition("/")[2]
    assert re.fullmatch(r"[a-z0-9]{16}", identifier)
    # A guess, somebody else in the same place, and somebody elsewhere: all the same.
    for browser, path in (
        (worker, f"/a/{HAPPY}/exports/{'a' * 16}/file"),
        (second, f"{page}/file"),
        (sign_in(world.accounts["sunny_worker"]), f"/a/{SUNNY}/exports/{identifier}/file"),
        (sign_in(world.accounts["grid_worker"]), f"{page}/file"),
    ):
        answer = browser.post(path)
        assert answer.status_code == 404, path
        assert PHONE not in answer.text
    # A preview of the address fetches nothing.
    assert worker.get(f"{page}/file").status_code == 405
    assert worker.post(f"{page}/file").status_code == 200
    clock.advance(minutes=5)
    assert worker.post(f"{page}/file").status_code == 200
    clock.advance(minutes=6)
    assert worker.post(f"{page}/file").status_code == 410
    assert worker.get(page).status_code == 410


def test_a28_nobody_fetches_it_after_its_day_or_without_the_right(
    app: Flask, worker: Browser, world: World, sign_in: SignIn, clock: FixedClock
) -> None:
    late, taken = order(worker), order(worker)
    with app.app_context(), unit_of_work(drain=False) as session:
        grant = session.scalars(
            select(RoleGrant).where(RoleGrant.account_id == world.accounts["worker"])
        ).one()
        accounts.end_role(session, grant, SYSTEM)
    assert worker.post(f"{taken}/file").status_code == 404
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["worker"])
        happy = session.get_one(Area, world.areas["happy"])
        accounts.grant_role(session, account, "community_worker", happy, SYSTEM)
    clock.advance(hours=24)
    again = sign_in(world.accounts["worker"])
    assert again.post(f"{late}/file").status_code == 410
    with app.app_context(), unit_of_work(drain=False) as session:
        services.expire(session, clock())
    assert {row.state for row in register(app)} == {"expired"}


def test_the_register_shows_ones_own_and_all_to_those_who_audit(
    worker: Browser, second: Browser, admin: Browser, sign_in: SignIn, world: World, few: None
) -> None:
    worker.get(f"/a/{HAPPY}/people?export=csv")
    order(worker)
    assert len(worker.page(f"/a/{HAPPY}/exports").select("tbody tr")) == 2
    assert len(second.page(f"/a/{HAPPY}/exports").select("tbody tr")) == 1
    assert len(admin.page(f"/a/{STREET}/exports").select("tbody tr")) == 2
    assert sign_in(world.accounts["sunny_worker"]).page(f"/a/{SUNNY}/exports").select("tbody tr") == []


def test_s39_an_account_that_takes_everything_away_is_stopped_and_told_of(
    app: Flask, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "EXPORTS_PER_HOUR", 2)
    assert [worker.get(f"/a/{HAPPY}/people?export=csv").status_code for _ in range(3)] == [200, 200, 429]
    assert int(worker.get(f"/a/{HAPPY}/people?export=csv").headers["Retry-After"]) <= 3_600
    assert len(register(app)) == 2
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(SecurityAlert.kind)).all() == ["export.many"]
    # Pages go on.
    assert worker.get(f"/a/{HAPPY}/people").status_code == 200


def test_a80_orders_of_one_human_being_add_up_over_a_day(
    app: Flask,
    worker: Browser,
    sign_in: SignIn,
    world: World,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lists below the limit, one after another, are a long list in pieces, be they of two accounts of one person."""
    monkeypatch.setattr(services, "SECOND_PERSON_FROM", 7)
    with app.app_context(), unit_of_work(drain=False) as session:
        person = world.person_ids["happy"]
        session.get_one(Account, world.accounts["worker"]).person_id = person
        merged = make_person(
            session, session.get_one(Area, world.areas["happy"]), "钱福", phone="13900001234"
        )
        twin = accounts.create_account(session, "twin", SYSTEM, person_id=merged.id)
        accounts.grant_role(
            session, twin, "community_worker", session.get_one(Area, world.areas["happy"]), SYSTEM
        )
        merge_people(session, session.get_one(Person, person), merged, SYSTEM)
        twin_id = twin.id
    first = order(worker)
    assert worker.post(f"{first}/file").status_code == 200
    order(worker)
    order(sign_in(twin_id))
    assert [(row.rows, row.state) for row in register(app)] == [(3, "taken"), (3, "ready"), (3, "waiting")]
    # A day later what was taken counts no more, nor what nobody fetched.
    clock.advance(hours=24, minutes=1)
    order(sign_in(twin_id))
    assert register(app)[-1].state == "ready"


def test_a80_exactly_the_number_of_the_rule_is_a_long_list(
    app: Flask, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SECOND_PERSON_FROM", 3)
    assert worker.page(f"/a/{HAPPY}/people/export").select_one(".notice-warning")
    order(worker)
    assert register(app)[0].state == "waiting"


def test_a80_a_list_that_grows_counts_with_what_else_was_ordered(
    app: Flask, worker: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SECOND_PERSON_FROM", 7)
    first, second_order = order(worker), order(worker)
    with app.app_context(), unit_of_work(drain=False) as session:
        make_person(session, session.get_one(Area, world.areas["happy"]), "新来", phone="13900001234")
    assert worker.post(f"{first}/file").status_code == 422
    assert worker.post(f"{second_order}/file").status_code == 422


def test_whoever_audits_reads_no_name_that_somebody_looked_for(
    worker: Browser, second: Browser, admin: Browser, few: None
) -> None:
    """Neither in the search that was exported, nor in the free text of what it was for."""
    worker.get(f"/a/{HAPPY}/people?q=钱福&export=csv")
    form = {"reason": "钱福本人要求核对", "form": "csv"}
    page = str(worker.post(f"/a/{HAPPY}/people/export?q=钱福", form).location)
    theirs = page.replace(HAPPY, STREET)
    assert "钱福" in second.page(page).text, "who decides has to know"
    assert "钱福" in worker.page(page).text
    seen = [theirs, f"/a/{STREET}/exports", f"/a/{STREET}/exports?export=csv"]
    seen += [str(a["href"]) for a in admin.page(f"/a/{STREET}/exports").select("td.lead a")]
    assert len(seen) >= 5
    for path in seen:
        answer = admin.get(path)
        assert answer.status_code == 200, path
        assert "钱福" not in answer.data.decode("utf-8-sig"), path
