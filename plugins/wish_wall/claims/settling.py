"""What a confirmed claim puts into the activity log, and how that is taken back.

Each member of the team gets one entry of kind ``wish``: their share of the wish's value as its quantity, and the
minutes that the confirmer states as a time that ends when it was brought. The title names the wish by its number alone.
What hours and points make of it is the business of other plugins.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    N_,
    RECIPIENT_LABEL,
    VOIDED,
    ActivityKind,
    Actor,
    Area,
    Conflict,
    Entry,
    EntryDraft,
    Person,
    canonical_ids,
    current_site,
    decide,
    record,
    rows_of_actor,
)

from ..asking.numbers import told
from ..models import WishesClaim, WishesClaimMember, WishesEvent, WishesWish
from ..rules import DELIVER, split
from ..settings import rules_in

KIND = "wish"
SOURCE = "wish"
_SHARE = "share"


def confirm(
    session: Session,
    wish: WishesWish,
    claim: WishesClaim,
    members: Sequence[WishesClaimMember],
    minutes: int | None,
    actor: Actor,
) -> None:
    """Record and confirm one entry for each member who can have one.

    The value is split over the whole team; the share of somebody whose data is erased or frozen is nobody's.
    Raises Conflict recorded_already, and the Problems of the log.
    """
    if not members:
        return
    area = session.get_one(Area, wish.area_id)
    kind = session.scalars(
        select(ActivityKind).where(ActivityKind.code == KIND, ActivityKind.area_id.is_(None))
    ).one()
    shares = split(rules_in(session, wish.area_id).value * claim.qty, len(members))
    kept = canonical_ids(session, {member.person_id for member in members})
    closed = set(
        session.scalars(select(Person.id).where(Person.id.in_(set(kept.values())), Person.closed != ""))
    )
    drafts = {
        member.id: _draft(wish, claim, kind, kept[member.person_id], share, minutes)
        for member, share in zip(members, shares, strict=True)
        if kept[member.person_id] not in closed
    }
    if not drafts:
        return
    done = record(session, area, list(drafts.values()), actor, SOURCE, recorder=_told_by(session, claim))
    if any(one.outcome != "created" for one in done):
        raise Conflict("recorded_already", N_("This wish stands in the log for this person and day already."))
    ids = dict(zip(drafts, (one.entry_id for one in done), strict=True))
    for member in members:
        member.entry_id = ids.get(member.id)
    # Those of the team read the history of their entries: whom the wish was for is hidden again once it is confirmed.
    own = wish.person_id in rows_of_actor(session, actor)
    decide(session, list(ids.values()), CONFIRMED, "", actor, label=RECIPIENT_LABEL if own else "")


def _told_by(session: Session, claim: WishesClaim) -> Actor:
    """On whose word the entries stand: the claimer's, or where the office gave it to a unit theirs who told of it."""
    if not claim.assigned:
        return Actor(claim.claimed_by, claim.claimed_by_account)
    told = (
        select(WishesEvent.actor, WishesEvent.account_id)
        .where(WishesEvent.claim_id == claim.id, WishesEvent.action == DELIVER)
        .order_by(WishesEvent.id.desc())
    )
    return Actor(*session.execute(told.limit(1)).one())


def _draft(
    wish: WishesWish, claim: WishesClaim, kind: ActivityKind, person: int, share: int, minutes: int | None
) -> EntryDraft:
    assert claim.delivered_at is not None
    start = claim.delivered_at - timedelta(minutes=minutes) if minutes else None
    return EntryDraft(
        person,
        kind.id,
        f"{kind.title} {told(wish.year, wish.number)}",
        current_site().local(start or claim.delivered_at).date(),
        starts_at=start,
        ends_at=claim.delivered_at if start else None,
        quantity=share,
        unit=_SHARE,
        source_ref=claim.public_id,
    )


def void(session: Session, members: Sequence[WishesClaimMember], reason: str, actor: Actor) -> None:
    """Void the entries of a claim that stand."""
    ids = {member.entry_id for member in members if member.entry_id is not None}
    standing = list(session.scalars(select(Entry.id).where(Entry.id.in_(ids), Entry.status != VOIDED)))
    if standing:
        decide(session, standing, VOIDED, reason, actor)
