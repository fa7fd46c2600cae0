"""Keeping a list: open it, put people on it, tap or key in their times. ``closing`` brings it into the log.

The log is the truth: a mark that stands in the log changes only after its entry was voided. Every act leaves an audit
row; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    Actor,
    Person,
    Problem,
    audit,
    canonical_ids,
    current_site,
)

from .marks import ABSENT, COMPLETE, INSIDE, MAX_PAIRS, instants, state_of, times_to_record
from .models import AttendanceMark, AttendanceSheet
from .queries import Pair, Row, Sheet, rows_of

MAX_PEOPLE = 500
IN, OUT, TICK, CLEAR = "in", "out", "present", "clear"

RECORDED = N_("This stands in the log already. Void the entry there to change it.")
NO_ROW = N_("There is no row %(row)s on this list. Write the name of whoever signed there.")


def open_sheet(session: Session, activity: Activity, actor: Actor) -> AttendanceSheet:
    """The list of an activity, opened if there is none yet."""
    found = session.scalar(select(AttendanceSheet).where(AttendanceSheet.activity_id == activity.id))
    if found is not None:
        return found
    sheet = AttendanceSheet(
        activity_id=activity.id,
        area_id=activity.area_id,
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
    return sheet


def add_people(
    session: Session, sheet: AttendanceSheet, people: Sequence[Person], actor: Actor, *, walk_in: bool = False
) -> list[AttendanceMark]:
    """Put people on the list, each once; returns the marks that are new. Raises Problem list_full."""
    there = set(session.scalars(select(AttendanceMark.person_id).where(AttendanceMark.sheet_id == sheet.id)))
    kept = canonical_ids(session, there | {person.id for person in people})
    known = {kept[person_id] for person_id in there}
    fresh = [person for person in people if kept[person.id] not in known]
    check_room(len(there) + len(fresh))
    marks = []
    next_row = _next_row(session, sheet)
    for number, person in enumerate(fresh):
        mark = _mark(sheet, next_row + number, person.id, 1, actor)
        mark.walk_in = walk_in
        marks.append(mark)
    session.add_all(marks)
    session.flush()
    if marks:
        audit.write(
            session, actor, "attendance.added", "attendance_sheet", sheet.public_id, area_id=sheet.area_id,
            count=len(marks),
        )  # fmt: skip
    return marks


def check_room(people: int) -> None:
    """Raise Problem list_full for more people than a list holds."""
    if people > MAX_PEOPLE:
        raise Problem(
            "list_full", N_("A list holds at most %(most)s people."), field="names", most=MAX_PEOPLE
        )


def _next_row(session: Session, sheet: AttendanceSheet) -> int:
    last = select(func.max(AttendanceMark.row_no)).where(AttendanceMark.sheet_id == sheet.id)
    return (session.scalar(last) or 0) + 1


def _mark(sheet: AttendanceSheet, row_no: int, person_id: int, pair: int, actor: Actor) -> AttendanceMark:
    return AttendanceMark(
        sheet_id=sheet.id,
        row_no=row_no,
        pair=pair,
        person_id=person_id,
        in_at=None,
        out_at=None,
        present=False,
        walk_in=False,
        method="",
        entry_id=None,
        changed_at=current_site().now(),
        changed_by=actor.label,
    )


def tap(session: Session, found: Sheet, row_no: int, act: str, actor: Actor) -> None:
    """One tap on a row: ``act`` is in, out, present or clear, by the server's clock. Tapping twice changes nothing.

    Raises Problem no_row, recorded_already, not_today, too_many_pairs, out_before_in, has_times.
    """
    row = row_of(found, row_no)
    now = current_site().now()
    if act in (IN, OUT):
        _check_day(found, now)
    pair = row.last
    if act == IN:
        pair = _pair_to_enter(session, found, row, actor)
        if pair.mark.in_at is None:
            if pair.mark.out_at is not None and pair.mark.out_at <= now:
                raise Problem(
                    "has_times", N_("A sign-out is there already. Take it back, or set both times.")
                )
            stamp(pair, actor, in_at=now, out_at=pair.mark.out_at, method="tap")
    elif act == OUT:
        if pair.mark.out_at is not None:
            return
        _changeable(pair)
        if pair.mark.in_at is not None and now <= pair.mark.in_at:
            raise Problem("out_before_in", N_("The sign-out must be after the sign-in."))
        stamp(pair, actor, in_at=pair.mark.in_at, out_at=now, method="tap")
    elif act == TICK:
        _changeable(pair)
        if pair.mark.in_at is not None or pair.mark.out_at is not None:
            raise Problem(
                "has_times", N_("There are times already; a tick stands for the whole planned time.")
            )
        stamp(pair, actor, present=not pair.mark.present, method="tap")
    else:
        _clear(session, pair, actor)
    session.flush()
    _note(session, "attendance.marked", found.sheet, actor, {"row": row_no, "act": act})


def _note(
    session: Session, event: str, sheet: AttendanceSheet, actor: Actor, after: dict[str, object]
) -> None:
    if event == "attendance.keyed":
        audit.write(
            session,
            actor,
            "attendance.keyed",
            "attendance_sheet",
            sheet.public_id,
            area_id=sheet.area_id,
            after=after,
        )
    else:
        audit.write(
            session,
            actor,
            "attendance.marked",
            "attendance_sheet",
            sheet.public_id,
            area_id=sheet.area_id,
            after=after,
        )


def row_of(found: Sheet, row_no: int) -> Row:
    """The line with this number; raises Problem no_row."""
    row = found.row(row_no)
    if row is None:
        raise Problem("no_row", NO_ROW, field="row", row=row_no)
    return row


def _check_day(found: Sheet, now: datetime) -> None:
    """Stamps are of the activity's own day, or of the night it runs into."""
    today = current_site().local(now).date()
    ends_at = found.activity.ends_at
    last = current_site().local(ends_at).date() if ends_at is not None else found.activity.local_date
    if not found.activity.local_date <= today <= last:
        raise Problem(
            "not_today",
            N_("This activity is on %(day)s, not today. Key the times in from the paper instead."),
            day=found.activity.local_date,
        )


def _changeable(pair: Pair) -> None:
    if pair.recorded:
        raise Problem("recorded_already", RECORDED)


def _pair_to_enter(session: Session, found: Sheet, row: Row, actor: Actor) -> Pair:
    """The pair that a sign-in belongs to: the last one, or a new one for somebody who left and came back."""
    last = row.last
    if not last.recorded and state_of(last.mark.in_at, last.mark.out_at, False) != COMPLETE:
        return last
    if last.state == INSIDE:
        _changeable(last)
    return _new_pair(session, found.sheet, row, row.row_no, actor)


def _new_pair(session: Session, sheet: AttendanceSheet, row: Row, row_no: int, actor: Actor) -> Pair:
    if len(row.pairs) >= MAX_PAIRS:
        raise Problem("too_many_pairs", N_("At most three pairs of times for each person."), field="row")
    mark = _mark(sheet, row_no, row.person.id, row.last.mark.pair + 1, actor)
    session.add(mark)
    session.flush()
    return Pair(mark, "", "", False)


def stamp(
    pair: Pair,
    actor: Actor,
    *,
    method: str,
    in_at: datetime | None = None,
    out_at: datetime | None = None,
    present: bool = False,
) -> None:
    """Give a pair these times; what was recorded of it before no longer counts."""
    mark = pair.mark
    mark.in_at, mark.out_at, mark.present = in_at, out_at, present
    mark.method, mark.entry_id = method, None
    mark.changed_at, mark.changed_by = current_site().now(), actor.label


def _clear(session: Session, pair: Pair, actor: Actor) -> None:
    _changeable(pair)
    if pair.mark.pair > 1:
        session.delete(pair.mark)
        return
    stamp(pair, actor, method="")


def sign_out_everybody(session: Session, found: Sheet, actor: Actor) -> int:
    """Sign out everybody who is still inside, now; returns how many. Raises Problem not_today."""
    now = current_site().now()
    _check_day(found, now)
    inside = [
        pair
        for row in found.rows
        for pair in row.pairs
        if pair.state == INSIDE and not pair.recorded and (pair.mark.in_at or now) < now
    ]
    for pair in inside:
        stamp(pair, actor, in_at=pair.mark.in_at, out_at=now, method="tap")
    session.flush()
    if inside:
        _note(session, "attendance.marked", found.sheet, actor, {"out": [p.mark.row_no for p in inside]})
    return len(inside)


def tick_everybody(session: Session, found: Sheet, actor: Actor) -> int:
    """Tick everybody who has neither times nor a tick for the whole planned time; returns how many."""
    times_to_record(None, None, True, found.window)
    absent = [row.last for row in found.rows if row.last.state == ABSENT and not row.last.recorded]
    for pair in absent:
        stamp(pair, actor, present=True, method="tap")
    session.flush()
    if absent:
        _note(session, "attendance.marked", found.sheet, actor, {"ticked": [p.mark.row_no for p in absent]})
    return len(absent)


def set_times(
    session: Session,
    found: Sheet,
    row_no: int,
    start: time | None,
    end: time | None,
    actor: Actor,
    *,
    method: str,
) -> None:
    """Times of the last pair of a row as somebody says them, both blank for "there the whole planned time".

    Raises Problem no_row, recorded_already, out_before_in, no_plan, in_the_future.
    """
    row = row_of(found, row_no)
    pair = next((p for p in row.pairs if p.mark.row_no == row_no and not p.recorded), row.last)
    _changeable(pair)
    came, left = instants(found.window, start, end, current_site().timezone)
    now = current_site().now()
    for instant, field in ((came, "in"), (left, "out")):
        if instant is not None and instant > now:
            raise Problem(
                "in_the_future", N_("This lies in the future; record it when it has happened."), field=field
            )
    if came is None and left is None:
        times_to_record(None, None, True, found.window)
    stamp(pair, actor, in_at=came, out_at=left, present=came is None and left is None, method=method)
    session.flush()
    event = "attendance.keyed" if method == "paper" else "attendance.marked"
    _note(session, event, found.sheet, actor, {"row": row_no, "in": came, "out": left})


def put_on_row(session: Session, found: Sheet, row_no: int, person: Person, actor: Actor) -> None:
    """Somebody signed on an empty row of the paper: they get that number, or one more pair if they are on the list.

    Raises Problem row_taken, too_many_pairs.
    """
    row = found.row(row_no)
    if row is not None:
        if row.person.id != person.id:
            raise Problem(
                "row_taken",
                N_("Row %(row)s is %(name)s. Leave the name empty, or take the next free row."),
                field="row",
                row=row_no,
                name=row.person.name,
            )
        return
    own = next((r for r in found.rows if r.person.id == person.id), None)
    if own is not None:
        _new_pair(session, found.sheet, own, row_no, actor)
        return
    mark = _mark(found.sheet, row_no, person.id, 1, actor)
    mark.walk_in = True
    session.add(mark)
    session.flush()


def reload(session: Session, found: Sheet) -> Sheet:
    """The same list with its rows as they are now."""
    return Sheet(found.sheet, found.activity, found.kind, found.area, rows_of(session, found.sheet.id))


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
    _note(session, "attendance.marked", found.sheet, actor, {"removed": sorted(rows)})
    return len(gone)
