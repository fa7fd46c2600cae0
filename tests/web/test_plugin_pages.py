"""Pages of plugins are let in only where they keep to their place."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Blueprint, Flask

from pointsys.core.host import PluginError
from pointsys.web.access import area_scope, signed_in
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.core.test_host import offer

Register = Callable[[Flask], None]
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def _view(code: str = "") -> str:
    return code


def _pages(
    rule: str = "/a/<code>/demo/x",
    name: str = "demo",
    *,
    declared: bool = True,
    permission: str = "areas.view",
) -> Register:
    def register(app: Flask) -> None:
        blueprint = Blueprint(name, __name__)
        allow = area_scope(permission) if "<code>" in rule else signed_in
        view = allow(lambda code="": code) if declared else _view
        blueprint.add_url_rule(rule, "page", view)
        app.register_blueprint(blueprint)

    return register


def _plugin(register: Register, name: str = "demo", **info: object) -> ModuleType:
    return make_plugin(name, None, {"register_blueprints": lambda app: register(app)}, **info)


def _switch_csrf_off(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False


def _listen_in(app: Flask) -> None:
    app.before_request(lambda: None)


def _bare_route(app: Flask) -> None:
    app.add_url_rule("/a/<code>/demo/y", "bare", area_scope("areas.view")(lambda code: code))


def _broken(app: Flask) -> None:
    raise LookupError("no pages today")


FAULTS: list[tuple[Register, str]] = [
    (_pages(declared=False), "declares no permission and scope"),
    (_pages(permission="demo.see"), "needs demo.see, which nobody declares"),
    (_pages("/a/<code>/people/demo"), "lies outside of /a/<code>/demo/"),
    (_pages("/a/<code>/demonic"), "lies outside of /a/<code>/demo/"),
    (_pages("/"), "lies outside of /a/<code>/demo/"),
    (_pages(name="people"), "blueprint people is not named demo"),
    (_pages(name="demography"), "blueprint demography is not named demo"),
    (_switch_csrf_off, "changes the settings"),
    (_listen_in, "hooks into every request"),
    (_bare_route, "belongs to no blueprint"),
    (_broken, "no pages today"),
]


@pytest.mark.parametrize(("register", "words"), FAULTS, ids=[words for _register, words in FAULTS])
def test_a_bundled_plugin_whose_pages_overstep_stops_the_start(
    make_app: MakeApp, register: Register, words: str
) -> None:
    with pytest.raises(PluginError) as caught:
        make_app(host=demo_host(_plugin(register)))

    assert str(caught.value).startswith("plugin demo: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(("register", "words"), FAULTS[:7], ids=[words for _register, words in FAULTS[:7]])
def test_a_third_party_plugin_whose_pages_overstep_is_left_out_and_leaves_nothing(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, register: Register, words: str
) -> None:
    offer(monkeypatch, _plugin(register), make_plugin("rider", requires=("demo",)))
    host = demo_host()
    app = make_app(host=host)

    assert list(host.names) == []
    assert words in host.skipped["demo"]
    assert "demo" in host.skipped["rider"]
    assert not any("demo" in rule.rule.split("/") for rule in app.url_map.iter_rules())
    assert app.config.get("WTF_CSRF_ENABLED", True)


def test_pages_that_keep_to_their_place_are_let_in(make_app: MakeApp) -> None:
    parts = _pages(), _pages("/me/demo", "demo_own")

    def register(app: Flask) -> None:
        for part in parts:
            part(app)

    app = make_app(host=demo_host(_plugin(register)))
    assert {"demo.page", "demo_own.page"} <= app.view_functions.keys()


def test_a_blueprint_of_the_core_is_not_replaced(make_app: MakeApp) -> None:
    with pytest.raises(PluginError, match="the name of its blueprint log is taken"):
        make_app(host=demo_host(_plugin(_pages("/a/<code>/log/x", "log"), "log")))
