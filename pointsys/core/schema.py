"""Database versions: upgrade, status and check of the core and of each plugin, which has a version table of its own.

Every command asks for the status first, and Alembic takes as long to import as some of them to run: so the
status reads the versions' files itself, and only what changes or compares tables loads Alembic.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table, inspect

import pointsys
from pointsys.core.database import WRITE, Base, existing_triggers, triggers_of
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

CORE = "core"
_PACKAGE = Path(str(pointsys.__file__)).parent
# One upgrade at a time on PostgreSQL; the number only has to be ours alone in a site's database.
_LOCK = 7_318_244
_REVISION = re.compile(r"^(revision|down_revision)[^=\n]*= *(?:[\"']([^\"']+)[\"']|None)", re.MULTILINE)


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
    from alembic.config import Config as AlembicConfig

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
    """Bring every component (or one) to this program's version, each in a transaction; returns what changed.

    Raises Problem as ``plan`` does.
    """
    from alembic import command

    wanted = {step.component for step in plan(engine, only)}
    changed = []
    for component in components():
        if component.name not in wanted:
            continue
        with _migrating(engine) as connection:
            command.upgrade(_config(component, connection), "head")
        changed.append(component.name)
    return changed


def plan(engine: Engine, only: str | None = None) -> list[Status]:
    """What ``upgrade`` would change, in order; raises Problem newer_database for tables of a newer program."""
    found = []
    for component in components():
        state = status_of(engine, component)
        if state.current is not None and state.current not in revisions(component):
            raise Problem(
                "newer_database",
                N_(
                    "The tables of %(component)s are at version %(version)s, which this program does not know: "
                    "it is older than the one that made them. Install the newer program, or restore a backup."
                ),
                component=component.name,
                version=state.current,
            )
        if not state.up_to_date and only in (None, component.name):
            found.append(state)
    return found


def downgrade(engine: Engine, name: str, revision: str) -> None:
    """Take one component back to ``revision`` ("base" for nothing)."""
    from alembic import command

    component = next(c for c in components() if c.name == name)
    with _migrating(engine) as connection:
        command.downgrade(_config(component, connection), revision)


def status_of(engine: Engine, component: Component) -> Status:
    """Where one component is."""
    table = f"alembic_version_{component.name}"
    with engine.connect() as connection:
        current = None
        if inspect(connection).has_table(table):
            current = connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar()  # noqa: S608
    return Status(component.name, current, _head(component))


def _read_versions(component: Component) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for path in component.versions.glob("*.py"):
        for name, value in _REVISION.findall(path.read_text(encoding="utf-8")):
            found[name].add(value)
    return found


def revisions(component: Component) -> set[str]:
    """Every version of the component that this program knows."""
    return _read_versions(component)["revision"]


def _head(component: Component) -> str | None:
    """The newest version in the component's folder: the one that no other is built on."""
    found = _read_versions(component)
    heads = found["revision"] - found["down_revision"]
    if len(heads) > 1:
        raise RuntimeError(f"{component.name} has several newest versions: {', '.join(sorted(heads))}")
    return heads.pop() if heads else None


def status(engine: Engine) -> list[Status]:
    """Where every component is."""
    return [status_of(engine, component) for component in components()]


def check(engine: Engine) -> list[str]:
    """What of the database differs from this program: versions, columns, triggers; nothing when all is well."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

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
