"""No first page of an area, no rank and no list of the first reads the log from end to end, on either engine."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, select, text

from benchmarks.log import OFFICE, add_log
from benchmarks.probe import asked, plan, scanned, watched
from benchmarks.reads import LEVELS, LOG, page_statements
from benchmarks.town import fill_town
from pointsys.core import figures
from pointsys.core.accounts.models import Account
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.figures.rebuild import rebuild
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer import queries, ranks
from pointsys.plugins.volunteer.hours import Span
from tests.browsers import SignIn

YEAR = Span(("2026",))
PEOPLE = 150
GROWN = 20_000

pytestmark = pytest.mark.own_database


@pytest.fixture
def town(app: Flask) -> Iterator[dict[str, Area]]:
    """An area of each level of a small town that the planner takes for a large one."""
    with app.app_context():
        fill_town(PEOPLE)
        add_log(PEOPLE, 10 * PEOPLE)
        _pretend_to_be_large()
        with read_scope() as session:
            areas = session.scalars(select(Area).order_by(Area.code.desc())).all()
            session.expunge_all()
        yield {area.level: area for area in areas}


def _pretend_to_be_large() -> None:
    if db.engine.dialect.name == "postgresql":
        # A table that no index leads into is then read from end to end all the same, and nothing else is.
        db.engine.dispose()
        event.listen(db.engine, "connect", _no_sequential_scans)
        return
    with unit_of_work(drain=False) as session:
        session.execute(text("ANALYZE"))
        for table, index, numbers in session.execute(text("SELECT tbl, idx, stat FROM sqlite_stat1")).all():
            rows, *each = (int(number) for number in numbers.split() if number.isdigit())
            if table in LOG:
                # Keys that were many stay as many rows each; what most rows share, most of the many share.
                grown = [rows * GROWN, *(n * GROWN if 20 * n > rows else n for n in each)]
                session.execute(
                    text("UPDATE sqlite_stat1 SET stat = :stat WHERE tbl = :tbl AND idx IS :idx"),
                    {"stat": " ".join(map(str, grown)), "tbl": table, "idx": index},
                )
    # Statistics are read with the tables.
    db.engine.dispose()


def _no_sequential_scans(connection: object, _record: object) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SET enable_seqscan = off")
    connection.commit()  # type: ignore[attr-defined]


def test_the_first_page_of_an_area_does_not_scan_the_log(town: dict[str, Area], sign_in: SignIn) -> None:
    with unit_of_work(drain=False) as session:
        account = session.scalars(select(Account.id).where(Account.login == OFFICE)).one()
    client = sign_in(account).client
    for level in LEVELS:
        statements = page_statements(client, town[level].code)
        assert statements
        assert LOG & scanned(statements).keys() == set(), level


def test_figures_of_an_area_do_not_scan_the_log(town: dict[str, Area]) -> None:
    def look(area: int) -> None:
        with read_scope() as session:
            figures.counts(session, area)
            figures.months(session, area, "2025-08", "2026-07")
            figures.children(session, area, "2026-07")

    for level in LEVELS:
        assert LOG & scanned(asked(partial(look, town[level].id))).keys() == set(), level


@pytest.mark.parametrize("least", [0, ranks.LEAST_TO_WALK], ids=["walking", "sorting"])
def test_ranks_and_the_first_of_an_area_do_not_scan_the_balances(
    town: dict[str, Area], monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr(ranks, "LEAST_TO_WALK", least)

    def look(area: int) -> None:
        with read_scope() as session:
            queries.hours_page(session, area, YEAR, limit=50)
            queries.place_of(session, area, YEAR, 7)
            queries.by_month(session, area, ["2026-05", "2026-06"])

    for level in LEVELS:
        assert LOG & scanned(asked(partial(look, town[level].id))).keys() == set(), level


def test_counting_everything_anew_looks_each_activity_up_by_index(town: dict[str, Area]) -> None:
    with unit_of_work(drain=False) as session, watched() as sent:
        rebuild(session)
    areas = next(one for one in sent if one.sql.startswith("INSERT INTO area_month"))

    # For a quarter of a million activities anything else would never end.
    assert [line for line in plan(areas) if "uq_entry_identity" in line]


def test_a_scan_of_the_log_would_be_seen(town: dict[str, Area]) -> None:
    def look() -> None:
        with read_scope() as session:
            session.execute(text("SELECT count(*) FROM entry WHERE title LIKE '%1'"))

    assert "entry" in scanned(asked(look))
