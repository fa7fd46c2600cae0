"""Certificates and requests as lists and pages show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Document, Person, canonical_ids, current_site, name_condition, subtree

from ..hours import FIRST_YEAR, LAST_YEAR
from ..teams.models import VolunteerTeam
from .models import ASKED, ISSUED, REFUSED, TAKEN_BACK, VolunteerCertificate, VolunteerCertificateRequest
from .services import own_rows

STATES: Mapping[str, str] = {
    "issued": N_("valid"),
    "stale": N_("to be renewed: something in it was corrected"),
    "superseded": N_("replaced by a newer one"),
    "revoked": N_("revoked"),
}
REQUEST_STATES: Mapping[str, str] = {
    ASKED: N_("not answered yet"),
    ISSUED: N_("issued"),
    REFUSED: N_("refused"),
    TAKEN_BACK: N_("taken back"),
}
WAYS: Mapping[str, str] = {
    "holder": N_("taken out by the holder"),
    "staff": N_("issued by staff"),
}


@dataclass(frozen=True)
class Line:
    """One certificate of a list; ``state`` is one of ``STATES``, ``issuer`` the team or the community."""

    id: int
    public_id: str
    number: str
    token: str
    state: str
    issued_at: datetime
    holder: str
    issuer: str
    first: date
    last: date
    minutes: int
    credit_minutes: int
    entries: int
    by_holder: bool
    area_id: int


@dataclass(frozen=True)
class Filters:
    """What narrows a list; "" for everything."""

    query: str = ""
    state: str = ""
    team: str = ""
    year: str = ""
    way: str = ""


_COLUMNS: tuple[Any, ...] = (
    VolunteerCertificate.id, VolunteerCertificate.public_id, Document.number, Document.token, Document.state,
    Document.issued_at, Person.name, func.coalesce(VolunteerTeam.name, Area.name), VolunteerCertificate.first_on,
    VolunteerCertificate.last_on, VolunteerCertificate.minutes, VolunteerCertificate.credit_minutes,
    VolunteerCertificate.entries, VolunteerCertificate.by_holder, VolunteerCertificate.area_id,
)  # fmt: skip


def _lines() -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Document, Document.id == VolunteerCertificate.document_id)
        .join(Person, Person.id == VolunteerCertificate.person_id)
        .join(Area, Area.id == VolunteerCertificate.area_id)
        .outerjoin(VolunteerTeam, VolunteerTeam.id == VolunteerCertificate.team_id)
    )


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.query:
        number = Document.number.startswith(filters.query.strip().upper(), autoescape=True)
        query = query.where(number | name_condition(filters.query))
    if filters.state in STATES:
        query = query.where(Document.state == filters.state)
    if filters.team:
        query = query.where(VolunteerTeam.public_id == filters.team)
    if filters.year.isascii() and filters.year.isdecimal() and len(filters.year) == 4:
        year, zone = max(FIRST_YEAR, min(int(filters.year), LAST_YEAR)), current_site().timezone
        begin, end = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
        query = query.where(Document.issued_at >= begin, Document.issued_at < end)
    if filters.way in WAYS:
        query = query.where(VolunteerCertificate.by_holder.is_(filters.way == "holder"))
    return query


def certificates_below(
    session: Session, area_id: int, filters: Filters, *, limit: int, offset: int
) -> tuple[list[Line], int]:
    """Certificates that an area and those below issued, the newest first, and how many there are. Two statements."""
    query = _narrowed(_lines().where(VolunteerCertificate.area_id.in_(subtree(area_id))), filters)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(query.order_by(VolunteerCertificate.id.desc()).limit(limit).offset(offset))
    return [Line(*row) for row in rows], total


def certificates_of(session: Session, rows: Collection[int], limit: int = 100) -> list[Line]:
    """The certificates of a person's ``rows``, the newest first. One statement."""
    query = _lines().where(VolunteerCertificate.person_id.in_(rows))
    found = session.execute(query.order_by(VolunteerCertificate.id.desc()).limit(limit))
    return [Line(*row) for row in found]


def certificate_below(session: Session, area_id: int, public_id: str) -> VolunteerCertificate | None:
    """A certificate that an area or one below issued; None for every other one."""
    return session.scalar(
        select(VolunteerCertificate).where(
            VolunteerCertificate.public_id == public_id, VolunteerCertificate.area_id.in_(subtree(area_id))
        )
    )


def certificate_of(session: Session, person_id: int, public_id: str) -> VolunteerCertificate | None:
    """A person's own certificate; None for every other one."""
    return session.scalar(
        select(VolunteerCertificate).where(
            VolunteerCertificate.public_id == public_id,
            VolunteerCertificate.person_id.in_(own_rows(session, person_id)),
        )
    )


def certificate_by_number(session: Session, number: str) -> VolunteerCertificate | None:
    """The certificate with a number."""
    return session.scalar(
        select(VolunteerCertificate)
        .join(Document, Document.id == VolunteerCertificate.document_id)
        .where(Document.number == number.strip().upper())
    )


def line_of(session: Session, certificate: VolunteerCertificate) -> Line:
    """A certificate as lists show it."""
    return Line(*session.execute(_lines().where(VolunteerCertificate.id == certificate.id)).one())


def other_edition(session: Session, document_id: int | None) -> Line | None:
    """The certificate that belongs to a document, for the links between an old and a new edition."""
    if document_id is None:
        return None
    row = session.execute(_lines().where(VolunteerCertificate.document_id == document_id)).one_or_none()
    return None if row is None else Line(*row)


@dataclass(frozen=True)
class RequestLine:
    """One request of a list; ``person`` is the outside id of the holder's kept row."""

    public_id: str
    person: str
    name: str
    area: str
    first: date
    last: date
    words: str
    state: str
    asked_at: datetime
    answer: str


def requests_below(
    session: Session, area_id: int, state: str, query: str = "", *, limit: int, offset: int
) -> tuple[list[RequestLine], int]:
    """Requests of an area and below, the oldest first while they wait, else the newest. Three statements."""
    request = VolunteerCertificateRequest
    found = (
        select(request, Person.public_id, Person.name, Area.name)
        .join(Person, Person.id == request.person_id)
        .join(Area, Area.id == request.area_id)
        .where(request.area_id.in_(subtree(area_id)))
    )
    if state in REQUEST_STATES:
        found = found.where(request.state == state)
    if query:
        found = found.where(name_condition(query))
    total = session.scalar(select(func.count()).select_from(found.with_only_columns(request.id).subquery()))
    order = request.id.asc() if state == ASKED else request.id.desc()
    rows = session.execute(found.order_by(order).limit(limit).offset(offset)).all()
    kept = canonical_ids(session, [row[0].person_id for row in rows])
    holders = _holders(session, set(kept.values()))
    lines = []
    for one, _public_id, _name, area in rows:
        person, name = holders[kept[one.person_id]]
        lines.append(
            RequestLine(
                one.public_id, person, name, area, one.first_on, one.last_on, one.words, one.state, one.asked_at,
                one.answer,
            )
        )  # fmt: skip
    return lines, total or 0


def _holders(session: Session, ids: set[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(select(Person.id, Person.public_id, Person.name).where(Person.id.in_(ids)))
    return {row[0]: (row[1], row[2]) for row in rows}


def request_below(session: Session, area_id: int, public_id: str) -> VolunteerCertificateRequest | None:
    """A request of an area or one below; None for every other one."""
    return session.scalar(
        select(VolunteerCertificateRequest).where(
            VolunteerCertificateRequest.public_id == public_id,
            VolunteerCertificateRequest.area_id.in_(subtree(area_id)),
        )
    )


def requests_of(session: Session, rows: Collection[int]) -> Sequence[VolunteerCertificateRequest]:
    """The latest requests of a person's ``rows``. One statement."""
    request = VolunteerCertificateRequest
    query = select(request).where(request.person_id.in_(rows))
    return session.scalars(query.order_by(request.id.desc()).limit(3)).all()


def asked_below(area_id: int) -> Select[Any]:
    """A query that counts the requests of an area and below that wait."""
    request = VolunteerCertificateRequest
    return select(func.count()).where(request.state == ASKED, request.area_id.in_(subtree(area_id)))


def waiting_requests(session: Session, area_id: int) -> int:
    """How many requests of an area and below wait. One statement."""
    return int(session.scalar(asked_below(area_id)) or 0)
