"""The lock files: complete, hashed, and free of the addresses of whoever made them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def pinned(name: str) -> dict[str, set[str]]:
    """Package -> the pinned versions (more than one where Python versions differ)."""
    result: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text("ascii"), re.MULTILINE
    ):
        result.setdefault(package, set()).add(version)
    return result


def names(requirements: list[str]) -> set[str]:
    """The package names of requirement lines."""
    return {re.split(r"[\[<>=; ]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text("ascii").strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", [*LOCKS, "assets.lock.json"])
def test_no_lock_names_a_host(name: str) -> None:
    assert not re.search(r"://|--index|--find-links", (ROOT / name).read_text("ascii"))


def test_the_run_lock_covers_the_dependencies_and_the_build() -> None:
    wanted = names(PROJECT["project"]["dependencies"]) | names(PROJECT["dependency-groups"]["build"])
    assert wanted - pinned("requirements.lock").keys() == set()


def test_the_test_lock_covers_the_test_extra() -> None:
    wanted = names(PROJECT["project"]["optional-dependencies"]["test"])
    assert wanted - pinned("requirements-test.lock").keys() == set()


def test_tests_run_on_the_versions_that_users_get() -> None:
    tested = pinned("requirements-test.lock")
    assert {k: v for k, v in pinned("requirements.lock").items() if tested.get(k) != v} == {}
