"""Changing many people at once: seen before it is done, for all or for nobody, and only where one may."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import func, select

from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.models import Person, PersonArea, PersonConsent
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, World
from tests.factories import HAPPY, SUNNY

PATH = f"/a/{HAPPY}/people/bulk"
GRID2 = f"{HAPPY}002"


def area_of(app: Flask, person_id: int) -> int:
    with app.app_context(), read_scope() as session:
        return session.get_one(Person, person_id).area_id


def test_the_preview_changes_nothing_and_the_change_is_one(app: Flask, worker: Browser, world: World) -> None:
    ids = [world.people["happy"], world.people["grid1"], world.people["grid2"]]
    form = {"id": ids, "act": "move", "area": GRID2, "on": "2026-07-01"}
    preview = worker.post(PATH, {**form, "step": "preview"})
    assert preview.status_code == 200
    # One of the three is there already.
    assert preview.text.count('name="step" value="apply"') == 1
    assert area_of(app, world.person_ids["grid1"]) == world.areas["grid1"]
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).where(AuditRow.event == "person.moved")) == 0
        before = session.scalar(select(func.count()).select_from(PersonArea))
    assert worker.post(PATH, {**form, "id": ids[:2], "step": "apply"}).status_code == 303
    assert area_of(app, world.person_ids["happy"]) == world.areas["grid2"]
    assert area_of(app, world.person_ids["grid1"]) == world.areas["grid2"]
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).where(AuditRow.event == "person.moved")) == 2
        assert session.scalar(select(func.count()).select_from(PersonArea)) == (before or 0) + 2


def test_a_change_that_one_refuses_is_made_for_nobody(app: Flask, worker: Browser, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Person, world.person_ids["happy"]).left_on = date(2026, 6, 1)
    ids = [world.people["grid1"], world.people["happy"]]
    preview = worker.post(PATH, {"id": ids, "act": "leave", "on": "2026-07-01", "step": "preview"})
    assert preview.status_code == 200
    assert f'value="{ids[0]}"' in preview.text
    refused = worker.post(PATH, {"id": ids, "act": "leave", "on": "2026-07-01", "step": "apply"})
    assert refused.status_code == 422
    with app.app_context(), read_scope() as session:
        assert session.get_one(Person, world.person_ids["grid1"]).left_on is None


def test_a_signed_paper_is_noted_for_many(app: Flask, worker: Browser, world: World) -> None:
    ids = [world.people["grid1"], world.people["grid2"]]
    assert worker.post(PATH, {"id": ids, "act": "told", "step": "apply"}).status_code == 303
    with app.app_context(), read_scope() as session:
        kinds = session.scalars(select(PersonConsent.kind)).all()
        assert kinds == ["notice", "notice"]


def test_what_the_act_needs_is_asked_for(worker: Browser, world: World) -> None:
    ids = [world.people["grid1"]]
    for form, field in (
        ({"act": "move", "on": "2026-07-01"}, "area"),
        ({"act": "leave"}, "on"),
        ({"act": "leave", "on": "2026-08-01"}, None),
        ({"act": "delete"}, "act"),
    ):
        answer = worker.post(PATH, {"id": ids, "step": "preview", **form})
        if field is None:
            assert 'name="step" value="apply"' not in answer.text
        else:
            assert answer.status_code == 422
            assert f'id="{field}-error"' in answer.text


def test_nobody_outside_of_the_area_is_changed(app: Flask, worker: Browser, world: World) -> None:
    ids = [world.people["grid1"], world.people["sunny"]]
    assert (
        worker.post(PATH, {"id": ids, "act": "leave", "on": "2026-07-01", "step": "apply"}).status_code == 404
    )
    out = {"id": ids[:1], "act": "move", "area": SUNNY, "on": "2026-07-01", "step": "apply"}
    assert worker.post(PATH, out).status_code in (404, 422)
    with app.app_context(), read_scope() as session:
        assert session.get_one(Person, world.person_ids["grid1"]).left_on is None
        assert session.get_one(Person, world.person_ids["sunny"]).left_on is None
        assert (
            session.get_one(Area, world.areas["grid1"]).id
            == session.get_one(Person, world.person_ids["grid1"]).area_id
        )


def test_an_empty_or_endless_selection_is_refused(worker: Browser) -> None:
    assert worker.post(PATH, {"act": "told", "step": "apply"}).status_code == 422
    assert worker.post(PATH, {"id": [f"x{n}" for n in range(501)], "act": "told"}).status_code == 422
