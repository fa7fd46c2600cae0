"""Letters as lists and pages show them: of an area for staff, of one's own units for liaisons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    AreaClosure,
    Document,
    Person,
    name_condition,
    subtree,
)

from ..models import PointsHomeUnit
from .liaisons import standing_for
from .models import ACKNOWLEDGED, ANNUAL, CADRE, REPLACED, SENT, PointsLetter

REVOKED = "revoked"
STATES: Mapping[str, str] = {
    SENT: N_("Not acknowledged yet"),
    ACKNOWLEDGED: N_("Acknowledged"),
    REPLACED: N_("Replaced by a corrected letter"),
    REVOKED: N_("Revoked"),
}
KINDS: Mapping[str, str] = {
    ANNUAL: N_("Result of a year"),
    CADRE: N_("Seconded cadre"),
}


@dataclass(frozen=True)
class LetterLine:
    """One letter of a list; ``state`` is one of ``STATES``."""

    letter_id: int
    public_id: str
    kind: str
    period: str
    number: str
    title: str
    name: str
    unit: str
    area: str
    sent_at: datetime
    state: str


@dataclass(frozen=True)
class LetterFilters:
    """What narrows a list; "" for everything."""

    query: str = ""
    unit: str = ""
    state: str = ""
    period: str = ""
    kind: str = ""


_COLUMNS: tuple[Any, ...] = (
    PointsLetter.id, PointsLetter.public_id, PointsLetter.kind, PointsLetter.period, Document.number, Document.title,
    Person.name, PointsHomeUnit.name, Area.name, PointsLetter.sent_at, PointsLetter.state, Document.state,
)  # fmt: skip


def _letters() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Document, Document.id == PointsLetter.document_id)
        .join(Person, Person.id == PointsLetter.person_id)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsLetter.unit_id)
        .join(Area, Area.id == PointsLetter.area_id)
    )


def _line(row: Any) -> LetterLine:
    state = REVOKED if row[11] == REVOKED and row[10] != REPLACED else row[10]
    values = [*row[:10], state]
    return LetterLine(*values)


def _narrowed(query: Select[Any], filters: LetterFilters) -> Select[Any]:
    if filters.query:
        number = Document.number.startswith(filters.query.strip().upper(), autoescape=True)
        query = query.where(number | name_condition(filters.query))
    if filters.unit:
        query = query.where(PointsHomeUnit.name == filters.unit)
    if filters.period:
        query = query.where(PointsLetter.period == filters.period)
    if filters.kind in KINDS:
        query = query.where(PointsLetter.kind == filters.kind)
    if filters.state == REVOKED:
        query = query.where(Document.state == REVOKED, PointsLetter.state != REPLACED)
    elif filters.state in STATES:
        query = query.where(PointsLetter.state == filters.state, Document.state != REVOKED)
    return query


def _page(session: Session, query: Select[Any], limit: int, offset: int) -> tuple[list[LetterLine], int]:
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(PointsLetter.id.desc()).limit(limit).offset(offset))
    return [_line(row) for row in rows], total


def letters_below(
    session: Session, area_id: int, filters: LetterFilters, *, limit: int, offset: int
) -> tuple[list[LetterLine], int]:
    """Letters of an area and below, the newest first, and how many there are. Two statements."""
    query = _narrowed(_letters().where(PointsLetter.area_id.in_(subtree(area_id))), filters)
    return _page(session, query, limit, offset)


def letters_to(
    session: Session, actor: Actor, filters: LetterFilters, *, limit: int, offset: int
) -> tuple[list[LetterLine], int]:
    """Letters to the units for which the actor stands, the newest first, and how many. Two statements."""
    return _page(session, _narrowed(_letters().where(_to_own_units(actor)), filters), limit, offset)


def _to_own_units(actor: Actor) -> ColumnElement[bool]:
    """Whether a letter is to a unit of the actor's, about somebody below the place of their link."""
    link = standing_for(actor)
    return (
        select(AreaClosure.descendant_id)
        .join(link, link.c.area_id == AreaClosure.ancestor_id)
        .where(AreaClosure.descendant_id == PointsLetter.area_id, link.c.unit_id == PointsLetter.unit_id)
        .exists()
    )


def letter_to(session: Session, actor: Actor, public_id: str) -> PointsLetter | None:
    """A letter to one of the actor's units; None for every other one."""
    return session.scalar(
        select(PointsLetter).where(PointsLetter.public_id == public_id, _to_own_units(actor))
    )


def letter_below(session: Session, area_id: int, public_id: str) -> PointsLetter | None:
    """A letter of an area or below; None for every other one."""
    return session.scalar(
        select(PointsLetter).where(
            PointsLetter.public_id == public_id, PointsLetter.area_id.in_(subtree(area_id))
        )
    )


def line_of(session: Session, letter: PointsLetter) -> LetterLine:
    """A letter as lists show it."""
    return _line(session.execute(_letters().where(PointsLetter.id == letter.id)).one())


def counts_by_state(session: Session, area_id: int) -> dict[str, int]:
    """How many letters of an area and below stand in which state. One statement."""
    rows = session.execute(
        select(PointsLetter.state, func.count())
        .where(PointsLetter.area_id.in_(subtree(area_id)))
        .group_by(PointsLetter.state)
    )
    return {row[0]: int(row[1]) for row in rows}


def choices(session: Session, area_id: int) -> tuple[list[str], list[str]]:
    """Units and periods that letters of an area name, to filter by. One statement."""
    rows = session.execute(
        select(PointsHomeUnit.name, PointsLetter.period)
        .join(PointsLetter, PointsLetter.unit_id == PointsHomeUnit.id)
        .where(PointsLetter.area_id.in_(subtree(area_id)))
        .distinct()
    ).all()
    return sorted({row[0] for row in rows}), sorted({row[1] for row in rows}, reverse=True)


def papers(session: Session, letters: Collection[int]) -> list[Document]:
    """Documents of letters that can be printed, by unit and number: none that is replaced, revoked or emptied."""
    query = (
        select(Document)
        .join(PointsLetter, PointsLetter.document_id == Document.id)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsLetter.unit_id)
        .where(
            PointsLetter.id.in_(list(letters)),
            PointsLetter.state != REPLACED,
            Document.state != REVOKED,
            Document.snapshot != "",
        )
        .order_by(PointsHomeUnit.name, Document.number)
    )
    return list(session.scalars(query))
