"""Writing the ballots of running rounds anew each night, in the order of new random keys.

PostgreSQL puts rows where they come to lie one after another, and stamps them with their transaction: until then
whoever reads the bare tables could lay ballots and roll side by side. SQLite keeps the table in the order of its keys
anyway.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Periodic, chunks, read_scope, table_of, unit_of_work

from ..rounds.models import COLLECTING, COMPUTED, PUBLICITY, PropertyEntrant, PropertyRound
from .models import PropertyBallot, PropertyVoter


def mix(session: Session, round_id: int) -> int:
    """Write the ballots and the used rows of the roll of a round anew; returns how many ballots there are."""
    table = table_of(PropertyBallot)
    of_round = select(PropertyEntrant.id).where(PropertyEntrant.round_id == round_id)
    rows = session.execute(
        select(table).where(table.c.entrant_id.in_(of_round)).with_for_update()
    ).mappings().all()  # fmt: skip
    for part in chunks([row["key"] for row in rows]):
        session.execute(delete(table).where(table.c.key.in_(part)))
    anew = sorted(({**row, "key": secrets.token_hex(16)} for row in rows), key=lambda row: str(row["key"]))
    for part_of in chunks(anew):
        session.execute(insert(table), part_of)
    session.execute(
        update(PropertyVoter)
        .where(PropertyVoter.round_id == round_id, PropertyVoter.voted_on.is_not(None))
        .values(voted_on=PropertyVoter.voted_on)
        .execution_options(synchronize_session=False)
    )
    return len(anew)


def _mix_all(now: datetime) -> None:
    with read_scope() as session:
        rounds = session.scalars(
            select(PropertyRound.id).where(
                or_(
                    PropertyRound.state.in_((COLLECTING, COMPUTED, PUBLICITY)),
                    # What came in on the day on which it was given up.
                    PropertyRound.withdrawn_at >= now - timedelta(days=2),
                )
            )
        ).all()
    for round_id in rounds:
        with unit_of_work(drain=False) as session:
            mix(session, round_id)


MIX = Periodic("property.mix_ballots", N_("Mix the ballots of running rounds"), _mix_all, at="03:20")
