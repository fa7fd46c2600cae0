"""The catalog tool, on a small tree of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import i18n

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A core and two plugins with a few texts."""
    shutil.copy(ROOT / "babel.cfg", tmp_path)
    write(
        tmp_path / "pointsys/core.py",
        'N_("Save")\npgettext("verb", "Open")\nngettext("%(num)d row", "%(num)d rows", n)',
    )
    write(tmp_path / "templates/page.html", "{{ _('Hello %(name)s', name=x) }}")
    write(tmp_path / "plugins/hours/__init__.py", 'raise Problem("late", "Too late.")')
    write(
        tmp_path / "plugins/hours/templates/hours/page.html", "{% trans %}Hours{% endtrans %}{{ _('Save') }}"
    )
    write(tmp_path / "plugins/points/__init__.py", '_("Hours")')
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def catalog(root: Path, part: str) -> str:
    folder = root / "pointsys" if part == "core" else root / "plugins" / part
    return (folder / i18n.CATALOG).read_text("utf-8")


COMPLETE: dict[str, str | list[str]] = {
    "Save": "保存",
    "verb\u0004Open": "打开",
    "%(num)d row": "%(num)d 行",
    "Hello %(name)s": "%(name)s，你好",
    "Too late.": "太晚了。",
    "Hours": "时长",
}


def test_a_full_set_of_translations_passes_the_check(tree: Path) -> None:
    assert i18n.fill(COMPLETE, tree) == []
    assert i18n.missing([], tree) == []
    assert i18n.check(tree) == []


def test_a_text_of_the_core_is_not_repeated_in_a_plugin(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    assert 'msgid "Save"' in catalog(tree, "core")
    assert 'msgid "Save"' not in catalog(tree, "hours")


def test_missing_texts_are_listed_by_part(tree: Path) -> None:
    i18n.update(tree)
    assert i18n.missing(["hours"], tree) == ["Hours", "Too late."]
    assert set(i18n.missing([], tree)) == set(COMPLETE)
    assert "no translation: 'Too late.'" in i18n.check(tree)


def test_a_text_that_is_not_in_the_sources_is_reported(tree: Path) -> None:
    assert i18n.fill({"Svae": "保存"}, tree) == ["no such text in the sources: 'Svae'"]


@pytest.mark.parametrize("string", ["%(nmae)s，你好", "你好", "%(name)s，%(name)d，你好"])
def test_a_translation_with_other_places_is_refused(tree: Path, string: str) -> None:
    (complaint,) = i18n.fill({"Hello %(name)s": string}, tree)
    assert complaint.startswith("refused 'Hello %(name)s': places differ")
    assert "Hello %(name)s" in i18n.missing([], tree)


def test_places_broken_by_hand_fail_the_check(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    path = tree / "pointsys" / i18n.CATALOG
    path.write_text(path.read_text("utf-8").replace("%(name)s，你好", "你好"), "utf-8")
    assert [fault for fault in i18n.check(tree) if fault.startswith("places differ")] != []


def test_a_fuzzy_translation_fails_the_check(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    path = tree / "pointsys" / i18n.CATALOG
    path.write_text(path.read_text("utf-8").replace('msgid "Save"', '#, fuzzy\nmsgid "Save"'), "utf-8")
    assert "fuzzy in core: 'Save'" in i18n.check(tree)


def test_two_translations_of_one_text_fail_the_check(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    path = tree / "plugins/points" / i18n.CATALOG
    path.write_text(path.read_text("utf-8").replace("时长", "小时"), "utf-8")
    assert i18n.check(tree) == ["two translations of 'Hours': '时长' in hours, '小时' in points"]


def test_a_text_that_moves_to_the_core_keeps_its_translation(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    write(tree / "templates/other.html", "{{ _('Too late.') }}")
    i18n.update(tree)
    assert 'msgid "Too late."\nmsgstr "太晚了。"' in catalog(tree, "core")
    assert "Too late." not in catalog(tree, "hours")


def test_no_text_is_dropped_while_a_template_is_broken(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    write(tree / "templates/page.html", "{% if %}")
    assert [fault.split(":")[0] for fault in i18n.update(tree)] == ["templates/page.html"]
    assert "%(name)s，你好" in catalog(tree, "core")
    assert any(fault.startswith("cannot be read: templates/page.html") for fault in i18n.check(tree))


def test_catalogs_hold_no_dates_and_no_line_numbers(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    text = catalog(tree, "core")
    assert "Date" not in text
    assert "#:" not in text


def test_a_second_update_changes_nothing(tree: Path) -> None:
    i18n.fill(COMPLETE, tree)
    before = catalog(tree, "core")
    i18n.update(tree)
    assert catalog(tree, "core") == before
