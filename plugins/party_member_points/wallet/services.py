"""Wallets of people and redemptions: one writer for a wallet at a time, and a stock that never falls below nothing.

Order of locks: the person's wallet, then the item. A redemption is paid with what the fold of the person's operations
leaves, read after the lock. Nobody redeems for themselves, and whoever redeemed does not take it back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Person,
    Problem,
    audit,
    canonical_ids,
    chunks,
    clean_text,
    current_site,
    groups,
    new_public_id,
    who_acts,
)

from .folding import Wallet, fold, hindrance
from .locking import insert_ops, instant_after, lock_wallets
from .models import REDEEM, VOID, PointsShopItem, PointsWalletOp
from .rules import rule_of

MOST_AT_ONCE = 99
MAX_REASON = 300


def wallets_of(session: Session, people: Collection[int]) -> dict[int, Wallet]:
    """The wallets of people, by the ids that were asked for; two statements, whatever their number."""
    kept = canonical_ids(session, people)
    ops = ops_of(session, set(kept.values()))
    made = {person: _fold(ops.get(person, ())) for person in set(kept.values())}
    return {person: made[kept[person]] for person in people}


def ops_of(session: Session, kept_ids: Collection[int]) -> dict[int, list[PointsWalletOp]]:
    """Operations of human beings by kept id, merged rows included."""
    kept_of = {row: kept for kept, rows in groups(session, kept_ids).items() for row in rows}
    found: dict[int, list[PointsWalletOp]] = {}
    for part in chunks(sorted(kept_of)):
        query = select(PointsWalletOp).where(PointsWalletOp.person_id.in_(part)).order_by(PointsWalletOp.id)
        for op in session.scalars(query):
            found.setdefault(kept_of[op.person_id], []).append(op)
    return found


def _fold(ops: Sequence[PointsWalletOp]) -> Wallet:
    site = current_site()
    # What stands with a later instant (a clock that was set back) counts all the same.
    now = max([site.now(), *(op.at for op in ops)])
    days = {op.id: site.local(op.at).date() for op in ops}
    return fold(ops, now, days, site.timezone.key)


def redeem(
    session: Session,
    area: Area,
    person: Person,
    item: PointsShopItem,
    count: int,
    actor: Actor,
    *,
    key: str = "",
) -> PointsWalletOp:
    """Give ``count`` of an item for points of a person's wallet.

    ``key`` tells a repeated request from a second redemption: the first result is returned. Raises Problem own_matter,
    bad_count, same_key, not_offered, out_of_stock and the hindrances of E15.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        raise Problem("bad_count", N_("Give a number from 1 to %(most)s."), field="count", most=MOST_AT_ONCE)
    kept = canonical_ids(session, [person.id])[person.id]
    if not actor.unrestricted and who_acts(session, actor).person == kept:
        raise Problem("own_matter", N_("Somebody else has to redeem your points for you."))
    lock_wallets(session, [kept])
    known = _known(session, key)
    if known is not None:
        return _same(known, kept, item, count, canonical_ids(session, [known.person_id])[known.person_id])
    ops = ops_of(session, [kept]).get(kept, [])
    # The rules of where the member belongs, whichever counter they stand at.
    home = session.get_one(Person, kept).area_id
    points = _check(session, home, ops, item.points * count)
    _take(session, item, count)
    public_id = new_public_id()
    row = {
        "public_id": public_id, "person_id": kept, "area_id": area.id, "type": REDEEM, "points": points,
        "at": instant_after(session, [kept]), "earned_on": None, "last_on": None, "ref": "",
        "key": key or public_id, "item_id": item.id, "title": item.title, "count": count, "undone_id": None,
        "reason": "", "recorded_by": actor.label, "recorded_by_account": actor.account_id,
    }  # fmt: skip
    insert_ops(session, [row])
    audit.write(
        session, actor, "points.redeemed", "person", person.public_id, area_id=area.id,
        after={"item": item.public_id, "count": count, "points": points, "redemption": public_id},
    )  # fmt: skip
    return session.scalars(select(PointsWalletOp).where(PointsWalletOp.public_id == public_id)).one()


def _known(session: Session, key: str) -> PointsWalletOp | None:
    return session.scalar(select(PointsWalletOp).where(PointsWalletOp.key == key)) if key else None


def _same(
    known: PointsWalletOp, kept: int, item: PointsShopItem, count: int, known_kept: int
) -> PointsWalletOp:
    if (known.type, known_kept, known.item_id, known.count) != (REDEEM, kept, item.id, count):
        raise Problem("same_key", N_("This form was sent before with other content: open it anew."))
    return known


def _check(session: Session, area_id: int, ops: Sequence[PointsWalletOp], price: int) -> int:
    """How many hundredths go out for ``price``; raises what hinders it."""
    rule, wallet, site = rule_of(session, area_id), _fold(ops), current_site()
    voided = {op.undone_id for op in ops}
    redeemed_on = [site.local(op.at).date() for op in ops if op.type == REDEEM and op.id not in voided]
    why = hindrance(rule, wallet, redeemed_on, site.today(), price)
    if why is not None:
        raise why
    return wallet.balance if rule.redeem_clears else price


def _take(session: Session, item: PointsShopItem, count: int) -> None:
    """Take from the stock in one statement that refuses what is not there, whoever else takes meanwhile."""
    statement = (
        update(PointsShopItem)
        .where(
            PointsShopItem.id == item.id,
            PointsShopItem.offered.is_(True),
            PointsShopItem.points == item.points,
            PointsShopItem.stock.is_(None) | (PointsShopItem.stock >= count),
        )
        .values(stock=PointsShopItem.stock - count)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[object]", session.execute(statement)).rowcount:
        session.refresh(item)
        return
    session.refresh(item)
    if not item.offered:
        raise Problem("not_offered", N_("This is not offered any more: choose something else."), field="item")
    if item.stock is not None and item.stock < count:
        raise Problem("out_of_stock", N_("Only %(left)s are left."), field="item", left=item.stock)
    raise Problem("price_changed", N_("The points for this changed meanwhile: look at them and try again."))


def void(session: Session, redemption: PointsWalletOp, reason: str, actor: Actor) -> PointsWalletOp:
    """Take a redemption back: its points and the stock return. Raises Problem reason_needed, own_matter,
    another_person_needed or already_voided.
    """
    reason = clean_text(reason)
    if not reason or len(reason) > MAX_REASON:
        raise Problem("reason_needed", N_("Say in a few words why; it is kept."), field="reason")
    kept = canonical_ids(session, [redemption.person_id])[redemption.person_id]
    if not actor.unrestricted:
        who = who_acts(session, actor)
        if who.person == kept:
            raise Problem("own_matter", N_("Somebody else has to take back what was redeemed for you."))
        if who.did(redemption.recorded_by_account, redemption.recorded_by):
            raise Problem(
                "another_person_needed", N_("You redeemed this yourself: somebody else has to take it back.")
            )
    lock_wallets(session, [kept])
    if session.scalar(select(PointsWalletOp.id).where(PointsWalletOp.undone_id == redemption.id)) is not None:
        raise Problem("already_voided", N_("This was taken back already."))
    public_id = new_public_id()
    row = {
        "public_id": public_id, "person_id": redemption.person_id, "area_id": redemption.area_id, "type": VOID,
        "points": redemption.points, "at": instant_after(session, [kept]), "earned_on": None, "last_on": None,
        "ref": "", "key": public_id, "item_id": redemption.item_id, "title": redemption.title,
        "count": redemption.count, "undone_id": redemption.id, "reason": reason, "recorded_by": actor.label,
        "recorded_by_account": actor.account_id,
    }  # fmt: skip
    insert_ops(session, [row])
    session.execute(
        update(PointsShopItem)
        .where(PointsShopItem.id == redemption.item_id, PointsShopItem.stock.is_not(None))
        .values(stock=PointsShopItem.stock + redemption.count)
        .execution_options(synchronize_session=False)
    )
    audit.write(
        session, actor, "points.redemption_voided", "points_wallet_op", redemption.public_id,
        area_id=redemption.area_id, after={"points": redemption.points, "void": public_id},
    )  # fmt: skip
    return session.scalars(select(PointsWalletOp).where(PointsWalletOp.public_id == public_id)).one()


def audit_of(item: PointsShopItem) -> Mapping[str, object]:
    """What the audit log keeps of an item."""
    return {"title": item.title, "points": item.points, "stock": item.stock, "offered": item.offered}
