"""Pages on a phone: the rules and the claim, one's own claims step by step, and the wisher's word of thanks.

Whom a wish is for, and how to reach them, stands on the page of a claim while the claim lives, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Area,
    Person,
    Problem,
    Refused,
    current_actor,
    flash_done,
    flash_outcome,
    flash_problem,
    idempotent_form,
    may,
    missing,
    own_person,
    photo_in,
    read_photos,
    read_scope,
    rows_of_actor,
    send_picture,
    show,
    signed_in,
    unit_of_work,
)

from ..dispatch.members import members_of
from ..dispatch.organisations import LiaisonOrganisation, organisation_below, organisations_of
from ..finding import visible_wish
from ..models import ACTIVE, CONFIRMED, DELIVERED, WishesWish
from ..people import conflicted
from ..settings import rules_in
from ..wall.views_own import own_area
from ..words import code_of
from . import joining, queries, services, taking, team
from .forms import DeliverForm, StartForm, ThankForm

blueprint = Blueprint("wishes_claims_own", __name__)

View = Any
CLAIM = "wishes.claim"


def _wish(session: Session, public_id: str, person: Person | None) -> tuple[WishesWish, Area]:
    area = own_area(session, person)
    if area is None:
        missing()
    return visible_wish(session, current_actor(), area, public_id), area


def _claims_itself(session: Session, person: Person | None, area: Area) -> bool:
    """Whether the reader may claim in their own name."""
    return person is not None and may(session, current_actor(), CLAIM, area.id)


@blueprint.route("/me/wishes/wall/<wish>/claim", methods=["GET", "POST"])
@signed_in
def start(wish: str) -> View:
    """What is needed and what claiming means; agreeing claims the wish."""
    form = StartForm()
    if form.validate_on_submit():
        try:
            return redirect(url_for("wishes_claims_own.page", claim=_claim(wish, form)), 303)
        except Problem as problem:
            if problem.code == "bad_team" and problem.params.get("line"):
                team.spend_try()
            form.refuse(problem)
    with read_scope() as session:
        person = own_person(session)
        found, area = _wish(session, wish, person)
        organisations = organisations_of(session, current_actor())
        itself = _claims_itself(session, person, area)
        form.shape(found.slots - found.taken, organisations, itself=itself)
        return show(
            "wishes/claims_start.html",
            422 if form.errors or form.problems else 200,
            form=form,
            wish=found,
            code=code_of(found),
            free=found.slots - found.taken,
            organisations=organisations,
            members={one.public_id: members_of(session, one.id) for one in organisations},
            itself=itself,
            mine=queries.live_claim_of(session, current_actor(), found.id),
            conflict=conflicted(session, found, current_actor()),
            rules=rules_in(session, found.area_id),
        )


def _claim(public_id: str, form: StartForm) -> str:
    """Claim as the form says; the claim's outside id."""
    actor = current_actor()
    with unit_of_work() as session:
        once = idempotent_form(session)
        if once.place is not None:
            return once.place
        person = own_person(session)
        wish, area = _wish(session, public_id, person)
        mine: LiaisonOrganisation | None = None
        if form.organisation.data:
            mine = next(
                (one for one in organisations_of(session, actor) if one.public_id == form.organisation.data),
                None,
            )
        if mine is not None:
            people = team.chosen(members_of(session, mine.id), request.form.getlist("member"))
            organisation = organisation_below(session, mine.area_id, mine.public_id)
        else:
            if person is None or not _claims_itself(session, person, area):
                raise Refused("forbidden", N_("Your account may not claim wishes in your own name."))
            people = [person.id, *(one.id for one in team.named_people(session, area, form.team.data or ""))]
            organisation = None
        made = taking.claim(session, wish, people, form.qty.data or "1", actor, organisation)
        return once.done(made.public_id)


@blueprint.get("/me/wishes/claims")
@signed_in
def index() -> View:
    """One's claims with what is to be done next; above them what was brought to oneself and waits for a word."""
    with read_scope() as session:
        person = own_person(session)
        rows = queries.own_rows(session, current_actor())
        asked = queries.asked_in(session, current_actor(), rows)
        # A question waits for an answer: it stands above what one knows of.
        rows.sort(key=lambda row: row.claim.id not in asked)
        return show(
            "wishes/claims_mine.html",
            rows=rows,
            brought=queries.brought_to(session, current_actor()),
            person=person,
            code_of=code_of,
            asked=asked,
        )


@blueprint.get("/me/wishes/claims/<claim>")
@signed_in
def page(claim: str) -> View:
    """One claim: whom it is for while it lives, the next step with its button, and what became of it.

    Whoever was named in its team and has not answered is asked that first, and is told no more than the wall shows.
    """
    with read_scope() as session:
        return _page(session, claim, DeliverForm())


def _page(session: Session, claim: str, form: DeliverForm) -> View:
    actor = current_actor()
    row = queries.own_row(session, actor, claim)
    live = row.claim.state in (ACTIVE, DELIVERED)
    known = row.claim.id in queries.known_to(session, actor, [row])
    asked = row.claim.id in queries.asked_in(session, actor, [row])
    mine = rows_of_actor(session, actor)
    others = [one for one in row.people if one.person_id not in mine]
    organisation = row.claim.organisation_id
    return show(
        "wishes/claims_own.html",
        422 if form.errors or form.problems else 200,
        row=row,
        claim=row.claim,
        wish=row.wish,
        code=code_of(row.wish),
        form=form,
        wisher=queries.wisher_of(session, row.wish) if live and known else None,
        known=known,
        namer=row.organisation or next((one.name for one in row.people if one.agreed), ""),
        chance=row.claim.confirmed_at + joining.CHANCE if row.claim.confirmed_at else None,
        asked=asked,
        may_leave=len(others) < len(row.people)
        and joining.may_leave(
            row.claim, agreed=not asked and known, others_agreed=any(one.agreed for one in others)
        ),
        members=members_of(session, organisation) if organisation is not None else [],
        picked={one.person_id for one in row.people},
        rules=rules_in(session, row.wish.area_id),
        most=services.MOST_PHOTOS,
    )


@blueprint.post("/me/wishes/claims/<claim>/contact")
@signed_in
def contact(claim: str) -> Response:
    """Note that one was in touch."""
    with flash_outcome(N_("Noted. Bring it when you have agreed on a time.")), unit_of_work() as session:
        row = queries.own_row(session, current_actor(), claim)
        services.contact(session, row.claim, current_actor())
    return redirect(url_for("wishes_claims_own.page", claim=claim), 303)


@blueprint.post("/me/wishes/claims/<claim>/agree")
@signed_in
def agree(claim: str) -> Response:
    """Say that one comes along with whoever named one."""
    with flash_outcome(N_("Thank you. You are of the team.")), unit_of_work() as session:
        row = queries.own_row(session, current_actor(), claim)
        joining.agree(session, row.claim, current_actor())
    return redirect(url_for("wishes_claims_own.page", claim=claim), 303)


@blueprint.post("/me/wishes/claims/<claim>/leave")
@signed_in
def leave(claim: str) -> Response:
    """Take oneself off the team."""
    try:
        with unit_of_work() as session:
            row = queries.own_row(session, current_actor(), claim)
            joining.leave(session, row.claim, current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_claims_own.page", claim=claim), 303)
    flash_done(N_("You are off the team. Nothing of this wish counts for you."))
    return redirect(url_for("wishes_claims_own.index"), 303)


@blueprint.post("/me/wishes/claims/<claim>/release")
@signed_in
def release(claim: str) -> Response:
    """Give the claim back."""
    try:
        with unit_of_work() as session:
            row = queries.own_row(session, current_actor(), claim)
            services.release(session, row.claim, current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("wishes_claims_own.page", claim=claim), 303)
    flash_done(N_("The wish is back on the wall for somebody else."))
    return redirect(url_for("wishes_claims_own.index"), 303)


@blueprint.post("/me/wishes/claims/<claim>/deliver")
@signed_in
def deliver(claim: str) -> View:
    """Say that it was brought."""
    form = DeliverForm()
    try:
        # Decoding takes long, and writers wait for one another: it is done before the transaction.
        photos = read_photos()
        with unit_of_work() as session:
            row = queries.own_row(session, current_actor(), claim)
            organisation = row.claim.organisation_id
            people = None
            if organisation is not None:
                people = team.chosen(members_of(session, organisation), request.form.getlist("member"))
            services.deliver(session, row.claim, form.proof.data or "", photos, current_actor(), team=people)
    except Problem as problem:
        form.refuse(problem)
        with read_scope() as session:
            return _page(session, claim, form)
    flash_done(N_("Thank you! The wisher or the community confirms it now."))
    return redirect(url_for("wishes_claims_own.page", claim=claim), 303)


@blueprint.get("/me/wishes/claims/<claim>/photos/<photo>")
@signed_in
def picture(claim: str, photo: str) -> Response:
    """A photo of one's own claim."""
    with read_scope() as session:
        row = queries.own_row(session, current_actor(), claim)
        known = row.claim.id in queries.known_to(session, current_actor(), [row])
        return send_picture(photo_in(row.photos if known else (), photo))


@blueprint.route("/me/wishes/thanks/<claim>", methods=["GET", "POST"])
@signed_in
def thank(claim: str) -> View:
    """The wisher says that it arrived, with stars and a word of thanks."""
    form = ThankForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                row = queries.wishers_row(session, current_actor(), claim)
                services.confirm(
                    session, row.claim, form.rating.data, form.thanks.data or "", form.minutes(), current_actor(),
                    staff=False,
                )  # fmt: skip
            flash_done(N_("Thank you for your word. We have passed it on."))
            return redirect(url_for("wishes_claims_own.thank", claim=claim), 303)
        except Problem as problem:
            form.refuse(problem)
    with read_scope() as session:
        row = queries.wishers_row(session, current_actor(), claim)
        return show(
            "wishes/claims_thank.html",
            422 if form.errors or form.problems else 200,
            row=row,
            claim=row.claim,
            wish=row.wish,
            code=code_of(row.wish),
            form=form,
            waits=row.claim.state == DELIVERED,
            done=row.claim.state == CONFIRMED,
        )


@blueprint.get("/me/wishes/thanks/<claim>/photos/<photo>")
@signed_in
def brought_picture(claim: str, photo: str) -> Response:
    """A photo of what was brought to oneself."""
    with read_scope() as session:
        row = queries.wishers_row(session, current_actor(), claim)
        return send_picture(photo_in(row.photos, photo))
