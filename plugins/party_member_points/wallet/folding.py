"""From stored operations to a wallet: balance, lots, debt and history. Pure; the scorer's wallet (E15) does the sums.

What was paid in keeps the last day it was given then, and what was redeemed was allowed then: a rule that changes
later alters nothing of it. So the fold knows of a rule only the last days, and whether the next redemption is allowed
is asked apart (``hindrance``). A voided redemption is left out of the fold, as though nothing had been taken: its lots
are back, but for what has expired meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pointsys.plugin import N_, Problem

from ..scoring.periods import window_key
from ..scoring.wallet import holding
from .models import EARN, REDEEM, REVERSE, VOID, PointsWalletOp
from .rules import WalletRule

# What the fold is told: a lot's last day is the day its points were "earned" on, and nothing else restricts.
_RULE: Mapping[str, object] = {"expiry": {"type": "years", "n": 0}}


@dataclass(frozen=True)
class Lot:
    """Points that can be spent, in hundredths, until and with ``last_on`` (None: as long as one likes)."""

    left: int
    last_on: date | None


@dataclass(frozen=True)
class Move:
    """One line of a wallet's history; ``points`` in hundredths, below zero for what went out.

    ``kind`` is the operation's type, or "expire"; ``undone`` says that a later operation took it back.
    """

    kind: str
    points: int
    at: datetime | None
    on: date
    title: str
    count: int
    public_id: str
    undone: bool


@dataclass(frozen=True)
class Wallet:
    """What somebody holds, in hundredths; ``balance`` is below zero in debt. ``moves`` begin with the newest."""

    balance: int
    debt: int
    lots: tuple[Lot, ...]
    moves: tuple[Move, ...]


def fold(
    ops: Sequence[PointsWalletOp], now: datetime, local_day: Mapping[int, date], timezone: str
) -> Wallet:
    """The wallet that operations (in any order) make as of ``now``; ``local_day`` is each one's local day by id."""
    voided = {op.undone_id for op in ops if op.type == VOID}
    kept = [op for op in ops if op.type in (EARN, REVERSE) or (op.type == REDEEM and op.id not in voided)]
    found = holding({"rule": _RULE, "ops": [_neutral(op) for op in kept], "as_of": now.isoformat()}, timezone)
    by_key = {_key(op.id): op for op in ops}
    left: dict[date | None, int] = {}
    for lot in found.lots:
        last_on = by_key[lot.op].last_on
        left[last_on] = left.get(last_on, 0) + int(lot.left)
    lots = tuple(Lot(points, last_on) for last_on, points in left.items())
    return Wallet(int(found.balance), int(found.debt), lots, _moves(ops, found.log, by_key, local_day))


def _key(op_id: int) -> str:
    # Texts are compared sign by sign: of one instant, the operation that was written first comes first.
    return f"{op_id:020d}"


def _neutral(op: PointsWalletOp) -> dict[str, object]:
    told: dict[str, object] = {"id": _key(op.id), "type": op.type, "at": op.at.isoformat()}
    if op.type == REVERSE:
        return {**told, "ref": _key(op.undone_id or 0)}
    points = f"{op.points // 100}.{op.points % 100:02d}"
    if op.type == EARN:
        return {**told, "points": points, "earned_on": (op.last_on or date.max).isoformat()}
    return {**told, "points": points}


def _moves(
    ops: Sequence[PointsWalletOp],
    log: Sequence[Mapping[str, object]],
    by_key: Mapping[str, PointsWalletOp],
    local_day: Mapping[int, date],
) -> tuple[Move, ...]:
    undone = {op.undone_id for op in ops if op.undone_id is not None}
    signs = {EARN: 1, VOID: 1, REDEEM: -1, REVERSE: -1}
    lines: list[tuple[date, int, int, Move]] = []
    for op in ops:
        move = Move(
            op.type, signs[op.type] * op.points, op.at, local_day[op.id], op.title, op.count, op.public_id,
            op.id in undone,
        )  # fmt: skip
        lines.append((local_day[op.id], 1, op.id, move))
    for line in log:
        if line["op"] != "expire":
            continue
        lot = by_key[str(line["lot"])]
        on = lot.last_on or date.max
        expired = -hundredths(str(line["points"]))
        lines.append((on, 2, lot.id, Move("expire", expired, None, on, "", 0, lot.public_id, False)))
    return tuple(move for _on, _rank, _id, move in sorted(lines, key=lambda line: line[:3], reverse=True))


def hundredths(printed: str) -> int:
    """Printed points as hundredths: "2.50" -> 250."""
    whole, _dot, rest = printed.partition(".")
    return int(whole) * 100 + (-1 if whole.startswith("-") else 1) * int((rest + "00")[:2])


def hindrance(
    rule: WalletRule, wallet: Wallet, redeemed_on: Sequence[date], day: date, points: int
) -> Problem | None:
    """Why ``points`` hundredths cannot be redeemed on ``day``, tested in the order of E15; None when they can.

    ``redeemed_on`` are the days of the redemptions that stand.
    """
    if not rule.on:
        return Problem("no_wallet", N_("Points are not redeemed here."))
    if wallet.debt:
        return Problem(
            "in_debt",
            N_("The wallet is in debt: points that were spent were taken back. New points cover it first."),
        )
    if rule.once_per and any(
        window_key(rule.once_per, other) == window_key(rule.once_per, day) for other in redeemed_on
    ):
        return Problem(
            f"once_per_{rule.once_per}",
            N_("Points were redeemed in this period already: wait for the next one."),
        )
    if wallet.balance < rule.min_balance:
        return Problem(
            "below_min_balance", N_("Points are redeemed from a balance of %(points)s on."),
            points=printed(rule.min_balance),
        )  # fmt: skip
    if points > wallet.balance:
        return Problem(
            "insufficient", N_("The balance of %(points)s is not enough."), points=printed(wallet.balance)
        )
    return None


def printed(points: int) -> str:
    """Hundredths as people write points: 250 -> "2.50"."""
    sign = "-" if points < 0 else ""
    return f"{sign}{abs(points) // 100}.{abs(points) % 100:02d}"
