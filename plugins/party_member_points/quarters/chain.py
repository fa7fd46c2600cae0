"""Proof of the confirmed sheets: the chain of their hashes, and each computed again from the facts known then."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Person, Publicity, chunks, groups, sha256_of, subtree

from ..cuts import Fixed, FixedPerson, scores_at
from ..mapping import read_mapping
from ..sheets_publicity import publication_of
from .gains import totals_of
from .models import CONFIRMED, PUBLIC, REOPENED, PointsSheet, PointsSheetEvent, PointsSheetLine
from .texts import NO_LINK, line_of, link_hash, sheet_text, values_of

AT_ONCE = 500
LINK = "link"
TEXT = "text"
LINES = "lines"
STATE = "state"
NOTICE = "notice"


@dataclass(frozen=True)
class Fault:
    """What does not fit: ``what`` is link, text, lines, state or notice."""

    area: str
    sheet: str
    chain_no: int | None
    what: str


@dataclass(frozen=True)
class Verified:
    """The outcome for some areas: links and sheets looked at, and what does not fit."""

    links: int
    sheets: int
    faults: tuple[Fault, ...]


def verify(session: Session, area: Area | None = None) -> Verified:
    """Follow the chain of each area, of ``area`` and below if given: links, hashes of texts, lines and states."""
    event, sheet = PointsSheetEvent, PointsSheet
    query = (
        select(event, sheet, Area.code)
        .join(sheet, sheet.id == event.sheet_id)
        .join(Area, Area.id == event.area_id)
        .where(event.chain_no.is_not(None))
        .order_by(event.area_id, event.chain_no)
    )
    if area is not None:
        query = query.where(event.area_id.in_(subtree(area.id)))
    rows = session.execute(query).all()
    faults: list[Fault] = []
    last: dict[int, tuple[int, str]] = {}
    states: dict[int, str] = {}
    seen: dict[int, tuple[PointsSheet, str]] = {}
    for link, found, code in rows:
        no, previous = last.get(link.area_id, (0, NO_LINK))
        at = link.chain_no or 0
        whole = link_hash(at, previous, found.public_id, found.sha256, link.outcome, link.account_id, link.at)
        if (at, link.prev_sha256, link.sha256) != (no + 1, previous, whole):
            faults.append(Fault(code, found.public_id, at, LINK))
        last[link.area_id] = at, link.sha256
        states[found.id], seen[found.id] = link.outcome, (found, code)
    for sheet_id, (found, code) in seen.items():
        faults += [
            Fault(code, found.public_id, None, what) for what in _unfit(session, found, states[sheet_id])
        ]
    faults += _unlinked(session, area, set(seen))
    return Verified(len(rows), len(seen), tuple(faults))


def _unfit(session: Session, sheet: PointsSheet, state: str) -> Iterator[str]:
    heading: dict[str, Any] = json.loads(sheet.text)
    if sha256_of(sheet.text) != sheet.sha256 or sha256_of(sheet.basis) != heading.get("basis_sha256"):
        yield TEXT
    if sheet.state != state:
        yield STATE
    line = PointsSheetLine
    rows = session.execute(
        select(Person.public_id, line.total_text, line.gain, line.credited, line.grade, line.digest)
        .join(Person, Person.id == line.person_id)
        .where(line.sheet_id == sheet.id)
    )
    stored = sorted(tuple(row) for row in rows)
    written = sorted(
        (row["id"], row["total"], row["gain"], row["credited"], row["grade"], row["digest"])
        for row in heading["lines"]
    )
    if stored != written:
        yield LINES
    notice = session.get(Publicity, sheet.publicity_id) if sheet.publicity_id is not None else None
    if notice is None or sha256_of(notice.text) != notice.sha256:
        yield NOTICE


def _unlinked(session: Session, area: Area | None, linked: set[int]) -> list[Fault]:
    """Sheets that say they were confirmed or reopened and stand in no chain."""
    sheet = PointsSheet
    query = (
        select(sheet.id, sheet.public_id, Area.code)
        .join(Area, Area.id == sheet.area_id)
        .where(sheet.state.in_((CONFIRMED, REOPENED)))
    )
    if area is not None:
        query = query.where(sheet.area_id.in_(subtree(area.id)))
    return [Fault(row[2], row[1], None, STATE) for row in session.execute(query) if row[0] not in linked]


@dataclass(frozen=True)
class Rebuilt:
    """A sheet computed again: whether its bytes are equal, whose lines differ, and whose people are others now (rows
    that were merged or taken apart since)."""

    sheet: str
    label: str
    equal: bool
    differ: tuple[str, ...]
    regrouped: tuple[str, ...]


def rebuild(session: Session, sheet: PointsSheet) -> Rebuilt:
    """Compute a sheet again from the facts known when it was computed, and compare it byte by byte.

    Lines of people whose rows were merged or taken apart since are compared as they stand.
    """
    heading: dict[str, Any] = json.loads(sheet.text)
    stored = {str(line["id"]): line for line in heading.pop("lines")}
    regrouped = _regrouped(session, sheet)
    fresh = _fresh(session, sheet)
    lines = [
        stored[name] if name in regrouped else fresh[name]
        for name in stored
        if name in regrouped or name in fresh
    ]
    lines += [line for name, line in fresh.items() if name not in stored]
    text = sheet_text(heading, lines)
    differ = sorted(
        name
        for name in stored.keys() | fresh.keys()
        if name not in regrouped and stored.get(name) != fresh.get(name)
    )
    return Rebuilt(sheet.public_id, sheet.label, text == sheet.text, tuple(differ), tuple(sorted(regrouped)))


def _fresh(session: Session, sheet: PointsSheet) -> dict[str, Mapping[str, object]]:
    basis: dict[str, Any] = json.loads(sheet.basis)
    mappings = {area: read_mapping(value) for area, value in basis["mappings"].items()}
    people = {
        name: FixedPerson(person["person"], mappings[str(person["area"])])
        for name, person in basis["people"].items()
    }
    fixed = Fixed(publication_of(session, sheet), people)
    since = totals_of(session, sheet.since_id)
    found: dict[str, Mapping[str, object]] = {}
    line = PointsSheetLine
    ids = session.scalars(select(line.person_id).where(line.sheet_id == sheet.id).order_by(line.person_id))
    for part in chunks(ids.all(), AT_ONCE):
        for score in scores_at(
            session, part, sheet.scheme_id, sheet.period, sheet.cut, sheet.computed_at, fixed=fixed
        ):
            values = values_of(score.found, sheet.cut)
            if values is not None:
                elsewhere = basis["people"][score.member.public_id].get("before", 0)
                gain = values.total - since.get(score.member.person_id, elsewhere)
                # As it comes back from the stored text.
                shown = json.loads(json.dumps(line_of(score.member.public_id, values, gain)))
                found[score.member.public_id] = shown
    return found


def _regrouped(session: Session, sheet: PointsSheet) -> set[str]:
    """People of a sheet who were other rows when it was computed."""
    basis: dict[str, Any] = json.loads(sheet.basis)
    rows = {name: sorted(person["rows"]) for name, person in basis["people"].items()}
    everyone = {row for several in rows.values() for row in several}
    now = {tuple(sorted(several)) for several in groups(session, everyone).values()}
    return {name for name, several in rows.items() if tuple(several) not in now}


def sheets_to_prove(session: Session, area: Area | None = None) -> list[PointsSheet]:
    """Sheets that are up, confirmed or reopened, the first computed first."""
    query = select(PointsSheet).where(PointsSheet.state.in_((PUBLIC, CONFIRMED, REOPENED)))
    if area is not None:
        query = query.where(PointsSheet.area_id.in_(subtree(area.id)))
    return list(session.scalars(query.order_by(PointsSheet.id)))
