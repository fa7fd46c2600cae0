"""Devices at the door: what can be found there, what they reach, and two hundred people at four of them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.attendance import services
from pointsys.plugins.attendance.kiosk import services as kiosks
from pointsys.plugins.attendance.models import AttendanceMark, AttendanceSheet
from pointsys.plugins.attendance.scan import checking
from pointsys.plugins.attendance.taps import How
from tests.browsers import Browser, World
from tests.conftest import FixedClock
from tests.factories import HAPPY, make_person
from tests.plugins.attendance.conftest import Hall
from tests.plugins.attendance.test_pages import make_list

DEVICES, PEOPLE, LATE, WALK_INS = 4, 200, 5, 3
DEADLINE = 60


def test_200_people_at_4_devices_at_once_lose_and_double_nothing(hall: Hall, site: object) -> None:
    from flask import current_app

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with unit_of_work(drain=False) as session:
        area = session.get_one(Area, hall.area_id)
        found = hall.found(session)
        many = [make_person(session, area, f"王{n:03d}") for n in range(PEOPLE - len(found.rows))]
        services.add_people(session, found.sheet, many, hall.worker)
        guests = [make_person(session, area, f"客{n}").id for n in range(WALK_INS)]
        keys = [kiosks.start(session, found, hall.worker) for _device in range(DEVICES)]
    gate = Barrier(DEVICES)

    def work(device: int) -> None:
        # Every device has its queue, and some people who stand in the next one as well.
        rows = [n * DEVICES + device + 1 for n in range(PEOPLE // DEVICES)]
        rows += [n * DEVICES + (device + 1) % DEVICES + 1 for n in range(LATE)]
        gate.wait(DEADLINE)
        with app.app_context():
            for row in rows:
                with unit_of_work(drain=False) as session:
                    door = kiosks.door(session, hall.area_id, keys[device], lock=True, row=row)
                    assert door is not None
                    kiosks.press(session, door, row, "in", "")
            for guest in guests:
                with unit_of_work(drain=False) as session:
                    person = session.get_one(Person, guest)
                    at = checking.standing(
                        session, person, AttendanceSheet.public_id == hall.sheet, lock=True
                    )
                    assert at is not None
                    checking.check(session, at, person, "in", Actor("guest"), How("qr"))

    with ThreadPoolExecutor(DEVICES) as pool:
        for future in [pool.submit(work, device) for device in range(DEVICES)]:
            future.result(DEADLINE)

    mark = AttendanceMark
    with read_scope() as session:
        marks = session.execute(select(mark.person_id, mark.row_no, mark.pair, mark.in_at, mark.method)).all()
        told = session.scalar(select(func.count()).where(AuditRow.event == "attendance.checked"))
    assert len({row.person_id for row in marks}) == len(marks) == PEOPLE + WALK_INS
    assert sorted(row.row_no for row in marks) == list(range(1, PEOPLE + WALK_INS + 1))
    assert {row.pair for row in marks} == {1}
    assert all(row.in_at is not None for row in marks)
    # One row of the audit log for each stamp, none for those who pressed twice.
    assert told == PEOPLE + WALK_INS


@pytest.fixture
def path(app: Flask, world: World, worker: Browser) -> str:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "attendance", True, SYSTEM)
    return make_list(worker)


def opened(worker: Browser, path: str) -> str:
    """The address of a new device."""
    page = worker.post(f"{path}/kiosk")
    assert page.status_code == 200
    address = page.text.split(f"/public/{HAPPY}/attendance/kiosk/")[1].split('"')[0]
    return f"/public/{HAPPY}/attendance/kiosk/{address}"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_device_checks_people_in_and_shows_no_whole_names(
    app: Flask, worker: Browser, path: str, clock: FixedClock
) -> None:
    door = opened(worker, path)
    tablet = Browser(app)
    assert "李一" not in tablet.page(door).text
    # The end of the phone, the number on the list, or the whole name; nothing shorter.
    for typed, shown in (("8003", "李*"), ("2", "周*"), ("李一", "李一"), ("liyi", "李*")):
        assert [hit.text for hit in tablet.page(f"{door}?q={typed}").select(".att-kiosk-hits b")] == [shown]
    for typed in ("李", "003", "8009", "%", "钱福", "፩", "9" * 60):
        assert tablet.page(f"{door}?q={typed}").select(".att-kiosk-hits li") == []

    done = tablet.post(door, {"row": "1", "act": "in"})
    assert (done.status_code, done.location) == (303, f"{door}?done=1")
    assert "李*" in tablet.page(f"{door}?done=1").text
    assert "att-inside" in worker.page(path).select_one("#row-1")["class"]  # type: ignore[index]
    for wrong in ({"row": "1", "act": "present"}, {"row": "77", "act": "in"}, {"row": "x"}):
        assert tablet.post(door, wrong).status_code == 422
    late = {
        "row": "2",
        "act": "in",
        "said": str(int(clock().timestamp() * 1000)),
        "idempotency_key": "a" * 32,
    }
    clock.advance(minutes=5)
    late["sent"] = str(int(clock().timestamp() * 1000))
    assert tablet.post(f"{door}/queued", late).json["state"] == "arrived"  # type: ignore[index]
    assert worker.page(path).select_one("#row-2 .att-settle") is not None

    # Somebody who was sent the address: their own browser is not the device.
    assert worker.page(path).select_one("#row-1 .att-settle") is None
    assert Browser(app).post(door, {"row": "1", "act": "out"}).status_code == 303
    assert worker.page(path).select_one("#row-1 .att-settle") is not None


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_device_reaches_its_list_alone_and_ends_by_hand_and_by_night(
    app: Flask, worker: Browser, path: str, clock: FixedClock, world: World
) -> None:
    door, second = opened(worker, path), opened(worker, path)
    tablet = Browser(app)
    assert tablet.get(door[:-1] + "x").status_code == 404
    assert tablet.get(door.replace(HAPPY, world.codes["sunny"])).status_code == 404
    assert tablet.get(path).status_code == 302
    worker.post(f"{path}/kiosk/end")
    assert [tablet.get(address).status_code for address in (door, second)] == [404, 404]
    assert tablet.post(door, {"row": "1", "act": "in"}).status_code == 404

    third = opened(worker, path)
    clock.advance(hours=16, minutes=59)
    assert tablet.get(third).status_code == 200
    clock.advance(minutes=1)
    assert tablet.get(third).status_code == 404


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_activity_of_another_day_has_no_device(worker: Browser, path: str, clock: FixedClock) -> None:
    clock.advance(days=1)

    assert worker.post(f"{path}/kiosk").status_code == 303 or worker.get(path).status_code == 302
