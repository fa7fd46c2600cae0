"""Goal 1: one entry by the service, beside the raw driver doing the least that has to be written for it.

The floor writes entry, audit row and marks into the same tables of the same database, with the same settings, in one
commit. Both take turns, so that a disk that gets slower meanwhile is slow for both.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import select

from benchmarks.town import open_site
from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.models import Activity, ActivityKind
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import PRAGMAS, db, new_public_id
from pointsys.core.pending import CORE, drain, pending_count
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work

DAY = date(2026, 7, 1)
ROUNDS = 5
WARM_UP = 50
HALF_AN_HOUR = timedelta(minutes=30)

ENTRY = (
    "public_id", "activity_id", "area_id", "person_id", "person_area_id", "kind_id", "title", "local_date",
    "starts_at", "ends_at", "start_key", "role", "source", "source_ref", "recorded_by", "recorded_at", "status",
)  # fmt: skip
AUDIT = (
    "at", "actor", "event", "object_type", "object_id", "area_id", "result", "address", "after_digest", "count",
)  # fmt: skip
MARK = (
    "INSERT INTO pending (plugin, person_id, n) VALUES (?, ?, 1) "
    "ON CONFLICT (plugin, person_id) DO UPDATE SET n = pending.n + 1"
)

One = Callable[[int, datetime], None]


@dataclass(frozen=True)
class Scene:
    """What both write into: an activity that stands, some people with their areas, the plugins that derive."""

    draft: EntryDraft
    area_id: int
    people: Mapping[int, int]
    plugins: Sequence[str]


def measure(home: Path, url: str, records: int) -> dict[str, float]:
    """Entries per second of floor and service, the median of their ratios, and the time until no mark is pending."""
    app = open_site(home, url)
    with app.app_context():
        scene = _scene(records + WARM_UP)
        floor = _sqlite_floor(scene, home) if not url else _postgresql_floor(scene, url)
        people, at = cycle(scene.people), _moments()
        rounds = []
        for part in [WARM_UP] + [max(1, records // ROUNDS)] * ROUNDS:
            chosen = list(islice(people, part))
            rounds.append((_rate(floor, chosen, at), _rate(_service(scene), chosen, at)))
        del rounds[0]
        cpu = time.process_time()
        chosen = list(islice(people, records))
        _rate(_service(scene), chosen, at)
        cpu = (time.process_time() - cpu) / len(chosen)
        with read_scope() as session:
            marks = pending_count(session)
        began = time.perf_counter()
        drain()
        drained = time.perf_counter() - began
        db.engine.dispose()
    return {
        "floor": median(raw for raw, _ in rounds),
        "service": median(mine for _, mine in rounds),
        "ratio": median(mine / raw for raw, mine in rounds),
        "cpu_ms": 1_000 * cpu,
        "marks": marks,
        "drain_seconds": drained,
    }


def _scene(people: int) -> Scene:
    with unit_of_work(drain=False) as session:
        root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        kind = session.scalars(select(ActivityKind).where(ActivityKind.code == "volunteer_service")).one()
        areas = session.execute(select(Person.id, Person.area_id).order_by(Person.public_id).limit(people))
        places = {row[0]: row[1] for row in areas}
        draft = EntryDraft(person_id=next(iter(places)), kind_id=kind.id, title="巡逻", local_date=DAY)
        record(session, root, [draft], SYSTEM, "benchmark")
        activity = session.scalars(select(Activity.id).where(Activity.title == draft.title)).one()
    drain()
    plugins = [CORE, *current_site().host.in_order("derive")]
    return Scene(replace(draft, activity_id=activity), root.id, places, plugins)


def _moments() -> Iterator[datetime]:
    """Starting times of which none comes twice."""
    start = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    return (start + timedelta(seconds=second) for second in count())


def _rate(one: One, people: Sequence[int], at: Iterator[datetime]) -> float:
    began = time.perf_counter()
    for person_id in people:
        one(person_id, next(at))
    return len(people) / (time.perf_counter() - began)


def _service(scene: Scene) -> One:
    def one(person_id: int, start: datetime) -> None:
        draft = replace(scene.draft, person_id=person_id, starts_at=start, ends_at=start + HALF_AN_HOUR)
        with unit_of_work(drain=False) as session:
            record(session, session.get_one(Area, scene.area_id), [draft], SYSTEM, "benchmark")

    return one


def _values(scene: Scene, person_id: int, start: datetime) -> tuple[list[Any], list[Any]]:
    """Values of the entry and of its audit row."""
    public_id, end = new_public_id(), start + HALF_AN_HOUR
    draft = scene.draft
    entry = [
        public_id, draft.activity_id, scene.area_id, person_id, scene.people[person_id], draft.kind_id, draft.title,
        DAY, start, end, start.strftime("%Y%m%dT%H%M%S"), "", "floor", "", "system", end, "pending",
    ]  # fmt: skip
    audit = [end, "system", "entries.recorded", "entry", public_id, scene.area_id, "ok", "", "0" * 64, 1]
    return entry, audit


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _sqlite_floor(scene: Scene, home: Path) -> One:
    connection = sqlite3.connect(home / "pointsys.db", isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    entry_sql, audit_sql = _insert("entry", ENTRY), _insert("audit", AUDIT)

    def one(person_id: int, start: datetime) -> None:
        entry, audit = (
            [str(value) if isinstance(value, date) else value for value in values]
            for values in _values(scene, person_id, start.replace(tzinfo=None))
        )
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(entry_sql, entry)
        connection.execute(audit_sql, audit)
        connection.executemany(MARK, [(plugin, person_id) for plugin in scene.plugins])
        connection.execute("COMMIT")

    return one


def _postgresql_floor(scene: Scene, url: str) -> One:
    connection = psycopg.connect(url)
    entry_sql, audit_sql, mark_sql = (
        sql.replace("?", "%s").encode() for sql in (_insert("entry", ENTRY), _insert("audit", AUDIT), MARK)
    )

    def one(person_id: int, start: datetime) -> None:
        entry, audit = _values(scene, person_id, start)
        with connection.cursor() as cursor:
            cursor.execute(entry_sql, entry, prepare=True)
            cursor.execute(audit_sql, audit, prepare=True)
            cursor.executemany(mark_sql, [(plugin, person_id) for plugin in scene.plugins])
        connection.commit()

    return one
