"""A member's own lines on sheets: where they stand, until when to object, and the objection itself."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    current_actor,
    flash_done,
    missing,
    raise_objection,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..models import PointsMember
from ..own import kept
from . import marks, reading
from .wording import STATE_BADGES, STATE_TITLES

blueprint = Blueprint("points_own_sheets", __name__, template_folder="../templates")

View = Response | tuple[str, int]
OUTCOMES = {"upheld": N_("Upheld"), "partly": N_("Partly upheld"), "rejected": N_("Not upheld")}


def _lines(session: Session) -> list[reading.OwnLine]:
    person_id = current_actor().person_id
    if person_id is None:
        missing()
    member = session.scalar(select(PointsMember.person_id).where(PointsMember.person_id == kept(person_id)))
    found = reading.own_lines(session, person_id)
    if member is None and not found:
        missing()
    return found


@blueprint.get("/me/points/sheets")
@signed_in
def index() -> View:
    """One's own lines, the newest first."""
    with read_scope() as session:
        return show(
            "points/quarters/mine.html",
            lines=_lines(session),
            titles=STATE_TITLES,
            badges=STATE_BADGES,
            outcomes=OUTCOMES,
        )


@blueprint.route("/me/points/sheets/<sheet>/objection", methods=("GET", "POST"))
@signed_in
def objection(sheet: str) -> View:
    """Object to one's own line."""
    with read_scope() as session:
        line = next((line for line in _lines(session) if line.row.sheet.public_id == sheet), None)
    if line is None:
        missing()
    text, refused = request.form.get("text", ""), None
    if request.method == "POST":
        try:
            with unit_of_work() as session:
                raise_objection(session, marks.LINE, line.subject, text, current_actor())
        except Problem as problem:
            refused = problem
        else:
            flash_done(N_("Your objection is with the staff. Somebody who had no part in it will answer."))
            return redirect(url_for("points_own_sheets.index"), 303)
    return show("points/quarters/object.html", 422 if refused else 200, line=line, text=text, refused=refused)
