"""Goals 7, 8, 11 and 12: ranks, first places and an area's first page over a long log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import func, select

from benchmarks.log import OFFICE
from benchmarks.probe import Sent, asked, milliseconds, scanned
from benchmarks.town import NOW, open_site
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.drafts import EntryDraft
from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer import queries
from pointsys.plugins.volunteer.hours import Span
from pointsys.plugins.volunteer.models import VolunteerBalance

YEAR = Span((str(NOW.year),))
FIRST = 50
SAMPLE = 25
LEVELS = ("city", "county", "subdistrict", "community", "grid")
# What grows with the log: reading any of these from end to end is what the figures are there to avoid.
LOG = frozenset(
    {
        "entry",
        "decision",
        "activity",
        "person_month",
        "volunteer_credit",
        "volunteer_day",
        "volunteer_balance",
    }
)


def measure_ranks(home: Path, url: str) -> dict[str, float]:
    """Milliseconds of SQL for a rank, a look-up of one balance by key, and the first fifty, all in the whole city."""
    app = open_site(home, url)
    with app.app_context():
        root, people = _root_and_people()
        look_ups, ranks = [], []
        for person_id in people:
            look_ups.append(milliseconds(asked(lambda p=person_id: _look_up(p))))  # type: ignore[misc]
            ranks.append(milliseconds(asked(lambda p=person_id: _rank(root, p))))  # type: ignore[misc]
        top = milliseconds(asked(lambda: _top(root)))
        db.engine.dispose()
    return {"look_up_ms": median(look_ups), "rank_ms": median(ranks), "top_ms": top}


def measure_fresh(home: Path, url: str) -> dict[str, float]:
    """Milliseconds from a commit of a record to the list with it: deriving and reading, and reading alone."""
    app = open_site(home, url)
    with app.app_context():
        root, people = _root_and_people()
        drain()
        both, read = [], []
        for number, person_id in enumerate(people):
            _record(person_id, number)
            began = time.perf_counter()
            drain(people=[person_id])
            derived = time.perf_counter()
            _top(root)
            _rank(root, person_id)
            ended = time.perf_counter()
            both.append(1_000 * (ended - began))
            read.append(1_000 * (ended - derived))
        db.engine.dispose()
    return {"fresh_ms": median(both), "read_ms": median(read)}


def measure_pages(home: Path, url: str) -> dict[str, float]:
    """Milliseconds of SQL of the first page of an area of each level, and how many of its statements scan the log."""
    app = open_site(home, url, web=True)
    found: dict[str, float] = {}
    with app.app_context():
        client = app.test_client()
        with client.session_transaction() as stored:
            stored[_token_key()] = _sign_in()
        for level in LEVELS:
            statements = page_statements(client, _code_of(level))
            found[level] = milliseconds(statements)
            found["scans"] = found.get("scans", 0) + sum(
                len(sent) for table, sent in scanned(statements).items() if table in LOG
            )
            found["statements"] = max(found.get("statements", 0), len(statements))
        db.engine.dispose()
    return found


def page_statements(client: object, code: str) -> list[Sent]:
    """What the first page of an area asks."""

    def look() -> None:
        answer = client.get(f"/a/{code}/")  # type: ignore[attr-defined]
        if answer.status_code != 200:
            raise RuntimeError(f"/a/{code}/ answers {answer.status_code}")

    return asked(look)


def _token_key() -> str:
    from pointsys.web.session import TOKEN

    return TOKEN


def _sign_in() -> str:
    with unit_of_work(drain=False) as session:
        account = session.scalars(select(Account).where(Account.login == OFFICE)).one()
        return account_sessions.open_session(session, account, "127.0.0.1", "benchmark").token


def _code_of(level: str) -> str:
    with read_scope() as session:
        return session.scalars(
            select(Area.code).where(Area.level == level).order_by(Area.code).limit(1)
        ).one()


def _root_and_people() -> tuple[int, Sequence[int]]:
    """The city and people from all over it."""
    with read_scope() as session:
        root = session.scalars(select(Area.id).where(Area.parent_id.is_(None))).one()
        count = session.scalar(select(func.max(Person.id))) or 1
        step = max(1, count // SAMPLE)
        return root, range(1, count + 1, step)[:SAMPLE]


def _look_up(person_id: int) -> None:
    with read_scope() as session:
        balance = VolunteerBalance
        session.execute(
            select(balance.minutes, balance.entries).where(
                balance.person_id == person_id, balance.period == YEAR.periods[0]
            )
        ).all()


def _rank(root: int, person_id: int) -> None:
    with read_scope() as session:
        if queries.place_of(session, root, YEAR, person_id) is None:
            raise RuntimeError(f"person {person_id} has no place")


def _top(root: int) -> None:
    with read_scope() as session:
        if len(queries.hours_page(session, root, YEAR, limit=FIRST).rows) != FIRST:
            raise RuntimeError("the list is not full")


def _record(person_id: int, number: int) -> None:
    """One more confirmed entry of a person, in an activity that they have been to."""
    with unit_of_work(drain=False) as session:
        last: Entry = session.scalars(
            select(Entry).where(Entry.person_id == person_id, Entry.starts_at.is_not(None)).limit(1)
        ).one()
        # Each run of the measurement records at another second.
        start = datetime.combine(last.local_date, datetime.min.time(), UTC) + timedelta(
            hours=8, seconds=int(time.time()) % 10_000, minutes=number % 60
        )
        draft = EntryDraft(
            person_id=person_id, kind_id=last.kind_id, title=last.title, local_date=last.local_date,
            starts_at=start, ends_at=start + timedelta(minutes=30), activity_id=last.activity_id,
        )  # fmt: skip
        record(session, session.get_one(Area, last.area_id), [draft], SYSTEM, "benchmark", confirm=True)
