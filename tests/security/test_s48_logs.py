"""S-48, R-26, A79: the log is lines of JSON that name requests and errors, and nobody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from pointsys.access import public
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.people.models import Person
from pointsys.core.people.services import PersonData, create_person
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.logging_json import start_logging, stop_logging
from tests.browsers import Browser, World
from tests.conftest import MakeApp
from tests.sheets import id_number

NAME, PHONE, ID_NUMBER = "欧阳标记甲", "13987654321", id_number(531)


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What goes into the log."""
    stream = io.StringIO()
    handler = start_logging("json", stream)
    yield stream
    stop_logging(handler)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Its lines; each is one JSON object."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


def requests(log: io.StringIO) -> list[dict[str, Any]]:
    """The lines of requests."""
    return [line for line in lines(log) if line["logger"] == "pointsys.request"]


def test_a_request_leaves_a_line_by_which_it_is_found(
    app: Flask, worker: Browser, world: World, log: io.StringIO
) -> None:
    answer = worker.get(f"/a/{world.codes['happy']}/people?q={PHONE}")
    (line,) = requests(log)
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None
    assert line["request"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "people.index", 200)
    assert (line["account"], line["area"]) == (world.accounts["worker"], world.codes["happy"])
    assert line["ms"] >= 0


def test_each_request_has_a_number_of_its_own(app: Flask, log: io.StringIO) -> None:
    browser = app.test_client()
    assert browser.get("/sign-in").headers["X-Request-Id"] != browser.get("/sign-in").headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (0, "from-a-stranger", False),
        (1, "from-the-proxy", True),
        (1, "two\tparts", False),
        (1, "x" * 65, False),
        (1, "short", False),
    ],
)
def test_only_a_proxy_of_ours_gives_a_number(app: Flask, proxies: int, given: str, taken: bool) -> None:
    from dataclasses import replace

    from pointsys.app import create_app

    config = replace(app.config["POINTSYS"], trusted_proxies=proxies)
    other = create_app(config, keyring=app.extensions["pointsys"].keyring)
    answer = other.test_client().get("/sign-in", headers={"X-Request-Id": given})
    assert (answer.headers["X-Request-Id"] == given) is taken
    with other.app_context():
        db.engine.dispose()


def test_static_files_and_probes_that_are_well_leave_no_line(app: Flask, log: io.StringIO) -> None:
    browser = app.test_client()
    for path in ("/static/app.css", "/healthz", "/readyz"):
        assert browser.get(path, buffered=True).status_code == 200
    assert requests(log) == []
    browser.get("/static/nothing.css")
    assert [line["status"] for line in requests(log)] == [404]


def fail(word: str) -> str:
    """A page that breaks, with somebody's data in its address and in its error."""
    raise RuntimeError(f"{NAME} {PHONE} {word}")


@pytest.fixture
def broken(make_app: MakeApp) -> Flask:
    """A site with that page."""
    app = make_app()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken/<word>", "broken", public(fail))
    return app


def test_an_error_page_shows_the_number_of_the_request_and_the_log_where_it_broke(
    broken: Flask, log: io.StringIO
) -> None:
    answer = broken.test_client().get("/broken/secret-token")
    assert answer.status_code == 500
    number = answer.headers["X-Request-Id"]
    page = answer.get_data(as_text=True)
    assert number in page
    about = [line for line in lines(log) if line.get("request") == number]
    (failure,) = [line for line in about if "error" in line]
    assert failure["error"] == ["RuntimeError"]
    assert failure["at"][-1].startswith("tests/security/test_s48_logs.py:")
    for word in (NAME, PHONE, "secret-token", "RuntimeError"):
        assert word not in page
    for word in (NAME, PHONE, "secret-token"):
        assert word not in log.getvalue()


def test_what_is_logged_cannot_forge_a_line(log: io.StringIO) -> None:
    logging.getLogger("pointsys.test").warning("one\n%s", '{"level": "info"}\r\u2028two')
    (line,) = lines(log)
    assert line["event"].startswith("one\n")
    assert len(log.getvalue().splitlines()) == 1


def test_the_values_that_libraries_speak_of_are_left_out(log: io.StringIO) -> None:
    logging.getLogger("waitress").warning("Exception while serving %s", f"/l/{PHONE}")
    assert PHONE not in log.getvalue()
    assert lines(log)[0]["event"] == "Exception while serving %s"


def test_a_terminal_gets_plain_lines_and_no_requests(app: Flask) -> None:
    stream = io.StringIO()
    handler = start_logging("text", stream)
    try:
        app.test_client().get("/sign-in")
        logging.getLogger("pointsys.test").warning("mind\nthe gap")
    finally:
        stop_logging(handler)
    assert stream.getvalue() == "warning: mind the gap\n"


def test_a79_after_a_tour_of_the_site_nobody_is_found_in_the_log(
    app: Flask, worker: Browser, world: World, log: io.StringIO
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    with app.app_context():
        with unit_of_work() as session:
            area = session.get_one(Area, world.areas["happy"])
            data = PersonData(NAME, area.id, phone=PHONE, id_number=ID_NUMBER)
            public_id = create_person(session, data, SYSTEM).public_id
        with read_scope() as session:
            assert session.get(Person, world.person_ids["happy"]) is not None
    base = f"/a/{world.codes['happy']}"
    marked = {"name": NAME, "phone": PHONE, "id_number": ID_NUMBER}
    for path in (
        base, f"{base}/people?q={NAME}", f"{base}/people?q={PHONE}", f"{base}/people/{public_id}",
        f"{base}/people/{public_id}/edit", f"{base}/log?q={NAME}", f"{base}/people/{NAME}", f"/l/{PHONE}",
        f"{base}/imports/", f"/public/{NAME}/", f"{base}/activities", "/me",
    ):  # fmt: skip
        worker.get(path)
    worker.post(f"{base}/people/new", {**marked, "area": world.codes["happy"]})
    worker.post(f"{base}/people/{public_id}/edit", {**marked, "birth_date": "1900-13-40"})
    worker.post(f"{base}/people/{public_id}/reveal", {"field": "phone", "reason": NAME})
    worker.post(f"{base}/imports/", {"kind": "people", "text": f"姓名\t手机\n{NAME}\t{PHONE}"})
    worker.post("/sign-in", {"login": NAME, "password": PHONE})
    text = log.getvalue()
    assert len(requests(log)) >= 15
    for word in (NAME, PHONE, ID_NUMBER, public_id):
        assert word not in text
        assert json.dumps(word).strip('"') not in text
