"""What a backup says of itself, and what is compared after a restore: versions, counts, digests, the key's mark."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, inspect

from pointsys.core.crypto import Keyring
from pointsys.core.database import TRIGGERS

FORMAT = 1
ROWS_AT_ONCE = 2_000
# Told to people while it lasts: (table, rows done, rows there are).
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Manifest:
    """``tables`` counts rows; ``digests`` covers the append-only ones; ``files`` maps a path to size and SHA-256."""

    format: int
    program: str
    made_at: str
    engine: str
    components: dict[str, str]
    key: str
    tables: dict[str, int]
    digests: dict[str, str]
    database: dict[str, Any]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The text in the archive."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, raw: bytes) -> Manifest:
        """Read it back; raises ValueError for anything that is not one of this format."""
        data = json.loads(raw)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError("another format")
        try:
            return cls(**data)
        except TypeError as error:
            raise ValueError(str(error)) from None


def key_mark(keyring: Keyring) -> str:
    """What tells one keyring from another without helping to guess it; any data key or index key changes it."""
    parts = [str(version).encode() + key for version, key in sorted(keyring.data_keys.items())]
    return hmac.digest(keyring.index_key, b"pointsys key mark" + b"".join(parts), hashlib.sha256).hex()[:32]


def table_counts(connection: Connection) -> dict[str, int]:
    """Rows of every table of the database, those of plugins that are not here included."""
    tables = sorted(inspect(connection).get_table_names())
    return {
        name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()  # noqa: S608
        for name in tables
    }


def components(connection: Connection) -> dict[str, str]:
    """Version of every component that has one in the database."""
    found = {}
    for table in sorted(inspect(connection).get_table_names()):
        prefix, _, name = table.partition("alembic_version_")
        version = None
        if not prefix and name:
            version = connection.exec_driver_sql(f'SELECT version_num FROM "{table}"').scalar()  # noqa: S608
        if version:
            found[name] = version
    return found


def digests(connection: Connection, counts: Mapping[str, int], tell: Tell) -> dict[str, str]:
    """SHA-256 over all rows of each append-only table that is there, in the order of its primary key.

    The audit log and the activity log are among them: one row changed, cut, added or swapped changes the digest.
    """
    frozen = sorted({trigger.table for trigger in TRIGGERS} & set(counts))
    return {table: _digest(connection, table, counts[table], tell) for table in frozen}


def _digest(connection: Connection, table: str, total: int, tell: Tell) -> str:
    inspector = inspect(connection)
    columns = sorted(column["name"] for column in inspector.get_columns(table))
    keys = inspector.get_pk_constraint(table)["constrained_columns"]
    listed, order = (", ".join(f'"{name}"' for name in names) for names in (columns, keys))
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).exec_driver_sql(
        f'SELECT {listed} FROM "{table}" ORDER BY {order}'  # noqa: S608
    )
    result, done = hashlib.sha256(), 0
    for part in rows.partitions(ROWS_AT_ONCE):
        for row in part:
            result.update(_line(row))
        done += len(part)
        tell(table, done, total)
    return result.hexdigest()


def _line(row: Iterable[object]) -> bytes:
    # repr keeps None, "None" and "" apart; a driver's own type of bytes would name itself.
    values = (bytes(value) if isinstance(value, memoryview) else value for value in row)
    return ("\x1f".join(map(repr, values)) + "\x1e").encode()
