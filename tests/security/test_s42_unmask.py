"""S-42: a full phone or ID number is shown one at a time, with a reason, counted, and not without end."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.alerts import SecurityAlert
from pointsys.core.audit import AuditRow
from pointsys.core.people import unmasking
from pointsys.core.people.models import PersonUnmasking
from pointsys.core.unit_of_work import read_scope
from tests.browsers import Browser, SignIn, World
from tests.conftest import FixedClock

MOBILE = "13800138001"
LOOK = {"field": "phone", "reason": "回访"}


@pytest.fixture
def engine_name() -> str:
    """What is tried here does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def path(world: World) -> str:
    """Where the full value of a person with a phone is asked for."""
    return f"/a/{world.codes['happy']}/people/{world.people['happy']}/unmask"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test reaches."""
    monkeypatch.setattr(unmasking, "TELL_ABOVE", 2)
    monkeypatch.setattr(unmasking, "MOST", 4)


def _kept(app: Flask) -> tuple[int, int, list[tuple[str, int]]]:
    """Looks that are kept, their rows in the audit log, and the alerts."""
    with app.app_context(), read_scope() as session:
        looks = session.scalar(select(func.count()).select_from(PersonUnmasking)) or 0
        audited = session.scalar(
            select(func.count()).select_from(AuditRow).where(AuditRow.event == "person.unmasked")
        )
        alerts = session.execute(select(SecurityAlert.kind, SecurityAlert.count).order_by(SecurityAlert.id))
        return looks, audited or 0, [(row[0], row[1]) for row in alerts]


def test_s42_the_limits_are_those_of_the_rule() -> None:
    assert (unmasking.TELL_ABOVE, unmasking.MOST, unmasking.MINUTES) == (50, 200, 60)


def test_s42_each_look_is_kept_with_its_reason_and_the_page_counts_them(
    app: Flask, worker: Browser, path: str
) -> None:
    assert MOBILE in worker.post(path, LOOK).text
    assert MOBILE in worker.post(path, LOOK).text

    assert _kept(app) == (2, 2, [])
    hint = worker.page(path).select_one("p.hint")
    assert hint is not None
    assert "本小时内您已查看 2 项" in " ".join(hint.text.split())
    assert "2 次" in worker.page(path.removesuffix("/unmask")).select_one("#overview").text  # type: ignore[union-attr]


def test_s42_without_a_reason_nothing_is_shown_counted_or_kept(
    app: Flask, worker: Browser, path: str
) -> None:
    refused = worker.post(path, {"field": "phone", "reason": "  "})

    assert refused.status_code == 422
    assert MOBILE not in refused.text
    assert _kept(app) == (0, 0, [])


def test_s42_a_usual_reason_is_one_tap_away(worker: Browser, path: str) -> None:
    links = worker.page(f"{path}?field=phone").select(".pills a")
    assert len(links) == len(unmasking.REASONS)
    chosen = worker.page(str(links[0]["href"]))
    assert chosen.select_one("input[name=reason]")["value"] == links[0].text  # type: ignore[index]


def test_s42_many_looks_in_an_hour_are_told_and_end(
    app: Flask, world: World, sign_in: SignIn, path: str, few: None, clock: FixedClock
) -> None:
    worker = sign_in(world.accounts["worker"])
    for _look in range(4):
        assert MOBILE in worker.post(path, LOOK).text
    assert _kept(app)[2] == [("unmask.many", 1)]

    refused = worker.post(path, LOOK)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert MOBILE not in refused.text
    assert _kept(app)[:2] == (4, 4)
    clock.advance(hours=1)
    assert MOBILE in sign_in(world.accounts["worker"]).post(path, LOOK).text


def test_s42_the_limit_is_of_one_account(
    sign_in: SignIn, world: World, worker: Browser, path: str, few: None
) -> None:
    for _look in range(5):
        worker.post(path, LOOK)
    assert MOBILE in sign_in(world.accounts["office"]).post(path, LOOK).text
