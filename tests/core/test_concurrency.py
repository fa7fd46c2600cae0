"""Many writers at once, and a process that dies: no mark, increment or fact is lost or half there."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.config import Config
from pointsys.core.activity_log.models import Decision, Entry, Pending
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.crypto import Keyring
from pointsys.core.database import db
from pointsys.core.pending import drain, mark_people
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin, make_tables, totals
from tests.factories import HAPPY, make_draft, make_person, make_tree

WRITERS = 16
ROUNDS = 5
DEADLINE = 60


def _demo_app(make_app: MakeApp) -> Flask:
    app = make_app(host=demo_host(make_plugin()), web=False)
    with app.app_context():
        make_tables()
        with unit_of_work(drain=False) as session:
            areas = make_tree(session)
            switch_plugin(session, areas["street"], "demo", True, SYSTEM)
            make_person(session, areas["grid1"])
    return app


def _together(app: Flask, work: object) -> None:
    """Run ``work(writer number)`` in sixteen threads that start at one moment; none may fail or take for ever."""
    gate = Barrier(WRITERS)

    def run(number: int) -> None:
        gate.wait(DEADLINE)
        with app.app_context():
            work(number)  # type: ignore[operator]

    with ThreadPoolExecutor(WRITERS) as pool:
        for future in [pool.submit(run, number) for number in range(WRITERS)]:
            future.result(DEADLINE)


def test_r04_sixteen_writers_lose_no_mark(make_app: MakeApp) -> None:
    app = _demo_app(make_app)
    with app.app_context(), read_scope() as session:
        person_id = session.scalar(select(Person.id))
    assert person_id is not None

    def mark(_number: int) -> None:
        for _ in range(ROUNDS):
            with unit_of_work(drain=False) as session:
                mark_people(session, [person_id])

    _together(app, mark)

    with app.app_context(), read_scope() as session:
        assert session.scalar(select(Pending.n)) == WRITERS * ROUNDS


def test_r04_sixteen_writers_record_what_they_record_and_each_once(make_app: MakeApp) -> None:
    app = _demo_app(make_app)

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            with unit_of_work() as session:
                area = session.scalars(select(Area).where(Area.code == HAPPY)).one()
                person = session.scalars(select(Person)).one()
                # The first draft is the same for everybody: it is recorded once and met fifteen times.
                drafts = [
                    make_draft(session, area, person, start=f"0{turn}:00", end="12:00"),
                    make_draft(
                        session, area, person, title=f"第{number}队", start=f"0{turn}:00", end="12:00"
                    ),
                ]
                record(session, area, drafts, SYSTEM, "test", confirm=True)

    _together(app, work)

    expected = ROUNDS + WRITERS * ROUNDS
    with app.app_context():
        drain()
        with read_scope() as session:
            assert _count(session, Entry) == expected
            assert _count(session, Decision) == expected
            recorded = select(func.sum(AuditRow.count)).where(AuditRow.event == "entries.recorded")
            assert session.scalar(recorded) == expected
            assert list(totals(session).values()) == [expected]
            assert _count(session, Pending) == 0


def _count(session: Session, model: type[Entry] | type[Decision] | type[Pending]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


KILLED = 137

SCRIPT = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core import pending
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from sqlalchemy import select
from tests.core.demo_plugin import count_entries, demo_host, make_plugin
from tests.factories import make_draft, HAPPY

home, url, point = sys.argv[1:]

def die(*args, **kwargs):
    os._exit(137)

def derive(session, people):
    count_entries(session, people)
    if point == "while_deriving":
        die()

if point == "after_commit":
    pending.drain_after_commit = die
clock = lambda: datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
host = demo_host(make_plugin(derive=derive))
app = create_app(Config(home=Path(home), database_url=url), clock=clock, host=host, web=False)
with app.app_context(), unit_of_work() as session:
    area = session.scalars(select(Area).where(Area.code == HAPPY)).one()
    person = session.scalars(select(Person)).one()
    record(session, area, [make_draft(session, area, person)], SYSTEM, "test", confirm=True)
    if point == "before_commit":
        die()
os._exit(0)
"""


@pytest.mark.parametrize(
    ("point", "facts", "code"),
    [
        ("before_commit", 0, KILLED),
        ("after_commit", 1, KILLED),
        ("while_deriving", 1, KILLED),
        ("never", 1, 0),
    ],
)
def test_r02_a_process_that_is_killed_leaves_all_of_an_act_or_nothing(
    make_app: MakeApp, site_config: Config, keyring: Keyring, point: str, facts: int, code: int
) -> None:
    app = _demo_app(make_app)
    with app.app_context():
        before = _state()
        url = "" if db.engine.dialect.name == "sqlite" else site_config.sqlalchemy_url
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(site_config.home), url, point],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == code

    with app.app_context():
        entries, decisions, audited, marks, counted = _state()
        assert (entries, decisions, audited - before[2]) == (facts, facts, facts)
        # Points equal the fold of the log, or a mark is there.
        assert counted == entries or marks >= 1
        drain()
        assert _state()[3:] == (0, facts)


def _state() -> tuple[int, int, int, int, int]:
    with read_scope() as session:
        audited = session.scalar(
            select(func.count()).select_from(AuditRow).where(AuditRow.event == "entries.recorded")
        )
        return (
            _count(session, Entry),
            _count(session, Decision),
            audited or 0,
            _count(session, Pending),
            sum(totals(session).values()),
        )
