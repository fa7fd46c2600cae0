"""Templates name templates, macros, blocks and pages that exist: a slot or a link that nobody fills is found here."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes

from tests.architecture.sources import name_of, templates
from tests.conftest import ROOT

# Where a page shows what plugins answer to a page hook.
SLOTS = {
    "menu_items": "ui/page.html",
    "dashboard_cards": "areas/overview.html",
    "person_panels": "people/person.html",
    "member_cards": "me/index.html",
    "report_sections": "report/month.html",
    "figures": "figures/index.html",
}
LINKS = ("url_for", "page_url")


def template_name(path: Path) -> str:
    """The name by which others call the template."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[parts.index("templates") + 1 :])


FILES = {template_name(path): path for path in templates()}
_PLAIN = Environment(
    extensions=["jinja2.ext.do", "jinja2.ext.i18n", "jinja2.ext.loopcontrols"], autoescape=True
)


@lru_cache(maxsize=500)
def parsed(name: str) -> nodes.Template:
    """The template as a tree."""
    return _PLAIN.parse(FILES[name].read_text("utf-8"), name)


def references(name: str) -> set[str]:
    """Templates that this one extends, includes or imports from, by name."""
    kinds: tuple[type[nodes.Node], ...] = (nodes.Extends, nodes.Include, nodes.FromImport, nodes.Import)
    found = [getattr(node, "template", None) for kind in kinds for node in parsed(name).find_all(kind)]
    return {str(node.value) for node in found if isinstance(node, nodes.Const)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_template_compiles_and_names_templates_that_exist(bare_app: Flask, name: str) -> None:
    bare_app.jinja_env.get_template(name)
    assert sorted(references(name) - FILES.keys()) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_imported_macros_exist(name: str) -> None:
    missing = []
    for node in parsed(name).find_all(nodes.FromImport):
        assert isinstance(node.template, nodes.Const)
        there = {macro.name for macro in parsed(node.template.value).find_all(nodes.Macro)}
        wanted = {item if isinstance(item, str) else item[0] for item in node.names}
        missing += [f"{node.template.value}: {macro}" for macro in sorted(wanted - there)]
    assert missing == []


def blocks_above(name: str) -> set[str] | None:
    """Blocks of the templates that this one extends; None if it extends none."""
    parents = [
        node.template.value
        for node in parsed(name).find_all(nodes.Extends)
        if isinstance(node.template, nodes.Const)
    ]
    if not parents:
        return None
    own = {block.name for block in parsed(parents[0]).find_all(nodes.Block)}
    return own | (blocks_above(parents[0]) or set())


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_block_that_a_page_fills_stands_in_what_it_extends(name: str) -> None:
    above = blocks_above(name)
    if above is None:
        return
    top = {block.name for node in parsed(name).body for block in [node] if isinstance(block, nodes.Block)}
    assert sorted(top - above) == []


def test_links_lead_to_pages_that_exist(bare_app: Flask) -> None:
    known = {rule.endpoint for rule in bare_app.url_map.iter_rules()}
    broken = [
        f"{name_of(FILES[name])}:{call.lineno} {call.args[0].value}"
        for name in sorted(FILES)
        for call in parsed(name).find_all(nodes.Call)
        if isinstance(call.node, nodes.Name)
        and call.node.name in LINKS
        and call.args
        and isinstance(call.args[0], nodes.Const)
        and call.args[0].value not in known
    ]
    assert broken == []


@pytest.mark.parametrize(("hook", "name"), SLOTS.items())
def test_every_page_hook_has_its_place_on_a_page(hook: str, name: str) -> None:
    text = FILES[name].read_text("utf-8")
    assert ("frame.menu" if hook == "menu_items" else "in slots") in text


def test_every_template_is_used() -> None:
    code = "\n".join(
        path.read_text("utf-8") for top in ("pointsys", "plugins") for path in (ROOT / top).rglob("*.py")
    )
    called = {other for name in FILES for other in references(name)}
    assert [name for name in sorted(FILES) if name not in called and f'"{name}"' not in code] == []
