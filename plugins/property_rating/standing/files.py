"""The credit file: what a company has been given and taken, and its score and grade as of any day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import chunks

from ..registry.models import PropertyEstate
from ..schemes.credit import Item, Standing, after, credit, lives
from ..schemes.numbers import exact, fixed, plain
from ..schemes.scheme import Scheme
from .models import BASE, PropertyCreditItem


@dataclass(frozen=True)
class Line:
    """An item as the file shows it on a day: ``live`` when it counts, ``end`` is the first day without it."""

    row: PropertyCreditItem
    estate: str
    end: date | None
    live: bool


@dataclass(frozen=True)
class CreditFile:
    """``standing`` is None where no base is known; ``base`` is the one that it rests on, as text.

    ``score`` is that of the standing with the decimals of its scheme, "" without one.
    """

    standing: Standing | None
    base: str
    lines: Sequence[Line]
    score: str = ""


def rows_of(session: Session, company_ids: Collection[int]) -> dict[int, list[PropertyCreditItem]]:
    """Company -> all its items, the newest first, void ones too; one statement for some hundred companies."""
    found: dict[int, list[PropertyCreditItem]] = {company: [] for company in company_ids}
    for part in chunks(set(company_ids)):
        query = select(PropertyCreditItem).where(PropertyCreditItem.company_id.in_(part))
        for row in session.scalars(
            query.order_by(PropertyCreditItem.from_on.desc(), PropertyCreditItem.id.desc())
        ):
            found[row.company_id].append(row)
    return found


def standing_on(scheme: Scheme, rows: Sequence[PropertyCreditItem], on: date) -> tuple[Standing | None, str]:
    """The standing of a company on a day and the base that it rests on; None without a base. No statement."""
    counting = [row for row in rows if row.voided_at is None]
    bases = [row for row in counting if row.source == BASE and row.from_on <= on]
    newest = max(bases, key=lambda row: (row.from_on, row.id), default=None)
    base = exact(newest.points) if newest is not None else scheme.credit.base
    if base is None:
        return None, ""
    others = [row for row in counting if row.source != BASE]
    items = [item_of(row) for row in others]
    serious = any(
        row.serious and lives(scheme.credit.validity, item, on)
        for row, item in zip(others, items, strict=True)
    )
    return credit(scheme, base, on, items, serious), plain(base)


def items_of(
    session: Session, scheme: Scheme, company_id: int, estate_id: int, on: date
) -> tuple[list[Item], bool]:
    """What concerns a company as a whole or at one estate, bases left out, and whether anything serious lives on a day.

    For rounds of a credit scheme, whose validity items without an end have.
    """
    rows = [
        row
        for row in rows_of(session, [company_id])[company_id]
        if row.voided_at is None and row.source != BASE and row.estate_id in (None, estate_id)
    ]
    items = [item_of(row) for row in rows]
    serious = any(
        row.serious and lives(scheme.credit.validity, item, on) for row, item in zip(rows, items, strict=True)
    )
    return items, serious


def item_of(row: PropertyCreditItem) -> Item:
    """A row as the arithmetic takes it."""
    return Item(row.public_id, exact(row.points), row.from_on, row.to_on)


def file_of(session: Session, scheme: Scheme, company_id: int, on: date) -> CreditFile:
    """The file of one company on a day; two statements."""
    rows = rows_of(session, [company_id])[company_id]
    standing, base = standing_on(scheme, rows, on)
    names = estate_names(session, {row.estate_id for row in rows if row.estate_id is not None})
    live = set(standing.live) if standing is not None else set()
    lines = [
        Line(
            row,
            names.get(row.estate_id or 0, ""),
            _end(scheme, row),
            row.public_id in live or _is_base(row, rows, on),
        )
        for row in rows
    ]
    return CreditFile(standing, base, lines, score_shown(scheme, standing))


def score_shown(scheme: Scheme, standing: Standing | None) -> str:
    """The score of a standing with the decimals of its scheme, "" without one."""
    return "" if standing is None else fixed(standing.score, scheme.decimals)


def _end(scheme: Scheme, row: PropertyCreditItem) -> date | None:
    if row.source == BASE:
        return row.to_on
    last = row.to_on or after(scheme.credit.validity, row.from_on)
    # Where a scheme counts the end itself, the day after it is the first one without the item.
    return last + timedelta(days=1) if last is not None and scheme.credit.validity.inclusive else last


def _is_base(row: PropertyCreditItem, rows: Sequence[PropertyCreditItem], on: date) -> bool:
    bases = [one for one in rows if one.source == BASE and one.voided_at is None and one.from_on <= on]
    return bool(bases) and row is max(bases, key=lambda one: (one.from_on, one.id))


def estate_names(session: Session, estate_ids: Collection[int]) -> dict[int, str]:
    """Estate -> its name; no statement without estates."""
    found: dict[int, str] = {}
    for part in chunks(set(estate_ids)):
        query = select(PropertyEstate.id, PropertyEstate.name).where(PropertyEstate.id.in_(part))
        found.update((row[0], row[1]) for row in session.execute(query))
    return found
