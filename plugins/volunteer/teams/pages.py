"""What teams add to pages of the core: what waits for a leader; for staff see the pages of ``people``."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Card, Person

from . import lists, queries


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """Requests to join the teams that somebody leads; nothing for anybody else. Three statements, two for others."""
    led = queries.leads(session, queries.rows_of(session, person.id))
    waiting = len(lists.askings_of_teams(session, led)) if led else 0
    if not waiting:
        return ()
    return (
        Card(
            title=gettext("Asking to join your team"),
            value=str(waiting),
            note=gettext("wait for your answer"),
            endpoint="volunteer_my_teams.index",
        ),
    )
