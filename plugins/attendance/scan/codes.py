"""Codes of a list, as rules alone: what a screen shows, what is read out, what is printed, and the tickets they buy.

Each is made from a key of the site, the list's outside id and its salt, so that nobody can make one without the site.
The screen's changes every 15 seconds and the digits every minute; the present and the previous one count, by the
server's clock. A code buys a ticket, which is bound to one browser and holds for five minutes: long enough to sign in
and to press the button, and worth nothing to whoever it is sent on to.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

# Longer, and a photo of the screen reaches others in time; much shorter, and phones do not read it in time.
STEP = 15
SPOKEN = 60
DIGITS = 6
TICKET_SECONDS = 300
_SIGNATURE = 12

QR, CODE, POSTER = "qr", "code", "poster"
_LETTERS = {QR: "s", CODE: "d", POSTER: "p"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}


def key_of(secret: str) -> bytes:
    """The key of all codes, from the site's secret; it signs nothing else."""
    return hmac.digest(secret.encode(), b"attendance codes", hashlib.sha256)


@dataclass(frozen=True)
class Listed:
    """What the codes of a list are made from: the key, and the list's outside id and salt."""

    key: bytes
    sheet: str
    salt: str

    def _mac(self, *parts: object) -> bytes:
        text = "\n".join((self.sheet, self.salt, *(str(part) for part in parts)))
        return hmac.digest(self.key, text.encode(), hashlib.sha256)

    def _signature(self, *parts: object) -> str:
        return urlsafe_b64encode(self._mac(*parts)[:_SIGNATURE]).decode()

    def screen(self, now: datetime) -> str:
        """What the screen's picture holds now."""
        return self._screen(_step(now, STEP))

    def _screen(self, step: int) -> str:
        return f"{step:x}.{self._signature(QR, step)}"

    def poster(self) -> str:
        """What the printed picture holds; it never changes, so it proves nothing about when and where."""
        return f"p.{self._signature(POSTER)}"

    def spoken(self, now: datetime) -> str:
        """The six digits that are read out now."""
        return self._digits(_step(now, SPOKEN))

    def _digits(self, step: int) -> str:
        return f"{int.from_bytes(self._mac(CODE, step)[:8]) % 10**DIGITS:0{DIGITS}d}"

    def kind_of(self, token: str, now: datetime) -> str:
        """What a token of a picture is at the instant ``now``: "qr", "poster", or "" for a stale or forged one."""
        if _same(token, self.poster()):
            return POSTER
        return QR if any(_same(token, self._screen(step)) for step in _recent(now, STEP)) else ""

    def is_spoken(self, digits: str, now: datetime) -> bool:
        """Whether these six digits are read out now, or were a step ago."""
        return any(_same(digits, self._digits(step)) for step in _recent(now, SPOKEN))

    def ticket(self, kind: str, device: str, now: datetime) -> str:
        """What somebody gets for a code on the browser ``device`` at ``now``."""
        at = int(now.timestamp())
        return f"{_LETTERS[kind]}{at:x}.{self._signature('ticket', kind, device, at)}"

    def ticket_kind(self, ticket: str, device: str, now: datetime, until: datetime | None = None) -> str:
        """The kind of code that bought a ticket, "" for one that is over, of another browser or forged.

        ``until`` is when it was used, for what was pressed without network and arrives later; ``now`` by default.
        """
        kind = _KINDS.get(ticket[:1], "")
        stamp, dot, _signature = ticket[1:].partition(".")
        if not kind or not dot or not 0 < len(stamp) <= 12 or set(stamp) - set("0123456789abcdef"):
            return ""
        at = int(stamp, 16)
        right = _same(ticket, f"{ticket[0]}{at:x}.{self._signature('ticket', kind, device, at)}")
        used = int((until or now).timestamp())
        return kind if right and at <= used <= at + TICKET_SECONDS else ""


def seconds_left(now: datetime, step: int = STEP) -> int:
    """Seconds until the next code, at least 1."""
    return step - int(now.timestamp()) % step


def _step(now: datetime, length: int) -> int:
    return int(now.timestamp()) // length


def _recent(now: datetime, length: int) -> Iterator[int]:
    step = _step(now, length)
    yield step
    yield step - 1


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())
