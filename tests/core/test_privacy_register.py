"""S-02: every column that holds something of a person says why, how long, and what erasing does to it."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from pointsys.core.database import Base
from pointsys.core.privacy.held import (
    ACCOUNT,
    BASES,
    CLEARED,
    EXPIRES,
    GENERAL,
    KEPT,
    LABEL,
    LEVELS,
    NUMBERS,
    SEARCHED,
    Held,
)
from pointsys.core.privacy.register import register
from pointsys.core.schema import components
from pointsys.core.sealed_columns import sealed_columns

ERASURES = {ACCOUNT, CLEARED, EXPIRES, KEPT, LABEL, NUMBERS, SEARCHED}


@pytest.fixture
def engine_name() -> str:
    """What the tables hold does not depend on the engine."""
    return "sqlite"


@pytest.fixture
def lines(app: Flask) -> tuple[Held, ...]:
    """The register with all plugins."""
    with app.app_context():
        return register()


def test_s02_every_column_of_every_table_is_declared_once(app: Flask, lines: tuple[Held, ...]) -> None:
    declared = Counter((line.table, column) for line in lines for column in line.columns)
    with app.app_context():
        tables = frozenset().union(*(component.tables for component in components()))
    there = {(name, column.name) for name in tables for column in Base.metadata.tables[name].columns}
    # Say in pointsys/core/privacy/register.py (plugins: PluginInfo.held) what these hold of people, or `plain`.
    assert " ".join(sorted(f"{table}.{column}" for table, column in there - declared.keys())) == ""
    assert sorted(declared.keys() - there) == []
    assert [key for key, count in declared.items() if count > 1] == []


def test_s02_every_group_has_basis_purpose_retention_and_level(lines: tuple[Held, ...]) -> None:
    for group in {line.group for line in lines if line.group is not None}:
        assert group.basis in BASES
        assert group.level in LEVELS
        assert group.purpose
        assert group.retention
    assert {line.erasure for line in lines} <= ERASURES


def test_what_is_sealed_is_declared_sensitive_or_secret(app: Flask, lines: tuple[Held, ...]) -> None:
    group_of = {(line.table, column): line.group for line in lines for column in line.columns}
    with app.app_context():
        for sealed in sealed_columns():
            group = group_of[sealed.table, sealed.sealed]
            assert group is not None, sealed
            assert group.level != GENERAL, sealed


def test_logins_are_declared_wherever_they_stand(lines: tuple[Held, ...]) -> None:
    """A column that is named like one of those that hold who acted is treated like them."""
    labels = {(line.table, column) for line in lines if line.erasure == LABEL for column in line.columns}
    names = {
        "actor",
        "created_by",
        "recorded_by",
        "changed_by",
        "granted_by",
        "decided_by",
        "merged_by",
        "posted_by",
    }
    there = {
        (name, column.name)
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if column.name in names
    }
    known = {(line.table, column) for line in lines for column in line.columns}
    # The audit log blanks its rows by itself, so that its chain holds.
    assert (there & known) - labels == {("audit", "actor")}
