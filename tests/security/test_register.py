"""The catalogue of attacks against the tests: each has one that is named by its number, or says why it has to wait."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from pointsys.core.database import Base
from pointsys.core.permissions import role_table
from tests.conftest import ROOT
from tests.security.conftest import Populated
from tools import security_register

PENDING: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests/security/pending.toml").read_text("utf-8"))
# Of the catalogue, what the house answers for: A01 to A35, A62 to A68 and A74 to A92, as far as numbers are given.
ATTACKS = {
    "A01", "A02", "A04", "A05", "A06", "A07", "A09", "A10", "A12", "A13", "A14", "A15", "A17", "A19", "A22", "A23",
    "A24", "A25", "A26", "A27", "A28", "A29", "A30", "A31", "A33", "A34", "A35", "A62", "A63",
    "A64", "A66", "A67", "A68", "A74", "A75", "A76", "A77", "A78",
    "A79", "A80", "A81", "A82", "A85", "A87", "A90", "A91", "A92",
}  # fmt: skip


def test_every_attack_has_a_test_named_by_its_number_or_waits_for_its_surface() -> None:
    assert set(security_register.ATTACKS) == ATTACKS
    tested = {number for number, files in security_register.kept().items() if files and number in ATTACKS}
    waiting = {key for key in PENDING if "-" not in key}
    assert ATTACKS - tested - waiting == set(), "write test_aNN_... or name who owes it in pending.toml"
    assert tested & waiting == set(), "there is a test now: take the entry out of pending.toml"


@pytest.mark.parametrize("key", PENDING)
def test_what_waits_says_who_owes_it_why_and_how_its_surface_will_show(key: str) -> None:
    entry = PENDING[key]
    assert re.fullmatch(r"A\d\d(-[a-z-]+)?", key)
    assert key[:3] in ATTACKS
    assert set(entry) == {"owner", "why", "surface"}
    assert entry["owner"]
    assert len(entry["why"]) > 20
    assert set(entry["surface"]) == {"endpoints", "tables", "permissions"}
    assert any(entry["surface"].values()), "a surface that nothing can show is one that nobody notices"


def appeared(
    entry: dict[str, Any], endpoints: set[str], tables: set[str], permissions: set[str]
) -> list[str]:
    """What fits the surface of something that waits."""
    there = {"endpoints": endpoints, "tables": tables, "permissions": permissions}
    return [
        name
        for kind, patterns in entry["surface"].items()
        for name in sorted(there[kind])
        if any(re.search(pattern, name) for pattern in patterns)
    ]


@pytest.mark.parametrize("key", PENDING)
def test_no_surface_appears_without_its_attack(populated: Populated, key: str) -> None:
    app = populated.app
    with app.app_context():
        permissions = set(role_table().roles)
    found = appeared(
        PENDING[key],
        {rule.endpoint for rule in app.url_map.iter_rules()},
        set(Base.metadata.tables),
        permissions,
    )
    assert not found, (
        f"{found} are there now, and with them what {key} attacks: write test_{key[:3].lower()}_... for it and take "
        f"[{key}] out of tests/security/pending.toml"
    )


def test_a_surface_that_appears_is_noticed() -> None:
    assert appeared(PENDING["A31-messages"], {"messages.inbox"}, set(), set()) == ["messages.inbox"]
    assert appeared(PENDING["A31-messages"], {"log.entries"}, {"entry"}, {"log.view"}) == []


def test_the_page_about_security_names_tests_that_keep_what_it_says() -> None:
    """A further test need not be named there; one that is gone must not be, and nothing stands there untested."""
    text, kept = security_register.PAGE.read_text("utf-8"), security_register.kept()
    named = dict(re.findall(r"^\| ([SA]-?\d\d) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE))
    assert list(named) == list(kept), "run: python tools/security_register.py --write"
    gone = {number: sorted(set(files.split(", ")) - kept[number]) for number, files in named.items()}
    assert {number: files for number, files in gone.items() if files} == {}, (
        "these tests are there no more: run python tools/security_register.py --write, and see that each number has one"
    )
