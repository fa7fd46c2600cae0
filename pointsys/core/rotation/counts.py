"""What stands in the database under which version of which key; nothing is opened for that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    and_,
    func,
    inspect,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from pointsys.core.crypto import Keyring, version_mark
from pointsys.core.database import Base
from pointsys.core.rotation.models import INDEX, KeyUse
from pointsys.core.rotation.use import pinned
from pointsys.core.sealed_columns import SealedColumn, sealed_columns
from pointsys.core.site import current_site

_DIGEST = 32
_MARK = 2


@dataclass(frozen=True)
class InUse:
    """Values by version of the key they are sealed with (``data``) and indexed with (``index``)."""

    data: Counter[int] = field(default_factory=Counter)
    index: Counter[int] = field(default_factory=Counter)

    def left(self, keys: Keyring) -> int:
        """Values that are not under the present keys yet."""
        return sum(self.data.values()) - self.data[keys.current] + self.left_indexed(keys)

    def left_indexed(self, keys: Keyring) -> int:
        """Those of them that are indexed under another key."""
        return sum(self.index.values()) - self.index[keys.index_version]


def table_with(column: SealedColumn) -> Table:
    """The table that a sealed column is in."""
    return Base.metadata.tables[column.table]


def _mark(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    return func.substr(column, 1, _MARK, type_=LargeBinary())


def sealed_elsewise(column: ColumnElement[Any], version: int) -> ColumnElement[bool]:
    """Rows whose value is sealed under another version."""
    return and_(column.is_not(None), _mark(column) != literal(version_mark(version), LargeBinary()))


def indexed_elsewise(column: ColumnElement[Any], version: int) -> ColumnElement[bool]:
    """Rows whose index was made under another version; the first one leaves no mark."""
    if version == 1:
        return and_(column.is_not(None), func.length(column) != _DIGEST)
    other = or_(
        func.length(column) == _DIGEST, _mark(column) != literal(version_mark(version), LargeBinary())
    )
    return and_(column.is_not(None), other)


def in_use(session: Session | Connection) -> InUse:
    """Count all values by version: one pass over each table; columns that are not there (yet) hold none."""
    connection = session.connection() if isinstance(session, Session) else session
    found = InUse()
    for column in _there(connection):
        table = table_with(column)
        sealed = table.c[column.sealed]
        mark = _mark(sealed)
        query = select(mark, func.count()).where(sealed.is_not(None)).group_by(mark)
        for value, count in connection.execute(query):
            found.data[int.from_bytes(value, "big")] += count
        if column.index is not None:
            _count_index(connection, table.c[column.index], found)
    return found


def _there(connection: Connection) -> list[SealedColumn]:
    inspector = inspect(connection)
    wanted = sealed_columns()
    tables = {column.table for column in wanted} & set(inspector.get_table_names())
    names = {table: {found["name"] for found in inspector.get_columns(table)} for table in tables}
    return [column for column in wanted if column.sealed in names.get(column.table, ())]


def _count_index(connection: Connection, index: ColumnElement[Any], found: InUse) -> None:
    first = func.length(index) == _DIGEST
    count = connection.execute(select(func.count()).where(first)).scalar_one()
    if count:
        found.index[1] += count
    mark = _mark(index)
    query = select(mark, func.count()).where(index.is_not(None), func.length(index) != _DIGEST).group_by(mark)
    for value, number in connection.execute(query):
        found.index[int.from_bytes(value, "big")] += number


def present_keys(session: Session | Connection) -> Keyring:
    """The keys that values are to stand under: those that writers use; also for a database from before this table."""
    connection = session.connection() if isinstance(session, Session) else session
    version = None
    if inspect(connection).has_table(KeyUse.__tablename__):
        version = connection.execute(select(KeyUse.version).where(KeyUse.purpose == INDEX)).scalar()
    return pinned(current_site().keyring, version)
