"""Writing many rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

Going round the statement compiler matters from some thousand rows on; the types of the columns still say how a
value is stored. Rows come as plain tuples, in chunks, so that a hundred thousand of them take no memory at once.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Dialect, LargeBinary, Table, func, select, text
from sqlalchemy.orm import Session

from pointsys.core.database import Base, dialect_of, table_of
from pointsys.core.people.groups import chunks

CHUNK = 5_000
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567".upper()
_OURS = str.maketrans(_BASE32, "abcdefghijkmnpqrstuvwxyz23456789")


def new_public_ids(count: int) -> list[str]:
    """As many outside ids as ``new_public_id`` makes one by one."""
    letters = base64.b32encode(secrets.token_bytes(10 * count)).decode("ascii").translate(_OURS)
    return [letters[place : place + 16] for place in range(0, 16 * count, 16)]


def new_ids(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """Primary keys that nobody else will use; the caller holds the write transaction."""
    table = table_of(model)
    if dialect_of(session) == "postgresql":
        sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
        return list(session.scalars(sequence, {"name": table.name, "count": count}))
    last = session.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + count)


def insert_many(
    session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert ``rows``, tuples in the order of ``columns``; defaults of the model are not filled in.

    Raises IntegrityError like any insert on SQLite, psycopg.errors.UniqueViolation wrapped in one on PostgreSQL.
    """
    session.flush()
    table = table_of(model)
    connection = session.connection()
    names = ", ".join(f'"{name}"' for name in columns)
    if connection.dialect.name == "postgresql":
        _copy(session, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    places = ", ".join("?" * len(columns))
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608  the names are the model's
    converters = _converters(table, columns, connection.dialect)
    for part in chunks(rows, CHUNK):
        connection.exec_driver_sql(statement, [_converted(row, converters) for row in part])


def _copy(session: Session, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    import psycopg
    from sqlalchemy.exc import IntegrityError

    driver = cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error


Converter = tuple[int, Callable[[Any], Any], dict[Any, Any]]


def _converters(table: Table, columns: Sequence[str], dialect: Dialect) -> list[Converter]:
    """For the columns whose values are stored otherwise: their place, the way, and what was converted before."""
    found: list[Converter] = []
    for place, name in enumerate(columns):
        if isinstance(table.c[name].type, LargeBinary):
            # Both drivers take bytes as they are, and no two rows share them.
            continue
        convert = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            found.append((place, convert, {}))
    return found


def _converted(row: Sequence[Any], converters: Sequence[Converter]) -> tuple[Any, ...]:
    if not converters:
        return tuple(row)
    values = list(row)
    for place, convert, known in converters:
        value = values[place]
        if value is None:
            continue
        # Times and dates of an activity come with each of its entries.
        stored = known.get(value)
        if stored is None:
            stored = known[value] = convert(value)
        values[place] = stored
    return tuple(values)
