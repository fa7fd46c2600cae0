"""Who may take a result's next step: why the reader may not, and who may instead."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Actor, Decider, Problem, Publicity, deciders

from .deciding import check_decider
from .models import PROPOSED, PUBLIC, PointsAnnual, PointsAnnualLine
from .publishing import check_confirmer


@dataclass(frozen=True)
class Hindrance:
    """Why the reader may not act, and up to five accounts that may."""

    problem: Problem
    others: list[Decider]


def hindrance(
    session: Session, result: PointsAnnual, posted: Publicity | None, actor: Actor
) -> Hindrance | None:
    """What keeps the reader from deciding on, or confirming, a result; None where nothing does.

    None as well for a result that waits for neither. The acts themselves check again.
    """
    had = {result.proposed_by_account}
    try:
        if result.state == PROPOSED:
            check_decider(session, result, actor)
        elif result.state == PUBLIC and posted is not None:
            line = PointsAnnualLine
            decided = select(line.decided_by_account, line.decided_by).where(line.annual_id == result.id)
            hands = {(row[0], row[1]) for row in session.execute(decided.distinct())}
            had |= {
                posted.posted_by_account,
                result.decided_by_account,
                *(account for account, _label in hands),
            }
            check_confirmer(session, result, posted, hands, actor)
    except Problem as problem:
        known = [account for account in had if account is not None]
        return Hindrance(
            problem, deciders(session, result.area_id, but_accounts=known, permission="points.decide")
        )
    return None
