"""A certificate of service and a request for one in every place."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.documents.services import issue
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.plugins.volunteer.certificates.content import Draft, snapshot
from pointsys.plugins.volunteer.certificates.issuers import Issuer
from pointsys.plugins.volunteer.certificates.models import (
    VolunteerCertificate,
    VolunteerCertificateRequest,
)
from pointsys.plugins.volunteer.certificates.services import KIND, SERIES, TEMPLATE

FIRST, LAST = date(2026, 7, 1), date(2026, 7, 10)


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """By hand: only communities issue, and here is one of every area. ``words`` are what it is wanted for."""
    printed = dict.fromkeys(("phone", "head", "handler", "contact", "team"), "")
    printed |= {"unit": area.name, "area": area.name, "seal": area.name}
    facts = {
        "holder": person.name, "identified": True, "volunteer_no": "", "first": FIRST.isoformat(),
        "last": LAST.isoformat(), "issuer": printed, "count": 1, "minutes": 120, "credit_minutes": 0,
        "rows": [[FIRST.isoformat(), "清扫", area.name, 120, "honour"]],
    }  # fmt: skip
    title, frozen = snapshot(Draft(Issuer(area, None, printed, None), FIRST, LAST, (), facts), "")
    document = issue(
        session, area, kind=KIND, series=SERIES, title=title, template=TEMPLATE, snapshot=frozen, actor=actor,
        person=person,
    )  # fmt: skip
    certificate = VolunteerCertificate(
        document_id=document.id, person_id=person.id, area_id=area.id, team_id=None, first_on=FIRST, last_on=LAST,
        minutes=120, credit_minutes=0, entries=1,
    )  # fmt: skip
    request = VolunteerCertificateRequest(
        person_id=person.id, area_id=area.id, first_on=FIRST, last_on=LAST, words=words,
        asked_at=current_site().now(),
    )  # fmt: skip
    session.add_all([certificate, request])
    session.flush()
    return {"certificate": certificate.public_id, "certificate_request": request.public_id}
