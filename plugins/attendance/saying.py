"""What somebody says about a list: times, who signed on which row of the paper, and that a doubtful stamp is true.

Nobody says it of themselves. Times supplied after the day need a reason, are never longer than planned and wait for a
second person. As with ``taps`` callers hold the list's lock, every act leaves an audit row, and nothing here commits.
"""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Person,
    Problem,
    canonical_ids,
    current_site,
    get_setting,
    refused_people,
    who_acts,
)

from .marks import (
    ABSENT,
    BACKFILL_DAYS,
    INSIDE,
    PAPER,
    SET,
    check_long,
    check_supplied,
    instants,
    times_to_record,
)
from .queries import Pair, Sheet
from .services import new_mark
from .taps import changeable, check_gates, check_not_own, clear, new_pair, note, row_of, stamp

BACKFILL = "attendance.backfill_days"


def set_times(
    session: Session,
    found: Sheet,
    row_no: int,
    start: time | None,
    end: time | None,
    actor: Actor,
    *,
    method: str,
    reason: str = "",
    sure: bool = False,
) -> None:
    """Times of the last pair of a row as somebody says them, both blank for "there the whole planned time".

    Raises Problem no_row, recorded_already, own_entry, out_before_in, no_plan, in_the_future, after_the_plan, and
    those of ``marks.check_supplied`` for what is supplied after the day.
    """
    row = row_of(found, row_no)
    pair = next((p for p in row.pairs if p.mark.row_no == row_no and not p.recorded), row.last)
    changeable(pair)
    check_not_own(session, row, actor)
    site, window = current_site(), found.window
    came, left = instants(window, start, end, site.timezone)
    _check_past(came, left)
    check_long(came, left, sure=sure)
    if came is None and left is None:
        times_to_record(None, None, True, window)
    days = get_setting(session, found.sheet.area_id, BACKFILL, BACKFILL_DAYS)
    late = check_supplied(
        window, came, left, site.today(), site.timezone, reason=reason, paper=method == PAPER,
        days=days if type(days) is int else BACKFILL_DAYS,
    )  # fmt: skip
    _check_forgotten(found, pair, left, method)
    if pair.state == ABSENT:
        check_gates(session, found, row, came or window.starts_at or site.now())
    stamp(
        pair, actor, in_at=came, out_at=left, present=came is None and left is None, method=method,
        late=late, reason=reason,
    )  # fmt: skip
    session.flush()
    event = "attendance.keyed" if method == PAPER else "attendance.marked"
    note(session, event, found.sheet, actor, {"row": row_no, "in": came, "out": left, "late": late})


def put_on_row(session: Session, found: Sheet, row_no: int, person: Person, actor: Actor) -> None:
    """Somebody signed on an empty row of the paper: they get that number, or one more pair if they are on the list.

    Raises Problem row_taken, too_many_pairs, and what plugins refuse people for.
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
        new_pair(session, found.sheet, own, row_no, actor)
        return
    starts_at = found.activity.starts_at or current_site().now()
    for problem in refused_people(session, found.activity.id, [person.id], starts_at).values():
        raise problem
    mark = new_mark(found.sheet, row_no, person.id, 1, actor)
    mark.walk_in = True
    session.add(mark)
    session.flush()


def _check_past(came: datetime | None, left: datetime | None) -> None:
    now = current_site().now()
    for instant, field in ((came, "in"), (left, "out")):
        if instant is not None and instant > now:
            raise Problem(
                "in_the_future", N_("This lies in the future; record it when it has happened."), field=field
            )


def _check_forgotten(found: Sheet, pair: Pair, left: datetime | None, method: str) -> None:
    """A sign-out that was forgotten is at most the planned end, whoever says it."""
    planned = found.activity.ends_at
    if method == SET and pair.state == INSIDE and planned is not None and left is not None and left > planned:
        raise after_the_plan(planned)


def after_the_plan(planned: datetime | None) -> Problem:
    """The refusal of a sign-out that is supplied later than planned."""
    return Problem(
        "after_the_plan",
        N_("A sign-out supplied later is at most the planned end (%(end)s)."),
        field="out",
        end=current_site().local(planned).strftime("%H:%M") if planned is not None else "–",
    )


def verify(session: Session, found: Sheet, rows: list[int], actor: Actor, *, right: bool) -> int:
    """Say of doubtful pairs that they are true, or take them back; returns how many. Never one's own.

    Raises Problem no_row and own_entry.
    """
    done = 0
    for row_no in rows:
        row = row_of(found, row_no)
        check_not_own(session, row, actor)
        for pair in [pair for pair in row.pairs if pair.doubtful]:
            if right:
                pair.mark.verify = False
                pair.mark.changed_at, pair.mark.changed_by = current_site().now(), actor.label
            else:
                clear(session, pair, actor)
            done += 1
    session.flush()
    if done:
        note(session, "attendance.marked", found.sheet, actor, {"verified" if right else "refused": rows})
    return done


def verify_all(session: Session, found: Sheet, actor: Actor) -> int:
    """Say of every doubtful pair that it is true, but of one's own; returns how many."""
    own, people = who_acts(session, actor).person, [row.person.id for row in found.rows]
    kept = canonical_ids(session, people)
    rows = [
        row.row_no
        for row in found.rows
        if kept[row.person.id] != own and any(pair.doubtful for pair in row.pairs)
    ]
    return verify(session, found, rows, actor, right=True)
