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

from .marks import instants, times_to_record
from .queries import Pair, Sheet
from .services import row_of, stamp

SOURCE = "attendance"


def close(session: Session, found: Sheet, actor: Actor) -> ByHand | None:
    """Record every pair that is not in the log yet, by the four-eyes rule of all recording; None if there is none.

    One entry for each in/out pair, the planned time for people only ticked, no end for a missing sign-out. Pairs
    without a sign-in stay on the list. Raises Problem no_plan and those of ``record``.
    """
    due: list[tuple[Pair, EntryDraft]] = []
    activity = found.activity
    for row in found.rows:
        for pair in row.pairs:
            mark = pair.mark
            times = times_to_record(mark.in_at, mark.out_at, mark.present, found.window)
            if pair.recorded or times is None:
                continue
            due.append((pair, draft_of(activity, row.person.id, times, pair.mark.row_no)))
    done = None
    if due:
        area = session.get_one(Area, found.sheet.area_id)
        done = record_by_hand(session, area, [draft for _pair, draft in due], actor, SOURCE)
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


def draft_of(
    activity: Activity, person_id: int, times: tuple[datetime, datetime | None], row_no: int
) -> EntryDraft:
    """One person's part in the activity."""
    return EntryDraft(
        person_id,
        activity.kind_id,
        activity.title,
        activity.local_date,
        starts_at=times[0],
        ends_at=times[1],
        source_ref=f"row {row_no}",
        activity_id=activity.id,
        open_end=times[1] is None,
    )


def settle(session: Session, found: Sheet, row_no: int, end: time, reason: str, actor: Actor) -> ByHand:
    """Supply the sign-out of an entry without an end: that entry is voided, one with the end takes its place.

    ``reason`` is kept with the void. Never later than planned. Raises Problem no_row, nothing_to_settle,
    out_before_in, after_the_plan, in_the_future and those of ``record`` and ``decide``.
    """
    row = row_of(found, row_no)
    pair = next((p for p in row.pairs if p.recorded and p.open_end), None)
    if pair is None or pair.mark.in_at is None or pair.mark.entry_id is None:
        raise Problem("nothing_to_settle", N_("No sign-out is missing in this row."))
    site = current_site()
    start = site.local(pair.mark.in_at).time()
    _came, left = instants(found.window, start, end, site.timezone)
    planned = found.activity.ends_at
    if left is None or (planned is not None and left > planned):
        raise Problem(
            "after_the_plan",
            N_("A sign-out supplied later is at most the planned end (%(end)s)."),
            field="out",
            end=site.local(planned).strftime("%H:%M") if planned is not None else "–",
        )
    decide(session, [pair.mark.entry_id], VOIDED, reason, actor)
    area = session.get_one(Area, found.sheet.area_id)
    draft = draft_of(found.activity, row.person.id, (pair.mark.in_at, left), row_no)
    done = record_by_hand(session, area, [draft], actor, SOURCE)
    stamp(pair, actor, in_at=pair.mark.in_at, out_at=left, method="set")
    pair.mark.entry_id = done.results[0].entry_id
    session.flush()
    audit.write(
        session, actor, "attendance.settled", "attendance_sheet", found.sheet.public_id,
        area_id=found.sheet.area_id, after={"row": row_no, "out": left},
    )  # fmt: skip
    return done
