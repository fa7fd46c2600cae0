"""Which units an account stands for, and where; linking an account to a unit and ending the link.

The rule of such links is the core's (``AccountLinks``); here a link is for one unit and the people of one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Subquery, and_, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    AccountLinks,
    Actor,
    Area,
    Person,
    Problem,
    ancestors,
    logins_of,
    subtree,
    visible_areas,
)

from ..cadres.queries import units_sending
from ..models import PointsHomeUnit, PointsMember
from ..sheets import unit_names
from .models import PointsLiaison

PERMISSION = "points.unit"
# Programs read since the first release that a link twice made or ended is unprocessable, not a conflict.
LINKS = AccountLinks(
    PointsLiaison, "points.liaison_linked", "points.liaison_ended",
    N_("This account stands for this unit already."), Problem,
)  # fmt: skip


@dataclass(frozen=True)
class LiaisonUnit:
    """A unit that somebody stands for, as far as the people of ``area_id`` and below go."""

    unit_id: int
    name: str
    area_id: int


def units_of(session: Session, actor: Actor) -> list[LiaisonUnit]:
    """The units for which the actor stands today, by name; nothing for anybody else. One statement."""
    link = standing_for(actor)
    query = (
        select(PointsHomeUnit.id, PointsHomeUnit.name, link.c.area_id)
        .join(link, link.c.unit_id == PointsHomeUnit.id)
        .order_by(PointsHomeUnit.name, link.c.area_id)
    )
    return [LiaisonUnit(*row) for row in session.execute(query)]


def standing_for(actor: Actor) -> Subquery:
    """``unit_id`` and ``area_id`` of the links that count for the actor today."""
    return (
        select(PointsLiaison.unit_id, PointsLiaison.area_id)
        .where(
            PointsLiaison.account_id == (actor.account_id or 0),
            PointsLiaison.area_id.in_(visible_areas(actor, PERMISSION)),
            LINKS.lasting(),
        )
        .distinct()
        .subquery()
    )


@dataclass(frozen=True)
class LinkLine:
    """A link as the list shows it; ``login`` "" where the account is gone, ``open`` while it has no last day."""

    public_id: str
    unit: str
    area: str
    login: str
    from_on: date
    to_on: date | None
    linked_by: str
    linked_at: datetime
    ended_by: str | None
    below: bool

    @property
    def open(self) -> bool:
        """Whether it can be ended."""
        return self.to_on is None


LINK_STATES = ("open", "ended")


def links_below(session: Session, area_id: int, query: str = "", state: str = "") -> list[LinkLine]:
    """Links that count in an area, those made below it too, and those made above it to units that members here work
    for; those that last first, by unit.

    ``below`` tells those that can be ended here; ``query`` is a part of the unit's name or of the login, ``state`` one
    of ``LINK_STATES``. Three statements.
    """
    employers = (
        select(PointsMember.home_unit_id)
        .join(Person, Person.id == PointsMember.person_id)
        .where(Person.area_id.in_(subtree(area_id)))
    )
    rows = session.execute(
        select(PointsLiaison, PointsHomeUnit.name, Area.name)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsLiaison.unit_id)
        .join(Area, Area.id == PointsLiaison.area_id)
        .where(
            or_(
                PointsLiaison.area_id.in_(subtree(area_id)),
                and_(PointsLiaison.area_id.in_(ancestors(area_id)), PointsLiaison.unit_id.in_(employers)),
            )
        )
        .order_by(PointsLiaison.to_on.is_not(None), PointsHomeUnit.name, PointsLiaison.id.desc())
        .limit(1_000)
    ).all()
    inside = set(session.scalars(subtree(area_id)))
    logins = logins_of(session, {link.account_id for link, _unit, _area in rows})
    lines = [
        LinkLine(
            link.public_id, unit, area, logins.get(link.account_id, ""), link.from_on, link.to_on,
            link.linked_by, link.linked_at, link.ended_by, link.area_id in inside,
        )
        for link, unit, area in rows
    ]  # fmt: skip
    return [
        line
        for line in lines
        if (query in line.unit or query in line.login)
        and (state not in LINK_STATES or line.open == (state == "open"))
    ]


def units_here(session: Session, area_id: int) -> list[str]:
    """Names of units that can have a liaison here: members of the area work for them, or they sent cadres to it."""
    return sorted({*unit_names(session, area_id), *units_sending(session, area_id)})


def link(session: Session, area: Area, unit: str, account: str, actor: Actor) -> PointsLiaison:
    """Let an account (outside id) read the letters to a unit (by its name) about people of ``area`` and below.

    Raises Problem unknown_unit, not_a_liaison, own_matter or already_linked.
    """
    found = session.scalar(select(PointsHomeUnit).where(PointsHomeUnit.name == unit.strip()))
    if found is None or found.name not in units_here(session, area.id):
        raise Problem("unknown_unit", N_("Choose a unit that members here work for."), field="unit")
    return LINKS.link(session, found, area.id, account, actor, unit_id=found.id, area_id=area.id)


def end(session: Session, area_id: int, public_id: str, actor: Actor) -> PointsLiaison | None:
    """End a link of an area or below at once; None where there is none. Raises Problem link_ended."""
    row = LINKS.find(session, public_id, PointsLiaison.area_id.in_(subtree(area_id)))
    if row is not None:
        LINKS.end(session, row, row.area_id, actor)
    return row
