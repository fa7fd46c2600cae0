"""Checking oneself in and out: for whoever scanned or typed a code, and for the device at the door.

Only the person's own rows are read, so that a long list is as quick as a short one. Pressing twice changes nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Person, current_site, groups

from .. import services, taps
from ..marks import ABSENT, COMPLETE, INSIDE, NO_START
from ..models import AttendanceSheet
from ..queries import Pair, Sheet, sheet_where
from ..taps import How
from .codes import Listed, key_of


def listed(sheet: AttendanceSheet) -> Listed:
    """What the codes of a list are made from."""
    return Listed(key_of(current_site().keyring.latest().secret_key), sheet.public_id, sheet.salt)


def device_mark(device: str) -> str:
    """What is kept of a browser's random id: the same for the same browser, and of no use anywhere else."""
    key = key_of(current_site().keyring.latest().secret_key)
    return hmac.digest(key, f"device:{device}".encode("utf-8", "surrogatepass"), sha256).hex()[:16]


@dataclass(frozen=True)
class Standing:
    """How somebody stands on a list: ``state`` of their last pair, and that pair if they are on it."""

    found: Sheet
    state: str
    pair: Pair | None = None

    @property
    def next_act(self) -> str:
        """What they most likely come for."""
        return taps.OUT if self.state == INSIDE else taps.IN


def own_ids(session: Session, person: Person) -> Collection[int]:
    """All row ids of a human being."""
    return next(iter(groups(session, [person.id]).values()), [person.id])


def standing(
    session: Session, person: Person, *conditions: ColumnElement[bool], lock: bool = False
) -> Standing | None:
    """How a person stands on the one list that fits, None if there is none."""
    found = sheet_where(session, *conditions, lock=lock, only=own_ids(session, person))
    if found is None:
        return None
    if not found.rows:
        return Standing(found, ABSENT)
    pair = found.rows[0].last
    return Standing(found, pair.state, pair)


def check(session: Session, at: Standing, person: Person, act: str, actor: Actor, how: How) -> Standing:
    """Sign a person in or out; ``at`` was read under the list's lock. Raises the Problems of ``taps.tap``.

    Somebody who is not on the list comes unannounced and is put on it.
    """
    found = at.found
    taps.check_day(found, how.at or current_site().now())
    # Pressed again, on this phone or on another one: what stands, stands.
    if at.pair is not None and not at.pair.recorded and _is_done(at, act):
        return at
    if not found.rows:
        added = services.add_people(session, found.sheet, [person], actor, walk_in=True)
        for problem in added.refused.values():
            raise problem
        found = services.reload(session, found, own_ids(session, person))
    row = found.rows[0]
    taps.tap(session, found, row.row_no, act, actor, how, event="attendance.checked")
    pair = services.reload(session, found, own_ids(session, person)).rows[0].last
    return Standing(found, pair.state, pair)


def _is_done(at: Standing, act: str) -> bool:
    return at.state == INSIDE if act == taps.IN else at.state in (COMPLETE, NO_START)
