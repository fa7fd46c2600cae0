"""Lists themselves: open one, put people on it and take them off. ``taps`` has their times, ``closing`` the log.

Whoever may not take part is not put on a list: plugins are asked (``refused_people``). Every act leaves an audit row;
nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    Actor,
    ExpectedPerson,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
    new_public_id,
    refused_people,
    who_is_expected,
)

from .marks import ABSENT
from .models import AttendanceMark, AttendanceSheet
from .queries import Sheet, rows_of

MAX_PEOPLE = 500


@dataclass(frozen=True)
class Added:
    """What became of people who were to be put on a list: new marks, and who may not take part, and why."""

    marks: Sequence[AttendanceMark]
    refused: Mapping[int, Problem]

    def __len__(self) -> int:
        """How many are new."""
        return len(self.marks)


def open_sheet(session: Session, activity: Activity, actor: Actor) -> AttendanceSheet:
    """The list of an activity, opened with whoever is expected if there is none yet."""
    found = session.scalar(select(AttendanceSheet).where(AttendanceSheet.activity_id == activity.id))
    if found is not None:
        return found
    sheet = AttendanceSheet(
        activity_id=activity.id,
        area_id=activity.area_id,
        salt=new_public_id(),
        opened_at=current_site().now(),
        opened_by=actor.label,
        closed_at=None,
        closed_by="",
    )
    session.add(sheet)
    session.flush()
    audit.write(
        session, actor, "attendance.opened", "attendance_sheet", sheet.public_id, area_id=sheet.area_id
    )
    add_expected(session, sheet, actor)
    return sheet


def expected_missing(session: Session, sheet: AttendanceSheet) -> Mapping[int, ExpectedPerson]:
    """Who is expected and not on the list yet, by kept id; the first word about somebody counts."""
    expected = who_is_expected(session, sheet.activity_id)
    if not expected:
        return {}
    there = set(session.scalars(select(AttendanceMark.person_id).where(AttendanceMark.sheet_id == sheet.id)))
    kept = canonical_ids(session, there | {one.person_id for one in expected})
    known = {kept[person_id] for person_id in there}
    found: dict[int, ExpectedPerson] = {}
    for one in expected:
        if kept[one.person_id] not in known:
            found.setdefault(kept[one.person_id], one)
    return found


def add_expected(session: Session, sheet: AttendanceSheet, actor: Actor) -> Added:
    """Put everybody on the list whom some plugin expects, with their part and their own hours."""
    expected = expected_missing(session, sheet)
    if not expected:
        return Added((), {})
    order = {person_id: place for place, person_id in enumerate(expected)}
    people = sorted(
        session.scalars(select(Person).where(Person.id.in_(expected))), key=lambda person: order[person.id]
    )
    added = add_people(session, sheet, people, actor)
    for mark in added.marks:
        one = expected[mark.person_id]
        mark.role, mark.due_from, mark.due_to = one.role[:40], one.starts_at, one.ends_at
    session.flush()
    return added


def add_people(
    session: Session, sheet: AttendanceSheet, people: Sequence[Person], actor: Actor, *, walk_in: bool = False
) -> Added:
    """Put people on the list, each once, but for those who may not take part. Raises Problem list_full."""
    there = set(session.scalars(select(AttendanceMark.person_id).where(AttendanceMark.sheet_id == sheet.id)))
    kept = canonical_ids(session, there | {person.id for person in people})
    known = {kept[person_id] for person_id in there}
    fresh = [person for person in people if kept[person.id] not in known]
    check_room(len(there) + len(fresh))
    activity = session.get_one(Activity, sheet.activity_id)
    starts_at = activity.starts_at or current_site().now()
    refused = refused_people(session, activity.id, [person.id for person in fresh], starts_at)
    marks = []
    next_row = _next_row(session, sheet)
    for number, person in enumerate(person for person in fresh if person.id not in refused):
        mark = new_mark(sheet, next_row + number, person.id, 1, actor)
        mark.walk_in = walk_in
        marks.append(mark)
    session.add_all(marks)
    session.flush()
    if marks:
        audit.write(
            session, actor, "attendance.added", "attendance_sheet", sheet.public_id, area_id=sheet.area_id,
            count=len(marks),
        )  # fmt: skip
    return Added(marks, refused)


def check_room(people: int) -> None:
    """Raise Problem list_full for more people than a list holds."""
    if people > MAX_PEOPLE:
        raise Problem(
            "list_full", N_("A list holds at most %(most)s people."), field="names", most=MAX_PEOPLE
        )


def _next_row(session: Session, sheet: AttendanceSheet) -> int:
    last = select(func.max(AttendanceMark.row_no)).where(AttendanceMark.sheet_id == sheet.id)
    return (session.scalar(last) or 0) + 1


def new_mark(sheet: AttendanceSheet, row_no: int, person_id: int, pair: int, actor: Actor) -> AttendanceMark:
    """A mark that says nothing yet."""
    return AttendanceMark(
        sheet_id=sheet.id,
        row_no=row_no,
        pair=pair,
        person_id=person_id,
        in_at=None,
        out_at=None,
        present=False,
        walk_in=False,
        verify=False,
        late=False,
        method="",
        entry_id=None,
        changed_at=current_site().now(),
        changed_by=actor.label,
    )


def reload(session: Session, found: Sheet, only: Collection[int] | None = None) -> Sheet:
    """The same list with its rows as they are now."""
    return Sheet(found.sheet, found.activity, found.kind, found.area, rows_of(session, found.sheet.id, only))


def remove_people(session: Session, found: Sheet, rows: Collection[int], actor: Actor) -> int:
    """Take people off the list who were put there by mistake; refuses those with times. Raises Problem has_times."""
    gone = [row for row in found.rows if row.row_no in rows]
    for row in gone:
        if any(pair.recorded or pair.state != ABSENT for pair in row.pairs):
            raise Problem(
                "has_times",
                N_("%(name)s has times on this list. Take these back first."),
                name=row.person.name,
            )
        for pair in row.pairs:
            session.delete(pair.mark)
    session.flush()
    audit.write(
        session, actor, "attendance.marked", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id, after={"removed": sorted(rows)},
    )  # fmt: skip
    return len(gone)


def renew_codes(session: Session, found: Sheet, actor: Actor) -> None:
    """Make every code of this list worthless that was shown, printed or photographed, and end what it opened."""
    found.sheet.salt = new_public_id()
    session.flush()
    audit.write(
        session, actor, "attendance.codes_renewed", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id,
    )  # fmt: skip
