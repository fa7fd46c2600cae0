"""Migrations: what they build is what the models say, per component, on both engines, down and up again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import Connection, inspect, text

from pointsys.core import schema
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.database import WRITE, Base, create_triggers, db, existing_triggers, triggers_of
from pointsys.core.unit_of_work import unit_of_work
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host
from tests.factories import make_draft, make_person, make_tree

pytestmark = pytest.mark.own_database

VERSION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade():
    {up}


def downgrade():
    {back}
"""


@pytest.fixture
def inside(make_app: MakeApp) -> Iterator[Flask]:
    """An application of the core and the bundled plugins, in its context."""
    app = make_app(web=False)
    with app.app_context():
        yield app


def _tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_an_upgraded_site_is_what_the_models_say(inside: Flask) -> None:
    assert schema.check(db.engine) == []
    assert all(status.up_to_date for status in schema.status(db.engine))
    owned = frozenset().union(*(component.tables for component in schema.components()))
    versions = {f"alembic_version_{component.name}" for component in schema.components()}
    assert _tables() == owned | versions


def test_a_second_upgrade_changes_nothing(inside: Flask) -> None:
    assert schema.upgrade(db.engine) == []


def test_down_to_nothing_and_up_again(inside: Flask) -> None:
    components = schema.components()
    for component in reversed(components):
        schema.downgrade(db.engine, component.name, "base")
    assert {name for name in _tables() if not name.startswith("alembic_version_")} == set()

    assert schema.upgrade(db.engine) == [component.name for component in components]
    assert schema.check(db.engine) == []


def test_one_component_goes_down_alone(inside: Flask) -> None:
    plugins = schema.components()[1:]
    assert plugins
    for component in reversed(plugins):
        schema.downgrade(db.engine, component.name, "base")
        assert not component.tables & _tables()
        assert schema.upgrade(db.engine, component.name) == [component.name]
    assert schema.check(db.engine) == []


def test_the_core_comes_first_and_then_what_is_required(inside: Flask) -> None:
    names = [component.name for component in schema.components()]

    assert names[0] == "core"
    assert len(set(names)) == len(names)


def test_a_column_that_the_models_do_not_know_is_told(inside: Flask) -> None:
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        connection.execute(text("ALTER TABLE area ADD COLUMN stray INTEGER"))

    complaints = schema.check(db.engine)
    assert len(complaints) == 1
    assert "stray" in complaints[0]


def test_a_trigger_that_is_gone_is_told(inside: Flask) -> None:
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        on = " ON audit" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER audit_no_delete{on}"))

    assert schema.check(db.engine) == ["trigger audit_no_delete is missing"]


def test_a_plugin_that_was_removed_leaves_its_tables_and_stops_no_command(
    inside: Flask, make_app: MakeApp
) -> None:
    before = _tables()
    with make_app(host=demo_host(), web=False).app_context():
        assert [status.component for status in schema.status(db.engine)] == ["core"]
        assert schema.check(db.engine) == []
        assert schema.upgrade(db.engine) == []

        assert _tables() == before


def _filled() -> None:
    with unit_of_work(drain=False) as session:
        areas = make_tree(session)
        draft = make_draft(session, areas["happy"], make_person(session, areas["grid1"]))
        record(session, areas["happy"], [draft], SYSTEM, "test", confirm=True)


def _migrate_by(monkeypatch: pytest.MonkeyPatch, folder: Path, up: str, back: str = "pass") -> None:
    """Bring the core one version further, by a version that holds ``up``."""
    shipped = schema.components()[0]
    head = schema.status_of(db.engine, shipped).head
    for version in shipped.versions.glob("[0-9]*.py"):
        (folder / version.name).write_text(version.read_text())
    (folder / "9999_more.py").write_text(VERSION.format(revision="9999", down=repr(head), up=up, back=back))
    moved = schema.Component("core", folder, shipped.tables)
    monkeypatch.setattr(schema, "components", lambda: [moved])
    assert schema.upgrade(db.engine) == ["core"]


# On SQLite both rebuild the table: its triggers go with the old one, and rows of other tables point at it.
REBUILDS = {
    "entry": "with op.batch_alter_table('entry') as t: t.alter_column('title', type_=sa.String(250))",
    "area": "with op.batch_alter_table('area') as t: t.alter_column('name', type_=sa.String(250))",
    "person": "with op.batch_alter_table('person') as t: t.alter_column('note', type_=sa.String(250))",
}


@pytest.mark.parametrize("table", REBUILDS)
def test_rebuilding_a_table_keeps_its_rows_its_children_and_its_triggers(
    inside: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    _filled()
    with db.engine.connect() as connection:
        before = _counts(connection)
    folder = tmp_path / "versions"
    folder.mkdir()
    _migrate_by(monkeypatch, folder, REBUILDS[table])

    with db.engine.connect() as connection:
        assert _counts(connection) == before
        assert {trigger.name for trigger in triggers_of(connection)} <= existing_triggers(connection)
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def _counts(connection: Connection) -> dict[str, int]:
    names = ("area", "area_closure", "person", "person_area", "entry", "decision", "audit")
    return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_batch_mode_alone_would_drop_the_triggers(inside: Flask) -> None:
    """The trap that env.py exists for; should it vanish, so may the cure."""
    with db.engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("decision", recreate="always"):
            pass
        assert "decision_no_delete" not in existing_triggers(connection)
        create_triggers(connection, {"decision"})
        assert "decision_no_delete" in existing_triggers(connection)


def test_a_migration_that_fails_changes_nothing(
    inside: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled()
    folder = tmp_path / "versions"
    folder.mkdir()
    up = "op.add_column('area', sa.Column('half', sa.Integer)); op.execute('SELECT * FROM nowhere')"
    with pytest.raises(Exception, match="nowhere"):
        _migrate_by(monkeypatch, folder, up)
    monkeypatch.undo()

    assert schema.check(db.engine) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_migration_that_leaves_a_dangling_reference_is_undone(
    inside: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled()
    folder = tmp_path / "versions"
    folder.mkdir()
    with pytest.raises(RuntimeError, match="dangling reference in person_area"):
        _migrate_by(monkeypatch, folder, "op.execute('UPDATE person_area SET person_id = 77777')")
    monkeypatch.undo()

    with db.engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM person_area WHERE person_id = 77777")).scalar() == 0
        )
    assert schema.check(db.engine) == []


def test_no_table_keeps_decimals(inside: Flask) -> None:
    """SQLite stores NUMERIC as REAL, in which 3 x 0.1 is not 0.3."""
    kinds = {
        str(column)
        for component in schema.components()
        for table in component.tables
        for column in Base.metadata.tables[table].columns
        if column.type.__visit_name__.lower() in ("numeric", "float", "real", "double", "decimal")
    }

    assert kinds == set()
