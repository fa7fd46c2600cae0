"""Schemes and facts drawn at random with every key of the format, for the scorer and the slow one to agree on.

Everything comes from one ``random.Random``: a seed names a case, and a failing seed can be drawn again.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

Table = dict[str, Any]
ITEMS = ("a", "b", "c", "d", "e", "f", "g", "h")
CATEGORIES = ("k", "l", "m")
WINDOWS = ("day", "month", "quarter", "half", "year", "period")
PERIODS = ("month", "quarter", "half", "year", "year", "year", "lifetime", "rolling")
MODES = ("per_event",) * 3 + (
    "per_qty",
    "tier",
    "table",
    "manual",
    "brackets",
    "mean",
    "accumulate",
    "total_tier",
    "none",
)
AMOUNTS = (0, 1, 2, 3, 5, 10, "0.5", "0.33", "1.25", "2.005", "0.125")
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Shanghai", "America/New_York", "UTC")


def chance(rng: Random, part: float) -> bool:
    return rng.random() < part


def widths(kind: str) -> tuple[str, ...]:
    """The windows a period of this kind may use."""
    return WINDOWS if kind in ("lifetime", "rolling") else (*WINDOWS[: WINDOWS.index(kind) + 1], "period")


def drawn_case(seed: int) -> tuple[Table, Table, Table]:
    """Scheme, facts and query of one seed."""
    rng = Random(seed)
    kind = rng.choice(PERIODS)
    first = date(2023, 7, 1) if chance(rng, 0.8) else date(2024, 1, 15)
    starts = sorted(
        {first, *(first + timedelta(days=rng.randint(1, 400)) for _ in range(rng.choice((0, 0, 1, 1, 2))))}
    )
    modes = {item: rng.choice(MODES) for item in ITEMS}
    expect = {f"x{n}": rng.choice(("miss", "met")) for n in range(2)}
    scheme: Table = {
        "id": "drawn",
        "title": "drawn",
        "period": {"type": kind},
        "version": [version(rng, kind, day, no, modes, expect) for no, day in enumerate(starts, 1)],
    }
    if chance(rng, 0.6):
        scheme["timezone"] = rng.choice(ZONES)
    if chance(rng, 0.5):
        scheme["late"] = {"grace_days": rng.choice((0, 5, 15))}
    if chance(rng, 0.6):
        scheme["enrol"] = some(
            rng,
            before=rng.choice(("ignore", "ignore", "count")),
            prorate=rng.choice(("none", "month", "day")),
            prorate_base=chance(rng, 0.7),
            prorate_require=chance(rng, 0.6),
        )
    query = drawn_query(rng, kind)
    return scheme, drawn_facts(rng, scheme, query), query


def some(rng: Random, **keys: Any) -> Table:
    """Each key or not."""
    return {name: value for name, value in keys.items() if chance(rng, 0.6)}


def version(
    rng: Random, kind: str, start: date, no: int, modes: dict[str, str], expect: dict[str, str]
) -> Table:
    present = [item for item in ITEMS if no == 1 or chance(rng, 0.85)]
    names = CATEGORIES if no == 1 or chance(rng, 0.8) else CATEGORIES[:2]
    buckets = ("s", "t") if chance(rng, 0.7) else ()
    table: Table = {
        "no": no,
        "effective_from": start.isoformat(),
        "category": [category(rng, name) for name in names],
        "item": [item(rng, kind, name, modes[name], names, buckets) for name in present],
    }
    if buckets:
        table["bucket"] = [{"id": name, "caps": caps(rng, ("period",), "5")} for name in buckets]
        # A bucket is never narrower than its members, or the sum would depend on arrival.
        for bucket in table["bucket"]:
            if chance(rng, 0.3):
                bucket["caps"]["period" if kind in ("lifetime", "rolling") else kind] = rng.choice((3, 8, 20))
    if chance(rng, 0.6):
        table["total"] = some(
            rng,
            base=rng.choice(AMOUNTS),
            cap=rng.choice((20, 60, 100)),
            floor=rng.choice((0, -5, 3)),
            quantum=rng.choice(("0.01", "0.1", "0.5", 1, "0.05")),
        )
    keep = [name for name in expect if chance(rng, 0.6)]
    table["expect"] = [expectation(rng, kind, name, expect[name], names) for name in keep]
    table["ratio"] = [
        {
            "id": "r",
            "category": rng.choice(names),
            "items": rng.sample(ITEMS, 2),
            "tiers": tiers(rng, ("0.3", "0.5", "0.8", 1)),
        }
        | ({"kind": rng.choice("uv")} if chance(rng, 0.4) else {})
        for _ in range(chance(rng, 0.5))
    ]
    if chance(rng, 0.5):
        table |= grades(rng, kind, names)
    return table


def category(rng: Random, name: str) -> Table:
    table: Table = {"id": name} | some(rng, cap=rng.choice((4, 10, 20, "7.5")), floor=rng.choice((0, -2, 1)))
    if chance(rng, 0.3):
        table["cap_on"] = rng.choice(("gross", "net"))
    if chance(rng, 0.2):
        table["weight"] = rng.choice(("0.5", "0.333", 2))
    pick = rng.random()
    if pick < 0.3:
        table["base"] = rng.choice(AMOUNTS)
    elif pick < 0.45:
        table["base_by"] = {"attr": "role", "values": {"lead": 8, "member": "3.3"}} | some(rng, default=2)
    elif pick < 0.6:
        table["carry"] = {"first": 20, "ratio": rng.choice(("0.2", "0.333"))}
    return table


def caps(rng: Random, windows: tuple[str, ...], least: str) -> Table:
    return {window: rng.choice((1, 2, 3, "4.5", 6, 10, least)) for window in windows if chance(rng, 0.6)}


def tiers(rng: Random, edges: tuple[Any, ...]) -> list[Table]:
    found = [{"min": edge, "points": rng.choice(AMOUNTS)} for edge in edges if chance(rng, 0.7)]
    rng.shuffle(found)
    return found or [{"min": edges[0], "points": 1}]


def when(rng: Random) -> Table:
    return rng.choice(
        (
            {"urgent": True},
            {"level": "x"},
            {"person.role": "lead"},
            {"size": 2},
            {"urgent": False, "level": "y"},
        )
    )


def item(
    rng: Random, kind: str, name: str, mode: str, names: tuple[str, ...], buckets: tuple[str, ...]
) -> Table:
    table: Table = {"id": name, "category": rng.choice(names), "mode": mode}
    table["kind"] = rng.choice(("earn", "earn", "earn", "deduct"))
    if mode == "none" and chance(rng, 0.5):
        table["kind"] = "veto"
    if mode in ("per_event", "per_qty", "mean", "accumulate"):
        table["points"] = rng.choice(AMOUNTS)
    if mode in ("per_qty", "accumulate") and chance(rng, 0.6):
        table["per"] = rng.choice((2, 3, "0.5"))
    if mode in ("tier", "total_tier"):
        table["tiers"] = tiers(rng, (0, 1, 3, 10))
    if mode == "table":
        table |= {"by": "level", "values": {"x": 5, "y": "2.5", "z": 0}}
    if mode == "manual":
        table |= some(rng, min=rng.choice((0, 1)), max=rng.choice((3, 6)))
    if mode == "brackets":
        rows: list[Table] = [
            {"upto": 2, "per": rng.choice((1, "0.5")), "points": 1},
            {"upto": 5, "points": 2},
        ]
        table["brackets"] = [*rows, {"per": 2, "points": 3}] if chance(rng, 0.7) else rows
    if chance(rng, 0.4):
        table["qty"] = some(
            rng,
            min=rng.choice(("0.5", 1)),
            max=rng.choice((2, 4, "3.5")),
            step=rng.choice(("0.5", 1, 2)),
            round=rng.choice(("floor", "ceil", "half_up")),
        )
    if chance(rng, 0.25):
        table["extra"] = [
            {"when": when(rng), "add": rng.choice((1, "0.75"))} for _ in range(rng.randint(1, 2))
        ]
    if chance(rng, 0.3):
        table["mult"] = [multiplier(rng) for _ in range(rng.randint(1, 2))]
    if chance(rng, 0.2):
        table["repeat"] = {"from": rng.randint(1, 3), "by": rng.choice((0, "0.5", "1.5", "0.333"))}
    if chance(rng, 0.2):
        table["best_of"] = {"group": rng.choice("PQ"), "by": rng.choice(("matter", "level"))}
    if chance(rng, 0.3):
        table["limit"] = {window: rng.randint(0, 3) for window in widths(kind) if chance(rng, 0.4)}
        table["limit"] |= {"pick": rng.choice(("first", "best"))} if chance(rng, 0.5) else {}
    if chance(rng, 0.5):
        table["caps"] = caps(rng, ("event", *widths(kind)), "0.3")
    if buckets and chance(rng, 0.5):
        table["bucket"] = rng.choice(buckets)
    if chance(rng, 0.4):
        by = {"by": "level", "values": {"x": 1, "y": 0}} | some(rng, default=2)
        table["valid_years"] = rng.choice((0, 1, 2, by))
    return table


def multiplier(rng: Random) -> Table:
    table: Table = {"by": rng.choice((2, "1.5", "0.5", "0.333", 0))}
    if chance(rng, 0.35):
        table["hours"] = [["06:00", "08:30"], ["20:00", "22:30"]]
    if "hours" not in table or chance(rng, 0.2):
        table["when"] = when(rng)
    return table


def expectation(rng: Random, kind: str, name: str, award: str, names: tuple[str, ...]) -> Table:
    table: Table = {"id": name, "category": rng.choice(names), "items": rng.sample(ITEMS, rng.randint(1, 2))}
    table |= {"points": rng.choice(AMOUNTS)} | some(
        rng, max=rng.choice((3, 8)), min=rng.choice((1, 2, "1.5"))
    )
    if award == "met" or chance(rng, 0.2):
        table["award"] = award
    table |= some(rng, of=rng.choice(("count", "qty")))
    if award == "miss" and chance(rng, 0.25):
        return table | {"window": "gap", "days": rng.choice((7, 10, 30))}
    return table | {"window": rng.choice(widths(kind)[1:])}


def grades(rng: Random, kind: str, names: tuple[str, ...]) -> Table:
    def require() -> Table:
        pick = rng.random()
        if pick < 0.2:
            return {"of": "category", "id": rng.choice(names), "min": rng.choice(AMOUNTS)}
        if pick < 0.3:
            return {"of": "total", "min": rng.choice(AMOUNTS)}
        table: Table = {
            "of": rng.choice(("count", "qty")),
            "items": rng.sample(ITEMS, 2),
            "min": rng.choice((1, 2, "4.5")),
        }
        return table | ({"each": rng.choice(widths(kind)[1:])} if chance(rng, 0.4) else {})

    best: Table = {"id": "A", rng.choice(("min", "above")): 20}
    best |= {"require": [require()]} if chance(rng, 0.5) else {}
    middle: Table = {"id": "B", rng.choice(("min", "above")): 8} | (
        {"when": {"role": "lead"}} if chance(rng, 0.3) else {}
    )
    veto = [
        {"item": rng.choice(ITEMS)} | some(rng, total=rng.choice((0, 5)), grade=rng.choice("BCD"))
        for _ in range(1)
    ]
    return {
        "grade": [best, middle, {"id": "C", "above": 2}, {"id": "D"}],
        "gate": [
            {"id": f"g{n}", "require": [require()], "grade_max": rng.choice("BCD")}
            for n in range(rng.randint(0, 2))
        ],
        "veto": veto if chance(rng, 0.6) else [],
    }


def drawn_query(rng: Random, kind: str) -> Table:
    label = {
        "month": rng.choice(("2024-02", "2024-12", "2024-07")),
        "quarter": rng.choice(("2024-Q1", "2024-Q4")),
        "half": rng.choice(("2024-H1", "2024-H2")),
        "year": rng.choice(("2024", "2024", "2025")),
        "lifetime": "lifetime",
        "rolling": rng.choice(("2024-12-31", "2025-02-28", "2024-03-01")),
    }[kind]
    if kind == "lifetime" or chance(rng, 0.4):
        moment = date(2024, 2, 1) + timedelta(days=rng.randint(0, 420))
        clock = rng.choice(("T00:00:00+08:00", "T15:59:59Z", "T16:00:00Z", "T23:30:00-05:00"))
        return {"period": label, "as_of": moment.isoformat() + clock}
    return {"period": label}


EDGES = (
    "2024-01-01",
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
    "2024-06-30",
    "2024-07-01",
    "2024-12-31",
    "2025-01-01",
)
MONTH_OF = {"Q": 3, "H": 6}


def middle_of(label: str) -> tuple[date, int]:
    """A day in the period and how far around it most entries should lie."""
    if len(label) == 7 and label[5] in MONTH_OF:
        return date(int(label[:4]), int(label[6]) * MONTH_OF[label[5]] - 1, 10), 15 * MONTH_OF[label[5]]
    if len(label) == 7:
        return date(int(label[:4]), int(label[5:]), 15), 17
    return (date(int(label), 7, 1), 190) if len(label) == 4 else (date(2024, 5, 1), 200)


class Days:
    """Days to draw from: edges of windows, and days around the period."""

    def __init__(self, rng: Random, label: str) -> None:
        self.rng = rng
        self.middle, self.spread = middle_of(label)
        self.few = [self.near() for _ in range(rng.randint(1, 6))]

    def near(self) -> str:
        if chance(self.rng, 0.15):
            return self.rng.choice(EDGES)
        return (self.middle + timedelta(days=self.rng.randint(-self.spread, self.spread))).isoformat()

    def often(self) -> str:
        """One of a few days, so that windows fill up."""
        return self.rng.choice(self.few) if chance(self.rng, 0.6) else self.near()

    def instant(self) -> str:
        clock = self.rng.choice(
            ("00:00", "05:59", "06:00", "08:29", "08:30", "15:59", "16:00", "20:15", "23:59")
        )
        return f"{self.often()}T{clock}:00" + self.rng.choice(("+08:00", "+08:00", "Z", "-05:00"))


def drawn_facts(rng: Random, scheme: Table, query: Table) -> Table:
    days = Days(rng, query["period"])
    person: Table = {"id": "p"} | some(rng, role=rng.choice(("lead", "member", "other")), prev_total="87.55")
    endless = scheme["period"]["type"] in ("lifetime", "rolling")
    gaps = any(rule["window"] == "gap" for step in scheme["version"] for rule in step["expect"])
    if chance(rng, 0.5) or (endless and gaps):
        person["checkin_on"] = rng.choice(("2023-09-01", "2024-01-01", "2024-02-10", days.near()))
    if chance(rng, 0.25):
        person["left_on"] = max(
            rng.choice(("2024-11-30", "2025-01-31", days.near())), person.get("checkin_on", "")
        )
    focus = rng.sample(ITEMS, 3)
    events = [event(rng, number, days, focus) for number in range(rng.randint(0, 30))]
    sessions: list[Table] = [{"id": f"s{n}", "on": days.often()} for n in range(rng.randint(0, 6))]
    for session in sessions:
        if chance(rng, 0.3):
            session["kind"] = rng.choice("uv")
    voids = [
        {"event": entry["id"]} | ({"rec": days.instant()} if chance(rng, 0.6) else {})
        for entry in events
        if chance(rng, 0.05)
    ]
    excused = [session["id"] for session in sessions if chance(rng, 0.2)]
    return {"person": person, "events": events, "voids": voids, "roster": sessions, "excused": excused}


def event(rng: Random, number: int, days: Days, focus: list[str]) -> Table:
    item = rng.choice(focus) if chance(rng, 0.7) else rng.choice((*ITEMS, "unknown"))
    table: Table = {"id": f"e{rng.randint(0, 9)}{number:02}", "item": item}
    if chance(rng, 0.4):
        table["at"] = days.instant()
    else:
        table["on"] = days.often()
    if chance(rng, 0.6):
        table["qty"] = rng.choice((0, 1, 2, 3, 5, 12, 95, "0.5", "0.75", "2.25", "1.005"))
    if chance(rng, 0.6):
        table["points"] = rng.choice((0, 1, 2, 4, 7, "1.505"))
    attrs = some(
        rng,
        urgent=chance(rng, 0.5),
        level=rng.choice(("x", "x", "y", "z", "nowhere")),
        matter=rng.choice((1, 2, "1", True)),
        size=rng.choice((2, "2", 3)),
        session=f"s{rng.randint(0, 6)}",
    )
    if attrs:
        table["attrs"] = attrs
    if chance(rng, 0.4):
        table["rec"] = days.instant()
    if chance(rng, 0.1):
        table["accepted_late"] = True
    if chance(rng, 0.12):
        table["status"] = rng.choice(("pending", "rejected", "confirmed"))
    if chance(rng, 0.15):
        table["key"] = rng.choice("xyz")
    return table
