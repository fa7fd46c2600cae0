"""R-22: instants are kept in UTC, days are those of the site's clock on the wall, and a birth date is a date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import EntryDraft, record
from pointsys.core.actors import SYSTEM
from pointsys.core.database import db
from pointsys.core.people.models import Person
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.factories import make_draft, make_person, make_tree

LOCAL = timezone(timedelta(hours=8))


def _recorded(day: date, start: datetime, end: datetime) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        draft = make_draft(session, areas["happy"], person, day=day, start=None, end=None)
        timed = EntryDraft(person.id, draft.kind_id, "夜间巡逻", day, starts_at=start, ends_at=end)
        record(session, areas["happy"], [timed], SYSTEM, "test")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC), date(2026, 6, 30)),
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2028, 2, 28, 15, 59, tzinfo=UTC), date(2028, 2, 28)),
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 2, 29, 16, 0, tzinfo=UTC), date(2028, 3, 1)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_r22_a_day_begins_at_local_midnight(
    site: Site, clock: FixedClock, instant: datetime, day: date
) -> None:
    clock.now = instant

    assert site.today() == day
    assert site.local(instant).date() == day


def test_r22_instants_are_stored_in_utc(site: Site) -> None:
    start = datetime(2026, 7, 1, 0, 30, tzinfo=LOCAL)
    _recorded(date(2026, 7, 1), start, start + timedelta(hours=1))

    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            stored = connection.execute(text("SELECT starts_at FROM entry")).scalar_one()
            assert stored == "2026-06-30 16:30:00.000000"
        else:
            query = text("SELECT to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM entry")
            assert connection.execute(query).scalar_one() == "2026-06-30 16:30"
    with read_scope() as session:
        entry = session.scalars(select(Entry)).one()
        assert entry.starts_at == start
        assert entry.starts_at is not None
        assert entry.starts_at.utcoffset() == timedelta(0)
        assert entry.local_date == date(2026, 7, 1)


def test_r22_the_same_instant_said_in_two_zones_is_one_entry(site: Site) -> None:
    start = datetime(2026, 7, 1, 9, 0, tzinfo=LOCAL)
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        local = make_draft(session, areas["happy"], person, day=date(2026, 7, 1), start="09:00", end="10:00")
        in_utc = EntryDraft(
            person.id,
            local.kind_id,
            local.title,
            local.local_date,
            starts_at=start.astimezone(UTC),
            ends_at=(start + timedelta(hours=1)).astimezone(UTC),
        )
        outcomes = [
            result.outcome for result in record(session, areas["happy"], [local, in_utc], SYSTEM, "t")
        ]

    assert outcomes == ["created", "unchanged"]


def test_r22_a_night_on_the_leap_day_belongs_to_the_day_it_began(site: Site, clock: FixedClock) -> None:
    clock.now = datetime(2028, 3, 10, tzinfo=UTC)
    start = datetime(2028, 2, 29, 23, 0, tzinfo=LOCAL)
    _recorded(date(2028, 2, 29), start, start + timedelta(hours=2))

    with read_scope() as session:
        assert session.scalar(select(Entry.local_date)) == date(2028, 2, 29)


def test_r22_a_start_on_another_day_than_the_date_is_refused(site: Site) -> None:
    # 00:30 in Shanghai is the evening before in UTC: the day meant is the one on the wall.
    start = datetime(2026, 7, 1, 0, 30, tzinfo=LOCAL)
    with pytest.raises(Problem) as caught:
        _recorded(date(2026, 6, 30), start, start + timedelta(hours=1))

    assert caught.value.code == "date_differs"


def test_r22_an_instant_without_a_zone_is_never_stored(site: Site) -> None:
    with unit_of_work() as session:
        person = make_person(session, make_tree(session)["grid1"])
        stored = person.created_at
        person.created_at = stored.replace(tzinfo=None)
        with pytest.raises(StatementError, match="say which zone"):
            session.flush()
        session.rollback()


@pytest.mark.parametrize(
    # China moved its clocks in the summers of 1986 to 1991; midnight did not exist on the first of those days.
    "born",
    [
        date(1986, 5, 4),
        date(1988, 4, 17),
        date(1991, 9, 15),
        date(1940, 6, 1),
        date(2000, 2, 29),
        date(1900, 1, 1),
    ],
)
def test_r22_a_birth_date_never_shifts(site: Site, born: date) -> None:
    with unit_of_work() as session:
        make_person(session, make_tree(session)["grid1"], birth_date=born)

    with read_scope() as session:
        assert session.scalar(select(Person.birth_date)) == born
    with db.engine.connect() as connection:
        assert str(connection.execute(text("SELECT birth_date FROM person")).scalar_one()) == born.isoformat()


def test_r22_what_is_recorded_later_comes_later_whatever_the_clock_says(
    site: Site, clock: FixedClock
) -> None:
    with unit_of_work() as session:
        areas = make_tree(session)
        person = make_person(session, areas["grid1"])
        first = make_draft(session, areas["happy"], person, title="甲")
        record(session, areas["happy"], [first], SYSTEM, "test")
        clock.advance(minutes=-10)
        record(
            session, areas["happy"], [make_draft(session, areas["happy"], person, title="乙")], SYSTEM, "test"
        )

        assert session.scalars(select(Entry.title).order_by(Entry.id)).all() == ["甲", "乙"]
