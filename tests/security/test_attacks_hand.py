"""What a request made by hand does to the quick record, attendance lists, photos and the way back to a page."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import Activity
from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.attachments.models import Attachment
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, World
from tests.factories import at

DAY = date(2026, 7, 10)


@pytest.fixture
def engine_name() -> str:
    """What a form holds does not depend on the engine."""
    return "sqlite"


def planned(app: Flask, world: World, place: str) -> tuple[str, str]:
    """The outside id of an activity planned in ``place``, and the code of its kind."""
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas[place])
        kind = next(iter(kinds_for(session, area.id).values()))
        window = Plan(at(DAY, "09:00"), at(DAY, "11:00"))
        return plan_activity(session, area, kind.id, "清扫", DAY, window, SYSTEM).public_id, kind.code


def people(app: Flask) -> int:
    with app.app_context(), read_scope() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def strangers(count: int) -> list[str]:
    return [f"王{number:04d}" for number in range(count)]


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-07-10"])
def test_an_instant_that_has_no_date_in_utc_takes_nothing_back(
    app: Flask, worker: Browser, world: World, instant: str
) -> None:
    activity, _kind = planned(app, world, "happy")
    answer = worker.post(f"/a/{world.codes['happy']}/log/undo", {"activity": activity, "at": instant})
    assert answer.status_code == 303


def test_a_form_records_as_many_people_as_its_page_shows_and_no_more(
    app: Flask, worker: Browser, world: World
) -> None:
    _activity, kind = planned(app, world, "happy")
    form = {
        "kind": kind,
        "title": "植树",
        "day": "2026-07-09",
        "start": "08:00",
        "end": "09:00",
        "act": "record",
    }
    before = people(app)
    answer = worker.post(f"/a/{world.codes['happy']}/log/new", {**form, "new": strangers(301)})
    assert (answer.status_code, people(app)) == (422, before)


def test_strangers_beyond_what_a_list_holds_do_not_come_upon_the_roster(
    app: Flask, worker: Browser, world: World
) -> None:
    activity, _kind = planned(app, world, "happy")
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["happy"]), "attendance", True, SYSTEM)
    here = f"/a/{world.codes['happy']}/attendance"
    sheet = worker.post(f"{here}/open", {"activity": activity}).location
    before = people(app)
    assert worker.post(f"{sheet}/people", {"new": strangers(501)}).status_code == 303
    assert people(app) == before
    assert worker.post(f"{sheet}/people", {"new": strangers(2)}).status_code == 303
    assert people(app) == before + 2


def test_a_photo_belongs_to_the_area_of_its_activity(app: Flask, worker: Browser, world: World) -> None:
    activity, _kind = planned(app, world, "grid1")
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    path = f"/a/{world.codes['happy']}/activities/{activity}/photos"
    answer = worker.post(
        path, {"photos": (io.BytesIO(file.getvalue()), "a.png")}, content_type="multipart/form-data"
    )
    assert answer.status_code == 303
    with app.app_context(), read_scope() as session:
        area = session.scalar(select(Activity.area_id).where(Activity.public_id == activity))
        assert session.scalars(select(Attachment.area_id)).all() == [area] == [world.areas["grid1"]]


@pytest.mark.parametrize("header", ["Referer", "Origin"])
def test_a_sender_that_is_no_address_is_refused(app: Flask, header: str) -> None:
    visitor = Browser(app)
    assert visitor.post("/letters", {"big": "1"}, headers={header: "http://[::1"}).status_code == 403
