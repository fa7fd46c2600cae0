"""One's own awards, deductions and vetoes: each with its path, and the answer to what waits for a decision."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    CONFIRMED,
    N_,
    PENDING,
    REJECTED,
    Problem,
    current_actor,
    current_site,
    flash_done,
    missing,
    raise_objection,
    read_scope,
    send_picture,
    show,
    signed_in,
    unit_of_work,
)

from .. import schemes
from . import photos, queries, services
from .forms import AnswerForm
from .objecting import NAME
from .reading import EARN, TOLD
from .rules import KIND_TITLES, STATUS_TITLES, WAYS

blueprint = Blueprint("points_awards_me", __name__)

View = Response | tuple[str, int]


def _person_id() -> int:
    person_id = current_actor().person_id
    if person_id is None:
        missing()
    return person_id


@blueprint.get("/me/points/awards")
@signed_in
def index() -> View:
    """What was proposed about oneself, the newest first."""
    person_id = _person_id()
    with read_scope() as session:
        return show(
            "points/ledger/mine.html",
            awards=queries.awards_of(session, person_id),
            kind_titles=KIND_TITLES,
            status_titles=STATUS_TITLES,
            printed=queries.printed,
        )


@blueprint.get("/me/points/awards/<award_id>")
@signed_in
def one(award_id: str) -> View:
    """One of them: why, on what evidence, who did what, and the answer."""
    with read_scope() as session:
        return _page(session, award_id, AnswerForm())


def _page(
    session: Session, award_id: str, form: AnswerForm, status: int = 200, refused: Problem | None = None
) -> View:
    award = queries.own_award(session, _person_id(), award_id)
    if award is None:
        missing()
    rules = schemes.rules_of(session, award.area_id)
    item = queries.items_on(rules, award.on_date, current_site().today()).get(award.item)
    return show(
        "points/ledger/mine_one.html",
        status,
        award=award,
        item=item.title or item.id if item else award.item,
        terms=queries.terms_in_words(rules, award, current_site().today()),
        attributes=queries.attributes_in_words(award, item),
        amount=queries.printed(award.qty) if award.qty is not None else "",
        points=queries.printed(award.points) if award.points is not None else "",
        steps=services.steps_of(session, award),
        answering=award.kind != EARN and award.status in (PENDING, TOLD),
        form=form,
        kind_titles=KIND_TITLES,
        status_titles=STATUS_TITLES,
        ways=WAYS,
        photos=photos.photos_of(session, award),
        objecting=award.status in (CONFIRMED, REJECTED),
        refused=refused,
    )


@blueprint.post("/me/points/awards/<award_id>")
@signed_in
def answer(award_id: str) -> View:
    """The member's own words, for the committee."""
    form, person_id = AnswerForm(), _person_id()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                award = queries.own_award(session, person_id, award_id)
                if award is None:
                    missing()
                services.answer(session, award, form.answer.data or "", current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Your answer is on record; the committee reads it before it decides."))
            return redirect(url_for("points_awards_me.one", award_id=award_id), 303)
    with read_scope() as session:
        return _page(session, award_id, form, 422)


@blueprint.get("/me/points/awards/<award_id>/photos/<photo>")
@signed_in
def picture(award_id: str, photo: str) -> Response:
    """A photo of an award of one's own."""
    with read_scope() as session:
        award = queries.own_award(session, _person_id(), award_id)
        found = photos.photo_of(session, award, photo) if award else None
        if found is None:
            missing()
        return send_picture(found)


@blueprint.post("/me/points/awards/<award_id>/objection")
@signed_in
def objection(award_id: str) -> View:
    """Object to what was decided about oneself; somebody who had no part in it answers."""
    person_id = _person_id()
    try:
        with unit_of_work() as session:
            if queries.own_award(session, person_id, award_id) is None:
                missing()
            raise_objection(session, NAME, award_id, request.form.get("text", ""), current_actor())
    except Problem as problem:
        with read_scope() as session:
            return _page(session, award_id, AnswerForm(formdata=None), 422, problem)
    flash_done(N_("Your objection is with the staff. Somebody who had no part in it will answer."))
    return redirect(url_for("points_awards_me.one", award_id=award_id), 303)
