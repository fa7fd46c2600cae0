"""Who was erased or frozen, kept in a table and in a file beside the database, which a restore does not replace.

A backup from before an erasure brings the person back; ``carry_out`` closes them again. The file says nothing but
outside ids and what was done, so that it can be kept, and copied elsewhere, for as long as any backup is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.people.models import Person
from pointsys.core.privacy.models import Erasure
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import after_commit

FILE_NAME = "erasures.jsonl"
# Instant, outside id, act, why.
Line = tuple[str, str, str, str]


def path() -> Path:
    """The file of the list."""
    return current_site().home / FILE_NAME


def note(session: Session, people: Iterable[Person], act: str, why: str, actor: Actor) -> None:
    """Add a line for each row of a person; the file follows the table after the commit.

    Each row has its own: in an older backup they may not be known as one person yet.
    """
    now = current_site().now()
    lines = [(now.isoformat(), row.public_id, act, why) for row in people]
    _store(session, lines, actor)
    after_commit(session, lambda: _append(lines))


def _store(session: Session, lines: Iterable[Line], actor: Actor) -> None:
    for at, public_id, act, why in lines:
        row = Erasure(public_id=public_id, act=act, why=why, at=datetime.fromisoformat(at), by=actor.label)
        session.add(row)
    session.flush()


def _append(lines: Iterable[Line]) -> None:
    handle = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as stream:
        for at, public_id, act, why in lines:
            stream.write(json.dumps({"at": at, "person": public_id, "act": act, "why": why}) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _in_file() -> list[Line]:
    try:
        text = path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    found = []
    for line in text.splitlines():
        try:
            said = json.loads(line)
            datetime.fromisoformat(said["at"])
            found.append((said["at"], said["person"], said["act"], said["why"]))
        except (ValueError, KeyError, TypeError):
            # A line that was cut off by a crash stands in the table.
            continue
    return found


def whole(session: Session) -> list[Line]:
    """All lines of table and file, each once, in the order of their time."""
    return sorted({*_stored(session), *_in_file()})


def _stored(session: Session) -> set[Line]:
    rows = session.scalars(select(Erasure))
    return {(row.at.isoformat(), row.public_id, row.act, row.why) for row in rows}


def differs(session: Session) -> bool:
    """Whether table and file do not hold the same lines."""
    return _stored(session) != set(_in_file())


def complete(session: Session, actor: Actor) -> None:
    """Write into the table what only the file knows, and into the file what only the table knows."""
    filed, stored = set(_in_file()), _stored(session)
    _store(session, sorted(filed - stored), actor)
    missing = sorted(stored - filed)
    if missing:
        after_commit(session, lambda: _append(missing))


def not_carried_out(session: Session) -> list[tuple[Person, str, str]]:
    """People whose last line says otherwise than their row: (person, act, why)."""
    last: dict[str, tuple[str, str]] = {}
    for _at, public_id, act, why in whole(session):
        # Nothing follows an erasure.
        if last.get(public_id, ("", ""))[0] != "erased":
            last[public_id] = (act, why)
    wanted = {"erased": "erased", "frozen": "frozen", "freed": ""}
    people: list[Person] = []
    for start in range(0, len(last), 5_000):
        part = list(last)[start : start + 5_000]
        people += session.scalars(select(Person).where(Person.public_id.in_(part)).order_by(Person.id)).all()
    return [(p, *last[p.public_id]) for p in people if wanted.get(last[p.public_id][0], p.closed) != p.closed]
