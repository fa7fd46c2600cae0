"""dev.py on machines that are not as they should be."""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path

import pytest

import dev


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of a virtual environment that is not there yet."""
    folder = tmp_path / ".venv"
    monkeypatch.setattr(dev, "VENV", folder)
    monkeypatch.setattr(dev, "PYTHON", folder / dev.PYTHON.relative_to(dev.ROOT / ".venv"))
    return folder


def test_an_old_python_can_read_it() -> None:
    ast.parse(Path(dev.__file__).read_text("utf-8"), feature_version=(3, 7))


def test_an_old_python_is_told_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setenv("PATH", "")
    assert dev.main(["demo"]) == 2
    assert capsys.readouterr().err == "dev.py: Python 3.11 or newer is needed; this is Python 3.9.2\n"


@pytest.mark.skipif(dev.WINDOWS, reason="needs a shell script as a Python")
def test_an_old_python_hands_over_to_the_newest_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minor, status in ((11, 11), (13, 13)):
        program = tmp_path / f"python3.{minor}"
        program.write_text(f"#!/bin/sh\nexit {status}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert dev.main(["test"]) == 13


def test_a_python_without_ensurepip_is_named_with_the_cure(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv"):
        dev.make_venv()
    assert not venv.exists()


@pytest.mark.skipif(dev.WINDOWS, reason="needs a shell script as a Python")
@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/nowhere/python3.9\n"])
def test_a_virtual_environment_that_does_not_work_is_not_usable(venv: Path, script: str) -> None:
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.write_text(script)
    dev.PYTHON.chmod(0o755)
    assert venv.exists()
    assert not dev.usable()


def test_the_running_environment_is_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    assert dev.usable()


def test_a_changed_lock_file_means_a_new_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in dev.INPUTS:
        (tmp_path / name).write_bytes((dev.ROOT / name).read_bytes())
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    before = dev.state()
    assert dev.state() == before
    with (tmp_path / "requirements.lock").open("a") as stream:
        stream.write("# newer" + os.linesep)
    assert dev.state() != before


def test_without_a_command_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main([]) == 2
    assert "python3 dev.py demo" in capsys.readouterr().out
