"""Casting: one ballot for each vote on the roll, whichever way it comes, and no way from it to the voter.

A vote is taken by a conditional update of its row on the roll, so that of two ballots at once the first stands and the
other is refused. The round is held in its state meanwhile: nothing is tallied between the two. The audit row of a
ballot that somebody hands in themselves names nobody and no address; that of one that staff enter names them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Problem,
    audit,
    canonical_ids,
    current_site,
    table_of,
    upsert,
)

from ..owners.models import PropertyOwnerProof
from ..rounds.impartial import refuse_interested
from ..rounds.models import COLLECTING, PER_OWNER, PropertyRound
from . import roll
from .models import ASSISTED, SELF, PropertyBallot, PropertyRefused, PropertyVoter
from .survey import Answers

# Whose act a ballot is in the audit log: that of somebody on the roll.
VOTER = Actor("voter")
# Refusals that say something about ballots; a round of others, say, is none of them.
LOGGED = frozenset(
    ("bad_score", "not_owner", "not_verified", "not_eligible", "unit_already_voted", "owner_already_voted",
     "round_closed")
)  # fmt: skip


def held_open(session: Session, round_id: int) -> PropertyRound:
    """The round, kept in its state until the transaction ends while others vote too; raises Conflict round_closed."""
    query = select(PropertyRound).where(PropertyRound.id == round_id)
    round_ = session.scalars(query.with_for_update(read=True).execution_options(populate_existing=True)).one()
    if not is_open(round_):
        raise roll.closed(round_)
    return round_


def is_open(round_: PropertyRound) -> bool:
    """Whether a round takes ballots today."""
    return round_.state == COLLECTING and current_site().today() <= round_.collect_until


def cast(
    session: Session, round_: PropertyRound, voter: PropertyVoter, answers: Answers, method: str, actor: Actor,
    *, people: Sequence[int] = (),
) -> None:  # fmt: skip
    """Put a ballot in for a row of the roll; ``round_`` is ``held_open``, ``people`` the rows of who votes themselves.

    Raises Problem bad_method, Refused own_matter for staff who act for a company of the round, Conflict
    unit_already_voted or owner_already_voted.
    """
    if method not in ASSISTED and method != SELF and voter.token_hash is None:
        raise Problem("bad_method", N_("Choose how the ballot came in."), field="method")
    if method in ASSISTED:
        refuse_interested(session, round_, actor)
    if round_.per == PER_OWNER:
        _refuse_second_head(session, voter, people)
    taken = session.execute(
        update(PropertyVoter)
        .where(PropertyVoter.public_id == voter.head, PropertyVoter.voted_on.is_(None))
        .values(voted_on=current_site().today(), method=method, **_took_part(session, voter, method, people))
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise voted(round_, voter, people)
    session.execute(
        insert(table_of(PropertyBallot)).values(
            key=secrets.token_hex(16),
            entrant_id=voter.entrant_id,
            score=str(answers.score),
            answers=answers.text,
        )
    )
    audit.write(
        session, actor if method in ASSISTED else VOTER, "property.ballot_cast", "property_round",
        round_.public_id, area_id=round_.area_id, after={"method": method},
    )  # fmt: skip


def _took_part(
    session: Session, voter: PropertyVoter, method: str, people: Sequence[int]
) -> dict[str, int | None]:
    """Who takes part now, where they are known: the dwelling may have changed hands since the roll was frozen."""
    if people:
        return {} if voter.person_id in people else {"person_id": people[0]}
    return {"person_id": roll.proofs_of(session, voter.dwelling_id).voter} if method in ASSISTED else {}


def voted(round_: PropertyRound, voter: PropertyVoter, people: Sequence[int]) -> Conflict:
    """What is answered to a second ballot."""
    if round_.per == PER_OWNER and (people or voter.person_id is not None):
        return Conflict("owner_already_voted", roll.OWNER_VOTED, field="dwelling")
    return Conflict("unit_already_voted", roll.UNIT_VOTED, field="dwelling")


def _refuse_second_head(session: Session, voter: PropertyVoter, people: Sequence[int]) -> None:
    """Dwellings that were proven to be one owner's only after the roll was frozen have a head each: one of them votes.

    The rows are locked in one order, so that two ballots at once wait for each other.
    """
    rows = list(people) or ([] if voter.person_id is None else [voter.person_id])
    rows += [person for person in [roll.proofs_of(session, voter.dwelling_id).voter] if person is not None]
    if not rows:
        return
    kept = set(canonical_ids(session, rows).values()) | set(rows)
    owned = select(PropertyOwnerProof.dwelling_id).where(
        PropertyOwnerProof.person_id.in_(kept),
        PropertyOwnerProof.votes.is_(True),
        PropertyOwnerProof.ended_on.is_(None),
    )
    heads = select(PropertyVoter.head).where(
        PropertyVoter.entrant_id == voter.entrant_id, PropertyVoter.dwelling_id.in_(owned)
    )
    others = session.scalars(
        select(PropertyVoter)
        .where(PropertyVoter.public_id.in_(heads))
        .order_by(PropertyVoter.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if any(other.public_id != voter.head and other.voted_on is not None for other in others):
        raise Conflict("owner_already_voted", roll.OWNER_VOTED, field="dwelling")


def add_refused(session: Session, round_id: int, code: str, method: str) -> None:
    """Count a refused ballot of today."""
    session.execute(
        upsert(session, PropertyRefused)
        .values(round_id=round_id, day=current_site().today(), code=code, method=method, times=1)
        .on_conflict_do_update(
            index_elements=["round_id", "day", "code", "method"], set_={"times": PropertyRefused.times + 1}
        )
    )
