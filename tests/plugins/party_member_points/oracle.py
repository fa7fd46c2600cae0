"""A slow second scorer, written from the rules' page alone, to compare the real one with.

It shares no code with the scorer and takes the longest way on purpose: windows are found by walking days, caps by
adding up everything credited before, versions by looking through the list each time. Plain dicts in, the plain
result out. Only what the page leaves open (lifetimes without an end) is not answered: the cases drawn avoid it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from .oracle_parts import (
    CENT,
    ONE_DAY,
    VALUELESS,
    WINDOWS,
    Facts,
    first_day,
    label,
    last_day,
    marginal,
    number,
    period_of,
    printed,
    reached,
    same,
    to_multiple,
    years_on,
)


class Oracle:
    """One question: the scheme, the facts and the query, and everything looked up the long way."""

    def __init__(self, scheme: Facts, facts: Facts, query: Facts) -> None:
        self.scheme, self.facts = scheme, facts
        self.person = facts.get("person", {})
        self.zone = ZoneInfo(scheme.get("timezone", "Asia/Shanghai"))
        self.kind = scheme["period"]["type"]
        self.start, self.end = period_of(self.kind, query["period"])
        self.as_of = datetime.fromisoformat(query["as_of"]) if query.get("as_of") else None
        self.asking = self.local(self.as_of).date() if self.as_of else date.max
        self.versions = sorted(scheme["version"], key=lambda version: str(version["effective_from"]))
        self.enrol = scheme.get("enrol", {})
        self.checkin = self.day_or(self.person.get("checkin_on"), date.min)
        self.happened: list[Facts] = []
        self.left = self.day_or(self.person.get("left_on"), date.max)

    @staticmethod
    def day_or(text: Any, otherwise: date) -> date:
        return date.fromisoformat(str(text)) if text else otherwise

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    # -- versions -----------------------------------------------------------------------------------------------

    def in_force(self, day: date) -> list[Facts]:
        """Newest first: the version of this day and all before it."""
        return [v for v in reversed(self.versions) if str(v["effective_from"]) <= day.isoformat()]

    def defined(self, part: str, ident: str, day: date, *, kept: bool = True) -> Facts | None:
        for version in self.in_force(day) if kept else self.in_force(day)[:1]:
            for entry in version.get(part, []):
                if entry["id"] == ident:
                    return dict(entry)
        return None

    def idents(self, part: str) -> list[str]:
        found: list[str] = []
        for version in reversed(self.in_force(self.end)):
            found += [entry["id"] for entry in version.get(part, []) if entry["id"] not in found]
        return found

    # -- events -------------------------------------------------------------------------------------------------

    def when_of(self, event: Facts) -> datetime:
        if event.get("at"):
            return self.local(datetime.fromisoformat(event["at"])).replace(tzinfo=None)
        return datetime.combine(date.fromisoformat(event["on"]), time())

    def day_of(self, event: Facts) -> date:
        return self.when_of(event).date()

    def rec(self, entry: Facts) -> datetime | None:
        return datetime.fromisoformat(entry["rec"]) if entry.get("rec") else None

    def known(self, entry: Facts) -> bool:
        rec = self.rec(entry)
        return rec is None or self.as_of is None or rec <= self.as_of

    def item_of(self, event: Facts) -> Facts:
        found = self.defined("item", event["item"], self.day_of(event), kept=False)
        assert found is not None
        return found

    def quantity(self, event: Facts) -> Fraction:
        rule = self.item_of(event).get("qty", {})
        qty = number(event.get("qty", 1))
        if "max" in rule:
            qty = min(qty, number(rule["max"]))
        if "step" in rule:
            steps = qty / number(rule["step"])
            how = rule.get("round", "floor")
            whole = {"floor": steps.__floor__(), "ceil": steps.__ceil__()}.get(
                how, to_multiple(steps, Fraction(1))
            )
            qty = whole * number(rule["step"])
        return qty

    def fault(self, event: Facts, known: list[Facts], voided: set[str]) -> str | None:
        """The first reason, in the page's order, why this entry does not count."""
        day = self.day_of(event)
        earliest = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
        if event.get("key") is not None:
            twins = [e for e in known if e.get("key") == event["key"]]
            if min(twins, key=lambda e: (self.rec(e) or earliest, e["id"])) is not event:
                return "duplicate"
        if event.get("status", "confirmed") != "confirmed":
            return str(event["status"])
        if event["id"] in voided:
            return "voided"
        if not self.start <= day <= self.end:
            return "out_of_period"
        if day > self.asking:
            return "future"
        if day < self.checkin and self.enrol.get("before", "ignore") == "ignore":
            return "before_checkin"
        if day > self.left:
            return "after_exit"
        rec = self.rec(event)
        timely = (
            rec is None or event.get("accepted_late") or "late" not in self.scheme or self.end == date.max
        )
        if not timely and rec is not None:
            deadline = self.end + timedelta(days=int(self.scheme["late"]["grace_days"]))
            if self.local(rec).date() > deadline:
                return "late"
        item = self.defined("item", event["item"], day, kept=False)
        return "no_rule" if item is None else self.value_fault(event, item)

    def value_fault(self, event: Facts, item: Facts) -> str | None:
        if "min" in item.get("qty", {}) and number(event.get("qty", 1)) < number(item["qty"]["min"]):
            return "below_min"
        if item.get("mode") == "table":
            attribute = event.get("attrs", {}).get(item["by"])
            if attribute is None or str(attribute) not in item["values"]:
                return "bad_attr"
        if item.get("mode") == "manual":
            points = event.get("points")
            if points is None or number(points) < number(item.get("min", 0)):
                return "out_of_range"
            if "max" in item and number(points) > number(item["max"]):
                return "out_of_range"
        return None

    def matches(self, event: Facts, condition: Facts) -> bool:
        for name, wanted in condition.get("when", {}).items():
            source, key = event.get("attrs", {}), name
            if name.startswith("person."):
                source, key = self.person, name[len("person.") :]
            if key not in source or not same(source[key], wanted):
                return False
        if "hours" in condition:
            if not event.get("at"):
                return False
            clock = self.when_of(event).time()
            return any(time.fromisoformat(a) <= clock < time.fromisoformat(b) for a, b in condition["hours"])
        return True

    def factor(self, event: Facts) -> Fraction:
        product = Fraction(1)
        for entry in self.item_of(event).get("mult", []):
            if self.matches(event, entry):
                product *= number(entry["by"])
        return product

    def value(self, event: Facts) -> Fraction:
        item, qty = self.item_of(event), self.quantity(event)
        mode = item.get("mode", "per_event")
        if mode in VALUELESS or item.get("kind") == "veto":
            return Fraction(0)
        raw = {
            "per_event": lambda: number(item["points"]),
            "per_qty": lambda: number(item["points"]) * qty / number(item.get("per", 1)),
            "tier": lambda: reached(item["tiers"], qty),
            "table": lambda: number(item["values"][str(event["attrs"][item["by"]])]),
            "manual": lambda: number(event["points"]),
            "brackets": lambda: marginal(item["brackets"], qty),
        }[mode]()
        for entry in item.get("extra", []):
            if self.matches(event, entry):
                raw += number(entry["add"])
        rounded = to_multiple(raw * self.factor(event), CENT)
        caps = item.get("caps", {})
        return min(rounded, number(caps["event"])) if "event" in caps else rounded

    def valid_until(self, event: Facts) -> date:
        rule = self.item_of(event).get("valid_years")
        if isinstance(rule, dict):
            attribute = event.get("attrs", {}).get(rule["by"])
            rule = rule["values"].get(str(attribute), rule.get("default"))
        return date.max if rule is None else years_on(self.day_of(event), int(rule))

    # -- selection and caps -------------------------------------------------------------------------------------

    def repeated(self, event: Facts, eligible: list[Facts], value: Fraction) -> Fraction:
        rule = self.item_of(event).get("repeat")
        if rule is None:
            return value
        upto = eligible[: eligible.index(event) + 1]
        nth = sum(1 for e in upto if e["item"] == event["item"] and self.valid_until(e) >= self.day_of(event))
        return to_multiple(value * number(rule["by"]), CENT) if nth >= rule["from"] else value

    def beaten(self, eligible: list[Facts], values: dict[str, Fraction]) -> set[str]:
        lost: set[str] = set()
        for position, event in enumerate(eligible):
            mine = self.contest(event)
            for rival_position, rival in enumerate(eligible):
                theirs = self.contest(rival)
                if rival is event or mine is None or theirs is None or mine[0] != theirs[0]:
                    continue
                better = values[rival["id"]] > values[event["id"]]
                tie = values[rival["id"]] == values[event["id"]] and rival_position < position
                if same(mine[1], theirs[1]) and (better or tie):
                    lost.add(event["id"])
        return lost

    def contest(self, event: Facts) -> tuple[str, Any] | None:
        rule = self.item_of(event).get("best_of")
        if rule is None or event.get("attrs", {}).get(rule["by"]) is None:
            return None
        return rule["group"], event["attrs"][rule["by"]]

    def window_end(self, day: date, window: str) -> date:
        if window == "event":
            return day
        return self.end if window == "period" else last_day(day, window)

    def together(self, one: Facts, other: Facts, window: str) -> bool:
        if window == "event":
            return one is other
        return window == "period" or label(self.day_of(one), window) == label(self.day_of(other), window)

    def limited(self, kept: list[Facts], values: dict[str, Fraction]) -> set[str]:
        cut: set[str] = set()
        for window in WINDOWS:
            left = [event for event in kept if event["id"] not in cut]
            for event in left:
                item = self.defined("item", event["item"], self.window_end(self.day_of(event), window)) or {}
                limit = item.get("limit", {})
                if window not in limit:
                    continue
                rivals = [e for e in left if e["item"] == event["item"] and self.together(e, event, window)]
                if limit.get("pick", "first") == "best":
                    rivals.sort(key=lambda e: -values[e["id"]])
                if rivals.index(event) >= limit[window]:
                    cut.add(event["id"])
        return cut

    def capped(self, kept: list[Facts], values: dict[str, Fraction]) -> dict[str, Fraction]:
        credit: dict[str, Fraction] = {}
        for position, event in enumerate(kept):
            given = values[event["id"]]
            before = kept[:position]
            bucket = self.item_of(event).get("bucket")
            for window in ("event", *WINDOWS):
                ends = self.window_end(self.day_of(event), window)
                mates = [e for e in before if self.together(e, event, window)]
                item = self.defined("item", event["item"], ends) or {}
                if window in item.get("caps", {}):
                    used = sum(credit[e["id"]] for e in mates if e["item"] == event["item"])
                    given = min(given, max(Fraction(0), number(item["caps"][window]) - used))
                shared = self.defined("bucket", bucket, ends) if bucket else None
                if shared and window in shared["caps"]:
                    used = sum(credit[e["id"]] for e in mates if self.item_of(e).get("bucket") == bucket)
                    given = min(given, max(Fraction(0), number(shared["caps"][window]) - used))
            credit[event["id"]] = given
        return credit

    # -- windows of enrolment -----------------------------------------------------------------------------------

    def whole_windows(self, window: str) -> Iterator[tuple[date, date]]:
        low, high = max(self.start, self.checkin), min(self.end, self.left)
        ended = min(high, self.asking)
        if window == "period":
            if (
                low == self.start
                and high == self.end
                and self.end <= max(ended, self.end if not self.as_of else ended)
            ):
                yield self.start, self.end
            return
        first_version = date.fromisoformat(str(self.versions[0]["effective_from"]))
        day = first_day(low if low != date.min else first_version, window)
        while day <= ended:
            if day >= low and last_day(day, window) <= ended:
                yield day, last_day(day, window)
            day = last_day(day, window) + ONE_DAY

    def share(self) -> Fraction:
        """The part of the period somebody was enrolled, by whole months or by days; 1 without proration."""
        by = self.enrol.get("prorate", "none")
        if by == "none" or self.kind in ("lifetime", "rolling"):
            return Fraction(1)
        low, high = max(self.start, self.checkin), min(self.end, self.left)
        days, mine = [], 0
        day = self.start
        while day <= self.end:
            days.append(day)
            mine += low <= day <= high
            day += ONE_DAY
        if by == "day":
            return Fraction(mine, len(days))
        touched = {(d.year, d.month) for d in days if low <= d <= high}
        return Fraction(len(touched), len({(d.year, d.month) for d in days}))

    def based(self, value: Fraction) -> Fraction:
        if self.enrol.get("prorate_base", True) and self.enrol.get("prorate", "none") != "none":
            return to_multiple(value * self.share(), CENT)
        return value

    def base_of(self, category: Facts) -> Fraction:
        if "carry" in category:
            rule, before = category["carry"], self.person.get("prev_total")
            if before is None:
                return self.based(number(rule["first"]))
            return self.based(to_multiple(number(rule["ratio"]) * number(before), CENT))
        if "base_by" in category:
            rule = category["base_by"]
            attribute = self.person.get(rule["attr"])
            return self.based(number(rule["values"].get(str(attribute), rule.get("default", 0))))
        return self.based(number(category.get("base", 0)))

    # -- the whole ----------------------------------------------------------------------------------------------

    def amount(self, of: str, events: list[Facts]) -> Fraction:
        return (
            Fraction(len(events)) if of == "count" else sum((self.quantity(e) for e in events), Fraction(0))
        )

    def holds(self, require: Facts, living: list[Facts], shown: Callable[[str | None], Fraction]) -> bool:
        least = number(require["min"])
        if require["of"] in ("category", "total"):
            return shown(require.get("id")) >= least
        events = [e for e in living if e["item"] in require["items"]]
        if "each" in require:
            return all(
                self.amount(require["of"], [e for e in events if first <= self.day_of(e) <= last]) >= least
                for first, last in self.whole_windows(require["each"])
            )
        if self.enrol.get("prorate_require", False) and self.enrol.get("prorate", "none") != "none":
            least = to_multiple(least * self.share(), CENT)
        return self.amount(require["of"], events) >= least

    def expected(self, ident: str, events: list[Facts]) -> tuple[str, Fraction, bool]:
        newest = self.defined("expect", ident, self.end)
        assert newest is not None
        total = Fraction(0)
        current = self.defined("expect", ident, self.end, kept=False)
        if current and current["window"] == "gap":
            total = self.gaps(current, events)
        for window in WINDOWS:
            for first, last in self.whole_windows(window):
                rule = self.defined("expect", ident, last, kept=False)
                if rule is None or rule["window"] != window:
                    continue
                inside = [e for e in events if e["item"] in rule["items"] and first <= self.day_of(e) <= last]
                met = self.amount(rule.get("of", "count"), inside) >= number(rule.get("min", 1))
                total += number(rule["points"]) if met == (newest.get("award", "miss") == "met") else 0
        total = min(total, number(newest["max"])) if "max" in newest else total
        return newest["category"], total, newest.get("award", "miss") == "met"

    def gaps(self, rule: Facts, events: list[Facts]) -> Fraction:
        busy = {self.day_of(e) for e in events if e["item"] in rule["items"]}
        day, high = max(self.start, self.checkin), min(self.end, self.left, self.asking)
        run, blocks = 0, 0
        while day <= high:
            run = 0 if day in busy else run + 1
            if run == rule["days"]:
                run, blocks = 0, blocks + 1
            day += ONE_DAY
        return blocks * number(rule["points"])

    def attendance(self, rule: Facts, living: list[Facts]) -> Fraction:
        named = {e.get("attrs", {}).get("session") for e in living if e["item"] in rule["items"]}
        low, high = max(self.start, self.checkin), min(self.end, self.left, self.asking)
        came = due = 0
        for session in self.facts.get("roster", []):
            if (
                session.get("kind") != rule.get("kind")
                or not low <= date.fromisoformat(session["on"]) <= high
            ):
                continue
            came += session["id"] in named
            due += session["id"] in named or session["id"] not in self.facts.get("excused", [])
        best = Fraction(0), Fraction(0)
        for tier in rule["tiers"]:
            if (
                due
                and came >= number(tier["min"]) * due
                and (number(tier["min"]), Fraction(1)) > (best[0], best[1])
            ):
                best = number(tier["min"]), Fraction(1)
        points = [number(t["points"]) for t in rule["tiers"] if best[1] and number(t["min"]) == best[0]]
        return points[0] if points else Fraction(0)

    def summed(self, item: Facts, events: list[Facts]) -> Fraction:
        mine = [e for e in events if e["item"] == item["id"]]
        if item["mode"] == "mean":
            marks = [number(e.get("qty", 1)) for e in mine]
            added = sum(marks, Fraction(0))
            return (
                to_multiple(added / len(marks) * number(item["points"]) / 100, CENT) if marks else Fraction(0)
            )
        if item["mode"] == "total_tier":
            return reached(item["tiers"], self.amount("qty", mine))
        qty = sum((self.quantity(e) * self.factor(e) for e in mine), Fraction(0))
        points = (qty / number(item.get("per", 1))).__floor__() * number(item["points"])
        caps = item.get("caps", {})
        return min(points, number(caps["period"])) if "period" in caps else points

    def result(self) -> Facts:
        asking = min(self.asking, self.end) if self.as_of else self.end
        if (
            self.left < self.start
            or self.checkin > self.end
            or self.checkin > asking
            or self.checkin > self.asking
        ):
            empty: Facts = {"categories": {}, "total": None, "grade": None, "ignored": {}, "credited": {}}
            return {"status": "not_enrolled", **empty}
        known = [e for e in self.facts.get("events", []) if self.known(e)]
        voided = {v["event"] for v in self.facts.get("voids", []) if self.known(v)}
        ignored = {e["id"]: fault for e in known if (fault := self.fault(e, known, voided))}
        eligible = [e for e in known if e["id"] not in ignored]
        eligible.sort(key=lambda e: (self.when_of(e), e["id"]))
        everything = list(eligible)
        values = {e["id"]: self.repeated(e, eligible, self.value(e)) for e in eligible}
        beaten = self.beaten(eligible, values)
        ignored |= dict.fromkeys(beaten, "superseded")
        kept = [e for e in eligible if e["id"] not in beaten]
        over = self.limited(kept, values)
        ignored |= dict.fromkeys(over, "limit")
        kept = [e for e in kept if e["id"] not in over]
        own = [
            e
            for e in kept
            if not (self.item_of(e).get("mode") in VALUELESS or self.item_of(e).get("kind") == "veto")
        ]
        credit = self.capped(own, values)
        if self.kind == "rolling":
            expired = {e["id"] for e in eligible if self.valid_until(e) < self.end}
            ignored |= {e: "expired" for e in expired if e not in ignored}
            eligible = [e for e in eligible if e["id"] not in expired]
            kept = [e for e in kept if e["id"] not in expired]
            own = [e for e in own if e["id"] not in expired]
        self.happened = everything
        return self.graded(eligible, kept, own, {e["id"]: credit[e["id"]] for e in own}, ignored)

    def graded(
        self,
        living: list[Facts],
        kept: list[Facts],
        own: list[Facts],
        credit: dict[str, Fraction],
        ignored: Facts,
    ) -> Facts:
        names = self.idents("category")
        earned, deducted = dict.fromkeys(names, Fraction(0)), dict.fromkeys(names, Fraction(0))
        for event in own:
            item = self.item_of(event)
            (deducted if item.get("kind") == "deduct" else earned)[item["category"]] += credit[event["id"]]
        for ident in self.idents("item"):
            item = self.defined("item", ident, self.end) or {}
            if item.get("mode") in ("mean", "accumulate", "total_tier") and item.get("kind") != "veto":
                side = deducted if item.get("kind") == "deduct" else earned
                side[item["category"]] += self.summed(item, kept)
        for ident in self.idents("expect"):
            category, points, met = self.expected(ident, self.happened)
            (earned if met else deducted)[category] += points
        current = self.in_force(self.end)[0]
        for rule in current.get("ratio", []):
            earned[rule["category"]] += self.attendance(rule, living)
        categories = {}
        for name in names:
            rule = self.defined("category", name, self.end) or {}
            plus, minus = self.base_of(rule) + earned[name], deducted[name]
            if rule.get("cap_on") == "net":
                plus, minus = plus - minus, Fraction(0)
            value = (min(plus, number(rule["cap"])) if "cap" in rule else plus) - minus
            value = max(value, number(rule["floor"])) if "floor" in rule else value
            categories[name] = (
                to_multiple(value * number(rule["weight"]), CENT) if "weight" in rule else value
            )
        rule = current.get("total", {})
        total = self.based(number(rule.get("base", 0))) + sum(categories.values())
        total = min(total, number(rule["cap"])) if "cap" in rule else total
        total = max(total, number(rule["floor"])) if "floor" in rule else total
        vetoes = [v for v in current.get("veto", []) if any(e["item"] == v["item"] for e in living)]
        total = min([total, *(number(v["total"]) for v in vetoes if "total" in v)])
        quantum = Decimal(str(rule.get("quantum", "0.01")))
        total = to_multiple(total, number(quantum))
        places = max(0, -int(quantum.as_tuple().exponent))
        shown = {None: total} | {name: to_multiple(value, CENT) for name, value in categories.items()}
        missed = [
            g
            for g in current.get("gate", [])
            if not all(self.holds(r, living, shown.__getitem__) for r in g["require"])
        ]
        grade = self.grade(current, living, total, shown, missed, vetoes)
        signs = {e["id"]: -1 if self.item_of(e).get("kind") == "deduct" else 1 for e in own}
        result: Facts = {
            "status": "graded",
            "categories": {name: printed(value) for name, value in categories.items()},
            "total": printed(total, places),
            "grade": grade,
            "ignored": ignored,
            "credited": {event: printed(points * signs[event]) for event, points in credit.items()},
        }
        result |= {"gates": [g["id"] for g in missed]} if missed else {}
        return result | ({"vetoed": True} if vetoes else {})

    def grade(
        self,
        current: Facts,
        living: list[Facts],
        total: Fraction,
        shown: dict[str | None, Fraction],
        missed: list[Facts],
        vetoes: list[Facts],
    ) -> str | None:
        grades = current.get("grade", [])
        order = [g["id"] for g in grades]
        for position, rule in enumerate(grades):
            good = number(rule["min"]) <= total if "min" in rule else True
            good = good and (number(rule["above"]) < total if "above" in rule else True)
            good = good and all(
                name in self.person and same(self.person[name], wanted)
                for name, wanted in rule.get("when", {}).items()
            )
            if good and all(self.holds(r, living, shown.__getitem__) for r in rule.get("require", [])):
                worst = [position]
                worst += [order.index(g["grade_max"]) for g in missed if "grade_max" in g]
                worst += [order.index(v["grade"]) for v in vetoes if "grade" in v]
                return str(order[max(worst)])
        return str(order[-1]) if order else None


def slow_score(scheme: Facts, facts: Facts, query: Facts) -> Facts:
    """The result of the rules' page, found the long way."""
    return Oracle(scheme, facts, query).result()
