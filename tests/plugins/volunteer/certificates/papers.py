"""Short ways to issue certificates and to read them back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.actors import Actor
from pointsys.core.documents.models import Document
from pointsys.core.pending import drain
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.plugins.volunteer.certificates import services
from pointsys.plugins.volunteer.certificates.issuers import area_issuer, team_issuer
from pointsys.plugins.volunteer.certificates.models import VolunteerCertificate
from pointsys.plugins.volunteer.signups.models import VolunteerActivity
from pointsys.plugins.volunteer.teams.models import VolunteerTeam
from tests.plugins.volunteer.place import Place

FIRST, LAST = date(2026, 1, 1), date(2026, 7, 1)
STAFF = Actor("li.na", account_id=1)


def issue(
    place: Place,
    person: int,
    *,
    area: str = "happy",
    team: int | None = None,
    replaces: int | None = None,
    actor: Actor = STAFF,
    **kwargs: Any,
) -> int:
    """The id of a new certificate of ``person`` about the first half of the year."""
    with unit_of_work() as session:
        if team is None:
            issuer = area_issuer(session, place.area(session, area))
        else:
            issuer = team_issuer(session, session.get_one(VolunteerTeam, team))
        older = None if replaces is None else session.get_one(VolunteerCertificate, replaces)
        holder = session.get_one(Person, person)
        return int(services.issue(session, holder, issuer, FIRST, LAST, actor, replaces=older, **kwargs).id)


def take_out(person: int, first: date = FIRST, last: date = LAST) -> int:
    """The id of the certificate that a person takes out."""
    with unit_of_work() as session:
        holder = session.get_one(Person, person)
        me = Actor("me", account_id=7, person_id=person)
        return int(services.take_out(session, holder, first, last, me).id)


def document_of(session: Session, certificate: int) -> Document:
    """The document of a certificate."""
    return session.get_one(Document, session.get_one(VolunteerCertificate, certificate).document_id)


def state_of(certificate: int) -> str:
    """The state of a certificate's document."""
    with read_scope() as session:
        return str(document_of(session, certificate).state)


def number_of(certificate: int) -> str:
    """The number of a certificate."""
    with read_scope() as session:
        return str(document_of(session, certificate).number)


def facts_of(certificate: int) -> dict[str, Any]:
    """The frozen content of a certificate."""
    with read_scope() as session:
        found: dict[str, Any] = json.loads(document_of(session, certificate).snapshot)
        return found


def team(place: Place, name: str, *, area: str = "happy", **kwargs: Any) -> int:
    """The id of a new team that may issue."""
    with unit_of_work() as session:
        values = {"issuer_eligible": True, "organisation": f"{name}协会", **kwargs}
        row = VolunteerTeam(
            area_id=place.areas[area], name=name, created_at=current_site().now(), created_by="test", **values
        )
        session.add(row)
        session.flush()
        return int(row.id)


def serve_for(place: Place, person: int, team_id: int, start: str, end: str, **kwargs: Any) -> int:
    """An entry of an activity of a team."""
    entry = place.serve(person, start, end, planned=(start, end), derive=False, **kwargs)
    with unit_of_work() as session:
        activity = session.get_one(Entry, entry).activity_id
        now = current_site().now()
        session.add(
            VolunteerActivity(
                activity_id=activity, area_id=place.areas["happy"], team_id=team_id, state="open",
                created_at=now, created_by="test", changed_at=now, changed_by="test",
            )
        )  # fmt: skip
    drain()
    return entry
