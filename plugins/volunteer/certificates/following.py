"""Certificates follow the credits: what one states was corrected, so it is to be renewed; its text stays as it is."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED, Document, Entry, chunks, mark_documents_stale

from ..models import VolunteerCredit
from ..teams.queries import kept
from .models import VolunteerCertificate, VolunteerCertificateItem


def follow(session: Session, changed_entry_ids: Collection[int]) -> int:
    """Mark valid certificates as stale whose entries are worth something else by now; returns how many.

    ``changed_entry_ids`` are entries whose credit was changed or went; those that were credited for the first time
    stand on no certificate and need not be named. No statement when there are none, else one for each thousand.
    """
    item, credit = VolunteerCertificateItem, VolunteerCredit
    found: set[int] = set()
    for part in chunks(sorted(set(changed_entry_ids))):
        query = (
            select(VolunteerCertificate.document_id)
            .join(item, item.certificate_id == VolunteerCertificate.id)
            .join(Document, Document.id == VolunteerCertificate.document_id)
            .join(Entry, Entry.id == item.entry_id)
            .outerjoin(credit, credit.entry_id == item.entry_id)
            .where(
                item.entry_id.in_(part),
                Document.state == "issued",
                or_(
                    credit.minutes != item.minutes,
                    credit.klass != item.klass,
                    # Wrongly merged people were taken apart: it states the service of somebody else.
                    credit.person_id != kept(VolunteerCertificate.person_id),
                    # Where the plugin is off nothing is credited, and nothing was corrected either.
                    credit.entry_id.is_(None) & (Entry.status != CONFIRMED),
                ),
            )
        )
        found.update(session.scalars(query))
    return mark_documents_stale(session, found)
