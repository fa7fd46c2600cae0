"""Units that somebody takes part in, and what was said about their wishes: for their copy, and cleared with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import current_site

from ..models import WishesWish
from .models import (
    WishesDispatch,
    WishesDispatchStep,
    WishesOrganisation,
    WishesOrganisationMember,
)


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """In which units the person takes part, and where their wishes were sent."""
    taking_part = (
        select(WishesOrganisation.name, WishesOrganisationMember.added_at, WishesOrganisationMember.ended_at)
        .join(WishesOrganisationMember, WishesOrganisationMember.organisation_id == WishesOrganisation.id)
        .where(WishesOrganisationMember.person_id.in_(rows))
        .order_by(WishesOrganisationMember.id)
    )
    sent = (
        select(WishesDispatch, WishesOrganisation.name, WishesWish.year, WishesWish.number)
        .join(WishesWish, WishesWish.id == WishesDispatch.wish_id)
        .join(WishesOrganisation, WishesOrganisation.id == WishesDispatch.organisation_id)
        .where(WishesWish.person_id.in_(rows))
        .order_by(WishesDispatch.id)
    )
    return {
        "units": [
            {"unit": row[0], "from": row[1].isoformat(), "to": row[2].isoformat() if row[2] else None}
            for row in session.execute(taking_part)
        ],
        "wishes_sent": [
            {
                "wish": f"{year}-{number:04d}",
                "unit": unit,
                "sent_at": row.sent_at.isoformat(),
                "due_on": row.due_on.isoformat(),
                "state": row.state,
                "request": row.request,
                "answer": row.answer,
            }
            for row, unit, year, number in session.execute(sent)
        ],
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """The person takes part in no unit any more, and words about their wishes go."""
    wishes = select(WishesWish.id).where(WishesWish.person_id.in_(rows))
    dispatches = select(WishesDispatch.id).where(WishesDispatch.wish_id.in_(wishes))
    unsynchronised = {"synchronize_session": False}
    session.execute(
        update(WishesDispatchStep)
        .where(WishesDispatchStep.dispatch_id.in_(dispatches))
        .values(note="")
        .execution_options(**unsynchronised)
    )
    session.execute(
        update(WishesDispatch)
        .where(WishesDispatch.wish_id.in_(wishes))
        .values(request="", answer="")
        .execution_options(**unsynchronised)
    )
    session.execute(
        update(WishesOrganisationMember)
        .where(WishesOrganisationMember.person_id.in_(rows), WishesOrganisationMember.ended_at.is_(None))
        .values(ended_at=current_site().now())
        .execution_options(**unsynchronised)
    )
