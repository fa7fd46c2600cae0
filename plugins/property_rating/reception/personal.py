"""What receptions hold of a person: for the copy that they take away, and what goes when they are erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from .models import PropertyReception, PropertyReceptionItem, PropertyReceptionStep


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """What a person (all row ids) brought to receptions, and what became of it."""
    item = PropertyReceptionItem
    query = (
        select(PropertyReception.on_date, item.text, item.promised_on, item.state, item.revisit)
        .join(PropertyReception, PropertyReception.id == item.reception_id)
        .where(item.person_id.in_(rows))
        .order_by(item.id)
    )
    return {
        "items": [
            {
                "on": row[0].isoformat(),
                "text": row[1],
                "promised_on": row[2].isoformat(),
                "state": row[3],
                "revisit": row[4],
            }
            for row in session.execute(query)
        ]
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go; that something was brought, and whether it was solved, stays."""
    quietly = {"synchronize_session": False}
    items = select(PropertyReceptionItem.id).where(PropertyReceptionItem.person_id.in_(rows))
    session.execute(
        update(PropertyReceptionStep)
        .where(PropertyReceptionStep.item_id.in_(items))
        .values(note="")
        .execution_options(**quietly)
    )
    session.execute(
        update(PropertyReceptionItem)
        .where(PropertyReceptionItem.person_id.in_(rows))
        .values(text="")
        .execution_options(**quietly)
    )
