"""S-23, A81: hostile texts, numbers and dates in addresses and forms are refused or passed over, never a failure."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from pointsys.core.activity_log.models import Activity, ActivityKind, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests import factories
from tests.browsers import Browser, World

FIRST_DAY, LAST_DAY = "0001-01-01", "9999-12-31"


@pytest.fixture
def engine_name() -> str:
    """What is read from a request is refused before the engine sees it."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _answers_like_production(app: Flask) -> None:
    # In testing mode a failure would leave the client as an exception instead of as an answer.
    app.testing = False


@pytest.fixture
def here(world: World) -> str:
    """The address of the worker's area."""
    return f"/a/{world.codes['happy']}"


@pytest.fixture
def activity(app: Flask, world: World) -> str:
    """The outside id of an activity with one entry."""
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids["happy"])
        record(session, area, [factories.make_draft(session, area, person)], SYSTEM, "form")
        return session.scalars(select(Activity.public_id)).one()


def kind_code(app: Flask) -> str:
    with app.app_context(), read_scope() as session:
        return session.scalars(select(ActivityKind.code).order_by(ActivityKind.id).limit(1)).one()


def entries(app: Flask) -> int:
    with app.app_context(), read_scope() as session:
        return len(session.scalars(select(Entry.id)).all())


@pytest.mark.parametrize("name", ["endpoint", "self", "values", "code", "_external", "_anchor"])
def test_an_argument_with_a_name_of_the_framework_is_one_like_any_other(
    worker: Browser, here: str, name: str
) -> None:
    assert worker.get(f"{here}/people?{name}=x&q=钱").status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", str(10**30), "1e9", "²", "１", ""])
def test_a_page_number_that_is_none_shows_a_page(worker: Browser, here: str, page: str) -> None:
    assert worker.get(f"{here}/people?page={page}&size={page}").status_code == 200


@pytest.mark.parametrize("number", [str(10**30), "9" * 6_000, "-1", "²", "1_0", ""])
def test_a_role_is_ended_by_a_number_that_exists(admin: Browser, world: World, number: str) -> None:
    accounts = f"/a/{world.codes['street']}/accounts"
    (aid, *_) = re.findall(rf"{accounts}/([a-z2-9]{{16}})", admin.get(accounts).text)
    assert admin.post(f"{accounts}/{aid}/end-role", {"grant": number}).status_code == 404


@pytest.mark.parametrize("minutes", [str(10**30), "9" * 5_000, "-1", "1440", "²"])
def test_a_break_of_any_length_is_refused_by_the_form(
    worker: Browser, here: str, activity: str, minutes: str
) -> None:
    window = {"start": "09:00", "end": "10:00", "break_minutes": minutes}
    assert worker.post(f"{here}/activities/{activity}/plan", window).status_code == 422


@pytest.mark.parametrize("times", [{"start": "01:00", "end": "02:00"}, {"hours": "2"}])
def test_nothing_is_recorded_in_the_year_1(
    app: Flask, worker: Browser, world: World, here: str, times: dict[str, str]
) -> None:
    form = {"kind": kind_code(app), "title": "植树", "day": FIRST_DAY, "act": "record"}
    answer = worker.post(f"{here}/log/new", {**form, **times, "person": world.people["happy"]})
    assert answer.status_code == 422
    assert entries(app) == 0


def test_a_list_of_the_year_1_is_not_recorded(app: Flask, worker: Browser, world: World, here: str) -> None:
    with app.app_context(), read_scope() as session:
        kind = session.scalars(select(ActivityKind.id).order_by(ActivityKind.id).limit(1)).one()
    form = {
        "text": "接龙\n1. 钱福", "kind": str(kind), "title": "植树", "day": FIRST_DAY, "start": "01:00",
        "end": "02:00", "people": world.people["happy"],
    }  # fmt: skip
    assert worker.post(f"{here}/imports/roster/record", form).status_code == 422
    assert entries(app) == 0


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY, "2026-02-30", "٢٠٢٦-٠١-٠١", "x" * 300])
def test_days_at_the_ends_of_the_calendar_narrow_a_list_and_no_more(
    worker: Browser, admin: Browser, world: World, here: str, day: str
) -> None:
    for page in ("log", "activities"):
        assert worker.get(f"{here}/{page}?from={day}&to={day}").status_code == 200
    assert admin.get(f"/a/{world.codes['street']}/audit?from={day}&to={day}").status_code == 200


@pytest.mark.parametrize("header", ["²", "--1", "-", "①", "99999", "-1", ""])
def test_a_title_row_that_is_no_number_is_answered(worker: Browser, here: str, header: str) -> None:
    batch = worker.post(f"{here}/imports/", {"kind": "people", "text": "姓名\t手机\n张三\t13800138000"})
    assert batch.status_code == 303
    form = {"header": header, "column-0": "name", "column-²": "phone", "column-99999": "phone"}
    assert worker.post(f"{batch.location}/columns", form).status_code == 303


def test_the_same_field_many_times_is_answered(worker: Browser, world: World, here: str) -> None:
    twice = MultiDict([("name", "张三"), ("name", "李四"), *[("area", world.codes["happy"])] * 50])
    assert worker.post(f"{here}/people/new", twice.to_dict(flat=False)).status_code in (303, 422)


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "NONSENSE"])
def test_other_verbs_are_not_served(worker: Browser, here: str, verb: str) -> None:
    assert worker.client.open(f"{here}/people", method=verb).status_code in (403, 405)
