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
from pointsys.core.rotation.counts import InUse

FORMAT = 1
ROWS_AT_ONCE = 2_000
# Told to people while it lasts: (table, rows done, rows there are).
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Manifest:
    """``tables`` counts rows; ``digests`` covers the append-only ones; ``files`` maps a path to size and SHA-256.

    ``keys`` names the keys that the data cannot be read without, as "data 1": mark; ``key`` is the mark of them all.
    """

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
    keys: dict[str, str] = field(default_factory=dict)

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
    others = [str(version).encode() + key for version, key in sorted(keyring.other_index_keys.items())]
    return _mark(keyring.index_key, b"pointsys key mark" + b"".join((*parts, *others)))


def key_marks(keyring: Keyring) -> dict[str, str]:
    """Every data and index key by name, "data 1", with what tells it from another one of that name."""
    named = [(f"data {version}", key) for version, key in keyring.data_keys.items()]
    named += [(f"index {version}", key) for version, key in keyring.index_keys.items()]
    return {name: _mark(key, f"pointsys {name}".encode()) for name, key in sorted(named)}


def needed_keys(keyring: Keyring, used: InUse) -> dict[str, str]:
    """The marks of the keys that stored values stand under, and of those that are written with."""
    names = {f"data {version}" for version in (*used.data, keyring.current)}
    names |= {f"index {version}" for version in (*used.index, keyring.index_version)}
    return {name: mark for name, mark in key_marks(keyring).items() if name in names}


def missing_keys(manifest: Manifest, keyring: Keyring) -> list[str]:
    """Names of the keys that a backup needs and this keyring has not; a backup from before there were versions
    needs the first ones."""
    if manifest.keys:
        own = key_marks(keyring)
        return sorted(name for name, mark in manifest.keys.items() if own.get(name) != mark)
    data, index = keyring.data_keys.get(1), keyring.index_keys.get(1)
    if data is None or index is None:
        return ["data 1", "index 1"]
    same = _mark(index, b"pointsys key mark" + b"1" + data) == manifest.key
    return [] if same else ["data 1", "index 1"]


def _mark(key: bytes, text: bytes) -> str:
    return hmac.digest(key, text, hashlib.sha256).hex()[:32]


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
