"""Making new keys: first every process knows them, then one moment decides that they are written with.

The data key may be used by whoever has it: a process that meets an unknown version reads the file again. The index
key may not, because who does not know it would miss people: there is a pause between the two, longer than a process
may go without looking at the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.crypto import Keyring, new_key
from pointsys.core.database import dialect_of
from pointsys.core.key_file import LOOK_EVERY_SECONDS, KeyFile
from pointsys.core.rotation.counts import in_use, present_keys
from pointsys.core.rotation.models import DATA, INDEX, KeyUse
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.kit.sealed import new_identity

BACKUP = "backup"
PURPOSES = (DATA, INDEX, BACKUP)
SETTLE_SECONDS = 2 * LOOK_EVERY_SECONDS
# A writer that lasts longer, as a large import, is waited for in turns, so that nobody queues behind the switch.
_LOCK_MS = 500
_TRIES = 600
_AFTER_TRY_SECONDS = 0.5
MAX_VERSION = 65_535

NO_FILE = N_("There is no key file in %(home)s.")
BUSY = N_("Writers have kept the table busy for too long. Try again when less is going on.")

Rest = Callable[[float], object]


@dataclass(frozen=True)
class Begun:
    """The keys from now on, and for which purposes they are new; the others go on with an earlier change."""

    keys: Keyring
    new: tuple[str, ...]


def key_file() -> KeyFile:
    """The file of the site's keys; raises Problem no_site where keys came from somewhere else."""
    site = current_site()
    if site.keyring.source is None:
        raise Problem("no_site", NO_FILE, home=site.home)
    return site.keyring.source


def prepare(purposes: Collection[str]) -> Keyring:
    """Add keys of the next version without using them, so that the file can be copied to other machines first."""
    with read_scope() as session:
        present = present_keys(session)

    def add(keys: Keyring) -> Keyring:
        data, others = dict(keys.data_keys), keys.index_keys
        if DATA in purposes:
            data.setdefault(_next(max(data), keys.current), new_key())
        if INDEX in purposes:
            others.setdefault(_next(max(others), present.index_version), new_key())
        own = others.pop(keys.index_version)
        return replace(keys, data_keys=data, index_key=own, other_index_keys=others)

    return key_file().change(add)


def _next(highest: int, used: int) -> int:
    """The version to change to: one that was prepared, else a new one; never one that was used before."""
    version = highest if highest > used else highest + 1
    if version > MAX_VERSION:
        raise AssertionError("versions of keys are two bytes")
    return version


def begin(purposes: Collection[str], actor: Actor, *, rest: Rest, anew: bool = False) -> Begun:
    """Let new keys be written with, or go on with the keys of a change that is not finished.

    With ``anew`` there are new keys in any case. ``rest`` waits for a number of seconds. Raises Problem no_site, and
    busy where writers gave no way.
    """
    with read_scope() as session:
        present = present_keys(session)
        fresh = set(purposes) if anew else set(purposes) - _unfinished(session, present)
    keys = prepare(fresh)
    now = current_site().now()
    if INDEX in fresh:
        rest(SETTLE_SECONDS)
        version = max(keys.index_keys)
        _switch(version, now, actor, rest)
        keys = key_file().change(lambda found: _index_from(found, version))
    elif present.index_version != keys.index_version:
        # Cut off between the database and the file.
        keys = key_file().change(lambda found: _index_from(found, present.index_version))
    if {DATA, BACKUP} & fresh:
        keys = key_file().change(lambda found: _use(found, fresh))
        with unit_of_work(drain=False) as session:
            if DATA in fresh:
                _note(session, DATA, keys.current, now)
            audit.write(session, actor, "keys.changed", "keys", _named(keys, fresh - {INDEX}))
    return Begun(keys, tuple(name for name in PURPOSES if name in fresh))


def _unfinished(session: Session, present: Keyring) -> set[str]:
    """Purposes whose last change has not come to its end, and goes on instead of another one."""
    used = in_use(session)
    going_on = {DATA} if sum(used.data.values()) != used.data[present.current] else set()
    if used.left_indexed(present):
        going_on.add(INDEX)
    return going_on | set(session.scalars(select(KeyUse.purpose).where(KeyUse.moved_at.is_(None))))


def _named(keys: Keyring, purposes: Collection[str]) -> str:
    """Which keys, as the audit log names them."""
    names = {DATA: f"data {keys.current}", INDEX: f"index {keys.index_version}", BACKUP: "backup"}
    return ", ".join(names[name] for name in PURPOSES if name in purposes)


def _index_from(keys: Keyring, version: int) -> Keyring:
    others = keys.index_keys
    own = others.pop(version)
    return replace(keys, index_key=own, index_version=version, other_index_keys=others)


def _use(keys: Keyring, purposes: Collection[str]) -> Keyring:
    if DATA in purposes:
        keys = replace(keys, current=max(keys.data_keys))
    if BACKUP in purposes:
        keys = replace(keys, backup_key=new_identity(), other_backup_keys=keys.backup_keys)
    return keys


def _note(session: Session, purpose: str, version: int, now: datetime) -> None:
    session.merge(KeyUse(purpose=purpose, version=version, since=now, moved_at=None))
    session.flush()


def _switch(version: int, now: datetime, actor: Actor, rest: Rest) -> None:
    """From one moment on every writer indexes under ``version``: those that began before it have ended."""
    for _attempt in range(_TRIES):
        try:
            with unit_of_work(drain=False) as session:
                if dialect_of(session) == "postgresql":
                    session.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_MS}ms'"))
                    session.execute(text("LOCK TABLE key_use IN ACCESS EXCLUSIVE MODE"))
                _note(session, INDEX, version, now)
                audit.write(session, actor, "keys.changed", "keys", f"index {version}")
        except OperationalError:
            rest(_AFTER_TRY_SECONDS)
        else:
            return
    raise Problem("busy", BUSY)
