"""A member's own claims on a phone: what to claim, what was done, what it brings and who looks at it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Attachment,
    Person,
    Problem,
    attachments,
    current_actor,
    current_site,
    deciders,
    flash_done,
    flash_outcome,
    flash_problem,
    idempotent_form,
    missing,
    own_person,
    photo_in,
    raise_objection,
    read_photos,
    read_scope,
    send_picture,
    show,
    signed_in,
    unit_of_work,
)

from ..own import member_view
from . import counts, queries, services, words
from .expected import expected_of
from .forms import ClaimForm
from .models import DRAFT, OPEN, RETURNED, SUBMITTED, VERIFIED, PointsClaim
from .objecting import NAME
from .offers import Offer, Offers, offers_in
from .settling import came_too_late, deadline_of

blueprint = Blueprint("points_own_claims", __name__)

View = Any
# Nobody forgets so many drafts by accident.
MOST_DRAFTS = 30


def _person(session: Session) -> Person:
    """Whose claims these are; 404 for an account of nobody."""
    person = own_person(session)
    if person is None:
        abort(404)
    return person


def _claim(session: Session, person: Person, public_id: str) -> PointsClaim:
    claim = services.own_claim(session, person.id, public_id)
    if claim is None:
        missing()
    return claim


@blueprint.get("/me/points/claims")
@signed_in
def index() -> View:
    """All of one's own claims, each with where it stands."""
    with read_scope() as session:
        person = _person(session)
        rows = queries.own_rows(session, person.id)
        waiting = [row.claim for row in rows if row.state in (DRAFT, RETURNED, SUBMITTED, VERIFIED)]
        return show(
            "points/claims/mine.html",
            rows=rows,
            member=member_view(session, person.id),
            expected=expected_of(session, waiting[:50]),
            reasons=queries.last_reasons(session, [row.claim for row in rows]),
            offers=offers_in(session, person.area_id).by_item,
            words=words,
        )


@blueprint.get("/me/points/claims/new")
@signed_in
def choose() -> View:
    """The first step: what the scheme counts, in words, with its points."""
    with read_scope() as session:
        person = _person(session)
        return show(
            "points/claims/choose.html",
            member=member_view(session, person.id),
            sections=words.sections(offers_in(session, person.area_id)),
        )


@blueprint.route("/me/points/claims/new/<item>", methods=["GET", "POST"])
@signed_in
def write(item: str) -> View:
    """The second step: day, how much, photos, words. It is kept as a draft."""
    with read_scope() as session:
        person = _person(session)
        if member_view(session, person.id) is None:
            abort(404)
        offers = offers_in(session, person.area_id)
        offer = offers.by_item.get(item)
        if offer is None:
            missing()
        form = ClaimForm().shape(offer)
        if not form.is_submitted():
            form.start_empty()
            return _form(form, offers, offer)
    if form.validate():
        try:
            return redirect(url_for("points_own_claims.page", claim=_keep_new(form)), 303)
        except Problem as problem:
            form.refuse(problem)
    with read_scope() as session:
        return _form(form, offers, offer, status=422)


def _form(
    form: ClaimForm, offers: Offers, offer: Offer, *, claim: PointsClaim | None = None, status: int = 200
) -> View:
    assert offers.version is not None
    again = status == 422 and any(file.filename for file in request.files.getlist("photos"))
    return show(
        "points/claims/form.html",
        status,
        form=form,
        offer=offer,
        choice=words.choice_of(offer, offers.version),
        photos_again=again,
        claim=claim,
        most=services.MOST_PHOTOS,
        today=current_site().today(),
    )


def _keep_new(form: ClaimForm) -> str:
    content, photos = form.content(), read_photos()
    with unit_of_work() as session:
        once = idempotent_form(session)
        if once.place is not None:
            return once.place
        person = _person(session)
        if counts.open_own(session, person.id).get(DRAFT, 0) >= MOST_DRAFTS:
            raise Problem(
                "too_many_drafts", N_("You have many drafts already: hand some in or throw them away first.")
            )
        claim = services.draft(session, person, content, current_actor())
        services.keep_photos(session, claim, photos, current_actor())
        return once.done(claim.public_id)


@blueprint.route("/me/points/claims/<claim>/edit", methods=["GET", "POST"])
@signed_in
def edit(claim: str) -> View:
    """Change a draft, or what was returned."""
    with read_scope() as session:
        found = _claim(session, _person(session), claim)
        offers = offers_in(session, found.area_id, found.on_date)
        offer = offers.by_item.get(found.item)
        if found.state not in OPEN or offer is None:
            return redirect(url_for("points_own_claims.page", claim=claim), 303)
        form = ClaimForm().shape(offer)
        if not form.is_submitted():
            form.fill(found)
            return _form(form, offers, offer, claim=found)
    if form.validate():
        try:
            content, photos = form.content(), read_photos()
            with unit_of_work() as session:
                found = _claim(session, _person(session), claim)
                services.rewrite(session, found, content, current_actor())
                services.keep_photos(session, found, photos, current_actor())
            return redirect(url_for("points_own_claims.page", claim=claim), 303)
        except Problem as problem:
            form.refuse(problem)
    with read_scope() as session:
        return _form(form, offers, offer, claim=_claim(session, _person(session), claim), status=422)


@blueprint.get("/me/points/claims/<claim>")
@signed_in
def page(claim: str) -> View:
    """The third step while it is a draft: what it brings and who looks at it; later, what became of it."""
    with read_scope() as session:
        person = _person(session)
        found = _claim(session, person, claim)
        return show("points/claims/own.html", **_shown(session, person, found))


def _shown(session: Session, person: Person, claim: PointsClaim) -> dict[str, Any]:
    row = queries.own_rows(session, person.id, claim.id)[0]
    waits = claim.state in (DRAFT, RETURNED, SUBMITTED, VERIFIED)
    offers = offers_in(session, claim.area_id, claim.on_date)
    actor = current_actor()
    own = [] if actor.account_id is None else [actor.account_id]
    permission = "points.decide" if claim.state == VERIFIED else "points.verify"
    reviewers = (
        deciders(session, claim.area_id, but_accounts=own, but_people=[person.id], permission=permission)
        if waits
        else []
    )
    return {
        "row": row,
        "claim": claim,
        "offer": offers.by_item.get(claim.item),
        "item_title": (offers.scheme.item_titles.get(claim.item) if offers.scheme else None) or claim.item,
        "category": offers.by_item[claim.item].category if claim.item in offers.by_item else "",
        "expected": expected_of(session, [claim]).get(claim.public_id) if waits else None,
        "reviewers": reviewers,
        "photos": services.photos_of(session, claim),
        "events": queries.path_of(session, claim),
        "same_day": queries.same_day(session, [claim])[claim.public_id] if waits else [],
        "too_late": claim.state in OPEN
        and came_too_late(claim, deadline_of(session, claim.area_id, claim.on_date)),
        "area": session.get_one(Area, claim.area_id),
        "attrs": words.attributes(claim),
        "words": words,
    }


@blueprint.post("/me/points/claims/<claim>/submit")
@signed_in
def submit(claim: str) -> Response:
    """Hand a claim in."""
    with (
        flash_outcome(N_("Your claim is handed in. You see here what becomes of it.")),
        unit_of_work() as session,
    ):
        services.submit(session, _claim(session, _person(session), claim), current_actor())
    return redirect(url_for("points_own_claims.page", claim=claim), 303)


@blueprint.post("/me/points/claims/<claim>/withdraw")
@signed_in
def withdraw(claim: str) -> Response:
    """Take a claim back that is not decided on yet."""
    with flash_outcome(N_("You have taken your claim back.")), unit_of_work() as session:
        services.withdraw(session, _claim(session, _person(session), claim), current_actor())
    return redirect(url_for("points_own_claims.page", claim=claim), 303)


@blueprint.post("/me/points/claims/<claim>/discard")
@signed_in
def discard(claim: str) -> Response:
    """Throw a draft away, with its photos."""
    try:
        with unit_of_work() as session:
            gone = services.discard(session, _claim(session, _person(session), claim), current_actor())
        attachments.discard(gone)
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_own_claims.page", claim=claim), 303)
    flash_done(N_("The draft is thrown away."))
    return redirect(url_for("points_own_claims.index"), 303)


@blueprint.post("/me/points/claims/<claim>/objection")
@signed_in
def objection(claim: str) -> Response:
    """Object to a rejection; somebody who had no part in it answers."""
    with read_scope() as session:
        _claim(session, _person(session), claim)
    try:
        with unit_of_work() as session:
            raise_objection(session, NAME, claim, request.form.get("text", ""), current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("points_own_claims.page", claim=claim), 303)
    flash_done(N_("Your objection is with the staff. Somebody who had no part in it will answer."))
    return redirect(url_for("objections.mine"), 303)


@blueprint.get("/me/points/claims/<claim>/photos/<photo>")
@signed_in
def picture(claim: str, photo: str) -> Response:
    """A photo of one's own claim."""
    with read_scope() as session:
        found = photo_of(session, _claim(session, _person(session), claim), photo)
        return send_picture(found)


@blueprint.post("/me/points/claims/<claim>/photos/<photo>/remove")
@signed_in
def remove_picture(claim: str, photo: str) -> Response:
    """Take a photo out of a claim that can still be changed."""
    gone: list[str] = []
    with unit_of_work() as session:
        found = services.locked(session, _claim(session, _person(session), claim))
        picture_row = photo_of(session, found, photo)
        if found.state in OPEN:
            gone = attachments.remove(session, [picture_row], current_actor())
    attachments.discard(gone)
    if gone:
        flash_done(N_("The photo has been taken away."))
    return redirect(url_for("points_own_claims.page", claim=claim, _anchor="photos"), 303)


def photo_of(session: Session, claim: PointsClaim, public_id: str) -> Attachment:
    """A photo of this very claim; 404 for any other."""
    return photo_in(services.photos_of(session, claim), public_id)
