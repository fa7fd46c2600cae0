"""The security administrator's page of keys: what stands under which, and a change of keys as background work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core.database import db
from pointsys.core.jobs.running import run_waiting
from pointsys.core.site import current_site
from tests.browsers import Browser, World
from tests.conftest import FixedClock
from tests.core.rotating import used

PEOPLE = 5


@pytest.fixture
def engine_name() -> str:
    """The change itself is tried on both engines in tests/core."""
    return "sqlite"


@pytest.fixture
def app(site_config: Config, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application over a site whose keys lie in a file."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    made = create_app(site_config, clock=clock)
    made.testing = True
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def path(world: World) -> str:
    """The page."""
    return f"/a/{world.codes['street']}/keys"


def _rows(browser: Browser, path: str) -> list[list[str]]:
    return [
        [cell.text.strip() for cell in row.select("td")][1:4] for row in browser.page(path).select("tbody tr")
    ]


def test_keys_are_changed_from_the_page_and_never_shown(app: Flask, admin: Browser, path: str) -> None:
    assert _rows(admin, path) == [["1", "已启用", str(PEOPLE)], ["1", "已启用", str(PEOPLE)]]

    assert admin.post(f"{path}/rotate", {"purposes": "both"}).status_code == 303
    assert admin.page(path).select_one("#key-progress progress") is not None
    assert admin.get(f"{path}/progress").status_code == 200
    with app.app_context():
        run_waiting()
        assert (dict(used().data), dict(used().index)) == ({2: PEOPLE}, {2: PEOPLE})
        keys = current_site().keyring.latest()
    assert admin.get(f"{path}/progress").headers["HX-Refresh"] == "true"

    assert _rows(admin, path) == [
        ["1", "旧", "0"],
        ["2", "已启用", str(PEOPLE)],
        ["1", "旧", "0"],
        ["2", "已启用", str(PEOPLE)],
    ]
    text = admin.get(path).data
    assert keys.secret_key.encode() not in text
    assert not any(key.hex().encode() in text for key in keys.data_keys.values())


def test_a_change_that_was_cancelled_goes_on_with_the_same_keys(
    app: Flask, admin: Browser, path: str
) -> None:
    admin.post(f"{path}/rotate", {"purposes": "data"})
    assert admin.post(f"{path}/cancel").status_code == 303
    with app.app_context():
        run_waiting()
        assert set(used().data) == {1}
    assert "已取消" in admin.page(path).select_one("#key-progress").text  # type: ignore[union-attr]

    admin.post(f"{path}/rotate", {"purposes": "data"})
    with app.app_context():
        run_waiting()
        assert (set(used().data), set(used().index)) == ({2}, {1})


def test_cancelling_nothing_says_so(admin: Browser, path: str) -> None:
    answer = admin.post(f"{path}/cancel")
    assert answer.status_code == 303
    assert "已经结束" in admin.get(path).text


def test_the_page_stands_at_the_root(admin: Browser, world: World, path: str) -> None:
    answer = admin.get(f"/a/{world.codes['happy']}/keys")
    assert answer.status_code == 302
    assert answer.location == path
