"""Owners who signed an appeal on paper: entering them one after the other, and comparing them as the second person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    Refused,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    flash_problem,
    missing,
    read_scope,
    require_again,
    show,
    unit_of_work,
)

from ..ballots.roll import NOT_ELIGIBLE, round_within
from ..owners.queries import dwelling_at, dwelling_in_reach
from ..owners.reach import estates_within
from ..registry.models import PropertyEstate
from . import appealing, queries, signatures, words
from .finding import entrant_in
from .models import PUBLICITY, PropertyEntrant, PropertyRound
from .notices import is_running, notice_of_round
from .records import GATHERING, OPEN, OWNERS, PropertyAppeal

blueprint = Blueprint("property_rounds_signatures", __name__)

ASSIST = "property.assist"


def _found(session: Session, round: str, entrant: str) -> tuple[PropertyRound, PropertyEntrant]:
    """A round and an estate in it with dwellings that staff of the page's area work with; 404 for any other."""
    reach = estates_within(current_area().id)
    found = round_within(session, round, reach)
    row = None if found is None else entrant_in(session, found, entrant)
    if found is None or row is None or row.estate_id not in set(session.scalars(reach)):
        missing()
    return found, row


def _live(session: Session, entrant: PropertyEntrant) -> PropertyAppeal | None:
    """The appeal of owners that signatures can be entered for."""
    live = appealing.live_appeals(session, [entrant.id])
    return next((one for one in live if one.side == OWNERS and one.state in (GATHERING, OPEN)), None)


@blueprint.route("/a/<code>/property/rounds/<round>/estates/<entrant>/signatures", methods=["GET", "POST"])
@area_scope(ASSIST)
def enter(code: str, round: str, entrant: str) -> Any:
    """The appeal of an estate's owners, what waits to be compared, and the next signature."""
    problem = None
    if request.method == "POST":
        try:
            _enter(round, entrant)
        except Problem as refused:
            problem = refused
        else:
            flash_done(N_("The signature is entered."))
            return redirect(_place(code, round, entrant), 303)
    with read_scope() as session:
        found, row = _found(session, round, entrant)
        appeal = _live(session, row)
        return show(
            "property/round_signatures.html",
            422 if problem else 200,
            round=found,
            line=queries.lines_of(session, found, only=row.id)[0],
            appeal=appeal,
            running=found.state == PUBLICITY and is_running(notice_of_round(session, found)),
            waiting=[]
            if appeal is None
            else signatures.waiting_lines(session, appeal, current_actor(), current_area().id),
            needed=appealing.votes_needed(session, found, row),
            problem=problem,
            typed=request.form if problem else {},
            words=words,
        )


def _place(code: str, round: str, entrant: str) -> str:
    return url_for(".enter", code=code, round=round, entrant=entrant)


def _enter(round: str, entrant: str) -> None:
    given = {name: request.form.get(name, "")[:100] for name in ("door", "owner", "method")}
    area_id = current_area().id
    with unit_of_work() as session:
        require_again(session, ASSIST, area_id)
        found, row = _found(session, round, entrant)
        estate = session.get_one(PropertyEstate, row.estate_id)
        dwelling = dwelling_at(session, area_id, estate.public_id, given["door"])
        if dwelling_in_reach(session, area_id, dwelling.public_id) is None:
            # Others than its own people's are nothing that a grid is told of.
            raise Refused("not_eligible", NOT_ELIGIBLE, field="door")
        signed = signatures.Signature(dwelling, given["owner"], given["method"])
        appeal = _live(session, row)
        if appeal is None:
            text = request.form.get("text", "")[:3000]
            signatures.raise_for(session, found, row, signed, text, current_actor())
        else:
            signatures.enter(session, found, appeal, signed, current_actor())


@blueprint.post("/a/<code>/property/rounds/<round>/estates/<entrant>/signatures/compare")
@area_scope(ASSIST)
def compare(code: str, round: str, entrant: str) -> Any:
    """Let the chosen signatures count, or take them out."""
    area_id, chosen = current_area().id, set(request.form.getlist("chosen"))
    act = signatures.strike if request.form.get("act") == "strike" else signatures.count
    try:
        with unit_of_work() as session:
            require_again(session, ASSIST, area_id)
            found, row = _found(session, round, entrant)
            appeal = _live(session, row)
            if appeal is None:
                missing()
            if not chosen:
                raise Problem("nothing_chosen", N_("Choose the signatures first."), field="chosen")
            seen = signatures.waiting_lines(session, appeal, current_actor(), area_id)
            act(session, found, appeal, chosen & {one.public_id for one in seen}, current_actor())
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(
            N_("They are taken out.") if act is signatures.strike else N_("They are counted from now on.")
        )
    return redirect(_place(code, round, entrant), 303)
