"""Everything about one wish for the staff's page: claims with their people, where it was sent, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from ..claims import queries as claiming
from ..dispatch import organisations
from ..dispatch.members import members_of
from ..dispatch.models import WAITING, WishesDispatch, WishesOrganisation
from ..dispatch.services import STATES as DISPATCH_STATES
from ..events import ACTIONS
from ..models import ACTIVE, CONVERTED, EXPIRED, WishesEvent, WishesWish
from ..reviewing.models import WishesReferral

# How an act is marked in the history; others have the plain mark.
GOOD = frozenset({"publish", "confirm", "relist"})
BAD = frozenset({"return", "reject", "revoke", "lapse", "void", "expire", "withdraw", "release", "send_back"})


@dataclass(frozen=True)
class Happened:
    """One line of the history: the act in words, when, by whom, and why."""

    text: str
    at: datetime
    actor: str
    reason: str
    mark: str


@dataclass(frozen=True)
class Sent:
    """That the wish was sent to an organisation, to be answered by ``due_on``."""

    public_id: str
    organisation: str
    state: str
    due_on: date
    answer: str

    @property
    def waiting(self) -> bool:
        """Whether its answer is still to come."""
        return self.state in WAITING

    @property
    def words(self) -> str:
        """Its state in words."""
        return str(gettext(DISPATCH_STATES[self.state]))


def told(session: Session, wish: WishesWish) -> dict[str, Any]:
    """What the page of ``wish`` shows besides the wish; a steady number of statements, and one for each unit that is to
    bring it."""
    claims = claiming.claims_of(session, [wish.id]).get(wish.id, ())
    units = {row.claim.organisation_id for row in claims if row.claim.state == ACTIVE} - {None}
    return {
        "claims": claims,
        "members": {unit: members_of(session, unit) for unit in units if unit is not None},
        "events": events_of(session, wish.id),
        "sent": _sent(session, wish.id),
        "referral": _referral(session, wish) if wish.state == CONVERTED else None,
        "organisations": organisations.organisations_below(session, wish.area_id, above=True)
        if wish.state == EXPIRED
        else (),
    }


def events_of(session: Session, wish_id: int) -> Sequence[Happened]:
    """The history of a wish, newest first; one statement."""
    rows = session.scalars(
        select(WishesEvent).where(WishesEvent.wish_id == wish_id).order_by(WishesEvent.id.desc())
    )
    return [Happened(_words(row.action), row.at, row.actor, row.reason, _mark(row.action)) for row in rows]


def _words(action: str) -> str:
    return str(gettext(ACTIONS[action])) if action in ACTIONS else action


def _mark(action: str) -> str:
    return "ok" if action in GOOD else "no" if action in BAD else ""


def _sent(session: Session, wish_id: int) -> Sequence[Sent]:
    dispatch = WishesDispatch
    found = session.execute(
        select(dispatch.public_id, WishesOrganisation.name, dispatch.state, dispatch.due_on, dispatch.answer)
        .join(WishesOrganisation, WishesOrganisation.id == dispatch.organisation_id)
        .where(dispatch.wish_id == wish_id)
        .order_by(dispatch.id.desc())
    )
    return [Sent(*row) for row in found]


def _referral(session: Session, wish: WishesWish) -> WishesReferral | None:
    return session.scalars(select(WishesReferral).where(WishesReferral.wish_id == wish.id)).one_or_none()
