"""One's own certificates on the phone: take one out and print it, or ask for one; the earlier ones with their state."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Person,
    Problem,
    current_actor,
    current_site,
    flash_outcome,
    flash_problem,
    missing,
    own_person,
    read_scope,
    show,
    signed_in,
    unit_of_work,
)

from .. import own
from ..hours import ALL
from . import reading, services
from .content import served_from
from .models import ASKED
from .views import paper

blueprint = Blueprint("volunteer_own_certificates", __name__)


@blueprint.get("/me/volunteer/certificates")
@signed_in
def index() -> Any:
    """What a certificate would state, the button that prints it, and the earlier ones."""
    with read_scope() as session:
        person = _me(session)
        found = own.standing(session, person.id)
        years = [ALL, *found.years]
        year = request.args.get("year", ALL)
        year = year if year in years else ALL
        rows = services.own_rows(session, person.id)
        requests = reading.requests_of(session, rows)
        return show(
            "volunteer/certificates_own.html",
            found=found,
            years=years,
            year=year,
            tally=found.of(year),
            direct=services.may_take_out(session, person),
            certificates=reading.certificates_of(session, rows),
            requests=requests,
            asked=next((one for one in requests if one.state == ASKED), None),
            states=reading.STATES,
            request_states=reading.REQUEST_STATES,
        )


@blueprint.post("/me/volunteer/certificates")
@signed_in
def take_out() -> Any:
    """Issue one's own certificate, or find the one that says the same, and show its paper."""
    try:
        with unit_of_work() as session:
            person = _me(session)
            first, last = _period(session, person, request.form.get("year", ALL))
            public_id = services.take_out(session, person, first, last, current_actor()).public_id
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("volunteer_own_certificates.index"), 303)
    return redirect(url_for("volunteer_own_certificates.pdf", certificate=public_id), 303)


@blueprint.get("/me/volunteer/certificates/<certificate>/pdf")
@signed_in
def pdf(certificate: str) -> Any:
    """The paper of one's own certificate."""
    with read_scope() as session:
        found = reading.certificate_of(session, _me(session).id, certificate)
        if found is None:
            missing()
        return paper(session, found)


@blueprint.post("/me/volunteer/certificates/request")
@signed_in
def ask() -> Any:
    """Ask the staff of one's community for a certificate."""
    with (
        flash_outcome(N_("You have asked for a certificate. The answer will stand here.")),
        unit_of_work() as session,
    ):
        person = _me(session)
        first, last = _period(session, person, request.form.get("year", ALL))
        services.ask(session, person, first, last, request.form.get("words", ""), current_actor())
    return redirect(url_for("volunteer_own_certificates.index"), 303)


@blueprint.post("/me/volunteer/certificates/request/take-back")
@signed_in
def take_back() -> Any:
    """Ask no longer."""
    try:
        with unit_of_work() as session:
            asked = services.open_request(session, _me(session))
            if asked is not None:
                services.take_back(session, asked, current_actor())
    except Problem as problem:
        flash_problem(problem)
    return redirect(url_for("volunteer_own_certificates.index"), 303)


def _me(session: Session) -> Person:
    return own_person(session) or missing()


def _period(session: Session, person: Person, year: str) -> tuple[date, date]:
    """All of the person's service, or a year of it up to today."""
    today = current_site().today()
    if year == ALL:
        return served_from(session, person) or (date(today.year, 1, 1), today)
    if not (year.isascii() and year.isdecimal() and len(year) == 4 and 1900 <= int(year) <= today.year):
        raise Problem("bad_period", N_("Choose one of the years that are offered."))
    first, last = date(int(year), 1, 1), date(int(year), 12, 31)
    return first, min(last, today)
