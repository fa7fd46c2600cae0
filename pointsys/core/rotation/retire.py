"""Taking old keys out of the site's file, into one that is kept as long as backups from their time are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.crypto import Keyring
from pointsys.core.key_file import write_keyring
from pointsys.core.rotation.begin import key_file
from pointsys.core.rotation.counts import InUse, in_use, present_keys
from pointsys.core.rotation.models import DATA, INDEX, KeyUse
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_, Problem

# A transaction that began before the last value was moved has ended by then.
RETIRE_AFTER = timedelta(minutes=10)

NOTHING = N_("There are no old keys.")
IN_USE = N_("%(count)s values still stand under old keys. Run: pointsys key rotate")
NOT_FINISHED = N_("The change of keys has not come to its end. Run: pointsys key rotate")
TOO_EARLY = N_("Keys can be retired ten minutes after the last value was moved. Try again at %(at)s.")
FILE_EXISTS = N_("%(name)s is there already: choose another name.")


@dataclass(frozen=True)
class Retired:
    """Versions that are gone from the site's file, and how many keys of backups."""

    data: tuple[int, ...]
    index: tuple[int, ...]
    backups: int


def retire(target: Path, actor: Actor) -> Retired:
    """Write all keys to ``target``, a new file that only its owner reads, and take the old ones out of the site's.

    Raises Problem nothing_to_retire, keys_in_use, not_finished, too_early or
    file_exists.
    """
    file = key_file()
    with unit_of_work(drain=False) as session:
        keys = present_keys(session)
        old = old_keys(keys)
        if not (old.data or old.index or old.backups):
            raise Problem("nothing_to_retire", NOTHING)
        _check(session, old, in_use(session))
        audit.write(session, actor, "keys.retired", "keys", _named(old), after={"backups": old.backups})
        session.flush()
        try:
            write_keyring(target, keys)
        except FileExistsError:
            raise Problem("file_exists", FILE_EXISTS, field="file", name=target.name) from None
        file.change(lambda found: _without(found, old))
    return old


def old_keys(keys: Keyring) -> Retired:
    """The keys before the present ones; those that are prepared for the next change are not old."""
    return Retired(
        tuple(sorted(version for version in keys.data_keys if version < keys.current)),
        tuple(sorted(version for version in keys.index_keys if version < keys.index_version)),
        len(keys.other_backup_keys),
    )


def _check(session: Session, old: Retired, used: InUse) -> None:
    left = sum(used.data[version] for version in old.data) + sum(used.index[version] for version in old.index)
    if left:
        raise Problem("keys_in_use", IN_USE, count=left)
    for purpose, versions in ((DATA, old.data), (INDEX, old.index)):
        row = session.get(KeyUse, purpose)
        # A site that was restored from before the change has no such row, and no value under the old keys either.
        if versions and row is not None:
            if row.moved_at is None:
                raise Problem("not_finished", NOT_FINISHED)
            ready = row.moved_at + RETIRE_AFTER
            if current_site().now() < ready:
                at = f"{current_site().local(ready):%H:%M}"
                raise Problem("too_early", TOO_EARLY, at=at)


def _without(keys: Keyring, old: Retired) -> Keyring:
    return replace(
        keys,
        data_keys={version: key for version, key in keys.data_keys.items() if version not in old.data},
        other_index_keys={v: key for v, key in keys.other_index_keys.items() if v not in old.index},
        other_backup_keys=(),
    )


def _named(old: Retired) -> str:
    parts = [
        f"{name} {version}"
        for name, versions in ((DATA, old.data), (INDEX, old.index))
        for version in versions
    ]
    return ", ".join(parts)[:60] or "backup"
