"""One shape for errors, paging in the body, nothing unknown passed over, and answers that can be asked about again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from pointsys.core.activity_log.models import Entry
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import read_scope
from tests.browsers import World
from tests.rest.conftest import MakeProgram, Program, Reply, new_key, reply


@pytest.fixture
def engine_name() -> str:
    """What is read from a request is refused before the engine sees it."""
    return "sqlite"


@pytest.fixture(autouse=True)
def _answers_like_production(app: Flask) -> None:
    # In testing mode a failure would leave the client as an exception instead of as an answer.
    app.testing = False


def refused(answer: Reply, status: int, code: str) -> dict[str, str]:
    """The fields of an error of exactly the one shape."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message", "fields"}
    assert answer.json["error"]["code"] == code
    assert answer.json["error"]["message"]
    fields: dict[str, str] = answer.json["error"]["fields"]
    assert all(fields.values())
    return fields


def test_what_the_framework_refuses_has_the_shape(worker_program: Program, happy: str) -> None:
    refused(worker_program.get("/nothing"), 404, "not_found")
    refused(worker_program.get(f"{happy}/people/nobody"), 404, "not_found")
    answer = reply(worker_program.client.delete(f"/api/v1{happy}/people", headers=worker_program.headers()))
    refused(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def send(program: Program, path: str, data: bytes, kind: str = "application/json") -> Reply:
    """POST these very bytes."""
    headers = program.headers({"Idempotency-Key": new_key()})
    return reply(program.client.post(f"/api/v1{path}", data=data, content_type=kind, headers=headers))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"name": NaN}',
        b'{"name": 1' + b"0" * 5_000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_refused(worker_program: Program, happy: str, data: bytes) -> None:
    refused(send(worker_program, f"{happy}/people", data), 422, "bad_json")


@pytest.mark.parametrize("data", [b"[]", b"null", b"1", b'"x"'])
def test_a_body_of_another_kind_is_refused(worker_program: Program, happy: str, data: bytes) -> None:
    assert set(refused(send(worker_program, f"{happy}/people", data), 422, "invalid")) == {"body"}


@pytest.mark.parametrize("text", ["\\ud800", "a\\u0000b"])
def test_characters_that_no_database_keeps_are_refused(
    worker_program: Program, happy: str, text: str
) -> None:
    body = f'{{"name": "{text}"}}'.encode()
    assert set(refused(send(worker_program, f"{happy}/people", body), 422, "invalid")) == {"name"}


def test_another_content_type_is_refused(worker_program: Program, happy: str) -> None:
    refused(send(worker_program, f"{happy}/people", b"name=x", "text/plain"), 415, "json_needed")
    form = send(worker_program, f"{happy}/people", b"name=x", "application/x-www-form-urlencoded")
    refused(form, 415, "json_needed")


def test_a_body_that_is_too_large_is_refused(app: Flask, worker_program: Program, happy: str) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    body = json.dumps({"name": "x" * 2_000}).encode()
    refused(send(worker_program, f"{happy}/people", body), 413, "too_large")


def test_a_failure_gives_a_number_and_nothing_else(
    app: Flask, worker_program: Program, happy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("pointsys.rest.people.codes_of", fail)
    answer = worker_program.get(f"{happy}/people")
    refused(answer, 500, "failure")
    assert "secret" not in answer.text


def test_a_busy_database_says_so(
    worker_program: Program, happy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr("pointsys.rest.people.codes_of", busy)
    answer = worker_program.get(f"{happy}/people")
    refused(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "1"


def test_fields_are_named_with_their_place(worker_program: Program, world: World, happy: str) -> None:
    good = {
        "person": world.people["happy"],
        "kind": "care",
        "title": "走访",
        "date": "2026-07-01",
        "quantity": "1.5",
    }
    bad = [
        good,
        {**good, "date": "01.07.2026", "points": "9999"},
        {**good, "person": world.people["sunny"]},
        {**good, "quantity": "1e9"},
        {**good, "quantity": 1.5},
    ]
    fields = refused(worker_program.post(f"{happy}/log", {"entries": bad}), 422, "invalid")
    assert set(fields) == {
        "entries.1.date", "entries.1.points", "entries.3.quantity", "entries.4.quantity",
    }  # fmt: skip
    fields = refused(worker_program.post(f"{happy}/log", {"entries": [good, bad[2]]}), 422, "invalid")
    assert set(fields) == {"entries.1.person"}
    late = {**good, "date": "2026-07-11"}
    fields = refused(worker_program.post(f"{happy}/log", {"entries": [good, late]}), 422, "invalid")
    assert set(fields) == {"entries.1.date"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Fill this in."),
        ("en-GB,en;q=0.9", "Fill this in."),
        ("zh-CN,zh;q=0.9,en;q=0.8", "请填写"),
        ("de", "请填写"),
        ("", "请填写"),
    ],
)
def test_sentences_come_in_the_language_asked_for(
    worker_program: Program, happy: str, language: str, words: str
) -> None:
    answer = worker_program.post(f"{happy}/people", {}, headers={"Accept-Language": language})
    assert words in refused(answer, 422, "invalid")["name"]


def test_what_pages_keep_in_cookies_does_not_count(app: Flask, worker_program: Program, happy: str) -> None:
    client = app.test_client()
    client.set_cookie("pointsys_lang", "en")
    headers = worker_program.headers({"Accept-Language": "zh"})
    answer = reply(client.get(f"/api/v1{happy}/people?sort=points", headers=headers))
    assert "可选" in answer.json["error"]["fields"]["sort"]


def test_a_refusal_of_a_service_names_its_field(worker_program: Program, happy: str) -> None:
    answer = worker_program.post(f"{happy}/people", {"name": "吴七", "phone": "123"})
    fields = refused(answer, 422, "bad_phone")
    assert list(fields) == ["phone"]


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "points;drop"}, {"area_id": "3"}, {"page": "0"}, {"page": "-1"}, {"page": "1e9"}, {"size": "201"},
        {"size": "0"}, {"sex": "x"}, {"left": "maybe"}, {"q": "%" * 201}, {"page": "9" * 6_000}, {"size": "²"},
    ],
)  # fmt: skip
def test_an_argument_that_is_unknown_or_out_of_bounds_is_named(
    worker_program: Program, happy: str, query: dict[str, str]
) -> None:
    fields = refused(worker_program.get(f"{happy}/people", **query), 422, "invalid")
    assert set(fields) == set(query)


def test_operations_without_arguments_take_none(worker_program: Program, happy: str) -> None:
    assert set(refused(worker_program.get(happy, expand="all"), 422, "invalid")) == {"expand"}


def test_a_list_comes_in_pages(worker_program: Program, happy: str) -> None:
    for name in ("吴七", "郑八"):
        assert worker_program.post(f"{happy}/people", {"name": name}).status_code == 201
    pages: list[dict[str, Any]] = [
        worker_program.get(f"{happy}/people", page=page, size=2, sort="created").json for page in (1, 2, 3, 4)
    ]
    assert [{k: v for k, v in page.items() if k != "items"} for page in pages] == [
        {"page": page, "size": 2, "total": 5} for page in (1, 2, 3, 4)
    ]
    names = [[item["name"] for item in page["items"]] for page in pages]
    assert names == [["钱福", "李一"], ["周二", "吴七"], ["郑八"], []]


def test_what_has_not_changed_is_not_sent_again(worker_program: Program, world: World, happy: str) -> None:
    path = f"{happy}/people/{world.people['happy']}"
    first = worker_program.get(path)
    again = worker_program.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    refused(worker_program.get(path, headers={"If-Match": '"other"'}), 412, "changed_meanwhile")
    changed = worker_program.patch(path, {"note": "八楼"}, first.headers["ETag"])
    assert changed.status_code == 200
    again = worker_program.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json["note"]) == (200, "八楼")
    assert again.headers["ETag"] == changed.headers["ETag"]


def test_a_change_is_made_to_what_was_read(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    path = f"{happy}/people/{world.people['happy']}"
    read = worker_program.get(path).headers["ETag"]
    refused(worker_program.patch(path, {"note": "x"}), 428, "if_match_needed")
    refused(worker_program.patch(path, {"note": "x"}, '"other"'), 412, "changed_meanwhile")
    assert worker_program.patch(path, {"note": "first"}, read).status_code == 200
    refused(worker_program.patch(path, {"note": "second"}, read), 412, "changed_meanwhile")
    with app.app_context(), read_scope() as session:
        assert session.get_one(Person, world.person_ids["happy"]).note == "first"


def test_a_change_empties_what_is_null_and_leaves_the_rest(
    worker_program: Program, world: World, happy: str
) -> None:
    path = f"{happy}/people/{world.people['happy']}"
    etag = worker_program.get(path).headers["ETag"]
    answer = worker_program.patch(path, {"sex": "female", "note": "n"}, etag)
    answer = worker_program.patch(path, {"phone": None, "note": None}, answer.headers["ETag"])
    assert (answer.json["phone"], answer.json["note"], answer.json["sex"]) == ("", "", "female")
    refused(worker_program.patch(path, {"name": None}, answer.headers["ETag"]), 422, "invalid")


def test_nothing_is_kept_where_one_draft_is_wrong(
    app: Flask, worker_program: Program, world: World, happy: str
) -> None:
    good = {
        "person": world.people["happy"],
        "kind": "care",
        "title": "走访",
        "date": "2026-07-01",
        "quantity": "1",
    }
    bad = {**good, "title": "巡逻", "kind": "nothing"}
    refused(worker_program.post(f"{happy}/log", {"entries": [good, bad]}), 422, "invalid")
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(Entry.id)).all() == []


def test_decimals_come_back_as_they_went_in(worker_program: Program, world: World, happy: str) -> None:
    draft = {
        "person": world.people["happy"],
        "kind": "care",
        "title": "走访",
        "date": "2026-07-01",
        "quantity": "0.3",
    }
    made = worker_program.post(f"{happy}/log", {"entries": [draft]}).json["items"][0]
    entry = worker_program.get(f"{happy}/log/{made['id']}").json
    assert (entry["quantity"], entry["unit"]) == ("0.30", "hour")


def test_instants_come_back_on_the_clock_of_the_site(
    worker_program: Program, world: World, happy: str
) -> None:
    draft = {
        "person": world.people["happy"], "kind": "care", "title": "走访", "date": "2026-07-01",
        "starts_at": "2026-07-01T01:00:00Z", "ends_at": "2026-07-01T11:00:00+08:00",
    }  # fmt: skip
    made = worker_program.post(f"{happy}/log", {"entries": [draft]}).json["items"][0]
    entry = worker_program.get(f"{happy}/log/{made['id']}").json
    assert entry["starts_at"] == "2026-07-01T09:00:00+08:00"
    assert entry["ends_at"] == "2026-07-01T11:00:00+08:00"


@pytest.mark.parametrize(
    "instant", ["2026-07-01T09:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 5]
)
def test_an_instant_says_its_offset_and_lies_in_our_times(
    worker_program: Program, world: World, happy: str, instant: object
) -> None:
    draft = {
        "person": world.people["happy"], "kind": "care", "title": "走访", "date": "2026-07-01",
        "starts_at": instant, "ends_at": "2026-07-01T11:00:00+08:00",
    }  # fmt: skip
    fields = refused(worker_program.post(f"{happy}/log", {"entries": [draft]}), 422, "invalid")
    assert set(fields) == {"entries.0.starts_at"}


def test_fields_are_shown_by_what_the_token_may(
    program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    path = f"{happy}/people/{world.people['grid1']}"
    etag = worker_program.get(path).headers["ETag"]
    data = {"note": "MARKER", "id_number": "11010519491231002X"}
    full = worker_program.patch(path, data, etag)
    assert (full.json["note"], full.json["birth_date"]) == ("MARKER", "1949-12-31")
    for reader in (program("grid_worker"), program("secretary"), program(permissions=["people.view"])):
        place = world.codes["grid1"]
        for answer in (
            reader.get(f"/areas/{place}/people/{world.people['grid1']}"), reader.get(f"/areas/{place}/people"),
        ):  # fmt: skip
            assert answer.status_code == 200
            assert "李一" in answer.text
            assert "MARKER" not in answer.text
            assert "birth_date" not in answer.text
    for answer in (full, worker_program.get(path), worker_program.get(f"{happy}/people")):
        assert "002X" not in answer.text
        assert "13800138003" not in answer.text


def test_the_log_names_nobody_to_a_token_that_may_not_see_people(
    program: MakeProgram, worker_program: Program, world: World, happy: str
) -> None:
    draft = {
        "person": world.people["happy"],
        "kind": "care",
        "title": "走访",
        "date": "2026-07-01",
        "quantity": "1",
    }
    made = worker_program.post(f"{happy}/log", {"entries": [draft]}).json["items"][0]
    blind = program(permissions=["log.view"])
    for path in (f"{happy}/log", f"{happy}/log/{made['id']}"):
        assert "钱福" in worker_program.get(path).text
        assert "钱福" not in blind.get(path).text
