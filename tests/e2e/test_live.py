"""Where no Chromium is installed: browser tests are skipped on a desk, and fail where they are required."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.live import find_chromium


@pytest.fixture
def no_chromium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine without any browser, on which nobody requires one."""
    for name in ("CI", "POINTSYS_REQUIRE_BROWSER", "POINTSYS_CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return monkeypatch


def test_without_chromium_browser_tests_are_skipped_with_the_cure(no_chromium: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception, match="POINTSYS_CHROMIUM"):
        find_chromium()


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("POINTSYS_REQUIRE_BROWSER", "1")])
def test_without_chromium_a_required_browser_is_a_failure(
    no_chromium: pytest.MonkeyPatch, name: str, value: str
) -> None:
    no_chromium.setenv(name, value)
    with pytest.raises(pytest.fail.Exception, match="chromium"):
        find_chromium()


def test_the_program_that_is_named_is_taken(no_chromium: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "my-browser"
    program.write_text("")
    program.chmod(0o755)
    no_chromium.setenv("POINTSYS_CHROMIUM", str(program))
    assert find_chromium() == str(program)
