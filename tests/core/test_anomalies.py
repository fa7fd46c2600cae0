"""S-54: what stands out in a log, as rules alone and over a database; honest records are no signal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from pointsys.core.activity_log.by_hand import record_by_hand
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import PENDING, VOIDED, Entry
from pointsys.core.activity_log.policy import LONG_LIST
from pointsys.core.activity_log.record import record
from pointsys.core.activity_log.second_person import why_waits
from pointsys.core.actors import operator
from pointsys.core.anomalies.queries import anomalies_of
from pointsys.core.anomalies.rules import (
    ALONE,
    BURST,
    HOURS,
    LATE_SHEET,
    OVERLAP,
    ROUND,
    Taken,
    bursts,
    long_days,
    overlaps,
    present,
    round_numbers,
)
from pointsys.core.batches import COMMITTED, LOG, Batch
from pointsys.core.database import db
from pointsys.core.people.merging import merge_people
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import counted
from tests.conftest import FixedClock
from tests.core.test_decisions import Log
from tests.factories import actor_of, make_account, make_draft, make_person, make_tree

DAY = date(2026, 7, 9)
NOW = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)


def taken(
    person: int = 1,
    minutes: int = 300,
    *,
    after: int = 0,
    recorder: str = "li.na",
    start: int = 8,
    **kwargs: object,
) -> Taken:
    """Somebody's part, recorded ``after`` seconds, beginning at the hour ``start``."""
    starts = datetime(2026, 7, 9, start, tzinfo=UTC)
    values = {
        "activity": "a",
        "title": "清扫",
        "starts_at": starts,
        "ends_at": starts + timedelta(minutes=minutes),
    }
    return Taken(recorder, person, DAY, NOW + timedelta(seconds=after), minutes, **{**values, **kwargs})  # type: ignore[arg-type]


def test_a60_forty_people_with_five_hours_in_two_minutes_stand_out_however_the_lists_are_named() -> None:
    parts = [taken(n, 300, after=n * 3, activity=f"a{n % 4}", title=f"清扫{n % 4}") for n in range(40)]

    (one,) = bursts(parts)
    assert (one.kind, one.entries, one.people, one.minutes, one.recorder) == (BURST, 40, 40, 12_000, "li.na")
    assert len(one.activities) == 3


@pytest.mark.parametrize(
    "parts",
    [
        # A list of nineteen, an hour each; the same forty over a day; two people who share the work; one person often.
        [taken(n, 400) for n in range(19)],
        [taken(n, 60) for n in range(40)],
        [taken(n, 300, after=n * 300) for n in range(40)],
        [taken(n, 300, recorder=f"r{n % 3}") for n in range(40)],
        [taken(1, 300) for _ in range(40)],
    ],
)
def test_everyday_recording_does_not_stand_out(parts: list[Taken]) -> None:
    assert bursts(parts) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3_000)), max_size=80))
def test_no_entry_stands_in_two_bursts_and_each_is_within_ten_minutes(seeds: list[tuple[int, int]]) -> None:
    found = bursts(taken(person, 500, after=after) for person, after in seeds)

    assert sum(one.entries for one in found) <= len(seeds)
    assert all(one.people >= 20 and one.minutes >= 6_000 for one in found)


def test_a_long_day_counts_overlaps_once_and_hours_without_times_as_they_are() -> None:
    morning, whole = taken(start=8, minutes=240), taken(start=6, minutes=600)
    typed = taken(minutes=60, starts_at=None, ends_at=None, untimed=True)

    assert present([morning, whole]) == 600
    assert long_days([morning, whole]) == []
    (one,) = long_days([morning, whole, typed])
    assert (one.kind, one.minutes, one.person) == (HOURS, 660, 1)


@given(st.lists(st.tuples(st.integers(0, 23), st.integers(1, 700)), min_size=1, max_size=8))
def test_presence_is_neither_more_than_the_sum_nor_less_than_the_longest(
    spans: list[tuple[int, int]],
) -> None:
    parts = [taken(start=start, minutes=minutes) for start, minutes in spans]
    lengths = [minutes for _start, minutes in spans]
    assert max(lengths) <= present(parts) <= sum(lengths)


def test_two_activities_at_once_stand_out_and_two_pairs_of_one_do_not() -> None:
    first = taken(start=8, minutes=120)
    assert overlaps([first, taken(start=9, minutes=120, activity="b")])[0].kind == OVERLAP
    assert overlaps([first, taken(start=9, minutes=120, activity="a")]) == []
    assert overlaps([first, taken(start=10, minutes=120, activity="b")]) == []
    assert overlaps([taken(start=8, minutes=150), taken(start=10, minutes=120, activity="b")]) == []
    assert overlaps([first, taken(2, start=9, minutes=120, activity="b")]) == []


def test_round_numbers_without_times_stand_out_from_twenty_on() -> None:
    typed = [taken(n, 120, starts_at=None, ends_at=None, untimed=True) for n in range(20)]
    odd = [taken(n, 95, starts_at=None, ends_at=None, untimed=True) for n in range(5)]

    assert [one.kind for one in round_numbers(typed)] == [ROUND]
    assert round_numbers(typed[:19]) == []
    assert round_numbers([*typed, *odd]) == []
    assert round_numbers([taken(n, 120) for n in range(40)]) == []


# --- over a database ---


@pytest.fixture
def log(site: Site, app: Flask) -> Iterator[Log]:
    """A log to look at."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        yield Log(session, areas["happy"], make_person(session, areas["grid1"]), app)


def kinds(log: Log, area_id: int = 0, days: int = 30) -> list[str]:
    return [one.kind for one in anomalies_of(log.session, area_id or log.area.id, days).anomalies]


def test_a60_back_entry_in_two_minutes_waits_for_a_second_person_and_is_listed(
    log: Log, clock: FixedClock
) -> None:
    account = make_account(log.session, "community_worker", log.area)
    worker = actor_of(account, "community_worker", log.area)
    statuses = []
    for part in range(4):
        people = [make_person(log.session, log.area, f"王小{part}{n}") for n in range(10)]
        title, day = f"巡逻{part}", date(2026, 6, 20)
        drafts = [
            make_draft(log.session, log.area, p, title=title, day=day, start="08:00", end="13:00")
            for p in people
        ]
        done = record_by_hand(log.session, log.area, drafts, worker, "form")
        statuses += [log.session.get_one(Entry, r.entry_id).status for r in done.results]
        clock.advance(seconds=30)

    # Ten stand on one person's word; the other thirty wait, split as they are.
    assert statuses[10:] == [PENDING] * 30
    (one,) = anomalies_of(log.session, log.area.id, 30).anomalies
    assert (one.kind, one.people, one.minutes) == (BURST, 40, 12_000)
    assert one.recorder == account.login


def test_a60_one_list_of_forty_waits_as_a_whole(log: Log) -> None:
    worker = actor_of(make_account(log.session, "community_worker", log.area), "community_worker", log.area)
    people = [make_person(log.session, log.area, f"王小{n}") for n in range(40)]
    drafts = [make_draft(log.session, log.area, p, start="08:00", end="13:00") for p in people]
    done = record_by_hand(log.session, log.area, drafts, worker, "form")

    assert LONG_LIST in done.why
    assert set(log.statuses()) == {PENDING}
    assert kinds(log) == [BURST]


def test_what_was_voided_or_is_elsewhere_or_long_ago_does_not_stand_out(log: Log, clock: FixedClock) -> None:
    ids = log.add(log.draft("长活动", start="06:00", end="17:00"))
    street = log.area.parent_id
    assert street is not None
    other = make_person(log.session, log.area)
    assert (kinds(log), kinds(log, street), kinds(log, other.area_id)) == ([HOURS], [HOURS], [HOURS])
    grid = log.person.area_id
    assert kinds(log, grid) == []
    clock.advance(days=30)
    assert (kinds(log), kinds(log, days=90)) == ([], [HOURS])
    decide(log.session, ids, VOIDED, "wrong", operator())
    assert kinds(log, days=90) == []


def test_a_merged_person_is_one_person(log: Log) -> None:
    other = make_person(log.session, log.area, "张伟")
    log.add(
        make_draft(log.session, log.area, other, title="甲", start="08:00", end="11:00"),
        make_draft(log.session, log.area, other, title="乙", start="11:00", end="12:00"),
        log.draft("丙", start="09:00", end="11:00"),
        log.draft("丁", start="12:00", end="13:00"),
    )
    assert kinds(log) == []
    merge_people(log.session, log.person, other, operator())
    found = anomalies_of(log.session, log.area.id, 30)
    assert [one.kind for one in found.anomalies] == [OVERLAP]
    assert list(found.people) == [log.person.id]


def test_a_sheet_of_old_dates_and_the_command_line_are_listed(log: Log) -> None:
    batch = Batch(
        kind=LOG, area_id=log.area.id, file_name="x.xlsx", sha256="0", state=COMMITTED, created_by="operator:root",
        created_at=NOW, beat_at=NOW,
    )  # fmt: skip
    log.session.add(batch)
    log.session.flush()
    people = [make_person(log.session, log.area, f"王小{n}") for n in range(11)]
    old = [make_draft(log.session, log.area, p, day=date(2026, 6, 9)) for p in people]
    record(log.session, log.area, old, operator(), "import", batch_id=batch.id, confirm=True)
    fresh = make_draft(log.session, log.area, log.person, title="今日", day=DAY)
    record(log.session, log.area, [fresh], operator(), "command", confirm=True)

    found = {(one.kind, one.batch): one for one in anomalies_of(log.session, log.area.id, 30).anomalies}
    assert set(found) == {(LATE_SHEET, batch.public_id), (ALONE, batch.public_id), (ALONE, "")}
    assert found[LATE_SHEET, batch.public_id].entries == 11


def test_looking_takes_as_many_statements_for_many_entries_as_for_few(log: Log, app: Flask) -> None:
    costs = []
    for size in (2, 60):
        people = [make_person(log.session, log.area, f"王{size}{n}") for n in range(size)]
        for title, end in (("甲", "11:00"), ("乙", "10:00")):
            log.add(*(make_draft(log.session, log.area, p, title=f"{title}{size}", end=end) for p in people))
        with counted(app) as statements:
            kinds(log)
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 12


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_was_recorded_by_hand_is_read_by_recorder_and_never_as_a_whole(log: Log) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if "coalesce(entry.batch_id, 0) = 0" in statement:
            asked.append((statement, parameters))

    worker = actor_of(make_account(log.session, "community_worker", log.area))
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        why_waits(log.session, log.area, [log.draft("植树")], worker)
        kinds(log)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    connection = log.session.connection()
    for statement, parameters in asked:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        assert any("ix_entry_recorder" in row[3] for row in plan), plan
    assert len(asked) == 4
