"""Pages of a unit's liaison: the letters to their own units, each with its paper and the acknowledgement.

Everything here asks for the links of the account that reads (``liaisons``); what is not to one of its units looks like
a missing page.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Document,
    Paged,
    current_actor,
    document_pdf,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from . import liaisons, reading
from .models import ACKNOWLEDGED, SENT, PointsLetter
from .reading import STATES, LetterFilters
from .sending import MOST_WORDS, acknowledge, history

blueprint = Blueprint("points_unit", __name__)


@blueprint.get("/me/points/unit")
@signed_in
def index() -> Any:
    """Letters to the units that one stands for; those not acknowledged can be picked alone."""
    args = list_args("state", "unit", size=20)
    actor = current_actor()
    with read_scope() as session:
        units = liaisons.units_of(session, actor)
        rows, total = reading.letters_to(
            session,
            actor,
            LetterFilters(args.q, args["unit"], args["state"]),
            limit=args.size,
            offset=args.offset,
        )
        _rows, waiting = reading.letters_to(session, actor, LetterFilters(state=SENT), limit=0, offset=0)
        return show(
            "points/unit_letters.html",
            args=args,
            page=Paged(rows, total, args.page, args.size),
            units=sorted({unit.name for unit in units}),
            waiting=waiting,
            states=STATES,
        )


def _own(session: Session, public_id: str) -> PointsLetter:
    found = reading.letter_to(session, current_actor(), public_id)
    if found is None:
        missing()
    return found


@blueprint.get("/me/points/unit/letters/<letter>")
@signed_in
def page(letter: str) -> Any:
    """One letter to one's own unit."""
    with read_scope() as session:
        found = _own(session, letter)
        document = session.get_one(Document, found.document_id)
        return show(
            "points/unit_letter.html",
            letter=found,
            line=reading.line_of(session, found),
            document=document,
            readable=document.snapshot != "",
            acknowledged=next((e for e in history(session, found) if e.state == ACKNOWLEDGED), None),
            states=STATES,
            most=MOST_WORDS,
        )


@blueprint.get("/me/points/unit/letters/<letter>/pdf")
@signed_in
def pdf(letter: str) -> Any:
    """The paper of a letter to one's own unit."""
    with read_scope() as session:
        document = session.get_one(Document, _own(session, letter).document_id)
        if document.snapshot == "":
            missing()
        response = Response(document_pdf(document), mimetype="application/pdf")
        response.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
        return response


@blueprint.post("/me/points/unit/letters/<letter>/acknowledge")
@signed_in
def confirm(letter: str) -> Any:
    """Say that the unit has the letter."""
    with (
        flash_outcome(N_("Thank you. The community sees that your unit has this letter.")),
        unit_of_work() as session,
    ):
        acknowledge(session, _own(session, letter), request.form.get("note", ""), current_actor())
    return redirect(url_for("points_unit.page", letter=letter), 303)
