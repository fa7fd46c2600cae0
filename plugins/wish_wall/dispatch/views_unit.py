"""An organisation's own page on the phone: wishes that were sent to it, its claims, and who takes part.

Everything here asks for the links of the account that reads (``organisations.standing_for``); what was not sent to one
of its organisations looks like a missing page. Of a wish only what the wall shows is seen; who wishes it, and where
to bring it, stands on the page of the organisation's claim.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Paged,
    current_actor,
    flash_outcome,
    list_args,
    missing,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..models import WishesWish
from . import members, organisations, queries, services
from .models import WishesDispatch
from .queries import DispatchFilters
from .services import MOST_WORDS, STATES
from .views import BADGES, WORDS

blueprint = Blueprint("wishes_unit", __name__)


@blueprint.get("/me/wishes/unit")
@signed_in
def index() -> Any:
    """What waits for one's organisations, what they claimed, and who takes part."""
    args = list_args("state", size=20)
    actor = current_actor()
    state = args["state"] if args["state"] in STATES else "waiting"
    with read_scope() as session:
        mine = organisations.organisations_of(session, actor)
        ids = [one.id for one in mine]
        rows, total = queries.sent_to(
            session, actor, DispatchFilters(state=state), limit=args.size, offset=args.offset
        )
        people = members.members_by_organisation(session, ids)
        return show(
            "wishes/unit.html",
            args=args,
            chosen=state,
            page=Paged(rows, total, args.page, args.size),
            late=queries.late_for(session, actor),
            units=mine,
            claims=queries.claims_of(session, ids, 20),
            members=[(one, people[one.id]) for one in mine],
            times=queries.times_of_members(session, ids),
            states=WORDS,
            badges=BADGES,
        )


@blueprint.get("/me/wishes/unit/<dispatch>")
@signed_in
def page(dispatch: str) -> Any:
    """One wish that was sent to one's organisation."""
    with read_scope() as session:
        found = queries.one_to(session, current_actor(), dispatch)
        if found is None:
            missing()
        return show(
            "wishes/unit_dispatch.html",
            line=queries.line_of(session, found),
            steps=queries.steps_of(session, found),
            states=WORDS,
            badges=BADGES,
            most=MOST_WORDS,
        )


def _act(dispatch: str, act: Callable[[Session, WishesDispatch, WishesWish], None], done: str) -> Any:
    with flash_outcome(done), unit_of_work() as session:
        row, wish = services.dispatch_to(session, current_actor(), dispatch)
        act(session, row, wish)
    return redirect(url_for("wishes_unit.page", dispatch=dispatch), 303)


@blueprint.post("/me/wishes/unit/<dispatch>/accept")
@signed_in
def accept(dispatch: str) -> Any:
    """Say that one's organisation looks after it."""
    return _act(
        dispatch,
        lambda session, row, wish: services.accept(session, row, wish, current_actor()),
        N_("Thank you. The office sees that your unit looks after it; say later what came of it."),
    )


@blueprint.post("/me/wishes/unit/<dispatch>/answer")
@signed_in
def answer(dispatch: str) -> Any:
    """Say what came of it."""
    words = request.form.get("answer", "")
    return _act(
        dispatch,
        lambda session, row, wish: services.answer(session, row, wish, words, current_actor()),
        N_("Thank you. The office has your answer."),
    )


@blueprint.post("/me/wishes/unit/<dispatch>/return")
@signed_in
def send_back(dispatch: str) -> Any:
    """Say that it is not one's organisation's."""
    reason = request.form.get("reason", "")
    return _act(
        dispatch,
        lambda session, row, wish: services.send_back(session, row, wish, reason, current_actor()),
        N_("The wish went back to the office, with your reason."),
    )
