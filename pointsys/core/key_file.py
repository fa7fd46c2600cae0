"""``keys.json``: the file of a site's keys, how it is read, changed, and noticed to have changed.

A change is written beside the file, brought to the disk, and put in its place in one step under a lock: a process
that is killed leaves the old file or the new one. Other processes look at the file's stamp once a second.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pointsys.core.crypto import Keyring, new_anchor_key, new_keyring, new_secret
from pointsys.kit.sealed import new_identity

# A file that anybody else can read is tightened, if that is ours to do.
MODE = 0o600
LOOK_EVERY_SECONDS = 1.0

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]


class KeyFile:
    """The file and the keys in it, as last read."""

    def __init__(self, path: Path, keyring: Keyring, stamp: Stamp) -> None:
        self.path = path
        self._known = (stamp, replace(keyring, source=self))
        self._looked = time.monotonic()

    def latest(self, *, look: bool = False) -> Keyring:
        """The keys as the file has them; those known before if it cannot be read just now."""
        now = time.monotonic()
        if look or now - self._looked >= LOOK_EVERY_SECONDS:
            self._looked = now
            with suppress(OSError, ValueError, KeyError, TypeError):
                stamp = _stamp(self.path)
                if stamp != self._known[0]:
                    self._known = (stamp, replace(read_keyring(self.path), source=self))
        return self._known[1]

    def change(self, act: Callable[[Keyring], Keyring]) -> Keyring:
        """Put what ``act`` makes of the present keys in their place; returns the new ones. Raises OSError."""
        with _locked(self.path):
            keyring = act(read_keyring(self.path))
            fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
            fresh.unlink(missing_ok=True)
            write_keyring(fresh, keyring)
            fresh.replace(self.path)
            _settle_folder(self.path.parent)
        return self.latest(look=True)


def load_or_create(path: Path) -> Keyring:
    """The keyring kept in ``path``; made on first use with mode 600, completed with keys that older sites lack."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            write_keyring(path, new_keyring())
            _settle_folder(path.parent)
    _tighten(path)
    stamp = _stamp(path)
    raw = json.loads(path.read_text(encoding="utf-8"))
    if not all(raw.get(name) for name in ("secret_key", "backup_key", "anchor_key")):
        _complete(path)
        stamp = _stamp(path)
    return KeyFile(path, read_keyring(path), stamp).latest()


def _complete(path: Path) -> None:
    """Make the keys that are missing in a file from before there were such keys."""
    with _locked(path):
        raw = json.loads(path.read_text(encoding="utf-8"))
        makers = {"secret_key": new_secret, "backup_key": new_identity, "anchor_key": new_anchor_key}
        for name, make in makers.items():
            raw[name] = raw.get(name) or make()
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        write_keyring(fresh, _from_json(raw))
        fresh.replace(path)
        _settle_folder(path.parent)


def read_keyring(path: Path) -> Keyring:
    """The keyring in a file; raises OSError, ValueError, KeyError or TypeError for anything else."""
    return _from_json(json.loads(path.read_text(encoding="utf-8")))


def write_keyring(path: Path, keyring: Keyring) -> None:
    """Write a keyring to a new file that only its owner reads, down to the disk; raises FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(_to_json(keyring), stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())


def merged(own: Keyring, other: Keyring) -> Keyring:
    """``own`` with the keys that only ``other``, a copy from another day, has; raises ValueError for another site's."""
    if own.secret_key != other.secret_key:
        raise ValueError("another site")
    data, index = own.data_keys, own.index_keys
    for mine, theirs in ((data, other.data_keys), (index, other.index_keys)):
        if any(mine[version] != theirs[version] for version in mine.keys() & theirs.keys()):
            raise ValueError("other keys of the same version")
    others = {v: key for v, key in {**other.index_keys, **index}.items() if v != own.index_version}
    backups = [key for key in other.backup_keys if key not in own.backup_keys]
    return replace(
        own,
        data_keys={**other.data_keys, **data},
        other_index_keys=others,
        other_backup_keys=(*own.other_backup_keys, *backups),
    )


def _from_json(raw: dict[str, Any]) -> Keyring:
    return Keyring(
        _keys(raw["data_keys"]),
        int(raw["current"]),
        base64.b64decode(raw["index_key"]),
        str(raw["secret_key"]),
        str(raw.get("backup_key", "")),
        int(raw.get("index_version", 1)),
        _keys(raw.get("other_index_keys", {})),
        tuple(str(key) for key in raw.get("other_backup_keys", ())),
        str(raw.get("anchor_key", "")),
    )


def _keys(raw: dict[str, str]) -> dict[int, bytes]:
    return {int(version): base64.b64decode(key) for version, key in raw.items()}


def _to_json(keyring: Keyring) -> dict[str, object]:
    def packed(keys: dict[int, bytes]) -> dict[str, str]:
        return {str(version): base64.b64encode(key).decode() for version, key in sorted(keys.items())}

    return {
        "data_keys": packed(keyring.data_keys),
        "current": keyring.current,
        "index_key": base64.b64encode(keyring.index_key).decode(),
        "index_version": keyring.index_version,
        "other_index_keys": packed(keyring.other_index_keys),
        "secret_key": keyring.secret_key,
        "backup_key": keyring.backup_key,
        "other_backup_keys": list(keyring.other_backup_keys),
        "anchor_key": keyring.anchor_key,
    }


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _tighten(path: Path) -> None:
    if os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    log.warning("the key file could be read by others than its owner; think of changing the keys")
    with suppress(OSError):
        path.chmod(MODE)


def _settle_folder(folder: Path) -> None:
    """Bring a rename to the disk; systems that cannot open folders do it by themselves."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One changer of the file at a time; where the system has no such locks, changes are too rare to meet."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
