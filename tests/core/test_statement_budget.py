"""How many statements an act takes: few, and as many for a thousand people as for ten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.models import Activity, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db, new_public_id, table_of
from pointsys.core.pending import drain
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.people.records import PersonData, check_person, membership_row, person_row
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import make_draft, make_tree

RECORD_ONE = 6
DRAIN_ONE = 4
FIGURES = 8
SIZES = (10, 1_000)
DAY = date(2026, 7, 1)


def derive_nothing(_session: Session, _people: Sequence[int]) -> None:
    """What the marks cost is the question here, not what a plugin does with them."""


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """A site with two deriving plugins, as many as come with the program."""
    plugins = [make_plugin(name, derive=derive_nothing) for name in ("first", "second")]
    return make_app(host=demo_host(*plugins))


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database in the block, but for the beginning of transactions."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        if not args[2].startswith(("BEGIN", "SET LOCAL")):
            sent.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def fill(size: int) -> tuple[int, EntryDraft]:
    """A log of ``size`` people with an entry each; returns the community's id and the first one's draft."""
    site = current_site()
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        for name in ("first", "second"):
            switch_plugin(session, areas["street"], name, True, SYSTEM)
        rows = [
            person_row(
                check_person(PersonData(f"张{chr(0x4E00 + n)}", areas["grid1"].id), today=site.today()),
                site.keyring, new_public_id(), site.now(),
            )
            for n in range(size)
        ]  # fmt: skip
        session.execute(insert(table_of(Person)), rows)
        ids = session.scalars(select(Person.id).order_by(Person.id)).all()
        memberships = [membership_row(person_id, areas["grid1"].id, None) for person_id in ids]
        session.execute(insert(table_of(PersonArea)), memberships)
        first = make_draft(session, areas["happy"], session.get_one(Person, ids[0]), day=DAY)
        drafts = [replace(first, person_id=person_id) for person_id in ids]
        record(session, areas["happy"], drafts, SYSTEM, "test")
        return areas["happy"].id, first


def later(draft: EntryDraft, minutes: int) -> EntryDraft:
    """The same person once more in the same activity."""
    assert draft.starts_at is not None
    assert draft.ends_at is not None
    shift = timedelta(minutes=minutes)
    return replace(draft, starts_at=draft.starts_at + shift, ends_at=draft.ends_at + shift)


def cost_of_recording(area_id: int, draft: EntryDraft) -> list[str]:
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, area_id)
        with statements() as sent:
            outcome = record(session, area, [draft], SYSTEM, "manual")
    assert [done.outcome for done in outcome] == ["created"]
    return sent


@pytest.mark.parametrize("size", SIZES)
def test_one_more_entry_of_a_known_activity_takes_six_statements(app: Flask, size: int) -> None:
    with app.app_context():
        area_id, draft = fill(size)
        sent = cost_of_recording(area_id, later(draft, 1))

    assert len(sent) <= RECORD_ONE, "\n".join(sent)


@pytest.mark.parametrize("size", SIZES)
def test_an_entry_of_a_planned_activity_takes_six_statements(app: Flask, size: int) -> None:
    with app.app_context():
        area_id, draft = fill(size)
        with unit_of_work() as session:
            planned = session.scalar(select(Activity.id).where(Activity.area_id == area_id))
        sent = cost_of_recording(area_id, replace(later(draft, 1), activity_id=planned))

    assert len(sent) <= RECORD_ONE, "\n".join(sent)


def test_a_new_activity_takes_one_statement_more(app: Flask) -> None:
    with app.app_context():
        area_id, draft = fill(10)
        known = cost_of_recording(area_id, later(draft, 1))
        new = cost_of_recording(area_id, replace(draft, title="植树"))

    assert len(new) == len(known) + 1


def test_a_known_activity_is_not_written_to(app: Flask) -> None:
    with app.app_context():
        area_id, draft = fill(10)
        sent = cost_of_recording(area_id, later(draft, 1))

    assert [statement for statement in sent if "INTO activity " in statement] == []


def test_a_batch_takes_as_many_statements_for_a_thousand_as_for_ten(app: Flask) -> None:
    costs = {}
    with app.app_context():
        area_id, draft = fill(1_000)
        with unit_of_work() as session:
            ids = session.scalars(select(Person.id).order_by(Person.id)).all()
        for minutes, size in enumerate(SIZES, start=1):
            drafts = [replace(later(draft, minutes), person_id=person_id) for person_id in ids[:size]]
            with unit_of_work(drain=False) as session:
                area = session.get_one(Area, area_id)
                with statements() as sent:
                    record(session, area, drafts, SYSTEM, "test")
            # The driver takes a thousand rows at a time; that is one order to it and may be more on the wire.
            costs[size] = len({statement[:40] for statement in sent})

    assert costs[1_000] == costs[10]


@pytest.mark.parametrize("size", SIZES)
def test_draining_one_persons_marks_takes_as_many_statements_in_a_large_log(app: Flask, size: int) -> None:
    with app.app_context():
        area_id, draft = fill(size)
        drain()
        cost_of_recording(area_id, later(draft, 1))
        with statements() as sent:
            report = drain(people=[draft.person_id])
        with unit_of_work() as session:
            entries = session.scalar(select(Entry.id).where(Entry.person_id == draft.person_id))

    assert entries is not None
    assert report.done == 3
    # Who is stopped; then for each plugin its turn (on PostgreSQL), the marks, who is who, and their deletion.
    # The core does the same for the figures of areas and derives them.
    assert len(sent) <= 1 + 3 * DRAIN_ONE + FIGURES, "\n".join(sent)
