"""Appeals against a published result: by the company that is rated, or by owners who hold enough of the votes.

Owners who are too few gather supporters first; the appeal is raised by itself with the one who makes them enough. All
of it ends with the last day of the publication. Who raised it can take it back until somebody has ruled, which makes
the time for appeals neither shorter nor longer. Signatures on paper are in ``signatures``, ruling is in ``ruling``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Refused,
    ancestors,
    canonical_ids,
    chunks,
    current_site,
    rows_of,
    rows_of_actor,
    subtree,
)

from ..ballots.models import PropertyVoter
from ..owners.models import PropertyOwnerProof
from ..registry.models import PropertyEstate
from ..registry.queries import companies_of_actor
from ..schemes.numbers import ceiling
from .events import note, words
from .finding import bad_state, entrants_of, locked
from .models import COMPUTED, DRAFT, FINAL, PER_OWNER, PUBLICITY, SUPERSEDED, PropertyEntrant, PropertyRound
from .notices import is_running, notice_of_round
from .publishing import appeal_pending
from .records import COMPANY, GATHERING, OPEN, OWNERS, RETRACTED, PropertyAppeal, PropertyAppealSupport
from .services import scheme_of
from .tally import ballots_round

MOST_WORDS = 2000


def votes_of(session: Session, round_: PropertyRound, rows: Collection[int]) -> dict[int, int]:
    """Entrant -> the votes that the owners of these rows of people hold together; entrants without any are absent."""
    source = ballots_round(session, round_)
    heads: dict[int, set[str]] = {}
    owners: dict[int, set[int]] = {}
    for part in chunks(sorted(rows)):
        query = (
            select(PropertyVoter.entrant_id, PropertyVoter.head, PropertyOwnerProof.person_id)
            .join(PropertyOwnerProof, PropertyOwnerProof.dwelling_id == PropertyVoter.dwelling_id)
            .where(
                PropertyVoter.round_id == source.id,
                PropertyOwnerProof.person_id.in_(part),
                PropertyOwnerProof.votes.is_(True),
                PropertyOwnerProof.ended_on.is_(None),
            )
        )
        for entrant, head, person in session.execute(query):
            heads.setdefault(entrant, set()).add(head)
            owners.setdefault(entrant, set()).add(person)
    votes = {entrant: len(held) for entrant, held in heads.items()}
    if source.per == PER_OWNER:
        # Dwellings that were proven to be one owner's after the roll was frozen have a head each.
        kept = canonical_ids(session, {person for held in owners.values() for person in held})
        votes = {
            entrant: min(number, len({kept[person] for person in owners[entrant]}))
            for entrant, number in votes.items()
        }
    return votes if source.id == round_.id else _translated(session, source, round_, votes)


def _translated(
    session: Session, source: PropertyRound, round_: PropertyRound, votes: Mapping[int, int]
) -> dict[int, int]:
    own = {entrant.estate_id: entrant.id for entrant in entrants_of(session, round_)}
    theirs = {entrant.id: entrant.estate_id for entrant in entrants_of(session, source)}
    return {own[theirs[key]]: number for key, number in votes.items() if theirs[key] in own}


def votes_needed(session: Session, round_: PropertyRound, entrant: PropertyEntrant) -> int:
    """How many votes of owners an appeal takes: the scheme's share of the entrant's, at least one."""
    return max(1, ceiling(scheme_of(session, round_).appeal_share * entrant.households))


def check_running(session: Session, round_: PropertyRound) -> None:
    """Refuse what comes before or after the publication: Conflict bad_state or appeal_closed."""
    if round_.state in (FINAL, SUPERSEDED):
        raise _closed()
    if round_.state != PUBLICITY:
        raise bad_state()
    if not is_running(notice_of_round(session, round_)):
        raise _closed()


def _closed() -> Conflict:
    return Conflict(
        "appeal_closed", N_("The time for appeals is over: it ended with the last day of publicity.")
    )


def round_reaching(session: Session, area: Area, public_id: str) -> PropertyRound | None:
    """The opened round with this outside id that has to do with an area, one above it or one below it.

    People and companies belong somewhere: a grid of the estate's community, or the sub-district that it is part of.
    """
    near = or_(PropertyEstate.area_id.in_(subtree(area.id)), PropertyEstate.area_id.in_(ancestors(area.id)))
    inside = (
        select(PropertyEntrant.round_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(near)
    )
    return session.scalar(
        select(PropertyRound).where(
            PropertyRound.public_id == public_id, PropertyRound.state != DRAFT, PropertyRound.id.in_(inside)
        )
    )


def raise_appeal(
    session: Session,
    round_: PropertyRound,
    entrant: PropertyEntrant,
    text: str,
    actor: Actor,
    *,
    gather: bool = False,
) -> PropertyAppeal:
    """Raise an appeal for the company of an entrant, or for owners; with ``gather`` too few owners start gathering.

    Raises Conflict bad_state, appeal_closed or appeal_pending, Refused no_standing, Problem reason_required.
    """
    held = locked(session, round_)
    check_running(session, held)
    if entrant.company_id in companies_of_actor(session, actor, current_site().today()):
        text = words(text, field="text", most=MOST_WORDS)
        return add_appeal(session, held, entrant, COMPANY, text, OPEN, actor)
    votes = votes_of(session, held, rows_of_actor(session, actor)).get(entrant.id, 0)
    if not votes:
        raise no_standing()
    needed = votes_needed(session, held, entrant)
    if votes < needed and not gather:
        raise Refused(
            "no_standing",
            N_("An appeal of owners takes %(needed)s votes, and you hold %(votes)s: find neighbours who support it."),
            needed=needed, votes=votes,
        )  # fmt: skip
    text = words(text, field="text", most=MOST_WORDS)
    state = OPEN if votes >= needed else GATHERING
    appeal = add_appeal(session, held, entrant, OWNERS, text, state, actor, needed=needed, votes=votes)
    _support(session, appeal, actor)
    return appeal


def no_standing() -> Refused:
    """What is answered to whoever neither acts for the company nor holds a vote."""
    return Refused(
        "no_standing",
        N_(
            "Only the company that is rated and owners of its estate can appeal. Ask for your dwelling to be checked."
        ),
    )


def add_appeal(
    session: Session,
    round_: PropertyRound,
    entrant: PropertyEntrant,
    side: str,
    text: str,
    state: str,
    actor: Actor,
    *,
    needed: int = 0,
    votes: int = 0,
    person: int | None = None,
) -> PropertyAppeal:
    """Write an appeal down; ``person`` is the owner for whom staff do it. Raises Conflict appeal_pending."""
    for other in live_appeals(session, [entrant.id]):
        if other.side == side:
            raise _joinable(other)
    appeal = PropertyAppeal(
        entrant_id=entrant.id, round_no=round_.round_no, side=side, words=text, state=state, needed=needed,
        supporting=votes, raised_at=current_site().now(), raised_by=actor.label,
        raised_by_account=actor.account_id, raised_by_person=person or actor.person_id,
    )  # fmt: skip
    session.add(appeal)
    session.flush()
    note(
        session, round_, "appealed" if state == OPEN else "gathered", actor, entrant=entrant,
        after={"appeal": appeal.public_id, "side": side, "votes": votes, "needed": needed},
    )  # fmt: skip
    return appeal


def _joinable(other: PropertyAppeal) -> Conflict:
    if other.side == COMPANY:
        return appeal_pending()
    return Conflict(
        "appeal_pending",
        N_("Owners of this estate have an appeal already: support it instead of a second one."),
    )


def _support(session: Session, appeal: PropertyAppeal, actor: Actor) -> None:
    session.add(
        PropertyAppealSupport(
            appeal_id=appeal.id, person_id=actor.person_id, joined_on=current_site().today()
        )
    )
    session.flush()


def join_appeal(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, actor: Actor
) -> PropertyAppeal:
    """Support an appeal of owners, once; it is raised as soon as enough votes stand behind it.

    Raises Conflict bad_state or appeal_closed, Refused no_standing.
    """
    held = locked(session, round_)
    check_running(session, held)
    session.refresh(appeal, with_for_update=True)
    if appeal.side != OWNERS or appeal.state not in (GATHERING, OPEN):
        raise bad_state()
    rows = rows_of_actor(session, actor)
    if not votes_of(session, held, rows).get(appeal.entrant_id):
        raise no_standing()
    known = [one for one in supports_of(session, appeal) if one.person_id in rows]
    if not known:
        _support(session, appeal, actor)
    for one in known:
        # Whoever says it themselves needs nobody to look at their signature.
        one.waits = False
    return count_support(session, held, appeal, actor)


def count_support(
    session: Session, held: PropertyRound, appeal: PropertyAppeal, actor: Actor
) -> PropertyAppeal:
    """Count the votes behind an appeal of owners anew; it is raised as soon as they are enough."""
    session.flush()
    behind = rows_of(session, supporters_of(session, appeal))
    appeal.supporting = votes_of(session, held, behind).get(appeal.entrant_id, 0)
    if appeal.state == GATHERING and appeal.supporting >= appeal.needed:
        appeal.state = OPEN
        note(
            session, held, "appealed", actor, entrant=session.get_one(PropertyEntrant, appeal.entrant_id),
            after={
                "appeal": appeal.public_id, "side": OWNERS, "votes": appeal.supporting, "needed": appeal.needed,
            },
        )  # fmt: skip
    session.flush()
    return appeal


def supports_of(session: Session, appeal: PropertyAppeal) -> list[PropertyAppealSupport]:
    """Who supports an appeal, the first one first; signatures that wait for a second person too."""
    query = select(PropertyAppealSupport).where(PropertyAppealSupport.appeal_id == appeal.id)
    return list(session.scalars(query.order_by(PropertyAppealSupport.id)))


def supporters_of(session: Session, appeal: PropertyAppeal, *, waiting: bool = False) -> frozenset[int]:
    """The rows of people under which an appeal is supported, with ``waiting`` those not looked at yet as well."""
    return frozenset(one.person_id for one in supports_of(session, appeal) if waiting or not one.waits)


def retract(
    session: Session, round_: PropertyRound, appeal: PropertyAppeal, actor: Actor, reason: str = ""
) -> PropertyAppeal:
    """Take an appeal back that nobody has ruled on: for its company, or as the first of the owners behind it.

    Where the other owners hold enough votes without the first, the appeal stays theirs. Raises Conflict bad_state,
    Refused forbidden, Problem too_long_text.
    """
    held = locked(session, round_, PUBLICITY, COMPUTED)
    session.refresh(appeal, with_for_update=True)
    if appeal.state not in (GATHERING, OPEN):
        raise bad_state()
    if not may_retract(session, appeal, actor):
        raise Refused("forbidden", N_("Only who raised this appeal can withdraw it."))
    entrant = session.get_one(PropertyEntrant, appeal.entrant_id)
    reason = words(reason, needed=False)
    told: dict[str, object] = {"appeal": appeal.public_id, "side": appeal.side}
    if appeal.side == OWNERS:
        rows = rows_of_actor(session, actor)
        others = rows_of(session, supporters_of(session, appeal) - rows)
        votes = votes_of(session, held, others).get(entrant.id, 0)
        if appeal.state == OPEN and votes >= appeal.needed:
            for one in supports_of(session, appeal):
                if one.person_id in rows:
                    session.delete(one)
            appeal.supporting = votes
            session.flush()
            note(session, held, "left", actor, entrant=entrant, after={**told, "votes": votes})
            return appeal
    appeal.state, appeal.retracted_at, appeal.retracted_why = RETRACTED, current_site().now(), reason
    session.flush()
    note(session, held, "retracted", actor, entrant=entrant, after=told)
    return appeal


def may_retract(session: Session, appeal: PropertyAppeal, actor: Actor) -> bool:
    """Whether somebody can take an appeal back: who acts for its company, or the first owner behind it.

    Whose signature came first is that also while it waits: who joined later does not end what they did not raise.
    """
    if appeal.side == COMPANY:
        entrant = session.get_one(PropertyEntrant, appeal.entrant_id)
        return entrant.company_id in companies_of_actor(session, actor, current_site().today())
    first = next((one.person_id for one in supports_of(session, appeal)), None)
    return first is not None and first in rows_of_actor(session, actor)


def live_appeals(session: Session, entrant_ids: Collection[int]) -> list[PropertyAppeal]:
    """Appeals that gather supporters or wait for a ruling, by id."""
    query = select(PropertyAppeal).where(
        PropertyAppeal.entrant_id.in_(entrant_ids), PropertyAppeal.state.in_((GATHERING, OPEN))
    )
    return list(session.scalars(query.order_by(PropertyAppeal.id)))


def appeals_of(session: Session, round_: PropertyRound) -> list[PropertyAppeal]:
    """All appeals of a round, the newest first."""
    query = (
        select(PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .where(PropertyEntrant.round_id == round_.id)
    )
    return list(session.scalars(query.order_by(PropertyAppeal.id.desc())))


def appeal_in(session: Session, round_: PropertyRound, public_id: str) -> PropertyAppeal | None:
    """The appeal with this outside id, if it is against a result of this round."""
    return session.scalar(
        select(PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .where(PropertyAppeal.public_id == public_id, PropertyEntrant.round_id == round_.id)
    )
