"""What the register of volunteers adds to pages of the core: who applies, the number on a person's page, children."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Counts, Panel, Person, current_site, groups

from ..teams.lists import asked_below
from ..teams.queries import kept
from . import guardians, queries, services
from .models import APPLICANT, VolunteerGuardian


def dashboard_counts(area: Area) -> Counts:
    """Applications and requests to join teams."""
    return queries.applying(area.id).scalar_subquery(), asked_below(area.id).scalar_subquery()


def dashboard_cards(counts: Sequence[int]) -> Sequence[Card]:
    """Applications and requests to join teams of the area, while there are any."""
    applying, asking = counts
    cards = []
    if applying:
        cards.append(
            Card(
                title=gettext("Applications of volunteers"),
                value=str(applying),
                note=gettext("wait to be registered"),
                endpoint="volunteer_people.index",
                values={"state": APPLICANT},
                permission="volunteer.people",
            )
        )
    if asking:
        cards.append(
            Card(
                title=gettext("Requests to join teams"),
                value=str(asking),
                note=gettext("wait for an answer"),
                endpoint="volunteer_teams.index",
                values={"state": "asked"},
                permission="volunteer.teams",
            )
        )
    return cards


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """Children of a guardian who has not agreed for all of them; one statement for everybody else."""
    own = select(VolunteerGuardian.id).where(
        kept(VolunteerGuardian.guardian_id) == person.id, VolunteerGuardian.ended_at.is_(None)
    )
    if session.scalar(own.limit(1)) is None:
        return ()
    today = current_site().today()
    wards = {
        one.id for one in guardians.wards_of(session, list(groups(session, [person.id])[person.id]), today)
    }
    open_ones = [
        link
        for link in guardians.ward_links(session, person.id)
        if link.person.id in wards and not link.holds_on(today)
    ]
    if not open_ones:
        return ()
    return (
        Card(
            title=gettext("Consent for my children"),
            value=str(len(open_ones)),
            note="、".join(link.person.name for link in open_ones),
            endpoint="volunteer_me.children",
        ),
    )


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """The number and the standing of a person, for staff; three statements."""
    context = {
        "person": person,
        "profile": services.profile_of(session, person.id),
        "states": services.STATES,
    }
    return (Panel(gettext("Volunteer"), "volunteer/people_panel.html", context),)
