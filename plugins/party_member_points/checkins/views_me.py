"""One's own check-in, on a phone: how it stands, the way of a request, and asking for a change."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    current_actor,
    flash_done,
    flash_outcome,
    groups,
    missing,
    normalise_text,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..pages import STATUS_TITLES
from . import asking, queries, services
from .forms import AskForm
from .models import PointsCheckin
from .posts import POSTS

blueprint = Blueprint("points_checkins_me", __name__)

View = Response | tuple[str, int]


def _own_requests(session: Session, person: Person) -> list[PointsCheckin]:
    rows = [row for several in groups(session, [person.id]).values() for row in several]
    return queries.requests_of(session, rows)


@blueprint.route("/me/points/checkin", methods=["GET", "POST"])
@signed_in
def page() -> View:
    """How one's check-in stands, and the form to ask for it or for a change."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        now = asking.standing(session, person)
        person_id = person.id
        form = asking.ask_form(now)
        if form.validate_on_submit():
            return _submit(form, person_id) or _shown(session, now, form, 422)
        return _shown(session, now, form, 422 if form.errors else 200)


def _submit(form: AskForm, person_id: int) -> Response | None:
    try:
        with unit_of_work() as session:
            person = session.get_one(Person, person_id)
            asking.submit(session, person, form, services.BY_MEMBER, current_actor())
    except Problem as problem:
        form.refuse(problem)
        return None
    flash_done(N_("Sent. Your community answers it; you see here how it stands."))
    return redirect(url_for("points_checkins_me.page"), 303)


def _shown(session: Session, now: asking.Standing, form: AskForm, status: int) -> View:
    person = session.get_one(Person, now.person_id)
    requests = _own_requests(session, person)
    return show(
        "points/checkins/mine.html",
        status,
        now=now,
        form=form,
        requests=requests,
        steps=queries.steps_of(session, [one.id for one in requests]),
        lines={one.id: queries.line_of(session, one, one.area_id) for one in requests[:1]},
        waiting=next((one for one in requests if one.status == services.SUBMITTED), None),
        kinds=services.KINDS,
        states=services.STATES,
        posts=POSTS,
        status_titles=STATUS_TITLES,
    )


@blueprint.get("/me/points/checkin/units")
@signed_in
def units() -> View:
    """Names of units that hold what was typed, two characters at least, as options of a list."""
    with read_scope() as session:
        text = normalise_text(request.args.get("home_unit", ""))[:100]
        found = queries.find_units_like(session, text) if len(text) > 1 else []
        return show("points/checkins/units.html", units=found)


@blueprint.post("/me/points/checkin/<request_id>/withdraw")
@signed_in
def withdraw(request_id: str) -> View:
    """Take one's own request back."""
    with flash_outcome(N_("The request is withdrawn.")), unit_of_work() as session:
        person = own_person(session)
        own = _own_requests(session, person) if person is not None else []
        found = next((one for one in own if one.public_id == request_id), None)
        if found is None:
            missing()
        services.withdraw(session, found, current_actor())
    return redirect(url_for("points_checkins_me.page"), 303)
