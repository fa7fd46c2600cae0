"""What certificates add to pages of the core: requests that wait, and the certificates on a person's page."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Counts, Panel, Person, may

from . import reading, services


def dashboard_counts(area: Area) -> Counts:
    """Requests that wait."""
    return (reading.asked_below(area.id).scalar_subquery(),)


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """Requests that wait; nothing while none waits."""
    (count,) = counts
    if not count:
        return ()
    card = Card(
        title=gettext("Requests for certificates"),
        value=str(count),
        note=gettext("wait for an answer"),
        endpoint="volunteer_certificates.requests",
        permission="volunteer.certify",
    )
    return (card,)


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """A person's certificates, for those who may issue them."""
    if not may(session, actor, "volunteer.certify", area.id):
        return ()
    context = {
        "certificates": reading.certificates_of(session, services.own_rows(session, person.id), limit=5),
        "person": person,
        "states": reading.STATES,
    }
    return (Panel(gettext("Certificates of service"), "volunteer/certificates_panel.html", context),)
