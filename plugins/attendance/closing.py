"""From a list to the log: recording what is on it, and supplying sign-outs that were forgotten."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    VOIDED,
    Activity,
    Actor,
    Area,
    ByHand,
    EntryDraft,
    Problem,
    audit,
    current_site,
    decide,
    record_by_hand,
)

from .marks import INSIDE, SET, SOURCE_LATE, SOURCE_SET, Window, instants, times_to_record
from .models import AttendanceMark
from .queries import Pair, Sheet
from .saying import after_the_plan
from .taps import check_not_own, row_of


def close(session: Session, found: Sheet, actor: Actor) -> ByHand | None:
    """Record every pair that is not in the log yet, by the four-eyes rule of all recording; None if there is none.

    One entry for each in/out pair, the planned time for people only ticked, no end for a missing sign-out. Pairs
    without a sign-in, and those that nobody has verified yet, stay on the list. Raises Problem no_plan and those of
    ``record``.
    """
    due: list[tuple[Pair, EntryDraft]] = []
    for row in found.rows:
        for pair in row.pairs:
            mark = pair.mark
            times = times_to_record(mark.in_at, mark.out_at, mark.present, window_of(found, pair))
            if pair.recorded or pair.doubtful or times is None:
                continue
            due.append((pair, draft_of(found.activity, row.person.id, times, mark)))
    done = None
    if due:
        area = session.get_one(Area, found.sheet.area_id)
        # A pair without an end cannot have been timed as a whole.
        sources = [pair.source for pair, _draft in due]
        done = record_by_hand(session, area, [draft for _pair, draft in due], actor, sources)
        for (pair, _draft), result in zip(due, done.results, strict=True):
            pair.mark.entry_id = result.entry_id
    found.sheet.closed_at, found.sheet.closed_by = current_site().now(), actor.label
    session.flush()
    audit.write(
        session, actor, "attendance.closed", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id, count=max(1, len(due)),
        before={"closed_at": None}, after={"closed_at": found.sheet.closed_at},
    )  # fmt: skip
    return done


def window_of(found: Sheet, pair: Pair) -> Window:
    """The planned time that a tick stands for: the person's own part of it, or all of it."""
    mark = pair.mark
    if mark.due_from is not None and mark.due_to is not None:
        return Window(found.window.day, mark.due_from, mark.due_to)
    return found.window


def draft_of(
    activity: Activity, person_id: int, times: tuple[datetime, datetime | None], mark: AttendanceMark
) -> EntryDraft:
    """One person's part in the activity."""
    return EntryDraft(
        person_id,
        activity.kind_id,
        activity.title,
        activity.local_date,
        starts_at=times[0],
        ends_at=times[1],
        role=mark.role,
        source_ref=f"row {mark.row_no}",
        note=mark.reason,
        activity_id=activity.id,
        open_end=times[1] is None,
    )


def settle(session: Session, found: Sheet, row_no: int, end: time, reason: str, actor: Actor) -> ByHand:
    """Supply the sign-out of an entry without an end: that entry is voided, one with the end takes its place.

    ``reason`` is kept with the void. Never later than planned. Raises Problem no_row, nothing_to_settle,
    out_before_in, after_the_plan, in_the_future and those of ``record`` and ``decide``.
    """
    row = row_of(found, row_no)
    check_not_own(session, row, actor)
    pair = next((p for p in row.pairs if p.recorded and p.open_end), None)
    if pair is None or pair.mark.in_at is None or pair.mark.entry_id is None:
        raise Problem("nothing_to_settle", N_("No sign-out is missing in this row."))
    left = supplied_end(found, pair, end)
    decide(session, [pair.mark.entry_id], VOIDED, reason, actor)
    area = session.get_one(Area, found.sheet.area_id)
    draft = draft_of(found.activity, row.person.id, (pair.mark.in_at, left), pair.mark)
    source = SOURCE_LATE if pair.mark.late else SOURCE_SET
    done = record_by_hand(session, area, [draft], actor, source)
    _supply(pair, left, reason, actor)
    pair.mark.entry_id = done.results[0].entry_id
    session.flush()
    _note(session, found, row_no, left, actor)
    return done


def supply_end(session: Session, found: Sheet, row_no: int, end: time, reason: str, actor: Actor) -> None:
    """Supply a sign-out that was forgotten on a list that is not recorded yet; raises the Problems of ``settle``."""
    row = row_of(found, row_no)
    check_not_own(session, row, actor)
    pair = next((p for p in row.pairs if p.state == INSIDE and not p.recorded), None)
    if pair is None:
        raise Problem("nothing_to_settle", N_("No sign-out is missing in this row."))
    left = supplied_end(found, pair, end)
    _supply(pair, left, reason, actor)
    pair.mark.entry_id = None
    session.flush()
    _note(session, found, row_no, left, actor)


def supplied_end(found: Sheet, pair: Pair, end: time) -> datetime:
    """The instant of a sign-out that somebody says: after the sign-in, past, and at most the planned end."""
    site = current_site()
    assert pair.mark.in_at is not None
    start = site.local(pair.mark.in_at).time()
    _came, left = instants(found.window, start, end, site.timezone)
    planned = found.activity.ends_at
    if left is None or (planned is not None and left > planned):
        raise after_the_plan(planned)
    if left > site.now():
        raise Problem(
            "in_the_future", N_("This lies in the future; record it when it has happened."), field="out"
        )
    return left


def _supply(pair: Pair, left: datetime, reason: str, actor: Actor) -> None:
    mark = pair.mark
    mark.out_at, mark.out_method, mark.review_at = left, SET, None
    mark.reason = reason.strip()[:200]
    mark.changed_at, mark.changed_by = current_site().now(), actor.label


def _note(session: Session, found: Sheet, row_no: int, left: datetime, actor: Actor) -> None:
    audit.write(
        session, actor, "attendance.settled", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id, after={"row": row_no, "out": left},
    )  # fmt: skip
