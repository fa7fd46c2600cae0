"""S-31: recorder, beneficiary and approver; what waits for a second person, and who that may not be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pointsys.core.activity_log.decisions import confirms_at_once, decide
from pointsys.core.activity_log.models import CONFIRMED, REJECTED, VOIDED, Decision, Entry
from pointsys.core.activity_log.policy import (
    ALWAYS,
    BULK,
    BULK_FROM,
    OFF,
    SECOND_PERSON,
    is_back_dated,
    needs_second_person,
)
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, Actor, operator
from pointsys.core.people.merging import merge_people
from pointsys.core.settings import set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import FixedClock
from tests.core.test_decisions import RECORDER, SECOND, Log, refused
from tests.factories import make_draft, make_person, make_tree

TODAY = date(2026, 7, 10)


@pytest.fixture
def log(site: Site, app: Flask) -> Iterator[Log]:
    """A log to decide on."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        yield Log(session, areas["happy"], make_person(session, areas["grid1"]), app)


def _policy(log: Log, value: str) -> None:
    set_setting(log.session, log.area, SECOND_PERSON, value, SYSTEM)


@given(st.integers(1, 500), st.booleans())
def test_always_and_off_mean_what_they_say(count: int, late: bool) -> None:
    assert needs_second_person(ALWAYS, count=count, back_dated=late)
    assert not needs_second_person(OFF, count=count, back_dated=late)


@given(st.integers(1, 500), st.booleans())
def test_bulk_asks_for_long_lists_and_old_dates(count: int, late: bool) -> None:
    assert needs_second_person(BULK, count=count, back_dated=late) == (count >= BULK_FROM or late)


@given(st.integers(-5, 400))
def test_back_dated_is_more_than_thirty_days(days: int) -> None:
    assert is_back_dated(TODAY - timedelta(days=days), TODAY) == (days > 30)


def _drafts(
    log: Log, count: int, *, title: str = "植树", day: date = date(2026, 7, 1), first: int = 0
) -> list:  # type: ignore[type-arg]
    people = [make_person(log.session, log.area, f"王小{first + n:03d}") for n in range(count)]
    return [make_draft(log.session, log.area, person, title=title, day=day) for person in people]


@pytest.mark.parametrize(("count", "at_once"), [(1, True), (BULK_FROM - 1, True), (BULK_FROM, False)])
def test_a_handful_is_confirmed_at_once_and_a_long_list_waits(log: Log, count: int, at_once: bool) -> None:
    assert confirms_at_once(log.session, log.area, _drafts(log, count), RECORDER) is at_once


def test_a_long_list_handed_in_by_halves_waits_too(log: Log) -> None:
    half = BULK_FROM // 2 + 1
    record(log.session, log.area, _drafts(log, half), RECORDER, "test", confirm=True)

    second_half = _drafts(log, half, first=100)
    assert not confirms_at_once(log.session, log.area, second_half, RECORDER)
    # Somebody else's half, or another activity, is another list.
    assert confirms_at_once(log.session, log.area, second_half, SECOND)
    assert confirms_at_once(log.session, log.area, _drafts(log, half, title="清扫", first=200), RECORDER)


def test_a30_what_was_rejected_does_not_pass_by_being_recorded_anew(log: Log) -> None:
    again, other = _drafts(log, 2)
    (entry,) = record(log.session, log.area, [again], RECORDER, "test")
    decide(log.session, [entry.entry_id], REJECTED, "was not there", SECOND)

    assert confirms_at_once(log.session, log.area, [other], RECORDER)
    assert not confirms_at_once(log.session, log.area, [other, again], RECORDER)
    _policy(log, OFF)
    assert confirms_at_once(log.session, log.area, [again], RECORDER)


def test_a30_voiding_what_was_rejected_first_is_no_way_round_it(log: Log) -> None:
    (again,) = _drafts(log, 1)
    (entry,) = record(log.session, log.area, [again], RECORDER, "test")
    decide(log.session, [entry.entry_id], REJECTED, "was not there", SECOND)
    decide(log.session, [entry.entry_id], VOIDED, "by the recorder", RECORDER)

    assert not confirms_at_once(log.session, log.area, [again], RECORDER)


def test_what_was_voided_without_a_refusal_is_recorded_anew_as_before(log: Log) -> None:
    (again,) = _drafts(log, 1)
    (entry,) = record(log.session, log.area, [again], RECORDER, "test")
    decide(log.session, [entry.entry_id], VOIDED, "a slip of the pen", RECORDER)

    assert confirms_at_once(log.session, log.area, [again], RECORDER)


def test_a_back_dated_entry_waits(log: Log, clock: FixedClock) -> None:
    old = TODAY - timedelta(days=31)

    assert not confirms_at_once(log.session, log.area, _drafts(log, 1, day=old), RECORDER)
    assert confirms_at_once(
        log.session, log.area, _drafts(log, 1, day=old + timedelta(days=1), first=9), RECORDER
    )


def test_the_nearest_areas_policy_rules(log: Log) -> None:
    draft = _drafts(log, 1)
    _policy(log, ALWAYS)
    assert not confirms_at_once(log.session, log.area, draft, RECORDER)

    _policy(log, OFF)
    assert confirms_at_once(log.session, log.area, _drafts(log, 50, first=100), RECORDER)


@pytest.mark.parametrize("policy", [OFF, BULK, ALWAYS])
def test_a30_ones_own_participation_never_confirms_itself(log: Log, policy: str) -> None:
    _policy(log, policy)
    oneself = Actor("zhang.wei", account_id=3, person_id=log.person.id)
    draft = make_draft(log.session, log.area, log.person)
    assert not confirms_at_once(log.session, log.area, [draft], oneself)

    by_oneself = log.add(draft, actor=oneself)
    refused("own_entry", lambda: decide(log.session, by_oneself, CONFIRMED, "", oneself))
    by_another = log.add(log.draft("浇水"), actor=RECORDER)
    refused("own_entry", lambda: decide(log.session, by_another, CONFIRMED, "", oneself))


def test_a30_being_listed_under_another_row_does_not_help(log: Log) -> None:
    other_row = make_person(log.session, log.area, "张伟")
    merge_people(log.session, log.person, other_row, SYSTEM)
    oneself = Actor("zhang.wei", account_id=3, person_id=log.person.id)
    draft = make_draft(log.session, log.area, other_row)

    assert not confirms_at_once(log.session, log.area, [draft], oneself)
    ids = log.add(draft)
    refused("own_entry", lambda: decide(log.session, ids, CONFIRMED, "", oneself))


def test_ones_own_entry_among_many_refuses_them_all(log: Log) -> None:
    oneself = Actor("zhang.wei", account_id=3, person_id=log.person.id)
    ids = log.add(*_drafts(log, 2), make_draft(log.session, log.area, log.person))

    refused("own_entry", lambda: decide(log.session, ids, CONFIRMED, "", oneself))
    assert set(log.statuses()) == {"pending"}


# Three identities: who recorded, who took part, who decides; what the policy "always" says to each case.
MATRIX = [
    ("recorder", "other", "recorder", "second_person_needed"),
    ("recorder", "other", "second", None),
    ("recorder", "recorder", "recorder", "own_entry"),
    ("recorder", "recorder", "second", None),
    ("recorder", "second", "second", "own_entry"),
    ("recorder", "second", "recorder", "second_person_needed"),
]


@pytest.mark.parametrize(("recorder", "beneficiary", "approver", "refusal"), MATRIX)
def test_s31_three_identities(
    log: Log, recorder: str, beneficiary: str, approver: str, refusal: str | None
) -> None:
    _policy(log, ALWAYS)
    people = {
        name: make_person(log.session, log.area, f"周{name}") for name in ("recorder", "second", "other")
    }
    actors = {
        name: Actor(name, account_id=number, person_id=people[name].id)
        for number, name in enumerate(("recorder", "second"), 10)
    }
    draft = make_draft(log.session, log.area, people[beneficiary])
    ids = log.add(draft, actor=actors[recorder])

    if refusal is None:
        assert decide(log.session, ids, CONFIRMED, "", actors[approver]) == 1
        assert log.statuses() == [CONFIRMED]
    else:
        refused(refusal, lambda: decide(log.session, ids, CONFIRMED, "", actors[approver]))


def test_the_recorder_of_a_long_list_cannot_confirm_it_piece_by_piece(log: Log) -> None:
    ids = log.add(*_drafts(log, BULK_FROM))

    for entry_id in ids:
        refused(
            "second_person_needed",
            lambda entry_id=entry_id: decide(log.session, [entry_id], CONFIRMED, "", RECORDER),  # type: ignore[misc]
        )
    assert decide(log.session, ids, CONFIRMED, "", SECOND) == BULK_FROM


def test_the_recorder_of_a_few_may_confirm_them(log: Log) -> None:
    ids = log.add(*_drafts(log, 3))

    assert decide(log.session, ids, CONFIRMED, "", RECORDER) == 3


def test_the_recorder_of_a_back_dated_entry_cannot_confirm_it_later(log: Log, clock: FixedClock) -> None:
    ids = log.add(*_drafts(log, 1, day=TODAY - timedelta(days=40)))

    refused("second_person_needed", lambda: decide(log.session, ids, CONFIRMED, "", RECORDER))


def test_an_entry_does_not_become_back_dated_by_waiting(log: Log, clock: FixedClock) -> None:
    ids = log.add(*_drafts(log, 1))
    clock.advance(days=60)

    assert decide(log.session, ids, CONFIRMED, "", RECORDER) == 1


def test_what_an_import_brought_its_importer_cannot_confirm(log: Log) -> None:
    (result,) = record(log.session, log.area, _drafts(log, 1), RECORDER, "import", batch_id=7)

    refused("second_person_needed", lambda: decide(log.session, [result.entry_id], CONFIRMED, "", RECORDER))
    assert decide(log.session, [result.entry_id], CONFIRMED, "", SECOND) == 1


def test_the_operator_acts_alone_and_it_shows(log: Log) -> None:
    drafts = _drafts(log, 50)
    assert confirms_at_once(log.session, log.area, drafts, operator())

    record(log.session, log.area, drafts, operator(), "command", confirm=True)
    assert set(log.session.scalars(select(Entry.status))) == {CONFIRMED}
    rows = log.session.execute(select(Decision.actor, Decision.second_person).distinct()).all()
    assert len(rows) == 1
    assert rows[0].actor.startswith("operator:")
    assert rows[0].second_person is False
