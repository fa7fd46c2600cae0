"""The staff's acts on claims, which their page of a wish posts here, and the list of an area's claims."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    ListColumn,
    Paged,
    Picture,
    Problem,
    area_scope,
    current_actor,
    current_area,
    export_asked,
    flash_outcome,
    flash_problem,
    list_args,
    photo_in,
    read_photos,
    read_scope,
    require_again,
    send_list,
    send_picture,
    show,
    unit_of_work,
)

from .. import words
from ..dispatch.members import members_of
from ..dispatch.organisations import taking as taking_organisation
from ..finding import wish_below
from ..models import WishesClaim
from ..settings import rules_in
from . import queries, services, taking, team
from .queries import LATE, OPEN, SILENT, ClaimRow, Filters

blueprint = Blueprint("wishes_claims", __name__)

View = Any
REVIEW = "wishes.review"
FILTERS = {
    OPEN: N_("Not ended yet"),
    SILENT: N_("No contact yet, lapses soon"),
    LATE: N_("Overdue"),
    **words.CLAIM_STATES,
}


COLUMNS = (
    ListColumn(N_("Number"), lambda row: words.code_of(row.wish)),
    ListColumn(N_("Wish"), lambda row: row.wish.title),
    ListColumn(N_("Claimed by"), lambda row: row.who),
    ListColumn(N_("Places"), lambda row: row.claim.qty, "count"),
    ListColumn(N_("State"), lambda row: str(gettext(words.CLAIM_STATES[row.claim.state]))),
    ListColumn(N_("Claimed on"), lambda row: words.local_day(row.claim.claimed_at), "date"),
    ListColumn(N_("Brought on"), lambda row: words.local_day(row.claim.delivered_at), "date"),
    ListColumn(N_("Stars given"), lambda row: row.claim.rating, "count"),
)


@blueprint.get("/a/<code>/wishes/claims")
@area_scope("wishes.view")
def index(code: str) -> View:
    """Claims of the area: what waits to be confirmed first, then what is due soonest."""
    area = current_area()
    args = list_args("state", sorts=queries.SORTS, sort="due")
    filters = Filters(args.q, args["state"] if args["state"] in FILTERS else "")
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[ClaimRow]:
            rows, total = queries.claims_below(
                session, area.id, filters, sort=args.sort, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Claims of wishes"), COLUMNS, fetch)
        return show(
            "wishes/claims_list.html",
            args=args,
            page=fetch(args.page, args.size),
            states=FILTERS,
            code_of=words.code_of,
        )


@blueprint.get("/a/<code>/wishes/wish/<wish>/photos/<photo>")
@area_scope("wishes.view")
def photo(code: str, wish: str, photo: str) -> Response:
    """A photo of what was brought."""
    with read_scope() as session:
        found = wish_below(session, current_area(), wish)
        rows = queries.claims_of(session, [found.id]).get(found.id, [])
        return send_picture(photo_in((one for row in rows for one in row.photos), photo))


@blueprint.post("/a/<code>/wishes/wish/<wish>/contact")
@area_scope(REVIEW)
def contact(code: str, wish: str) -> Response:
    """Note that a unit was in touch with the wisher."""

    def act(session: Session) -> None:
        services.contact(session, _claim(session, wish), current_actor(), staff=True)

    return _done(code, wish, act, N_("The contact is noted."))


@blueprint.post("/a/<code>/wishes/wish/<wish>/deliver")
@area_scope(REVIEW)
def deliver(code: str, wish: str) -> Response:
    """Note that a unit brought it, with those of the unit who took part."""
    photos: list[Picture] = []

    def act(session: Session) -> None:
        claim = _claim(session, wish)
        people = None
        if claim.organisation_id is not None and request.form.getlist("member"):
            people = team.chosen(members_of(session, claim.organisation_id), request.form.getlist("member"))
        services.deliver(
            session, claim, request.form.get("proof", ""), photos, current_actor(), team=people, staff=True
        )

    try:
        photos = read_photos()
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_wall.wish", code=code, wish=wish), 303)
    return _done(code, wish, act, N_("It is noted as brought. Somebody else confirms it."))


@blueprint.post("/a/<code>/wishes/wish/<wish>/revoke")
@area_scope(REVIEW)
def revoke(code: str, wish: str) -> Response:
    """Take a claim away."""

    def act(session: Session) -> None:
        services.revoke(session, _claim(session, wish), request.form.get("reason", ""), current_actor())

    return _done(code, wish, act, N_("The claim is taken away; its places are free again."))


@blueprint.post("/a/<code>/wishes/wish/<wish>/confirm")
@area_scope(REVIEW)
def confirm(code: str, wish: str) -> Response:
    """Confirm what was brought, after a call say."""

    def act(session: Session) -> None:
        form = request.form
        services.confirm(
            session, _claim(session, wish), form.get("rating", ""), form.get("thanks", ""),
            form.get("minutes", ""), current_actor(), staff=True,
        )  # fmt: skip

    return _done(code, wish, act, N_("Confirmed. The shares of those who brought it are recorded."))


@blueprint.post("/a/<code>/wishes/wish/<wish>/void")
@area_scope(REVIEW)
def void(code: str, wish: str) -> Response:
    """Reverse what was brought or confirmed."""

    def act(session: Session) -> None:
        services.void(session, _claim(session, wish), request.form.get("reason", ""), current_actor())

    return _done(
        code, wish, act, N_("Voided: what it brought counts no more, and its places are free again.")
    )


@blueprint.post("/a/<code>/wishes/wish/<wish>/relist")
@area_scope(REVIEW)
def relist(code: str, wish: str) -> Response:
    """Put an expired wish on the wall again."""

    def act(session: Session) -> None:
        found = wish_below(session, current_area(), wish, lock=True)
        days = rules_in(session, found.area_id).expire_days
        taking.relist(session, found, current_actor(), days)

    return _done(code, wish, act, N_("The wish is on the wall again, before others."))


@blueprint.post("/a/<code>/wishes/wish/<wish>/assign")
@area_scope(REVIEW)
def assign(code: str, wish: str) -> Response:
    """Give an expired wish to a unit."""

    def act(session: Session) -> None:
        found = wish_below(session, current_area(), wish, lock=True)
        unit = taking_organisation(session, found.area_id, request.form.get("organisation", ""))
        taking.assign(session, found, unit, current_actor())

    return _done(code, wish, act, N_("The unit has the wish now."))


def _claim(session: Session, wish: str) -> WishesClaim:
    """The claim that the form names, of this wish; 404 for any other."""
    return queries.claim_below(session, current_area().id, wish, request.form.get("claim", "")).claim


def _done(code: str, wish: str, act: Any, text: str) -> Response:
    area_id = current_area().id
    with flash_outcome(text), unit_of_work() as session:
        require_again(session, REVIEW, area_id)
        act(session)
    return redirect(url_for("wishes_wall.wish", code=code, wish=wish), 303)
