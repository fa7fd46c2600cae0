"""Crediting the log: policies by area and date, the journal, hours that wait, classes, and hours by date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit.models import AuditRow
from pointsys.core.database import Base
from pointsys.core.pending import drain
from pointsys.core.people.merging import merge_people
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from pointsys.plugins.volunteer import personal
from pointsys.plugins.volunteer.policies import approvals, inforce, journal, publishing
from pointsys.plugins.volunteer.policies.explain import explain
from pointsys.plugins.volunteer.policies.publishing import Draft
from tests.plugins.volunteer.place import DAY, Place, balances, flags_of, minutes_of, switch


def rows(table: str, *columns: str) -> list[tuple[Any, ...]]:
    """All rows of a table, in the order in which they were written."""
    found = Base.metadata.tables[table]
    with read_scope() as session:
        return [tuple(row) for row in session.execute(select(*[found.c[name] for name in columns]))]


def credit_of(entry: int, *columns: str) -> tuple[Any, ...]:
    """Columns of an entry's credit."""
    return next(row[1:] for row in rows("volunteer_credit", "entry_id", *columns) if row[0] == entry)


def publish(place: Place, area: str, first: date, recompute: bool = True, **rules: Any) -> int:
    """Publish a policy and derive whom it marks; returns its id."""
    with unit_of_work() as session:
        draft = Draft(rules, first, "试行", "街道会议")
        row = publishing.publish(session, place.area(session, area), draft, SYSTEM, recompute=recompute)
        number: int = row.id
    drain()
    return number


def decide(place: Place, entries: list[int], outcome: str, reason: str = "") -> int:
    """Decide as the system."""
    with unit_of_work() as session:
        ids = list(session.scalars(select(Entry.public_id).where(Entry.id.in_(entries))))
        done: int = approvals.decide(session, place.area(session, "street"), ids, outcome, reason, SYSTEM)
        return done


def test_scenario_4_a_void_gives_the_time_back_and_the_journal_says_so(place: Place) -> None:
    person = place.person()
    x = place.serve(person, "09:00", "11:00", title="X")
    y = place.serve(person, "10:30", "12:00", title="Y")
    assert (minutes_of(x), minutes_of(y), rows("volunteer_ledger", "delta")) == (120, 60, [])

    place.void(x)

    assert (minutes_of(y), balances(person)) == (90, {place.areas["grid1"]: (90, 1)})
    assert rows("volunteer_ledger", "entry_id", "delta", "minutes", "kind", "rule_version") == [
        (x, -120, 0, "reverse", "P0"), (y, 30, 90, "adjust", "P0"),
    ]  # fmt: skip
    with read_scope() as session:
        history = journal.histories(session, {y: 90})[y]
        assert (history.first, [(step.delta, step.minutes) for step in history.steps]) == (60, [(30, 90)])


def test_the_journal_adds_up_over_everything_that_can_happen(place: Place) -> None:
    kept, merged = place.person("张三"), place.person("张三", area="grid2")
    first = place.serve(kept, "09:00", "11:00", title="X")
    second = place.serve(merged, "10:30", "12:00", title="Y")
    with unit_of_work() as session:
        merge_people(session, session.get_one(Person, kept), session.get_one(Person, merged), SYSTEM)
    switch(place, "happy", False)
    switch(place, "happy", True)

    steps = rows("volunteer_ledger", "entry_id", "delta", "kind")
    assert [step for step in steps if step[0] == second] == [
        (second, -30, "merge"), (second, -60, "reverse"), (second, 60, "adjust"),
    ]  # fmt: skip
    assert [step[1] for step in steps if step[0] == first] == [-120, 120]
    assert (minutes_of(first), minutes_of(second)) == (120, 60)


def test_hours_above_the_limit_wait_as_a_whole_and_count_once_decided(place: Place) -> None:
    person, grid = place.person(), place.areas["grid1"]
    early = place.serve(person, "06:00", "12:00", title="early")
    late = place.serve(person, "12:00", "15:00", title="late")
    assert (credit_of(late, "minutes", "worth", "state", "level"), minutes_of(early)) == (
        (0, 180, "pending", "street"), 360,
    )  # fmt: skip
    assert balances(person) == {grid: (360, 1)}

    assert decide(place, [late], "approved") == 1
    assert (credit_of(late, "minutes", "state"), balances(person)) == ((180, "approved"), {grid: (540, 2)})

    decide(place, [late], "rejected", "没有到场")
    assert (minutes_of(late), flags_of(late), balances(person)) == (0, "refused", {grid: (360, 1)})

    decide(place, [late], "approved")
    night = place.serve(person, "15:00", "19:00", title="night")
    assert (minutes_of(late), credit_of(night, "state", "level")) == (180, ("pending", "district"))
    assert [row[1:] for row in rows("volunteer_ledger", "entry_id", "delta", "kind")] == [
        (180, "approve"), (-180, "adjust"), (180, "adjust"),
    ]  # fmt: skip

    place.void(early)
    assert (minutes_of(late), credit_of(night, "minutes", "state", "level")) == (180, (240, "approved", ""))
    with read_scope() as session:
        events = [e for e in session.scalars(select(AuditRow.event)) if e.startswith("volunteer.hours")]
    assert events == ["volunteer.hours_approved", "volunteer.hours_rejected", "volunteer.hours_approved"]


def test_a_decision_on_time_that_a_rejection_freed_is_heeded(place: Place) -> None:
    person = place.person()
    long = place.serve(person, "08:00", "18:00", title="long")
    within = place.serve(person, "09:00", "17:30", title="within")
    decide(place, [long], "rejected", "没有到场")
    assert credit_of(within, "minutes", "worth", "state") == (0, 510, "pending")

    decide(place, [within], "approved")
    assert credit_of(within, "minutes", "state", "level") == (510, "approved", "street")


def test_decisions_that_cannot_be_made_say_why(place: Place) -> None:
    person = place.person()
    below = place.serve(person, "09:00", "11:00")
    above = place.serve(person, "12:00", "20:00", title="long")
    codes = []
    for entries, outcome in (([below], "approved"), ([above], "rejected"), ([], "approved")):
        with pytest.raises(Problem) as problem:
            decide(place, entries, outcome)
        codes.append(problem.value.code)
    with unit_of_work() as session:
        ids = list(session.scalars(select(Entry.public_id).where(Entry.id == above)))
        with pytest.raises(Problem) as elsewhere:
            approvals.decide(session, place.area(session, "sunny"), ids, "approved", "", SYSTEM)

    assert codes == ["not_above_limit", "reason_needed", "nothing_chosen"]
    assert (elsewhere.value.code, credit_of(above, "state")) == ("unknown_entry", ("pending",))


def test_a_policy_rules_its_area_and_those_below_from_its_day_on(place: Place) -> None:
    person = place.person()
    served = [
        place.serve(person, "09:00", "09:40", day=DAY.replace(day=n), area="happy", title=str(n))
        for n in (1, 7, 9)
    ]
    elsewhere = place.serve(place.person("李四", area="sunny"), "09:00", "09:40", area="sunny")
    street = publish(place, "street", DAY, min_session_minutes=60)
    happy = publish(place, "happy", DAY.replace(day=9), max_pairs=5, min_session_minutes=50)

    assert [credit_of(entry, "minutes", "rule_version") for entry in served] == [
        (40, "P0"), (60, f"v{street}"), (50, f"v{street}.{happy}"),
    ]  # fmt: skip
    assert credit_of(elsewhere, "minutes", "rule_version") == (60, f"v{street}")
    assert set(rows("volunteer_ledger", "kind")) == {("policy",)}
    with read_scope() as session:
        area = place.area(session, "grid1")
        policy = inforce.policy_at(session, area.id, date(2026, 4, 1))
        assert (policy.min_session_minutes, policy.max_pairs, policy.day_auto_minutes) == (50, 5, 480)
        assert [version.title for version in publishing.versions_for(session, area)] == ["试行"] * 2

    publish(place, "happy", DAY.replace(day=9))
    assert credit_of(served[2], "minutes", "rule_version") == (60, f"v{street}")


def test_a_policy_of_a_day_to_come_changes_nothing_and_one_of_the_past_only_when_asked(place: Place) -> None:
    entry = place.serve(place.person(), "09:00", "09:40")
    with read_scope() as session:
        area = place.area(session, "street")
        past = Draft({"min_session_minutes": 60}, DAY, "试行", "会议")
        tried = publishing.trial(session, area, past)
        future = publishing.trial(session, area, Draft(past.values, date(2199, 1, 1), "试行", "会议"))
    assert (tried.people, tried.entries, tried.changed, tried.before, tried.after) == (1, 1, 1, 40, 60)
    assert [(row.name, row.before, row.after) for row in tried.rows] == [("张三", 40, 60)]
    assert future.people == 0

    codes = {}
    for what, draft in {
        "asked": past,
        "untitled": Draft(past.values, DAY, " ", "会议"),
        "no reason": Draft(past.values, DAY, "试行", ""),
        "ladder": Draft({"day_auto_minutes": 800}, DAY, "试行", "会议"),
        "too early": Draft(past.values, date(1999, 1, 1), "试行", "会议"),
        "the same": Draft({}, DAY, "试行", "会议"),
    }.items():
        with pytest.raises(Problem) as problem, unit_of_work() as session:
            publishing.publish(session, place.area(session, "street"), draft, SYSTEM)
        codes[what] = problem.value.code
    assert codes == {
        "asked": "recompute_needed", "untitled": "title_needed", "no reason": "reason_needed", "ladder": "ladder",
        "too early": "bad_date", "the same": "nothing_changes",
    }  # fmt: skip

    publish(place, "street", date(2199, 1, 1), recompute=False, min_session_minutes=60)
    assert credit_of(entry, "minutes", "rule_version") == (40, "P0")


def test_hours_by_date_stand_where_they_fall_on_another_date(place: Place) -> None:
    person = place.person()
    plain = place.serve(person, "09:00", "10:00")
    night = place.serve(person, "23:00", "25:30", title="night")
    dated = {
        (entry, day): minutes
        for entry, day, minutes in rows("volunteer_split", "entry_id", "local_date", "minutes")
    }

    assert dated == {(night, DAY): 60, (night, DAY.replace(day=8)): 90}
    assert (flags_of(night), flags_of(plain)) == ("midnight", "")

    place.void(night)
    assert rows("volunteer_split", "entry_id") == []


def test_an_explanation_names_what_took_the_time_and_the_rules(place: Place) -> None:
    person = place.person()
    place.serve(person, "09:00", "11:00", title="X")
    entry = place.serve(person, "10:30", "12:00", title="Y")
    publish(place, "street", DAY, min_session_minutes=70)
    with read_scope() as session:
        told = explain(session, session.get_one(Entry, entry))
        assert told is not None
        assert ([other.title for other in told.others], told.there, told.klass) == (["X"], 90, "honour")
        assert (told.worth.counts, told.differs, told.stored) == (70, {"min_session_minutes": 70}, True)
        assert [(step.delta, step.kind) for step in told.history.steps] == [(10, "policy")]
    with unit_of_work() as session:
        waiting = place.area(session, "street")
        assert isinstance(waiting, Area)
        found, total = approvals.rows_below(session, waiting.id, limit=10)
    assert (found, total) == ([], 0)


def test_ones_copy_tells_class_state_and_what_waits(place: Place) -> None:
    person = place.person()
    place.serve(person, "06:00", "12:00", title="early")
    place.serve(person, "12:00", "15:00", title="late")
    with read_scope() as session:
        copy: Any = personal.export(session, person, [person])["entries"]
    assert [(one["class"], one["state"], one["minutes"], one["worth"], one["rules"]) for one in copy] == [
        ("honour", "approved", 360, 360, "P0"), ("honour", "pending", 0, 180, "P0"),
    ]  # fmt: skip
