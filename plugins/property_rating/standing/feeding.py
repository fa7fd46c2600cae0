"""From reception days to the credit file: the share of what was solved in a quarter earns or costs points, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, Conflict, Problem, audit, chunks, current_site

from ..reception.rates import solved
from ..registry.queries import companies_known, estates_below
from ..schemes.numbers import plain
from ..schemes.scheme import ReceptionRule, Scheme
from ..schemes.versions import credit_scheme, scheme_of
from .models import RECEPTION, PropertyCreditItem

_QUARTER = re.compile(r"(\d{4})-Q([1-4])\Z", re.ASCII)


@dataclass(frozen=True)
class Proposal:
    """What the receptions of a company at an estate come to: ``points`` as text, "" for none; ``done`` when entered."""

    company_id: int
    company: str
    estate_id: int
    estate: str
    items: int
    solved: int
    points: str
    key: str
    done: bool


def quarter(text: str) -> tuple[date, date]:
    """First and last day of "2026-Q3"; raises Problem bad_period."""
    match = _QUARTER.match(text.strip())
    year = int(match[1]) if match else 0
    if match is None or not 2000 <= year <= 2199:
        raise Problem("bad_period", N_("Give a quarter as 2026-Q3."), field="period")
    month = 3 * int(match[2]) - 2
    following = date(year, month + 3, 1) if month < 10 else date(year + 1, 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def last_quarter(today: date) -> str:
    """The quarter that is over last."""
    number = (today.month - 1) // 3
    return f"{today.year}-Q{number}" if number else f"{today.year - 1}-Q4"


def points_for(rule: ReceptionRule, items: int, done: int) -> Fraction:
    """What so many solved items of so many are worth; 0 below the least number."""
    if items < max(rule.min_items, 1):
        return Fraction(0)
    share = Fraction(done, items)
    if rule.good_from is not None and share >= rule.good_from:
        return rule.good
    return rule.bad if rule.bad_below is not None and share < rule.bad_below else Fraction(0)


def proposals(session: Session, area_id: int, scheme: Scheme | None, period: str) -> list[Proposal]:
    """What the receptions at the area's estates in a quarter come to, by company and estate."""
    first, last = quarter(period)
    companies = {row.id: row.name for row in companies_known(session, area_id, closed=True)}
    estates = {row.id: row.name for row in estates_below(session, area_id, closed=True)}
    rates = solved(session, list(companies), first, last)
    rows = []
    for (company, estate), (items, done) in rates.items():
        if estate not in estates:
            continue
        rule = scheme.reception if scheme is not None else None
        points = points_for(rule, items, done) if rule is not None else Fraction(0)
        key = f"reception:{company}:{estate}:{period.strip()}"
        rows.append((companies[company], estates[estate], company, estate, items, done, points, key))
    known: set[str] = set()
    for part in chunks([row[-1] for row in rows]):
        known.update(
            key
            for key in session.scalars(select(PropertyCreditItem.key).where(PropertyCreditItem.key.in_(part)))
            if key is not None
        )
    return [
        Proposal(
            company, name, estate, place, items, done, plain(points) if points else "", key, key in known
        )
        for name, place, company, estate, items, done, points, key in sorted(rows, key=lambda row: row[:4])
    ]


def take_over(session: Session, area: Area, period: str, actor: Actor) -> int:
    """Enter what a quarter that is over came to; how many items were new. Once for each company and estate.

    Raises Problem bad_period, Conflict not_over or no_rule.
    """
    _first, last = quarter(period)
    if last >= current_site().today():
        raise Conflict("not_over", N_("The quarter is not over yet."))
    # Two who take over at once wait for each other, and the second finds the items.
    session.refresh(area, with_for_update=True)
    version = credit_scheme(session, area.id)
    scheme = scheme_of(version) if version is not None else None
    if scheme is None or scheme.reception is None:
        raise Conflict("no_rule", N_("The credit scheme says nothing about reception days."))
    new = [row for row in proposals(session, area.id, scheme, period) if row.points and not row.done]
    for row in new:
        session.add(
            PropertyCreditItem(
                area_id=area.id, company_id=row.company_id, estate_id=row.estate_id, source=RECEPTION, key=row.key,
                title=f"{period.strip()} {row.solved}/{row.items}", points=row.points,
                from_on=last + timedelta(days=1), created_at=current_site().now(), created_by=actor.label,
            )
        )  # fmt: skip
    session.flush()
    if new:
        audit.write(
            session, actor, "property.receptions_counted", "area", area.code, area_id=area.id, count=len(new),
            after={"period": period.strip()},
        )  # fmt: skip
    return len(new)
