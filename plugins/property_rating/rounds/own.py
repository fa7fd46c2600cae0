"""What companies and owners see of rounds: published results of their own estates, and never a voter.

Nothing is shown before it is published: while ballots come in, and while the office computes, there is no result.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Document, Publicity, Refused, current_site, rows_of_actor

from ..ballots.models import PropertyVoter
from ..owners.models import PropertyOwnerProof
from ..registry.models import PropertyCompany, PropertyDwelling, PropertyEstate
from ..registry.queries import companies_of_actor
from .events import note, words
from .finding import locked
from .models import (
    COLLECTING,
    COMPUTED,
    FINAL,
    PUBLICITY,
    SUPERSEDED,
    WITHDRAWN,
    PropertyEntrant,
    PropertyRound,
)
from .queries import EntrantLine
from .records import COMPANY, OPEN, PropertyAppeal, PropertyAppealSupport, PropertyReply
from .withdrawing import TOLD_FOR

PUBLISHED = (PUBLICITY, FINAL, SUPERSEDED)
MOST_WORDS = 2000
# So many of the latest results are shown to owners.
MOST_SHOWN = 8


@dataclass(frozen=True)
class OwnResult:
    """An entrant with its round and the notice that it stands on."""

    line: EntrantLine
    round: PropertyRound
    notice: Publicity | None


def results_of_companies(session: Session, actor: Actor) -> list[OwnResult]:
    """Published results of the companies that the actor acts for today, the newest first; two statements."""
    companies = companies_of_actor(session, actor, current_site().today())
    return _results(session, PropertyEntrant.company_id.in_(companies), PUBLISHED) if companies else []


def rounds_of_companies(session: Session, actor: Actor) -> list[OwnResult]:
    """Rounds in which the actor's companies are rated and that are not published; results are not to be shown.

    Those that were withdrawn of late are told too.
    """
    site = current_site()
    companies = companies_of_actor(session, actor, site.today())
    told = or_(
        PropertyRound.state.in_((COLLECTING, COMPUTED)), PropertyRound.withdrawn_at >= site.now() - TOLD_FOR
    )
    known = and_(PropertyEntrant.company_id.in_(companies), told)
    return _results(session, known, (COLLECTING, COMPUTED, WITHDRAWN))


def results_of_owner(session: Session, actor: Actor) -> list[OwnResult]:
    """Published results of the estates in which the actor owns a dwelling, the newest first."""
    rows = rows_of_actor(session, actor)
    if not rows:
        return []
    return _results(session, PropertyEntrant.id.in_(_owned(rows)), PUBLISHED)


def waiting_appeals(session: Session, actor: Actor, side: str) -> list[tuple[OwnResult, PropertyAppeal]]:
    """Open appeals of one ``side`` that the actor is behind, while their round is published no more.

    Of the results nothing is to be shown: they are being put right.
    """
    if side == COMPANY:
        mine = PropertyEntrant.company_id.in_(companies_of_actor(session, actor, current_site().today()))
    else:
        behind = PropertyAppealSupport.person_id.in_(rows_of_actor(session, actor))
        mine = PropertyAppeal.id.in_(select(PropertyAppealSupport.appeal_id).where(behind))
    query = (
        select(PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .where(
            mine, PropertyAppeal.side == side, PropertyAppeal.state == OPEN, PropertyRound.state == COMPUTED
        )
        .order_by(PropertyAppeal.id)
    )
    appeals = session.scalars(query).all()
    if not appeals:
        return []
    about = PropertyEntrant.id.in_([one.entrant_id for one in appeals])
    lines = {one.line.entrant.id: one for one in _results(session, about, (COMPUTED,))}
    return [(lines[one.entrant_id], one) for one in appeals]


def _owned(rows: Collection[int]) -> Select[int]:
    estates = (
        select(PropertyDwelling.estate_id)
        .join(PropertyOwnerProof, PropertyOwnerProof.dwelling_id == PropertyDwelling.id)
        .where(PropertyOwnerProof.person_id.in_(rows), PropertyOwnerProof.ended_on.is_(None))
    )
    return select(PropertyEntrant.id).where(
        or_(
            PropertyEntrant.estate_id.in_(estates),
            PropertyEntrant.id.in_(select(PropertyVoter.entrant_id).where(PropertyVoter.person_id.in_(rows))),
        )
    )


def _results(session: Session, condition: ColumnElement[bool], states: Collection[str]) -> list[OwnResult]:
    rows = session.execute(
        select(
            PropertyEntrant, PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name,
            PropertyCompany.public_id, Document.number, Document.public_id, PropertyRound, Publicity,
        )
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyEntrant.company_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .outerjoin(Publicity, Publicity.id == PropertyRound.publicity_id)
        .outerjoin(Document, Document.id == PropertyEntrant.document_id)
        .where(condition, PropertyRound.state.in_(states))
        .order_by(PropertyRound.id.desc(), PropertyEstate.name)
    )  # fmt: skip
    return [OwnResult(EntrantLine(*row[:5], row[5] or "", row[6] or ""), row[7], row[8]) for row in rows]


def reply(
    session: Session, round_: PropertyRound, entrant: PropertyEntrant, text: str, actor: Actor
) -> PropertyReply:
    """Write the company's words on its result, in place of earlier ones.

    Raises Refused forbidden, Problem reason_required, Conflict bad_state.
    """
    held = locked(session, round_, PUBLICITY, FINAL)
    if entrant.company_id not in companies_of_actor(session, actor, current_site().today()):
        raise Refused("forbidden", N_("You do not act for this company."), visible=False)
    row = PropertyReply(
        entrant_id=entrant.id, words=words(text, field="text", most=MOST_WORDS),
        written_at=current_site().now(), written_by=actor.label, written_by_account=actor.account_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(session, held, "replied", actor, entrant=entrant)
    return row
