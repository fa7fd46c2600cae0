"""REST of making wishes: handing one in, reading one, taking one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Person,
    Problem,
    Refused,
    RestBlueprint,
    current_actor,
    current_area,
    may,
    may_here,
    own_person,
    rest_fields,
    rest_person,
    rows_of_actor,
)

from ..finding import known_wish
from ..models import ACTIVE, DELIVERED, SELF, WishesClaim, WishesClaimMember, WishesWish
from ..reviewing.models import WishesReferral
from ..reviewing.queries import wisher_of
from ..words import code_of
from . import services
from .checking import Asking
from .schemas import WishIn, WishOut, WishWithdrawIn

blueprint = RestBlueprint("wishes_rest_asking", __name__, description="Making micro-wishes")

ASK = "wishes.ask"
# Whoever may claim reads a wish: all roles that have to do with wishes.
READ = "wishes.claim"


@blueprint.create("/areas/<code>/wishes", permission=ASK, body=WishIn, answer=WishOut, key_needed=False)
def submit(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Hand a wish in

    Refused with `cash_not_allowed`, `category_unknown`, `bad_amount`, `amount_over_limit`, `bad_slots`,
    `consent_needed` (422) or `household_limit` (409).
    """
    actor = current_actor()
    person = _wisher(session, given["person"])
    channel = services.may_ask_for(session, person, actor)
    if channel != SELF and not _keeps(session, person.area_id):
        raise Refused("forbidden", N_("Your account makes no wishes for others."))
    asked = Asking(
        category=given["category"],
        words=given["public_text"],
        title=given["title"],
        private=given["private_text"],
        amount=given["amount"],
        slots=given["slots"],
        hidden=given["hidden"],
    )
    theme = services.round_now(session, person.area_id)
    wish = services.submit(
        session,
        person,
        asked,
        actor,
        channel=channel,
        consent=given["consent"],
        campaign_id=theme.id if theme else None,
    )
    return answered(session, wish)


def _wisher(session: Session, public_id: str) -> Person:
    """The person of the body, below the area of the address; without one the reader, where they may ask."""
    if public_id:
        return rest_person(session, public_id)
    person = own_person(session)
    if person is None:
        raise Problem(
            "person_needed", N_("Say for whom the wish is: your account is nobody's."), field="person"
        )
    if not may(session, current_actor(), ASK, person.area_id):
        raise Refused("forbidden", N_("Your account may not make wishes. Ask your community."))
    return person


@blueprint.read("/areas/<code>/wishes/<wish>", permission=READ, answer=WishOut)
def one(session: Session, args: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """One wish, as far as one may know it"""
    found = known_wish(session, current_actor(), current_area(), wish, staff=may_here("wishes.view"))
    return answered(session, found)


@blueprint.create(
    "/areas/<code>/wishes/<wish>/withdraw",
    permission=ASK,
    body=WishWithdrawIn,
    answer=WishOut,
    status=200,
    key_needed=False,
)
def withdraw(session: Session, given: dict[str, Any], code: str, wish: str) -> Mapping[str, Any]:
    """Take a wish back that nobody has in hand

    Staff do it for a wisher, with a reason. Refused with `bad_state` (409), `forbidden` (403), `reason_required` (422).
    """
    actor = current_actor()
    staff = may_here("wishes.view")
    found = known_wish(session, actor, current_area(), wish, staff=staff, lock=True)
    services.withdraw(session, found, actor, given["reason"], by_staff=_keeps(session, found.area_id))
    return answered(session, found)


def _keeps(session: Session, area_id: int) -> bool:
    """Whether the reader makes wishes for others there: programs of the office hold the right to decide on them."""
    return any(may(session, current_actor(), right, area_id) for right in ("wishes.behalf", "wishes.review"))


def answered(session: Session, wish: WishesWish) -> Mapping[str, Any]:
    """A wish for a reader, who learns who it is for only as staff, as the wisher, or until their claim is confirmed."""
    actor = current_actor()
    rows = rows_of_actor(session, actor)
    mine = wish.person_id in rows
    staff = may(session, actor, "wishes.view", wish.area_id)
    keeps = _keeps(session, wish.area_id)
    claims = not (mine or keeps) and _is_on(session, wish, rows)
    referral = (
        session.scalar(select(WishesReferral).where(WishesReferral.wish_id == wish.id))
        if mine or staff
        else None
    )
    person = wisher_of(session, wish) if mine or staff or claims else None
    return {
        **{
            name: getattr(wish, name)
            for name in (
                "category", "title", "public_text", "slots", "taken", "state", "priority", "hidden", "submitted_at",
                "published_at", "expires_at",
            )
        },
        "id": wish.public_id,
        "number": code_of(wish),
        "area": _place(session, wish, exact=mine or staff or claims),
        "amount": rest_fields.hundredths(wish.amount),
        "mine": mine,
        "person": person.public_id if person and (mine or staff) else None,
        "name": person.name if person else None,
        "private_text": wish.private_text if mine or keeps or claims else None,
        "referral": None
        if referral is None
        else {
            "id": referral.public_id,
            "number": code_of(referral),
            "state": referral.state,
            "answer": referral.answer,
        },
    }  # fmt: skip


def _place(session: Session, wish: WishesWish, *, exact: bool) -> str:
    """The code of the area; strangers get the community's, for a grid says too well where somebody lives."""
    area = session.get_one(Area, wish.area_id)
    if exact or area.level != "grid" or area.parent_id is None:
        return area.code
    return session.get_one(Area, area.parent_id).code


def _is_on(session: Session, wish: WishesWish, rows: frozenset[int]) -> bool:
    """Whether one of these people has agreed to bring the wish and still has to, or to have it confirmed."""
    query = (
        select(WishesClaimMember.id)
        .join(WishesClaim, WishesClaim.id == WishesClaimMember.claim_id)
        .where(
            WishesClaimMember.wish_id == wish.id,
            WishesClaimMember.person_id.in_(rows),
            WishesClaimMember.agreed_at.is_not(None),
            WishesClaimMember.left_at.is_(None),
            WishesClaim.state.in_((ACTIVE, DELIVERED)),
        )
    )
    return session.scalar(query.limit(1)) is not None
