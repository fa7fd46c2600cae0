"""What the core's operations do: the same services, the same four eyes, the same marks for the plugins."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.models import CONFIRMED, PENDING, Decision, Entry, Pending
from pointsys.core.actors import SYSTEM, Actor
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.objections.services import raise_objection
from pointsys.core.people.models import PersonArea
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program

DAY = "2026-07-01"


@pytest.fixture
def engine_name() -> str:
    """The services are tried on both engines."""
    return "sqlite"


def draft(world: World, place: str = "happy", **change: object) -> dict[str, object]:
    usual = {"kind": "care", "title": "走访", "date": DAY, "quantity": "1"}
    return {"person": world.people[place], **usual, **change}


def test_areas_are_those_that_the_token_may_see(
    program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    listed = worker_program.get("/areas").json
    assert [(item["code"], item["parent"]) for item in listed["items"]] == [
        (world.codes["happy"], None),
        (world.codes["grid1"], world.codes["happy"]),
        (world.codes["grid2"], world.codes["happy"]),
    ]
    assert worker_program.get("/areas", level="grid", q="2").json["items"][0]["code"] == world.codes["grid2"]
    one = worker_program.get(happy).json
    assert one == {
        "code": world.codes["happy"], "name": "幸福社区", "level": "community", "parent": None, "closed_on": None,
    }  # fmt: skip
    below = worker_program.get(f"{happy}/children", sort="name", size=1).json
    assert (below["total"], [item["name"] for item in below["items"]]) == (2, ["第1网格"])
    office = program("office")
    assert office.get(happy).json["parent"] == world.codes["street"]


def test_people_are_found_by_name_pinyin_and_phone(worker_program: Program, world: World, happy: str) -> None:
    for query in ("李", "liyi", "ly", "13800138003"):
        found = worker_program.get(f"{happy}/people", q=query).json
        assert [item["id"] for item in found["items"]] == [world.people["grid1"]], query
    assert worker_program.get(f"{happy}/people", q="孙阳").json["items"] == []
    assert worker_program.get(f"{happy}/people", q="13800138002").json["total"] == 0
    grid = worker_program.get(f"{happy}/people", area=world.codes["grid2"]).json
    assert [item["name"] for item in grid["items"]] == ["周二"]
    assert worker_program.get(f"{happy}/people", area=world.codes["sunny"]).json["total"] == 0


def test_a_person_is_added_where_the_body_says(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    body = {
        "name": " 吴 七 ", "area": world.codes["grid2"], "id_number": "11010519491231002X", "phone": "139 0013 9000",
        "from_on": "2026-01-01",
    }  # fmt: skip
    made = worker_program.post(f"{happy}/people", body).json
    assert made["area"] == world.codes["grid2"]
    assert (made["birth_date"], made["sex"]) == ("1949-12-31", "female")
    assert made["phone"].endswith("9000")
    assert "139001" not in made["phone"]
    again = worker_program.post(f"{happy}/people", {"name": "吴七", "id_number": "11010519491231002X"})
    assert (again.status_code, again.json["error"]["code"]) == (422, "person_exists")
    with app.app_context(), read_scope() as session:
        last = session.scalars(select(PersonArea).order_by(PersonArea.id.desc()).limit(1)).one()
        assert str(last.from_on) == "2026-01-01"
        events = session.execute(select(AuditRow.event, AuditRow.actor).order_by(AuditRow.id.desc())).all()
        assert ("person.created") in [row.event for row in events]
        assert events[0].actor.startswith("worker/token")


def test_nobody_is_added_elsewhere(worker_program: Program, world: World, happy: str) -> None:
    answers = [
        worker_program.post(f"{happy}/people", {"name": "吴七", "area": code}).json
        for code in (world.codes["sunny"], "990101009999")
    ]
    # A25: what is elsewhere answers like what is nowhere.
    assert answers[0] == answers[1]
    assert answers[0]["error"]["code"] == "unknown_area"


def test_entries_stand_confirmed_where_no_second_person_is_needed(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    done = worker_program.post(f"{happy}/log", {"entries": [draft(world), draft(world, "grid1")]})
    assert done.status_code == 201
    assert [(item["outcome"], item["status"]) for item in done.json["items"]] == [("created", CONFIRMED)] * 2
    assert done.json["waits_because"] == []
    again = worker_program.post(f"{happy}/log", {"entries": [draft(world)]}).json
    assert (again["created"], again["items"][0]["outcome"]) == (0, "unchanged")
    assert again["items"][0]["id"] == done.json["items"][0]["id"]
    other = worker_program.post(f"{happy}/log", {"entries": [draft(world, quantity="2")]})
    assert (other.status_code, other.json["error"]["code"]) == (422, "conflict")


def test_who_only_records_does_not_confirm_on_the_way(program: MakeProgram, world: World, happy: str) -> None:
    place = f"/areas/{world.codes['grid1']}"
    body = {"entries": [draft(world, "grid1")]}
    assert program("grid_worker").post(f"{place}/log", body).json["items"][0]["status"] == PENDING
    # The owner may decide, but this token was not given that.
    narrow = program("worker", permissions=["log.record"])
    body = {"entries": [draft(world, "grid1", title="巡逻")]}
    assert narrow.post(f"{place}/log", body).json["items"][0]["status"] == PENDING


def test_who_only_records_does_not_let_a_late_entry_count(
    program: MakeProgram, world: World, happy: str
) -> None:
    place = f"/areas/{world.codes['grid1']}"
    late = {"entries": [draft(world, "grid1", accepted_late="纸质记录遗失")]}
    for recorder in (program("grid_worker"), program("worker", permissions=["log.record"])):
        refused = recorder.post(f"{place}/log", late)
        assert refused.status_code == 422
        assert set(refused.json["error"]["fields"]) == {"entries.0.accepted_late"}
    assert program("worker").post(f"{place}/log", late).status_code == 201


def long_list(world: World, count: int) -> dict[str, Any]:
    return {"entries": [draft(world, title=f"走访{n}") for n in range(count)]}


def test_a_long_list_waits_for_a_second_person_and_a_second_token_is_none(
    program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    back_dated = {"entries": [draft(world, date="2026-05-01", accepted_late="纸质记录遗失")]}
    made = [
        *worker_program.post(f"{happy}/log", long_list(world, 11)).json["items"],
        *worker_program.post(f"{happy}/log", back_dated).json["items"],
    ]
    assert {item["status"] for item in made} == {PENDING}
    late = {"entries": [made[-1]["id"]], "outcome": "confirmed"}
    for own in (worker_program, program("worker")):
        refused = own.post(f"{happy}/log/decisions", late, key=None)
        assert (refused.status_code, refused.json["error"]["code"]) == (422, "second_person_needed")
    every = {"entries": [item["id"] for item in made], "outcome": "confirmed"}
    office = program("office")
    assert office.post(f"{happy}/log/decisions", every, key=None).json == {"changed": 12}
    assert office.post(f"{happy}/log/decisions", every, key=None).json == {"changed": 0}


@pytest.mark.parametrize(
    ("unit", "kind", "refused"),
    [
        ("次", "care", "entries.0.unit"),
        ("", "meeting", "entries.0.unit"),
        ("time", "volunteer_service", "entries.0.unit"),
        ("time", "meeting", None),
        ("share", "care", None),
    ],
)
def test_a_quantity_has_a_unit_that_is_counted(
    worker_program: Program, world: World, happy: str, unit: str, kind: str, refused: str | None
) -> None:
    answer = worker_program.post(f"{happy}/log", {"entries": [draft(world, unit=unit, kind=kind)]})
    if refused is None:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, list(answer.json["error"]["fields"])) == (422, [refused])


def test_ones_own_part_is_confirmed_by_somebody_else(app: Flask, program: MakeProgram, world: World) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        session.get_one(Account, world.accounts["worker"]).person_id = world.person_ids["happy"]
    made = program("worker")
    path = f"/areas/{world.codes['happy']}"
    item = made.post(f"{path}/log", {"entries": [draft(world)]}).json["items"][0]
    assert item["status"] == PENDING
    body = {"entries": [item["id"]], "outcome": "confirmed"}
    refused = made.post(f"{path}/log/decisions", body, key=None)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "own_entry")


def test_an_entry_tells_its_history(
    app: Flask, worker_program: Program, program: MakeProgram, world: World, happy: str
) -> None:
    body = {"entries": [draft(world, note="三楼", evidence="签到表", role="组长")]}
    entry = worker_program.post(f"{happy}/log", body).json["items"][0]["id"]
    void = {"entries": [entry], "outcome": "voided", "reason": "记错了"}
    reasonless = program("office").post(f"{happy}/log/decisions", {**void, "reason": ""}, key=None)
    assert reasonless.json["error"]["fields"].keys() == {"reason"}
    assert program("office").post(f"{happy}/log/decisions", void, key=None).json == {"changed": 1}
    found = worker_program.get(f"{happy}/log/{entry}").json
    assert (found["note"], found["evidence"], found["role"]) == ("三楼", "签到表", "组长")
    assert [(line["outcome"], line["reason"]) for line in found["history"]] == [
        ("recorded", ""), ("confirmed", ""), ("voided", "记错了"),
    ]  # fmt: skip
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Decision.account_id)).all() == [
            world.accounts["worker"],
            world.accounts["office"],
        ]
        assert session.scalars(select(Entry.source)).all() == ["api"]


def test_a27_one_foreign_entry_and_nothing_is_decided(
    app: Flask, program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    sunny = f"/areas/{world.codes['sunny']}"
    foreign = program("sunny_worker").post(f"{sunny}/log", {"entries": [draft(world, "sunny")]}).json
    own = worker_program.post(f"{happy}/log", {"entries": [draft(world)]}).json
    ids = [own["items"][0]["id"], foreign["items"][0]["id"]]
    body = {"entries": ids, "outcome": "voided", "reason": "x"}
    answer = worker_program.post(f"{happy}/log/decisions", body, key=None)
    nowhere = worker_program.post(f"{happy}/log/decisions", {**body, "entries": [ids[0], "aaaa"]}, key=None)
    assert (answer.status_code, answer.json) == (nowhere.status_code, nowhere.json)
    assert answer.status_code == 404
    with app.app_context(), read_scope() as session:
        assert set(session.scalars(select(Entry.status))) == {CONFIRMED}


def test_an_activity_is_planned_and_entries_join_it(
    worker_program: Program, world: World, happy: str
) -> None:
    plan = {
        "kind": "environment", "title": "清洁日", "date": DAY, "place": "中心花园", "break_minutes": 10,
        "starts_at": "2026-07-01T09:00:00+08:00", "ends_at": "2026-07-01T11:00:00+08:00",
    }  # fmt: skip
    made = worker_program.post(f"{happy}/activities", plan)
    assert made.status_code == 201
    activity = made.json["id"]
    assert worker_program.get(f"{happy}/activities/{activity}").json == made.json
    assert worker_program.post(f"{happy}/activities", plan).json["error"]["code"] == "activity_exists"
    part = {
        "person": world.people["grid1"], "activity": activity,
        "starts_at": "2026-07-01T09:00:00+08:00", "ends_at": "2026-07-01T10:30:00+08:00",
    }  # fmt: skip
    assert worker_program.post(f"{happy}/log", {"entries": [part]}).status_code == 201
    (listed,) = worker_program.get(f"{happy}/activities", q="清洁").json["items"]
    assert (listed["id"], listed["confirmed"], listed["people"], listed["minutes"]) == (activity, 1, 1, 90)
    (entry,) = worker_program.get(f"{happy}/log", activity=activity).json["items"]
    assert (entry["person"]["id"], entry["activity"], entry["kind"]) == (
        world.people["grid1"], activity, "环境整治",
    )  # fmt: skip
    both = worker_program.post(f"{happy}/log", {"entries": [{**part, "title": "x"}]})
    assert both.json["error"]["fields"].keys() == {"entries.0.title"}


def test_a25_an_activity_or_a_person_of_another_area_is_no_part_of_this_one(
    program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    plan = {"kind": "environment", "title": "清洁日", "date": DAY}
    sunny = f"/areas/{world.codes['sunny']}"
    foreign = program("sunny_worker").post(f"{sunny}/activities", plan).json["id"]
    part = {"person": world.people["happy"], "activity": foreign, "quantity": "1"}
    answer = worker_program.post(f"{happy}/log", {"entries": [part]}).json
    assert answer["error"]["fields"].keys() == {"entries.0.activity"}
    for name, value in (("person", world.people["sunny"]), ("activity", foreign)):
        there = worker_program.get(f"{happy}/log", **{name: value})
        nowhere = worker_program.get(f"{happy}/log", **{name: "aaaa"})
        assert (there.status_code, there.json) == (nowhere.status_code, nowhere.json)
        assert there.status_code == 422


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["走访2", "走访1", "走访0"]),
        ({"sort": "recorded"}, ["走访0", "走访1", "走访2"]),
        ({"q": "访1"}, ["走访1"]),
        ({"status": "pending"}, []),
        ({"kind": "care", "from": "2026-07-01", "to": "2026-07-01"}, ["走访2", "走访1", "走访0"]),
        ({"from": "2026-07-02"}, []),
        ({"kind": "environment"}, []),
        ({"source": "form"}, []),
    ],
)
def test_the_log_is_narrowed(
    worker_program: Program, world: World, happy: str, query: dict[str, str], expected: list[str]
) -> None:
    assert worker_program.post(f"{happy}/log", long_list(world, 3)).status_code == 201
    found = worker_program.get(f"{happy}/log", **query).json
    assert [item["title"] for item in found["items"]] == expected
    assert (found["total"], found["complete"]) == (len(expected), True)


def test_kinds_are_told_by_their_codes(worker_program: Program, happy: str) -> None:
    kinds = worker_program.get(f"{happy}/kinds").json["items"]
    assert {"code": "care", "title": "关爱帮扶", "service": True} in kinds


def test_what_is_recorded_marks_people_for_the_plugins(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["happy"]), "volunteer", True, SYSTEM)
    assert worker_program.post(f"{happy}/log", {"entries": [draft(world, quantity="1.5")]}).status_code == 201
    with app.app_context(), read_scope() as session:
        # Derived right after the commit.
        marked = set(session.scalars(select(Pending.person_id)))
        assert world.person_ids["happy"] not in marked
    hours = worker_program.get(f"{happy}/volunteer/hours").json
    assert [(item["name"], item["minutes"]) for item in hours["items"]] == [("钱福", 90)]


def test_an_objection_is_answered_by_a_program_of_somebody_who_had_no_part(
    app: Flask, program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    body = {"entries": [draft(world, "grid1", quantity="1.5")]}
    entry = worker_program.post(f"{happy}/log", body).json["items"][0]["id"]
    with app.app_context(), unit_of_work() as session:
        member = Actor("member", account_id=world.accounts["member"], person_id=world.person_ids["grid1"])
        raise_objection(session, "entry", entry, "少了半小时", member)
    waiting = worker_program.get(f"{happy}/objections", state="open").json["items"]
    assert [(item["subject_id"], item["text"], item["outcome"]) for item in waiting] == [
        (entry, "少了半小时", "")
    ]

    path = f"{happy}/objections/{waiting[0]['id']}/answer"
    said = {"outcome": "rejected", "text": "核对无误"}
    # Whoever recorded the entry does not answer.
    assert worker_program.post(path, said).json["error"]["code"] == "another_person_needed"
    office = program("office")
    answered = office.post(path, said)
    assert (answered.status_code, answered.json["state"], answered.json["answer"]) == (
        200,
        "answered",
        "核对无误",
    )
    assert office.post(path, said).json["error"]["code"] == "already_answered"
    assert office.post(f"{happy}/objections/unknown/answer", said).status_code == 404
