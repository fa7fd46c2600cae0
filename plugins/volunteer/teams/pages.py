"""What teams add to pages of the core: what waits for a leader, and for staff."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Person

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


def dashboard_cards(session: Session, area: Area, actor: Actor) -> Sequence[Card]:
    """Requests to join teams of the area, while there are any; one statement."""
    waiting = lists.waiting_askings(session, area.id)
    if not waiting:
        return ()
    return (
        Card(
            title=gettext("Requests to join teams"),
            value=str(waiting),
            note=gettext("wait for an answer"),
            endpoint="volunteer_teams.index",
            values={"state": "asked"},
            permission="volunteer.teams",
        ),
    )
