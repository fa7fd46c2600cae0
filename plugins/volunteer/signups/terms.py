"""What an activity asks of those who serve, for the rules of ``people.eligibility``; and who is there as their work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Problem, canonical_ids, chunks, people_who_may

from ..people.eligibility import ActivityTerms
from .models import HOLDING, VolunteerActivity, VolunteerSignup, VolunteerSlot

KEEPERS = "volunteer.signups"
ON_DUTY = N_("This activity is part of this person's work here; working hours are no voluntary service.")


def terms_of(session: Session, activity_ids: Collection[int]) -> Mapping[int, ActivityTerms]:
    """The terms of activities by their id; one that never recruited asks nothing beyond the law. Three statements."""
    wanted = sorted(set(activity_ids))
    there = _signed_up(session, wanted)
    found = {one: ActivityTerms(one, present=frozenset(there[one])) for one in wanted}
    for part in chunks(wanted):
        for row in session.scalars(select(VolunteerActivity).where(VolunteerActivity.activity_id.in_(part))):
            found[row.activity_id] = ActivityTerms(
                activity_id=row.activity_id,
                min_age=row.min_age or 0,
                hazardous=row.hazardous,
                insurance_required=row.insurance_required,
                qualifications=frozenset((row.qualification,) if row.qualification else ()),
                guardian_present=row.guardian_present,
                present=found[row.activity_id].present,
            )
    return found


def _signed_up(session: Session, activity_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Kept ids of who holds a place, by activity."""
    rows = [
        (int(activity), int(person))
        for part in chunks(activity_ids)
        for activity, person in session.execute(
            select(VolunteerSlot.activity_id, VolunteerSignup.person_id)
            .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
            .where(VolunteerSlot.activity_id.in_(part), VolunteerSignup.state.in_(HOLDING))
        )
    ]
    found: dict[int, set[int]] = defaultdict(set)
    kept = canonical_ids(session, {person for _activity, person in rows})
    for activity, person in rows:
        found[activity].add(kept[person])
    return found


def on_duty(session: Session, activity_id: int, people: Collection[int]) -> Mapping[int, Problem]:
    """Who of ``people`` (ids as given) is there as their work, where the activity leaves such people out."""
    row = session.get(VolunteerActivity, activity_id)
    if row is None or not row.on_duty_excluded:
        return {}
    staff = people_who_may(session, KEEPERS, row.area_id, people)
    return {person: Problem("on_duty", ON_DUTY) for person in staff}
