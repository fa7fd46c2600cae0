"""Recording by hand and taking it back within 30 seconds, on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pointsys.core.activity_log.by_hand import UNDO_FOR, ByHand, record_by_hand, undo_recorded
from pointsys.core.activity_log.credit import DRAFT_IDS, credited, draft_facts
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED, Activity, Entry
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.recent import known_activities, last_group
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.factories import actor_of, at, make_account, make_draft, make_person, make_tree

DAY = date(2026, 7, 9)


class Desk:
    """Two workers of a community and two people of it."""

    def __init__(self) -> None:
        with unit_of_work(drain=False) as session:
            self.areas = {name: area.id for name, area in make_tree(session).items()}
            happy = session.get_one(Area, self.areas["happy"])
            self.people = [make_person(session, happy, name) for name in ("甲一", "乙二")]
            self.worker, self.other = (
                actor_of(make_account(session, "community_worker", happy), "community_worker", happy)
                for _ in range(2)
            )
            self.activity = ""

    def record(self, people: int = 2, **kwargs: object) -> ByHand:
        """Record the first people, by the worker."""
        with unit_of_work() as session:
            happy = session.get_one(Area, self.areas["happy"])
            drafts = [
                make_draft(session, happy, person, day=DAY, **kwargs)  # type: ignore[arg-type]
                for person in self.people[:people]
            ]
            done = record_by_hand(session, happy, drafts, self.worker, "form")
            entry = session.get_one(Entry, done.results[0].entry_id)
            self.activity = session.get_one(Activity, entry.activity_id).public_id
            return done

    def undo(self, done: ByHand, actor: Actor | None = None, area: str = "happy") -> int:
        """Take back."""
        with unit_of_work() as session:
            return undo_recorded(
                session, self.areas[area], self.activity, done.at, "undone", actor or self.worker
            )

    def statuses(self) -> list[str]:
        """Of all entries."""
        with unit_of_work() as session:
            return [entry.status for entry in session.query(Entry).order_by(Entry.id)]


@pytest.fixture
def desk(site: Site) -> Desk:
    """The desk on each engine."""
    return Desk()


def code_of(act: object, *args: object) -> str:
    """The code of the Problem a call raises."""
    with pytest.raises(Problem) as caught:
        act(*args)  # type: ignore[operator]
    return caught.value.code


def test_what_was_just_recorded_is_voided_by_its_recorder(desk: Desk, clock: FixedClock) -> None:
    done = desk.record()
    clock.now += UNDO_FOR

    assert desk.undo(done) == 2
    assert desk.statuses() == [VOIDED, VOIDED]
    assert desk.undo(done) == 0


def test_after_30_seconds_the_server_refuses(desk: Desk, clock: FixedClock) -> None:
    done = desk.record()
    clock.now += UNDO_FOR + timedelta(microseconds=1)

    assert code_of(desk.undo, done) == "undo_too_late"
    assert desk.statuses() == [CONFIRMED, CONFIRMED]


def test_exactly_those_entries_are_taken_back(desk: Desk, clock: FixedClock) -> None:
    desk.record(1)
    clock.advance(seconds=5)
    second = desk.record(2)

    assert desk.undo(second) == 1
    assert desk.statuses() == [CONFIRMED, VOIDED]


@pytest.mark.parametrize("outcome", [CONFIRMED, REJECTED, VOIDED])
def test_what_somebody_else_has_decided_on_stays(desk: Desk, clock: FixedClock, outcome: str) -> None:
    done = desk.record(open_end=True, end=None)
    assert desk.statuses() == [PENDING, PENDING]
    with unit_of_work() as session:
        decide(session, [done.results[0].entry_id], outcome, "looked at it", desk.other)

    assert code_of(desk.undo, done) == "decided_meanwhile"
    assert desk.statuses() == [outcome, PENDING]


def test_only_ones_own_in_ones_own_area_is_taken_back(desk: Desk) -> None:
    done = desk.record()

    assert code_of(desk.undo, done, desk.other) == "nothing_to_undo"
    assert code_of(desk.undo, done, None, "sunny") == "nothing_to_undo"
    assert code_of(desk.undo, done, SYSTEM) == "nothing_to_undo"
    assert desk.statuses() == [CONFIRMED, CONFIRMED]


def test_an_entry_without_an_end_waits_whoever_records_it(desk: Desk) -> None:
    with unit_of_work() as session:
        happy = session.get_one(Area, desk.areas["happy"])
        whole = make_draft(session, happy, desk.people[0], day=DAY)
        half = make_draft(session, happy, desk.people[1], day=DAY, end=None, open_end=True)
        done = record_by_hand(session, happy, [half, whole], desk.worker, "form")
        found = [session.get_one(Entry, result.entry_id) for result in done.results]

        assert [(entry.person_id, entry.status) for entry in found] == [
            (desk.people[1].id, PENDING),
            (desk.people[0].id, CONFIRMED),
        ]
        assert {entry.recorded_at for entry in found} == {done.at}


def test_a_draft_is_credited_as_the_entry_it_would_become(desk: Desk) -> None:
    with unit_of_work() as session:
        happy = session.get_one(Area, desk.areas["happy"])
        kind = make_draft(session, happy, desk.people[0]).kind_id
        plan_activity(
            session, happy, kind, "清洁家园", DAY, Plan(at(DAY, "09:30"), at(DAY, "11:00"), 15), desk.worker
        )
        drafts = [make_draft(session, happy, person, day=DAY) for person in desk.people]
        facts = draft_facts(session, happy, drafts, CONFIRMED)

        assert [fact.entry_id - DRAFT_IDS for fact in facts] == [0, 1]
        assert [fact.person_id for fact in facts] == [person.id for person in desk.people]
        assert [credited([fact])[fact.entry_id].minutes for fact in facts] == [75, 75]


def test_the_same_title_brings_the_last_group_along(desk: Desk) -> None:
    desk.record(title="清洁家园(二)")
    with unit_of_work() as session:
        group = last_group(session, desk.areas["happy"], " 清洁家园（二）", DAY + timedelta(days=7))
        known = known_activities(session, desk.areas["happy"])

        assert group is not None
        assert (group.local_date, [person.name for person in group.people]) == (DAY, ["甲一", "乙二"])
        assert last_group(session, desk.areas["happy"], "清洁家园(二)", DAY) is None
        assert last_group(session, desk.areas["sunny"], "清洁家园(二)", DAY + timedelta(days=7)) is None
        assert [(item.title, item.entries, item.planned) for item in known] == [("清洁家园(二)", 2, False)]


def test_planning_refuses_what_stands_already_and_days_out_of_reach(desk: Desk) -> None:
    with unit_of_work() as session:
        happy = session.get_one(Area, desk.areas["happy"])
        kind = make_draft(session, happy, desk.people[0]).kind_id
        later = date(2026, 8, 1)
        plan = Plan(at(later, "09:00"), at(later, "10:00"))
        plan_activity(session, happy, kind, "百家宴", later, plan, desk.worker)

        def again(title: str = "百家宴", day: date = later, kind_id: int = kind) -> object:
            return plan_activity(session, happy, kind_id, title, day, plan, desk.worker)

        assert code_of(again) == "activity_exists"
        assert code_of(again, "") == "bad_title"
        assert code_of(again, "别的", date(2029, 1, 1)) == "bad_date"
        assert code_of(again, "别的", later, 99_999) == "unknown_kind"
