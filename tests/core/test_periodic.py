"""What is done regularly: once for all processes, again when it was cut off, and what each of the core's does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts import throttle as account_throttle
from pointsys.core.accounts.models import Account, LoginFailure, LoginSession, OneTimeLink
from pointsys.core.activity_log.models import Pending
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.services import find_area
from pointsys.core.batches import BatchRow
from pointsys.core.imports import staging
from pointsys.core.jobs import (
    Job,
    JobKind,
    Periodic,
    enqueue,
    housekeeping,
    kinds,
    periodic,
    queue,
    results,
    services,
)
from pointsys.core.jobs.models import PeriodicTick
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import demo_host, make_plugin, make_tables, totals
from tests.factories import HAPPY, SHANGHAI, make_account, make_person, make_tree

# The application is this file's own, with a plugin of its own.
pytestmark = pytest.mark.usefixtures("app")

MINUTE = Periodic("demo.minute", "Each minute", lambda now: None, every_minutes=1)
DAILY = Periodic("demo.daily", "Each day", lambda now: None, at="03:00")


class Regular:
    """Two things done regularly, counted; ``fail`` makes the first one raise."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fail = False

    def hourly(self, now: datetime) -> None:
        """Once an hour."""
        self.done.append("hourly")
        if self.fail:
            raise RuntimeError("张三 13800138000")

    def daily(self, now: datetime) -> None:
        """Once a day."""
        self.done.append("daily")


@pytest.fixture
def regular() -> Regular:
    """What was done."""
    return Regular()


@pytest.fixture
def app(make_app: MakeApp, regular: Regular, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A site whose one plugin does these two regularly, and the core nothing."""
    monkeypatch.setattr(kinds, "SOURCES", ())
    jobs = (
        Periodic("demo.hourly", "Hourly", regular.hourly, every_minutes=60),
        Periodic("demo.daily", "Daily", regular.daily, at="03:00"),
    )
    return make_app(host=demo_host(make_plugin("demo", derive=None, jobs=jobs)))


@pytest.fixture
def own_queue(site: Site) -> Iterator[None]:
    """Closes what the test opened."""
    yield
    queue.close_queue()


def test_each_is_done_once_in_its_time(site: Site, regular: Regular, clock: FixedClock) -> None:
    assert sorted(periodic.tick()) == ["demo.daily", "demo.hourly"]
    assert periodic.tick() == []
    clock.advance(minutes=59)
    assert periodic.tick() == []
    clock.advance(minutes=1)
    assert periodic.tick() == ["demo.hourly"]
    clock.advance(hours=15, minutes=59)
    assert periodic.tick() == ["demo.hourly"]
    clock.advance(minutes=1)
    assert sorted(periodic.tick()) == ["demo.daily", "demo.hourly"]
    assert (regular.done.count("hourly"), regular.done.count("daily")) == (4, 2)


def test_two_processes_do_it_once(site: Site, regular: Regular) -> None:
    now = site.now()
    key = ("demo.hourly", now)
    with unit_of_work() as session:
        assert periodic._take(session, key, now) is True
    with unit_of_work() as session:
        assert periodic._take(session, key, now) is False
    assert periodic.tick() == ["demo.daily"]
    assert regular.done == ["daily"]


def test_a_turn_that_was_cut_off_is_done_again_and_not_for_ever(
    site: Site, regular: Regular, clock: FixedClock
) -> None:
    key = ("demo.daily", DAILY.slot(clock.now, site.timezone))
    for attempt in range(1, 4):
        with unit_of_work() as session:
            assert periodic._take(session, key, clock.now) is True
            assert session.get_one(PeriodicTick, key).attempts == attempt
        clock.advance(minutes=14)
        assert "demo.daily" not in periodic.tick()
        clock.advance(minutes=2)
    assert "demo.daily" not in periodic.tick()
    with read_scope() as session:
        assert [turn.name for turn in periodic.failing(session, clock.now - timedelta(days=1))] == [
            "demo.daily"
        ]


def test_one_that_fails_is_noted_without_its_words_and_holds_up_nothing(
    site: Site, regular: Regular, clock: FixedClock
) -> None:
    regular.fail = True
    periodic.tick()
    assert sorted(regular.done) == ["daily", "hourly"]
    with read_scope() as session:
        (failed,) = periodic.failing(session, clock.now - timedelta(days=1))
    assert (failed.name, failed.error) == ("demo.hourly", "RuntimeError")
    clock.advance(hours=1)
    regular.fail = False
    assert periodic.tick() == ["demo.hourly"]


def test_a_process_that_is_to_end_begins_nothing_and_leaves_it_to_others(
    site: Site, regular: Regular, clock: FixedClock
) -> None:
    periodic.tick(lambda: True)
    assert regular.done == []
    clock.advance(minutes=16)
    periodic.tick()
    assert sorted(regular.done) == ["daily", "hourly"]


def test_in_safe_mode_plugins_do_nothing_regularly(
    make_app: MakeApp, regular: Regular, own_queue: None
) -> None:
    jobs = (Periodic("demo.hourly", "Hourly", regular.hourly, every_minutes=60),)
    safe = make_app(host=demo_host(make_plugin("demo", derive=None, jobs=jobs), safe=True))
    with safe.app_context():
        assert periodic.tick() == []


@given(
    now=st.integers(0, 15 * 365 * 24 * 3600).map(
        lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    item=st.sampled_from([MINUTE, DAILY, Periodic("demo.hour", "", lambda now: None, every_minutes=60)]),
)
def test_a_slot_lies_not_ahead_and_less_than_its_length_back(now: datetime, item: Periodic) -> None:
    slot = item.slot(now, SHANGHAI)
    length = timedelta(minutes=item.every_minutes) if item.every_minutes else timedelta(days=1)
    assert slot <= now < slot + length
    assert item.slot(slot, SHANGHAI) == slot


def count(model: type) -> int:
    """Rows of a table."""
    with read_scope() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_ended_sessions_old_links_and_counters_go(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        make_tree(session)
        account = make_account(session)
        account_sessions.open_session(session, account, "127.0.0.1", "old")
        account_links.create_link(session, account_links.SIGN_IN, account_id=account.id)
        account_throttle.count_failure(session, "someone", "127.0.0.1")
    clock.advance(minutes=31)
    with unit_of_work() as session:
        account_sessions.open_session(session, session.scalars(select(Account)).one(), "127.0.0.1", "new")
    housekeeping.clear_sessions(clock.now)
    with read_scope() as session:
        assert session.scalars(select(LoginSession.browser)).all() == ["new"]
    assert (count(LoginFailure), count(OneTimeLink)) == (0, 1)
    clock.advance(days=8)
    housekeeping.clear_sessions(clock.now)
    assert (count(LoginSession), count(OneTimeLink)) == (0, 0)


def test_rows_of_imports_nobody_finished_go_after_a_day(site: Site, clock: FixedClock) -> None:
    with unit_of_work() as session:
        make_tree(session)
        area = find_area(session, HAPPY)
        assert area is not None
        batch = staging.create_batch(session, area, "people", "a.csv", "0" * 64, SYSTEM, {}, 1)
        row = staging.StagedRow(1, staging.RAW, ["张伟", "13800138000"])
        staging.add_rows(session, batch.id, batch.public_id, [row])
    housekeeping.clear_batches(clock.now)
    assert count(BatchRow) == 1
    clock.advance(hours=25)
    housekeeping.clear_batches(clock.now)
    assert count(BatchRow) == 0


def test_temporary_files_go_after_a_day(site: Site, clock: FixedClock) -> None:
    old, fresh = results.temp_folder() / "a" / "upload", results.temp_folder() / "b"
    old.parent.mkdir(parents=True)
    for path, age in ((old, 25), (fresh, 23)):
        path.write_text("x")
        at = (clock.now - timedelta(hours=age)).timestamp()
        os.utime(path, (at, at))
    housekeeping.clear_files(clock.now)
    assert (old.exists(), fresh.exists()) == (False, True)


def test_rows_of_old_turns_go(site: Site, clock: FixedClock) -> None:
    periodic.tick()
    assert count(PeriodicTick) == 2
    clock.advance(days=9)
    housekeeping.clear_jobs(clock.now)
    assert count(PeriodicTick) == 0


@pytest.mark.own_database
def test_marks_that_were_left_behind_are_worked_off(make_app: MakeApp, clock: FixedClock) -> None:
    app = make_app(host=demo_host(make_plugin("demo")))
    with app.app_context():
        make_tables()
        with unit_of_work(drain=False) as session:
            person = make_person(session, make_tree(session)["happy"])
            person_id = person.id
            session.add(Pending(plugin="demo", person_id=person_id, n=1))
        housekeeping.drain_pending(clock.now)
        with read_scope() as session:
            assert person_id in totals(session) or totals(session) == {}
        assert count(Pending) == 0


def test_the_core_declares_what_can_be_found_and_run(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    site = make_app(host=demo_host())
    with site.app_context():
        names = [item.name for item in kinds.declared()]
        assert len(names) == len(set(names))
        assert {"jobs.sweep", "pending.drain", "imports.apply", "results.replay"} <= set(names)
        assert set(periodic.tick()) == {item.name for item in kinds.periodics()}
        with read_scope() as session:
            assert [turn.error for turn in session.scalars(select(PeriodicTick))] == [""] * len(
                kinds.periodics()
            )
        queue.close_queue()


def test_the_sweep_is_one_of_them(
    make_app: MakeApp, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = JobKind("demo.work", "Work", lambda run: None)
    app = make_app(host=demo_host(make_plugin("demo", derive=None, jobs=(kind,))))
    with app.app_context():
        with unit_of_work() as session:
            public_id = enqueue(session, "demo.work", None, {}, SYSTEM).public_id
        with unit_of_work() as session:
            services.claim(session, public_id, "dead:1")
            session.execute(update(Job).values(lease_until=clock.now - timedelta(seconds=1)))
        queue.site_queue()._huey.storage.flush_queue()
        housekeeping.sweep_jobs(clock.now)
        assert queue.site_queue().waiting() == 1
        with read_scope() as session:
            assert session.scalars(select(Job.state)).all() == ["queued"]
        queue.close_queue()
