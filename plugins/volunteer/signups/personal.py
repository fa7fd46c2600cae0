"""What sign-ups hold of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Activity, current_site

from .models import HOLDING, LIVE, WITHDRAWN, VolunteerSignup, VolunteerSlot
from .places import give_back


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """The person's sign-ups with their shifts, and what they wrote and were told."""
    found = session.execute(
        select(VolunteerSignup, VolunteerSlot, Activity.title)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .join(Activity, Activity.id == VolunteerSlot.activity_id)
        .where(VolunteerSignup.person_id.in_(rows))
        .order_by(VolunteerSlot.starts_at, VolunteerSignup.id)
    )
    return {
        "signups": [
            {
                "id": signup.public_id, "activity": title, "role": slot.role, "from": slot.starts_at.isoformat(),
                "to": slot.ends_at.isoformat(), "state": signup.state, "place": signup.place, "words": signup.words,
                "party": signup.party, "reason": signup.reason, "signed_up_at": signup.signed_up_at.isoformat(),
                "by_guardian": signup.guardian_id is not None,
            }
            for signup, slot, title in found
        ]
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what was written and free the places of shifts to come; that somebody served or did not come stays."""
    _free(session, rows)
    session.execute(
        update(VolunteerSignup)
        .where(VolunteerSignup.person_id.in_(rows))
        .values(words="", party="", reason="")
    )
    session.execute(
        update(VolunteerSignup).where(VolunteerSignup.guardian_id.in_(rows)).values(guardian_id=None)
    )


def _free(session: Session, rows: Sequence[int]) -> None:
    """Take back what is still to come; the waiting list moves up with the next change of the shift."""
    found = session.execute(
        select(VolunteerSignup, VolunteerSlot)
        .join(VolunteerSlot, VolunteerSlot.id == VolunteerSignup.slot_id)
        .where(
            VolunteerSignup.person_id.in_(rows),
            VolunteerSignup.state.in_(LIVE),
            VolunteerSlot.starts_at > current_site().now(),
        )
        .order_by(VolunteerSlot.id)
    ).all()
    for signup, slot in found:
        if signup.state in HOLDING:
            give_back(session, slot)
        signup.state, signup.place = WITHDRAWN, 0
    session.flush()
