"""Insurance and training of volunteers: what was recorded, and taking a wrong row back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Activity,
    Actor,
    Person,
    Problem,
    audit,
    canonical_ids,
    clean_text,
    current_site,
    normalise_text,
)

from .models import VolunteerInsurance, VolunteerTraining

LONGEST_TRAINING = 1_000 * 60


@dataclass(frozen=True)
class PolicyData:
    """An accident policy and the days that it covers, both included."""

    policy_no: str
    from_on: date
    to_on: date
    insurer: str = ""


@dataclass(frozen=True)
class TrainingData:
    """A training that was passed; ``qualification`` is what activities ask for, ``valid_until`` None for good."""

    title: str
    on_date: date
    minutes: int
    qualification: str = ""
    valid_until: date | None = None
    certificate_no: str = ""


def add_insurance(
    session: Session, person: Person | None, activity: Activity | None, data: PolicyData, actor: Actor
) -> VolunteerInsurance:
    """Record that a person, or everybody at an activity, is insured; with both, the person at that activity alone.

    Raises Problem nobody_insured, policy_needed, text_too_long or bad_period.
    """
    policy_no, insurer = normalise_text(data.policy_no), clean_text(data.insurer)
    if person is None and activity is None:
        raise Problem("nobody_insured", N_("Say who is insured."))
    if not policy_no or len(policy_no) > 60:
        raise Problem("policy_needed", N_("Give the number of the policy."), field="policy_no")
    if len(insurer) > 60:
        raise Problem("text_too_long", N_("At most %(max)s characters."), field="insurer", max=60)
    if data.to_on < data.from_on:
        raise Problem("bad_period", N_("The last day cannot be before the first."), field="to_on")
    kept = canonical_ids(session, [person.id])[person.id] if person is not None else None
    row = VolunteerInsurance(
        person_id=kept, activity_id=activity.id if activity is not None else None, policy_no=policy_no,
        insurer=insurer, from_on=data.from_on, to_on=data.to_on, recorded_at=current_site().now(),
        recorded_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    kind, named, area_id = _about(person, activity)
    audit.write(
        session, actor, "volunteer.insurance_added", kind, named, area_id=area_id,
        after={"insurance": row.public_id, "from": data.from_on.isoformat(), "to": data.to_on.isoformat()},
    )  # fmt: skip
    return row


def _about(person: Person | None, activity: Activity | None) -> tuple[str, str, int]:
    if person is not None:
        return "person", person.public_id, person.area_id
    assert activity is not None
    return "activity", str(activity.public_id), activity.area_id


def end_insurance(session: Session, row: VolunteerInsurance, area_id: int, actor: Actor) -> None:
    """Take a policy back that was recorded wrongly or has lapsed; raises Problem insurance_ended."""
    session.refresh(row, with_for_update=True)
    if row.ended_at is not None:
        raise Problem("insurance_ended", N_("This was ended already."))
    row.ended_at = current_site().now()
    session.flush()
    audit.write(
        session, actor, "volunteer.insurance_ended", "volunteer_insurance", row.public_id, area_id=area_id
    )


def insurances_of(session: Session, rows: Collection[int]) -> list[VolunteerInsurance]:
    """Policies of a person, by all row ids, the latest first."""
    query = select(VolunteerInsurance).where(VolunteerInsurance.person_id.in_(rows))
    return list(
        session.scalars(query.order_by(VolunteerInsurance.to_on.desc(), VolunteerInsurance.id.desc()))
    )


def add_training(session: Session, person: Person, data: TrainingData, actor: Actor) -> VolunteerTraining:
    """Record a training that somebody passed.

    Raises Problem title_needed, text_too_long, bad_minutes, day_in_future or bad_period.
    """
    title, qualification = clean_text(data.title), normalise_text(data.qualification)
    certificate_no = normalise_text(data.certificate_no)
    if not title or len(title) > 100:
        raise Problem("title_needed", N_("Give a title of at most 100 characters."), field="title")
    for field, text in (("qualification", qualification), ("certificate_no", certificate_no)):
        if len(text) > 60:
            raise Problem("text_too_long", N_("At most %(max)s characters."), field=field, max=60)
    if not 0 < data.minutes <= LONGEST_TRAINING:
        raise Problem("bad_minutes", N_("Give the hours of the training, 0.5 to 1,000."), field="hours")
    if data.on_date > current_site().today():
        raise Problem("day_in_future", N_("Give a day that is not in the future."), field="on_date")
    if data.valid_until is not None and data.valid_until < data.on_date:
        raise Problem("bad_period", N_("The last day cannot be before the first."), field="valid_until")
    row = VolunteerTraining(
        person_id=canonical_ids(session, [person.id])[person.id], title=title, qualification=qualification,
        minutes=data.minutes, on_date=data.on_date, valid_until=data.valid_until,
        certificate_no=certificate_no, recorded_at=current_site().now(), recorded_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "volunteer.training_added", "person", person.public_id, area_id=person.area_id,
        after={"training": row.public_id, "title": title, "on": data.on_date.isoformat()},
    )  # fmt: skip
    return row


def void_training(session: Session, row: VolunteerTraining, area_id: int, actor: Actor) -> None:
    """Take a wrong row back; raises Problem training_voided."""
    session.refresh(row, with_for_update=True)
    if row.voided_at is not None:
        raise Problem("training_voided", N_("This was taken back already."))
    row.voided_at = current_site().now()
    session.flush()
    audit.write(
        session, actor, "volunteer.training_voided", "volunteer_training", row.public_id, area_id=area_id
    )


def trainings_of(session: Session, rows: Collection[int]) -> list[VolunteerTraining]:
    """Trainings of a person that count, by all row ids, the latest first."""
    query = select(VolunteerTraining).where(
        VolunteerTraining.person_id.in_(rows), VolunteerTraining.voided_at.is_(None)
    )
    return list(
        session.scalars(query.order_by(VolunteerTraining.on_date.desc(), VolunteerTraining.id.desc()))
    )


def qualifications(session: Session) -> list[str]:
    """The qualifications that trainings carry, each once: what activities can ask for."""
    query = select(VolunteerTraining.qualification).where(
        VolunteerTraining.qualification != "", VolunteerTraining.voided_at.is_(None)
    )
    return sorted(session.scalars(query.distinct().limit(500)))
