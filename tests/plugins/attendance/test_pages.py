"""The plugin's pages as staff use them, with and without a script."""

from __future__ import annotations

import pytest
from flask import Flask

from pointsys.core.activity_log.models import CONFIRMED, Activity, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, make_person


@pytest.fixture
def engine_name() -> str:
    """One engine: what these ask of the services is tried on both elsewhere."""
    return "sqlite"


LISTS = f"/a/{HAPPY}/attendance/"
FORM = {
    "title": "清洁家园",
    "kind": "volunteer_service",
    "day": "2026-07-10",
    "start": "09:00",
    "end": "11:00",
}


@pytest.fixture(autouse=True)
def _on(app: Flask, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "attendance", True, SYSTEM)


@pytest.fixture
def path(worker: Browser) -> str:
    """The address of a list with two people on it."""
    return make_list(worker)


@pytest.fixture
def morning(worker: Browser) -> str:
    """The same, of an activity that is over."""
    return make_list(worker, start="08:00", end="09:45")


def make_list(worker: Browser, **form: str) -> str:
    """Plan an activity and open its list, on one page."""
    answer = worker.post(f"{LISTS}new", {**FORM, **form, "names": "李一、周二"})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def entries(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context(), read_scope() as session:
        return [
            (entry.status, entry.ends_at is not None) for entry in session.query(Entry).order_by(Entry.id)
        ]


def test_a_planned_activity_and_its_list_are_made_on_one_page(app: Flask, worker: Browser, path: str) -> None:
    page = worker.page(path)

    assert [row.get_text() for row in page.select(".att-row .att-who b")] == ["李一", "周二"]
    assert "清洁家园" in worker.page(LISTS).select_one("table.list").text  # type: ignore[union-attr]
    with app.app_context(), read_scope() as session:
        activity = session.query(Activity).one()
        assert activity.starts_at is not None
        assert activity.starts_at.isoformat() == "2026-07-10T01:00:00+00:00"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_no_list_is_opened_at_the_ends_of_the_calendar(worker: Browser, day: str) -> None:
    night = {**FORM, "day": day, "start": "22:00", "end": "06:00", "names": ""}
    assert worker.post(f"{LISTS}new", night).status_code == 422


def test_names_that_are_not_clear_come_back_to_be_decided_on(worker: Browser, world: World) -> None:
    answer = worker.post(f"{LISTS}new", {**FORM, "names": "李一、不认识"})

    assert answer.status_code == 200
    assert "不认识" in answer.text.split('id="unclear"')[1].split("</section>")[0]


def test_the_same_activity_is_not_planned_twice(worker: Browser, path: str) -> None:
    answer = worker.post(f"{LISTS}new", FORM)

    assert answer.status_code == 422
    assert 'id="title-error"' in answer.text


def test_a_tap_with_a_script_gives_the_row_and_the_numbers_alone(worker: Browser, path: str) -> None:
    answer = worker.post(f"{path}/mark", {"row": "1", "act": "in"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert 'id="row-1"' in answer.text
    assert 'id="row-2"' not in answer.text
    assert 'id="att-counts" hx-swap-oob="true"' in answer.text
    assert "10:00–?" in answer.text


def test_a_tap_without_a_script_leads_back_to_its_row(worker: Browser, path: str) -> None:
    answer = worker.post(f"{path}/mark", {"row": "2", "act": "in"})

    assert (answer.status_code, answer.location) == (303, f"{path}#row-2")
    assert "att-inside" in worker.page(path).select_one("#row-2")["class"]  # type: ignore[index]


def test_somebody_who_comes_unexpected_is_found_added_and_signed_in(
    app: Flask, worker: Browser, world: World, path: str
) -> None:
    page = worker.page(f"{path}?q=qianfu")
    person = page.select_one('#att-list input[name="person"]')
    assert person is not None
    worker.post(f"{path}/people", {"person": str(person["value"]), "now": "1"})

    row = worker.page(path).select_one("#row-3")
    assert row is not None
    assert "钱福" in row.text
    assert "att-inside" in row["class"]


def test_a_stranger_joins_the_roster_by_name_alone_only_from_those_who_may_add_people(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, path: str
) -> None:
    worker.post(f"{path}/people", {"new": "新来的", "now": "1"})
    assert "新来的" in worker.page(path).select_one("#row-3").text  # type: ignore[union-attr]

    grid = world.codes["grid1"]
    grid_worker = sign_in(world.accounts["grid_worker"])
    own = grid_worker.post(f"/a/{grid}/attendance/new", {**FORM, "title": "巡查"}).location
    assert grid_worker.post(f"{own}/people", {"new": "另一位"}).status_code == 403


def test_closing_records_and_can_be_taken_back(
    app: Flask, worker: Browser, clock: FixedClock, path: str
) -> None:
    worker.post(f"{path}/mark", {"row": "1", "act": "in"})
    clock.advance(minutes=30)
    worker.post(f"{path}/mark", {"row": "1", "act": "out"})
    answer = worker.post(f"{path}/close")

    assert answer.status_code == 303
    toast = worker.page(path).select_one(".toast-undo form")
    assert toast is not None
    assert entries(app) == [(CONFIRMED, True)]
    source = worker.page(f"/a/{HAPPY}/log?source=attendance").select_one("option[value=attendance]")
    assert source is not None
    assert source.text == "签到表（系统计时）"
    worker.post(
        str(toast["action"]), {str(field["name"]): str(field["value"]) for field in toast.select("input")}
    )
    assert entries(app) == [("voided", True)]


def test_a_missing_sign_out_is_shown_and_supplied(
    app: Flask, worker: Browser, clock: FixedClock, path: str
) -> None:
    worker.post(f"{path}/mark", {"row": "1", "act": "in"})
    clock.advance(minutes=20)
    worker.post(f"{path}/close")
    assert worker.page(path).select_one("#row-1 .att-settle") is not None
    assert "漏签" in worker.page(f"/a/{HAPPY}/").text

    worker.post(f"{path}/settle", {"row": "1", "out": "1015"})
    assert entries(app) == [("voided", False), (CONFIRMED, True)]


def test_paper_is_keyed_in_line_by_line(app: Flask, worker: Browser, morning: str) -> None:
    first = worker.post(f"{morning}/keys", {"row": "", "coming": "1", "in": "805", "out": "940"})
    page = worker.page(first.location)
    assert "李一" in page.select_one(".att-done").text  # type: ignore[union-attr]
    assert page.select_one("#k-row")["placeholder"] == "2"  # type: ignore[index]

    refused = worker.post(f"{morning}/keys", {"row": "5", "in": "805", "out": "940"})
    assert refused.status_code == 422
    worker.post(f"{morning}/keys", {"row": "5", "in": "805", "out": "940", "name": "钱福"})
    worker.post(f"{morning}/close")
    assert entries(app) == [(CONFIRMED, True), (CONFIRMED, True)]


@pytest.mark.parametrize(
    "typed",
    [
        {"row": "x"},
        {"row": "0"},
        {"row": "1", "in": "2500"},
        {"row": "1", "in": "1000", "out": "900"},
        {"row": "99999"},
        {"row": "1", "name": "孙阳"},
        {"row": "000001" + "0" * 20, "name": "钱福"},
        {"row": "1" * 5_000, "name": "钱福"},
    ],
)
def test_what_makes_no_sense_on_paper_is_refused_in_words(
    worker: Browser, morning: str, typed: dict[str, str]
) -> None:
    answer = worker.post(f"{morning}/keys", typed)

    assert answer.status_code == 422
    assert 'class="notice notice-danger"' in answer.text


def test_the_paper_has_numbered_lines_names_and_pages_but_no_phones(
    app: Flask, worker: Browser, world: World, path: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        names = [make_person(session, area, f"王{n:02d}", phone=f"139001390{n:02d}").name for n in range(20)]
    worker.post(f"{path}/people", {"names": "、".join(names)})
    page = worker.page(f"{path}/paper")

    numbers = [int(cell.text) for cell in page.select(".att-paper td.att-c-no")]
    assert numbers == list(range(1, 45))
    assert [foot.text for foot in page.select(".att-paper footer span:last-child")] == [
        "第 1 页 / 共 2 页",
        "第 2 页 / 共 2 页",
    ]
    assert "王19" in page.text
    assert "139" not in page.select_one("main").text  # type: ignore[union-attr]


def test_lists_of_others_are_not_there(sign_in: SignIn, world: World, path: str) -> None:
    sunny = sign_in(world.accounts["sunny_worker"])
    public_id = path.rsplit("/", 1)[1]

    assert sunny.get(path).status_code == 404
    own = f"/a/{world.codes['sunny']}/attendance/{public_id}"
    for address in (own, f"{own}/paper", f"{own}/keys"):
        assert sunny.get(address).status_code == 404
    for act in ("mark", "people", "everybody", "remove", "close", "settle"):
        form = {"row": "1", "act": "in", "out": "1000", "names": "李一"}
        assert sunny.post(f"{own}/{act}", form).status_code == 404
    assert sign_in(world.accounts["secretary"]).get(path).status_code == 403


def test_statements_do_not_grow_with_the_list(app: Flask, worker: Browser, world: World, path: str) -> None:
    worker.get(path)
    with counted(app) as few:
        worker.page(path)
    with app.app_context(), unit_of_work(drain=False) as session:
        area = session.get_one(Area, world.areas["grid1"])
        names = [make_person(session, area, f"王{n:02d}").name for n in range(40)]
    worker.post(f"{path}/people", {"names": "、".join(names)})
    worker.get(path)
    with counted(app) as many:
        worker.page(path)

    # The frame, the list, who keeps it, and whether plugins expect somebody.
    assert len(few) <= 11
    assert len(many) <= len(few)
