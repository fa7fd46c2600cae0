"""The tables' common base, the engine settings of both databases, and the registry of triggers.

Flask-SQLAlchemy keeps the engine and the session of each application; models subclass ``Base`` directly.
Transactions are opened by ``unit_of_work`` alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, Table, event, inspect
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from pointsys.core import hook_guard

WRITE = "pointsys_write"
# What stands in place of the login of an account whose person was erased begins with this.
ERASED = "erased-"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as naive UTC on SQLite and as ``timestamptz`` on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: say which zone it is in")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table, the plugins' included."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime()}


db = SQLAlchemy(disable_autonaming=True)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for hot paths that go round the ORM."""
    return cast(Table, model.__table__)


def dialect_of(session: Session) -> str:
    """Name of the session's database, "sqlite" or "postgresql"; hot paths keep their statements by it."""
    return session.get_bind().dialect.name


def insert_into(dialect: str, model: type[Base]) -> Any:
    """An INSERT into the model's table that knows ON CONFLICT, in the words of this database."""
    insert = pg_insert if dialect == "postgresql" else sqlite_insert
    return insert(table_of(model))


def upsert(session: Session, model: type[Base]) -> Any:
    """``insert_into`` for the session's database."""
    return insert_into(dialect_of(session), model)


def new_public_id() -> str:
    """80 random bits in a base32 without look-alikes: the only id shown outside."""
    bits = secrets.randbits(80)
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(75, -1, -5))


@dataclass(frozen=True)
class Trigger:
    """A database trigger that belongs to ``table``; batch migrations on SQLite drop triggers, so they are re-made."""

    name: str
    table: str
    columns: tuple[str, ...] | None
    message: str
    # TRUNCATE goes round the triggers of rows; SQLite does not know it.
    truncate: bool = False
    # The columns may be emptied, or get a word that begins with ``ERASED``, and nothing else.
    erasable: bool = False
    # Of rows that fit this condition on OLD the trigger says nothing.
    unless: str = ""

    def names(self) -> set[str]:
        """The columns that it speaks of."""
        return {*(self.columns or ()), *re.findall(r"OLD\.(\w+)", self.unless)}

    def _when(self) -> str:
        if self.unless:
            return f"WHEN (({self.unless}) IS NOT TRUE) "
        if not self.erasable or not self.columns:
            return ""
        changed = (
            f"(NEW.{name} IS DISTINCT FROM OLD.{name} AND NEW.{name} <> '' "
            f"AND substr(NEW.{name}, 1, {len(ERASED)}) <> '{ERASED}')"
            for name in self.columns
        )
        return f"WHEN ({' OR '.join(changed)}) "

    def sqlite(self) -> str:
        """The statement for SQLite."""
        act = f"UPDATE OF {', '.join(self.columns)}" if self.columns else "DELETE"
        return (
            f"CREATE TRIGGER {self.name} BEFORE {act} ON {self.table} {self._when()}"
            f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
        )

    def postgresql(self) -> str:
        """The statement for PostgreSQL; it needs the function of ``REFUSE_FUNCTION``."""
        act = f"UPDATE OF {', '.join(self.columns)}" if self.columns else "DELETE"
        act, level = ("TRUNCATE", "STATEMENT") if self.truncate else (act, "ROW")
        return (
            f"CREATE TRIGGER {self.name} BEFORE {act} ON {self.table} "
            f"FOR EACH {level} {self._when()}EXECUTE FUNCTION pointsys_refuse('{self.message}')"
        )


REFUSE_FUNCTION = (
    "CREATE OR REPLACE FUNCTION pointsys_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '%%', TG_ARGV[0]; END $$"
)

TRIGGERS: list[Trigger] = []

BUSY_TIMEOUT_MS = 5_000
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    # Without this, INSERT OR REPLACE removes a row without firing the trigger that forbids it.
    "recursive_triggers=ON",
    # What is overwritten or deleted is gone from the file too, where that costs no further write.
    "secure_delete=FAST",
)


def append_only(
    table: str, frozen_columns: tuple[str, ...], erasable: tuple[str, ...] = (), *, unless: str = ""
) -> None:
    """Declare that rows of ``table`` are never deleted and their ``frozen_columns`` never change.

    Those of them that are ``erasable`` hold somebody's data: they can be emptied, or say that it was erased. Rows for
    which ``unless`` (a condition on OLD) holds can be deleted.
    """
    message = f"{table} is append-only"
    kept = tuple(name for name in frozen_columns if name not in erasable)
    TRIGGERS.append(Trigger(f"{table}_no_delete", table, None, message, unless=unless))
    TRIGGERS.append(Trigger(f"{table}_no_update", table, kept, message))
    if erasable:
        TRIGGERS.append(Trigger(f"{table}_only_erased", table, erasable, message, erasable=True))
    TRIGGERS.append(Trigger(f"{table}_no_truncate", table, None, message, truncate=True))


def triggers_of(connection: Connection) -> list[Trigger]:
    """The declared triggers that this engine has a use for."""
    return [t for t in TRIGGERS if not t.truncate or connection.dialect.name == "postgresql"]


def create_triggers(connection: Connection, tables: set[str] | None = None) -> None:
    """Make the declared triggers of ``tables`` (all by default) anew.

    After a way back to an older schema a trigger that speaks of a column from later has nothing to stand on.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.exec_driver_sql(REFUSE_FUNCTION)
    there = inspect(connection)
    for trigger in triggers_of(connection):
        if tables is not None and trigger.table not in tables:
            continue
        if not trigger.names() <= {column["name"] for column in there.get_columns(trigger.table)}:
            continue
        if dialect == "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger.name} ON {trigger.table}")
            connection.exec_driver_sql(trigger.postgresql())
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger.name}")
            connection.exec_driver_sql(trigger.sqlite())


def drop_triggers(connection: Connection, tables: Collection[str]) -> None:
    """Take the declared triggers of ``tables`` away for the time of a migration.

    PostgreSQL alters no column that a trigger names, and SQLite loses the triggers of a table it rebuilds.
    """
    there = existing_triggers(connection)
    for trigger in triggers_of(connection):
        if trigger.table in tables and trigger.name in there:
            on = f" ON {trigger.table}" if connection.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}{on}")


def existing_triggers(connection: Connection) -> set[str]:
    """Names of the triggers that the database holds now."""
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        )
    else:
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {str(row[0]) for row in rows}


def configure_engine(engine: Engine) -> None:
    """Give ``engine`` the settings under which no increment is lost and no acknowledged commit vanishes."""
    hook_guard.watch(engine)
    if engine.dialect.name != "sqlite":
        return

    def on_connect(connection: Any, record: object) -> None:
        # The driver's own transaction handling begins too late and breaks SAVEPOINT; ours is explicit.
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        # A plain BEGIN that is upgraded to a write later fails at once under load; writers say so first.
        write = connection.get_execution_options().get(WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)
