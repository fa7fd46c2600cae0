"""Stamps on a list: taps by the server's clock, times that somebody says, and taking them back.

The log is the truth: a pair that stands in the log changes only after its entry was voided. Every act leaves an audit
row; nothing here commits. Callers hold the list's lock (``queries.sheet_where``), so acts on one list come one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Problem,
    audit,
    canonical_ids,
    current_site,
    refused_people,
    who_acts,
)

from .marks import (
    ABSENT,
    COMPLETE,
    DOUBTFUL,
    INSIDE,
    MAX_PAIRS,
    TAP,
    last_day,
    state_of,
    times_to_record,
)
from .models import AttendanceSheet
from .queries import Pair, Row, Sheet
from .services import new_mark

IN, OUT, TICK, CLEAR = "in", "out", "present", "clear"

RECORDED = N_("This stands in the log already. Void the entry there to change it.")
NO_ROW = N_("There is no row %(row)s on this list. Write the name of whoever signed there.")


@dataclass(frozen=True)
class How:
    """How a stamp came: the method, the browser it came from, and its own instant if that is not now.

    ``raw`` is what a phone without network said by its own clock, ``at`` the same by the server's.
    """

    method: str = TAP
    device: str = ""
    at: datetime | None = None
    raw: datetime | None = None


TAPPED = How()


def tap(
    session: Session,
    found: Sheet,
    row_no: int,
    act: str,
    actor: Actor,
    how: How = TAPPED,
    event: str = "attendance.marked",
) -> None:
    """One tap on a row: ``act`` is in, out, present or clear, by the server's clock. Tapping twice changes nothing.

    Raises Problem no_row, recorded_already, not_today, too_many_pairs, out_before_in, has_times, and what plugins
    refuse people for.
    """
    row = row_of(found, row_no)
    now = how.at or current_site().now()
    if act in (IN, OUT):
        check_day(found, now)
    if act == IN:
        if not _come(session, found, row, now, actor, how):
            return
    elif act == OUT:
        if not _go(row.last, now, actor, how, doubtful=_doubtful(session, row, actor, how)):
            return
    elif act == TICK:
        _tick(session, found, row, actor)
    else:
        clear(session, row.last, actor)
    session.flush()
    note(session, event, found.sheet, actor, {"row": row_no, "act": act, "how": how.method})


def _come(session: Session, found: Sheet, row: Row, now: datetime, actor: Actor, how: How) -> bool:
    pair = _pair_to_enter(row)
    if pair is not None and pair.mark.in_at is not None:
        return False
    if pair is not None and pair.mark.out_at is not None and pair.mark.out_at <= now:
        raise Problem("has_times", N_("A sign-out is there already. Take it back, or set both times."))
    check_gates(session, found, row, now)
    if pair is None:
        pair = new_pair(session, found.sheet, row, row.row_no, actor)
    mark = pair.mark
    mark.in_at, mark.raw_in, mark.present = now, how.raw, False
    mark.method, mark.device = how.method, how.device
    _changed(pair, actor, doubtful=_doubtful(session, row, actor, how))
    return True


def _doubtful(session: Session, row: Row, actor: Actor, how: How) -> bool:
    """Whether a stamp is to be verified: it proves nothing, or whoever keeps the list tapped on their own row."""
    return how.method in DOUBTFUL or (how.method == TAP and _is_own(session, row, actor))


def _go(pair: Pair, now: datetime, actor: Actor, how: How, *, doubtful: bool) -> bool:
    if pair.mark.out_at is not None:
        return False
    changeable(pair)
    if pair.mark.in_at is not None and now <= pair.mark.in_at:
        raise Problem("out_before_in", N_("The sign-out must be after the sign-in."))
    mark = pair.mark
    mark.out_at, mark.raw_out, mark.present = now, how.raw, False
    mark.out_method, mark.out_device, mark.review_at = how.method, how.device, None
    _changed(pair, actor, doubtful=doubtful)
    return True


def _tick(session: Session, found: Sheet, row: Row, actor: Actor) -> None:
    pair = row.last
    changeable(pair)
    check_not_own(session, row, actor)
    if pair.mark.in_at is not None or pair.mark.out_at is not None:
        raise Problem("has_times", N_("There are times already; a tick stands for the whole planned time."))
    if not pair.mark.present:
        check_gates(session, found, row, found.activity.starts_at or current_site().now())
    stamp(pair, actor, present=not pair.mark.present, method=TAP)


def check_gates(session: Session, found: Sheet, row: Row, at: datetime) -> None:
    """Raise the Problem for which some plugin does not let the person of a row take part."""
    refused = refused_people(session, found.activity.id, [row.person.id], at)
    for problem in refused.values():
        raise problem


def check_not_own(session: Session, row: Row, actor: Actor) -> None:
    """Raise Problem own_entry where somebody would say by themselves when they came and left."""
    if _is_own(session, row, actor):
        raise Problem("own_entry", N_("Somebody else has to note your own times."))


def _is_own(session: Session, row: Row, actor: Actor) -> bool:
    own = who_acts(session, actor).person
    return own is not None and canonical_ids(session, [row.person.id])[row.person.id] == own


def note(
    session: Session, event: str, sheet: AttendanceSheet, actor: Actor, after: dict[str, object]
) -> None:
    """The audit row of an act on a list: event is attendance.keyed, .checked or .marked."""
    if event == "attendance.keyed":
        audit.write(
            session, actor, "attendance.keyed", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, after=after,
        )  # fmt: skip
    elif event == "attendance.checked":
        audit.write(
            session, actor, "attendance.checked", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, after=after,
        )  # fmt: skip
    else:
        audit.write(
            session, actor, "attendance.marked", "attendance_sheet", sheet.public_id,
            area_id=sheet.area_id, after=after,
        )  # fmt: skip


def row_of(found: Sheet, row_no: int) -> Row:
    """The line with this number; raises Problem no_row."""
    row = found.row(row_no)
    if row is None:
        raise Problem("no_row", NO_ROW, field="row", row=row_no)
    return row


def check_day(found: Sheet, now: datetime) -> None:
    """Stamps are of the activity's own day, or of the night it runs into; raises Problem not_today."""
    site = current_site()
    today = site.local(now).date()
    if not found.activity.local_date <= today <= last_day(found.window, site.timezone):
        raise Problem(
            "not_today",
            N_("This activity is on %(day)s, not today. Key the times in from the paper instead."),
            day=found.activity.local_date,
        )


def changeable(pair: Pair) -> None:
    """Raise Problem recorded_already for a pair that stands in the log."""
    if pair.recorded:
        raise Problem("recorded_already", RECORDED)


def _pair_to_enter(row: Row) -> Pair | None:
    """The pair that a sign-in belongs to: the last one, or None for a new one of somebody who left and came back."""
    last = row.last
    if not last.recorded and state_of(last.mark.in_at, last.mark.out_at, False) != COMPLETE:
        return last
    if last.state == INSIDE:
        changeable(last)
    if len(row.pairs) >= MAX_PAIRS:
        raise _too_many()
    return None


def _too_many() -> Problem:
    return Problem("too_many_pairs", N_("At most three pairs of times for each person."), field="row")


def new_pair(session: Session, sheet: AttendanceSheet, row: Row, row_no: int, actor: Actor) -> Pair:
    """One more pair of a person, of a line of the paper maybe; raises Problem too_many_pairs."""
    if len(row.pairs) >= MAX_PAIRS:
        raise _too_many()
    mark = new_mark(sheet, row_no, row.person.id, row.last.mark.pair + 1, actor)
    mark.role, mark.due_from, mark.due_to = (
        row.last.mark.role,
        row.last.mark.due_from,
        row.last.mark.due_to,
    )
    session.add(mark)
    session.flush()
    return Pair(mark, "", "", False)


def _changed(pair: Pair, actor: Actor, *, doubtful: bool) -> None:
    """What was recorded of a pair before no longer counts."""
    mark = pair.mark
    mark.verify = mark.verify or doubtful
    mark.entry_id = None
    mark.changed_at, mark.changed_by = current_site().now(), actor.label


def stamp(
    pair: Pair,
    actor: Actor,
    *,
    method: str,
    in_at: datetime | None = None,
    out_at: datetime | None = None,
    present: bool = False,
    late: bool = False,
    reason: str = "",
) -> None:
    """Give a pair these times as a whole, whatever there was before."""
    mark = pair.mark
    mark.in_at, mark.out_at, mark.present = in_at, out_at, present
    mark.method, mark.out_method = method, method if out_at is not None else ""
    mark.raw_in = mark.raw_out = mark.review_at = None
    mark.device = mark.out_device = ""
    mark.verify, mark.late, mark.reason = False, late, reason.strip()[:200]
    _changed(pair, actor, doubtful=False)


def clear(session: Session, pair: Pair, actor: Actor) -> None:
    """Take a pair's stamps back, and the pair itself if it is not the person's first."""
    changeable(pair)
    if pair.mark.pair > 1:
        session.delete(pair.mark)
        return
    stamp(pair, actor, method="")


def sign_out_everybody(session: Session, found: Sheet, actor: Actor) -> int:
    """Sign out everybody who is still inside, now; returns how many. Raises Problem not_today."""
    now = current_site().now()
    check_day(found, now)
    own = who_acts(session, actor).person
    kept = canonical_ids(session, [row.person.id for row in found.rows])
    inside = [
        (pair, kept[row.person.id] == own)
        for row in found.rows
        for pair in row.pairs
        if pair.state == INSIDE and not pair.recorded and (pair.mark.in_at or now) < now
    ]
    for pair, mine in inside:
        _go(pair, now, actor, TAPPED, doubtful=mine)
    session.flush()
    if inside:
        note(
            session, "attendance.marked", found.sheet, actor, {"out": [p.mark.row_no for p, _mine in inside]}
        )
    return len(inside)


def tick_everybody(session: Session, found: Sheet, actor: Actor) -> int:
    """Tick everybody who has neither times nor a tick for the whole planned time; returns how many.

    Oneself and those who may not take part are passed over.
    """
    times_to_record(None, None, True, found.window)
    absent = [row for row in found.rows if row.last.state == ABSENT and not row.last.recorded]
    starts_at = found.activity.starts_at or current_site().now()
    people = [row.person.id for row in absent]
    refused = refused_people(session, found.activity.id, people, starts_at)
    own, kept = who_acts(session, actor).person, canonical_ids(session, people)
    ticked = [row.last for row in absent if row.person.id not in refused and kept[row.person.id] != own]
    for pair in ticked:
        stamp(pair, actor, present=True, method=TAP)
    session.flush()
    if ticked:
        note(session, "attendance.marked", found.sheet, actor, {"ticked": [p.mark.row_no for p in ticked]})
    return len(ticked)
