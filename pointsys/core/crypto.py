"""Encryption at rest of phones and ID numbers, and their blind index; both kinds of keys have versions.

A value is sealed with AES-256-GCM; the associated data names the column and the row, so that a ciphertext
moved to another row does not open. The index is an HMAC under another key, for exact look-up only: the space
of ID numbers is small, so fragments are never indexed. Keys live outside the database, in the file of
``core.key_file``; a keyring that came from there works with the keys as they are in the file now.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pointsys.kit.sealed import new_identity

if TYPE_CHECKING:
    from pointsys.core.key_file import KeyFile

_NONCE = 12
_MARK = 2
SAMPLE_KEYS = frozenset({"changeme", "change-me", "dev", "secret", "secret-key", "test", "pointsys"})


class CannotDecrypt(Exception):
    """The ciphertext was altered, moved to another row, or sealed under a key that is not here."""


def version_mark(version: int) -> bytes:
    """The two bytes that a value sealed under this version begins with."""
    return version.to_bytes(_MARK, "big")


@dataclass(frozen=True)
class Keyring:
    """All keys of a site, by version where they have one.

    ``current`` seals now, ``index_version`` is that of ``index_key``. Other index keys are known for look-ups while a
    change lasts, other backup keys for opening older backups. ``anchor_key`` is an Ed25519 private key, 32 bytes in
    base64, that signs the head of the audit log.
    """

    data_keys: dict[int, bytes]
    current: int
    index_key: bytes
    secret_key: str
    # Seals backups: an identity of ``kit.sealed``.
    backup_key: str
    index_version: int = 1
    other_index_keys: dict[int, bytes] = field(default_factory=dict)
    other_backup_keys: tuple[str, ...] = ()
    anchor_key: str = ""
    source: KeyFile | None = field(default=None, repr=False, compare=False)
    _ciphers: dict[int, AESGCM] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if set(self.index_keys.values()) & set(self.data_keys.values()):
            raise ValueError("the index key must differ from every data key")
        if self.secret_key.lower() in SAMPLE_KEYS or len(self.secret_key) < 32:
            raise ValueError(
                "the session secret is a known sample or too short: delete it to have one generated"
            )
        object.__setattr__(self, "_ciphers", {v: AESGCM(k) for v, k in self.data_keys.items()})

    @property
    def index_keys(self) -> dict[int, bytes]:
        """Every index key by version."""
        return {**self.other_index_keys, self.index_version: self.index_key}

    @property
    def backup_keys(self) -> tuple[str, ...]:
        """Every key that may have sealed a backup, the present one first."""
        return (self.backup_key, *self.other_backup_keys)

    def latest(self, *, look: bool = False) -> Keyring:
        """The keys as the file has them now; looked at once a second at most, or at once with ``look``."""
        return self if self.source is None else self.source.latest(look=look)

    def encrypt(self, column: str, row: str, value: str) -> bytes:
        """Seal ``value`` for ``column`` ("person.phone") of the row with public id ``row``."""
        keys = self.latest()
        nonce = secrets.token_bytes(_NONCE)
        sealed = keys._ciphers[keys.current].encrypt(nonce, value.encode(), f"{column}:{row}".encode())
        return version_mark(keys.current) + nonce + sealed

    def decrypt(self, column: str, row: str, sealed: bytes) -> str:
        """Open what ``encrypt`` sealed; raises CannotDecrypt, never returns a guess."""
        cipher = self._cipher(int.from_bytes(sealed[:_MARK], "big"))
        if cipher is None:
            raise CannotDecrypt(column)
        nonce, rest = sealed[_MARK : _MARK + _NONCE], sealed[_MARK + _NONCE :]
        try:
            opened = cipher.decrypt(nonce, rest, f"{column}:{row}".encode())
        except (InvalidTag, ValueError):
            # ValueError is what is left when even the nonce was cut short.
            raise CannotDecrypt(column) from None
        return opened.decode()

    def _cipher(self, version: int) -> AESGCM | None:
        # Another process may have changed keys a moment ago.
        return self._ciphers.get(version) or self.latest(look=True)._ciphers.get(version)

    def blind_index(self, column: str, value: str) -> bytes:
        """What stands beside a sealed value: equal for equal values of ``column``, telling nothing without the key."""
        keys = self.latest()
        return _index(keys.index_key, keys.index_version, column, value)

    def blind_indexes(self, column: str, value: str) -> tuple[bytes, ...]:
        """The same under every index key there is, the present one first: while keys change a row has any of them.

        A look-up asks for all of them (``IN``), or it misses rows.
        """
        keys = self.latest()
        others = sorted(keys.other_index_keys.items())
        return (
            _index(keys.index_key, keys.index_version, column, value),
            *(_index(key, version, column, value) for version, key in others),
        )


def _index(key: bytes, version: int, column: str, value: str) -> bytes:
    digest = hmac.digest(key, f"{column}:{value}".encode(), hashlib.sha256)
    # Those of the first version were stored before there were others, and go without a mark.
    return digest if version == 1 else version_mark(version) + digest


def index_version_of(index: bytes) -> int:
    """The version of the key that made this index."""
    return 1 if len(index) == hashlib.sha256().digest_size else int.from_bytes(index[:_MARK], "big")


def new_key() -> bytes:
    """A fresh data or index key."""
    return secrets.token_bytes(32)


def new_secret() -> str:
    """A fresh session secret."""
    return secrets.token_urlsafe(48)


def new_anchor_key() -> str:
    """A fresh Ed25519 private key: any 32 bytes are one."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def new_keyring() -> Keyring:
    """Fresh random keys."""
    return Keyring({1: new_key()}, 1, new_key(), new_secret(), new_identity(), anchor_key=new_anchor_key())
