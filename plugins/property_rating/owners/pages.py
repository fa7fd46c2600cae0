"""What proofs add to a person's page: the dwellings they own, for staff who check that."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Panel, Person, may

from .own import homes_of
from .queries import rows_of
from .words import METHODS


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """Dwellings of somebody; nothing where there are none."""
    if not may(session, actor, "property.owners", area.id):
        return ()
    homes = homes_of(session, rows_of(session, person.id))
    if not homes:
        return ()
    context = {"homes": homes, "methods": METHODS}
    return (Panel(gettext("Dwellings"), "property/owner_panel.html", context),)
