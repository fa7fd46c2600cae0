"""Facts, decisions and the audit log cannot be changed by SQL either, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Decision, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.audit import AuditRow
from pointsys.core.database import TRIGGERS, Base
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.factories import make_draft, make_person, make_tree


@pytest.fixture
def session(site: Site) -> Iterator[Session]:
    """A unit of work that holds one confirmed entry with its decision and its audit rows."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        draft = make_draft(session, areas["happy"], make_person(session, areas["grid1"]))
        record(session, areas["happy"], [draft], SYSTEM, "test", confirm=True)
        yield session


FROZEN = [(t.table, column) for t in TRIGGERS if t.columns and not t.erasable for column in t.columns]
ERASABLE = [(t.table, column) for t in TRIGGERS if t.columns and t.erasable for column in t.columns]


def test_every_table_that_is_frozen_refuses_all_three_ways() -> None:
    ways = {trigger.table: {"delete", "update", "truncate"} for trigger in TRIGGERS}
    there: dict[str, set[str]] = {}
    for trigger in TRIGGERS:
        way = "truncate" if trigger.truncate else "update" if trigger.columns else "delete"
        there.setdefault(trigger.table, set()).add(way)

    assert there == ways
    assert {"entry", "decision", "audit"} <= ways.keys()


@pytest.mark.parametrize("model", [Entry, Decision, AuditRow])
def test_what_is_not_frozen_is_named_here(model: type[Base]) -> None:
    table = model.__tablename__
    mutable = {column.name for column in model.__table__.columns} - {
        c for t, c in FROZEN + ERASABLE if t == table
    }

    forgetting = {"nonce", "sealed_hash", "forgotten"}
    assert mutable == {"entry": {"status"}, "decision": set(), "audit": forgetting}[table]


@pytest.mark.parametrize(
    ("table", "column"), [pair for pair in FROZEN if pair[0] in ("entry", "decision", "audit")]
)
def test_no_frozen_column_can_be_updated(session: Session, table: str, column: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), session.begin_nested():
        session.execute(text(f'UPDATE {table} SET "{column}" = "{column}"'))


@pytest.mark.parametrize(
    ("table", "column"), [pair for pair in ERASABLE if pair[0] in ("entry", "decision", "audit")]
)
def test_what_can_be_erased_cannot_say_something_else(session: Session, table: str, column: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), session.begin_nested():
        session.execute(text(f"UPDATE {table} SET {column} = 'somebody else'"))
    session.execute(text(f"UPDATE {table} SET {column} = 'erased-1'"))
    assert session.scalar(text(f"SELECT min({column}) FROM {table}")) == "erased-1"


@pytest.mark.parametrize("table", ["entry", "decision", "audit"])
def test_no_row_can_be_deleted(session: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), session.begin_nested():
        session.execute(text(f"DELETE FROM {table}"))

    assert session.scalar(text(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_replacing_a_row_is_deleting_it(session: Session) -> None:
    columns = ", ".join(column.name for column in AuditRow.__table__.columns)
    changed = columns.replace("actor", "'somebody else'")

    with pytest.raises(DBAPIError, match="audit is append-only"), session.begin_nested():
        session.execute(text(f"INSERT OR REPLACE INTO audit ({columns}) SELECT {changed} FROM audit"))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_no_table_can_be_emptied_at_once(session: Session) -> None:
    for table in ("entry", "decision", "audit"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(f"TRUNCATE {table} CASCADE"))


def test_the_cached_status_may_change(session: Session) -> None:
    session.execute(text("UPDATE entry SET status = 'voided'"))

    assert session.scalar(text("SELECT status FROM entry")) == "voided"
