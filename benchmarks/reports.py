"""The report of a city's month: everybody a registered volunteer, two services each in the year, a team for each 200.

What the program asks is timed as a whole, and its statements alone beside one raw statement over the same credits: the
least that any program would have to ask to tell people, person-times and minutes apart by team.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlalchemy import select, text

from benchmarks.log import MINUTES, add_log
from benchmarks.probe import Sent, asked, milliseconds
from benchmarks.town import NOW, fill_town, open_site
from pointsys.core import schema
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.imports.runner import refresh_statistics
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.reports.figures import AREA, CREDIT, TEAM, Asked, report
from pointsys.plugins.volunteer.reports.periods import parse_report_period
from pointsys.plugins.volunteer.teams.models import VolunteerTeam

SERVICES_EACH = 2
PER_TEAM = 200
# Fewer have no service of every kind in the month.
LEAST = 500
MONTH = "2026-06"
ROUNDS = 5
CREDITS = f"""
INSERT INTO volunteer_credit (entry_id, person_id, area_id, local_date, minutes, gross_minutes, flags, klass, team_id,
  state, level, worth, rule_version)
SELECT id, person_id, person_area_id, local_date, {MINUTES}, {MINUTES}, '',
  CASE WHEN id % 3 = 0 THEN 'credit' ELSE 'honour' END, 1 + person_id / {PER_TEAM}, 'approved', '', {MINUTES}, 'P0'
FROM entry WHERE status = 'confirmed'
"""
PROFILES = """
INSERT INTO volunteer_profile (person_id, volunteer_no, state, way, words, applied_at, registered_on, changed_at,
  changed_by, reason)
SELECT id, 'V' || id, 'active', 'list', '', created_at, '2026-01-05', created_at, 'benchmark', '' FROM person
"""
FLOOR = """
SELECT team_id, count(DISTINCT person_id), count(*), sum(minutes) FROM volunteer_credit
WHERE state = 'approved' AND local_date BETWEEN '2026-06-01' AND '2026-06-30' GROUP BY team_id
"""
KINDS = {
    "area": Asked(parse_report_period(MONTH)),
    "team": Asked(parse_report_period(MONTH), TEAM),
    "credit": Asked(parse_report_period(MONTH), AREA, CREDIT),
}


def measure(home: Path, url: str, people: int) -> dict[str, float]:
    """Seconds of the month's reports, and their statements beside the raw one; the site is made here."""
    app, people = open_site(home, url), max(people, LEAST)
    with app.app_context():
        schema.upgrade(db.engine)
        fill_town(people)
        add_log(people, SERVICES_EACH * people)
        _volunteers(people)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE" if not url else "VACUUM ANALYZE")
        with read_scope() as session:
            root = session.scalars(select(Area.id).where(Area.parent_id.is_(None))).one()
        found: dict[str, float] = {"floor_ms": milliseconds([Sent(FLOOR, ())])}
        for name, wanted in KINDS.items():
            act = _asking(root, wanted)
            found[f"{name}_ms"] = milliseconds(asked(act))
            found[f"{name}_seconds"] = median(_seconds(act) for _ in range(ROUNDS))
        db.engine.dispose()
    return found


def _volunteers(people: int) -> None:
    with unit_of_work(drain=False) as session:
        root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        switch_plugin(session, root, "volunteer", True, SYSTEM)
        session.add_all(
            VolunteerTeam(
                id=number, area_id=root.id, name=f"第{number}队", created_at=NOW, created_by="benchmark"
            )
            for number in range(1, people // PER_TEAM + 2)
        )
        session.flush()
        session.execute(text(CREDITS))
        session.execute(text(PROFILES))
        refresh_statistics(session)


def _asking(root: int, wanted: Asked) -> Callable[[], None]:
    def act() -> None:
        with read_scope() as session:
            found = report(session, root, wanted)
        if not found.total.minutes or (not found.total.registered and wanted.plain):
            raise RuntimeError("the report is empty")

    return act


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
