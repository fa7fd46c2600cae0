"""Planning what looks for volunteers: an activity or a weekly series, its terms and its shifts.

An activity begins as a draft and is found by people once it is opened (``opening``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    Actor,
    Area,
    Entry,
    Person,
    Plan,
    Problem,
    audit,
    clean_lines,
    clean_text,
    current_site,
    mark_query,
    new_public_id,
    plan_activity,
)

from ..hours import FIRST_YEAR, LAST_YEAR
from ..models import NAME
from ..teams.models import ACTIVE, VolunteerProject, VolunteerTeam
from ..words import CATEGORIES
from .models import (
    AUDIENCES,
    DRAFT,
    EVERYBODY,
    TEAM,
    VolunteerActivity,
    VolunteerSignup,
    VolunteerSlot,
)
from .opening import NO_SHIFT, lock, not_cancelled, public_id_of, touch
from .places import offer_free_places
from .rules import HOURS_AHEAD, MAX_SLOTS, Shift, Span, check_shift, weekly

MAX_ABOUT = 1_000
OLDEST = 120


@dataclass(frozen=True)
class Terms:
    """What is asked and told of an activity; ids of team and project, the rest as ``VolunteerActivity`` has it."""

    team_id: int | None = None
    project_id: int | None = None
    category: str = ""
    audience: str = EVERYBODY
    needs_approval: bool = True
    hazardous: bool = False
    min_age: int | None = None
    guardian_present: bool = False
    insurance_required: bool = False
    qualification: str = ""
    on_duty_excluded: bool = False
    sign_up_hours: int = 0
    cancel_hours: int = 0
    about: str = ""
    contact: str = ""


def terms_in(row: VolunteerActivity) -> Terms:
    """The terms as they stand."""
    return Terms(**{name: getattr(row, name) for name in Terms.__dataclass_fields__})


def checked(session: Session, terms: Terms) -> Terms:
    """The terms in their one spelling; raises Problem naming the field."""
    terms = replace(
        terms,
        about=clean_lines(terms.about),
        contact=clean_text(terms.contact),
        qualification=clean_text(terms.qualification),
    )
    for name, most in (("about", MAX_ABOUT), ("contact", 100), ("qualification", 60)):
        if len(getattr(terms, name)) > most:
            raise Problem("too_long_text", N_("Write at most %(count)s characters."), field=name, count=most)
    if terms.category and terms.category not in CATEGORIES:
        raise Problem("bad_category", N_("Choose one of the values offered."), field="category")
    if terms.audience not in AUDIENCES or (terms.audience == TEAM and terms.team_id is None):
        raise Problem("bad_audience", N_("Choose the team whose members may sign up."), field="team")
    if terms.min_age is not None and not 0 <= terms.min_age <= OLDEST:
        raise Problem("bad_age", N_("Write an age from 0 to %(most)s."), field="min_age", most=OLDEST)
    for name in ("sign_up_hours", "cancel_hours"):
        if not 0 <= getattr(terms, name) <= HOURS_AHEAD:
            raise Problem(
                "bad_hours", N_("Write a number of hours from 0 to %(most)s."), field=name, most=HOURS_AHEAD
            )
    return _with_team(session, terms)


def _with_team(session: Session, terms: Terms) -> Terms:
    """A project stands for its team; a dissolved team plans nothing."""
    if terms.project_id is not None:
        project = session.get_one(VolunteerProject, terms.project_id)
        if terms.team_id not in (None, project.team_id):
            raise Problem(
                "other_team",
                N_("This project is another team's. Choose that team, or none."),
                field="project",
            )
        terms = replace(terms, team_id=project.team_id)
    if terms.team_id is not None and session.get_one(VolunteerTeam, terms.team_id).state != ACTIVE:
        raise Problem("team_dissolved", N_("This team is dissolved: choose another one."), field="team")
    return terms


def plan_recruiting(
    session: Session,
    area: Area,
    kind_id: int,
    title: str,
    first: date,
    window: Plan,
    terms: Terms,
    shifts: Sequence[Shift],
    actor: Actor,
    *,
    weeks: int = 1,
) -> list[VolunteerActivity]:
    """Drafts of an activity on one day or on the same weekday of several weeks; all of them or none.

    ``window`` has the instants of the first day. Raises Problem no_window, bad_date, no_shift,
    bad_weeks and those of ``plan_activity``, of terms and of shifts.
    """  # fmt: skip
    if window.starts_at is None or window.ends_at is None:
        raise Problem("no_window", N_("Give the activity a start and an end."), field="start")
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="date")
    days = weekly(first, weeks)
    site = current_site()
    local = [site.local(at) for at in (window.starts_at, window.ends_at)]
    whole = Shift("", local[0].time(), local[1].time(), 1)
    series = new_public_id() if weeks > 1 else ""
    made = []
    for day in days:
        starts_at, ends_at = whole.on(day, site.timezone)
        plan = replace(window, starts_at=starts_at, ends_at=ends_at)
        activity = plan_activity(session, area, kind_id, title, day, plan, actor)
        made.append(recruit(session, activity, terms, shifts, actor, series=series))
    return made


def recruit(
    session: Session,
    activity: Activity,
    terms: Terms,
    shifts: Sequence[Shift],
    actor: Actor,
    *,
    series: str = "",
) -> VolunteerActivity:
    """Let a planned activity look for volunteers, as a draft. Raises Problem no_window, no_shift, recruits_already."""
    if not shifts:
        raise Problem("no_shift", NO_SHIFT, field="role")
    if activity.starts_at is None or activity.ends_at is None:
        raise Problem("no_window", N_("Give the activity a start and an end."), field="start")
    if session.get(VolunteerActivity, activity.id) is not None:
        raise Problem("recruits_already", N_("This activity looks for volunteers already."))
    now, site = current_site().now(), current_site()
    row = VolunteerActivity(
        activity_id=activity.id, area_id=activity.area_id, state=DRAFT, series=series, reason="",
        created_at=now, created_by=actor.label, changed_at=now, changed_by=actor.label,
        **asdict(checked(session, terms)),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.recruiting_planned", "activity", activity.public_id, area_id=row.area_id,
        after=_state(row),
    )  # fmt: skip
    for shift in shifts:
        starts_at, ends_at = shift.on(activity.local_date, site.timezone, activity.starts_at)
        add_slot(session, row, shift.role, starts_at, ends_at, shift.capacity, actor)
    return row


def _state(row: VolunteerActivity) -> dict[str, object]:
    return {**asdict(terms_in(row)), "state": row.state, "reason": row.reason}


def change_terms(session: Session, row: VolunteerActivity, terms: Terms, actor: Actor) -> None:
    """Set what is asked and told. Who is signed up stays; raises Problem naming the field, or recruiting_cancelled."""
    lock(session, row)
    not_cancelled(row)
    terms, before = checked(session, terms), _state(row)
    for name, value in asdict(terms).items():
        setattr(row, name, value)
    if _state(row) == before:
        return
    touch(row, actor)
    session.flush()
    if (row.team_id, row.project_id) != (before["team_id"], before["project_id"]):
        _compute_anew(session, row)
    audit.write(
        session, actor, "volunteer.recruiting_changed", "activity", public_id_of(session, row), area_id=row.area_id,
        before=before, after=_state(row),
    )  # fmt: skip


def _compute_anew(session: Session, row: VolunteerActivity) -> None:
    """Who served there counts for another team or project from now on."""
    served = select(Entry.person_id).where(Entry.activity_id == row.activity_id)
    mark_query(session, NAME, select(Person.id).where(Person.id.in_(served)))


def _window(session: Session, row: VolunteerActivity) -> Span:
    activity = session.get_one(Activity, row.activity_id)
    if activity.starts_at is None or activity.ends_at is None:
        raise Problem("no_window", N_("Give the activity a start and an end."), field="start")
    return Span(activity.starts_at, activity.ends_at)


def add_slot(
    session: Session,
    row: VolunteerActivity,
    role: str,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    actor: Actor,
) -> VolunteerSlot:
    """One more shift. Raises Problem recruiting_cancelled, too_many_slots, same_shift and those of a shift."""
    not_cancelled(row)
    role = check_shift(role, starts_at, ends_at, capacity, _window(session, row))
    there = session.execute(
        select(VolunteerSlot.role, VolunteerSlot.starts_at).where(
            VolunteerSlot.activity_id == row.activity_id
        )
    ).all()
    if len(there) >= MAX_SLOTS:
        raise Problem("too_many_slots", N_("An activity has at most %(most)s shifts."), most=MAX_SLOTS)
    if (role, starts_at) in {(one.role, one.starts_at) for one in there}:
        raise Problem("same_shift", N_("There is a shift of this role and start already."), field="role")
    slot = VolunteerSlot(
        activity_id=row.activity_id, role=role, starts_at=starts_at, ends_at=ends_at, capacity=capacity, taken=0,
        queued=0,
    )  # fmt: skip
    session.add(slot)
    session.flush()
    audit.write(
        session, actor, "volunteer.slot_added", "volunteer_slot", slot.public_id, area_id=row.area_id,
        after={"role": role, "capacity": capacity, "from": starts_at, "to": ends_at},
    )  # fmt: skip
    return slot


def change_capacity(
    session: Session, row: VolunteerActivity, slot: VolunteerSlot, capacity: int, actor: Actor
) -> int:
    """Set the places of a shift; more of them go to the waiting list at once. Returns how many moved up.

    Raises Problem recruiting_cancelled, bad_capacity, and below_taken when more people hold a place.
    """
    not_cancelled(row)
    session.refresh(slot, with_for_update=True)
    check_shift(slot.role, slot.starts_at, slot.ends_at, capacity, Span(slot.starts_at, slot.ends_at))
    if capacity < slot.taken:
        raise Problem(
            "below_taken", N_("%(taken)s people hold a place here: take some off first."), field="capacity",
            taken=slot.taken,
        )  # fmt: skip
    before = slot.capacity
    slot.capacity = capacity
    session.flush()
    audit.write(
        session, actor, "volunteer.slot_changed", "volunteer_slot", slot.public_id, area_id=row.area_id,
        before={"capacity": before}, after={"capacity": capacity},
    )  # fmt: skip
    return len(offer_free_places(session, row, slot, actor))


def remove_slot(session: Session, row: VolunteerActivity, slot: VolunteerSlot, actor: Actor) -> None:
    """Take away a shift for which nobody ever signed up. Raises Problem slot_in_use."""
    used = select(VolunteerSignup.id).where(VolunteerSignup.slot_id == slot.id).limit(1)
    if session.scalar(used) is not None:
        raise Problem("slot_in_use", N_("People have signed up for this shift, so it stays."))
    audit.write(
        session, actor, "volunteer.slot_removed", "volunteer_slot", slot.public_id, area_id=row.area_id,
        before={"role": slot.role, "capacity": slot.capacity, "from": slot.starts_at, "to": slot.ends_at},
    )  # fmt: skip
    session.delete(slot)
    session.flush()
