"""Appeals of owners: the copy that people take away, and the words that go when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..registry.models import PropertyEstate
from .models import PropertyEntrant, PropertyRound
from .records import PropertyAppeal, PropertyAppealSupport


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Appeals that a person wrote or supports, with what became of them."""
    supported = select(PropertyAppealSupport.appeal_id).where(PropertyAppealSupport.person_id.in_(rows))
    query = (
        select(PropertyRound.title, PropertyEstate.name, PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(PropertyAppeal.raised_by_person.in_(rows) | PropertyAppeal.id.in_(supported))
        .order_by(PropertyAppeal.id)
    )
    return {
        "appeals": [
            {
                "round": title, "estate": estate, "written_by_you": appeal.raised_by_person in rows,
                "words": appeal.words, "raised_at": appeal.raised_at.isoformat(), "state": appeal.state,
                "ruling": appeal.ruling,
            }
            for title, estate, appeal in session.execute(query)
        ]
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """The words of an owner's appeal go; that it was raised, and what was ruled, stays."""
    session.execute(
        update(PropertyAppeal)
        .where(PropertyAppeal.raised_by_person.in_(rows))
        .values(words="", retracted_why="")
        .execution_options(synchronize_session=False)
    )
