"""Writing many rows that may be there already, in one statement and in the order given.

Two transactions that write in one order wait for each other at most once, and never in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, bindparam, func, select
from sqlalchemy.orm import Session

from pointsys.core.database import Base, dialect_of, insert_into, table_of


def upsert_many(
    session: Session, model: type[Base], rows: Sequence[Sequence[Any]], *, add: Collection[str] = ()
) -> None:
    """Insert ``rows``, tuples in the order of the table's columns, or change those of the same primary key.

    Columns named in ``add`` are added to what is stored, all others replace it.
    """
    if not rows:
        return
    dialect = dialect_of(session)
    names, statement = _statement(dialect, model, frozenset(add))
    if dialect != "postgresql":
        session.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
        return
    # Whole columns as arrays: one statement there instead of a message for each row.
    columns = zip(names, zip(*rows, strict=True), strict=True)
    session.execute(statement, {name: list(column) for name, column in columns})


@lru_cache(maxsize=64)
def _statement(dialect: str, model: type[Base], add: frozenset[str]) -> tuple[list[str], Any]:
    """The names of the columns, and the statement that takes values by these names."""
    table = table_of(model)
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    statement = insert_into(dialect, model)
    changes = {
        name: table.c[name] + statement.excluded[name] if name in add else statement.excluded[name]
        for name in names
        if name not in keys
    }
    if dialect == "postgresql":
        arrays = [bindparam(name, type_=ARRAY(table.c[name].type)) for name in names]
        source = func.unnest(*arrays).table_valued(*names).render_derived("source")
        statement = statement.from_select(names, select(*[source.c[name] for name in names]))
    return names, statement.on_conflict_do_update(index_elements=keys, set_=changes)
