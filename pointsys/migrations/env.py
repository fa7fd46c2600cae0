"""One environment for all components: the core first, then each plugin, a version table each.

``component`` and ``connection`` come in through ``config.attributes``; only tables of the component are compared.
Batch mode on SQLite rebuilds tables: foreign keys are off around it, and the triggers it drops are re-created.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import inspect

from pointsys.core.database import Base, create_triggers, drop_triggers

config = context.config
component: str = config.attributes["component"]
tables: frozenset[str] = config.attributes["tables"]
connection = config.attributes["connection"]


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or name in tables


def _ours_in_models(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    return kind != "table" or name in tables


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    version_table=f"alembic_version_{component}",
    include_name=_ours,
    include_object=_ours_in_models,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    drop_triggers(connection, tables)
    context.run_migrations()
    existing = set(inspect(connection).get_table_names())
    create_triggers(connection, {name for name in tables if name in existing})
