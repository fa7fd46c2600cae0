"""What the ledger of seconded cadres holds of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import table_of

from .models import PointsCadreNote, PointsCadreStatus, PointsCadreTerm, PointsCadreVoid


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """Terms (by all row ids) with their notes and statuses."""
    terms = list(session.scalars(select(PointsCadreTerm).where(PointsCadreTerm.person_id.in_(rows))))
    ids = [term.id for term in terms]
    notes = session.scalars(
        select(PointsCadreNote).where(PointsCadreNote.term_id.in_(ids)).order_by(PointsCadreNote.id)
    )
    statuses = session.scalars(
        select(PointsCadreStatus).where(PointsCadreStatus.term_id.in_(ids)).order_by(PointsCadreStatus.id)
    )
    return {
        "terms": [
            {"from": term.from_on.isoformat(), "to": term.to_on.isoformat() if term.to_on else None}
            for term in terms
        ],
        "notes": [
            {"on": note.on_date.isoformat(), "kind": note.kind, "minutes": note.minutes, "text": note.text}
            for note in notes
        ],
        "statuses": [
            {"period": one.period, "no": one.no, "figures": one.figures, "review": one.review}
            for one in statuses
        ],
    }


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Empty what was said in words of a cadre."""
    terms = select(PointsCadreTerm.id).where(PointsCadreTerm.person_id.in_(rows))
    note, void, status = (table_of(model) for model in (PointsCadreNote, PointsCadreVoid, PointsCadreStatus))
    of_terms = select(note.c.id).where(note.c.term_id.in_(terms))
    session.execute(update(note).where(note.c.term_id.in_(terms), note.c.text != "").values(text=""))
    session.execute(update(void).where(void.c.note_id.in_(of_terms), void.c.reason != "").values(reason=""))
    session.execute(update(status).where(status.c.term_id.in_(terms)).values(review=""))
