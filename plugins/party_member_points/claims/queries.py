"""Reading claims: a member's own, an area's list, one with its path, and what else happened on the same day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from pointsys.plugin import CONFIRMED as ENTRY_CONFIRMED
from pointsys.plugin import PENDING as ENTRY_PENDING
from pointsys.plugin import VOIDED as ENTRY_VOIDED
from pointsys.plugin import (
    Activity,
    ActivityKind,
    Area,
    Attachment,
    Entry,
    Person,
    PersonAlias,
    groups,
    name_condition,
    subtree,
)

from ..ledger.models import PointsAward
from ..models import PointsBranch, PointsMember
from .models import CONFIRMED, LIVE, SUBMITTED, VERIFIED, VOIDED, PointsClaim, PointsClaimEvent
from .services import SUBJECT

SORTS = ("waiting", "date", "-date", "name")
MOST_OWN = 500


@dataclass(frozen=True)
class Row:
    """One claim in a list; ``state`` is the one to show, ``person`` the kept row's outside id."""

    claim: PointsClaim
    state: str
    person: str
    name: str
    area: str
    branch: str
    kind: str
    photos: int

    @property
    def public_id(self) -> str:
        """The claim's outside id."""
        return self.claim.public_id


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; ``waits`` stands for whatever staff can act on."""

    text: str = ""
    state: str = ""
    item: str = ""
    branch: str = ""
    from_on: date | None = None
    to_on: date | None = None
    person_id: int | None = None


WAITS = "waits"


@dataclass(frozen=True)
class SameDay:
    """Something else of the same person and day; ``what`` is entry, award or claim."""

    what: str
    title: str
    status: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    quantity: int | None = None


def shown_state() -> ColumnElement[str]:
    """The state of a claim, or "voided" where its entry or award was voided by itself."""
    gone = or_(Entry.status == ENTRY_VOIDED, PointsAward.status == ENTRY_VOIDED)
    return case((and_(PointsClaim.state == CONFIRMED, gone), VOIDED), else_=PointsClaim.state)


def _rows() -> Select[Any]:
    photos = (
        select(func.count())
        .where(Attachment.subject_type == literal(SUBJECT) + PointsClaim.public_id)
        .scalar_subquery()
    )
    kept = func.coalesce(
        select(PersonAlias.kept_id).where(PersonAlias.merged_id == PointsClaim.person_id).scalar_subquery(),
        PointsClaim.person_id,
    )
    return (
        select(
            PointsClaim, shown_state(), Person.public_id, Person.name, Area.name,
            func.coalesce(PointsBranch.name, ""), func.coalesce(ActivityKind.title, ""), photos,
        )
        .select_from(PointsClaim)
        .join(Person, Person.id == kept)
        .join(Area, Area.id == PointsClaim.area_id)
        .outerjoin(PointsMember, PointsMember.person_id == Person.id)
        .outerjoin(PointsBranch, PointsBranch.id == PointsMember.branch_id)
        .outerjoin(ActivityKind, ActivityKind.id == PointsClaim.kind_id)
        .outerjoin(Entry, Entry.id == PointsClaim.entry_id)
        .outerjoin(PointsAward, PointsAward.public_id == PointsClaim.award_id)
    )  # fmt: skip


def _narrowed(query: Select[Any], area_id: int, filters: Filters) -> Select[Any]:
    """What staff of an area see: never a draft that was not handed in."""
    query = query.where(PointsClaim.area_id.in_(subtree(area_id)), PointsClaim.submitted_at.is_not(None))
    if filters.text:
        query = query.where(
            or_(name_condition(filters.text), PointsClaim.title.contains(filters.text, autoescape=True))
        )
    if filters.state == WAITS:
        query = query.where(PointsClaim.state.in_((SUBMITTED, VERIFIED)))
    elif filters.state:
        query = query.where(shown_state() == filters.state)
    if filters.item:
        query = query.where(PointsClaim.item == filters.item)
    if filters.branch:
        query = query.where(PointsBranch.name == filters.branch)
    if filters.from_on is not None:
        query = query.where(PointsClaim.on_date >= filters.from_on)
    if filters.to_on is not None:
        query = query.where(PointsClaim.on_date <= filters.to_on)
    if filters.person_id is not None:
        query = query.where(Person.id == filters.person_id)
    return query


def claims_below(
    session: Session, area_id: int, filters: Filters, *, sort: str, limit: int, offset: int
) -> tuple[list[Row], int]:
    """Claims that were handed in in an area and below, and how many there are; two statements."""
    claim = PointsClaim
    orders: dict[str, tuple[Any, ...]] = {
        "waiting": (
            case((claim.state == SUBMITTED, 0), (claim.state == VERIFIED, 1), else_=2),
            claim.submitted_at,
        ),
        "date": (claim.on_date,),
        "-date": (claim.on_date.desc(),),
        "name": (Person.name,),
    }
    query = _narrowed(_rows(), area_id, filters)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(query.order_by(*orders[sort], claim.id).limit(limit).offset(offset))
    return [Row(*row) for row in rows], total


def claim_below(session: Session, area_id: int, public_id: str) -> Row | None:
    """A claim that was handed in in an area or below."""
    query = _narrowed(_rows(), area_id, Filters()).where(PointsClaim.public_id == public_id)
    row = session.execute(query).one_or_none()
    return Row(*row) if row is not None else None


def claims_named(session: Session, area_id: int, public_ids: Collection[str]) -> list[PointsClaim] | None:
    """The claims with these outside ids in an area or below; None if one of them is not there."""
    query = select(PointsClaim).where(
        PointsClaim.public_id.in_(set(public_ids)),
        PointsClaim.area_id.in_(subtree(area_id)),
        PointsClaim.submitted_at.is_not(None),
    )
    found = list(session.scalars(query.order_by(PointsClaim.id)))
    return found if len(found) == len(set(public_ids)) else None


def own_rows(session: Session, person_id: int, only: int | None = None) -> list[Row]:
    """All claims of a human being, drafts too, the newest first, or ``only`` one; two statements."""
    rows = [row for own in groups(session, [person_id]).values() for row in own]
    query = _rows().where(PointsClaim.person_id.in_(rows))
    if only is not None:
        query = query.where(PointsClaim.id == only)
    query = query.order_by(PointsClaim.on_date.desc(), PointsClaim.id.desc()).limit(MOST_OWN)
    return [Row(*row) for row in session.execute(query)]


def path_of(session: Session, claim: PointsClaim) -> list[PointsClaimEvent]:
    """What became of a claim, in order."""
    query = select(PointsClaimEvent).where(PointsClaimEvent.claim_id == claim.id)
    return list(session.scalars(query.order_by(PointsClaimEvent.id)))


def last_reasons(session: Session, claims: Collection[PointsClaim]) -> dict[int, str]:
    """The words of the last event of each claim, by the claim's id."""
    event = PointsClaimEvent
    query = (
        select(event.claim_id, event.reason)
        .where(event.claim_id.in_({claim.id for claim in claims}))
        .order_by(event.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def same_day(session: Session, claims: Sequence[PointsClaim]) -> dict[str, list[SameDay]]:
    """By public id, what else is on record of the same person for the same day; at most five statements."""
    if not claims:
        return {}
    kept_of = {
        row: kept
        for kept, rows in groups(session, {claim.person_id for claim in claims}).items()
        for row in rows
    }
    days = {
        (row, claim.on_date)
        for claim in claims
        for row in kept_of
        if kept_of[row] == kept_of[claim.person_id]
    }
    own = {claim.entry_id for claim in claims} - {None}
    found: dict[tuple[int, date], list[tuple[str, SameDay]]] = defaultdict(list)
    entries = (
        select(
            Entry.person_id,
            Entry.local_date,
            Entry.title,
            Entry.status,
            Entry.starts_at,
            Entry.ends_at,
            Entry.quantity,
            Entry.id,
        )
        .join(Activity, Activity.id == Entry.activity_id)
        .where(
            tuple_(Entry.person_id, Entry.local_date).in_(days),
            Entry.status.in_((ENTRY_PENDING, ENTRY_CONFIRMED)),
            Entry.id.not_in(own) if own else Entry.id.is_not(None),
        )
    )
    for row in session.execute(entries):
        found[kept_of[row[0]], row[1]].append(("", SameDay("entry", *row[2:7])))
    awards = select(PointsAward).where(
        tuple_(PointsAward.person_id, PointsAward.on_date).in_(days), PointsAward.source != "claim"
    )
    for award in session.scalars(awards):
        found[kept_of[award.person_id], award.on_date].append(
            ("", SameDay("award", award.title, award.status, quantity=award.qty))
        )
    others = select(PointsClaim).where(
        tuple_(PointsClaim.person_id, PointsClaim.on_date).in_(days), PointsClaim.state.in_(LIVE)
    )
    for other in session.scalars(others):
        if other.entry_id is None:
            told = SameDay("claim", other.title, other.state, other.starts_at, None, other.quantity)
            found[kept_of[other.person_id], other.on_date].append((other.public_id, told))
    return {
        claim.public_id: [
            told
            for public_id, told in found[kept_of[claim.person_id], claim.on_date]
            if public_id != claim.public_id
        ]
        for claim in claims
    }
