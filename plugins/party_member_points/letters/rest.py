"""REST of letters: those of an area, writing them, and those to one's own unit with the acknowledgement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import RestBlueprint, current_actor, current_area, missing, rest_fields, subtree

from ..annual.models import CONFIRMED, PointsAnnual
from . import annual_letter, reading
from .reading import LetterFilters, LetterLine
from .schemas import AcknowledgeIn, LetterOut, LettersArgs, LetterSendIn, LettersPage, SentOut
from .sending import acknowledge

blueprint = RestBlueprint("points_rest_letters", __name__, description="Letters to members' units")


def _out(line: LetterLine) -> dict[str, Any]:
    return {**vars(line), "id": line.public_id}


def _filters(args: Mapping[str, Any]) -> LetterFilters:
    return LetterFilters(args["q"], args["unit"], args["state"], args["period"], args["kind"])


@blueprint.read(
    "/areas/<code>/points/letters", permission="points.letters", query=LettersArgs, answer=LettersPage
)
def letters(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Letters of an area and below, the newest first"""
    rows, total = reading.letters_below(
        session, current_area().id, _filters(args), limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


@blueprint.create(
    "/areas/<code>/points/letters", permission="points.letters", body=LetterSendIn, answer=SentOut
)
def send(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Write letters of a confirmed result"""
    annual = session.scalar(
        select(PointsAnnual).where(
            PointsAnnual.public_id == given["result"],
            PointsAnnual.area_id.in_(subtree(current_area().id)),
            PointsAnnual.state == CONFIRMED,
        )
    )
    if annual is None:
        missing()
    lines = annual_letter.lines_of(session, annual, given["people"])
    if lines is None:
        missing()
    return {"letters": annual_letter.send_due(session, annual, lines, current_actor())}


@blueprint.read(
    "/areas/<code>/points/unit-letters", permission="points.unit", query=LettersArgs, answer=LettersPage
)
def unit_letters(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Letters to the units for which one stands"""
    rows, total = reading.letters_to(
        session, current_actor(), _filters(args), limit=args["size"], offset=rest_fields.offset(args)
    )
    return rest_fields.paged([_out(row) for row in rows], total, args)


@blueprint.create(
    "/areas/<code>/points/unit-letters/<letter>/acknowledge",
    permission="points.unit",
    body=AcknowledgeIn,
    answer=LetterOut,
    status=200,
)
def confirm(session: Session, given: dict[str, Any], code: str, letter: str) -> Mapping[str, Any]:
    """Say that the unit has a letter"""
    found = reading.letter_to(session, current_actor(), letter)
    if found is None:
        missing()
    acknowledge(session, found, given["note"], current_actor())
    return _out(reading.line_of(session, found))
