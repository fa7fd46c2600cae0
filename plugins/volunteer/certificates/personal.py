"""Certificates and requests of a person: what they get of them, and what goes when they are erased.

The core empties the papers and revokes them; number and minutes stay in the register, without a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from pointsys.plugin import Document, current_site

from .models import ASKED, TAKEN_BACK, VolunteerCertificate, VolunteerCertificateRequest


def export(session: Session, person: int, rows: Sequence[int]) -> Mapping[str, object]:
    """The numbers of a person's certificates with what they state, and what was asked for."""
    request = VolunteerCertificateRequest
    issued = session.execute(
        select(Document.number, Document.state, VolunteerCertificate)
        .join(Document, Document.id == VolunteerCertificate.document_id)
        .where(VolunteerCertificate.person_id.in_(rows))
        .order_by(VolunteerCertificate.id)
    )
    asked = session.scalars(select(request).where(request.person_id.in_(rows)).order_by(request.id))
    return {
        "certificates": [
            {
                "number": number, "state": state, "from": one.first_on.isoformat(), "to": one.last_on.isoformat(),
                "minutes": one.minutes, "entries": one.entries,
            }
            for number, state, one in issued
        ],
        "requests": [
            {
                "from": one.first_on.isoformat(), "to": one.last_on.isoformat(), "words": one.words,
                "state": one.state, "asked_at": one.asked_at.isoformat(), "answer": one.answer,
            }
            for one in asked
        ],
    }  # fmt: skip


def erase(session: Session, person: int, rows: Sequence[int]) -> None:
    """Words of and about the person go, and what they asked for is no longer asked."""
    request = VolunteerCertificateRequest
    theirs = request.person_id.in_(rows)
    quietly = {"synchronize_session": False}
    session.execute(
        update(request)
        .where(theirs, request.state == ASKED)
        .values(state=TAKEN_BACK, answered_at=current_site().now())
        .execution_options(**quietly)
    )
    session.execute(update(request).where(theirs).values(words="", answer="").execution_options(**quietly))
