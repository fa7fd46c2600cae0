"""What an activity asks of those who serve, as plain values for the rules of ``people.eligibility``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks

from .models import VolunteerActivity


@dataclass(frozen=True)
class ActivityTerms:
    """The terms of one activity; ``min_age`` and ``max_minutes`` None: no limit of its own.

    ``qualifications`` are all needed. ``on_duty_excluded``: those who keep sign-ups here as their work do not serve.
    """

    activity_id: int = 0
    min_age: int | None = None
    hazardous: bool = False
    guardian_present: bool = False
    insurance_required: bool = False
    qualifications: tuple[str, ...] = ()
    max_minutes: int | None = None
    on_duty_excluded: bool = False


def terms_of(session: Session, activity_ids: Collection[int]) -> Mapping[int, ActivityTerms]:
    """The terms of activities by their id; one that never recruited asks nothing beyond the law."""
    found = {activity_id: ActivityTerms(activity_id) for activity_id in activity_ids}
    for part in chunks(sorted(found)):
        rows = session.scalars(select(VolunteerActivity).where(VolunteerActivity.activity_id.in_(part)))
        found.update({row.activity_id: of_row(row) for row in rows})
    return found


def of_row(row: VolunteerActivity) -> ActivityTerms:
    """The terms as an activity's row says them."""
    return ActivityTerms(
        activity_id=row.activity_id,
        min_age=row.min_age,
        hazardous=row.hazardous,
        guardian_present=row.guardian_present,
        insurance_required=row.insurance_required,
        qualifications=(row.qualification,) if row.qualification else (),
        max_minutes=row.max_minutes,
        on_duty_excluded=row.on_duty_excluded,
    )
