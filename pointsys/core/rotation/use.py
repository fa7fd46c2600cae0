"""The keys that a transaction writes with: all writers of one moment use one version of the index key.

Otherwise one could add an ID number under the old key while another adds it under the new one, and the database's
own check of uniqueness would see two values. So a writer reads the version inside its transaction, and the switch
waits for the writers before it: on SQLite there is one at a time anyway, on PostgreSQL the table's lock does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from pointsys.core.crypto import Keyring
from pointsys.core.database import Base
from pointsys.core.rotation.models import INDEX, KeyUse
from pointsys.core.sealed_columns import CORE
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

MISSING_KEY = N_(
    "The data is written with a newer key than this site has. Ask the operator to copy the key file to every machine."
)
_INDEXED = {column.context: column for column in CORE if column.index is not None}


def writing_keys(session: Session) -> Keyring:
    """The keys to seal and index with until this transaction ends; raises Problem missing_key.

    One statement. Ask before looking for people who have the same values, so that nothing changes in between.
    """
    version = session.scalar(select(KeyUse.version).where(KeyUse.purpose == INDEX))
    return pinned(current_site().keyring, version)


def pinned(keyring: Keyring, version: int | None) -> Keyring:
    """``keyring`` as it is now, indexing under ``version`` (None: under its own)."""
    keys = keyring.latest()
    if version is not None and version not in keys.index_keys:
        keys = keyring.latest(look=True)
        if version not in keys.index_keys:
            raise Problem("missing_key", MISSING_KEY)
    if version is None:
        version = keys.index_version
    others = keys.index_keys
    own = others.pop(version)
    return replace(keys, index_key=own, index_version=version, other_index_keys=others, source=None)


def carry_along(session: Session, keys: Keyring, values: Iterable[tuple[str, str]]) -> None:
    """Let rows on record that have one of ``values`` (column, value) under an older key have it under this one.

    So a value stands in the table under one key at a time, also while keys change: comparing rows in SQL finds equal
    ones, and the database itself refuses an ID number twice. Does nothing while there is one key.
    """
    if not keys.other_index_keys:
        return
    moves: dict[str, list[dict[str, bytes]]] = {}
    for column, value in dict.fromkeys(values):
        new, *old = keys.blind_indexes(column, value)
        moves.setdefault(column, []).extend({"b_old": index, "b_new": new} for index in old)
    session.flush()
    for column, parameters in moves.items():
        place = _INDEXED[column]
        table = Base.metadata.tables[place.table]
        index = table.c[str(place.index)]
        statement = update(table).where(index == bindparam("b_old")).values({index: bindparam("b_new")})
        session.execute(statement, sorted(parameters, key=lambda move: move["b_old"]))
