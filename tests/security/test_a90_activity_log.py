"""A90 on the activity log: entries, decisions and statuses that came by SQL are named."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.audit.sealer import seal
from pointsys.core.audit.verify import verify
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import MakeApp
from tests.factories import make_draft, make_person, make_tree
from tests.security.chains import act, first_of, tamper

# Rows that are put in by SQL get numbers beyond those of the program: its own begin with 1 here.
pytestmark = pytest.mark.own_database


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """Nothing here needs a page."""
    return make_app(web=False)


@pytest.fixture
def ledger(site: Site) -> list[int]:
    """Three confirmed entries and their decisions, sealed; the entries' ids."""
    return recorded(confirm=True)


@pytest.fixture
def waiting(site: Site) -> list[int]:
    """Three entries that nobody decided on, sealed; their ids."""
    return recorded(confirm=False)


def recorded(*, confirm: bool, sealed: bool = True) -> list[int]:
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        drafts = [
            make_draft(session, areas["happy"], make_person(session, areas["grid1"], name))
            for name in ("张一", "李二", "王三")
        ]
        made = record(session, areas["happy"], drafts, SYSTEM, "test", confirm=confirm)
        ids = [row.entry_id for row in made]
    if sealed:
        seal()
    return ids


def test_a90_an_entry_and_a_decision_changed_past_the_triggers_are_named(ledger: list[int]) -> None:
    assert verify().ok
    tamper("UPDATE entry SET quantity = 99900 WHERE id = :id", id=ledger[1])
    assert first_of(verify()) == ("changed", "entry", ledger[1])


def test_a90_a_decision_taken_out_is_named(ledger: list[int]) -> None:
    with read_scope() as session:
        decision = session.scalar(text("SELECT id FROM decision WHERE entry_id = :id"), {"id": ledger[2]})
    tamper("DELETE FROM decision WHERE id = :id", id=decision)
    assert first_of(verify()) == ("missing", "decision", decision)


@pytest.mark.parametrize("status", ["pending", "voided"])
def test_a90_a_status_that_no_decision_gave_is_named(ledger: list[int], status: str) -> None:
    with unit_of_work(drain=False) as session:
        decide(session, ledger[:1], "voided", "twice", SYSTEM)
    seal()
    assert verify().ok
    # No trigger is in the way: the status is the one column that may change.
    with unit_of_work(drain=False) as session:
        session.execute(text("UPDATE entry SET status = 'confirmed' WHERE id = :id"), {"id": ledger[0]})
        session.execute(
            text("UPDATE entry SET status = :status WHERE id = :id"), {"status": status, "id": ledger[2]}
        )
    report = verify()
    assert first_of(report) == ("status", "entry", ledger[0])
    assert [finding.row for finding in report.findings] == [ledger[0], ledger[2]]


def test_a90_a_waiting_entry_confirmed_by_sql_alone_is_named(
    waiting: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsys.core.audit.sets.ENTRIES_AT_ONCE", 1)
    assert verify().ok
    with unit_of_work(drain=False) as session:
        session.execute(text("UPDATE entry SET status = 'confirmed' WHERE id = :id"), {"id": waiting[1]})
    assert first_of(verify()) == ("status", "entry", waiting[1])


FORGED_ENTRY = (
    "INSERT INTO entry (id, public_id, activity_id, area_id, person_id, person_area_id, kind_id, title, local_date, "
    "start_key, quantity, unit, role, source, source_ref, recorded_by, recorded_at, status, mark) "
    "SELECT 900, 'forgedforgedforg', activity_id, area_id, person_id, person_area_id, kind_id, title, local_date, "
    "'x', quantity, unit, role, source, source_ref, recorded_by, recorded_at, 'confirmed', {mark} "
    "FROM entry WHERE id = :id"
)
FORGED_DECISION = (
    "INSERT INTO decision (id, entry_id, outcome, reason, actor, account_id, second_person, at, mark) "
    "SELECT 900, {entry}, 'confirmed', '', actor, account_id, second_person, at, {mark} "
    "FROM decision WHERE entry_id = :id"
)


@pytest.mark.parametrize(("mark", "code"), [("NULL", "inserted"), ("mark", "forged")])
@pytest.mark.parametrize("sealed_first", [False, True])
def test_a90_an_entry_and_its_confirmation_put_in_by_sql_are_named(
    ledger: list[int], mark: str, code: str, sealed_first: bool
) -> None:
    tamper(FORGED_ENTRY.format(mark=mark), FORGED_DECISION.format(entry=900, mark=mark), id=ledger[0])
    if sealed_first:
        seal()
    report = verify()
    assert first_of(report) == (code, "entry", 900)
    assert (code, "decision", 900) in {(f.code, f.log, f.row) for f in report.findings}


def test_a90_the_first_entry_of_a_young_site_put_in_by_sql_is_named(waiting: list[int]) -> None:
    tamper("DELETE FROM audit_block WHERE log = 'entry'", "UPDATE entry SET mark = NULL")
    assert first_of(verify())[0] in {"block_missing", "inserted"}
    assert ("inserted", "entry", waiting[0]) in {(f.code, f.log, f.row) for f in verify().findings}


def test_a90_an_entry_changed_before_it_was_sealed_is_named(site: Site) -> None:
    ids = recorded(confirm=True, sealed=False)
    assert verify().ok
    tamper("UPDATE entry SET quantity = 99900 WHERE id = :id", id=ids[1])
    assert first_of(verify()) == ("forged", "entry", ids[1])
    seal()
    assert first_of(verify()) == ("forged", "entry", ids[1])


def test_a90_an_earlier_decision_put_in_once_more_is_named(ledger: list[int]) -> None:
    with unit_of_work(drain=False) as session:
        decide(session, ledger[:1], "voided", "twice", SYSTEM)
    tamper(
        FORGED_DECISION.format(entry="entry_id", mark="mark") + " AND outcome = 'confirmed'",
        "UPDATE entry SET status = 'confirmed' WHERE id = :id",
        id=ledger[0],
    )
    assert first_of(verify()) == ("copied", "decision", 900)


def test_entries_from_before_there_were_marks_are_sealed_as_they_are(site: Site) -> None:
    recorded(confirm=True, sealed=False)
    tamper(
        "UPDATE audit SET mark = NULL, nonce = NULL, account = NULL",
        "UPDATE entry SET mark = NULL",
        "UPDATE decision SET mark = NULL",
    )
    assert verify().ok, "just after the upgrade"
    act(1)
    with read_scope() as session:
        ids = list(session.scalars(text("SELECT id FROM entry ORDER BY id")))
    with unit_of_work(drain=False) as session:
        decide(session, ids[:1], "voided", "twice", SYSTEM)
    seal()
    assert verify().ok, verify().findings
    tamper("UPDATE entry SET quantity = 99900 WHERE id = :id", id=ids[2])
    assert first_of(verify()) == ("changed", "entry", ids[2])
    tamper(FORGED_DECISION.format(entry=ids[0], mark="NULL") + " AND outcome = 'voided'", id=ids[0])
    assert ("inserted", "decision", 900) in {(f.code, f.log, f.row) for f in verify().findings}
