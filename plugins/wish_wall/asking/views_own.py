"""One's own wishes on a phone: three questions, where each wish stands, changing it and taking it back."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    Refused,
    current_actor,
    flash_done,
    flash_outcome,
    idempotent_form,
    may,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..claims.queries import claims_of
from ..finding import own_wish
from ..models import LIVE
from ..settings import WishRules, rules_in
from . import queries, services
from .forms import KINDS, AskForm

blueprint = Blueprint("wishes_asking_own", __name__)

View = Response | tuple[str, int]


@blueprint.get("/me/wishes")
@signed_in
def index() -> View:
    """One's own wishes, each with where it stands."""
    with read_scope() as session:
        if own_person(session) is None:
            return show("me/nobody.html")
        return show("wishes/asking_mine.html", rows=queries.own_wishes(session, current_actor()))


def _may_ask(session: Session, person: Person) -> None:
    if not may(session, current_actor(), "wishes.ask", person.area_id):
        raise Refused("forbidden", N_("Your account may not make wishes. Ask your community."), visible=True)


def _form(form: AskForm, rules: WishRules, **more: object) -> View:
    wrong = bool(form.errors or form.problems)
    if wrong:
        form.tell_all(rules.max_amount)
    return show("wishes/asking_new.html", 422 if wrong else 200, form=form, rules=rules, kinds=KINDS, **more)


@blueprint.route("/me/wishes/new", methods=["GET", "POST"])
@signed_in
def new() -> View:
    """Three questions; what is handed in waits for the office."""
    form = AskForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                once = idempotent_form(session)
                if once.place is not None:
                    return redirect(once.place, 303)
                person = own_person(session)
                if person is None:
                    return show("me/nobody.html")
                _may_ask(session, person)
                theme = services.round_now(session, person.area_id)
                wish = services.submit(
                    session,
                    person,
                    form.asked(),
                    current_actor(),
                    campaign_id=theme.id if theme else None,
                )
                place = once.done(url_for("wishes_asking_own.page", wish=wish.public_id))
        except Refused:
            raise
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(
                N_("Your wish is handed in. The community looks at it first; here you see how it goes on.")
            )
            return redirect(place, 303)
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        _may_ask(session, person)
        already = queries.open_wish(session, current_actor())
        theme = services.round_now(session, person.area_id)
        return _form(form, rules_in(session, person.area_id), already=already, wish=None, theme=theme)


@blueprint.get("/me/wishes/<wish>")
@signed_in
def page(wish: str) -> View:
    """One wish of one's own: its steps, who comes, what became of it."""
    with read_scope() as session:
        found = own_wish(session, current_actor(), wish)
        (row,) = queries.own_wishes(session, current_actor(), found.id)
        claims = [one for one in claims_of(session, [found.id]).get(found.id, ()) if one.claim.state in LIVE]
        return show(
            "wishes/asking_own.html",
            row=row,
            wish=found,
            claims=claims,
            steps=queries.history_for_wisher(session, found),
            rules=rules_in(session, found.area_id),
        )


@blueprint.route("/me/wishes/<wish>/edit", methods=["GET", "POST"])
@signed_in
def edit(wish: str) -> View:
    """Change what nobody has decided on, or hand in again what came back."""
    form = AskForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                found = own_wish(session, current_actor(), wish, lock=True)
                services.rewrite(session, found, form.asked(), current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(
                N_("Your wish is handed in. The community looks at it first; here you see how it goes on.")
            )
            return redirect(url_for("wishes_asking_own.page", wish=wish), 303)
    with read_scope() as session:
        found = own_wish(session, current_actor(), wish)
        (row,) = queries.own_wishes(session, current_actor(), found.id)
        if not row.can_edit:
            return redirect(url_for("wishes_asking_own.page", wish=wish), 303)
        if not form.is_submitted():
            form.fill(found)
        return _form(form, rules_in(session, found.area_id), already=None, wish=found, reason=row.reason)


@blueprint.post("/me/wishes/<wish>/withdraw")
@signed_in
def withdraw(wish: str) -> View:
    """Take one's wish back."""
    with (
        flash_outcome(N_("Your wish is taken back. You can make another one at any time.")),
        unit_of_work() as session,
    ):
        found = own_wish(session, current_actor(), wish, lock=True)
        services.withdraw(session, found, current_actor())
    return redirect(url_for("wishes_asking_own.page", wish=wish), 303)
