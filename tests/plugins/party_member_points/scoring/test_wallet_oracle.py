"""The wallet against a slow one that holds every point as a coin of its own, over drawn operations."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from pointsys.plugins.party_member_points.scoring import run_wallet

SHANGHAI = ZoneInfo("Asia/Shanghai")
HELD, SPENT, EXPIRED, GONE = "held", "spent", "expired", "gone"


def slow_wallet(task: dict[str, Any]) -> dict[str, Any]:
    """What the rules say, coin by coin."""
    rule, as_of = task["rule"], datetime.fromisoformat(task["as_of"])
    lots: dict[str, tuple[date, list[str]]] = {}
    redeemed: list[date] = []
    log: list[dict[str, str]] = []
    debt = 0

    def local(moment: datetime) -> date:
        return moment.astimezone(SHANGHAI).date()

    def in_order() -> list[str]:
        return sorted(lots, key=lambda name: (lots[name][0], name))

    def expire(day: date) -> None:
        for name in in_order():
            last, coins = lots[name]
            old = [place for place, coin in enumerate(coins) if coin == HELD and last < day]
            for place in old:
                coins[place] = EXPIRED
            if old:
                log.append({"op": "expire", "lot": name, "points": f"{len(old)}.00"})

    def spend(amount: int) -> int:
        for name in in_order():
            coins = lots[name][1]
            for place, coin in enumerate(coins):
                if coin == HELD and amount:
                    coins[place], amount = SPENT, amount - 1
        return amount

    def held() -> int:
        return sum(coin == HELD for _last, coins in lots.values() for coin in coins)

    def hindrance(op: dict[str, Any], day: date) -> str:
        window = rule.get("once_per")
        keys = {"day": day, "month": (day.year, day.month), "quarter": (day.year, (day.month - 1) // 3)}

        def same(other: date) -> bool:
            quarter = (other.year, (other.month - 1) // 3)
            theirs = {"day": other, "month": (other.year, other.month), "quarter": quarter}
            return other.year == day.year if window == "year" else theirs[window] == keys[window]

        if debt:
            return "in_debt"
        if window and any(same(other) for other in redeemed):
            return f"once_per_{window}"
        if held() < rule.get("min_balance", 0):
            return "below_min_balance"
        return "insufficient" if op["points"] > held() else ""

    for op in sorted(task["ops"], key=lambda row: (datetime.fromisoformat(row["at"]), row["id"])):
        if datetime.fromisoformat(op["at"]) > as_of:
            continue
        day = local(datetime.fromisoformat(op["at"]))
        expire(day)
        if op["type"] == "earn":
            lots[op["id"]] = (
                last_day(rule, date.fromisoformat(op.get("earned_on") or day.isoformat())),
                [HELD] * op["points"],
            )
            debt = spend(debt)
        elif op["type"] == "reverse":
            coins = lots[op["ref"]][1]
            log.append({"op": op["id"], "reversed": f"{sum(coin in (HELD, SPENT) for coin in coins)}.00"})
            owed = coins.count(SPENT)
            coins[:] = [GONE if coin != EXPIRED else coin for coin in coins]
            debt = spend(debt + owed)
        elif why := hindrance(op, day):
            log.append({"op": op["id"], "rejected": why})
        else:
            amount = held() if rule.get("redeem_clears") else op["points"]
            spend(amount)
            redeemed.append(day)
            log.append({"op": op["id"], "redeemed": f"{amount}.00"})
    expire(local(as_of))
    return {"balance": f"{held() - debt}.00", "log": log}


def last_day(rule: dict[str, Any], earned: date) -> date:
    """The last day of a lot; the day before 1 March where there is no 29 February."""
    kind, years = rule["expiry"]["type"], rule["expiry"].get("n", 0)
    if kind == "none":
        return date.max
    if kind == "year_end":
        return date(earned.year + years, 12, 31)
    if (earned.month, earned.day) == (2, 29):
        return (
            date(earned.year + years, 3, 1) - timedelta(days=1)
            if years % 4
            else date(earned.year + years, 2, 29)
        )
    return earned.replace(year=earned.year + years)


def drawn_task(rng: Random) -> dict[str, Any]:
    """A rule and a few years of operations."""
    rule: dict[str, Any] = {
        "expiry": rng.choice(({"type": "none"}, {"type": "years", "n": 1}, {"type": "year_end", "n": 1}))
    }
    if rng.random() < 0.4:
        rule["once_per"] = rng.choice(("day", "month", "quarter", "year"))
    if rng.random() < 0.3:
        rule["min_balance"] = rng.choice((3, 8))
    if rng.random() < 0.3:
        rule["redeem_clears"] = True
    ops: list[dict[str, Any]] = []
    earns: list[str] = []
    moment = datetime(2024, 1, 5, 12, tzinfo=SHANGHAI)
    for number in range(rng.randint(1, 20)):
        moment += timedelta(days=rng.choice((0, 1, 20, 55, 150)), hours=rng.choice((0, 13)))
        op: dict[str, Any] = {"id": f"o{number:02}", "at": moment.isoformat(), "points": rng.randint(1, 9)}
        op["type"] = rng.choice(("earn", "earn", "redeem", "redeem", "reverse"))
        if op["type"] == "reverse" and not earns:
            op["type"] = "earn"
        if op["type"] == "reverse":
            op["ref"] = earns.pop(rng.randrange(len(earns)))
            del op["points"]
        if op["type"] == "earn":
            earns.append(op["id"])
            if rng.random() < 0.3:
                op["earned_on"] = rng.choice(("2024-02-29", moment.date().isoformat()))
        ops.append(op)
    as_of = moment + timedelta(days=rng.choice((-40, 0, 30, 400)))
    rng.shuffle(ops)
    return {"rule": rule, "ops": ops, "as_of": as_of.isoformat()}


def test_every_coin_is_where_the_wallet_says() -> None:
    rejected: set[str] = set()
    for seed in range(600):
        task = drawn_task(Random(seed))
        expected = slow_wallet(task)
        assert run_wallet(task) == expected, seed
        rejected |= {line["rejected"] for line in expected["log"] if "rejected" in line}
    assert rejected >= {"in_debt", "once_per_day", "once_per_year", "below_min_balance", "insufficient"}
