"""Planning an activity: its window and break decide what is credited, so changing them derives everybody anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.drafts import LONGEST, MAX_ORGANISER, MAX_PLACE, TOO_LONG_TEXT
from pointsys.core.activity_log.models import LIVE, Activity, Entry
from pointsys.core.actors import Actor
from pointsys.core.pending import mark_people
from pointsys.core.site import current_site
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem


@dataclass(frozen=True)
class Plan:
    """What is planned: a window of instants or none, unpaid minutes in it, who organises, and where."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    break_minutes: int = 0
    organiser: str = ""
    place: str = ""


def plan_of(activity: Activity) -> Plan:
    """The plan as it stands."""
    return Plan(
        activity.starts_at, activity.ends_at, activity.break_minutes, activity.organiser, activity.place
    )


def change_plan(session: Session, activity: Activity, plan: Plan, actor: Actor) -> int:
    """Set the plan and mark everybody who took part; returns how many that are. Raises Problem.

    Codes: half_a_time, end_before_start, too_long, date_differs, bad_break, too_long_text.
    """
    plan = Plan(
        plan.starts_at, plan.ends_at, plan.break_minutes, clean_text(plan.organiser), clean_text(plan.place)
    )
    _check(activity, plan)
    before = plan_of(activity)
    if plan == before:
        return 0
    activity.starts_at, activity.ends_at = plan.starts_at, plan.ends_at
    activity.break_minutes = plan.break_minutes
    activity.organiser, activity.place = plan.organiser, plan.place
    session.flush()
    credited = (before.starts_at, before.ends_at, before.break_minutes)
    people = _participants(session, activity)
    audit.write(
        session, actor, "activity.planned", "activity", activity.public_id, area_id=activity.area_id,
        before=vars(before), after=vars(plan), count=max(1, len(people)),
    )  # fmt: skip
    if credited != (plan.starts_at, plan.ends_at, plan.break_minutes):
        mark_people(session, people.keys(), people)
    return len(people)


def _participants(session: Session, activity: Activity) -> dict[int, set[int]]:
    """Who has a live entry, with the areas they belonged to."""
    people: dict[int, set[int]] = {}
    rows = session.execute(
        select(Entry.person_id, Entry.person_area_id)
        .where(Entry.activity_id == activity.id, Entry.status.in_(LIVE))
        .distinct()
    )
    for person_id, area_id in rows:
        people.setdefault(person_id, set()).add(area_id)
    return people


def _check(activity: Activity, plan: Plan) -> None:
    if (plan.starts_at is None) != (plan.ends_at is None):
        raise Problem("half_a_time", N_("Give both start and end, or neither."), field="end")
    if len(plan.organiser) > MAX_ORGANISER:
        raise Problem("too_long_text", TOO_LONG_TEXT, field="organiser", count=MAX_ORGANISER)
    if len(plan.place) > MAX_PLACE:
        raise Problem("too_long_text", TOO_LONG_TEXT, field="place", count=MAX_PLACE)
    longest = LONGEST
    if plan.starts_at is not None and plan.ends_at is not None:
        longest = plan.ends_at - plan.starts_at
        if plan.ends_at <= plan.starts_at:
            raise Problem("end_before_start", N_("The end must be after the start."), field="end")
        if longest > LONGEST:
            raise Problem("too_long", N_("An activity lasts at most 24 hours."), field="end")
        if current_site().local(plan.starts_at).date() != activity.local_date:
            raise Problem("date_differs", N_("The start lies on another day than the date."), field="start")
    if not 0 <= plan.break_minutes < longest // timedelta(minutes=1):
        raise Problem("bad_break", N_("The break must be shorter than the activity."), field="break_minutes")
