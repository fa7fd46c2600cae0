"""One's own registration on a phone, and the children whose guardian one is."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    current_actor,
    current_site,
    flash_done,
    flash_outcome,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from ..teams.queries import rows_of, teams_of_person
from . import guardians, papers, queries, services
from .eligibility import age_on
from .forms import ApplyForm, OwnConsentForm
from .gates import ages_in
from .models import VolunteerGuardian
from .numbers import SYSTEMS
from .views_acts import consent_row

blueprint = Blueprint("volunteer_me", __name__)

View = Response | tuple[str, int]


def _me(session: Session) -> Person:
    person = own_person(session)
    if person is None:
        missing()
    return person


@blueprint.route("/me/volunteer/registration", methods=["GET", "POST"])
@signed_in
def registration() -> View:
    """How one's registration stands, and the form to apply."""
    form = ApplyForm()
    with read_scope() as session:
        if own_person(session) is None:
            return show("me/nobody.html")
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                services.apply(session, _me(session), form.words.data or "", current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("Sent. Your community registers you; you see your number here."))
            return redirect(url_for("volunteer_me.registration"), 303)
    with read_scope() as session:
        person, today = _me(session), current_site().today()
        rows = rows_of(session, person.id)
        adult = ages_in(session, [person.area_id], today)[person.area_id].adult
        minor = person.birth_date is not None and age_on(person.birth_date, today) < adult
        return show(
            "volunteer/people_mine.html",
            422 if form.errors or form.problems else 200,
            form=form,
            person=person,
            profile=services.profile_of(session, person.id),
            states=services.STATES,
            externals=queries.externals_of(session, rows),
            systems=SYSTEMS,
            teams=teams_of_person(session, person.id, today),
            minor=minor,
            links=guardians.guardians_of(session, person.id) if minor else [],
            wards=guardians.ward_links(session, person.id),
            relations=guardians.RELATIONS,
            insurances=papers.insurances_of(session, rows),
            trainings=papers.trainings_of(session, rows),
            today=today,
        )


@blueprint.post("/me/volunteer/registration/withdraw")
@signed_in
def withdraw() -> View:
    """Stop being a volunteer."""
    with (
        flash_outcome(N_("You are a volunteer no more. What you did stays on record; you can apply again.")),
        unit_of_work() as session,
    ):
        services.withdraw(session, _me(session), request.form.get("reason", ""), current_actor())
    return redirect(url_for("volunteer_me.registration"), 303)


@blueprint.get("/me/volunteer/children")
@signed_in
def children() -> View:
    """The children whose guardian one is, each with the consents."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            return show("me/nobody.html")
        return _children(session, person, OwnConsentForm(formdata=None))


def _children(session: Session, person: Person, form: OwnConsentForm, asked: str = "") -> View:
    today = current_site().today()
    wards = guardians.ward_links(session, person.id)
    ages = ages_in(session, {link.person.area_id for link in wards}, today)
    return show(
        "volunteer/people_children.html",
        422 if form.errors or form.problems else 200,
        wards=wards,
        relations=guardians.RELATIONS,
        methods=guardians.METHODS,
        ages=ages,
        age_on=age_on,
        form=form,
        asked=asked,
        today=today,
    )


def _own_row(session: Session, person: Person, public_id: str) -> VolunteerGuardian:
    row = session.scalar(
        select(VolunteerGuardian).where(
            VolunteerGuardian.public_id == public_id,
            VolunteerGuardian.guardian_id.in_(rows_of(session, person.id)),
            VolunteerGuardian.ended_at.is_(None),
        )
    )
    if row is None:
        missing()
    return row


@blueprint.post("/me/volunteer/children/<row>/consent")
@signed_in
def consent(row: str) -> View:
    """Agree to a child's service from today on."""
    form = OwnConsentForm()
    try:
        if form.validate():
            with unit_of_work() as session:
                guardians.give_consent(
                    session, _own_row(session, _me(session), row), current_site().today(), form.to_on.data,
                    guardians.PHONE, "", current_actor(),
                )  # fmt: skip
            flash_done(N_("Thank you. The consent counts from today on; you can take it back here."))
            return redirect(url_for("volunteer_me.children"), 303)
    except Problem as problem:
        form.refuse(problem)
    with read_scope() as session:
        person = _me(session)
        _own_row(session, person, row)
        return _children(session, person, form, row)


@blueprint.post("/me/volunteer/children/<row>/consents/<given>/withdraw")
@signed_in
def withdraw_consent(row: str, given: str) -> View:
    """Take one's consent back from now on."""
    with flash_outcome(N_("The consent is withdrawn from now on.")), unit_of_work() as session:
        link = _own_row(session, _me(session), row)
        guardians.withdraw_consent(session, link, consent_row(session, link, given), current_actor())
    return redirect(url_for("volunteer_me.children"), 303)
