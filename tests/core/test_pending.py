"""Marks and deriving: the fact stands whatever a plugin does, and the mark stays until its result is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pointsys.core import pending
from pointsys.core.activity_log.models import CONFIRMED, Activity, Entry, Pending
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.database import db
from pointsys.core.pending import (
    PluginFailure,
    drain,
    mark_people,
    pending_count,
    pending_people,
    quarantined,
    release,
)
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock, MakeApp
from tests.core.demo_plugin import TOTALS, Derive, count_entries, demo_host, make_plugin, make_tables, totals
from tests.factories import make_draft, make_person, make_tree

Start = Callable[..., "Demo"]


class Demo:
    """A site with the demo plugin on, and one person of the first community."""

    def __init__(self) -> None:
        make_tables()
        with unit_of_work(drain=False) as session:
            areas = make_tree(session)
            self.area_id = areas["happy"].id
            self.person_id = make_person(session, areas["grid1"]).id
            switch_plugin(session, areas["street"], "demo", True, SYSTEM)

    def record(self, *, start: str = "09:00", end: str = "09:30", people: Sequence[int] = ()) -> None:
        """One confirmed entry of each person, in a unit of work of its own."""
        with unit_of_work() as session:
            self.record_in(session, start=start, end=end, people=people)

    def record_in(
        self, session: Session, *, start: str = "09:00", end: str = "09:30", people: Sequence[int] = ()
    ) -> None:
        """The same in an open one."""
        area = session.get_one(Area, self.area_id)
        chosen = [session.get_one(Person, i) for i in people or (self.person_id,)]
        drafts = [make_draft(session, area, person, start=start, end=end) for person in chosen]
        record(session, area, drafts, SYSTEM, "test", confirm=True)


def _entries(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Entry).where(Entry.status == CONFIRMED)) or 0


@pytest.fixture
def start(make_app: MakeApp) -> Iterator[Start]:
    """Starts a site with a demo plugin that derives in the given way."""
    open_apps: list[Any] = []

    def begin(
        derive: Derive | None = count_entries, hooks: dict[str, Any] | None = None, *more: ModuleType
    ) -> Demo:
        app: Flask = make_app(host=demo_host(make_plugin(derive=derive, hooks=hooks), *more), web=False)
        context = app.app_context()
        context.push()
        open_apps.append(context)
        return Demo()

    yield begin
    for context in open_apps:
        context.pop()


def test_what_is_recorded_is_derived_right_after_the_commit(start: Start) -> None:
    demo = start()
    demo.record()

    with read_scope() as session:
        assert totals(session) == {demo.person_id: 1}
        assert pending_count(session) == 0


def test_nothing_is_marked_where_the_plugin_is_off(start: Start) -> None:
    demo = start()
    with unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, demo.area_id), "demo", False, SYSTEM)
        session.execute(text("DELETE FROM pending"))
        demo.record_in(session)

    with read_scope() as session:
        assert session.scalars(select(Pending.plugin)).all() == [pending.CORE]


def test_each_mark_counts_and_a_mark_made_while_deriving_stays(start: Start) -> None:
    demo = start(derive=None, hooks={"derive": lambda session, people: None})
    with unit_of_work(drain=False) as session:
        for _ in range(3):
            mark_people(session, [demo.person_id])
        assert session.scalar(select(Pending.n)) == 3 + 1  # switching the plugin on marked once

    # What a drain deletes is the count it has read: one that grew meanwhile is another mark.
    with unit_of_work(drain=False) as session:
        read = session.execute(select(Pending.person_id, Pending.n)).one()
        mark_people(session, [demo.person_id])
        session.execute(
            text("DELETE FROM pending WHERE person_id = :p AND n = :n"), {"p": read.person_id, "n": read.n}
        )
    with read_scope() as session:
        assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}


def test_r14_a_derive_that_raises_leaves_the_fact_and_its_mark(start: Start) -> None:
    def broken(session: Session, people: Sequence[int]) -> None:
        session.execute(TOTALS.insert().values(person_id=people[0], entries=99))
        raise ValueError("李雷 has a bad row")

    demo = start(broken)
    demo.record()

    with read_scope() as session:
        assert _entries(session) == 1
        assert totals(session) == {}
        assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}
        kept = session.execute(select(PluginFailure.plugin, PluginFailure.hook, PluginFailure.error)).one()
        # The type alone is kept: the message holds somebody's name.
        assert tuple(kept) == ("demo", "derive", "ValueError")


def test_r14_a_derive_that_returns_junk_is_taken_for_its_word(start: Start) -> None:
    demo = start(lambda session, people: {"junk": object()})
    demo.record()

    with read_scope() as session:
        assert _entries(session) == 1
        assert pending_count(session) == 0


def test_r14_a_derive_that_is_far_too_slow_counts_as_a_failure(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(pending, "stopwatch", lambda: seconds[0])

    def slow(session: Session, people: Sequence[int]) -> None:
        count_entries(session, people)
        seconds[0] += 30

    demo = start(slow)
    demo.record()

    with read_scope() as session:
        assert totals(session) == {demo.person_id: 1}
        assert session.scalar(select(PluginFailure.error)) == "SlowHook"


def test_r14_while_a_derive_hangs_the_fact_can_be_read(start: Start) -> None:
    seen: list[int] = []

    def look_meanwhile(session: Session, people: Sequence[int]) -> None:
        # Another reader on a connection of its own, while this hook has not come back.
        with db.engine.connect() as other:
            seen.append(other.execute(select(func.count()).select_from(Entry.__table__)).scalar_one())
            seen.append(other.execute(select(func.count()).select_from(Pending.__table__)).scalar_one())

    demo = start(look_meanwhile)
    demo.record()

    assert seen == [1, 1]


@pytest.mark.parametrize("answer", ["junk", 7, [None], [ValueError("x")], Problem("loose", "Not in a list.")])
def test_r14_a_veto_that_answers_junk_refuses_the_whole_batch(start: Start, answer: object) -> None:
    demo = start(hooks={"validate_entries": lambda session, area, drafts: answer})

    with pytest.raises(Problem) as caught:
        demo.record()

    assert caught.value.code == "plugin_failed"
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0


def test_r14_a_veto_that_raises_refuses_the_batch_and_names_the_plugin(start: Start) -> None:
    def broken(session: Session, area: object, drafts: object) -> None:
        raise KeyError("rule")

    demo = start(hooks={"validate_entries": broken})

    with pytest.raises(Problem) as caught:
        demo.record()

    assert caught.value.code == "plugin_failed"
    assert caught.value.params == {"plugin": "Demo"}
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0
        assert session.scalar(select(func.count()).select_from(Activity)) == 0


def test_a_veto_refuses_with_its_own_words(start: Start) -> None:
    no = Problem("minors_at_night", "No minors after 22:00.")
    demo = start(hooks={"validate_entries": lambda session, area, drafts: [no]})

    with pytest.raises(Problem) as caught:
        demo.record()

    assert caught.value is no


def _commit(session: Session, people: Sequence[int]) -> None:
    session.commit()


def _commit_by_connection(session: Session, people: Sequence[int]) -> None:
    session.connection().commit()


def _commit_as_text(session: Session, people: Sequence[int]) -> None:
    session.connection().exec_driver_sql("COMMIT")


def _roll_back(session: Session, people: Sequence[int]) -> None:
    session.rollback()


def _write_entry(session: Session, people: Sequence[int]) -> None:
    session.execute(text("UPDATE entry SET status = 'voided'"))


def _write_entry_by_orm(session: Session, people: Sequence[int]) -> None:
    session.scalars(select(Entry)).one().status = "voided"


def _give_a_role(session: Session, people: Sequence[int]) -> None:
    session.execute(text("INSERT INTO role_grant (account_id, area_id, role) VALUES (1, 1, 'system_admin')"))


def _hide_a_trace(session: Session, people: Sequence[int]) -> None:
    session.execute(text("WITH gone AS (SELECT 1) DELETE FROM audit"))


def _drop_a_trigger(session: Session, people: Sequence[int]) -> None:
    session.execute(text("DROP TRIGGER audit_no_delete"))


def _on_another_connection(session: Session, people: Sequence[int]) -> None:
    with db.engine.connect() as other:
        other.execute(text("DELETE FROM pending"))


def _open_a_unit_of_work(session: Session, people: Sequence[int]) -> None:
    with unit_of_work():
        pass


DEEDS: list[tuple[Derive, str]] = [
    (_commit, "commit"),
    (_commit_by_connection, "commit"),
    (_commit_as_text, "execute COMMIT"),
    (_roll_back, "end the caller's transaction"),
    (_write_entry, "write entry"),
    (_write_entry_by_orm, "write entry"),
    (_give_a_role, "write role_grant"),
    (_hide_a_trace, "write audit"),
    (_drop_a_trigger, "execute DROP"),
    (_on_another_connection, "write pending"),
    (_open_a_unit_of_work, "begin a transaction"),
]


@pytest.mark.parametrize(("deed", "words"), DEEDS)
def test_r15_a_hook_that_oversteps_is_refused_and_named(start: Start, deed: Derive, words: str) -> None:
    demo = start(deed)
    demo.record()

    with read_scope() as session:
        assert session.scalar(select(PluginFailure.error)) == f"plugin demo may not {words} in derive"
        assert _entries(session) == 1
        assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}
        assert session.scalar(
            select(func.count()).select_from(AuditRow).where(AuditRow.event == "entries.recorded")
        )


def test_r15_a_hook_may_not_record_while_deriving(start: Start) -> None:
    demo: Demo

    def record_more(session: Session, people: Sequence[int]) -> None:
        demo.record_in(session, start="08:00", end="08:30")

    demo = start(record_more)
    demo.record()

    with read_scope() as session:
        assert _entries(session) == 1
        assert "may not write" in (session.scalar(select(PluginFailure.error)) or "")


def test_r15_a_veto_that_ends_the_transaction_undoes_nothing_of_others_in_silence(start: Start) -> None:
    demo = start(hooks={"validate_entries": lambda session, area, drafts: session.rollback()})

    with pytest.raises(Problem) as caught:
        demo.record()

    assert caught.value.code == "plugin_failed"


def test_r15_a_veto_only_reads(start: Start) -> None:
    def write(session: Session, area: object, drafts: object) -> None:
        session.execute(TOTALS.insert().values(person_id=1, entries=1))

    demo = start(hooks={"validate_entries": write})

    with pytest.raises(Problem) as caught:
        demo.record()

    assert caught.value.code == "plugin_failed"
    with read_scope() as session:
        assert totals(session) == {}


def test_r16_a_plugin_broken_for_a_day_and_mended_ends_as_if_it_had_been_healthy(
    start: Start, clock: FixedClock
) -> None:
    broken = [True]

    def sometimes(session: Session, people: Sequence[int]) -> None:
        if broken[0]:
            raise RuntimeError
        count_entries(session, people)

    demo = start(sometimes)
    for hour in range(8):
        demo.record(start=f"0{hour}:00", end=f"0{hour}:30")
        clock.advance(hours=3)
        with read_scope() as session:
            # Never a zero: there is no row, and the mark says "not computed yet".
            assert totals(session) == {}
            assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}
    broken[0] = False
    drain()

    with read_scope() as session:
        assert totals(session) == {demo.person_id: 8}
        assert pending_count(session) == 0


def test_r16_five_failures_in_ten_minutes_stop_the_plugin_until_it_is_released(
    start: Start, clock: FixedClock
) -> None:
    calls = []

    def broken(session: Session, people: Sequence[int]) -> None:
        calls.append(people)
        raise RuntimeError

    demo = start(broken)
    for minute in range(5):
        demo.record(start=f"09:0{minute}", end="09:30")
        clock.advance(minutes=1)
    with read_scope() as session:
        assert quarantined(session) == {"demo"}
        assert session.scalar(
            select(func.count()).select_from(AuditRow).where(AuditRow.event == "plugin.quarantined")
        )
    demo.record(start="08:00", end="08:30")
    assert len(calls) == 5

    with unit_of_work(drain=False) as session:
        release(session, "demo")
    drain()
    assert len(calls) == 6


def test_r16_five_failures_over_an_hour_do_not_stop_the_plugin(start: Start, clock: FixedClock) -> None:
    def broken(session: Session, people: Sequence[int]) -> None:
        raise RuntimeError

    demo = start(broken)
    for minute in range(5):
        demo.record(start=f"09:0{minute}", end="09:30")
        clock.advance(minutes=11)

    with read_scope() as session:
        assert quarantined(session) == set()


def test_r16_quarantine_does_not_stop_the_veto(start: Start, clock: FixedClock) -> None:
    asked = []

    def broken(session: Session, people: Sequence[int]) -> None:
        raise RuntimeError

    demo = start(broken, {"validate_entries": lambda session, area, drafts: asked.append(len(drafts))})
    for minute in range(6):
        demo.record(start=f"09:0{minute}", end="09:30")

    with read_scope() as session:
        assert quarantined(session) == {"demo"}
    assert len(asked) == 6


def test_one_plugins_failure_does_not_keep_another_from_its_turn(make_app: MakeApp) -> None:
    def broken(session: Session, people: Sequence[int]) -> None:
        raise RuntimeError

    app = make_app(host=demo_host(make_plugin(), make_plugin("another", broken, order=1)), web=False)
    with app.app_context():
        demo = Demo()
        with unit_of_work(drain=False) as session:
            switch_plugin(session, session.get_one(Area, demo.area_id), "another", True, SYSTEM)
        demo.record()
        with read_scope() as session:
            assert totals(session) == {demo.person_id: 1}


def test_a_busy_database_is_not_held_against_the_plugin(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = start()

    def busy(session: Session, plugin: str) -> None:
        raise OSError("database is locked")

    monkeypatch.setattr(pending, "_one_at_a_time", busy)
    demo.record()

    with read_scope() as session:
        assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}
        assert session.scalar(select(func.count()).select_from(PluginFailure)) == 0


def test_draining_people_by_name_takes_all_of_them(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = start()
    monkeypatch.setattr(pending, "chunks", lambda items, size=2: _pairs(list(items)))
    monkeypatch.setattr(pending, "BATCH", 2)
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, demo.area_id)
        ids = [make_person(session, area, f"张三{n}").id for n in range(5)]
        demo.record_in(session, people=ids)

    report = drain(people=ids)

    # One mark each for the plugin, and one for the figures of areas.
    assert report.done == 10
    with read_scope() as session:
        assert totals(session) == dict.fromkeys(ids, 1)


def _pairs(items: list[int]) -> Iterator[list[int]]:
    yield from (items[i : i + 2] for i in range(0, len(items), 2))


def test_a_mark_on_a_merged_row_shows_on_the_kept_one(start: Start) -> None:
    demo = start(derive=None, hooks={"derive": lambda session, people: None})
    with unit_of_work(drain=False) as session:
        other = make_person(session, session.get_one(Area, demo.area_id), "张伟")
        merge_people(session, session.get_one(Person, demo.person_id), other, SYSTEM)
        session.execute(text("DELETE FROM pending"))
        mark_people(session, [other.id])

        assert pending_people(session, "demo", [demo.person_id]) == {demo.person_id}
