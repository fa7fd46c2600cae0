"""Database versions: upgrade, status and check of the core and of each plugin, which has a version table of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, inspect

import pointsys
from pointsys.core.database import WRITE, Base, existing_triggers, triggers_of
from pointsys.core.site import current_site

CORE = "core"
_PACKAGE = Path(str(pointsys.__file__)).parent
# One upgrade at a time on PostgreSQL; the number only has to be ours alone in a site's database.
_LOCK = 7_318_244


@dataclass(frozen=True)
class Component:
    """The core or a plugin, with its folder of versions and its tables."""

    name: str
    versions: Path
    tables: frozenset[str]


@dataclass(frozen=True)
class Status:
    """Where a component's tables are and where this program expects them; None for "not there yet"."""

    component: str
    current: str | None
    head: str | None

    @property
    def up_to_date(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.head


def components() -> list[Component]:
    """The core first, then plugins in the order they build on each other; those without tables are left out."""
    host = current_site().host
    slugs = {f"{info.slug}_": info.name for info in host.plugins.values()}
    owned: dict[str, set[str]] = {CORE: set(), **{name: set() for name in host.plugins}}
    for mapper in Base.registry.mappers:
        # A plugin may be imported and yet not belong to this site: its tables are nobody's here.
        table = str(mapper.local_table.key) if isinstance(mapper.local_table, Table) else ""
        prefix = next((p for p in slugs if table.startswith(p)), None)
        if prefix is not None:
            owned[slugs[prefix]].add(table)
        elif mapper.class_.__module__.startswith("pointsys.core."):
            owned[CORE].add(table)
    result = [Component(CORE, _PACKAGE / "migrations" / "versions", frozenset(owned[CORE]))]
    for name, info in host.plugins.items():
        module_file = getattr(host.modules[name], "__file__", None)
        if owned[name] and module_file:
            versions = Path(module_file).parent / "migrations" / "versions"
            result.append(Component(info.slug, versions, frozenset(owned[name])))
    return result


def _config(component: Component, connection: Connection | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_PACKAGE / "migrations"))
    config.set_main_option("version_locations", str(component.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(component=component.name, tables=component.tables, connection=connection)
    return config


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # A rebuilt parent table would take its children along; this pragma works outside a transaction only.
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF").close()
        try:
            with connection.execution_options(**{WRITE: True}).begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
                if sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                    if broken is not None:
                        raise RuntimeError(f"the migration left a dangling reference in {broken[0]}")
        finally:
            if sqlite:
                assert raw is not None
                raw.execute("PRAGMA foreign_keys=ON").close()


def upgrade(engine: Engine, only: str | None = None) -> list[str]:
    """Bring every component (or one) to this program's version, each in a transaction; returns what changed."""
    changed = []
    for component in components():
        if only is not None and component.name != only:
            continue
        before = status_of(engine, component)
        if before.up_to_date:
            continue
        with _migrating(engine) as connection:
            command.upgrade(_config(component, connection), "head")
        changed.append(component.name)
    return changed


def downgrade(engine: Engine, name: str, revision: str) -> None:
    """Take one component back to ``revision`` ("base" for nothing)."""
    component = next(c for c in components() if c.name == name)
    with _migrating(engine) as connection:
        command.downgrade(_config(component, connection), revision)


def status_of(engine: Engine, component: Component) -> Status:
    """Where one component is."""
    head = ScriptDirectory.from_config(_config(component)).get_current_head()
    with engine.connect() as connection:
        options = {"version_table": f"alembic_version_{component.name}"}
        current = MigrationContext.configure(connection, opts=options).get_current_revision()
    return Status(component.name, current, head)


def status(engine: Engine) -> list[Status]:
    """Where every component is."""
    return [status_of(engine, component) for component in components()]


def check(engine: Engine) -> list[str]:
    """What of the database differs from this program: versions, columns, triggers; nothing when all is well."""
    complaints = [
        f"{s.component}: at {s.current}, expected {s.head}" for s in status(engine) if not s.up_to_date
    ]
    if complaints:
        return complaints
    with engine.connect() as connection:
        owned = frozenset().union(*(component.tables for component in components()))
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: kind != "table" or name in owned,
                # Models of a plugin that is not part of this site are imported all the same.
                "include_object": lambda _, name, kind, *__: kind != "table" or name in owned,
            },
        )
        complaints += [str(difference) for difference in compare_metadata(context, Base.metadata)]
        there = existing_triggers(connection)
        tables = set(inspect(connection).get_table_names())
        complaints += [
            f"trigger {trigger.name} is missing" for trigger in triggers_of(connection)
            if trigger.table in tables and trigger.name not in there
        ]  # fmt: skip
    return complaints
