"""``record()``: identity, marks, audit, and that it never commits."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.audit import AuditRow
from pointsys.core.site import Site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.factories import make_draft, make_person, make_tree


def test_an_entry_is_recorded_once_however_often_it_comes(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        draft = make_draft(session, areas["happy"], person)
        first = record(session, areas["happy"], [draft], SYSTEM, "test")
        second = record(session, areas["happy"], [draft, draft], SYSTEM, "test")

        assert [r.outcome for r in first] == ["created"]
        assert [(r.outcome, r.entry_id) for r in second] == [("unchanged", first[0].entry_id)] * 2
        assert session.scalar(select(func.count()).select_from(Entry)) == 1


def test_same_identity_with_another_end_is_a_conflict_naming_what_is_stored(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        record(session, areas["happy"], [make_draft(session, areas["happy"], person)], SYSTEM, "test")
        with pytest.raises(Problem) as caught:
            record(
                session,
                areas["happy"],
                [make_draft(session, areas["happy"], person, end="12:00")],
                SYSTEM,
                "test",
            )

        assert caught.value.code == "conflict"
        assert caught.value.params["stored"] == "11:00"


def test_the_entry_belongs_to_the_area_the_person_lived_in_that_day(site: Site) -> None:
    from pointsys.core.people.services import move_person

    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        move_person(session, person, areas["sunny"].id, date(2026, 6, 1), SYSTEM)
        days = [date(2026, 5, 31), date(2026, 6, 1)]
        record(
            session,
            areas["street"],
            [make_draft(session, areas["street"], person, day=d) for d in days],
            SYSTEM,
            "t",
        )
        found = dict(session.execute(select(Entry.local_date, Entry.person_area_id)).all())

        assert found == {days[0]: areas["grid1"].id, days[1]: areas["sunny"].id}


def test_the_audit_holds_one_row_for_a_batch(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        people = [make_person(session, areas["grid1"], name) for name in ("张伟", "李静", "王芳")]
        record(
            session, areas["happy"], [make_draft(session, areas["happy"], p) for p in people], SYSTEM, "test"
        )
        rows = session.execute(
            select(AuditRow.count, AuditRow.result).where(AuditRow.event == "entries.recorded")
        ).all()

        assert rows == [(3, "ok")]


def test_nothing_is_kept_when_the_unit_of_work_fails(site: Site) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])

    def record_and_fail() -> None:
        with unit_of_work() as session:
            record(session, areas["happy"], [make_draft(session, areas["happy"], person)], SYSTEM, "test")
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        record_and_fail()
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == 0


def test_only_the_unit_of_work_commits(site: Site) -> None:
    with pytest.raises(RuntimeError, match="only unit_of_work commits"), unit_of_work() as session:
        session.commit()
