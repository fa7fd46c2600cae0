"""R-24, A97: the process answers, each part that breaks is named and makes the site not ready, and it recovers."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from pointsys.core import health, schema
from pointsys.core.audit import AuditRow
from pointsys.core.database import WRITE, db
from pointsys.core.jobs import periodic, queue
from pointsys.core.pending import FAILURES_TO_QUARANTINE, note_failure
from pointsys.core.unit_of_work import read_scope
from pointsys.web import health as pages
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock, MakeApp

Disk = namedtuple("Disk", "total used free")


def parts(client: FlaskClient) -> tuple[int, dict[str, bool]]:
    """Status and parts of the site's readiness."""
    answer = client.get("/readyz")
    assert answer.json is not None
    assert answer.json["ready"] is (answer.status_code == 200)
    return answer.status_code, answer.json["checks"]


def at_fault(client: FlaskClient) -> set[str]:
    """The parts that keep the site from being ready."""
    status, found = parts(client)
    bad = {name for name, ok in found.items() if not ok}
    assert (status == 503) is bool(bad)
    return bad


def test_healthz_says_that_the_process_answers_and_asks_nothing(app: Flask, admin: Browser) -> None:
    with counted(app) as statements:
        answer = admin.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert statements == []


def test_a_healthy_site_is_ready(client: FlaskClient) -> None:
    status, found = parts(client)
    assert status == 200
    assert set(found) == set(health.READY)


def test_strangers_learn_names_of_parts_and_no_more(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.json is not None
    assert set(answer.json) == {"ready", "checks"}
    assert all(isinstance(value, bool) for value in answer.json["checks"].values())
    assert answer.headers["Cache-Control"] == "no-store"


@contextmanager
def database_away(app: Flask) -> Iterator[None]:
    """No connection can be made, and none is kept."""

    def refuse(*args: object) -> None:
        error: type[Exception] = (
            sqlite3.OperationalError if engine.dialect.name == "sqlite" else psycopg.OperationalError
        )
        raise error("unable to connect")

    with app.app_context():
        engine = db.engine
        engine.dispose()
    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)
        engine.dispose()


def test_a97_without_its_database_the_site_is_not_ready_and_recovers_by_itself(
    app: Flask, client: FlaskClient
) -> None:
    with database_away(app):
        assert {"database", "migrations", "audit"} <= at_fault(client)
        assert client.get("/healthz").status_code == 200
        assert client.get("/sign-in").status_code in (200, 503)
    assert at_fault(client) == set()


def test_a_database_that_hangs_does_not_hang_who_asks(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, looks = Event(), []

    def hang(*args: object, **kwargs: object) -> list[health.Check]:
        looks.append(1)
        free.wait(60)
        return [health.Check(name, name, True) for name in health.READY]

    monkeypatch.setattr(health, "checks", hang)
    monkeypatch.setattr(pages, "PATIENCE_SECONDS", 0.05)
    assert at_fault(client) == set(health.READY)
    assert at_fault(client) == set(health.READY)
    # Whoever asks meanwhile waits for the same look: askers cannot pile up.
    assert len(looks) == 1
    monkeypatch.setattr(pages, "PATIENCE_SECONDS", 60.0)
    free.set()
    assert at_fault(client) == set()


@pytest.mark.own_database
def test_tables_of_another_version_are_found(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        last = schema.components()[-1]
        schema.downgrade(db.engine, last.name, "base")
    assert at_fault(client) == {"migrations"}


def test_a_full_disk_is_found(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Disk(10**12, 0, 100 * 1024**2))
    assert at_fault(client) == {"disk"}


def test_a_disk_that_fills_is_a_warning_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Disk(10**12, 0, 500 * 1024**2))
    with app.app_context():
        (check,) = health.checks(["disk"])
    assert (check.ok, check.warning) == (False, True)
    assert "500" in check.detail


def test_a_home_folder_that_cannot_be_written_is_found(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = Path.touch

    def refuse(path: Path, *args: Any, **kwargs: Any) -> None:
        if path.name.startswith(".probe-"):
            raise PermissionError(13, "Permission denied")
        touch(path, *args, **kwargs)

    monkeypatch.setattr(Path, "touch", refuse)
    assert at_fault(client) == {"home"}


@pytest.mark.own_database
def test_an_audit_log_that_cannot_be_written_is_found(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), db.engine.connect() as connection:
        with connection.execution_options(**{WRITE: True}).begin():
            connection.exec_driver_sql("ALTER TABLE audit RENAME TO audit_gone")
    assert "audit" in at_fault(client)


def test_looking_leaves_no_row(app: Flask, client: FlaskClient) -> None:
    assert at_fault(client) == set()
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(AuditRow)).all() == []


def test_a_writer_who_takes_long_is_no_fault(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), db.engine.connect() as connection:
        with connection.execution_options(**{WRITE: True}).begin():
            connection.exec_driver_sql("SELECT 1")
            assert at_fault(client) == set()


def test_jobs_that_nobody_does_are_found(app: Flask, client: FlaskClient, clock: FixedClock) -> None:
    assert at_fault(client) == set()
    clock.advance(minutes=6)
    assert at_fault(client) == {"queue"}
    with app.app_context():
        periodic.tick()
        queue.close_queue()
    assert at_fault(client) == set()


def test_threads_that_have_ended_are_found(app: Flask, client: FlaskClient) -> None:
    home = app.config["POINTSYS"].home
    queue.announce_workers(home, lambda: False)
    try:
        assert at_fault(client) == {"queue"}
    finally:
        queue.announce_workers(home, None)


def test_probes_come_under_any_name_and_without_a_proxy(make_app: MakeApp, app: Flask) -> None:
    app.config["POINTSYS"] = named = app.config["POINTSYS"].__class__(
        **{**vars(app.config["POINTSYS"]), "base_url": "https://points.example.org"}
    )
    assert named.base_url
    browser = app.test_client()
    assert browser.get("/sign-in").status_code == 400
    assert [browser.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_the_page_shows_every_part_with_its_cure(
    app: Flask, admin: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Disk(10**12, 0, 100 * 1024**2))
    page = admin.page(f"/a/{world.codes['street']}/health")
    text = page.get_text()
    assert "磁盘" in text
    assert "100 MB" in text
    assert page.select_one(".notice-danger") is not None


def test_a_stopped_plugin_is_shown_with_its_last_failure_and_can_be_released(
    app: Flask, admin: Browser, world: World
) -> None:
    with app.app_context():
        for _ in range(FAILURES_TO_QUARANTINE):
            note_failure("volunteer", "derive", RuntimeError("张三 13800138000"))
    path = f"/a/{world.codes['street']}/health"
    page = admin.page(path)
    assert "RuntimeError" in page.get_text()
    assert "13800138000" not in page.get_text()
    form = page.select_one('form[action$="/plugins/volunteer/release"]')
    assert form is not None
    assert admin.post(str(form["action"])).status_code == 303
    assert admin.page(path).select_one('form[action$="/plugins/volunteer/release"]') is None


def test_it_is_about_the_whole_site_and_for_its_administrator(
    admin: Browser, worker: Browser, world: World
) -> None:
    below = admin.get(f"/a/{world.codes['happy']}/health")
    assert (below.status_code, below.location) == (302, f"/a/{world.codes['street']}/health")
    assert worker.get(f"/a/{world.codes['happy']}/health").status_code == 403
    assert worker.get(f"/a/{world.codes['street']}/health/diagnostics.json").status_code == 404


def test_data_for_support_name_nobody(app: Flask, admin: Browser, world: World, sign_in: SignIn) -> None:
    answer = admin.get(f"/a/{world.codes['street']}/health/diagnostics.json")
    assert answer.json is not None
    assert answer.json["rows"]["person"] == 5
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = answer.get_data(as_text=True)
    for secret in ("钱福", "13800138", "worker", str(app.secret_key), "postgresql://"):
        assert secret not in text


def test_where_a_part_cannot_be_looked_at_the_others_still_are(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*args: object) -> None:
        raise RuntimeError("张三 13800138000")

    monkeypatch.setattr(schema, "status", explode)
    with app.app_context():
        found = {check.name: check for check in health.checks()}
    assert found["migrations"].ok is False
    assert found["migrations"].detail == "RuntimeError"
    assert found["database"].ok is True
