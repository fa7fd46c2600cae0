"""Final results as anybody may read them: estates with their stars, one estate with its history, a company's estates.

Only final rounds are shown, and superseded ones as such. Where fewer than five ballots were cast, nothing is shown of
which they could be told: neither their number, nor the owners' part, nor the score that contains it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Document, chunks, current_site, subtree

from ..registry.models import PropertyCompany, PropertyContract, PropertyEstate
from ..registry.queries import lasts
from ..rounds.models import FINAL, SUPERSEDED, PropertyEntrant, PropertyRound
from ..schemes.models import PropertySchemeVersion
from ..schemes.numbers import exact
from ..schemes.scheme import LIST, PERCENTILE, WEIGHTED, Scheme
from ..schemes.versions import scheme_of
from ..standing.models import PropertyListing

FEWEST = 5
NO_RESULT = N_("no result: too few ballots")
VETOED = N_("vetoed by a decision")
SCORE_HIDDEN = N_("score not shown: fewer than five ballots")
STARRED = (WEIGHTED, PERCENTILE)


@dataclass(frozen=True)
class Part:
    """A part of a score: ``value`` as text, None where it may not be shown or there is none."""

    id: str
    title: str
    weight: Fraction
    value: str | None

    @property
    def width(self) -> str:
        """The value as a length on 0..100, for drawing."""
        return str(int(exact(self.value))) if self.value is not None else "0"


@dataclass(frozen=True)
class Result:
    """One entrant of a final round as it may be shown; ``few`` when its numbers are hidden for too few ballots.

    ``ballots`` is None then, and where the scheme asks for none.
    """

    round_title: str
    round_public_id: str
    period: str
    state: str
    kind: str
    organiser: str
    version_public_id: str
    version_title: str
    version_no: int
    company: str
    company_public_id: str
    status: str
    stars: int | None
    score: str | None
    place: str
    list_place: str
    few: bool
    ballots: int | None
    households: int
    required: int | None
    parts: Sequence[Part]
    vetoes: Sequence[Mapping[str, Any]]
    final_on: date | None
    document_no: str
    estate_id: int
    estate: str
    estate_public_id: str

    @property
    def remark(self) -> str:
        """Why there are no stars or no score, "" where there are both; an English msgid."""
        if self.status == "insufficient_sample":
            return NO_RESULT
        if self.status == "vetoed":
            return VETOED
        return SCORE_HIDDEN if self.few else ""

    @property
    def replaced(self) -> bool:
        """Whether another round took its place."""
        return self.state == SUPERSEDED


def results(session: Session, where: ColumnElement[bool], *, superseded: bool = False) -> list[Result]:
    """Results of final rounds by a condition on estates or entrants, the latest period first; one statement."""
    states = (FINAL, SUPERSEDED) if superseded else (FINAL,)
    rows = session.execute(
        select(
            PropertyEntrant,
            PropertyRound,
            PropertySchemeVersion,
            PropertyEstate,
            PropertyCompany,
            Document.number,
        )
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .join(PropertySchemeVersion, PropertySchemeVersion.id == PropertyRound.scheme_version_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .join(PropertyCompany, PropertyCompany.id == PropertyEntrant.company_id)
        .outerjoin(Document, Document.id == PropertyEntrant.document_id)
        .where(where, PropertyRound.state.in_(states))
        .order_by(PropertyRound.last_on.desc(), PropertyRound.id.desc(), PropertyEstate.name)
    )
    return [_result(*row) for row in rows]


def _result(
    entrant: PropertyEntrant,
    round_: PropertyRound,
    version: PropertySchemeVersion,
    estate: PropertyEstate,
    company: PropertyCompany,
    number: str | None,
) -> Result:
    scheme = scheme_of(version)
    detail = _detail(entrant)
    few = bool(scheme.ballot_part) and 0 < entrant.ballots < FEWEST
    return Result(
        round_title=round_.title, round_public_id=round_.public_id, period=round_.period, state=round_.state,
        kind=version.kind, organiser=round_.organiser, version_public_id=version.public_id,
        version_title=version.title, version_no=version.no, company=company.name,
        company_public_id=company.public_id, status=entrant.status, stars=entrant.stars,
        score=None if few else entrant.score, place=str(detail.get("place") or ""), list_place=entrant.list_place,
        few=few, ballots=None if few or not scheme.ballot_part else entrant.ballots, households=entrant.households,
        required=_whole(detail.get("required")), parts=_parts(scheme, detail, few),
        vetoes=[veto for veto in detail.get("vetoes") or () if isinstance(veto, dict)],
        final_on=current_site().local(round_.final_at).date() if round_.final_at else None, document_no=number or "",
        estate_id=estate.id, estate=estate.name, estate_public_id=estate.public_id,
    )  # fmt: skip


def _detail(entrant: PropertyEntrant) -> Mapping[str, Any]:
    try:
        found = json.loads(entrant.detail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _parts(scheme: Scheme, detail: Mapping[str, Any], few: bool) -> list[Part]:
    """The parts with their values; with too few ballots the owners' one stays hidden."""
    from ..schemes.words import part_title

    values = detail.get("parts")
    values = values if isinstance(values, dict) else {}
    return [
        Part(
            part.id, part_title(part), part.weight,
            None if few and part.id == scheme.ballot_part else _text(values.get(part.id)),
        )
        for part in scheme.parts
    ]  # fmt: skip


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class EstateLine:
    """An estate with who manages it today, its last stars and the list it stands on."""

    id: int
    public_id: str
    name: str
    place: str
    company: str
    company_public_id: str
    result: Result | None
    colour: str
    in_a_row: int

    @property
    def stars(self) -> int | None:
        """The stars of the last rating."""
        return self.result.stars if self.result else None


SORTS = ("name", "-stars", "stars", "-score", "score")


@dataclass(frozen=True)
class Filters:
    """Part of an estate's or company's name, a number of stars as text ("none": without), a colour, and an order."""

    query: str = ""
    stars: str = ""
    colour: str = ""
    sort: str = "name"


def estates(session: Session, area_id: int, today: date, filters: Filters | None = None) -> list[EstateLine]:
    """Open estates of an area and below; three statements, whatever their number."""
    filters = filters or Filters()
    lines = _lines(session, PropertyEstate.area_id.in_(subtree(area_id)), today)
    shown = [line for line in lines if _fits(line, filters)]
    return _sorted(shown, filters.sort)


def _lines(session: Session, where: ColumnElement[bool], today: date) -> list[EstateLine]:
    rows = session.execute(
        select(PropertyEstate, PropertyCompany.name, PropertyCompany.public_id)
        .outerjoin(
            PropertyContract,
            (PropertyContract.estate_id == PropertyEstate.id)
            & lasts(PropertyContract.from_on, PropertyContract.to_on, today),
        )
        .outerjoin(PropertyCompany, PropertyCompany.id == PropertyContract.company_id)
        .where(where, PropertyEstate.closed_on.is_(None))
        .order_by(PropertyEstate.name, PropertyEstate.id)
    ).all()
    last = last_results(session, where)
    ranked = _ranked(where, (LIST,))
    # What an earlier round said of an estate is over once a later one has a final list of it.
    listings = select(PropertyListing).where(
        PropertyListing.ended_on.is_(None),
        PropertyListing.entrant_id.in_(select(ranked.c.id).where(ranked.c.number == 1)),
    )
    listed = {row.estate_id: row for row in session.scalars(listings)}
    found = []
    for estate, company, company_public_id in rows:
        listing = listed.get(estate.id)
        found.append(
            EstateLine(
                estate.id, estate.public_id, estate.name, estate.place, company or "", company_public_id or "",
                last.get(estate.id), listing.colour if listing else "", listing.in_a_row if listing else 0,
            )
        )  # fmt: skip
    return found


def _ranked(where: ColumnElement[bool], kinds: Collection[str]) -> Any:
    """Entrants of final rounds of some kinds, numbered for each estate, the latest period first."""
    number = func.row_number().over(
        partition_by=PropertyEntrant.estate_id,
        order_by=(PropertyRound.last_on.desc(), PropertyRound.id.desc()),
    )
    return (
        select(PropertyEntrant.id, PropertyEntrant.round_id, number.label("number"))
        .join(PropertyRound, PropertyRound.id == PropertyEntrant.round_id)
        .join(PropertySchemeVersion, PropertySchemeVersion.id == PropertyRound.scheme_version_id)
        .join(PropertyEstate, PropertyEstate.id == PropertyEntrant.estate_id)
        .where(where, PropertyRound.state == FINAL, PropertySchemeVersion.kind.in_(kinds))
        .subquery()
    )


def last_results(session: Session, where: ColumnElement[bool]) -> dict[int, Result]:
    """Estate -> its last rating with stars; one statement."""
    ranked = _ranked(where, STARRED)
    last = select(ranked.c.id).where(ranked.c.number == 1)
    return {one.estate_id: one for one in results(session, PropertyEntrant.id.in_(last))}


def _fits(line: EstateLine, filters: Filters) -> bool:
    if filters.query and filters.query.lower() not in f"{line.name} {line.company}".lower():
        return False
    if filters.stars == "none" and line.stars is not None:
        return False
    if filters.stars.isdigit() and line.stars != int(filters.stars):
        return False
    return not filters.colour or line.colour == filters.colour


def _sorted(lines: list[EstateLine], order: str) -> list[EstateLine]:
    """In an order of ``SORTS``; who has no stars or no score stands last."""
    key = order.removeprefix("-")
    if key not in ("stars", "score"):
        return lines
    value: dict[int, Fraction] = {}
    for line in lines:
        shown = line.result.score if key == "score" and line.result else None
        if key == "stars" and line.stars is not None:
            value[line.id] = Fraction(line.stars)
        elif shown is not None:
            value[line.id] = exact(shown)
    known = sorted((line for line in lines if line.id in value), key=lambda line: value[line.id],
                   reverse=order.startswith("-"))  # fmt: skip
    return [*known, *(line for line in lines if line.id not in value)]


def estates_by_id(
    session: Session, public_ids: Collection[str], area_id: int, today: date
) -> list[EstateLine]:
    """Some open estates of an area and below, in the order of their names."""
    found: list[EstateLine] = []
    for part in chunks(list(public_ids)):
        inside = PropertyEstate.area_id.in_(subtree(area_id)) & PropertyEstate.public_id.in_(part)
        found += _lines(session, inside, today)
    return found


def estates_of(session: Session, company_id: int, area_id: int, today: date) -> list[EstateLine]:
    """Open estates of an area and below that a company manages on a day."""
    managed = select(PropertyContract.estate_id).where(
        PropertyContract.company_id == company_id,
        lasts(PropertyContract.from_on, PropertyContract.to_on, today),
    )
    return _lines(
        session, PropertyEstate.area_id.in_(subtree(area_id)) & PropertyEstate.id.in_(managed), today
    )
