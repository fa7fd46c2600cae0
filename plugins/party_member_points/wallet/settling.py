"""Credits of a confirmed sheet go into wallets, and come out again when the sheet is reopened or corrected.

The assessment reads nothing of this; the sheets call it in their own transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from pointsys.plugin import Actor, audit, canonical_ids, chunks, new_public_id

from .locking import insert_ops, instant_after, lock_wallets
from .models import EARN, REVERSE, PointsWalletOp
from .rules import last_day, rule_of


def settle(
    session: Session,
    sheet_public_id: str,
    area_id: int,
    credits: Mapping[int, int],
    day: date,
    actor: Actor,
) -> int:
    """Pay what people earned on a sheet into their wallets; returns how many operations that made.

    ``credits`` are hundredths by person id, ``day`` the last day of the sheet's window: validity is counted from it.
    Nothing is paid where the area keeps no wallets, for amounts that are not above zero, and to people who have what
    this sheet paid already.
    """
    rule = rule_of(session, area_id)
    kept = canonical_ids(session, list(credits))
    amounts: dict[int, int] = {}
    for person_id, points in credits.items():
        amounts[kept[person_id]] = amounts.get(kept[person_id], 0) + points
    if rule.on:
        standing = _standing(session, sheet_public_id)
        paid = set(canonical_ids(session, {op.person_id for op in standing}).values())
        amounts = {person: points for person, points in amounts.items() if points > 0 and person not in paid}
    if not rule.on or not amounts:
        return 0
    lock_wallets(session, amounts)
    at = instant_after(session, amounts)
    rows = [
        _row(
            person, area_id, EARN, points, actor, at=at, ref=sheet_public_id,
            earned_on=day, last_on=last_day(rule, day),
        )
        for person, points in sorted(amounts.items())
    ]  # fmt: skip
    insert_ops(session, rows)
    audit.write(
        session, actor, "points.wallet_settled", "points_sheet", sheet_public_id, area_id=area_id,
        after={"points": sum(amounts.values())}, count=len(rows),
    )  # fmt: skip
    return len(rows)


def reverse(session: Session, sheet_public_id: str, actor: Actor) -> int:
    """Take back what a sheet paid; what was spent meanwhile becomes debt. Returns how many operations that made."""
    standing = _standing(session, sheet_public_id)
    if not standing:
        return 0
    people = canonical_ids(session, {op.person_id for op in standing})
    lock_wallets(session, set(people.values()))
    at = instant_after(session, set(people.values()))
    rows = [
        _row(
            op.person_id, op.area_id, REVERSE, op.points, actor, at=at, ref=sheet_public_id,
            undone_id=op.id,
        )
        for op in standing
    ]  # fmt: skip
    insert_ops(session, rows)
    audit.write(
        session, actor, "points.wallet_reversed", "points_sheet", sheet_public_id,
        area_id=standing[0].area_id, after={"points": sum(op.points for op in standing)}, count=len(rows),
    )  # fmt: skip
    return len(rows)


def _standing(session: Session, sheet_public_id: str) -> list[PointsWalletOp]:
    """What a sheet paid and nobody took back."""
    undone = aliased(PointsWalletOp)
    query = (
        select(PointsWalletOp)
        .where(
            PointsWalletOp.ref == sheet_public_id,
            PointsWalletOp.type == EARN,
            ~select(undone.id).where(undone.undone_id == PointsWalletOp.id).exists(),
        )
        .order_by(PointsWalletOp.id)
    )
    return list(session.scalars(query))


def _row(
    person_id: int, area_id: int, kind: str, points: int, actor: Actor, **more: object
) -> dict[str, object]:
    public_id = new_public_id()
    return {
        "public_id": public_id, "person_id": person_id, "area_id": area_id, "type": kind, "points": points,
        "earned_on": None, "last_on": None, "key": public_id, "item_id": None, "title": "", "count": 0,
        "undone_id": None, "reason": "", "recorded_by": actor.label, "recorded_by_account": actor.account_id,
        **more,
    }  # fmt: skip


def paid_to_people(session: Session, sheets: Collection[str]) -> dict[int, int]:
    """How many hundredths each person has by some sheets now, by the id that the wallet stands under."""
    found: dict[int, int] = {}
    undone = aliased(PointsWalletOp)
    for part in chunks(sorted(sheets)):
        query = select(PointsWalletOp.person_id, PointsWalletOp.points).where(
            PointsWalletOp.ref.in_(part),
            PointsWalletOp.type == EARN,
            ~select(undone.id).where(undone.undone_id == PointsWalletOp.id).exists(),
        )
        for person, points in session.execute(query):
            found[person] = found.get(person, 0) + points
    return found
