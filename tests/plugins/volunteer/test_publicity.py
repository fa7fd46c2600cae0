"""Publishing hours: name, person-times and hours of a month, masked and without children."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.actors import SYSTEM
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.publicity.models import Publicity
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, World
from tests.factories import agree_for_child
from tests.plugins.volunteer.place import Place


def published(app: Flask) -> list[Publicity]:
    """All notices."""
    with app.app_context(), read_scope() as session:
        rows = list(session.scalars(select(Publicity).order_by(Publicity.id)))
        session.expunge_all()
        return rows


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    """李一 served 2.5 hours in June, 周二, who is ten, one hour."""
    made = Place(world.areas)
    with app.app_context():
        with unit_of_work() as session:
            switch_plugin(session, made.area(session, "street"), "volunteer", True, SYSTEM)
            child = session.get_one(Person, world.person_ids["grid2"])
            child.birth_date = date(2016, 1, 1)
            agree_for_child(session, child)
        drain()
        made.serve(world.person_ids["grid1"], "09:00", "11:30", day=date(2026, 6, 6))
        made.serve(world.person_ids["grid2"], "09:00", "10:00", day=date(2026, 6, 7))
    return made


def test_a_month_s_hours_are_published_without_children(
    app: Flask, world: World, place: Place, worker: Browser
) -> None:
    path = f"/a/{world.codes['happy']}/volunteer/publish"
    page = worker.page(f"{path}?period=2026-06")
    form = page.select_one('form[action$="/volunteer/publish"][method="post"]')
    assert form is not None
    sent = {str(field["name"]): str(field.get("value", "")) for field in form.select("input[name]")}
    assert sent["days"] == "3"

    worker.post(path, sent)

    (notice,) = published(app)
    content = json.loads(notice.text)
    assert content["title"] == "幸福社区2026年6月志愿服务时长公示"
    assert content["rows"] == [["李*", "1", "2.50"]]
    assert notice.last_day == date(2026, 7, 15)
    assert "周" not in content["title"] + json.dumps(content["rows"], ensure_ascii=False)


@pytest.mark.parametrize("sent", [{"period": "all"}, {"period": "2026-13"}, {"days": "-1"}, {"shown": "0"}])
def test_what_cannot_be_published_is_not(
    app: Flask, world: World, place: Place, worker: Browser, sent: dict[str, str]
) -> None:
    path = f"/a/{world.codes['happy']}/volunteer/publish"
    form = {"period": "2026-06", "days": "3", "shown": "", **sent}

    assert worker.post(path, form, follow_redirects=True).status_code == 200
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(Publicity.id)) is None


def test_hours_that_wait_are_not_published(app: Flask, world: World, place: Place, worker: Browser) -> None:
    with app.app_context():
        place.serve(world.person_ids["grid1"], day=date(2026, 6, 8), derive=False)
    path = f"/a/{world.codes['happy']}/volunteer/publish"

    assert "尚未按最新记录算好" in worker.page(f"{path}?period=2026-06").get_text()
    worker.post(path, {"period": "2026-06", "days": "3"})
    assert published(app) == []


def test_the_report_leads_there(world: World, place: Place, worker: Browser) -> None:
    code = world.codes["happy"]
    link = f'a[href="/a/{code}/volunteer/publish?period=2026-06"]'
    assert worker.page(f"/a/{code}/volunteer/report?period=2026-06").select(link)
