"""Organisations of an area, and who acts for them.

A link of an account counts while its days last, while the organisation is open and while the account holds the role
of a liaison over the organisation's area; each of these can be taken away alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    ancestors,
    audit,
    clean_text,
    current_site,
    missing,
    subtree,
    visible_areas,
)

from ..models import ACTIVE, DELIVERED, WishesClaim
from .linking import LINKS
from .models import (
    ORGANISATION_KINDS,
    WAITING,
    WishesDispatch,
    WishesLiaison,
    WishesOrganisation,
    WishesRoute,
)

PERMISSION = "wishes.unit"
KINDS = {
    "unit": N_("Unit"),
    "company": N_("Company"),
    "department": N_("Department"),
    "village": N_("Village or community"),
    "team": N_("Team"),
}
LONGEST_NAME = 100


@dataclass(frozen=True)
class LiaisonOrganisation:
    """An organisation that somebody acts for."""

    id: int
    public_id: str
    name: str
    kind: str
    area_id: int


def standing_for(actor: Actor) -> Subquery:
    """``organisation_id`` and ``area_id`` of the open organisations that the actor acts for today."""
    return (
        select(WishesLiaison.organisation_id, WishesOrganisation.area_id)
        .join(WishesOrganisation, WishesOrganisation.id == WishesLiaison.organisation_id)
        .where(
            WishesLiaison.account_id == (actor.account_id or 0),
            WishesOrganisation.area_id.in_(visible_areas(actor, PERMISSION)),
            WishesOrganisation.closed_at.is_(None),
            LINKS.lasting(),
        )
        .distinct()
        .subquery()
    )


def organisations_of(session: Session, actor: Actor) -> list[LiaisonOrganisation]:
    """The organisations that the actor acts for today, by name; none for anybody else. One statement."""
    link = standing_for(actor)
    row = WishesOrganisation
    query = (
        select(row.id, row.public_id, row.name, row.kind, row.area_id)
        .join(link, link.c.organisation_id == row.id)
        .order_by(row.name, row.id)
    )
    return [LiaisonOrganisation(*found) for found in session.execute(query)]


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation as lists show it, with what it has at present."""

    id: int
    public_id: str
    name: str
    kind: str
    area: str
    closed_at: datetime | None
    liaisons: int
    claims: int
    waiting: int
    overdue: int


def organisation_lines(
    session: Session,
    area_id: int,
    query: str = "",
    kind: str = "",
    state: str = "open",
    only: int | None = None,
) -> list[OrganisationLine]:
    """Organisations of an area and below, by name, at most 1,000; ``state`` "open", "closed" or "". One statement."""
    row, today = WishesOrganisation, current_site().today()
    link = WishesLiaison.organisation_id == row.id
    sent = (WishesDispatch.organisation_id == row.id, WishesDispatch.state.in_(WAITING))
    claimed = (WishesClaim.organisation_id == row.id, WishesClaim.state.in_((ACTIVE, DELIVERED)))
    columns = (
        select(func.count(WishesLiaison.id)).where(link, LINKS.lasting()).scalar_subquery(),
        select(func.count(WishesClaim.id)).where(*claimed).scalar_subquery(),
        select(func.count(WishesDispatch.id)).where(*sent).scalar_subquery(),
        select(func.count(WishesDispatch.id)).where(*sent, WishesDispatch.due_on < today).scalar_subquery(),
    )
    wanted = (
        select(row.id, row.public_id, row.name, row.kind, Area.name, row.closed_at, *columns)
        .join(Area, Area.id == row.area_id)
        .where(row.area_id.in_(subtree(area_id)))
        .order_by(row.closed_at.is_not(None), row.name, row.id)
        .limit(1_000)
    )
    if only is not None:
        wanted = wanted.where(row.id == only)
    if query:
        wanted = wanted.where(row.name.contains(query, autoescape=True))
    if kind:
        wanted = wanted.where(row.kind == kind)
    if state:
        wanted = wanted.where(row.closed_at.is_(None) if state == "open" else row.closed_at.is_not(None))
    return [OrganisationLine(*found) for found in session.execute(wanted)]


def organisations_below(session: Session, area_id: int, *, above: bool = False) -> list[WishesOrganisation]:
    """Open organisations of an area and below, by name; with ``above`` those of the areas over it too."""
    inside = WishesOrganisation.area_id.in_(subtree(area_id))
    near = or_(inside, WishesOrganisation.area_id.in_(ancestors(area_id))) if above else inside
    query = select(WishesOrganisation).where(near, WishesOrganisation.closed_at.is_(None))
    return list(session.scalars(query.order_by(WishesOrganisation.name, WishesOrganisation.id)))


def organisations_above(session: Session, area_id: int) -> list[tuple[str, str, str]]:
    """Name, kind and area of the open organisations over an area, which take its wishes too; one statement."""
    query = (
        select(WishesOrganisation.name, WishesOrganisation.kind, Area.name)
        .join(Area, Area.id == WishesOrganisation.area_id)
        .where(
            WishesOrganisation.area_id.in_(ancestors(area_id)),
            WishesOrganisation.area_id != area_id,
            WishesOrganisation.closed_at.is_(None),
        )
    )
    found = session.execute(query.order_by(WishesOrganisation.name, WishesOrganisation.id))
    return [(row[0], row[1], row[2]) for row in found]


def organisation_below(
    session: Session, area_id: int, public_id: str, *, lock: bool = False
) -> WishesOrganisation:
    """The organisation of an area or below, for staff; 404 for any other."""
    query = select(WishesOrganisation).where(
        WishesOrganisation.public_id == public_id, WishesOrganisation.area_id.in_(subtree(area_id))
    )
    if lock:
        query = query.with_for_update()
    return session.scalar(query) or missing()


def taking(session: Session, area_id: int, public_id: str) -> WishesOrganisation:
    """The open organisation to which wishes of an area can be sent: of that area, below it or above it.

    Raises Problem unknown_organisation.
    """
    found = next(
        (one for one in organisations_below(session, area_id, above=True) if one.public_id == public_id), None
    )
    if found is None:
        raise Problem("unknown_organisation", N_("Choose a unit of the list."), field="organisation")
    return found


def add(session: Session, area: Area, name: str, kind: str, actor: Actor) -> WishesOrganisation:
    """Add an organisation; raises Problem name_needed, bad_kind, or Conflict name_taken."""
    organisation = WishesOrganisation(
        area_id=area.id, name=_checked_name(name), kind=_checked_kind(kind), created_at=current_site().now(),
        created_by=actor.label,
    )  # fmt: skip
    _refuse_taken(session, organisation)
    session.add(organisation)
    _flush(session)
    audit.write(
        session, actor, "wishes.organisation_added", "wishes.organisation", organisation.public_id,
        area_id=area.id, after={"name": organisation.name, "kind": kind},
    )  # fmt: skip
    return organisation


def change(session: Session, organisation: WishesOrganisation, name: str, kind: str, actor: Actor) -> None:
    """Give an organisation another name or kind; raises what ``add`` raises."""
    before = {"name": organisation.name, "kind": organisation.kind}
    organisation.name, organisation.kind = _checked_name(name), _checked_kind(kind)
    with session.no_autoflush:
        _refuse_taken(session, organisation)
    _flush(session)
    audit.write(
        session, actor, "wishes.organisation_changed", "wishes.organisation", organisation.public_id,
        area_id=organisation.area_id, before=before, after={"name": organisation.name, "kind": kind},
    )  # fmt: skip


def _checked_name(name: str) -> str:
    name = clean_text(name)
    if not name or len(name) > LONGEST_NAME:
        raise Problem(
            "name_needed", N_("Name it in 1 to %(most)s characters."), field="name", most=LONGEST_NAME
        )
    return name


def _checked_kind(kind: str) -> str:
    if kind not in ORGANISATION_KINDS:
        raise Problem("bad_kind", N_("Choose what kind of organisation it is."), field="kind")
    return kind


_TAKEN = N_("An organisation of this name is on the list here already.")


def _refuse_taken(session: Session, organisation: WishesOrganisation) -> None:
    query = select(WishesOrganisation.id).where(
        WishesOrganisation.area_id == organisation.area_id,
        WishesOrganisation.name == organisation.name,
        WishesOrganisation.id != (organisation.id or 0),
    )
    if session.scalar(query) is not None:
        raise Conflict("name_taken", _TAKEN, field="name")


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError:
        # Somebody added the same name at the same moment; the transaction is lost with it.
        raise Conflict("name_taken", _TAKEN, field="name") from None


def close(session: Session, organisation: WishesOrganisation, actor: Actor) -> None:
    """Let an organisation take no more wishes; its links end and its routes go. Raises Conflict bad_state while it
    still has something open.
    """
    session.refresh(organisation, with_for_update=True)
    if organisation.closed_at is not None:
        raise Conflict("bad_state", N_("This organisation is closed already."))
    open_claims = select(WishesClaim.id).where(
        WishesClaim.organisation_id == organisation.id, WishesClaim.state.in_((ACTIVE, DELIVERED))
    )
    waiting = select(WishesDispatch.id).where(
        WishesDispatch.organisation_id == organisation.id, WishesDispatch.state.in_(WAITING)
    )
    if session.scalar(open_claims.limit(1)) is not None or session.scalar(waiting.limit(1)) is not None:
        raise Conflict(
            "bad_state", N_("It still has wishes to bring or to answer: call those back or end them first.")
        )
    organisation.closed_at = current_site().now()
    for link in session.scalars(
        select(WishesLiaison).where(
            WishesLiaison.organisation_id == organisation.id, WishesLiaison.to_on.is_(None)
        )
    ):
        LINKS.close(link, actor)
    for route in session.scalars(select(WishesRoute).where(WishesRoute.organisation_id == organisation.id)):
        session.delete(route)
    session.flush()
    audit.write(
        session, actor, "wishes.organisation_closed", "wishes.organisation", organisation.public_id,
        area_id=organisation.area_id,
    )  # fmt: skip
