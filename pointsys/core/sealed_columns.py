"""Every column that holds values sealed by ``core.crypto``: what a change of keys has to visit.

A value is sealed for ``context`` and the row's own id (``Keyring.encrypt(context, row, value)``), so that a ciphertext
moved elsewhere does not open. A column that is missing here keeps the old key alive for ever; a test compares.
Plugins name theirs in ``PluginInfo.sealed_columns``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


@dataclass(frozen=True)
class SealedColumn:
    """``sealed`` of ``table`` and the ``index`` column beside it, if exact look-ups need one.

    ``row_id`` is the column whose text the ciphertext is bound to, or a function that gives it as SQL.
    """

    table: str
    sealed: str
    context: str
    row_id: str | Callable[[], ColumnElement[str]]
    index: str | None = None


def _batch_row() -> ColumnElement[str]:
    from sqlalchemy import String, cast, select

    from pointsys.core.batches import Batch, BatchRow

    batch = select(Batch.public_id).where(Batch.id == BatchRow.batch_id).correlate(BatchRow).scalar_subquery()
    return batch + ":" + cast(BatchRow.number, String)


def _vault() -> ColumnElement[str]:
    from sqlalchemy import select

    from pointsys.core.people.models import Person
    from pointsys.core.privacy.models import PersonVault

    kept = select(Person.public_id).where(Person.id == PersonVault.person_id)
    return kept.correlate(PersonVault).scalar_subquery()


CORE: tuple[SealedColumn, ...] = (
    SealedColumn("person", "phone_sealed", "person.phone", "public_id", "phone_index"),
    SealedColumn("person", "id_number_sealed", "person.id_number", "public_id", "id_number_index"),
    SealedColumn("account", "totp", "account.totp", "public_id"),
    SealedColumn("batch_row", "payload", "batch_row.payload", _batch_row),
    SealedColumn("person_vault", "sealed", "person_vault.data", _vault),
)


def sealed_columns() -> tuple[SealedColumn, ...]:
    """Those of the core and of every plugin that is here."""
    from pointsys.core.site import current_site

    plugins = current_site().host.plugins.values()
    return (*CORE, *(column for info in plugins for column in info.sealed_columns))
