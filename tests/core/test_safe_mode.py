"""R-17: in safe mode no plugin is called and no third-party one even loaded; what they would compute waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from pointsys.cli import cli
from pointsys.core import host as host_module
from pointsys.core.actors import SYSTEM
from pointsys.core.host import load_host
from pointsys.core.pending import drain, pending_count
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, World
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import make_person, make_tree

CALLED: list[str] = []


def derive(session: object, people: Sequence[int]) -> None:
    """Notes that it was called."""
    CALLED.append("derive")


def menu(area: object, actor: object) -> list[object]:
    """The same."""
    CALLED.append("menu_items")
    return []


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """A site in safe mode whose one plugin would note every call."""
    CALLED.clear()
    module = make_plugin("demo", derive=derive, hooks={"menu_items": menu})
    return make_app(host=demo_host(module, safe=True))


def test_what_a_plugin_would_compute_is_marked_and_waits(app: Flask) -> None:
    with app.app_context():
        with unit_of_work() as session:
            area = make_tree(session)["happy"]
            make_person(session, area)
            switch_plugin(session, area, "demo", True, SYSTEM)
        assert drain().done == 0
        with read_scope() as session:
            assert pending_count(session) == 1
    assert CALLED == []


def test_pages_work_without_calling_a_plugin(app: Flask, admin: Browser, world: World) -> None:
    with app.app_context(), unit_of_work() as session:
        from pointsys.core.areas.models import Area

        area = session.get_one(Area, world.areas["street"])
        switch_plugin(session, area, "demo", True, SYSTEM)
    assert admin.get(f"/a/{world.codes['happy']}/").status_code == 200
    assert CALLED == []


def test_the_page_of_health_says_so(app: Flask, admin: Browser, world: World) -> None:
    app.config["POINTSYS"] = replace(app.config["POINTSYS"], safe_mode=True)
    assert "安全模式" in admin.page(f"/a/{world.codes['street']}/health").get_text()


def test_a_third_party_plugin_is_not_even_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Point(EntryPoint):
        def load(self) -> object:
            loaded.append(self.name)
            raise ImportError

    point = Point("foreign", "foreign", "pointsys.plugins")
    monkeypatch.setattr(host_module, "entry_points", lambda group: [point])
    assert "safe mode" in load_host(bundled_package="tests.core", safe=True).skipped["foreign"]
    assert loaded == []
    load_host(bundled_package="tests.core")
    assert loaded == ["foreign"]


def test_serve_has_a_switch_for_it(tmp_path: Path) -> None:
    seen: list[bool] = []

    def make(**kwargs: object) -> Flask:
        from pointsys.config import load_config

        seen.append(load_config(tmp_path).safe_mode)
        raise RuntimeError

    # The runner puts both variables back: the switch sets the second.
    runner = CliRunner(env={"POINTSYS_HOME": str(tmp_path), "POINTSYS_SAFE_MODE": None})
    runner.invoke(cli, ["serve", "--safe-mode"], obj=make)
    assert seen == [True]
