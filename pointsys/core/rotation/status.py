"""Where the keys of a site stand, for the command and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pointsys.core.rotation.counts import in_use, present_keys
from pointsys.core.rotation.models import DATA, INDEX, KeyUse
from pointsys.core.rotation.retire import old_keys


@dataclass(frozen=True)
class VersionStatus:
    """One key: ``state`` is "present", "old" or "next" (made, and not used yet), ``values`` stand under it."""

    purpose: str
    version: int
    state: str
    values: int
    since: datetime | None


@dataclass(frozen=True)
class KeyStatus:
    """All keys; ``left`` values still have to be moved, ``missing`` versions are used and not in the key file."""

    versions: tuple[VersionStatus, ...]
    left: int
    old: int
    old_backups: int
    missing: tuple[str, ...]
    moved_at: datetime | None


def key_status(session: Session) -> KeyStatus:
    """Count what stands under which key; one pass over the tables with sealed values."""
    keys, used = present_keys(session), in_use(session)
    uses = {row.purpose: row for row in session.query(KeyUse)}
    versions: list[VersionStatus] = []
    missing: list[str] = []
    for purpose, known, present, counts in (
        (DATA, keys.data_keys, keys.current, used.data),
        (INDEX, keys.index_keys, keys.index_version, used.index),
    ):
        missing += [f"{purpose} {version}" for version in sorted(set(counts) - set(known))]
        use = uses.get(purpose)
        for version in sorted(known):
            state = "present" if version == present else "old" if version < present else "next"
            since = use.since if use is not None and use.version == version else None
            versions.append(VersionStatus(purpose, version, state, counts[version], since))
    moved = [use.moved_at for use in uses.values() if use.moved_at is not None]
    old = old_keys(keys)
    return KeyStatus(
        tuple(versions), used.left(keys), len(old.data) + len(old.index), old.backups, tuple(missing),
        max(moved, default=None),
    )  # fmt: skip
