"""``pointsys backup``, ``restore``, ``key`` and the backup before an upgrade."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from pointsys.core import schema
from pointsys.core.audit import AuditRow
from pointsys.core.database import db
from pointsys.core.key_file import load_or_create
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import RunCli
from tests.core.test_backup import _client_programs
from tests.factories import make_tree

# The engine has no part in these; the others run on both.
SQLITE_ALONE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

__all__ = ["_client_programs"]

pytestmark = pytest.mark.own_database


@pytest.fixture
def home(site: Site) -> Path:
    """The home of a site with areas and a key file."""
    with unit_of_work(drain=False) as session:
        make_tree(session)
    load_or_create(site.home / "keys.json")
    db.session.remove()
    db.engine.dispose()
    return site.home


def test_a_backup_is_written_noted_and_tried(run_cli: RunCli, home: Path) -> None:
    made = run_cli("backup", home / "one.backup", "--json")
    assert made.exit_code == 0
    assert made.json()["bytes"] == (home / "one.backup").stat().st_size
    assert stat.S_IMODE((home / "one.backup").stat().st_mode) == 0o600
    with read_scope() as session:
        assert session.scalar(select(AuditRow.event).order_by(AuditRow.id.desc())) == "backup.made"
    db.engine.dispose()
    drill = run_cli("restore", home / "one.backup", "--drill", "--json").json()
    assert (drill["swapped"], drill["rows"]) == (False, made.json()["rows"])


def test_a_restore_replaces_the_data_and_says_so(run_cli: RunCli, home: Path, engine_name: str) -> None:
    run_cli("backup", home / "one.backup")
    result = run_cli("restore", home / "one.backup", "--yes", "--json")
    assert result.json()["swapped"] is True
    with read_scope() as session:
        assert session.scalar(select(AuditRow.event).order_by(AuditRow.id.desc())) == "backup.restored"
    db.engine.dispose()
    if engine_name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{result.json()["kept"]}"')


@SQLITE_ALONE
def test_a_restore_without_any_key_names_the_way(run_cli: RunCli, home: Path) -> None:
    run_cli("backup", home / "one.backup")
    (home / "keys.json").unlink()
    refused = run_cli("restore", home / "one.backup", "--yes", "--json")
    assert (refused.exit_code, refused.json()["error"]["code"]) == (2, "no_key")


def test_pg_dump_that_is_not_on_path_is_named(
    run_cli: RunCli, home: Path, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(home))
    result = run_cli("backup", home / "one.backup", "--json")
    if engine_name == "sqlite":
        assert result.exit_code == 0
    else:
        assert (result.exit_code, result.json()["error"]["code"]) == (2, "pg_dump_missing")
        assert "postgresql-client" in result.json()["error"]["message"]
        assert not (home / "one.backup").exists()


@SQLITE_ALONE
def test_a_folder_keeps_the_newest(run_cli: RunCli, home: Path) -> None:
    folder = home / "nightly"
    refused = run_cli("backup", folder, "--keep", "1", "--json")
    assert refused.json()["error"]["code"] == "no_folder"
    folder.mkdir()
    (folder / "pointsys-20200101-000000.pointsys-backup").touch()
    assert run_cli("backup", folder, "--keep", "1", "--json").json()["removed"] == [
        "pointsys-20200101-000000.pointsys-backup"
    ]
    assert len(os.listdir(folder)) == 1  # noqa: PTH208


@SQLITE_ALONE
def test_keys_are_taken_elsewhere_and_brought_back(run_cli: RunCli, home: Path) -> None:
    mark = run_cli("key", "export", home / "my.keys", "--json").json()["mark"]
    assert stat.S_IMODE((home / "my.keys").stat().st_mode) == 0o600
    assert run_cli("key", "export", home / "my.keys", "--json").json()["error"]["code"] == "file_exists"
    (home / "keys.json").unlink()
    assert run_cli("key", "import", home / "my.keys", "--json").json()["mark"] == mark
    assert (home / "keys.json").read_bytes() == (home / "my.keys").read_bytes()
    # The same keys once more are no harm; others would make the data unreadable.
    assert run_cli("key", "import", home / "my.keys").exit_code == 0
    load_or_create(home / "other.keys")
    refused = run_cli("key", "import", home / "other.keys", "--json")
    assert refused.json()["error"]["code"] == "other_keys"
    (home / "junk.keys").write_text("{}")
    assert run_cli("key", "import", home / "junk.keys", "--json").json()["error"]["code"] == "bad_key_file"


def test_an_upgrade_backs_up_first_and_a_dry_run_changes_nothing(run_cli: RunCli, home: Path) -> None:
    name = schema.components()[-1].name
    # Plugins' later tables lean on the core's: theirs go first.
    others = [part.name for part in schema.components() if part.name not in ("core", name)]
    for other in (*others, name):
        schema.downgrade(db.engine, other, "base")
    schema.upgrade(db.engine, "core")
    core = next(c for c in schema.components() if c.name == "core")
    oldest = sorted(schema.revisions(core))[0]
    schema.downgrade(db.engine, "core", oldest)
    db.engine.dispose()
    planned = run_cli("db", "upgrade", "--dry-run", "--json").json()["would_change"]
    assert {part["name"] for part in planned} == {"core", name, *others}
    assert not (home / "backups").exists()
    assert set(run_cli("db", "upgrade", "--json").json()["changed"]) == {"core", name, *others}
    (made,) = (home / "backups").iterdir()
    assert run_cli("restore", made, "--drill", "--json").exit_code == 0


@SQLITE_ALONE
def test_tables_of_a_newer_program_are_left_alone(run_cli: RunCli, home: Path) -> None:
    with unit_of_work(drain=False) as session:
        session.connection().exec_driver_sql("UPDATE alembic_version_core SET version_num = '9999'")
    db.engine.dispose()
    refused = run_cli("db", "upgrade", "--json")
    assert (refused.exit_code, refused.json()["error"]["code"]) == (2, "newer_database")
    assert not (home / "backups").exists()
