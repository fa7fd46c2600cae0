"""Writing many rows that may be there already, in one statement and in the order given.

Two transactions that write in one order wait for each other at most once, and never in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
    table, dialect = table_of(model), dialect_of(session)
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    statement = insert_into(dialect, model)
    changes = {
        name: table.c[name] + statement.excluded[name] if name in add else statement.excluded[name]
        for name in names
        if name not in keys
    }
    if dialect != "postgresql":
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
        session.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
        return
    # Whole columns as arrays: one statement there instead of a message for each row.
    arrays = [
        bindparam(None, list(column), type_=ARRAY(table.c[name].type))
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    ]
    source = func.unnest(*arrays).table_valued(*names).render_derived("source")
    session.execute(
        statement.from_select(names, select(*[source.c[name] for name in names])).on_conflict_do_update(
            index_elements=keys, set_=changes
        )
    )
