"""Planning an activity: its window and break decide what is credited, so changing them derives everybody anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.drafts import (
    BAD_DATE,
    FIRST_YEAR,
    LONGEST,
    MAX_ORGANISER,
    MAX_PLACE,
    MAX_TITLE,
    TOO_LONG_TEXT,
    title_key,
)
from pointsys.core.activity_log.kinds import kinds_for
from pointsys.core.activity_log.models import LIVE, Activity, Entry
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
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


def plan_activity(
    session: Session, area: Area, kind_id: int, title: str, day: date, plan: Plan, actor: Actor
) -> Activity:
    """An activity of ``area`` that nobody is on record for yet, also on a day to come.

    Raises Problem bad_title, bad_date, area_closed, unknown_kind, activity_exists and those of ``change_plan``.
    """
    title = clean_text(title)
    if not title or len(title) > MAX_TITLE:
        raise Problem("bad_title", N_("Give the activity a title of at most 200 characters."), field="title")
    if not FIRST_YEAR <= day.year <= current_site().today().year + 1:
        raise Problem("bad_date", BAD_DATE, field="date", value=day)
    if area.closed_on is not None:
        raise Problem("area_closed", N_("%(name)s is closed."), field="area", name=area.name)
    if kind_id not in {kind.id for kind in kinds_for(session, area.id).values()}:
        raise Problem("unknown_kind", N_("This kind of activity is not known here."), field="kind")
    same = select(Activity.id).where(
        Activity.area_id == area.id,
        Activity.kind_id == kind_id,
        Activity.title_key == title_key(title),
        Activity.local_date == day,
    )
    if session.scalar(same) is not None:
        raise Problem(
            "activity_exists", N_("There is an activity of this title, kind and date already."), field="title"
        )
    activity = Activity(
        kind_id=kind_id,
        title=title,
        area_id=area.id,
        local_date=day,
        break_minutes=0,
        organiser="",
        place="",
        created_at=current_site().now(),
        created_by=actor.label,
    )
    session.add(activity)
    session.flush()
    audit.write(
        session, actor, "activity.created", "activity", activity.public_id, area_id=area.id,
        after={"title": title, "date": day},
    )  # fmt: skip
    change_plan(session, activity, plan, actor)
    return activity
