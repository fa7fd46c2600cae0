"""What the register of volunteers holds of a person: for their copy, and what goes when they are erased.

The number stays taken for good, the row that holds it says nothing of who it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from .models import (
    WITHDRAWN,
    VolunteerConsent,
    VolunteerExternalId,
    VolunteerGuardian,
    VolunteerInsurance,
    VolunteerProfile,
    VolunteerTraining,
)


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Everything of a person, by all row ids; guardians by what they are, without their names."""
    profiles = session.scalars(select(VolunteerProfile).where(VolunteerProfile.person_id.in_(rows)))
    externals = session.scalars(select(VolunteerExternalId).where(VolunteerExternalId.person_id.in_(rows)))
    link, consent = VolunteerGuardian, VolunteerConsent
    consents = session.execute(
        select(
            link.relation,
            link.person_id,
            consent.from_on,
            consent.to_on,
            consent.method,
            consent.evidence,
            consent.given_at,
            consent.withdrawn_at,
        )
        .join(consent, consent.guardian_row_id == link.id)
        .where(or_(link.person_id.in_(rows), link.guardian_id.in_(rows)))
        .order_by(consent.id)
    ).all()
    insurances = session.scalars(select(VolunteerInsurance).where(VolunteerInsurance.person_id.in_(rows)))
    trainings = session.scalars(select(VolunteerTraining).where(VolunteerTraining.person_id.in_(rows)))
    return {
        "registrations": [
            {
                "number": one.volunteer_no,
                "state": one.state,
                "registered_on": one.registered_on.isoformat() if one.registered_on else None,
                "words": one.words,
                "reason": one.reason,
            }
            for one in profiles
        ],
        "numbers_elsewhere": [{"system": one.system, "number": one.value} for one in externals],
        "consents": [
            {
                "relation": row[0],
                "as": "child" if row[1] in rows else "guardian",
                "from": row[2].isoformat(),
                "to": row[3].isoformat() if row[3] else None,
                "method": row[4],
                "paper": row[5],
                "given_at": row[6].isoformat(),
                "withdrawn_at": row[7].isoformat() if row[7] else None,
            }
            for row in consents
        ],
        "insurances": [
            {
                "policy": one.policy_no,
                "insurer": one.insurer,
                "from": one.from_on.isoformat(),
                "to": one.to_on.isoformat(),
            }
            for one in insurances
        ],
        "trainings": [
            {
                "title": one.title,
                "minutes": one.minutes,
                "on": one.on_date.isoformat(),
                "certificate": one.certificate_no,
            }
            for one in trainings
        ],
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words and numbers of papers go, numbers elsewhere too; what was done and that somebody agreed stays."""
    quiet = {"synchronize_session": False}
    session.execute(
        delete(VolunteerExternalId).where(VolunteerExternalId.person_id.in_(rows)).execution_options(**quiet)
    )
    session.execute(
        update(VolunteerProfile)
        .where(VolunteerProfile.person_id.in_(rows))
        .values(words="", reason="", state=WITHDRAWN)
        .execution_options(**quiet)
    )
    links = select(VolunteerGuardian.id).where(
        or_(VolunteerGuardian.person_id.in_(rows), VolunteerGuardian.guardian_id.in_(rows))
    )
    session.execute(
        update(VolunteerConsent)
        .where(VolunteerConsent.guardian_row_id.in_(links))
        .values(evidence="")
        .execution_options(**quiet)
    )
    session.execute(
        update(VolunteerGuardian)
        .where(or_(VolunteerGuardian.person_id.in_(rows), VolunteerGuardian.guardian_id.in_(rows)))
        .values(seen="")
        .execution_options(**quiet)
    )
    session.execute(
        update(VolunteerInsurance)
        .where(VolunteerInsurance.person_id.in_(rows))
        .values(policy_no="", insurer="")
        .execution_options(**quiet)
    )
    session.execute(
        update(VolunteerTraining)
        .where(VolunteerTraining.person_id.in_(rows))
        .values(certificate_no="")
        .execution_options(**quiet)
    )
