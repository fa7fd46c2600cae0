"""Stamps that were forgotten: from some hours after the planned end they are somebody's to look at, with 0 minutes.

The job finds and marks them; a page lists them by area, and keepers see those of their own lists. They count nothing
until somebody else says when the person came or left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    VOIDED,
    Activity,
    Actor,
    Area,
    Entry,
    Person,
    audit,
    current_site,
    get_setting_by_area,
    name_condition,
    subtree,
    unit_of_work,
)

from .marks import REVIEW_HOURS, review_from
from .models import AttendanceMark, AttendanceSheet
from .queries import window_of

HOURS = "attendance.review_hours"
# The job looks no further back, so that it never grows; what it found earlier stays marked.
BACK = timedelta(days=31)
BY_ITSELF = Actor("system", unrestricted=True)

_MARK = AttendanceMark
_HALF = or_(
    and_(_MARK.in_at.is_not(None), _MARK.out_at.is_(None)),
    and_(_MARK.in_at.is_(None), _MARK.out_at.is_not(None)),
)
# Nothing of it stands in the log, or an entry without an end does.
_OPEN = or_(
    Entry.id.is_(None),
    Entry.status == VOIDED,
    and_(Entry.starts_at.is_not(None), Entry.ends_at.is_(None)),
)


@dataclass(frozen=True)
class Forgotten:
    """A pair with one stamp missing; ``recorded`` where an entry without an end stands in the log."""

    sheet: str
    activity: Activity
    area: Area
    person: Person
    mark: AttendanceMark
    recorded: bool


def _due() -> ColumnElement[bool]:
    """What is old enough: marked by the job, recorded without an end, or due by the usual number of hours."""
    site = current_site()
    return or_(
        _MARK.review_at.is_not(None),
        Entry.status.is_not(None),
        Activity.ends_at <= site.now() - timedelta(hours=REVIEW_HOURS),
        and_(Activity.ends_at.is_(None), Activity.local_date < site.today()),
    )


def below(area_id: int) -> ColumnElement[bool]:
    """Lists of an area and below."""
    return AttendanceSheet.area_id.in_(subtree(area_id))


def on_lists(sheets: Collection[int]) -> ColumnElement[bool]:
    """Some lists."""
    return AttendanceSheet.id.in_(sheets)


def forgotten(
    session: Session, where: ColumnElement[bool], *, query: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[Forgotten], int]:
    """Pairs with a stamp missing, the latest activity first, and how many there are; two statements."""
    conditions = [where, _HALF, _OPEN, _due()]
    if query:
        conditions.append(or_(name_condition(query), Activity.title.contains(query, autoescape=True)))
    base = (
        select(AttendanceSheet.public_id, Activity, Area, Person, _MARK, Entry.status)
        .select_from(_MARK)
        .join(AttendanceSheet, AttendanceSheet.id == _MARK.sheet_id)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .join(Area, Area.id == AttendanceSheet.area_id)
        .join(Person, Person.id == _MARK.person_id)
        .outerjoin(Entry, Entry.id == _MARK.entry_id)
        .where(*conditions)
    )
    total = session.scalar(base.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    rows = session.execute(
        base.order_by(Activity.local_date.desc(), Activity.id.desc(), _MARK.row_no, _MARK.pair)
        .limit(limit)
        .offset(offset)
    )
    return [
        Forgotten(sheet, activity, area, person, mark, status not in (None, VOIDED))
        for sheet, activity, area, person, mark, status in rows
    ], total


def counting(where: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many pairs with a stamp missing, as a part of a statement."""
    return (
        select(func.count())
        .select_from(_MARK)
        .join(AttendanceSheet, AttendanceSheet.id == _MARK.sheet_id)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .outerjoin(Entry, Entry.id == _MARK.entry_id)
        .where(where, _HALF, _OPEN, _due())
        .scalar_subquery()
    )


def find_forgotten(now: datetime) -> int:
    """Mark what has become due by ``now``, by the hours of each list's area; returns how many pairs."""
    with unit_of_work(drain=False) as session:
        return mark_due(session, now)


def mark_due(session: Session, now: datetime) -> int:
    """The same in the caller's transaction; one audit row for each list."""
    query = (
        select(_MARK, AttendanceSheet, Activity)
        .join(AttendanceSheet, AttendanceSheet.id == _MARK.sheet_id)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .where(
            _HALF,
            _MARK.review_at.is_(None),
            _MARK.entry_id.is_(None),
            Activity.local_date >= (now - BACK).date(),
        )
        .order_by(AttendanceSheet.id, _MARK.id)
    )
    found = [(mark, sheet, activity) for mark, sheet, activity in session.execute(query)]
    hours = get_setting_by_area(session, {sheet.area_id for _mark, sheet, _activity in found}, HOURS)
    zone = current_site().timezone
    due: dict[int, tuple[AttendanceSheet, int]] = {}
    for mark, sheet, activity in found:
        own = hours.get(sheet.area_id)
        after = own if type(own) is int else REVIEW_HOURS
        if review_from(window_of(activity), zone, after) <= now:
            mark.review_at = now
            due[sheet.id] = (sheet, due.get(sheet.id, (sheet, 0))[1] + 1)
    session.flush()
    for sheet, pairs in due.values():
        audit.write(
            session, BY_ITSELF, "attendance.review_due", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, count=pairs,
        )  # fmt: skip
    return sum(pairs for _sheet, pairs in due.values())
