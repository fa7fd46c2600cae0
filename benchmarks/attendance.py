"""Two hundred people at four devices at once: each finds themselves, presses, and sees what was noted.

Timed as requests to the program by four clients side by side. Beside it stands the least that any program would have to
do: one transaction for each person that changes their row, by as many connections.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.town import NOW, fill_town, open_site
from pointsys.core import schema
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.attendance import queries, services
from pointsys.plugins.attendance.kiosk import services as kiosks
from pointsys.plugins.attendance.models import AttendanceMark

DEVICES = 4
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def measure(home: Path, url: str, people: int) -> dict[str, float]:
    """Seconds until all are signed in, and of the bare transactions; fails where somebody is lost or counted twice."""
    app = open_site(home, url, web=True)
    with app.app_context():
        schema.upgrade(db.engine)
        fill_town(people)
        doors = _list_with_doors(people)
    pressing = _together(app, lambda device: _press(app, doors[device], device, people))
    with app.app_context(), read_scope() as session:
        stamped = session.scalar(select(func.count()).where(AttendanceMark.in_at.is_not(None)))
        found = session.scalar(select(func.count(func.distinct(AttendanceMark.person_id))))
    if (stamped, found) != (people, people):
        raise RuntimeError(f"{stamped} of {people} stamps, {found} people")
    bare = _together(app, lambda device: _bare(device, people))
    with app.app_context():
        db.engine.dispose()
    return {"seconds": pressing, "floor_seconds": bare}


def _list_with_doors(count: int) -> list[str]:
    with unit_of_work(drain=False) as session:
        root = session.scalars(select(Area).where(Area.parent_id.is_(None))).one()
        switch_plugin(session, root, "attendance", True, SYSTEM)
        kind = next(iter(kinds_for(session, root.id).values())).id
        today = current_site().today()
        activity = plan_activity(
            session, root, kind, "社区服务日", today, Plan(NOW, NOW.replace(hour=9)), SYSTEM
        )
        sheet = services.open_sheet(session, activity, SYSTEM)
        people = session.scalars(select(Person).order_by(Person.id).limit(count)).all()
        services.add_people(session, sheet, people, SYSTEM)
        found = queries.find_sheet(session, root.id, sheet.public_id)
        assert found is not None
        keys = [kiosks.start(session, found, SYSTEM) for _device in range(DEVICES)]
        return [f"/public/{root.code}/attendance/kiosk/{key}" for key in keys]


def _press(app: Flask, door: str, device: int, count: int) -> None:
    client = app.test_client()
    for row in range(device + 1, count + 1, DEVICES):
        page = client.get(f"{door}?q={row}").text
        token = _TOKEN.search(page)
        assert token is not None
        done = client.post(door, data={"csrf_token": token[1], "row": str(row), "act": "in"})
        assert done.status_code == 303, done.text
        assert client.get(done.location).status_code == 200


def _bare(device: int, count: int) -> None:
    change = text("UPDATE attendance_mark SET in_at = in_at WHERE row_no = :row")
    for row in range(device + 1, count + 1, DEVICES):
        with unit_of_work(drain=False) as session:
            session.execute(change, {"row": row})


def _together(app: Flask, work: Callable[[int], None]) -> float:
    gate = Barrier(DEVICES + 1)

    def run(device: int) -> None:
        with app.app_context():
            gate.wait()
            work(device)

    with ThreadPoolExecutor(DEVICES) as pool:
        futures = [pool.submit(run, device) for device in range(DEVICES)]
        gate.wait()
        began = time.perf_counter()
        for future in futures:
            future.result()
        return time.perf_counter() - began
