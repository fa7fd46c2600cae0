"""Devices at the door: opened by whoever keeps the list, found by the end of their address, ended by time or by hand.

The address is the only key. It reaches one list, for that activity's day, and nothing else: no names but masked ones
come out of it. Everything done there is done in the name of the device. The first browser that stamps somebody is the
device; what a second one sends, where the address was passed on, waits to be verified.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Actor,
    audit,
    current_site,
    mask_name,
    normalise_text,
    subtree,
    with_phone_ending,
)

from .. import taps
from ..marks import ELSEWHERE, KIOSK, last_day
from ..models import AttendanceKiosk, AttendanceMark, AttendanceSheet
from ..queries import Row, Sheet, sheet_where

HITS = 6
AT_THE_DOOR = taps.How(KIOSK)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def start(session: Session, found: Sheet, actor: Actor) -> str:
    """Open a device; returns the end of its address, which is stored nowhere. Raises Problem not_today.

    It works until three in the night after the activity.
    """
    site = current_site()
    taps.check_day(found, site.now())
    night = last_day(found.window, site.timezone) + timedelta(days=1)
    key = secrets.token_urlsafe(24)
    kiosk = AttendanceKiosk(
        sheet_id=found.sheet.id,
        key=_hash(key),
        opened_at=site.now(),
        opened_by=actor.label,
        expires_at=datetime.combine(night, time(3), site.timezone).astimezone(UTC),
        ended_at=None,
    )
    session.add(kiosk)
    session.flush()
    audit.write(
        session, actor, "attendance.kiosk_opened", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id, after={"kiosk": kiosk.public_id},
    )  # fmt: skip
    return key


def working(session: Session, sheet: AttendanceSheet) -> Sequence[AttendanceKiosk]:
    """The devices of a list that work now."""
    return session.scalars(
        select(AttendanceKiosk).where(
            AttendanceKiosk.sheet_id == sheet.id,
            AttendanceKiosk.ended_at.is_(None),
            AttendanceKiosk.expires_at > current_site().now(),
        )
    ).all()


def end_all(session: Session, sheet: AttendanceSheet, actor: Actor) -> int:
    """End every device of a list; returns how many."""
    kiosks = [kiosk.id for kiosk in working(session, sheet)]
    if kiosks:
        session.execute(
            update(AttendanceKiosk)
            .where(AttendanceKiosk.id.in_(kiosks))
            .values(ended_at=current_site().now())
        )
        audit.write(
            session, actor, "attendance.kiosk_ended", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, count=len(kiosks),
        )  # fmt: skip
    return len(kiosks)


@dataclass(frozen=True)
class Door:
    """A device that works, with its list."""

    kiosk: AttendanceKiosk
    found: Sheet

    def actor(self, address: str) -> Actor:
        """In whose name things are done there."""
        return Actor(f"kiosk:{self.kiosk.public_id}", address=address)


def door(
    session: Session, area_id: int, key: str, *, lock: bool = False, row: int | None = None
) -> Door | None:
    """The device with this key, if it works and its list is one of the area; None for any other.

    With ``row`` the list comes with that person's lines alone, so that a long list is as quick as a short one.
    """
    kiosk = session.scalar(
        select(AttendanceKiosk).where(
            AttendanceKiosk.key == _hash(key),
            AttendanceKiosk.ended_at.is_(None),
            AttendanceKiosk.expires_at > current_site().now(),
        )
    )
    if kiosk is None:
        return None
    inside = AttendanceSheet.area_id.in_(subtree(area_id))
    only = None
    if row is not None:
        of_row = select(AttendanceMark.person_id).where(
            AttendanceMark.sheet_id == kiosk.sheet_id, AttendanceMark.row_no == row
        )
        only = session.scalars(of_row).all()
    found = sheet_where(session, AttendanceSheet.id == kiosk.sheet_id, inside, lock=lock, only=only)
    return Door(kiosk, found) if found is not None else None


@dataclass(frozen=True)
class Hit:
    """Somebody who may be meant; their name is whole only where it was typed whole."""

    row: Row
    name: str


def hits(found: Sheet, typed: str) -> list[Hit]:
    """Who is meant by a row number, the last four digits of a phone, a name or the beginning of its pinyin."""
    text = normalise_text(typed)
    if not text:
        return []
    if text.isascii() and text.isdigit():
        number = int(text) if len(text) < 4 else 0
        people = {person.id for person in with_phone_ending((r.person for r in found.rows), text)}
        rows = [
            row
            for row in found.rows
            if row.row_no == number or (len(text) in (4, 11) and row.person.id in people)
        ]
    elif len(text) < 2:
        return []
    else:
        letters = text.casefold().replace(" ", "")
        rows = [
            row
            for row in found.rows
            if row.person.name == text or any(token == letters for token in row.person.pinyin.split())
        ]
    return [Hit(row, text if row.person.name == text else mask_name(row.person.name)) for row in rows[:HITS]]


def press(
    session: Session,
    at: Door,
    row_no: int,
    act: str,
    address: str,
    how: taps.How = AT_THE_DOOR,
    browser: str = "",
) -> None:
    """Sign somebody in or out at the device; raises the Problems of ``taps.tap``.

    ``browser`` is the mark of the one that sent it; the list is locked, so that only one can be the first.
    """
    if not at.kiosk.browser:
        at.kiosk.browser = browser
    elif browser != at.kiosk.browser and how.method == KIOSK:
        how = replace(how, method=ELSEWHERE)
    taps.tap(session, at.found, row_no, act, at.actor(address), how, event="attendance.checked")
