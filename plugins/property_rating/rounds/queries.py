"""Reading rounds: those of an area, and the entrants of one with their names, sheets, vetoes and appeals.

Communities see the rounds of their sub-district in which an estate of theirs takes part, and those estates only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Attachment, Document, Publicity, subtree

from ..registry.models import PropertyCompany, PropertyEstate
from ..schemes.models import PropertySchemeVersion
from .finding import touching
from .models import (
    COLLECTING,
    COMPUTED,
    DRAFT,
    PropertyEntrant,
    PropertyRound,
    PropertyRoundEvent,
)
from .records import OPEN, PropertyAppeal, PropertyRaterSheet, PropertyReply, PropertyVeto
from .sheets import SHEET_PHOTOS, sheets_of, vetoes_of

LIVE_STATES = (DRAFT, COLLECTING, COMPUTED, "publicity")


@dataclass(frozen=True)
class RoundLine:
    """A round in a list; ``last_day`` of objections while it is published, ``appeals`` that wait for a ruling."""

    public_id: str
    title: str
    period: str
    area: str
    scheme: str
    scheme_no: int
    organiser: str
    state: str
    collect_until: date
    entrants: int
    last_day: date | None
    appeals: int
    round_id: int = 0

    def is_over(self, today: date) -> bool:
        """Whether the time of its state is over, so that somebody has to act."""
        if self.state == COLLECTING:
            return self.collect_until < today
        return self.state == "publicity" and self.last_day is not None and self.last_day < today


def rounds_seen(
    session: Session,
    area_id: int,
    *,
    query: str = "",
    state: str = "",
    period: str = "",
    limit: int = 50,
    offset: int = 0,
    only: int | None = None,
) -> tuple[list[RoundLine], int]:
    """Rounds of an area and below, and those in which its estates take part; the newest first. One statement."""
    entrants = (
        select(func.count())
        .where(PropertyEntrant.round_id == PropertyRound.id)
        .correlate(PropertyRound)
        .scalar_subquery()
    )
    appeals = (
        select(func.count())
        .select_from(PropertyAppeal)
        .join(PropertyEntrant, PropertyEntrant.id == PropertyAppeal.entrant_id)
        .where(PropertyEntrant.round_id == PropertyRound.id, PropertyAppeal.state == OPEN)
        .correlate(PropertyRound)
        .scalar_subquery()
    )
    rows: Sequence[Sequence[Any]] = session.execute(
        select(
            PropertyRound.public_id, PropertyRound.title, PropertyRound.period, Area.name,
            PropertySchemeVersion.title, PropertySchemeVersion.no, PropertyRound.organiser, PropertyRound.state,
            PropertyRound.collect_until, entrants, Publicity.objections_until, appeals, PropertyRound.id,
            func.count().over(),
        )
        .join(Area, Area.id == PropertyRound.area_id)
        .join(PropertySchemeVersion, PropertySchemeVersion.id == PropertyRound.scheme_version_id)
        .outerjoin(Publicity, Publicity.id == PropertyRound.publicity_id)
        .where(touching(area_id), *_wanted(query, state, period, only))
        .order_by(PropertyRound.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()  # fmt: skip
    return [RoundLine(*row[:-1]) for row in rows], int(rows[0][-1]) if rows else 0


def _wanted(query: str, state: str, period: str, only: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if state == "open":
        conditions.append(PropertyRound.state.in_(LIVE_STATES))
    elif state:
        conditions.append(PropertyRound.state == state)
    if period:
        conditions.append(PropertyRound.period == period)
    if only is not None:
        conditions.append(PropertyRound.id == only)
    if query:
        conditions.append(PropertyRound.title.contains(query, autoescape=True))
    return conditions


def periods_seen(session: Session, area_id: int) -> list[str]:
    """Periods of the rounds that an area sees, the latest first."""
    rows = session.scalars(select(PropertyRound.period).where(touching(area_id)).distinct())
    return sorted(rows, reverse=True)


@dataclass(frozen=True)
class EntrantLine:
    """An entrant with its names; ``parts`` is what its detail says of them."""

    entrant: PropertyEntrant
    estate: str
    estate_id: str
    company: str
    company_id: str
    number: str = ""
    document: str = ""

    @property
    def public_id(self) -> str:
        """Its outside id."""
        return self.entrant.public_id

    @property
    def detail(self) -> Mapping[str, Any]:
        """What the last tally noted."""
        found: dict[str, Any] = json.loads(self.entrant.detail)
        return found

    @property
    def place(self) -> int | None:
        """Its rank by score."""
        return self.detail.get("place")


def lines_of(
    session: Session, round_: PropertyRound, area_id: int | None = None, only: int | None = None
) -> list[EntrantLine]:
    """Entrants of a round, of estates below ``area_id`` if given, or ``only`` one; by rank, then by name."""
    query = (
        select(
            PropertyEntrant, PropertyEstate.name, PropertyEstate.public_id, PropertyCompany.name,
            PropertyCompany.public_id, Document.number, Document.public_id,
        )
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyEntrant.company_id)
        .outerjoin(Document, Document.id == PropertyEntrant.document_id)
        .where(PropertyEntrant.round_id == round_.id)
    )  # fmt: skip
    if area_id is not None:
        query = query.where(PropertyEstate.area_id.in_(subtree(area_id)))
    if only is not None:
        query = query.where(PropertyEntrant.id == only)
    lines = [EntrantLine(*row[:5], row[5] or "", row[6] or "") for row in session.execute(query)]
    return sorted(lines, key=lambda line: (line.place or 1 << 30, line.estate))


@dataclass(frozen=True)
class SheetRow:
    """A sheet that stands, with its photos; a copy shows those of the sheet that it was taken over from."""

    sheet: PropertyRaterSheet
    photos: Sequence[Attachment]


def sheet_rows(session: Session, entrant_ids: Sequence[int]) -> list[SheetRow]:
    """Sheets of entrants with their photos; three statements."""
    sheets = sheets_of(session, entrant_ids)
    first = {one.photos_of_id for one in sheets} - {None}
    origins: dict[int, str] = {
        row[0]: row[1]
        for row in session.execute(
            select(PropertyRaterSheet.id, PropertyRaterSheet.public_id).where(
                PropertyRaterSheet.id.in_(first)
            )
        )
    }
    lie_with = {one.id: origins.get(one.photos_of_id or 0, one.public_id) for one in sheets}
    photos: dict[str, list[Attachment]] = {}
    query = select(Attachment).where(
        Attachment.subject_type == SHEET_PHOTOS, Attachment.subject_id.in_(set(lie_with.values()))
    )
    for photo in session.scalars(query.order_by(Attachment.id)):
        photos.setdefault(photo.subject_id, []).append(photo)
    return [SheetRow(sheet, photos.get(lie_with[sheet.id], ())) for sheet in sheets]


def earlier_sheets(session: Session, entrant_id: int) -> list[PropertyRaterSheet]:
    """Sheets of an entrant that stand no longer, the last first."""
    query = select(PropertyRaterSheet).where(
        PropertyRaterSheet.entrant_id == entrant_id, PropertyRaterSheet.state != "live"
    )
    return list(session.scalars(query.order_by(PropertyRaterSheet.id.desc())))


def vetoes_by_entrant(session: Session, entrant_ids: Sequence[int]) -> dict[int, list[PropertyVeto]]:
    """Entrant -> its vetoes that stand, alleged ones too."""
    found: dict[int, list[PropertyVeto]] = {}
    for veto in vetoes_of(session, entrant_ids):
        found.setdefault(veto.entrant_id, []).append(veto)
    return found


def replies_of(session: Session, entrant_ids: Collection[int]) -> dict[int, PropertyReply]:
    """Entrant -> the last words of its company."""
    query = select(PropertyReply).where(PropertyReply.entrant_id.in_(entrant_ids))
    return {reply.entrant_id: reply for reply in session.scalars(query.order_by(PropertyReply.id))}


@dataclass(frozen=True)
class EventLine:
    """A change of a round as its history shows it."""

    event: PropertyRoundEvent
    estate: str

    @property
    def after(self) -> Mapping[str, Any]:
        """What it changed to."""
        found: dict[str, Any] = json.loads(self.event.after)
        return found

    @property
    def before(self) -> Mapping[str, Any]:
        """What it was."""
        found: dict[str, Any] = json.loads(self.event.before)
        return found


def history_of(session: Session, round_: PropertyRound, area_id: int | None = None) -> list[EventLine]:
    """Events of a round, the last first; those about estates elsewhere left out where ``area_id`` is given."""
    query = (
        select(PropertyRoundEvent, PropertyEstate.name)
        .outerjoin(PropertyEntrant, PropertyEntrant.id == PropertyRoundEvent.entrant_id)
        .outerjoin(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(PropertyRoundEvent.round_id == round_.id)
        .order_by(PropertyRoundEvent.no.desc())
    )
    if area_id is not None:
        query = query.where(
            PropertyRoundEvent.entrant_id.is_(None) | PropertyEstate.area_id.in_(subtree(area_id))
        )
    return [EventLine(row[0], row[1] or "") for row in session.execute(query)]
