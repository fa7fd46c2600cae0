"""One's own dwellings and voting for them: what has been checked, which rounds take ballots, and the survey."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    Problem,
    Refused,
    current_actor,
    groups,
    limit_of_account,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    spend_alone,
)

from ..owners.own import homes_of
from ..owners.words import METHODS
from ..rounds.models import DRAFT, PropertyRound
from . import casting, roll, views_voting
from .models import SELF, PropertyVoter

blueprint = Blueprint("property_ballots_own", __name__)

View = Any
# Buttons pressed by one account: eight or so a dwelling.
TRIES, MINUTES = 600, 15


def own_rows(session: Session) -> list[int]:
    """All rows of the human being who reads, the kept one first; 404 for an account that is nobody's."""
    person = own_person(session)
    if person is None:
        missing()
    rows = next(iter(groups(session, [person.id]).values()))
    return [person.id, *(row for row in rows if row != person.id)]


@blueprint.get("/me/property/homes")
@signed_in
def index() -> View:
    """One's own dwellings, and where a ballot can be handed in now."""
    with read_scope() as session:
        return show("property/own_homes.html", homes=homes_of(session, own_rows(session)), methods=METHODS)


def _voter(session: Session, round_id: str, dwelling: str) -> PropertyVoter:
    query = select(PropertyRound).where(PropertyRound.public_id == round_id, PropertyRound.state != DRAFT)
    round_ = session.scalar(query)
    if round_ is None:
        missing()
    try:
        return roll.own_voter(session, round_, dwelling, own_rows(session))
    except Refused as refused:
        if refused.code == "not_eligible":
            raise
        # What is somebody else's answers on one's own pages like what is not there.
        missing()


@blueprint.route("/me/property/vote/<round>/<dwelling>", methods=["GET", "POST"])
@signed_in
def vote(round: str, dwelling: str) -> View:
    """The survey for one's own dwelling; opening the address shows what it is about."""
    action = url_for(".vote", round=round, dwelling=dwelling)
    if request.method == "POST":
        spend_alone("property.vote", limit_of_account(current_actor()), TRIES, MINUTES)
    with read_scope() as session:
        told = views_voting.about(session, _voter(session, round, dwelling))
        step = views_voting.stepped(told)
        if told.refusal is not None and not step.send:
            return show("property/vote_over.html", 409, about=told, problem=told.refusal)
        if request.method == "GET":
            return show("property/vote_start.html", about=told, action=action, own=True)
        if not step.send:
            name = "property/vote_question.html" if step.current is not None else "property/vote_review.html"
            return show(name, about=told, step=step, action=action)
    try:
        views_voting.hand_in(
            lambda session: (_voter(session, round, dwelling), own_rows(session)), step, SELF, casting.VOTER
        )
    except Problem as problem:
        return show("property/vote_over.html", 409, about=None, problem=problem)
    return redirect(url_for(".thanks"), 303)


@blueprint.get("/me/property/vote-done")
@signed_in
def thanks() -> View:
    """The ballot is in."""
    return show("property/vote_thanks.html", own=True)
