"""Confirming, rejecting and voiding: inserted rows with actor and reason, all or nothing, and never backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide, history
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED, Decision, Entry
from pointsys.core.activity_log.record import EntryDraft, record
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.browsers import counted
from tests.conftest import FixedClock
from tests.factories import make_draft, make_person, make_tree

RECORDER = Actor("li.na", account_id=1)
SECOND = Actor("wang.fang", account_id=2)


@dataclass
class Log:
    """One community with a person, in an open unit of work."""

    session: Session
    area: Area
    person: Person
    app: Flask

    def add(self, *drafts: EntryDraft, actor: Actor = RECORDER) -> list[int]:
        """Record drafts (one of the person by default) and return the entries' ids."""
        chosen = drafts or (make_draft(self.session, self.area, self.person),)
        return [r.entry_id for r in record(self.session, self.area, chosen, actor, "test")]

    def draft(self, title: str, **kwargs: object) -> EntryDraft:
        """A draft of the person's part in something."""
        return make_draft(self.session, self.area, self.person, title=title, **kwargs)  # type: ignore[arg-type]

    def statuses(self) -> list[str]:
        """Of all entries, in order of recording."""
        return list(self.session.scalars(select(Entry.status).order_by(Entry.id)))


@pytest.fixture
def log(site: Site, app: Flask) -> Iterator[Log]:
    """A log to decide on."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        yield Log(session, areas["happy"], make_person(session, areas["grid1"]), app)


def refused(code: str, act: Callable[[], object]) -> Problem:
    """The refusal of ``act``, which must carry ``code``."""
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_an_entry_waits_until_it_is_confirmed(log: Log) -> None:
    ids = log.add()
    assert log.statuses() == [PENDING]

    assert decide(log.session, ids, CONFIRMED, "", SECOND) == 1
    assert log.statuses() == [CONFIRMED]


def test_deciding_twice_is_harmless(log: Log) -> None:
    ids = log.add()
    decide(log.session, ids, CONFIRMED, "", SECOND)

    assert decide(log.session, ids, CONFIRMED, "", SECOND) == 0
    assert log.session.scalar(select(func.count()).select_from(Decision)) == 1


# Outcome before -> outcome wanted -> the refusal, None where it may be.
STEPS: list[tuple[str, str, str | None]] = [
    (PENDING, CONFIRMED, None),
    (PENDING, REJECTED, None),
    (PENDING, VOIDED, None),
    (CONFIRMED, REJECTED, "wrong_status"),
    (CONFIRMED, VOIDED, None),
    (REJECTED, CONFIRMED, None),
    (REJECTED, VOIDED, None),
    (VOIDED, CONFIRMED, "already_voided"),
    (VOIDED, REJECTED, "already_voided"),
]


@pytest.mark.parametrize(("before", "wanted", "refusal"), STEPS)
def test_which_decision_may_follow_which(log: Log, before: str, wanted: str, refusal: str | None) -> None:
    ids = log.add()
    if before != PENDING:
        decide(log.session, ids, before, "因故", SECOND)

    if refusal is None:
        assert decide(log.session, ids, wanted, "因故", SECOND) == 1
        assert log.statuses() == [wanted]
    else:
        refused(refusal, lambda: decide(log.session, ids, wanted, "因故", SECOND))
        assert log.statuses() == [before]


@pytest.mark.parametrize("outcome", [REJECTED, VOIDED])
@pytest.mark.parametrize("reason", ["", "  ", "\u3000"])
def test_rejecting_and_voiding_need_a_reason(log: Log, outcome: str, reason: str) -> None:
    ids = log.add()

    refused("reason_needed", lambda: decide(log.session, ids, outcome, reason, SECOND))


def test_a_reason_that_is_too_long_is_refused_and_not_cut(log: Log) -> None:
    ids = log.add()

    refused("too_long_text", lambda: decide(log.session, ids, VOIDED, "因" * 501, SECOND))


def test_a_whole_selection_or_nothing(log: Log) -> None:
    ids = log.add(log.draft("甲"), log.draft("乙"), log.draft("丙"))
    decide(log.session, ids[1:2], VOIDED, "重复", SECOND)

    refused("already_voided", lambda: decide(log.session, ids, CONFIRMED, "", SECOND))
    assert log.statuses() == [PENDING, VOIDED, PENDING]


def test_an_entry_that_does_not_exist_refuses_the_rest(log: Log) -> None:
    ids = log.add()

    refused("unknown_entry", lambda: decide(log.session, [*ids, 987654], CONFIRMED, "", SECOND))
    assert log.statuses() == [PENDING]


def test_a_batch_leaves_one_audit_row_that_counts(log: Log) -> None:
    ids = log.add(*(log.draft(f"第{n}次") for n in range(5)))
    decide(log.session, ids, CONFIRMED, "", SECOND)

    row = log.session.scalars(select(AuditRow).where(AuditRow.event == "entries.confirmed")).one()
    assert (row.actor, row.count, row.area_id) == ("wang.fang", 5, log.area.id)


def test_the_history_tells_who_when_and_why(log: Log, clock: FixedClock) -> None:
    (entry_id,) = log.add()
    clock.advance(hours=1)
    decide(log.session, [entry_id], CONFIRMED, "", SECOND)
    clock.advance(hours=1)
    decide(log.session, [entry_id], VOIDED, "记错了人", RECORDER)

    told = history(log.session, log.session.get_one(Entry, entry_id))
    assert [(c.outcome, c.actor, c.reason, c.second_person) for c in told] == [
        ("recorded", "li.na", "", False),
        (CONFIRMED, "wang.fang", "", True),
        (VOIDED, "li.na", "记错了人", False),
    ]
    assert told[0].at < told[1].at < told[2].at


def test_a_correction_is_a_void_and_a_new_entry_and_both_stay(log: Log) -> None:
    ids = log.add()
    decide(log.session, ids, VOIDED, "结束时间有误", SECOND)
    log.add(make_draft(log.session, log.area, log.person, end="12:00"))

    assert log.statuses() == [VOIDED, PENDING]


def test_a_rejected_entry_that_was_recorded_anew_stays_rejected(log: Log) -> None:
    old = log.add()
    decide(log.session, old, REJECTED, "请补充时间", SECOND)
    log.add()

    refused("recorded_anew", lambda: decide(log.session, old, CONFIRMED, "", SECOND))
    assert log.statuses() == [REJECTED, PENDING]


def test_the_number_of_statements_does_not_grow_with_the_entries(log: Log) -> None:
    def cost(count: int, word: str) -> int:
        ids = log.add(*(log.draft(f"{word}{n}") for n in range(count)))
        with counted(log.app) as statements:
            decide(log.session, ids, CONFIRMED, "", SECOND)
        return len(statements)

    assert cost(200, "多") == cost(2, "少")


def test_the_decision_knows_the_account(log: Log) -> None:
    ids = log.add()
    decide(log.session, ids, CONFIRMED, "", SECOND)

    assert log.session.execute(text("SELECT account_id, actor FROM decision")).one() == (2, "wang.fang")
