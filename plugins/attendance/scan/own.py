"""One's own page of check-ins: today's lists, six digits, and the lists one keeps for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Activity,
    Area,
    Person,
    Problem,
    ancestors,
    current_site,
    normalise_text,
    show,
    subtree,
)

from .. import review, taps
from ..desk import keepers
from ..marks import last_day, state_of
from ..models import AttendanceMark, AttendanceSheet
from ..pages import STATES
from ..queries import window_of
from .checking import own_ids
from .codes import DIGITS

View = Response | tuple[str, int]
# More lists than this on one day in one place, and the digits alone would be too easy to guess.
MOST = 50


def checked_act(act: str) -> str:
    """The act of a button; raises Problem no_act."""
    if act not in (taps.IN, taps.OUT):
        raise Problem("no_act", N_("Press one of the two buttons."))
    return act


def typed_digits(text: str) -> str:
    """Six digits as they are typed, with blanks or without; raises Problem bad_code."""
    found = normalise_text(text).replace(" ", "").replace("-", "")
    if not (len(found) == DIGITS and found.isascii() and found.isdigit()):
        raise Problem("bad_code", N_("Write the six digits that the screen shows."), field="digits")
    return found


def candidates(session: Session, person: Person) -> Sequence[AttendanceSheet]:
    """Today's lists that six digits may mean: those one is on, and those of one's own place."""
    today, mine = current_site().today(), own_ids(session, person)
    on_it = select(AttendanceMark.sheet_id).where(AttendanceMark.person_id.in_(mine))
    query = (
        select(AttendanceSheet, Activity)
        .join(Activity, Activity.id == AttendanceSheet.activity_id)
        .where(
            Activity.local_date.in_((today, today - timedelta(days=1))),
            or_(
                AttendanceSheet.id.in_(on_it),
                AttendanceSheet.area_id.in_(ancestors(person.area_id)),
                AttendanceSheet.area_id.in_(subtree(person.area_id)),
            ),
        )
        .order_by(AttendanceSheet.id)
        .limit(MOST)
    )
    zone = current_site().timezone
    return [
        sheet
        for sheet, activity in session.execute(query)
        if activity.local_date <= today <= last_day(window_of(activity), zone)
    ]


@dataclass(frozen=True)
class Mine:
    """One's own pair on a list of today."""

    activity: Activity
    area: str
    mark: AttendanceMark

    @property
    def state(self) -> str:
        """What the stamps say."""
        return state_of(self.mark.in_at, self.mark.out_at, self.mark.present)


def mine_today(session: Session, person: Person) -> list[Mine]:
    """One's own pairs on lists of today and of the night before; one statement after that for the person's rows."""
    today = current_site().today()
    query = (
        select(Activity, Area.name, AttendanceMark)
        .join(AttendanceSheet, AttendanceSheet.activity_id == Activity.id)
        .join(Area, Area.id == AttendanceSheet.area_id)
        .join(AttendanceMark, AttendanceMark.sheet_id == AttendanceSheet.id)
        .where(
            AttendanceMark.person_id.in_(own_ids(session, person)),
            Activity.local_date.in_((today, today - timedelta(days=1))),
        )
        .order_by(Activity.local_date.desc(), Activity.starts_at, AttendanceMark.pair)
    )
    zone = current_site().timezone
    return [
        Mine(activity, area, mark)
        for activity, area, mark in session.execute(query)
        if today <= last_day(window_of(activity), zone)
    ]


def page(session: Session, person: Person | None, status: int = 200, problem: Problem | None = None) -> View:
    """The page."""
    if person is None:
        return show("attendance/nobody.html")
    kept = keepers.kept_by(session, person)
    ids = [sheet.id for sheet, _activity, _area in kept]
    forgotten = review.forgotten(session, review.on_lists(ids))[0] if ids else []
    return show(
        "attendance/own.html", status, mine=mine_today(session, person), kept=kept, forgotten=forgotten,
        states=STATES, problem=problem,
    )  # fmt: skip
