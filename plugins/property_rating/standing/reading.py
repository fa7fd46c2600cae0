"""Lists of standing: credit of all companies, listings, measures; each with what its page filters by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import subtree

from ..registry.models import PropertyCompany, PropertyEstate
from ..registry.queries import companies_known
from ..rounds.models import PropertyRound
from ..schemes.credit import Standing
from ..schemes.scheme import Scheme
from .files import rows_of, score_shown, standing_on
from .models import OPEN, REPORTED, PropertyListing, PropertyMeasure


@dataclass(frozen=True)
class CompanyLine:
    """A company with its standing on a day; None without a base, or where no credit scheme is in force."""

    public_id: str
    name: str
    uscc: str
    standing: Standing | None
    # With the decimals of the scheme.
    score: str = ""


SORTS = ("name", "-score", "score")


def companies_page(
    session: Session, area_id: int, scheme: Scheme | None, on: date, query: str = "", sort: str = "name"
) -> list[CompanyLine]:
    """Companies known in an area with their standing; two statements, whatever their number."""
    companies = [
        row for row in companies_known(session, area_id) if query.lower() in f"{row.name} {row.uscc}".lower()
    ]
    rows = rows_of(session, [row.id for row in companies]) if scheme is not None else {}
    lines = []
    for row in companies:
        standing = standing_on(scheme, rows[row.id], on)[0] if scheme is not None else None
        shown = score_shown(scheme, standing) if scheme is not None else ""
        lines.append(CompanyLine(row.public_id, row.name, row.uscc, standing, shown))
    if sort in ("score", "-score"):
        known = sorted(
            (line for line in lines if line.standing is not None),
            key=lambda line: line.standing.score if line.standing is not None else 0,
            reverse=sort == "-score",
        )
        return [*known, *(line for line in lines if line.standing is None)]
    return lines


@dataclass(frozen=True)
class ListingLine:
    """A listing with the names of what it is about."""

    row: PropertyListing
    estate: str
    estate_public_id: str
    company: str
    company_public_id: str
    round_title: str
    round_public_id: str
    period: str


def listings(
    session: Session,
    *,
    below: int | None = None,
    company_id: int | None = None,
    estate_ids: Collection[int] | None = None,
    colour: str = "",
    ended: bool = False,
    query: str = "",
) -> list[ListingLine]:
    """Listings of estates below an area, of a company, or of estates, newest first, ``ended`` ones on demand."""
    where: list[ColumnElement[bool]] = []
    if below is not None:
        where.append(PropertyEstate.area_id.in_(subtree(below)))
    if company_id is not None:
        where.append(PropertyListing.company_id == company_id)
    if estate_ids is not None:
        where.append(PropertyListing.estate_id.in_(estate_ids))
    if colour:
        where.append(PropertyListing.colour == colour)
    if not ended:
        where.append(PropertyListing.ended_on.is_(None))
    if query:
        named = (PropertyEstate.name, PropertyCompany.name, PropertyRound.title)
        where.append(or_(*(column.contains(query, autoescape=True) for column in named)))
    rows = session.execute(
        select(
            PropertyListing, PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name,
            PropertyCompany.public_id, PropertyRound.title, PropertyRound.public_id, PropertyRound.period,
        )
        .join(PropertyEstate, PropertyEstate.id == PropertyListing.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyListing.company_id)
        .join(PropertyRound, PropertyRound.id == PropertyListing.round_id)
        .where(*where)
        .order_by(PropertyRound.last_on.desc(), PropertyListing.colour.desc(), PropertyEstate.name, PropertyListing.id)
        .limit(2_000)
    )  # fmt: skip
    return [ListingLine(*row) for row in rows]


@dataclass(frozen=True)
class MeasureLine:
    """A measure with the names of whom it asks; ``overdue`` past its day while nobody reported it done."""

    row: PropertyMeasure
    company: str
    company_public_id: str
    estate: str
    overdue: bool


OVERDUE = "overdue"


def measures(
    session: Session,
    today: date,
    *,
    below: int | None = None,
    company_ids: Collection[int] | None = None,
    state: str = "",
    query: str = "",
) -> list[MeasureLine]:
    """Measures asked by an area and below, or of companies, what waits first; ``state`` one of theirs or "overdue"."""
    where: list[ColumnElement[bool]] = []
    if below is not None:
        where.append(PropertyMeasure.area_id.in_(subtree(below)))
    if company_ids is not None:
        where.append(PropertyMeasure.company_id.in_(company_ids))
    if state == OVERDUE:
        where += [PropertyMeasure.state == OPEN, PropertyMeasure.due_on < today]
    elif state:
        where.append(PropertyMeasure.state == state)
    if query:
        named = (PropertyEstate.name, PropertyCompany.name, PropertyMeasure.what)
        where.append(or_(*(column.contains(query, autoescape=True) for column in named)))
    rows = session.execute(
        select(PropertyMeasure, PropertyCompany.name, PropertyCompany.public_id, PropertyEstate.name)
        .join(PropertyCompany, PropertyCompany.id == PropertyMeasure.company_id)
        .outerjoin(PropertyEstate, PropertyEstate.id == PropertyMeasure.estate_id)
        .where(*where)
        .order_by(PropertyMeasure.state.not_in((OPEN, REPORTED)), PropertyMeasure.due_on, PropertyMeasure.id)
        .limit(2_000)
    )
    return [
        MeasureLine(row, company, public_id, estate or "", row.state == OPEN and row.due_on < today)
        for row, company, public_id, estate in rows
    ]
