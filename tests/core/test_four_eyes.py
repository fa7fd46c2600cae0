"""S-31: recorder, beneficiary and approver; what waits for a second person, and who that may not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, REJECTED, VOIDED, Decision, Entry
from pointsys.core.activity_log.policy import (
    ALWAYS,
    BACK_DATED,
    BULK,
    BULK_FROM,
    EVERYTHING,
    HIGH_VALUE,
    IMPORTED,
    LONG_DAY,
    LONG_LIST,
    OFF,
    OWN,
    SECOND_PERSON,
    TURNED_DOWN,
    key_of,
)
from pointsys.core.activity_log.record import EntryDraft, record
from pointsys.core.activity_log.second_person import why_waits
from pointsys.core.actors import SYSTEM, Actor, operator
from pointsys.core.areas.models import Area
from pointsys.core.people.merging import merge_people
from pointsys.core.settings import clear_setting, set_setting
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import FixedClock
from tests.core.test_decisions import RECORDER, SECOND, Log, refused
from tests.factories import actor_of, make_account, make_draft, make_person, make_tree


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


TODAY = date(2026, 7, 10)


@pytest.fixture
def log(site: Site, app: Flask) -> Iterator[Log]:
    """A log to decide on."""
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        yield Log(session, areas["happy"], make_person(session, areas["grid1"]), app)


def _policy(log: Log, value: str) -> None:
    set_setting(log.session, log.area, SECOND_PERSON, value, SYSTEM)


def confirms_at_once(session: Session, area: Area, drafts: Sequence[EntryDraft], actor: Actor) -> bool:
    """Whether nothing has to wait."""
    return not why_waits(session, area, drafts, actor)


def why(log: Log, *drafts: EntryDraft, actor: Actor = RECORDER) -> tuple[str, ...]:
    """Why these drafts would wait."""
    return why_waits(log.session, log.area, drafts, actor)


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
    # Somebody else's half is another list.
    assert confirms_at_once(log.session, log.area, second_half, SECOND)


@pytest.mark.parametrize(
    ("titles", "kinds"),
    [
        (("植树", "清扫"), ("志愿服务",)),
        (("植树",), ("志愿服务", "培训学习")),
        (("植树", "清扫"), ("志愿服务", "培训学习")),
    ],
)
def test_a_long_list_split_by_title_or_kind_waits_from_the_second_part_on(
    log: Log, titles: tuple[str, ...], kinds: tuple[str, ...]
) -> None:
    first = _drafts(log, BULK_FROM - 1, title=titles[0])
    assert why(log, *first) == ()
    record(log.session, log.area, first, RECORDER, "test", confirm=True)

    second = [
        make_draft(
            log.session,
            log.area,
            make_person(log.session, log.area, f"李小{n}"),
            title=titles[-1],
            kind=kinds[-1],
        )
        for n in range(3)
    ]
    assert LONG_DAY in why(log, *second)
    # Tomorrow is another day, and a colleague's day another one.
    assert why(log, *second, actor=SECOND) == ()


def test_a_day_is_long_by_what_one_person_alone_answers_for(log: Log, clock: FixedClock) -> None:
    record(log.session, log.area, _drafts(log, 9), RECORDER, "test", confirm=True)
    waiting = log.add(*_drafts(log, 9, title="清扫", first=20))
    decide(log.session, waiting, CONFIRMED, "", SECOND)

    assert why(log, *_drafts(log, 1, title="巡逻", first=40)) == ()
    assert why(log, *_drafts(log, 2, title="巡逻", first=50)) == (LONG_DAY,)
    clock.advance(days=1)
    assert why(log, *_drafts(log, 9, title="巡逻", first=60)) == ()


def test_another_area_is_no_way_round_a_long_day(log: Log) -> None:
    grid = log.session.scalars(select(Area).where(Area.name == "第1网格")).one()
    record(log.session, log.area, _drafts(log, 10), RECORDER, "test", confirm=True)

    draft = make_draft(log.session, grid, make_person(log.session, grid, "李四"), title="清扫")
    assert why_waits(log.session, grid, [draft], RECORDER) == (LONG_DAY,)


def test_a_second_account_of_the_same_person_shares_list_and_day(log: Log) -> None:
    one, other = make_person(log.session, log.area, "赵一"), make_person(log.session, log.area, "赵一")
    accounts = [make_account(log.session, "community_worker", log.area, person=row) for row in (one, other)]
    first, second = (actor_of(account, "community_worker", log.area) for account in accounts)
    record(log.session, log.area, _drafts(log, 10), first, "test", confirm=True)
    late = log.add(*_drafts(log, 1, title="旧事", day=TODAY - timedelta(days=40), first=70), actor=first)
    assert why(log, *_drafts(log, 1, title="清扫", first=50), actor=second) == ()

    merge_people(log.session, one, other, SYSTEM)
    assert why(log, *_drafts(log, 1, title="清扫", first=60), actor=second) == (LONG_DAY,)
    refused("second_person_needed", lambda: decide(log.session, late, CONFIRMED, "", second))
    assert decide(log.session, late, CONFIRMED, "", SECOND) == 1


def test_many_hours_or_units_for_one_person_wait(log: Log) -> None:
    assert why(log, log.draft("长活动", start="08:00", end="16:00")) == ()
    assert why(log, log.draft("长活动", start="08:00", end="16:01")) == (HIGH_VALUE,)
    assert why(log, log.draft("捐赠", start=None, end=None, quantity=1_000, unit="share")) == ()
    assert why(log, log.draft("捐赠", start=None, end=None, quantity=1_001, unit="share")) == (HIGH_VALUE,)
    assert why(log, log.draft("补记", start=None, end=None, quantity=801, unit="hour")) == (HIGH_VALUE,)


def test_many_hours_in_two_halves_are_many_hours(log: Log) -> None:
    record(
        log.session, log.area, [log.draft("上午", start="08:00", end="13:00")], RECORDER, "test", confirm=True
    )

    assert why(log, log.draft("下午", start="14:00", end="18:00")) == (HIGH_VALUE,)
    assert why(log, log.draft("下午", start="14:00", end="17:00")) == ()
    # Pressing twice is not twice as much.
    assert why(log, log.draft("上午", start="08:00", end="13:00")) == ()


def test_an_area_says_where_long_late_and_much_begin(log: Log) -> None:
    street = log.session.scalars(select(Area).where(Area.name == "平安街道")).one()
    for name, value in {"bulk_from": 4, "day_total": 6, "back_dated_days": 3, "high_minutes": 60}.items():
        set_setting(log.session, street, key_of(name), value, SYSTEM)

    today = TODAY - timedelta(days=3)
    assert why(log, *_drafts(log, 3, day=today, title="短", first=0)) == (HIGH_VALUE,)
    set_setting(log.session, log.area, key_of("high_minutes"), 120, SYSTEM)
    assert why(log, *_drafts(log, 3, day=today, title="短", first=10)) == ()
    assert why(log, *_drafts(log, 4, day=today, title="短", first=20)) == (LONG_LIST,)
    assert why(log, *_drafts(log, 6, day=today, title="短", first=30)) == (LONG_LIST, LONG_DAY)
    assert why(log, *_drafts(log, 1, day=today - timedelta(days=1), first=40)) == (BACK_DATED,)
    assert clear_setting(log.session, log.area, key_of("high_minutes"), SYSTEM)
    assert why(log, *_drafts(log, 3, day=today, title="短", first=50)) == (HIGH_VALUE,)


def test_a_sheet_waits_however_short_it_is_and_never_where_nothing_waits(log: Log) -> None:
    (draft,) = _drafts(log, 1)
    assert why_waits(log.session, log.area, [draft], RECORDER, imported=True) == (IMPORTED,)
    _policy(log, OFF)
    assert why_waits(log.session, log.area, [draft], RECORDER, imported=True) == ()
    own = make_draft(log.session, log.area, log.person)
    oneself = Actor("zhang.wei", account_id=3, person_id=log.person.id)
    assert why_waits(log.session, log.area, [own], oneself, imported=True) == (OWN,)


@pytest.mark.parametrize(
    "change", [{"title": "清扫"}, {"kind": "关爱帮扶"}, {}], ids=["title", "kind", "area"]
)
def test_a30_hours_of_one_day_add_up_over_activities(log: Log, change: dict[str, str]) -> None:
    eight = {"start": None, "end": None, "quantity": 800, "unit": "hour"}
    place = log.area
    record(log.session, place, [log.draft("植树", **eight)], RECORDER, "test", confirm=True)
    if not change:
        place = log.session.scalars(select(Area).where(Area.name == "第1网格")).one()

    draft = make_draft(log.session, place, log.person, **{"title": "植树", **eight, **change})  # type: ignore[arg-type]
    assert why_waits(log.session, place, [draft], RECORDER) == (HIGH_VALUE,)


def test_recording_the_same_hours_once_more_does_not_double_them(log: Log) -> None:
    again = log.draft("植树", start=None, end=None, quantity=800, unit="hour")
    record(log.session, log.area, [again], RECORDER, "test", confirm=True)
    assert why(log, again) == ()


def test_a30_hours_of_one_day_add_up_over_the_rows_of_a_person(log: Log) -> None:
    twin = make_person(log.session, log.area, log.person.name)
    eight = {"title": "植树", "start": None, "end": None, "quantity": 800, "unit": "hour"}
    drafts = [make_draft(log.session, log.area, row, **eight) for row in (log.person, twin)]  # type: ignore[arg-type]
    record(log.session, log.area, drafts[:1], RECORDER, "test", confirm=True)
    assert why(log, drafts[1]) == ()

    merge_people(log.session, log.person, twin, SYSTEM)
    assert why(log, drafts[1]) == (HIGH_VALUE,)
    waiting = log.add(drafts[1])
    refused("second_person_needed", lambda: decide(log.session, waiting, CONFIRMED, "", RECORDER))


def test_a30_nobody_confirms_anew_what_a_second_person_turned_down(log: Log) -> None:
    (first,) = log.add(log.draft("整单", start=None, end=None, quantity=900, unit="hour"))
    decide(log.session, [first], REJECTED, "was not there", SECOND)

    less = {"start": None, "end": None, "quantity": 800, "unit": "hour"}
    for title in ("整单", "整单.", "别的"):
        assert why(log, log.draft(title, **less)) == (TURNED_DOWN,)
    again = log.add(log.draft("整单", **less))
    refused("second_person_needed", lambda: decide(log.session, again, CONFIRMED, "", RECORDER))
    assert decide(log.session, again, CONFIRMED, "", SECOND) == 1
    # Another day of the same person is none of it.
    assert why(log, log.draft("整单", day=date(2026, 7, 2))) == ()


def test_everything_that_holds_is_said(log: Log) -> None:
    (again,) = _drafts(log, 1)
    (entry,) = record(log.session, log.area, [again], RECORDER, "test")
    decide(log.session, [entry.entry_id], REJECTED, "was not there", SECOND)
    _policy(log, ALWAYS)
    assert why(log, again) == (EVERYTHING, TURNED_DOWN)


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


def test_what_makes_a_day_too_long_its_recorder_cannot_confirm_piece_by_piece(
    log: Log, clock: FixedClock
) -> None:
    first, second = (
        log.add(*_drafts(log, 6, title=title, first=n)) for n, title in ((0, "植树"), (20, "清扫"))
    )
    refused("second_person_needed", lambda: decide(log.session, first[:1], CONFIRMED, "", RECORDER))
    clock.advance(days=3)
    refused("second_person_needed", lambda: decide(log.session, second[:1], CONFIRMED, "", RECORDER))
    assert decide(log.session, first, CONFIRMED, "", SECOND) == 6


def test_the_recorder_of_many_hours_cannot_confirm_them(log: Log) -> None:
    morning = log.add(log.draft("上午", start="08:00", end="13:00"))
    assert decide(log.session, morning, CONFIRMED, "", RECORDER) == 1
    evening = log.add(log.draft("下午", start="14:00", end="18:00"))
    refused("second_person_needed", lambda: decide(log.session, evening, CONFIRMED, "", RECORDER))


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
