"""One write transaction, committed once, undone whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.audit import AuditRow
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import MakeApp
from tests.factories import STREET


def _areas(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Area)) or 0


def test_what_a_unit_of_work_wrote_is_there_after_it(site: Site) -> None:
    with unit_of_work() as session:
        create_area(session, STREET, "平安街道", None, SYSTEM)

    with read_scope() as session:
        assert _areas(session) == 1


def _write_and_then(act: Callable[[Session], object]) -> None:
    with unit_of_work() as session:
        create_area(session, STREET, "平安街道", None, SYSTEM)
        act(session)


def test_an_error_undoes_all_of_it_and_the_audit_row_too(site: Site) -> None:
    with pytest.raises(ZeroDivisionError):
        _write_and_then(lambda _session: 1 // 0)

    with read_scope() as session:
        assert _areas(session) == 0
        assert session.scalar(select(func.count()).select_from(AuditRow)) == 0


def test_nobody_else_commits(site: Site) -> None:
    with pytest.raises(RuntimeError, match="only unit_of_work commits"):
        _write_and_then(lambda session: session.commit())

    with read_scope() as session:
        assert _areas(session) == 0


def test_rows_do_not_change_outside_a_unit_of_work(site: Site) -> None:
    with read_scope() as session:
        session.add(Area(code=STREET, name="平安街道", level="subdistrict"))
        with pytest.raises(RuntimeError, match="inside unit_of_work only"):
            session.flush()


def test_a_unit_of_work_inside_another_is_an_error(site: Site) -> None:
    with pytest.raises(RuntimeError, match="already open"), unit_of_work():
        with unit_of_work():
            pass


def test_reading_inside_a_unit_of_work_does_not_end_it(site: Site) -> None:
    with unit_of_work() as session:
        create_area(session, STREET, "平安街道", None, SYSTEM)
        with read_scope() as reading:
            assert _areas(reading) == 1

    with read_scope() as session:
        assert _areas(session) == 1


def test_a_unit_of_work_works_again_after_one_that_failed(site: Site) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work():
        _ = 1 // 0
    with unit_of_work() as session:
        create_area(session, STREET, "平安街道", None, SYSTEM)

    with read_scope() as session:
        assert _areas(session) == 1


def test_two_contexts_do_not_see_what_is_not_committed(app: Flask) -> None:
    with app.app_context(), unit_of_work() as session:
        create_area(session, STREET, "平安街道", None, SYSTEM)
        with app.app_context(), read_scope() as other:
            assert _areas(other) == 0


def test_r04_sqlite_keeps_what_it_acknowledged_and_waits_for_its_turn(
    make_app: MakeApp, engine_name: str
) -> None:
    if engine_name != "sqlite":
        pytest.skip("these are settings of SQLite; PostgreSQL's defaults do the same")
    with make_app(web=False).app_context(), read_scope() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}
