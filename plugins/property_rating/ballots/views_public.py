"""Voting with a slip: the address in its picture, or its code typed by hand; nobody signs in.

The page says for which dwelling it is, so that a slip that came to the wrong door is noticed. Wrong codes are counted
by address (S-55): after thirty in a quarter of an hour nothing from there is looked up, and administrators are told.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import Problem, current_area, missing, public, read_scope, show_unlisted

from ..rounds.models import PropertyRound
from . import roll, slips, views_voting
from .casting import VOTER
from .models import TOKEN, PropertyVoter

blueprint = Blueprint("property_ballots_public", __name__)

View = Any


@blueprint.route("/public/<code>/property/vote", methods=["GET", "POST"])
@public
def enter(code: str) -> View:
    """Type the code of a slip."""
    problem = None
    if request.method == "POST":
        typed = roll.tidy_token(request.form.get("code", ""))
        found = _find(typed) if typed else None
        if found:
            return redirect(url_for(".start", code=code, slip=typed), 303)
        problem = slips.wrong_code(request.remote_addr or "")
    typed = request.form.get("code", "")[:30]
    return show_unlisted(
        "property/vote_enter.html", 422 if problem else 200, problem=problem, code=code, typed=typed
    )


def _find(slip: str) -> int | None:
    """The row of a slip of a round of this area; raises TooMany where too many wrong ones came from."""
    address = request.remote_addr or ""
    with read_scope() as session:
        blocked = slips.is_blocked(session, address)
        voter = None if blocked else _voter(session, slip)
        found = voter.id if voter is not None else None
    if blocked:
        # Counts, and is refused.
        slips.wrong_code(address)
    return found


def _wrong(code: str) -> View:
    problem = slips.wrong_code(request.remote_addr or "")
    return show_unlisted("property/vote_enter.html", 404, problem=problem, code=code, typed="")


def _voter(session: Session, slip: str) -> PropertyVoter | None:
    voter = roll.by_token(session, slip)
    if voter is None or session.get_one(PropertyRound, voter.round_id).area_id != current_area().id:
        return None
    return voter


@blueprint.get("/public/<code>/property/vote/<slip>")
@public
def start(code: str, slip: str) -> View:
    """What the vote is about, and a button to begin."""
    if _find(slip) is None:
        return _wrong(code)
    with read_scope() as session:
        voter = _voter(session, slip)
        if voter is None:
            missing()
        told = views_voting.about(session, voter)
        if told.refusal is not None:
            return show_unlisted("property/vote_over.html", 409, about=told, problem=told.refusal)
        return show_unlisted(
            "property/vote_start.html", about=told, action=url_for(".answer", code=code, slip=slip)
        )


@blueprint.post("/public/<code>/property/vote/<slip>")
@public
def answer(code: str, slip: str) -> View:
    """The next question, all answers, or handing in."""
    if _find(slip) is None:
        return _wrong(code)

    def find(session: Session) -> tuple[PropertyVoter, tuple[int, ...]]:
        voter = _voter(session, slip)
        if voter is None:
            missing()
        return voter, ()

    with read_scope() as session:
        told = views_voting.about(session, find(session)[0])
        step = views_voting.stepped(told)
        if told.refusal is not None and not step.send:
            return show_unlisted("property/vote_over.html", 409, about=told, problem=told.refusal)
        if not step.send:
            name = "property/vote_question.html" if step.current is not None else "property/vote_review.html"
            return show_unlisted(name, about=told, step=step, action=url_for(".answer", code=code, slip=slip))
    try:
        views_voting.hand_in(find, step, TOKEN, VOTER)
    except Problem as problem:
        return show_unlisted("property/vote_over.html", 409, about=None, problem=problem)
    return redirect(url_for(".thanks", code=code), 303)


@blueprint.get("/public/<code>/property/vote-done")
@public
def thanks(code: str) -> View:
    """The ballot is in; nothing here tells whose."""
    return show_unlisted("property/vote_thanks.html", own=False)
