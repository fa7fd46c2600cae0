"""The wallet of redeemable points (E15): lots earned, spent oldest expiry first, expired, reversed into debt.

It never touches the assessment: it reads settled credits as ``earn`` operations and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pointsys.plugin import N_, Problem

from .exact import Number, cents, exact, lesser, printed
from .periods import MONTHS, local_time, parse_day, parse_instant, window_key, years_later

_WINDOWS = ("day", *MONTHS, "period")


@dataclass(slots=True)
class _Lot:
    id: str
    points: Number
    last_day: date
    left: Number
    expired: Number = 0
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class _Op:
    id: str
    kind: str
    at: datetime
    day: date
    points: Number
    earned_on: date
    ref: str


@dataclass(slots=True)
class _Wallet:
    """Balance is what the lots hold less the debt; amounts in hundredths."""

    rule: Mapping[str, object]
    lots: dict[str, _Lot] = field(default_factory=dict)
    debt: Number = 0
    redeemed_in: set[int] = field(default_factory=set)
    log: list[dict[str, object]] = field(default_factory=list)

    @property
    def balance(self) -> Number:
        held: Number = 0
        for lot in self.lots.values():
            held += lot.left
        return held - self.debt

    def by_expiry(self) -> list[_Lot]:
        """Lots with something left, the one that is spent first first."""
        return sorted((lot for lot in self.lots.values() if lot.left), key=lambda lot: (lot.last_day, lot.id))

    def expire(self, day: date) -> None:
        for lot in self.by_expiry():
            if lot.last_day < day:
                self.log.append({"op": "expire", "lot": lot.id, "points": printed(lot.left)})
                lot.expired, lot.left = lot.expired + lot.left, 0

    def spend(self, amount: Number) -> Number:
        """Take from the lots, oldest expiry first; returns what they could not give."""
        for lot in self.by_expiry():
            taken = lesser(lot.left, amount)
            lot.left -= taken
            amount -= taken
        return amount

    def earn(self, op: _Op) -> None:
        if op.id in self.lots:
            raise _fault(op.id)
        self.lots[op.id] = _Lot(op.id, op.points, _last_day(self.rule, op), op.points)
        if self.debt:
            self.debt = self.spend(self.debt)

    def redeem(self, op: _Op) -> None:
        balance = self.balance
        reason = self._hindrance(op, balance)
        if reason is not None:
            self.log.append({"op": op.id, "rejected": reason})
            return
        amount = balance if self.rule.get("redeem_clears") else op.points
        self.spend(amount)
        window = self.rule.get("once_per")
        if isinstance(window, str):
            self.redeemed_in.add(window_key(window, op.day))
        self.log.append({"op": op.id, "redeemed": printed(amount)})

    def _hindrance(self, op: _Op, balance: Number) -> str | None:
        window = self.rule.get("once_per")
        if self.debt:
            return "in_debt"
        if isinstance(window, str) and window_key(window, op.day) in self.redeemed_in:
            return f"once_per_{window}"
        if self.rule.get("min_balance") is not None and balance < cents(
            _number(self.rule["min_balance"], "min_balance")
        ):
            return "below_min_balance"
        return "insufficient" if op.points > balance else None

    def reverse(self, op: _Op) -> None:
        lot = self.lots.get(op.ref)
        if lot is None:
            raise _fault(f"{op.id}.ref")
        amount: Number = 0
        if not lot.reversed:
            amount = lot.points - lot.expired
            spent = amount - lot.left
            lot.left, lot.reversed = 0, True
            self.debt = self.spend(self.debt + spent)
        self.log.append({"op": op.id, "reversed": printed(amount)})


@dataclass(frozen=True, slots=True)
class HeldLot:
    """What is left of one earning, in hundredths; ``last_day`` is ``date.max`` for one that stays valid."""

    op: str
    left: Number
    last_day: date


@dataclass(frozen=True, slots=True)
class Holding:
    """A wallet as it stands, amounts in hundredths; ``lots`` in the order in which they are spent."""

    balance: Number
    debt: Number
    lots: tuple[HeldLot, ...]
    log: list[dict[str, object]]


def run_wallet(task: Mapping[str, object], timezone: str = "Asia/Shanghai") -> dict[str, object]:
    """``{"rule", "ops", "as_of"}`` to ``{"balance", "log"}``; raises Problem ``bad_wallet`` and those of dates."""
    wallet = _run(task, timezone)
    return {"balance": printed(wallet.balance), "log": wallet.log}


def holding(task: Mapping[str, object], timezone: str = "Asia/Shanghai") -> Holding:
    """The same with the lots that are left; raises as ``run_wallet`` does."""
    wallet = _run(task, timezone)
    lots = tuple(HeldLot(lot.id, lot.left, lot.last_day) for lot in wallet.by_expiry())
    return Holding(wallet.balance, wallet.debt, lots, wallet.log)


def _run(task: Mapping[str, object], timezone: str) -> _Wallet:
    zone = ZoneInfo(timezone)
    rule, rows = task.get("rule"), task.get("ops")
    if not isinstance(rule, Mapping) or not isinstance(rows, list):
        raise _fault("rule and ops")
    if rule.get("once_per") not in (None, *_WINDOWS):
        raise _fault("rule.once_per")
    as_of = None if task.get("as_of") is None else parse_instant(task["as_of"], "as_of")
    wallet = _Wallet(rule)
    ops = [_op(row, f"ops[{index}]", zone) for index, row in enumerate(rows)]
    for op in sorted(ops, key=lambda op: (op.at, op.id)):
        if as_of is None or op.at <= as_of:
            wallet.expire(op.day)
            {"earn": wallet.earn, "redeem": wallet.redeem, "reverse": wallet.reverse}[op.kind](op)
    if as_of is not None:
        wallet.expire(local_time(as_of, zone, "as_of").date())
    return wallet


def _op(row: object, place: str, zone: ZoneInfo) -> _Op:
    if not isinstance(row, Mapping) or row.get("type") not in ("earn", "redeem", "reverse"):
        raise _fault(place)
    if not isinstance(row.get("id"), str | int) or isinstance(row["id"], bool):
        raise _fault(f"{place}.id")
    at = parse_instant(row.get("at"), f"{place}.at")
    day = local_time(at, zone, f"{place}.at").date()
    points: Number = 0
    if row["type"] != "reverse":
        points = cents(_number(row.get("points"), f"{place}.points"))
        if points < 0:
            raise _fault(f"{place}.points")
    earned = day if row.get("earned_on") is None else parse_day(row["earned_on"], f"{place}.earned_on")
    return _Op(str(row.get("id")), str(row["type"]), at, day, points, earned, str(row.get("ref")))


def _last_day(rule: Mapping[str, object], op: _Op) -> date:
    """The last day a lot may be spent; 29 February becomes 28 February."""
    expiry = rule.get("expiry")
    kind = expiry.get("type", "none") if isinstance(expiry, Mapping) else "none"
    if not isinstance(expiry, Mapping) or kind == "none":
        return date.max
    years = _number(expiry.get("n", 0), "rule.expiry.n")
    if kind not in ("years", "year_end") or not isinstance(years, int) or not 0 <= years < 1000:
        raise _fault("rule.expiry")
    return years_later(op.earned_on if kind == "years" else date(op.earned_on.year, 12, 31), years)


def _number(value: object, place: str) -> Number:
    try:
        return exact(value)
    except ValueError:
        raise _fault(place) from None


def _fault(place: str) -> Problem:
    return Problem(
        "bad_wallet", N_("%(place)s is missing or not usable: correct it."), field=place, place=place
    )
