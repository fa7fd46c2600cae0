"""Writing the ballots of running rounds anew, in the order of new random keys.

PostgreSQL puts rows where they come to lie one after another, and stamps them with their transaction: until they are
written anew, whoever reads the bare tables could lay ballots and roll side by side. A ballot cannot come without such a
stamp, so the time is kept short: every few minutes the estates with some new ballots are mixed, and all others by
night. SQLite keeps the table in the order of its keys anyway.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Periodic, chunks, read_scope, table_of, unit_of_work

from ..rounds.models import COLLECTING, COMPUTED, PUBLICITY, PropertyEntrant, PropertyRound
from .counting import LEAST
from .models import PropertyBallot, PropertyVoter

# Of each ballot the transaction that wrote it: those that were mixed together share one.
_STAMP: ColumnElement[str] = literal_column("CAST(property_ballot.xmin AS text)")


def mix(session: Session, entrant_id: int) -> int:
    """Write the ballots and the used rows of the roll of an entrant anew; returns how many ballots there are.

    Nobody votes in the round meanwhile: ballots wait, and none is lost.
    """
    table = table_of(PropertyBallot)
    round_id = select(PropertyEntrant.round_id).where(PropertyEntrant.id == entrant_id).scalar_subquery()
    session.execute(select(PropertyRound.id).where(PropertyRound.id == round_id).with_for_update())
    rows = session.execute(select(table).where(table.c.entrant_id == entrant_id)).mappings().all()
    for part in chunks([row["key"] for row in rows]):
        session.execute(delete(table).where(table.c.key.in_(part)))
    anew = sorted(({**row, "key": secrets.token_hex(16)} for row in rows), key=lambda row: str(row["key"]))
    for part_of in chunks(anew):
        session.execute(insert(table), part_of)
    session.execute(
        update(PropertyVoter)
        .where(PropertyVoter.entrant_id == entrant_id, PropertyVoter.voted_on.is_not(None))
        .values(voted_on=PropertyVoter.voted_on)
        .execution_options(synchronize_session=False)
    )
    return len(anew)


def waiting(session: Session, now: datetime, stamps: int) -> list[int]:
    """Entrants of running rounds whose ballots bear more than so many stamps; on SQLite all that have ballots."""
    query = (
        select(PropertyBallot.entrant_id)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyBallot.entrant_id)
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .where(
            or_(
                PropertyRound.state.in_((COLLECTING, COMPUTED, PUBLICITY)),
                # What came in on the day on which it was given up.
                PropertyRound.withdrawn_at >= now - timedelta(days=2),
            )
        )
        .group_by(PropertyBallot.entrant_id)
        .order_by(PropertyBallot.entrant_id)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.having(func.count(_STAMP.distinct()) > stamps)
    return list(session.scalars(query))


def _mix(now: datetime, stamps: int) -> None:
    with read_scope() as session:
        entrants = waiting(session, now, stamps)
    for entrant in entrants:
        with unit_of_work(drain=False) as session:
            mix(session, entrant)


def mix_new(now: datetime) -> None:
    """Mix the estates in which five or more ballots have come since the last time."""
    with read_scope() as session:
        if session.get_bind().dialect.name != "postgresql":
            return
    _mix(now, LEAST)


def mix_all(now: datetime) -> None:
    """Mix every estate in which a ballot has come since the last time."""
    _mix(now, 1)


MIX_NEW = Periodic("property.mix_new_ballots", N_("Mix ballots that came in"), mix_new, every_minutes=5)
MIX = Periodic("property.mix_ballots", N_("Mix the ballots of running rounds"), mix_all, at="03:20")
