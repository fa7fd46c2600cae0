"""What staff do on a volunteer's page: standing, numbers elsewhere, guardians and consent, insurance, training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.plugin import (
    N_,
    Form,
    Person,
    Problem,
    area_scope,
    chosen_day,
    current_actor,
    current_area,
    find_participants,
    flash_done,
    flash_outcome,
    flash_problem,
    missing,
    people_below,
    read_scope,
    require_again,
    unit_of_work,
)

from ..teams.queries import rows_of
from . import guardians, papers, services
from .forms import ConsentForm, GuardianForm, PolicyForm, TrainingForm
from .models import VolunteerConsent, VolunteerGuardian, VolunteerInsurance, VolunteerTraining
from .views import PERMISSION, page_of, person_of

blueprint = Blueprint("volunteer_people_acts", __name__)

View = Response | tuple[str, int]
Row = TypeVar("Row", VolunteerGuardian, VolunteerInsurance, VolunteerTraining)

DONE = {
    "register": N_("Registered."),
    "refuse": N_("Answered: they read your reason."),
    "suspend": N_("Suspended: they cannot sign up or check in until it is lifted."),
    "resume": N_("The suspension is lifted."),
    "withdraw": N_("Withdrawn. What was done stays on record."),
}


def _back(code: str, pid: str, anchor: str = "") -> Response:
    return redirect(url_for("volunteer_people.one", code=code, pid=pid, _anchor=anchor or None), 303)


def _do(pid: str, act: Callable[[Session, Person], object]) -> None:
    """One act on a person of the area, in a transaction of its own."""
    with unit_of_work() as session:
        person = person_of(session, pid)
        require_again(session, PERMISSION, person.area_id)
        act(session, person)


@blueprint.post("/a/<code>/volunteer/people/<pid>/standing")
@area_scope(PERMISSION)
def standing(code: str, pid: str) -> View:
    """Register, refuse an application, suspend, lift a suspension, or withdraw."""
    act, reason, actor = request.form.get("act", ""), request.form.get("reason", ""), current_actor()
    acts: dict[str, Callable[[Session, Person], object]] = {
        "register": lambda session, person: services.register_one(session, person, actor),
        "refuse": lambda session, person: services.refuse_application(session, person, reason, actor),
        "suspend": lambda session, person: services.suspend(session, person, reason, actor),
        "resume": lambda session, person: services.resume(session, person, actor),
        "withdraw": lambda session, person: services.withdraw(session, person, reason, actor),
    }
    try:
        if act not in acts:
            raise Problem("bad_step", N_("This volunteer's standing has changed: look at it again."))
        _do(pid, acts[act])
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(DONE[act])
    return _back(code, pid)


@blueprint.post("/a/<code>/volunteer/people/<pid>/numbers")
@area_scope(PERMISSION)
def numbers(code: str, pid: str) -> View:
    """The number under which another system knows the volunteer."""
    form = request.form
    with flash_outcome(N_("Saved.")):
        _do(
            pid,
            lambda session, person: services.set_external(
                session, person, form.get("system", ""), form.get("value", ""), current_actor()
            ),
        )
    return _back(code, pid, "numbers")


def _refused(form: Form, pid: str, problem: Problem | None, **shown: object) -> View:
    """The page again with the form that was refused."""
    if problem is not None:
        form.refuse(problem)
    with read_scope() as session:
        return page_of(session, person_of(session, pid), **shown)  # type: ignore[arg-type]


@blueprint.post("/a/<code>/volunteer/people/<pid>/guardians")
@area_scope(PERMISSION)
def add_guardian(code: str, pid: str) -> View:
    """Record a guardian, by name; namesakes are asked about."""
    form = GuardianForm()
    form.offer()
    with read_scope() as session:
        people = _meant(session, form.guardian.data or "")
    if not form.validate():
        return _refused(form, pid, None, guardian=form)
    if len(people) > 1:
        return _refused(form, pid, None, guardian=form, namesakes=people)
    try:
        if not people:
            raise Problem(
                "nobody_named",
                N_("Nobody of this name is on record here: add the person first."),
                field="guardian",
            )
        _do(
            pid,
            lambda session, ward: guardians.add_guardian(
                session, ward, session.get_one(Person, people[0].id), form.relation.data or "",
                form.seen.data or "", current_actor(),
            ),
        )  # fmt: skip
    except Problem as problem:
        return _refused(form, pid, problem, guardian=form)
    flash_done(N_("The guardian is on record. Now record the consent, or let them give it on their phone."))
    return _back(code, pid, "guardians")


def _meant(session: Session, name: str) -> tuple[Person, ...]:
    area_id = current_area().id
    wanted = request.form.getlist("person")[:1]
    if wanted:
        chosen = people_below(session, area_id, wanted)
        if chosen is None:
            missing()
        return tuple(chosen)
    named = find_participants(session, area_id, name)
    return named[0].people if named else ()


def row_of(session: Session, person: Person, kind: type[Row], public_id: str) -> Row:
    """The guardianship, insurance or training of the address; 404 for one of somebody else."""
    query = select(kind).where(kind.public_id == public_id, kind.person_id.in_(rows_of(session, person.id)))
    return session.scalar(query) or missing()


@blueprint.post("/a/<code>/volunteer/people/<pid>/guardians/<row>/end")
@area_scope(PERMISSION)
def end_guardian(code: str, pid: str, row: str) -> View:
    """Somebody is the guardian no more."""
    with flash_outcome(N_("Ended. The consent ends with it.")):
        _do(
            pid,
            lambda session, ward: guardians.end_guardian(
                session, row_of(session, ward, VolunteerGuardian, row), current_actor()
            ),
        )
    return _back(code, pid, "guardians")


@blueprint.post("/a/<code>/volunteer/people/<pid>/guardians/<row>/consents")
@area_scope(PERMISSION)
def consent(code: str, pid: str, row: str) -> View:
    """Record a consent on paper."""
    form = ConsentForm()
    if not form.validate():
        return _refused(form, pid, None, consent=form, asked_row=row)
    try:
        _do(
            pid,
            lambda session, ward: guardians.give_consent(
                session, row_of(session, ward, VolunteerGuardian, row), chosen_day(form.from_on), form.to_on.data,
                guardians.PAPER, form.evidence.data or "", current_actor(),
            ),
        )  # fmt: skip
    except Problem as problem:
        return _refused(form, pid, problem, consent=form, asked_row=row)
    flash_done(N_("The consent is on record."))
    return _back(code, pid, "guardians")


def consent_row(session: Session, row: VolunteerGuardian, public_id: str) -> VolunteerConsent:
    """The consent of the address; 404 for one of another guardian."""
    found = session.scalar(
        select(VolunteerConsent).where(
            VolunteerConsent.public_id == public_id, VolunteerConsent.guardian_row_id == row.id
        )
    )
    if found is None:
        missing()
    return found


@blueprint.post("/a/<code>/volunteer/people/<pid>/guardians/<row>/consents/<given>/withdraw")
@area_scope(PERMISSION)
def withdraw_consent(code: str, pid: str, row: str, given: str) -> View:
    """The guardian has taken a consent back."""

    def act(session: Session, ward: Person) -> None:
        link = row_of(session, ward, VolunteerGuardian, row)
        guardians.withdraw_consent(session, link, consent_row(session, link, given), current_actor())

    with flash_outcome(N_("The consent is withdrawn from now on.")):
        _do(pid, act)
    return _back(code, pid, "guardians")


@blueprint.post("/a/<code>/volunteer/people/<pid>/insurances")
@area_scope(PERMISSION)
def add_insurance(code: str, pid: str) -> View:
    """Record an accident policy."""
    form = PolicyForm()
    if not form.validate():
        return _refused(form, pid, None, policy=form)
    try:
        _do(
            pid,
            lambda session, person: papers.add_insurance(
                session, person, None, form.content(), current_actor()
            ),
        )
    except Problem as problem:
        return _refused(form, pid, problem, policy=form)
    flash_done(N_("The insurance is on record."))
    return _back(code, pid, "insurance")


@blueprint.post("/a/<code>/volunteer/people/<pid>/insurances/<policy>/end")
@area_scope(PERMISSION)
def end_insurance(code: str, pid: str, policy: str) -> View:
    """Take a policy back."""

    def act(session: Session, person: Person) -> None:
        row = row_of(session, person, VolunteerInsurance, policy)
        papers.end_insurance(session, row, person.area_id, current_actor())

    with flash_outcome(N_("The policy does not count any more.")):
        _do(pid, act)
    return _back(code, pid, "insurance")


@blueprint.post("/a/<code>/volunteer/people/<pid>/trainings")
@area_scope(PERMISSION)
def add_training(code: str, pid: str) -> View:
    """Record a training that was passed."""
    form = TrainingForm()
    if not form.validate():
        return _refused(form, pid, None, training=form)
    try:
        content = form.content()
        _do(pid, lambda session, person: papers.add_training(session, person, content, current_actor()))
    except Problem as problem:
        return _refused(form, pid, problem, training=form)
    flash_done(N_("The training is on record."))
    return _back(code, pid, "training")


@blueprint.post("/a/<code>/volunteer/people/<pid>/trainings/<training>/void")
@area_scope(PERMISSION)
def void_training(code: str, pid: str, training: str) -> View:
    """Take a wrong training back."""

    def act(session: Session, person: Person) -> None:
        row = row_of(session, person, VolunteerTraining, training)
        papers.void_training(session, row, person.area_id, current_actor())

    with flash_outcome(N_("The training does not count any more.")):
        _do(pid, act)
    return _back(code, pid, "training")
