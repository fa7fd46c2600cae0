"""What follows from a final round: listings, their points, a repair to be made; and what ends when it is superseded.

Black "in a row" counts final rounds of the same scheme in the same area, by period: a round in which the estate had no
result, or did not take part with this company, neither counts nor breaks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import and_, not_, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, audit, current_site

from ..rounds.models import FINAL, INSUFFICIENT, PropertyEntrant, PropertyRound
from ..schemes.lists import BLACK, RED
from ..schemes.models import PropertySchemeVersion
from ..schemes.numbers import plain
from ..schemes.scheme import Scheme
from ..schemes.versions import scheme_of
from .models import (
    CANCELLED,
    LISTED,
    OPEN,
    RECTIFY,
    REPORTED,
    PropertyCreditItem,
    PropertyListing,
    PropertyMeasure,
)

# Why a derived item counts no longer; shown in words.
RECTIFIED, SUPERSEDED = "rectified", "superseded"


def final(session: Session, round_: PropertyRound, actor: Actor) -> list[PropertyListing]:
    """Put entrants on the lists that the tally named, with their points, and ask the black ones for a repair.

    To be called once the round's results stand, in the transaction that makes them final; a second call adds nothing.
    """
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    scheme, today = scheme_of(version), current_site().today()
    listed = select(PropertyListing.entrant_id).where(PropertyListing.round_id == round_.id)
    entrants = session.scalars(
        select(PropertyEntrant)
        .where(
            PropertyEntrant.round_id == round_.id, PropertyEntrant.list_place.in_((RED, BLACK)),
            PropertyEntrant.id.not_in(listed),
        )
        .order_by(PropertyEntrant.id)
    ).all()  # fmt: skip
    rows = []
    for entrant in entrants:
        black = scheme.black if entrant.list_place == BLACK else None
        rows.append(
            PropertyListing(
                area_id=round_.area_id, round_id=round_.id, entrant_id=entrant.id, estate_id=entrant.estate_id,
                company_id=entrant.company_id, colour=entrant.list_place, listed_on=today,
                rectify_by=today + timedelta(days=black.rectify_days) if black else None,
            )
        )  # fmt: skip
    session.add_all(rows)
    session.flush()
    for row in rows:
        _follow(session, round_, scheme, row, actor)
    recount(session, round_, version.scheme_id)
    session.flush()
    if rows:
        audit.write(
            session, actor, "property.listed", "property_round", round_.public_id, area_id=round_.area_id,
            count=len(rows),
        )  # fmt: skip
    return rows


def _follow(
    session: Session, round_: PropertyRound, scheme: Scheme, row: PropertyListing, actor: Actor
) -> None:
    """The points and the repair of one listing."""
    site = current_site()
    rule = scheme.red if row.colour == RED else scheme.black
    if rule is not None and rule.credit:
        session.add(
            PropertyCreditItem(
                area_id=row.area_id, company_id=row.company_id, estate_id=row.estate_id, listing_id=row.id,
                source=LISTED, key=f"list:{row.public_id}", title=round_.title, points=plain(rule.credit),
                from_on=row.listed_on, created_at=site.now(), created_by=actor.label,
            )
        )  # fmt: skip
    if row.colour == BLACK and row.rectify_by is not None:
        session.add(
            PropertyMeasure(
                area_id=row.area_id, company_id=row.company_id, estate_id=row.estate_id, listing_id=row.id,
                kind=RECTIFY, what=round_.title, due_on=row.rectify_by, created_at=site.now(),
                created_by=actor.label,
            )
        )  # fmt: skip


def superseded(session: Session, round_: PropertyRound, actor: Actor) -> None:
    """End what followed from a round that another one replaces: listings, their points, open measures."""
    site = current_site()
    listings = session.scalars(
        select(PropertyListing).where(
            PropertyListing.round_id == round_.id, PropertyListing.ended_on.is_(None)
        )
    ).all()
    ids = [row.id for row in listings]
    for row in listings:
        row.ended_on = site.today()
    for item in session.scalars(
        select(PropertyCreditItem).where(
            PropertyCreditItem.listing_id.in_(ids), PropertyCreditItem.voided_at.is_(None)
        )
    ):
        item.voided_at, item.voided_by, item.void_reason = site.now(), actor.label, SUPERSEDED
    for measure in session.scalars(
        select(PropertyMeasure).where(
            PropertyMeasure.listing_id.in_(ids), PropertyMeasure.state.in_((OPEN, REPORTED))
        )
    ):
        measure.state, measure.finding = CANCELLED, SUPERSEDED
    version = session.get_one(PropertySchemeVersion, round_.scheme_version_id)
    recount(session, round_, version.scheme_id, gone=True)
    session.flush()
    if ids:
        audit.write(
            session, actor, "property.listing_ended", "property_round", round_.public_id, area_id=round_.area_id,
            count=len(ids),
        )  # fmt: skip


def recount(session: Session, round_: PropertyRound, scheme_id: str, *, gone: bool = False) -> None:
    """Count anew, for all listings of a scheme in the round's area that stand, how often black came in a row.

    The round itself counts as final, or not at all when it is ``gone``; so does one that it replaces.
    """
    before = and_(PropertyRound.state == FINAL, PropertyRound.id != (round_.replaces_id or 0))
    this = PropertyRound.id == round_.id
    counts = and_(before, not_(this)) if gone else or_(before, this)
    history: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for entrant_id, estate_id, company_id, place in session.execute(
        select(
            PropertyEntrant.id,
            PropertyEntrant.estate_id,
            PropertyEntrant.company_id,
            PropertyEntrant.list_place,
        )
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .join(PropertySchemeVersion, PropertySchemeVersion.id == PropertyRound.scheme_version_id)
        .where(
            PropertyRound.area_id == round_.area_id,
            PropertySchemeVersion.scheme_id == scheme_id,
            PropertyEntrant.status.not_in((INSUFFICIENT, "")),
            counts,
        )
        .order_by(PropertyRound.last_on, PropertyRound.id)
    ):
        history.setdefault((estate_id, company_id), []).append((entrant_id, place))
    streaks = {
        entrant_id: count
        for places in history.values()
        for (entrant_id, _place), count in zip(places, in_a_row(place for _id, place in places), strict=True)
    }
    rows = session.scalars(
        select(PropertyListing).where(
            PropertyListing.area_id == round_.area_id,
            PropertyListing.colour == BLACK,
            PropertyListing.ended_on.is_(None),
            PropertyListing.entrant_id.in_(list(streaks)),
        )
    )
    for row in rows:
        row.in_a_row = streaks[row.entrant_id]


def in_a_row(places: Iterable[str]) -> list[int]:
    """For each result of an estate, oldest first: the how many-eth black one in a row it is; 0 for others."""
    found, count = [], 0
    for place in places:
        count = count + 1 if place == BLACK else 0
        found.append(count)
    return found
