"""What a member may claim where they belong: the items of the ruling scheme, and what each of them asks for.

An item that kinds of activity count as goes into the log under one of them; every other one becomes an award.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from pointsys.plugin import ActivityKind, current_site, kinds_by_area

from ..mapping import HOURS, SHARE, TIMES
from ..schemes import AreaRules, rules_by_area
from ..scoring import Scheme
from ..scoring.exact import plain
from ..scoring.scheme import Item, Version

# Modes whose value depends on how much it was.
_BY_AMOUNT = frozenset({"per_qty", "tier", "brackets", "accumulate", "total_tier", "mean"})
# Modes whose value comes with the claim itself, which the log cannot hold.
_BY_CLAIM = frozenset({"table", "manual"})
AMOUNT = "amount"


@dataclass(frozen=True)
class Offer:
    """One item and what a claim of it says.

    ``kinds`` (id, title) are those under which it goes into the log, none where an award is made of it. ``asks`` is
    hours, share, amount or "" for a single time. ``choices`` are the values of the attribute ``by``; ``matter`` is the
    attribute by which only the best counts. With ``low`` the member names points, from ``low`` to ``high``.
    """

    item: Item
    category: str
    kinds: tuple[tuple[int, str], ...]
    asks: str
    by: str = ""
    choices: tuple[str, ...] = ()
    matter: str = ""

    @property
    def names_points(self) -> bool:
        """Whether the scheme leaves the points to whoever decides."""
        return self.item.mode == "manual"

    @property
    def proof_needed(self) -> bool:
        """Points at somebody's discretion take words and a photo."""
        return self.names_points

    @property
    def range(self) -> tuple[str, str]:
        """The least and the most points that may be asked for, printed; "" for no end."""
        return plain(self.item.low), plain(self.item.high) if self.item.high is not None else ""


@dataclass(frozen=True)
class Offers:
    """All that may be claimed in one area: ``by_item``, and for the page by category."""

    rules: AreaRules | None
    scheme: Scheme | None
    version: Version | None
    by_item: Mapping[str, Offer]

    @property
    def sections(self) -> list[tuple[str, list[Offer]]]:
        """Categories with their offers, in the scheme's order."""
        if self.version is None:
            return []
        found = []
        for category in self.version.categories.values():
            own = [offer for offer in self.by_item.values() if offer.item.category == category.id]
            if own:
                found.append((category.title or category.id, own))
        return found


def offers_in(session: Session, area_id: int, day: date | None = None) -> Offers:
    """What may be claimed in an area for ``day``, today by default; five statements."""
    return offers_by_area(session, [area_id], day)[area_id]


def offers_by_area(session: Session, area_ids: Collection[int], day: date | None = None) -> dict[int, Offers]:
    """What may be claimed in several areas; five statements, whatever their number."""
    rules = rules_by_area(session, area_ids)
    kinds = kinds_by_area(session, area_ids)
    return {area_id: _offers(rules[area_id], kinds[area_id], day) for area_id in area_ids}


def _offers(rules: AreaRules, known: Sequence[ActivityKind], day: date | None) -> Offers:
    today = current_site().today()
    ruling = rules.for_day(day or today, today)
    if ruling is None:
        return Offers(None, None, None, {})
    scheme = ruling[0].scheme
    place = scheme.version_index(day or today)
    if place < 0:
        return Offers(rules, scheme, None, {})
    version = scheme.versions[place]
    kinds = [(kind.id, kind.title, kind.code, kind.service) for kind in known]
    found: dict[str, Offer] = {}
    for item in version.items.values():
        if item.kind == "earn" and item.mode != "none" and item.category in version.categories:
            found[item.id] = _offer(item, version, rules, kinds)
    return Offers(rules, scheme, version, found)


def _offer(
    item: Item, version: Version, rules: AreaRules, kinds: Sequence[tuple[int, str, str, bool]]
) -> Offer:
    category = version.categories[item.category].title or item.category
    if item.mode in _BY_CLAIM or item.best_of is not None:
        by = item.by if item.mode == "table" else ""
        matter = item.best_of[1] if item.best_of else ""
        choices = tuple(str(value) for value in item.values) if by else ()
        asks = AMOUNT if item.mode in _BY_AMOUNT else ""
        return Offer(item, category, (), asks, by, choices, "" if matter == by else matter)
    counted: dict[str, list[tuple[int, str]]] = {}
    for kind_id, title, code, service in kinds:
        rule = rules.mapping.of(code, service)
        if rule is not None and rule.item == item.id:
            counted.setdefault(rule.quantity, []).append((kind_id, title))
    for quantity in (HOURS, SHARE, TIMES):
        if quantity in counted:
            return Offer(item, category, tuple(counted[quantity]), "" if quantity == TIMES else quantity)
    return Offer(item, category, (), AMOUNT if item.mode in _BY_AMOUNT else "")
