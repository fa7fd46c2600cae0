"""REST of claims: claiming, contact, giving back, bringing, confirming; for the office revoking, voiding, relisting.

An act on a claim names the wish in its address. Whoever is on a claim of it means that one; the office means the only
claim that fits, or names it in the body.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    Refused,
    RestBlueprint,
    current_actor,
    current_area,
    may,
    missing,
)

from ..dispatch.members import members_of
from ..dispatch.organisations import organisation_below, organisations_of
from ..dispatch.organisations import taking as taking_organisation
from ..finding import known_wish, visible_wish, wall_areas, wish_below
from ..models import ACTIVE, CONFIRMED, DELIVERED, WishesClaim, WishesWish
from ..rules import AGREE, CLAIM_FROM, CONFIRM, LEAVE, REVOKE
from ..settings import rules_in
from ..words import code_of
from . import joining, queries, services, taking, team
from .queries import ClaimRow
from .schemas import (
    AssignIn,
    ConfirmIn,
    DeliverIn,
    WhichClaim,
    WishClaimIn,
    WishClaimOut,
    WishNothingIn,
    WishOwnClaims,
    WishReasonIn,
    WishStateOut,
)

blueprint = RestBlueprint("wishes_rest_claims", __name__, description="Claims of micro-wishes")

CLAIM = "wishes.claim"
ASK = "wishes.ask"
REVIEW = "wishes.review"


@blueprint.read("/areas/<code>/wishes/claims/mine", permission=CLAIM, answer=WishOwnClaims)
def mine(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """One's own claims, and those of organisations that one stands for"""
    actor = current_actor()
    rows = queries.own_rows(session, actor)
    known = queries.known_to(session, actor, rows)
    wishers = queries.wishers_of(session, [row.wish for row in rows])
    return {
        "items": [_out(row, wishers[row.wish.id].name if row.claim.id in known else None) for row in rows]
    }


@blueprint.create(
    "/areas/<code>/wishes/<wish>/claim",
    permission=CLAIM,
    body=WishClaimIn,
    answer=WishClaimOut,
    key_needed=False,
)
def claim(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Claim a wish

    Refused with `not_open`, `no_slot`, `already_claimed_by_you`, `claim_limit` (409), `same_household`, `forbidden`
    (403), `bad_qty`, `bad_team` (422).
    """
    actor = current_actor()
    found = visible_wish(session, actor, current_area(), wish)
    if given["organisation"]:
        mine = {one.public_id: one for one in organisations_of(session, actor)}.get(given["organisation"])
        if mine is None:
            raise Refused("forbidden", N_("Your account does not stand for this organisation."))
        people = team.chosen(members_of(session, mine.id), given["team"])
        organisation = organisation_below(session, mine.area_id, mine.public_id)
    else:
        own = actor.person_id
        people = [] if own is None else [own, *_neighbours(session, given["team"])]
        organisation = None
    made = taking.take(session, found, people, given["qty"], actor, organisation)
    named = made.people if organisation is not None else made.people[1:]
    name = "" if organisation is None else organisation.name
    return _told(made.claim, found, name, made.people, named, made.wisher)


def _neighbours(session: Session, public_ids: Collection[str]) -> list[int]:
    """People of the sub-district by their outside ids; raises Problem bad_team."""
    if not public_ids:
        return []
    query = select(Person.public_id, Person.id).where(
        Person.public_id.in_(public_ids), Person.area_id.in_(wall_areas(current_area().id))
    )
    known = {row[0]: row[1] for row in session.execute(query)}
    if any(one not in known for one in public_ids):
        raise taking.bad_team()
    return [known[one] for one in public_ids]


@blueprint.create(
    "/areas/<code>/wishes/<wish>/agree",
    permission=CLAIM,
    body=WhichClaim,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def agree(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Say that one comes along, having been named in the team

    Refused with `claim_limit`, `bad_state` (409), `forbidden` (403).
    """
    found, _staff = _on(session, wish, given["claim"], CLAIM_FROM[AGREE])
    joining.agree(session, found, current_actor())
    return _answer(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/leave",
    permission=CLAIM,
    body=WhichClaim,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def leave(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Take oneself off the team

    Before the confirmation, or within seven days of it without ever having agreed. Refused with `last_of_team`,
    `bad_state` (409), `forbidden` (403).
    """
    found, _staff = _on(session, wish, given["claim"], CLAIM_FROM[LEAVE])
    joining.leave(session, found, current_actor())
    return _answer(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/contact",
    permission=CLAIM,
    body=WhichClaim,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def contact(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Note that somebody of the team was in touch with the wisher"""
    found, staff = _on(session, wish, given["claim"], (ACTIVE,))
    services.contact(session, found, current_actor(), staff=staff)
    return _answer(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/release",
    permission=CLAIM,
    body=WhichClaim,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def release(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Give a claim back before anything was brought"""
    found, _staff = _on(session, wish, given["claim"], (ACTIVE,))
    services.release(session, found, current_actor())
    return _answer(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/deliver",
    permission=CLAIM,
    body=DeliverIn,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def deliver(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Say what was brought; photos are added on the page"""
    found, staff = _on(session, wish, given["claim"], (ACTIVE,))
    people = None
    if found.organisation_id is not None and given["team"] is not None:
        people = team.chosen(members_of(session, found.organisation_id), given["team"])
    services.deliver(session, found, given["proof"], (), current_actor(), team=people, staff=staff)
    return _answer(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/confirm",
    permission=ASK,
    body=ConfirmIn,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def confirm(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Confirm what was brought: who wished it, or the office; never who had a hand in it"""
    actor = current_actor()
    found, staff = _known(session, wish)
    one = _which(session, found, given["claim"], CLAIM_FROM[CONFIRM])
    services.confirm(session, one, given["rating"], given["thanks"], given["minutes"], actor, staff=staff)
    return _answer(session, one)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/revoke",
    permission=REVIEW,
    body=WishReasonIn,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def revoke(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Take a claim away before anything was brought"""
    found = wish_below(session, current_area(), wish)
    one = _which(session, found, given["claim"], CLAIM_FROM[REVOKE])
    services.revoke(session, one, given["reason"], current_actor())
    return _answer(session, one)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/void",
    permission=REVIEW,
    body=WishReasonIn,
    answer=WishClaimOut,
    status=200,
    key_needed=False,
)
def void(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Reverse what was brought or confirmed: entries are voided, places free again"""
    found = wish_below(session, current_area(), wish)
    one = _which(session, found, given["claim"], (DELIVERED, CONFIRMED))
    services.void(session, one, given["reason"], current_actor())
    return _answer(session, one)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/relist",
    permission=REVIEW,
    body=WishNothingIn,
    answer=WishStateOut,
    status=200,
    key_needed=False,
)
def relist(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Put an expired wish on the wall again, before others"""
    found = wish_below(session, current_area(), wish, lock=True)
    taking.relist(session, found, current_actor(), rules_in(session, found.area_id).expire_days)
    return _state(found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/assign",
    permission=REVIEW,
    body=AssignIn,
    answer=WishClaimOut,
    key_needed=False,
)
def assign(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Give an expired wish to a unit"""
    found = wish_below(session, current_area(), wish, lock=True)
    unit = taking_organisation(session, found.area_id, given["organisation"])
    return _answer(session, taking.assign(session, found, unit, current_actor()))


def _known(session: Session, wish: str) -> tuple[WishesWish, bool]:
    """A wish that the reader may know of, and whether they are its office; 404 for unknown wishes.

    Who works in an office may claim or make wishes as a neighbour, where they decide on none.
    """
    area, actor = current_area(), current_actor()
    found = known_wish(session, actor, area, wish, staff=may(session, actor, REVIEW, area.id))
    return found, may(session, actor, REVIEW, found.area_id)


def _on(session: Session, wish: str, named: str, states: Collection[str]) -> tuple[WishesClaim, bool]:
    """The claim that an act of its team means, and whether the office acts in its place; 404 for unknown wishes."""
    found, staff = _known(session, wish)
    own = None if named else queries.live_of_actor(session, found, current_actor())
    if own is not None:
        return own, staff
    if not staff and not named:
        raise Refused("forbidden", N_("Only somebody of the team does this."))
    return _which(session, found, named, states), staff


def _which(session: Session, wish: WishesWish, named: str, states: Collection[str]) -> WishesClaim:
    """The claim that is meant; 404 for one that is not of this wish. Raises Problem claim_needed."""
    found = queries.one_claim(session, wish, named, states)
    if found is not None:
        return found
    if named or not queries.has_claims(session, wish):
        missing()
    raise Problem("claim_needed", N_("Say which claim of this wish you mean."), field="claim")


def _answer(session: Session, found: WishesClaim) -> Mapping[str, Any]:
    row = queries.row_of(session, found)
    mine = services.knows(session, found, current_actor())
    return _out(row, queries.wisher_of(session, row.wish).name if mine else None)


def _out(row: ClaimRow, wisher: str | None) -> dict[str, Any]:
    """A claim; ``wisher`` is None for those who have not agreed to bring it: they learn neither the name nor where to
    go."""
    ids, named = ([one.public_id for one in people] for people in (row.people, row.named))
    return _told(row.claim, row.wish, row.organisation, ids, named, wisher)


def _told(
    one: WishesClaim,
    wish: WishesWish,
    organisation: str,
    people: Sequence[str],
    named: Sequence[str],
    wisher: str | None,
) -> dict[str, Any]:
    shown = wisher is not None and one.state in (ACTIVE, DELIVERED)
    return {
        "id": one.public_id,
        "wish": wish.public_id,
        "wish_state": wish.state,
        "qty": one.qty,
        "state": one.state,
        "assigned": one.assigned,
        "organisation": organisation,
        "people": people,
        "named": named,
        "claimed_at": one.claimed_at,
        "contact_due": one.contact_due,
        "contacted_at": one.contacted_at,
        "deliver_due": one.deliver_due,
        "delivered_at": one.delivered_at,
        "confirmed_at": one.confirmed_at,
        "rating": one.rating,
        "minutes": one.minutes,
        "wisher": wisher if shown else "",
        "private_text": wish.private_text if shown else "",
    }


def _state(wish: WishesWish) -> Mapping[str, Any]:
    return {
        "id": wish.public_id,
        "code": code_of(wish),
        "state": wish.state,
        "priority": wish.priority,
        "places": wish.slots,
        "taken": wish.taken,
    }
