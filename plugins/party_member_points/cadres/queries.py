"""Reading posts of seconded cadres: the list of an area, one post with its terms and notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Document, Person, PersonAlias, name_condition, subtree

from ..letters.models import PointsLetter
from ..models import PointsHomeUnit
from .models import PointsCadreNote, PointsCadrePost, PointsCadreStatus, PointsCadreTerm, PointsCadreVoid

FILLED, VACANT, ENDED = "filled", "vacant", "ended"


@dataclass(frozen=True)
class PostLine:
    """One post of a list with who holds it, "" for a vacancy; ``others`` are further posts that this person holds."""

    id: int
    public_id: str
    title: str
    area: str
    closed_on: date | None
    term: str
    person: str
    name: str
    unit: str
    from_on: date | None
    notes: int
    last_note: date | None
    others: int


@dataclass(frozen=True)
class Filters:
    """What a list of posts is narrowed to; "" for everything that has not ended."""

    query: str = ""
    state: str = ""
    unit: str = ""


def kept_person() -> Any:
    """The kept id of a term's person, as an expression."""
    alias = (
        select(PersonAlias.kept_id)
        .where(PersonAlias.merged_id == PointsCadreTerm.person_id)
        .scalar_subquery()
    )
    return func.coalesce(alias, PointsCadreTerm.person_id)


def posts_page(
    session: Session, area_id: int, filters: Filters, *, limit: int | None = 50, offset: int = 0
) -> tuple[list[PostLine], int]:
    """Posts of ``area_id`` and below by area, vacancies first in each, and how many there are; one statement."""
    post, term, note = PointsCadrePost, PointsCadreTerm, PointsCadreNote
    counted = (
        select(note.term_id, func.count().label("notes"), func.max(note.on_date).label("newest"))
        .where(~select(PointsCadreVoid.note_id).where(PointsCadreVoid.note_id == note.id).exists())
        .group_by(note.term_id)
        .subquery()
    )
    twice = (
        select(term.person_id, func.count().label("posts"))
        .where(term.to_on.is_(None))
        .group_by(term.person_id)
        .subquery()
    )
    query = (
        select(
            post.id, post.public_id, post.title, Area.name, post.closed_on, func.coalesce(term.public_id, ""),
            func.coalesce(Person.public_id, ""), func.coalesce(Person.name, ""),
            func.coalesce(PointsHomeUnit.name, ""), term.from_on, func.coalesce(counted.c.notes, 0),
            counted.c.newest, func.coalesce(twice.c.posts, 1) - 1, func.count().over(),
        )
        .select_from(post)
        .join(Area, Area.id == post.area_id)
        .outerjoin(term, and_(term.post_id == post.id, term.to_on.is_(None)))
        .outerjoin(Person, Person.id == kept_person())
        .outerjoin(PointsHomeUnit, PointsHomeUnit.id == term.unit_id)
        .outerjoin(counted, counted.c.term_id == term.id)
        .outerjoin(twice, twice.c.person_id == term.person_id)
        .where(post.area_id.in_(subtree(area_id)), *_conditions(filters))
        .order_by(Area.code, term.id.is_not(None), post.id)
        .limit(limit)
        .offset(offset)
    )  # fmt: skip
    rows: Sequence[Sequence[Any]] = session.execute(query).all()
    return [PostLine(*row[:13]) for row in rows], int(rows[0][13]) if rows else 0


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    ended = PointsCadrePost.closed_on.is_not(None)
    found: list[ColumnElement[bool]] = [ended if filters.state == ENDED else ~ended]
    if filters.state == FILLED:
        found.append(PointsCadreTerm.id.is_not(None))
    elif filters.state == VACANT:
        found.append(PointsCadreTerm.id.is_(None))
    if filters.query:
        title = PointsCadrePost.title.contains(filters.query, autoescape=True)
        found.append(or_(name_condition(filters.query), title))
    if filters.unit:
        found.append(PointsHomeUnit.name == filters.unit)
    return found


def numbers(session: Session, area_id: int) -> tuple[int, int]:
    """How many posts there are below ``area_id``, and how many of them are held."""
    held = and_(PointsCadreTerm.post_id == PointsCadrePost.id, PointsCadreTerm.to_on.is_(None))
    row = session.execute(
        select(func.count(), func.count(PointsCadreTerm.id))
        .select_from(PointsCadrePost)
        .outerjoin(PointsCadreTerm, held)
        .where(PointsCadrePost.area_id.in_(subtree(area_id)), PointsCadrePost.closed_on.is_(None))
    ).one()
    return int(row[0]), int(row[1])


def units_sending(session: Session, area_id: int) -> list[str]:
    """Names of the units that cadres of ``area_id`` and below come from."""
    query = (
        select(PointsHomeUnit.name)
        .join(PointsCadreTerm, PointsCadreTerm.unit_id == PointsHomeUnit.id)
        .join(PointsCadrePost, PointsCadrePost.id == PointsCadreTerm.post_id)
        .where(PointsCadrePost.area_id.in_(subtree(area_id)))
        .distinct()
    )
    return sorted(session.scalars(query))


def post_here(session: Session, area_id: int, public_id: str) -> PointsCadrePost | None:
    """The post with this outside id, if it is of ``area_id`` or below."""
    return session.scalar(
        select(PointsCadrePost).where(
            PointsCadrePost.public_id == public_id, PointsCadrePost.area_id.in_(subtree(area_id))
        )
    )


@dataclass(frozen=True)
class TermLine:
    """One term of a post with the cadre's name and unit."""

    id: int
    public_id: str
    person: str
    name: str
    unit: str
    from_on: date
    to_on: date | None


def terms_of(session: Session, post_id: int) -> list[TermLine]:
    """The terms of a post, the newest first."""
    query = (
        select(
            PointsCadreTerm.id, PointsCadreTerm.public_id, Person.public_id, Person.name, PointsHomeUnit.name,
            PointsCadreTerm.from_on, PointsCadreTerm.to_on,
        )
        .select_from(PointsCadreTerm)
        .join(Person, Person.id == kept_person())
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsCadreTerm.unit_id)
        .where(PointsCadreTerm.post_id == post_id)
        .order_by(PointsCadreTerm.from_on.desc(), PointsCadreTerm.id.desc())
    )  # fmt: skip
    return [TermLine(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class NoteLine:
    """One line of the ledger; ``void_reason`` None while it counts."""

    public_id: str
    on_date: date
    kind: str
    minutes: int
    text: str
    recorded_by: str
    recorded_at: datetime
    void_reason: str | None
    voided_by: str


def notes_of(session: Session, terms: Collection[int], limit: int = 200) -> list[NoteLine]:
    """The ledger of some terms, the newest day first, voided notes included."""
    note, void = PointsCadreNote, PointsCadreVoid
    query = (
        select(
            note.public_id, note.on_date, note.kind, note.minutes, note.text, note.recorded_by, note.recorded_at,
            void.reason, func.coalesce(void.actor, ""),
        )
        .select_from(note)
        .outerjoin(void, void.note_id == note.id)
        .where(note.term_id.in_(terms))
        .order_by(note.on_date.desc(), note.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [NoteLine(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class SentTerm:
    """A cadre on a post, as the unit that sent them reads it."""

    id: int
    name: str
    unit: str
    title: str
    area: str
    from_on: date
    to_on: date | None


def sent_by(session: Session, places: Collection[tuple[int, int]], limit: int = 200) -> list[SentTerm]:
    """Terms of cadres whom units sent, those that last first; ``places`` are (unit id, area id), with all below."""
    term, post = PointsCadreTerm, PointsCadrePost
    theirs = [and_(term.unit_id == unit, post.area_id.in_(subtree(area))) for unit, area in places]
    query = (
        select(term.id, Person.name, PointsHomeUnit.name, post.title, Area.name, term.from_on, term.to_on)
        .select_from(term)
        .join(post, post.id == term.post_id)
        .join(Area, Area.id == post.area_id)
        .join(Person, Person.id == kept_person())
        .join(PointsHomeUnit, PointsHomeUnit.id == term.unit_id)
        .where(or_(false(), *theirs))
        .order_by(term.to_on.is_not(None), term.from_on.desc(), term.id)
        .limit(limit)
    )
    return [SentTerm(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class QuarterLetter:
    """A letter about a quarter: the outside id to open it by, its number and whether it is acknowledged."""

    public_id: str
    period: str
    number: str
    state: str


def letters_about(session: Session, terms: Collection[int]) -> dict[int, list[QuarterLetter]]:
    """The letters about some terms, by term, the newest first."""
    found: dict[int, list[QuarterLetter]] = {}
    query = (
        select(
            PointsCadreStatus.term_id, PointsLetter.public_id, PointsCadreStatus.period, Document.number,
            PointsLetter.state,
        )
        .join(PointsLetter, PointsLetter.id == PointsCadreStatus.letter_id)
        .join(Document, Document.id == PointsLetter.document_id)
        .where(PointsCadreStatus.term_id.in_(terms))
        .order_by(PointsLetter.id.desc())
    )  # fmt: skip
    for row in session.execute(query):
        found.setdefault(row[0], []).append(QuarterLetter(*row[1:]))
    return found


def own_terms(session: Session, person_rows: Collection[int]) -> list[tuple[PointsCadreTerm, str, str, str]]:
    """A cadre's own terms with the post's title, its area and the unit, the newest first."""
    query = (
        select(PointsCadreTerm, PointsCadrePost.title, Area.name, PointsHomeUnit.name)
        .join(PointsCadrePost, PointsCadrePost.id == PointsCadreTerm.post_id)
        .join(Area, Area.id == PointsCadrePost.area_id)
        .join(PointsHomeUnit, PointsHomeUnit.id == PointsCadreTerm.unit_id)
        .where(PointsCadreTerm.person_id.in_(person_rows))
        .order_by(PointsCadreTerm.from_on.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
