"""Limits of requests and what administrators are told: A29, S-39, S-24."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from pointsys import limits
from pointsys.core.accounts.models import Account
from pointsys.core.alerts import SecurityAlert, raise_alert
from pointsys.core.audit import AuditRow
from pointsys.core.batches import BatchRow
from pointsys.core.jobs import housekeeping
from pointsys.core.jobs.results import in_temp_folder
from pointsys.core.rate_limits import RateWindow
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World, counted
from tests.conftest import FixedClock
from tests.factories import HAPPY, STREET, SUNNY

MARKER = "13711223344"


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty missing addresses are too many."""
    monkeypatch.setattr(limits, "WALK_LIMIT", 20)


def test_a29_a_walk_over_addresses_ends_with_429_and_an_alert(
    app: Flask, worker: Browser, sign_in: SignIn, world: World, clock: FixedClock, near: None
) -> None:
    answers = [worker.get(f"/a/{HAPPY}/people/{number}") for number in range(1, 41)]
    codes = [answer.status_code for answer in answers]
    assert codes == [404] * 20 + [429] * 20
    assert int(answers[-1].headers["Retry-After"]) <= 600
    assert "X-Content-Type-Options" in answers[20].headers
    # Not even what the account may see, until it has waited; it can always leave.
    assert worker.get(f"/a/{HAPPY}/people").status_code == 429
    assert worker.get(f"/a/{HAPPY}/people/{world.people['happy']}").status_code == 429
    # Others at the same address are not locked out with it.
    assert sign_in(world.accounts["secretary"]).get(f"/a/{HAPPY}/people").status_code == 200
    with app.app_context(), read_scope() as session:
        alert = session.scalars(select(SecurityAlert)).one()
        assert (alert.kind, alert.subject, alert.count) == ("access.walk", "worker", 1)
        noted = session.scalars(select(AuditRow).where(AuditRow.event == "limit.reached")).all()
        assert [(row.actor, row.result) for row in noted] == [("worker", "denied")]
        assert session.scalars(select(RateWindow.who).where(RateWindow.name == "walk")).all() == [
            f"account:{world.accounts['worker']}"
        ]
    clock.advance(minutes=10)
    assert worker.get(f"/a/{HAPPY}/people").status_code == 200
    assert worker.get(f"/a/{SUNNY}/people").status_code == 404


def test_a29_addresses_that_nobody_serves_count_as_well(app: Flask, worker: Browser, near: None) -> None:
    assert [worker.get(f"/person/{number}").status_code for number in range(21)] == [404] * 20 + [429]
    assert worker.post("/sign-out").status_code in (302, 303)


def test_a29_strangers_are_never_stopped_by_their_address(app: Flask, near: None) -> None:
    stranger = Browser(app)
    assert {stranger.get(f"/verify/{number}").status_code for number in range(40)} == {404}
    assert stranger.get("/verify").status_code == 200


def test_limits_cost_a_page_nothing(app: Flask, worker: Browser) -> None:
    worker.get(f"/a/{HAPPY}/people")
    with counted(app) as statements:
        assert worker.get(f"/a/{HAPPY}/people").status_code == 200
    assert not [text for text in statements if "rate_window" in text or "security_alert" in text]


def test_s39_looking_people_up_has_an_end(
    app: Flask, worker: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEARCHES", 10)
    codes = [worker.get(f"/a/{HAPPY}/people?q=li").status_code for _ in range(12)]
    assert codes == [200] * 10 + [429] * 2
    assert worker.get(f"/a/{HAPPY}/people").status_code == 200


def test_administrators_see_alerts_and_how_many_are_open(
    app: Flask, admin: Browser, worker: Browser, sign_in: SignIn, world: World
) -> None:
    with app.app_context(), unit_of_work(drain=False) as session:
        raise_alert(session, "sign_in.address", "10.0.0.7", count=31)
        raise_alert(session, "admin.granted", "worker", by="admin", role="security_admin")
        account = session.get_one(Account, world.accounts["grid_worker"])
        raise_alert(session, "sign_in.account", account.public_id)
    page = admin.page(f"/a/{STREET}/alerts")
    assert next(row.get_text() for row in page.select(".menu-count")).startswith("3")
    assert "10.0.0.7" in page.get_text()
    ids = {box["value"] for box in page.select("input[name=id]")}
    assert len(ids) == 3
    # Accounts are told by their sign-in names, and lead to their pages.
    links = [link.get_text() for link in page.select("tbody td a")]
    assert sorted(links) == ["grid_worker", "worker"]
    # One of them is about what the reader did: the other is not marked either, for all go or none.
    admin.post(f"/a/{STREET}/alerts/seen", {"id": list(ids)})
    assert len(admin.page(f"/a/{STREET}/alerts?state=open").select("tbody tr")) == 3
    (about_address,) = {
        row.select_one("input[name=id]")["value"]  # type: ignore[index]
        for row in page.select("tbody tr")
        if "10.0.0.7" in row.get_text()
    }
    admin.post(f"/a/{STREET}/alerts/seen", {"id": about_address})
    assert len(admin.page(f"/a/{STREET}/alerts?state=open").select("tbody tr")) == 2
    # The alerts of the site stand at its top, and are nothing for others.
    assert admin.get(f"/a/{HAPPY}/alerts").location == f"/a/{STREET}/alerts"
    assert worker.get(f"/a/{HAPPY}/alerts").status_code == 403
    assert sign_in(world.accounts["sunny_worker"]).get(f"/a/{STREET}/alerts").status_code == 404
    assert admin.post(f"/a/{STREET}/alerts/seen", {"id": "a" * 16}).status_code == 404


def all_bytes(home: Path) -> bytes:
    """Everything that lies in the site's folder."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_s24_what_was_uploaded_and_ordered_is_gone_from_the_disk_after_a_day(
    app: Flask, worker: Browser, clock: FixedClock
) -> None:
    home: Path = app.config["POINTSYS"].home
    with in_temp_folder(home):
        # Somebody's upload that a killed process left behind, and a folder of a restore that was cut off.
        left, name = tempfile.mkstemp()
        os.write(left, MARKER.encode())
        os.close(left)
        cut_off = Path(tempfile.mkdtemp(prefix="restore-")) / "pointsys.db"
        cut_off.write_text(MARKER)
        assert Path(name).is_relative_to(home / "tmp")
        worker.post(f"/a/{HAPPY}/imports/", {"kind": "people", "text": f"姓名\t手机\n王小五\t{MARKER}"})
        order = worker.post(f"/a/{HAPPY}/people/export", {"reason": "核对名册", "form": "csv"})
        assert b"13800138" in worker.post(f"{order.location}/file").data
    assert (home / "tmp").stat().st_mode & 0o077 == 0 or (home / "tmp" / "work").stat().st_mode & 0o077 == 0
    assert MARKER.encode() in all_bytes(home)
    clock.advance(hours=25)
    # The files are as old as the clock says.
    for path in (home / "tmp").rglob("*"):
        at = (clock.now - timedelta(hours=25)).timestamp()
        os.utime(path, (at, at))
    with app.app_context():
        for sweep in (housekeeping.clear_files, housekeeping.clear_batches, housekeeping.clear_exports):
            sweep(clock.now)
        with read_scope() as session:
            assert session.scalars(select(BatchRow)).all() == []
    assert MARKER.encode() not in all_bytes(home)
    assert not [path for path in (home / "tmp").rglob("*") if path.is_file()]


def test_s24_signing_out_leaves_nothing_that_opens_the_session_again(app: Flask, worker: Browser) -> None:
    with worker.client.session_transaction() as stored:
        token = str(stored["token"])
    worker.post("/sign-out")
    assert token.encode() not in all_bytes(app.config["POINTSYS"].home)
    assert Browser(app, token).get(f"/a/{HAPPY}/people").status_code == 302
