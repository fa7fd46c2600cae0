"""Nine hours in a day in every place: above what counts at once, they wait for approval."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.plugins.volunteer import services
from tests import factories

DAY = date(2026, 7, 5)


def things(session: Session, area: Area, person: Person, words: str, actor: Actor) -> dict[str, str]:
    """Derived at once, for what waits is read from what is derived; ``words`` are the activity's title."""
    draft = factories.make_draft(session, area, person, day=DAY, start="08:00", end="17:00", title=words)
    (done,) = record(session, area, [draft], actor, "form", confirm=True)
    services.derive(session, [person.id])
    return {"long_entry": session.get_one(Entry, done.entry_id).public_id}
