"""Upgrading a site that had one kind of administrator: nobody is locked out of accounts or the audit log."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from pointsys.core import schema
from pointsys.core.database import db
from pointsys.core.site import Site

pytestmark = pytest.mark.own_database

AT = "2026-01-05 08:00:00"
AREA = "INSERT INTO area (id, code, name, level) VALUES (1, '990101001000', '平安街道', 'subdistrict')"
ACCOUNTS = f"""INSERT INTO account (id, public_id, login, created_at)
VALUES (1, 'a', 'admin', '{AT}'), (2, 'b', 'worker', '{AT}'), (3, 'c', 'former', '{AT}')"""
GRANTS = f"""INSERT INTO role_grant (id, account_id, role, area_id, granted_by, granted_at, ended_at)
VALUES (1, 1, 'system_admin', 1, 'x', '{AT}', NULL), (2, 2, 'community_worker', 1, 'x', '{AT}', NULL),
(3, 3, 'system_admin', 1, 'x', '{AT}', '{AT}')"""


def grants() -> list[tuple[int, str]]:
    """Account and role of the open grants."""
    query = "SELECT account_id, role FROM role_grant WHERE ended_at IS NULL ORDER BY account_id, role"
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_whoever_was_system_administrator_holds_all_three_posts_after_the_upgrade(site: Site) -> None:
    for component in reversed(schema.components()):
        schema.downgrade(db.engine, component.name, "base" if component.name != schema.CORE else "0001")
    with db.engine.begin() as connection:
        for statement in (AREA, ACCOUNTS, GRANTS):
            connection.execute(text(statement))
        if connection.dialect.name == "postgresql":
            # As it is where the rows came by the program.
            connection.execute(text("SELECT setval('role_grant_id_seq', 3)"))
    schema.upgrade(db.engine)
    expected = [(1, "audit_admin"), (1, "security_admin"), (1, "system_admin"), (2, "community_worker")]
    assert grants() == expected
    assert schema.check(db.engine) == []
    # A step back and forth gives nothing twice.
    for component in reversed(schema.components()):
        schema.downgrade(db.engine, component.name, "base" if component.name != schema.CORE else "0001")
    schema.upgrade(db.engine)
    assert grants() == expected
