"""Finding plugins, checking what they say of themselves, and calling them one by one in one order."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from pointsys.app import create_app
from pointsys.config import Config
from pointsys.core import host as host_module
from pointsys.core.host import Host, PluginError, load_host
from pointsys.core.pages import Card, MenuItem
from pointsys.core.plugin_info import ImportColumn, KindInfo, Permission, Setting
from tests.core.demo_plugin import demo_host, make_plugin

CARD = Card("Hours", "1.50")
Bundle = Callable[[dict[str, str]], str]

GOOD = """
from pointsys.core.plugin_info import PluginInfo
PLUGIN = PluginInfo(name="{name}", slug="{name}", title="{name}", version="1"{more})
"""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bundle]:
    """Writes a package of plugins, {file below it: text}, and returns its name."""
    before = set(sys.modules)

    def write(files: dict[str, str]) -> str:
        package = f"bundle_{tmp_path.name}"
        for path, content in {"__init__.py": "", **files}.items():
            target = tmp_path / package / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        monkeypatch.syspath_prepend(tmp_path)
        return package

    yield write
    for name in set(sys.modules) - before:
        if name.startswith("bundle_"):
            del sys.modules[name]


def offer(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """Make modules look like installed third-party plugins."""
    points = []
    for module in modules:
        monkeypatch.setitem(sys.modules, f"third_party_{module.__name__}", module)
        points.append(EntryPoint(module.__name__, f"third_party_{module.__name__}", "pointsys.plugins"))
    monkeypatch.setattr(host_module, "entry_points", lambda group: points)


def test_a_plugin_is_found_by_its_folder(bundle: Bundle) -> None:
    host = load_host(bundled_package=bundle({"good/__init__.py": GOOD.format(name="good", more="")}))

    assert list(host.names) == ["good"]
    assert host.bundled == {"good"}


def test_a94_a_plugin_that_cannot_be_imported_is_skipped_with_its_reason(bundle: Bundle) -> None:
    name = bundle(
        {
            "bad/__init__.py": "import no_such_module",
            "quits/__init__.py": "raise SystemExit(3)",
            "good/__init__.py": GOOD.format(name="good", more=""),
            "needy/__init__.py": GOOD.format(name="needy", more=', requires=("bad",)'),
        }
    )
    host = load_host(bundled_package=name)

    assert list(host.names) == ["good"]
    assert host.skipped["bad"] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert host.skipped["quits"] == "SystemExit: 3"
    assert host.skipped["needy"].startswith("requires bad")


def test_a94_the_core_starts_without_it(bundle: Bundle, tmp_path: Path) -> None:
    host = load_host(bundled_package=bundle({"bad/__init__.py": "1/0"}))
    app = create_app(Config(home=tmp_path / "home"), host=host)

    assert "home.start" in app.view_functions


def test_a_module_without_a_plugin_value_is_skipped(bundle: Bundle) -> None:
    host = load_host(bundled_package=bundle({"odd/__init__.py": "PLUGIN = 'odd'"}))

    assert "PLUGIN is not a PluginInfo" in host.skipped["odd"]


CASES: list[tuple[list[ModuleType], str]] = [
    ([make_plugin("alpha"), make_plugin("alpha")], "plugin alpha: name alpha is taken already"),
    ([make_plugin("alpha", slug="x"), make_plugin("beta", slug="x")], "plugin beta: slug x is taken already"),
    (
        [
            make_plugin("alpha", activity_kinds=(KindInfo("tea", "茶话会"),)),
            make_plugin("beta", activity_kinds=(KindInfo("tea", "茶会"),)),
        ],
        "plugin beta: kind tea is taken already",
    ),
    (
        [make_plugin("alpha", activity_kinds=(KindInfo("environment", "整治"),))],
        "plugin alpha: kind environment is taken already",
    ),
    (
        [make_plugin("alpha", permissions=(Permission("alpha.see", "See"), Permission("alpha.see", "See")))],
        "plugin alpha: names a permission twice",
    ),
    (
        [make_plugin("alpha", permissions=(Permission("log.view", "See"),))],
        "plugin alpha: permission log.view does not start with alpha.",
    ),
    (
        [make_plugin("alpha", settings=(Setting("other.x", "X", 1),))],
        "plugin alpha: setting other.x does not start with alpha.",
    ),
    (
        [make_plugin("alpha", sources={"desk": "desk"}, timed_sources=("gate",))],
        "plugin alpha: timed source gate is none of its sources",
    ),
    (
        [
            make_plugin("alpha", import_columns=(ImportColumn("k", ("K",), str),)),
            make_plugin("beta", import_columns=(ImportColumn("k", ("K",), str),)),
        ],
        "plugin beta: import column people.k is taken already",
    ),
    ([make_plugin("alpha", api=2)], "plugin alpha: made for plugin interface 2, this is 1"),
    ([make_plugin("One")], "plugin One: its name is not"),
    ([make_plugin("alpha", slug="a_b")], "plugin alpha: its slug is not"),
    (
        [make_plugin("alpha", slug="person")],
        "plugin alpha: its slug is the beginning of the core's table person_a",
    ),
    (
        [make_plugin("alpha", requires=("beta",)), make_plugin("beta", requires=("alpha",))],
        "requires beta, which is missing or goes in a circle",
    ),
]


@pytest.mark.parametrize(("modules", "words"), CASES, ids=[words for _modules, words in CASES])
def test_a_bundled_plugin_at_fault_stops_the_start(modules: list[ModuleType], words: str) -> None:
    with pytest.raises(PluginError) as caught:
        demo_host(*modules)

    assert words in str(caught.value)


def test_a_hook_that_no_spec_knows_stops_the_start() -> None:
    plugin = make_plugin("alpha", hooks={"before_lunch": lambda session: None})

    with pytest.raises(PluginError, match="plugin alpha: before_lunch is not a hook of this version"):
        demo_host(plugin)


def test_a_hook_with_an_argument_of_its_own_stops_the_start() -> None:
    plugin = make_plugin("alpha", hooks={"menu_items": lambda area, actor, weather: None})

    with pytest.raises(PluginError, match=r"plugin alpha: .*weather"):
        demo_host(plugin)


def test_tables_must_start_with_the_slug(bundle: Bundle) -> None:
    plugin = GOOD.format(name="tables", more="") + (
        "from sqlalchemy import Column, Integer, MetaData, Table\n"
        "LOOSE = Table('other_rows', MetaData(), Column('id', Integer, primary_key=True))\n"
    )

    with pytest.raises(PluginError, match="plugin tables: table other_rows does not start with tables_"):
        load_host(bundled_package=bundle({"tables/__init__.py": plugin}))


def test_tables_of_the_core_that_a_plugin_uses_are_not_its_own(bundle: Bundle) -> None:
    plugin = GOOD.format(name="reader", more="") + (
        "from pointsys.core.people.models import Person\nPEOPLE = Person.__table__\n"
    )

    assert list(load_host(bundled_package=bundle({"reader/__init__.py": plugin})).names) == ["reader"]


def test_templates_lie_below_the_slug_only(bundle: Bundle) -> None:
    files = {
        "pages/__init__.py": GOOD.format(name="pages", more=""),
        "pages/templates/pages/a.html": "",
        "pages/templates/base.html": "",
    }

    with pytest.raises(
        PluginError, match=r"plugin pages: templates/base\.html lies outside templates/pages/"
    ):
        load_host(bundled_package=bundle(files))


def test_a_third_party_plugin_at_fault_is_skipped_with_those_that_build_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offer(
        monkeypatch,
        make_plugin("alien", api=9),
        make_plugin("rider", requires=("alien",)),
        make_plugin("fine"),
    )
    host = demo_host()

    assert list(host.names) == ["fine"]
    assert host.skipped["alien"] == "made for plugin interface 9, this is 1"
    assert host.skipped["rider"].startswith("requires alien")


def test_a_plugin_that_requires_a_disabled_one_is_left_out() -> None:
    host = demo_host(make_plugin("base"), make_plugin("top", requires=("base",)), disabled=["base"])

    assert list(host.names) == []
    assert host.skipped["top"].startswith("requires base")


def test_leaving_a_plugin_out_takes_along_what_builds_on_it() -> None:
    host = demo_host(
        make_plugin("base"),
        make_plugin("middle", requires=("base",)),
        make_plugin("top", requires=("middle",)),
    )
    host.leave_out("base", "no pages")

    assert list(host.names) == []
    assert host.in_order("derive") == []
    assert host.skipped["top"] == "requires middle, which is left out"


def _orders(host: Host) -> tuple[object, ...]:
    return list(host.plugins), host.in_order("derive"), [p.name for p in host.permissions()]


def test_reversed_registration_changes_nothing() -> None:
    def modules() -> list[ModuleType]:
        return [
            make_plugin("late", order=50, permissions=(Permission("late.see", "See"),)),
            make_plugin("top", order=10, requires=("late",)),
            make_plugin("early", order=1, permissions=(Permission("early.see", "See"),)),
        ]

    forward, backward = demo_host(*modules()), demo_host(*modules(), reverse=True)

    assert _orders(forward) == _orders(backward)
    assert forward.in_order("derive") == ["early", "top", "late"]


def test_one_plugin_that_raises_does_not_silence_the_others(app: Flask) -> None:
    def broken(session: Session, area: object, actor: object) -> list[object]:
        raise LookupError

    host = demo_host(
        make_plugin("alpha", hooks={"dashboard_cards": broken}),
        make_plugin("beta", hooks={"dashboard_cards": lambda session, area, actor: [CARD]}),
    )
    answers = host.call_each("dashboard_cards", session=None, area=None, actor=None)

    assert [(answer.info.name, answer.value, type(answer.error)) for answer in answers] == [
        ("alpha", None, LookupError),
        ("beta", [CARD], type(None)),
    ]


def test_only_the_plugins_named_are_asked() -> None:
    host = demo_host(
        make_plugin("alpha", hooks={"menu_items": lambda area, actor: [MenuItem("A", "a.x", "p")]}),
        make_plugin("beta", hooks={"menu_items": lambda area, actor: [MenuItem("B", "b.x", "p")]}),
    )

    answers = host.call_each("menu_items", ["beta"], area=None, actor=None)

    assert [answer.value for answer in answers] == [[MenuItem("B", "b.x", "p")]]


@pytest.mark.parametrize("hook", ["menu_items", "dashboard_cards", "person_panels", "member_cards"])
@pytest.mark.parametrize("junk", ["card", 5, [None], {"a": 1}, CARD, [object()]])
def test_r14_a_page_hook_that_returns_junk_has_failed(hook: str, junk: object) -> None:
    arguments = {
        "menu_items": lambda area, actor: junk,
        "dashboard_cards": lambda session, area, actor: junk,
        "person_panels": lambda session, person, area, actor: junk,
        "member_cards": lambda session, person: junk,
    }
    host = demo_host(make_plugin("alpha", hooks={hook: arguments[hook]}))
    values = {"session": None, "area": None, "actor": None, "person": None}
    (answer,) = host.call_each(hook, **values)

    assert isinstance(answer.error, TypeError)
