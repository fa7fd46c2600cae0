"""The frame of the command line: exit codes, refusals, and standard output that holds nothing but JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from pointsys.cli import COMMANDS, cli
from pointsys.commands.frame import PointsysGroup, site_command
from pointsys.commands.links import address
from pointsys.kit.problems import Problem

NO_DATABASE_MODULES = ("flask", "sqlalchemy", "alembic", "cryptography", "pypinyin")


def _group(command: click.Command) -> PointsysGroup:
    group = PointsysGroup("test", lazy={})
    group._plugins_asked = True
    group.add_command(command)
    return group


def _failing(error: Exception) -> PointsysGroup:
    @click.command(name="go")
    @click.option("--json", "as_json", is_flag=True)
    def go(as_json: bool) -> None:
        raise error

    return _group(go)


def _run(group: click.Group, *words: str, home: Path | None = None) -> Result:
    env = {"POINTSYS_DEBUG": None, "POINTSYS_HOME": str(home) if home else None}
    return CliRunner(env=env).invoke(group, list(words))


def test_a_refusal_has_exit_code_2_and_its_text_on_standard_error() -> None:
    result = _run(_failing(Problem("too_old", "%(thing)s is too old.", field="date", thing="This")), "go")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "This is too old.\n"


def test_a_refusal_with_json_is_one_object_with_code_message_and_field() -> None:
    result = _run(_failing(Problem("too_old", "%(a)s is too old.", field="date", a="This")), "go", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout) == {
        "error": {"code": "too_old", "message": "This is too old.", "field": "date"}
    }


def test_an_unexpected_error_is_one_line_and_exit_code_1() -> None:
    result = _run(_failing(RuntimeError("disk on fire\nat line 7")), "go")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "disk on fire" in result.stderr
    assert "line 7" not in result.stderr


def test_debug_shows_where_an_unexpected_error_comes_from() -> None:
    result = _run(_failing(RuntimeError("disk on fire")), "go", "--debug")
    assert isinstance(result.exception, RuntimeError)


def test_an_unexpected_error_with_json_is_still_one_object() -> None:
    result = _run(_failing(RuntimeError("disk on fire")), "go", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "failed"


def test_a_misspelt_option_is_refused() -> None:
    result = _run(_failing(RuntimeError()), "go", "--jsno")
    assert result.exit_code == 2
    assert "--jsno" in result.stderr


def test_a_missing_option_with_json_is_one_object() -> None:
    result = _run(cli, "init", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "usage"


def test_a_number_that_a_command_returns_is_its_exit_code() -> None:
    assert _run(_group(click.Command("go", callback=lambda: 1)), "go").exit_code == 1
    assert _run(_group(click.Command("go", callback=lambda: None)), "go").exit_code == 0


@pytest.mark.parametrize("words", [("replay",), ("doctor",), ("db", "status"), ("plugin", "list")])
def test_a_command_without_a_site_leaves_no_trace(words: tuple[str, ...], tmp_path: Path) -> None:
    home = tmp_path / "nothing"
    result = _run(cli, *words, home=home)
    assert result.exit_code in (1, 2)
    assert not home.exists()


def test_without_a_site_the_refusal_names_the_command_that_makes_one(tmp_path: Path) -> None:
    result = _run(cli, "replay", "--json", home=tmp_path / "nothing")
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "no_site"
    assert "pointsys init" in error["message"]


def test_an_unknown_setting_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "pointsys.toml").write_text('colour = "red"', encoding="utf-8")
    result = _run(cli, "db", "status", home=tmp_path)
    assert result.exit_code == 2
    assert "colour" in result.stderr


def test_refusals_come_in_the_language_of_the_site(tmp_path: Path) -> None:
    chinese = _run(cli, "replay", home=tmp_path / "nothing").stderr
    env = {"POINTSYS_HOME": str(tmp_path / "nothing"), "POINTSYS_LANGUAGE": "en"}
    english = CliRunner(env=env).invoke(cli, ["replay"]).stderr
    assert "There is no site" in english
    assert "没有" in chinese


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_chinese(name: str) -> None:
    result = _run(cli, name, "--help")
    assert result.exit_code == 0
    assert any("\u4e00" <= character <= "\u9fff" for character in result.stdout)


def test_the_version_is_told_without_loading_the_application() -> None:
    code = (
        "import sys; from pointsys.cli import cli\n"
        "try: cli.main(['--version'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {NO_DATABASE_MODULES!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, loaded = result.stdout.splitlines()
    assert version.startswith("pointsys ")
    assert loaded == "[]"


def test_a_site_command_tells_that_the_database_is_behind(tmp_path: Path) -> None:
    @click.command(name="go")
    @site_command
    def go() -> None:
        raise AssertionError("it must not get here")

    from pointsys.core.key_file import load_or_create

    load_or_create(tmp_path / "keys.json")
    result = _run(_group(go), "go", home=tmp_path)
    assert result.exit_code == 2
    assert "pointsys db upgrade" in result.stderr


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::1", "http://[::1]:8000"),
        ("points.example", "http://points.example:8000"),
    ],
)
def test_the_printed_address_opens_on_this_machine(host: str, expected: str) -> None:
    assert address(host, 8000) == expected
