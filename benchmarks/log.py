"""A long log: so many confirmed entries for everybody, made set-based inside the database, and what is derived from it.

Forty people of a community come to each activity, over the twelve months before the town's today. What an entry is
worth follows from its id alone, so that balances are summed up in SQL; one in two hundred entries waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from benchmarks.town import GRIDS_PER_COMMUNITY, NOW, PEOPLE_PER_GRID, open_site
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts.separation import allow_exception
from pointsys.core.activity_log.models import Activity, ActivityKind, Entry, Pending
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.bulk import insert_many
from pointsys.core.database import Base, db, dialect_of, table_of
from pointsys.core.figures.rebuild import rebuild
from pointsys.core.imports.runner import refresh_statistics
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.histogram import rebuild as rebuild_histogram
from pointsys.plugins.volunteer.models import VolunteerBalance

PER_ACTIVITY = 40
PER_COMMUNITY = PEOPLE_PER_GRID * GRIDS_PER_COMMUNITY
GROUPS = PER_COMMUNITY // PER_ACTIVITY
FIRST_DAY = date(2025, 7, 15)
DAYS = 360
WAITS = 200
# Half hours mostly; every tenth entry has an odd end.
MINUTES = "(30 + 30 * (((id % 8) * 7919) % 8) + CASE WHEN id % 10 = 0 THEN id % 29 ELSE 0 END)"
OFFICE = "benchmark"

ENTRIES = """
INSERT INTO entry (id, public_id, activity_id, area_id, person_id, person_area_id, kind_id, title, local_date,
  starts_at, ends_at, start_key, role, source, source_ref, recorded_by, recorded_at, status)
SELECT n.id, {public_id}, a.id, a.area_id, p.id, p.area_id, a.kind_id, a.title, a.local_date,
  {start}, {end}, {key}, '', 'benchmark', '', 'system', {start},
  CASE WHEN n.id % {waits} = 0 THEN 'pending' ELSE 'confirmed' END
FROM (SELECT id, {minutes} AS minutes FROM ({numbers}) AS ids) AS n
JOIN activity AS a ON a.id = (n.id - 1) / {per_activity} + 1
JOIN person AS p ON p.id = ((a.id - 1) / ({groups} * {each})) * {per_community}
  + ((a.id - 1) % ({groups} * {each})) / {each} * {per_activity} + (n.id - 1) % {per_activity} + 1
"""
WORDS = {
    "sqlite": {
        "numbers": "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < {rows}) "
        "SELECT id FROM c",
        "public_id": "printf('b%015d', n.id)",
        "start": "a.local_date || ' 01:00:00.000000'",
        "end": "datetime(a.local_date, '01:00:00', '+' || n.minutes || ' minutes') || '.000000'",
        "key": "strftime('%Y%m%dT010000', a.local_date)",
    },
    "postgresql": {
        "numbers": "SELECT generate_series(1, {rows}) AS id",
        "public_id": "'b' || lpad(n.id::text, 15, '0')",
        "start": "(a.local_date + time '01:00') AT TIME ZONE 'UTC'",
        "end": "(a.local_date + time '01:00') AT TIME ZONE 'UTC' + n.minutes * interval '1 minute'",
        "key": "to_char(a.local_date, 'YYYYMMDD') || 'T010000'",
    },
}
MONTHS = """
INSERT INTO volunteer_balance (person_id, period, area_id, minutes, entries, total)
SELECT person_id, {month}, person_area_id, sum({minutes}), count(*), sum({minutes})
FROM entry WHERE status = 'confirmed' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
LONGER = """
INSERT INTO volunteer_balance (person_id, period, area_id, minutes, entries, total)
SELECT person_id, {period}, area_id, sum(minutes), sum(entries), sum(minutes)
FROM volunteer_balance WHERE length(period) = 7 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def fill_log(home: Path, url: str, people: int, rows: int) -> dict[str, float]:
    """Give a town of ``people`` about ``rows`` entries, and an account that sees all of it; returns how many."""
    app = open_site(home, url)
    with app.app_context():
        made = add_log(people, rows)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if not url else "VACUUM ANALYZE")
        db.engine.dispose()
    return {"entries": made}


def add_log(people: int, rows: int) -> int:
    """The same for the present site, whose people have the ids from 1 on."""
    each = max(1, -(-rows // people))
    with unit_of_work(drain=False) as session:
        _room(session)
        activities = _activities(session, each)
        with _without_indexes(session, Entry):
            _entries(session, each, activities)
    with unit_of_work(drain=False) as session:
        _room(session)
        with _without_indexes(session, VolunteerBalance):
            _balances(session)
        rebuild_histogram(session)
        rebuild(session)
        session.execute(delete(table_of(Pending)))
        root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        account = accounts.create_account(session, OFFICE, SYSTEM)
        # The measured pages are those of one reader: a unit with fewer people, under the declared exception.
        allow_exception(session, root, SYSTEM)
        for role in ("subdistrict_office", "system_admin"):
            accounts.grant_role(session, account, role, root, SYSTEM)
        refresh_statistics(session)
        return session.scalar(select(func.count()).select_from(Entry)) or 0


def _activities(session: Session, each: int) -> int:
    """Every forty people of a community come together ``each`` times; returns how many activities that are."""
    kind = session.scalars(select(ActivityKind).where(ActivityKind.code == "volunteer_service")).one()
    homes = session.execute(
        select(Area.parent_id)
        .join(Person, Person.area_id == Area.id)
        .where((Person.id - 1) % PER_COMMUNITY == 0)
        .order_by(Person.id)
    )
    communities = list(homes.scalars())

    def rows() -> Iterator[tuple[Any, ...]]:
        number = 0
        for area_id in communities:
            for group in range(GROUPS):
                for turn in range(each):
                    number += 1
                    day = FIRST_DAY + timedelta(days=(number * 37 + turn * 20) % DAYS)
                    title = f"活动{group}-{turn}"
                    key = (f"c{number:015d}", kind.id, title, title, area_id, day, "system", NOW, 0, "", "")
                    yield (number, *key)

    names = (
        "id", "public_id", "kind_id", "title", "title_key", "area_id", "local_date", "created_by", "created_at",
        "break_minutes", "organiser", "place",
    )  # fmt: skip
    insert_many(session, Activity, names, rows())
    return len(communities) * GROUPS * each


def _entries(session: Session, each: int, activities: int) -> None:
    dialect = dialect_of(session)
    words = dict(WORDS[dialect])
    words["numbers"] = words["numbers"].format(rows=activities * PER_ACTIVITY)
    statement = ENTRIES.format(
        **words, minutes=MINUTES, waits=WAITS, per_activity=PER_ACTIVITY, groups=GROUPS, each=each,
        per_community=PER_COMMUNITY,
    )  # fmt: skip
    session.connection().exec_driver_sql(
        statement.replace("%", "%%") if dialect == "postgresql" else statement
    )
    if dialect == "postgresql":
        for name in ("entry", "activity"):
            session.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def _room(session: Session) -> None:
    """Much memory for as long as the filling takes; without it SQLite reads its file over and over."""
    if dialect_of(session) == "sqlite":
        session.connection().exec_driver_sql("PRAGMA cache_size = -1500000")
    else:
        session.connection().exec_driver_sql("SET LOCAL work_mem = '400MB'")
        session.connection().exec_driver_sql("SET LOCAL maintenance_work_mem = '800MB'")


@contextmanager
def _without_indexes(session: Session, model: type[Base]) -> Iterator[None]:
    """Sorting keys once is much faster than finding a place for each; unique columns keep their constraint."""
    indexes = sorted(table_of(model).indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(session.connection())
    yield
    for index in indexes:
        index.create(session.connection())


def _balances(session: Session) -> None:
    month = "substr(CAST(local_date AS VARCHAR), 1, 7)"
    session.execute(text(MONTHS.format(month=month, minutes=MINUTES)))
    for period in ("substr(period, 1, 4)", "'all'"):
        session.execute(text(LONGER.format(period=period)))
