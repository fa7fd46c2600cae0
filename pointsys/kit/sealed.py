"""Files sealed in the age format (age-encryption.org/v1), written and read as streams.

The key is an age identity (``AGE-SECRET-KEY-1…``); so a sealed file can be opened with any program for that format.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage

from pointsys.kit.problems import N_, Problem


def new_identity() -> str:
    """A fresh secret key."""
    return str(pyrage.x25519.Identity.generate())


class _Pump(threading.Thread):
    """Runs one end of a pipe and keeps what it raised."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._act = act
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._act()
        except Exception as error:  # noqa: BLE001  (handed to the other thread)
            self.error = error

    def finish(self) -> None:
        self.join()
        if self.error is not None:
            raise self.error


@contextmanager
def sealing(target: Path, identity: str) -> Iterator[BinaryIO]:
    """A stream whose content ends up sealed in ``target``; a partial file stays if the block raises."""
    recipient = pyrage.x25519.Identity.from_str(identity).to_public()
    reading, writing = os.pipe()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def seal() -> None:
        with os.fdopen(reading, "rb") as plain, os.fdopen(handle, "wb") as sealed:
            pyrage.encrypt_io(plain, sealed, [recipient])
            sealed.flush()
            os.fsync(sealed.fileno())

    pump = _Pump(seal)
    pump.start()
    try:
        with os.fdopen(writing, "wb") as stream:
            yield stream
    except BrokenPipeError:
        # The disk is full or the like: the other end knows what happened.
        pump.finish()
        raise
    pump.finish()


@contextmanager
def opening(source: Path, *identities: str) -> Iterator[BinaryIO]:
    """The content of a file sealed under any of the keys; raises Problem wrong_key or broken_file when that is known.

    What was read before the block ends is only as good as its end: a file cut short is told at the end.
    """
    keys = [pyrage.x25519.Identity.from_str(identity) for identity in identities]
    reading, writing = os.pipe()

    def unseal() -> None:
        with source.open("rb") as sealed, os.fdopen(writing, "wb") as plain:
            pyrage.decrypt_io(sealed, plain, keys)

    pump = _Pump(unseal)
    pump.start()
    failed: Exception | None = None
    with os.fdopen(reading, "rb") as stream:
        try:
            yield stream
            # The rest has to be authentic too, and the pump must not wait for a reader for ever.
            while stream.read(1 << 20):
                pass
        except Exception as error:  # noqa: BLE001  (a broken stream breaks its reader; the cause is told instead)
            failed = error
    pump.join()
    if isinstance(pump.error, pyrage.DecryptError):
        if "matching" in str(pump.error):
            raise Problem(
                "wrong_key",
                N_("This backup was sealed under another key: import the key of its site first."),
                field="file",
            ) from pump.error
        raise _broken() from pump.error
    if isinstance(failed, Problem):
        raise failed
    if pump.error is not None and not isinstance(pump.error, BrokenPipeError):
        raise _broken() from pump.error
    if failed is not None:
        raise failed


def _broken() -> Problem:
    return Problem(
        "broken_file",
        N_("This file is damaged or cut short, or it is no backup: take another one."),
        field="file",
    )
