"""What making wishes adds to pages of the core: one's open wish on one's own page, somebody's wishes for staff."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Area, Card, Panel, Person, PersonAlias, may, rows_of

from ..models import OPEN, WishesWish
from ..words import STATES

MOST_IN_PANEL = 20


def member_cards(session: Session, person: Person) -> Sequence[Card]:
    """One's open wish and how far it is; nothing for whoever has none. One statement."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person.id)
    query = (
        select(WishesWish.title, WishesWish.state, WishesWish.public_id)
        .where(
            or_(WishesWish.person_id == person.id, WishesWish.person_id.in_(merged)),
            WishesWish.state.in_(OPEN),
        )
        .order_by(WishesWish.id.desc())
    )
    found = session.execute(query.limit(1)).one_or_none()
    if found is None:
        return ()
    return (
        Card(
            title=gettext("My wish"),
            value=gettext(STATES[found.state]),
            note=found.title,
            endpoint="wishes_asking_own.page",
            values={"wish": found.public_id},
        ),
    )


def person_panels(session: Session, person: Person, area: Area, actor: Actor) -> Sequence[Panel]:
    """The wishes of a person for who may see wishes; nothing where there are none."""
    if not may(session, actor, "wishes.view", area.id):
        return ()
    query = (
        select(WishesWish)
        .where(WishesWish.person_id.in_(rows_of(session, [person.id])))
        .order_by(WishesWish.id.desc())
        .limit(MOST_IN_PANEL)
    )
    wishes = list(session.scalars(query))
    if not wishes:
        return ()
    return (Panel(gettext("Micro-wishes"), "wishes/asking_panel.html", {"wishes": wishes}),)
