"""Encryption at rest of phones and ID numbers, and their blind index.

A value is sealed with AES-256-GCM; the associated data names the column and the row, so that a ciphertext
moved to another row does not open. The index is an HMAC under another key, for exact look-up only: the space
of ID numbers is small, so fragments are never indexed. Keys live outside the database.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pointsys.kit.sealed import new_identity

_NONCE = 12
SAMPLE_KEYS = frozenset({"changeme", "change-me", "dev", "secret", "secret-key", "test", "pointsys"})


class CannotDecrypt(Exception):
    """The ciphertext was altered, moved to another row, or sealed under a key that is not here."""


@dataclass(frozen=True)
class Keyring:
    """Data keys by version, the version that seals now, the index key and the session secret."""

    data_keys: dict[int, bytes]
    current: int
    index_key: bytes
    secret_key: str
    # Seals backups: an identity of ``kit.sealed``.
    backup_key: str
    _ciphers: dict[int, AESGCM] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.index_key in self.data_keys.values():
            raise ValueError("the index key must differ from every data key")
        if self.secret_key.lower() in SAMPLE_KEYS or len(self.secret_key) < 32:
            raise ValueError(
                "the session secret is a known sample or too short: delete it to have one generated"
            )
        object.__setattr__(self, "_ciphers", {v: AESGCM(k) for v, k in self.data_keys.items()})

    def encrypt(self, column: str, row: str, value: str) -> bytes:
        """Seal ``value`` for ``column`` ("person.phone") of the row with public id ``row``."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._ciphers[self.current].encrypt(nonce, value.encode(), f"{column}:{row}".encode())
        return self.current.to_bytes(2, "big") + nonce + sealed

    def decrypt(self, column: str, row: str, sealed: bytes) -> str:
        """Open what ``encrypt`` sealed; raises CannotDecrypt, never returns a guess."""
        cipher = self._ciphers.get(int.from_bytes(sealed[:2], "big"))
        if cipher is None:
            raise CannotDecrypt(column)
        try:
            opened = cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], f"{column}:{row}".encode())
        except (InvalidTag, ValueError):
            # ValueError is what is left when even the nonce was cut short.
            raise CannotDecrypt(column) from None
        return opened.decode()

    def blind_index(self, column: str, value: str) -> bytes:
        """32 bytes that are equal for equal values of ``column`` and tell nothing without the index key."""
        return hmac.digest(self.index_key, f"{column}:{value}".encode(), hashlib.sha256)


def new_keyring() -> Keyring:
    """Fresh random keys."""
    return Keyring(
        {1: secrets.token_bytes(32)}, 1, secrets.token_bytes(32), secrets.token_urlsafe(48), new_identity()
    )


def load_or_create(path: Path) -> Keyring:
    """The keyring kept in ``path``; made on first use with mode 600."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keyring = new_keyring()
        try:
            _write(path, keyring)
        except FileExistsError:
            return load_or_create(path)
        return keyring
    keyring = read_keyring(path)
    if not keyring.backup_key:
        # A site from before backups were sealed.
        keyring = replace(keyring, backup_key=new_identity())
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        _write(fresh, keyring)
        fresh.replace(path)
        # Of two processes that found it missing one was the last: its key is everybody's.
        keyring = read_keyring(path)
    return keyring


def read_keyring(path: Path) -> Keyring:
    """The keyring in a file; raises OSError, ValueError, KeyError or TypeError for anything else."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Keyring(
        {int(v): base64.b64decode(k) for v, k in raw["data_keys"].items()},
        int(raw["current"]),
        base64.b64decode(raw["index_key"]),
        str(raw["secret_key"]),
        str(raw.get("backup_key", "")),
    )


def _write(path: Path, keyring: Keyring) -> None:
    stored = {
        "data_keys": {str(v): base64.b64encode(k).decode() for v, k in keyring.data_keys.items()},
        "current": keyring.current,
        "index_key": base64.b64encode(keyring.index_key).decode(),
        "secret_key": keyring.secret_key,
        "backup_key": keyring.backup_key,
    }
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(stored, stream, indent=1)
