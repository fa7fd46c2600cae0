"""What is sent about attendance lists by keepers, to the devices at the door, and by programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from pointsys.core.activity_log.models import Activity
from pointsys.core.people.models import Person
from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.attendance.models import (
    AttendanceKeeper,
    AttendanceKiosk,
    AttendanceMark,
    AttendanceSheet,
)
from tests.security.act import Act, Before, Things
from tests.security.conftest import NOW, Populated

_STAMP = {"said": str(int(NOW.timestamp() * 1000)), "sent": str(int(NOW.timestamp() * 1000))}


def _list(session: Any, populated: Populated, act: Act) -> AttendanceSheet:
    public_id = populated.realm.things[act.place]["sheet"]
    found: AttendanceSheet = session.scalars(
        select(AttendanceSheet).where(AttendanceSheet.public_id == public_id)
    ).one()
    return found


def today(populated: Populated, act: Act) -> Things:
    """The list's activity is today, the whole day long."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        sheet = _list(session, populated, act)
        activity = session.get_one(Activity, sheet.activity_id)
        activity.local_date = NOW.date()
        activity.starts_at = activity.ends_at = None
    return {}


def inside(populated: Populated, act: Act) -> Things:
    """The same, and the first on it signed in before."""
    today(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        sheet = _list(session, populated, act)
        session.execute(
            update(AttendanceMark)
            .where(AttendanceMark.sheet_id == sheet.id)
            .values(in_at=NOW.replace(hour=0, minute=5), method="tap")
        )
    return {}


def door(populated: Populated, act: Act) -> Things:
    """A device at the door works."""
    today(populated, act)
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        sheet = _list(session, populated, act)
        session.add(
            AttendanceKiosk(
                sheet_id=sheet.id, key=b"k" * 32, opened_at=NOW, opened_by="worker",
                expires_at=NOW + timedelta(hours=9),
            )
        )  # fmt: skip
    return {}


def kept(before: Before = today) -> Before:
    """The member keeps the list of their place."""

    def prepare(populated: Populated, act: Act) -> Things:
        made = before(populated, act)
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            sheet = _list(session, populated, act)
            person = int(populated.realm.things["grid1"]["person_id"])
            session.add(
                AttendanceKeeper(sheet_id=sheet.id, person_id=person, named_at=NOW, named_by="worker")
            )
            made["person_name"] = session.get_one(Person, person).name
            # Nobody notes their own times: the list is of somebody else.
            other = int(populated.realm.things["happy"]["person_id"])
            session.execute(
                update(AttendanceMark).where(AttendanceMark.sheet_id == sheet.id).values(person_id=other)
            )
        return made

    return prepare


_KEEPER: dict[str, Any] = {"role": "member", "place": "grid1", "before": kept()}
_INSIDE: dict[str, Any] = {"role": "member", "place": "grid1", "before": kept(inside)}
_DOOR: dict[str, Any] = {"role": "member", "place": "grid1", "before": kept(door)}
_LATER: dict[str, Any] = {"row": "1", "act": "in", "idempotency_key": "0123456789abcdef", **_STAMP}

ACTS = (
    Act("attendance.supply", "attendance.settled", {"row": "1", "out": "9:30"}, before=inside),
    Act("attendance.queued", "attendance.marked", _LATER, before=today),
    Act("attendance.renew", "attendance.codes_renewed"),
    Act("attendance.kiosk", "attendance.kiosk_opened", before=today),
    Act("attendance.kiosk_end", "attendance.kiosk_ended", before=door),
    Act("attendance.keep", "attendance.keepers_named", {"person": ["{grid1.person}"]}),
    Act("attendance_own.mark", "attendance.marked", {"row": "1", "act": "in"}, **_KEEPER),
    Act("attendance_own.add", "attendance.added", {"names": "{person_name}"}, own=("names",), **_KEEPER),
    Act("attendance_own.everybody", "attendance.marked", {"act": "out"}, **_INSIDE),
    Act("attendance_own.remove", "attendance.marked", {"row": "1"}, **_KEEPER),
    Act("attendance_own.supply", "attendance.settled", {"row": "1", "out": "9:30"}, **_INSIDE),
    Act("attendance_own.queued", "attendance.marked", _LATER, **_KEEPER),
    Act("attendance_own.renew", "attendance.codes_renewed", **_KEEPER),
    Act("attendance_own.kiosk", "attendance.kiosk_opened", **_KEEPER),
    Act("attendance_own.kiosk_end", "attendance.kiosk_ended", **_DOOR),
    Act("attendance_rest.open_list", "attendance.opened", {"activity": "{activity}"}),
    Act("attendance_rest.add", "attendance.added", {"people": ["{grid1.person}"]}),
    Act("attendance_rest.stamp", "attendance.marked", {"person": "{person}", "act": "in"}, before=today),
    Act("attendance_rest.close", "attendance.closed"),
)  # fmt: skip
