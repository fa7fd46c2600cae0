"""The head of the chain outside of the database: one signed line a day in a file, the site's log, and on paper.

A chain that was rebuilt as a whole, or cut at its end, fits itself; it does not fit a line that was written before.
Each line is signed with the site's Ed25519 key and holds the hash of the line before it. ``<file>.last`` is the head
that this machine sealed last, for what happens between two lines.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.audit.blocks import LOGS, Head, head
from pointsys.core.audit.forgetting import lock_chain
from pointsys.core.audit.rows import write
from pointsys.core.site import current_site

ANCHORED = "audit.anchored"
HEAD = "head"
RESTORED = "restored"
CHAIN = "chain"
LAST = ".last"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Anchor:
    """A line of the file: the chain's head at an instant; ``kind`` "restored" says that a backup was brought back."""

    kind: str
    at: str
    position: int
    hash: str
    counts: dict[str, int]
    before: str
    key: str
    signature: str = ""

    def signed_part(self) -> bytes:
        """What the signature covers."""
        fields = {
            "kind": self.kind, "at": self.at, "position": self.position, "hash": self.hash, "before": self.before,
            "key": self.key, "counts": {log: self.counts.get(log, 0) for log in LOGS},
        }  # fmt: skip
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    def line(self) -> str:
        """The line in the file, without its end."""
        return json.dumps(
            {**json.loads(self.signed_part()), "signature": self.signature},
            sort_keys=True,
            separators=(",", ":"),
        )

    @property
    def when(self) -> datetime:
        """When it was written."""
        return datetime.fromisoformat(self.at)


@dataclass
class Anchors:
    """What the file says: good lines in their order, and the numbers (from 1) of lines that are not."""

    lines: list[Anchor] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    last: Anchor | None = None

    @property
    def newest(self) -> Anchor | None:
        """The last line that tells a head."""
        return self.lines[-1] if self.lines else None

    def in_force(self) -> dict[int, Anchor]:
        """The lines by position; what a restored backup went behind no longer counts."""
        found: dict[int, Anchor] = {}
        restored = None
        for anchor in self.lines:
            if anchor.kind == RESTORED:
                found = {position: old for position, old in found.items() if position <= anchor.position}
                restored = anchor
            if anchor.position:
                found[anchor.position] = anchor
        last = self.last
        if last is not None and last.position and (restored is None or last.when >= restored.when):
            found.setdefault(last.position, last)
        return found


def anchor_file() -> Path:
    """Where the lines are: ``audit_anchor`` of the settings, or ``anchors/audit.jsonl`` in the home folder."""
    site = current_site()
    return site.anchors or site.home / "anchors" / "audit.jsonl"


@lru_cache(maxsize=4)
def _private(key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))


def public_key() -> str:
    """The site's public key of anchors as base64; whoever has it can check a line without the site."""
    key = _private(current_site().keyring.anchor_key).public_key()
    return base64.b64encode(key.public_bytes_raw()).decode()


def sign(content: bytes) -> str:
    """The site's signature of ``content`` as base64."""
    return base64.b64encode(_private(current_site().keyring.anchor_key).sign(content)).decode()


def is_signed(content: bytes, signature: str, key: str) -> bool:
    """Whether ``signature`` was made for ``content`` with the private half of ``key`` (base64)."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(base64.b64decode(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _made(kind: str, end: Head, before: str) -> Anchor:
    at = current_site().now().isoformat()
    anchor = Anchor(kind, at, end.position, end.hash, dict(end.counts), before, public_key())
    return Anchor(**{**vars(anchor), "signature": sign(anchor.signed_part())})


def _line_hash(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _lines() -> list[str]:
    try:
        return anchor_file().read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return []


def add_anchor(session: Session, actor: Actor, kind: str = HEAD) -> Anchor:
    """Append the head to the file and note it in the audit log; seal first. Raises OSError where it cannot write."""
    lock_chain(session)
    lines = _lines()
    anchor = _made(kind, head(session), _line_hash(lines[-1]) if lines else "")
    path = anchor_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as stream:
        stream.write(anchor.line() + "\n")
    # The site's log leaves the machine in most places: a copy that nobody here can take back.
    log.info("audit head %s rows %s hash %s", anchor.position, sum(anchor.counts.values()), anchor.hash)
    write(
        session, actor, ANCHORED, CHAIN, f"{anchor.position}/{len(lines) + 1}",
        after={"position": anchor.position, "hash": anchor.hash, "kind": kind},
    )  # fmt: skip
    return anchor


def note_restore(session: Session, actor: Actor) -> Anchor:
    """A backup was brought back: lines about what came after it are past, and every report says so."""
    _last_file().unlink(missing_ok=True)
    return add_anchor(session, actor, RESTORED)


def _last_file() -> Path:
    path = anchor_file()
    return path.with_name(path.name + LAST)


def note_last(position: int, hash_: str) -> None:
    """Keep the head that was just sealed beside the file; failing is no reason not to seal."""
    path = _last_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(_made(HEAD, Head(position, hash_, {}), "").line(), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        log.warning("the head of the audit log could not be kept: %s", error.strerror)


def kept_last() -> Anchor | None:
    """The head that this machine sealed last; None where there is none, or none that this site signed."""
    try:
        last = _parsed(_last_file().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return last if last is not None and last.key == public_key() else None


def read_anchors() -> Anchors:
    """The file as it stands, every line checked against its signature, the line before it and this site's key."""
    found, key, before = Anchors(), public_key(), ""
    for number, line in enumerate(_lines(), start=1):
        anchor = _parsed(line)
        if anchor is None or anchor.before != before or anchor.key != key:
            found.broken.append(number)
        else:
            found.lines.append(anchor)
        before = _line_hash(line)
    found.last = kept_last()
    return found


def _parsed(line: str) -> Anchor | None:
    try:
        raw = json.loads(line)
        anchor = Anchor(
            str(raw["kind"]), str(raw["at"]), int(raw["position"]), str(raw["hash"]),
            {log: int(raw["counts"][log]) for log in LOGS}, str(raw["before"]), str(raw["key"]), str(raw["signature"]),
        )  # fmt: skip
        datetime.fromisoformat(anchor.at)
    except (ValueError, KeyError, TypeError):
        return None
    return anchor if is_signed(anchor.signed_part(), anchor.signature, anchor.key) else None
