"""Reading claims: one's own, those of a wish, and an area's list, each with its people and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import VOIDED as ENTRY_VOIDED
from pointsys.plugin import (
    Actor,
    Area,
    Attachment,
    Entry,
    Person,
    PersonAlias,
    current_site,
    missing,
    name_condition,
    rows_of_actor,
    subtree,
)

from ..dispatch.models import WishesOrganisation
from ..dispatch.organisations import standing_for
from ..models import (
    ACTIVE,
    CLAIM_STATES,
    CONFIRMED,
    DELIVERED,
    LIVE,
    WishesClaim,
    WishesClaimMember,
    WishesWish,
)
from .joining import CHANCE
from .joining import is_open as is_asked
from .services import photos_of

SORTS = ("due", "date", "-date")
MOST_OWN = 200
# Filters beside the states of a claim.
OPEN, LATE, SILENT = "open", "late", "silent"


@dataclass(frozen=True)
class Member:
    """Somebody of a claim; ``public_id`` and ``name`` of the row that is kept, ``entry`` and ``voided`` of the log.

    ``agreed`` is False for whoever was named and has not answered yet.
    """

    person_id: int
    public_id: str
    name: str
    entry: str
    voided: bool
    agreed: bool


@dataclass(frozen=True)
class ClaimRow:
    """One claim with its wish, its people in team order, and its photos.

    ``organisation`` is a name or "". ``area`` is where the wish is.
    """

    claim: WishesClaim
    wish: WishesWish
    organisation: str
    area: str
    people: tuple[Member, ...]
    photos: tuple[Attachment, ...]

    @property
    def public_id(self) -> str:
        """The claim's outside id."""
        return self.claim.public_id

    @property
    def entries_voided(self) -> bool:
        """Whether the log no longer counts this claim, for all that the claim itself says."""
        return any(one.voided for one in self.people)

    @property
    def who(self) -> str:
        """The organisation, or the people in team order."""
        return self.organisation or "、".join(one.name for one in self.people)

    @property
    def named(self) -> tuple[Member, ...]:
        """Those of the team who have not answered yet."""
        return tuple(one for one in self.people if not one.agreed)

    @property
    def due(self) -> datetime | None:
        """Until when the next step should be done: the contact, then bringing it."""
        if self.claim.state != ACTIVE:
            return None
        return self.claim.deliver_due if self.claim.contacted_at else self.claim.contact_due

    @property
    def late(self) -> bool:
        """Whether the time for the next step is over; without a contact the clock has not been there yet."""
        return self.due is not None and self.due <= current_site().now()


def _query() -> Select[WishesClaim, WishesWish, str, str]:
    return (
        select(WishesClaim, WishesWish, func.coalesce(WishesOrganisation.name, ""), Area.name)
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .join(Area, Area.id == WishesWish.area_id)
        .outerjoin(WishesOrganisation, WishesOrganisation.id == WishesClaim.organisation_id)
    )


def _rows(session: Session, found: Sequence[Row[WishesClaim, WishesWish, str, str]]) -> list[ClaimRow]:
    """The people and the photos to claims; two statements."""
    people = _people(session, [row[0].id for row in found])
    photos = photos_of(session, [row[0] for row in found])
    return [
        ClaimRow(*row, tuple(people.get(row[0].id, ())), tuple(photos.get(row[0].public_id, ())))
        for row in found
    ]


def _people(session: Session, claims: Collection[int]) -> dict[int, list[Member]]:
    member = WishesClaimMember
    query = (
        select(
            member.claim_id, Person.id, Person.public_id, Person.name,
            func.coalesce(Entry.public_id, ""), func.coalesce(Entry.status, ""), member.agreed_at.is_not(None),
        )
        .select_from(member)
        .outerjoin(PersonAlias, PersonAlias.merged_id == member.person_id)
        .join(Person, Person.id == func.coalesce(PersonAlias.kept_id, member.person_id))
        .outerjoin(Entry, Entry.id == member.entry_id)
        .where(member.claim_id.in_(claims), member.left_at.is_(None))
        .order_by(member.claim_id, member.place)
    )  # fmt: skip
    found: dict[int, list[Member]] = {}
    for claim_id, person_id, public_id, name, entry, status, agreed in (
        session.execute(query) if claims else ()
    ):
        found.setdefault(claim_id, []).append(
            Member(person_id, public_id, name, entry, status == ENTRY_VOIDED, agreed)
        )
    return found


def claims_of(session: Session, wishes: Collection[int]) -> dict[int, list[ClaimRow]]:
    """The claims of some wishes by wish, the newest first; three statements."""
    query = _query().where(WishesClaim.wish_id.in_(wishes)).order_by(WishesClaim.id.desc())
    found: dict[int, list[ClaimRow]] = {}
    for row in _rows(session, session.execute(query).all() if wishes else []):
        found.setdefault(row.claim.wish_id, []).append(row)
    return found


def _mine(session: Session, actor: Actor) -> Any:
    """The condition for claims that somebody takes part in, or whose organisation they stand for."""
    rows = rows_of_actor(session, actor)
    link = standing_for(actor)
    taking_part = select(WishesClaimMember.claim_id).where(
        WishesClaimMember.person_id.in_(rows), WishesClaimMember.left_at.is_(None)
    )
    return or_(
        WishesClaim.id.in_(taking_part), WishesClaim.organisation_id.in_(select(link.c.organisation_id))
    )


def own_rows(session: Session, actor: Actor) -> list[ClaimRow]:
    """Claims of the one who acts: open ones first, those that are due soonest before others. Five statements."""
    stage = case((WishesClaim.state == ACTIVE, 0), (WishesClaim.state == DELIVERED, 1), else_=2)
    query = _query().where(_mine(session, actor))
    query = query.order_by(stage, case((stage == 0, WishesClaim.contact_due)), WishesClaim.id.desc())
    return _rows(session, session.execute(query.limit(MOST_OWN)).all())


def asked_in(session: Session, actor: Actor, rows: Sequence[ClaimRow]) -> set[int]:
    """Ids of those of one's own claims in which one was named and has not answered yet, though it is still asked."""
    mine = rows_of_actor(session, actor)
    return {
        row.claim.id
        for row in rows
        if is_asked(row.claim) and any(one.person_id in mine and not one.agreed for one in row.people)
    }


def known_to(session: Session, actor: Actor, rows: Sequence[ClaimRow]) -> set[int]:
    """Ids of those of one's own claims of which one may know whom they are for: see ``services.knows``."""
    mine, link = rows_of_actor(session, actor), standing_for(actor)
    units = set(session.scalars(select(link.c.organisation_id)))
    return {
        row.claim.id
        for row in rows
        if row.claim.organisation_id in units
        or any(one.agreed and one.person_id in mine for one in row.people)
    }


def live_claim_of(session: Session, actor: Actor, wish_id: int) -> str | None:
    """The outside id of the claim in which somebody is on a wish already, if they are; one statement."""
    query = (
        select(WishesClaim.public_id)
        .join(WishesClaimMember, WishesClaimMember.claim_id == WishesClaim.id)
        .where(
            WishesClaim.wish_id == wish_id,
            WishesClaim.state.in_((ACTIVE, DELIVERED)),
            WishesClaimMember.person_id.in_(rows_of_actor(session, actor)),
            WishesClaimMember.left_at.is_(None),
        )
    )
    return session.scalar(query.limit(1))


def own_row(session: Session, actor: Actor, public_id: str) -> ClaimRow:
    """A claim of the one who acts; 404 for any other."""
    query = _query().where(WishesClaim.public_id == public_id, _mine(session, actor))
    return _one(session, query)


def brought_to(session: Session, actor: Actor) -> list[ClaimRow]:
    """What was brought to the one who acts and waits for their word, the oldest first; five statements."""
    rows = rows_of_actor(session, actor)
    query = _query().where(WishesWish.person_id.in_(rows), WishesClaim.state == DELIVERED)
    found = session.execute(query.order_by(WishesClaim.delivered_at).limit(MOST_OWN)).all() if rows else []
    return _rows(session, found)


def wishers_row(session: Session, actor: Actor, public_id: str) -> ClaimRow:
    """A claim of a wish that the one who acts made; 404 for any other."""
    rows = rows_of_actor(session, actor)
    query = _query().where(WishesClaim.public_id == public_id, WishesWish.person_id.in_(rows))
    return _one(session, query)


def claim_below(session: Session, area_id: int, wish: str, public_id: str) -> ClaimRow:
    """A claim of a wish (outside id) of an area or below, for staff; 404 for any other."""
    query = _query().where(
        WishesClaim.public_id == public_id,
        WishesWish.public_id == wish,
        WishesWish.area_id.in_(subtree(area_id)),
    )
    return _one(session, query)


def _one(session: Session, query: Select[WishesClaim, WishesWish, str, str]) -> ClaimRow:
    row = session.execute(query).one_or_none()
    if row is None:
        missing()
    return _rows(session, [row])[0]


def row_of(session: Session, claim: WishesClaim) -> ClaimRow:
    """A claim as the others show it."""
    return _one(session, _query().where(WishesClaim.id == claim.id))


def has_claims(session: Session, wish: WishesWish) -> bool:
    """Whether a wish was ever claimed."""
    query = select(WishesClaim.id).where(WishesClaim.wish_id == wish.id).limit(1)
    return session.scalar(query) is not None


def wishers_of(session: Session, wishes: Collection[WishesWish]) -> dict[int, Person]:
    """The row that is kept of who wishes, by the wish's id; one statement."""
    query = (
        select(WishesWish.id, Person)
        .outerjoin(PersonAlias, PersonAlias.merged_id == WishesWish.person_id)
        .join(Person, Person.id == func.coalesce(PersonAlias.kept_id, WishesWish.person_id))
        .where(WishesWish.id.in_({wish.id for wish in wishes}))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def wisher_of(session: Session, wish: WishesWish) -> Person:
    """The same of one wish."""
    return wishers_of(session, [wish])[wish.id]


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; ``state`` is a state of a claim, ``OPEN``, ``LATE`` or ``SILENT``."""

    text: str = ""
    state: str = ""


def claims_below(
    session: Session, area_id: int, filters: Filters, *, sort: str, limit: int, offset: int
) -> tuple[list[ClaimRow], int]:
    """Claims of wishes of an area and below, and how many there are; four statements."""
    query = _query().where(WishesWish.area_id.in_(subtree(area_id)))
    if filters.text:
        member = (
            select(WishesClaimMember.id)
            .join(Person, Person.id == WishesClaimMember.person_id)
            .where(WishesClaimMember.claim_id == WishesClaim.id, name_condition(filters.text))
        )
        text = filters.text
        query = query.where(
            or_(
                exists(member),
                WishesWish.title.contains(text, autoescape=True),
                WishesOrganisation.name.contains(text, autoescape=True),
            )
        )
    if filters.state in CLAIM_STATES:
        query = query.where(WishesClaim.state == filters.state)
    elif filters.state == OPEN:
        query = query.where(WishesClaim.state.in_((ACTIVE, DELIVERED)))
    elif filters.state == LATE:
        query = query.where(_is_late())
    elif filters.state == SILENT:
        query = query.where(is_silent())
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    stage = case((WishesClaim.state == DELIVERED, 0), (WishesClaim.state == ACTIVE, 1), else_=2)
    orders: dict[str, tuple[Any, ...]] = {
        "due": (stage, case((stage == 1, WishesClaim.contact_due)), WishesClaim.claimed_at.desc()),
        "date": (WishesClaim.claimed_at,),
        "-date": (WishesClaim.claimed_at.desc(),),
    }
    found = session.execute(query.order_by(*orders[sort], WishesClaim.id).limit(limit).offset(offset))
    return _rows(session, found.all()), total


def is_silent() -> Any:
    """Claims that lapse soon: reminded, still in time, and nobody has been in touch."""
    claim = WishesClaim
    return and_(
        claim.state == ACTIVE,
        claim.contacted_at.is_(None),
        claim.reminded_at.is_not(None),
        claim.contact_due > current_site().now(),
    )


def _is_late() -> Any:
    due = case((WishesClaim.contacted_at.is_(None), WishesClaim.contact_due), else_=WishesClaim.deliver_due)
    return and_(WishesClaim.state == ACTIVE, due <= current_site().now())


@dataclass(frozen=True)
class OwnCounts:
    """What waits for somebody: teams in which they were named, claims to make contact for, claims to bring, and brought
    wishes to confirm."""

    named: int
    contact: int
    bring: int
    confirm: int


def own_counts(session: Session, person: int) -> OwnCounts:
    """The same for a human being (a kept id); one statement."""
    merged = select(PersonAlias.merged_id).where(PersonAlias.kept_id == person)

    def of(column: Any) -> Any:
        return or_(column == person, column.in_(merged))

    on_it = select(WishesClaimMember.claim_id).where(
        of(WishesClaimMember.person_id), WishesClaimMember.live.is_(True)
    )
    mine = on_it.where(WishesClaimMember.agreed_at.is_not(None))
    named = on_it.where(WishesClaimMember.agreed_at.is_(None))
    asked = or_(
        WishesClaim.state.in_((ACTIVE, DELIVERED)),
        and_(WishesClaim.state == CONFIRMED, WishesClaim.confirmed_at > current_site().now() - CHANCE),
    )
    active = (WishesClaim.id.in_(mine), WishesClaim.state == ACTIVE)
    brought = (
        select(func.count(WishesClaim.id))
        .join(WishesWish, WishesWish.id == WishesClaim.wish_id)
        .where(of(WishesWish.person_id), WishesClaim.state == DELIVERED)
    )
    row = session.execute(
        select(
            select(func.count(WishesClaim.id)).where(WishesClaim.id.in_(named), asked).scalar_subquery(),
            select(func.count(WishesClaim.id))
            .where(*active, WishesClaim.contacted_at.is_(None))
            .scalar_subquery(),
            select(func.count(WishesClaim.id))
            .where(*active, WishesClaim.contacted_at.is_not(None))
            .scalar_subquery(),
            brought.scalar_subquery(),
        )
    ).one()
    return OwnCounts(*(int(number) for number in row))


def one_claim(
    session: Session, wish: WishesWish, public_id: str, states: Collection[str]
) -> WishesClaim | None:
    """The claim of a wish that a request means: the one it names, else the only one in ``states``; None if unclear."""
    query = select(WishesClaim).where(WishesClaim.wish_id == wish.id)
    if public_id:
        return session.scalars(query.where(WishesClaim.public_id == public_id)).one_or_none()
    found = list(session.scalars(query.where(WishesClaim.state.in_(states)).limit(2)))
    if not found:
        # Nothing fits: the latest one says in which state it is.
        return session.scalars(query.order_by(WishesClaim.id.desc()).limit(1)).one_or_none()
    return found[0] if len(found) == 1 else None


def live_of_actor(session: Session, wish: WishesWish, actor: Actor) -> WishesClaim | None:
    """The claim of a wish that the one who acts is on, a live one before one that ended."""
    query = select(WishesClaim).where(WishesClaim.wish_id == wish.id, _mine(session, actor))
    query = query.order_by(WishesClaim.state.in_(LIVE).desc(), WishesClaim.id.desc())
    return session.scalars(query.limit(1)).one_or_none()
