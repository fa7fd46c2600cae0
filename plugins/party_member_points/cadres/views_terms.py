"""Acts on terms, notes and quarters of seconded cadres, and a cadre's own page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Problem,
    area_scope,
    chosen_day,
    current_actor,
    current_site,
    flash_outcome,
    groups,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from . import queries, services, status
from .forms import EndForm
from .models import PointsCadreNote, PointsCadreStatus, PointsCadreTerm
from .views import PERMISSION, post_here

blueprint = Blueprint("points_cadres_terms", __name__)

View = Response | tuple[str, int]


def _act(code: str, post: str, done: str, act: Callable[[Session], Any], anchor: str = "") -> View:
    """One act on a post's page: the message, and back to the page."""
    with flash_outcome(done), unit_of_work() as session:
        act(session)
    return redirect(url_for("points_cadres.one", code=code, post=post, _anchor=anchor or None), 303)


def _term(session: Session, post: str, public_id: str) -> PointsCadreTerm:
    found = session.scalar(
        select(PointsCadreTerm).where(
            PointsCadreTerm.public_id == public_id, PointsCadreTerm.post_id == post_here(session, post).id
        )
    )
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/points/cadres/<post>/<term>/end")
@area_scope(PERMISSION)
def end(code: str, post: str, term: str) -> View:
    """The last day of a cadre on the post."""
    form = EndForm()

    def act(session: Session) -> None:
        found = _term(session, post, term)
        if not form.validate():
            raise Problem("bad_day", N_("Give a day since the beginning that is not in the future."))
        services.end_term(session, found, chosen_day(form.to_on), current_actor())

    return _act(code, post, N_("The post is vacant again."), act)


@blueprint.post("/a/<code>/points/cadres/<post>/notes/<note>/void")
@area_scope(PERMISSION)
def void(code: str, post: str, note: str) -> View:
    """Let a note count no more."""

    def act(session: Session) -> None:
        terms = select(PointsCadreTerm.id).where(PointsCadreTerm.post_id == post_here(session, post).id)
        found = session.scalar(
            select(PointsCadreNote).where(
                PointsCadreNote.public_id == note, PointsCadreNote.term_id.in_(terms)
            )
        )
        if found is None:
            missing()
        services.void_note(session, found, request.form.get("reason", ""), current_actor())

    return _act(code, post, N_("The note counts no more."), act, "ledger")


@blueprint.post("/a/<code>/points/cadres/<post>/<term>/compute")
@area_scope(PERMISSION)
def compute(code: str, post: str, term: str) -> View:
    """Freeze the figures of a quarter."""

    def act(session: Session) -> None:
        period = request.form.get("period", "")[:10]
        status.compute(session, _term(session, post, term), period, current_actor())

    return _act(code, post, N_("The quarter is computed; somebody else reviews it."), act, "quarters")


def _status(session: Session, post: str, public_id: str) -> PointsCadreStatus:
    terms = select(PointsCadreTerm.id).where(PointsCadreTerm.post_id == post_here(session, post).id)
    found = session.scalar(
        select(PointsCadreStatus).where(
            PointsCadreStatus.public_id == public_id, PointsCadreStatus.term_id.in_(terms)
        )
    )
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/points/cadres/<post>/status/<quarter>/review")
@area_scope(PERMISSION)
def review(code: str, post: str, quarter: str) -> View:
    """Look a quarter over, in words."""

    def act(session: Session) -> None:
        found = _status(session, post, quarter)
        status.review(session, found, request.form.get("review", ""), current_actor())

    return _act(code, post, N_("Reviewed. Send it to the unit."), act, "quarters")


@blueprint.post("/a/<code>/points/cadres/<post>/status/<quarter>/send")
@area_scope("points.letters")
def send(code: str, post: str, quarter: str) -> View:
    """Send a reviewed quarter to the unit as a numbered letter."""

    def act(session: Session) -> None:
        status.feed_back(session, _status(session, post, quarter), current_actor())

    return _act(code, post, N_("Sent: the unit's liaison reads and acknowledges it."), act, "quarters")


@blueprint.get("/me/points/post")
@signed_in
def mine() -> View:
    """What a seconded cadre sees: own posts, the ledger, and the quarters."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        rows = [row for several in groups(session, [person.id]).values() for row in several]
        terms = queries.own_terms(session, rows)
        ids = [term.id for term, *_names in terms]
        return show(
            "points/cadres/mine.html",
            terms=terms,
            notes=queries.notes_of(session, ids),
            statuses=[
                (one, status.figures_of(one))
                for one in status.statuses_of(session, ids)
                if one.state == status.SENT
            ],
            kinds=services.KINDS,
            today=current_site().today(),
        )
