"""Entering ballots for owners who are helped: on paper, by phone or at a visit; the way is kept and shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    area_scope,
    current_actor,
    current_area,
    flash_done,
    missing,
    normalise_text,
    read_scope,
    require_again,
    show,
    unit_of_work,
)

from ..owners.queries import dwelling_in_reach
from ..rounds.here import round_reached
from . import casting, listing, roll
from .asking import PREFIX, choices_of
from .models import ASSISTED, PropertyVoter
from .survey import answered, questions_of
from .views_refusals import log_refused
from .words import METHODS

blueprint = Blueprint("property_ballots_assist", __name__)

View = Any


@blueprint.get("/a/<code>/property/rounds/<round>/assist")
@area_scope("property.assist")
def find(code: str, round: str) -> View:
    """Look a dwelling up by its door or its owner's name."""
    typed = normalise_text(request.args.get("q", ""))[:60]
    with read_scope() as session:
        found = round_reached(session, round)
        return show(
            "property/assist_find.html", round=found, typed=typed, open=casting.is_open(found),
            homes=listing.homes(session, found, current_area().id, typed),
        )  # fmt: skip


@blueprint.route("/a/<code>/property/rounds/<round>/assist/<dwelling>", methods=["GET", "POST"])
@area_scope("property.assist")
def enter(code: str, round: str, dwelling: str) -> View:
    """All questions on one page, for whoever keys a form in."""
    if request.method == "POST":
        try:
            _enter(round, dwelling)
        except Problem as problem:
            return _page(round, dwelling, 422, problem)
        flash_done(N_("The ballot is in. Look up the next dwelling."))
        return redirect(url_for(".find", code=code, round=round), 303)
    return _page(round, dwelling, 200, None)


def _page(round_id: str, dwelling: str, status: int, problem: Problem | None) -> View:
    with read_scope() as session:
        found = round_reached(session, round_id)
        row = _row(session, round_id, dwelling)
        asked = [(question, choices_of(question)) for question in questions_of(session, found)]
        return show(
            "property/assist.html", status, round=found, dwelling=dwelling, problem=problem, asked=asked,
            home=roll.labels_of(session, [row])[row.id], proven=roll.proofs_of(session, row.dwelling_id).voter,
            methods=[(method, METHODS[method]) for method in ASSISTED], typed=request.form,
        )  # fmt: skip


def _row(session: Session, round_id: str, dwelling: str) -> PropertyVoter:
    """The row of a dwelling within reach; 404 for any other."""
    found = round_reached(session, round_id)
    if dwelling_in_reach(session, current_area().id, dwelling) is None:
        missing()
    return roll.by_dwelling(session, found, dwelling)


def _enter(round_id: str, dwelling: str) -> None:
    method, actor, area_id = request.form.get("method", ""), current_actor(), current_area().id
    held_id = 0
    try:
        with unit_of_work(drain=False) as session:
            require_again(session, "property.assist", area_id)
            if method not in ASSISTED:
                raise Problem("bad_method", N_("Choose how the ballot came in."), field="method")
            row = _row(session, round_id, dwelling)
            held_id = row.round_id
            held = casting.held_open(session, held_id)
            voter = roll.helped_voter(session, held, dwelling, request.form.get("code", ""))
            given = {
                key.removeprefix(PREFIX): value
                for key, value in request.form.items()
                if key.startswith(PREFIX)
            }
            answers = answered(questions_of(session, held), given)
            casting.cast(session, held, voter, answers, method, actor)
    except Problem as problem:
        if held_id:
            log_refused(held_id, problem, method)
        raise
