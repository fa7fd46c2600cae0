"""What the documentation names exists: settings, commands, options, files, and links between pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest

from pointsys.cli import cli
from pointsys.config import Config
from tests.conftest import ROOT

PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md"])
COMMAND = re.compile(r"\bpointsys ((?:[a-z]+(?:-[a-z]+)*\b ?)+)([^`\n]*)")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[\w-]+)?\)")
CODE = re.compile(r"```[\w ]*\n(.*?)```|`([^`\n]+)`|^ {4}(.+)$", re.DOTALL | re.MULTILINE)
# Commands of the plugin that the tutorial builds, and of the one in the hooks' examples.
ELSEWHERE = ("tally", "example")


def code_of(page: Path) -> Iterator[str]:
    """The parts of a page that are written as code."""
    for match in CODE.finditer(page.read_text("utf-8")):
        yield next(part for part in match.groups() if part is not None)


def commands(page: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Words and options of each ``pointsys …`` on a page."""
    for part in code_of(page):
        for match in COMMAND.finditer(part):
            yield match[1].split(), re.findall(r"(?<!\S)(--[a-z-]+)", match[2])


def resolve(words: list[str]) -> click.Command | None:
    """The command that these words reach; further words are its arguments."""
    context = click.Context(cli)
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        if found is None:
            return None
        command = found
    return command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    wrong = []
    for words, options in commands(page):
        if words[0] in ELSEWHERE:
            continue
        command = resolve(words)
        known = {option for parameter in command.params for option in parameter.opts} if command else set()
        if command is None or not set(options) <= known:
            wrong.append((" ".join(words), options))
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()] == []


def test_every_setting_is_described_with_its_default() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.+?) \|", text, re.MULTILINE))
    settings = {field.name: field.default for field in fields(Config) if field.name != "home"}

    assert rows.keys() == settings.keys()
    for name, default in settings.items():
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert not shown or f"`{shown}`" in rows[name], name


def test_folders_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"`((?:pointsys|plugins|templates|tests|benchmarks)/[\w/.]*)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
