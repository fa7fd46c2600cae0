"""Issuing by staff: find the person, choose issuer and period, look at what would be stated, issue it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, StringField

from pointsys.plugin import (
    N_,
    Area,
    Document,
    Form,
    Paged,
    Person,
    Problem,
    area_scope,
    at_most,
    current_actor,
    current_area,
    current_site,
    flash_done,
    list_args,
    missing,
    needed,
    person_below,
    read_scope,
    require_again,
    search_people,
    show,
    unit_of_work,
)

from ..teams.models import VolunteerTeam
from . import issuers, reading, services
from .content import Draft, draft, served_from
from .issuers import Issuer
from .models import VolunteerCertificate

blueprint = Blueprint("volunteer_certificates_issue", __name__)

PERMISSION = "volunteer.certify"
# The community of the person; everything else is the outside id of a team.
COMMUNITY = "community"


class IssueForm(Form):
    """Who certifies what."""

    issuer = SelectField(lazy_gettext("Issuer"), [needed()])
    first = DateField(lazy_gettext("From"), [needed()])
    last = DateField(lazy_gettext("To"), [needed()])
    handler = StringField(lazy_gettext("Handled by (stands on the paper)"), [at_most(services.MOST_HANDLER)])
    # The values of ``issuer``.
    offered: tuple[str, ...] = ()

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """Let these issuers be chosen."""
        self.issuer.choices = list(choices)
        self.offered = tuple(value for value, _text in choices)


@dataclass(frozen=True)
class Choice:
    """A person of the page's area who is to get a certificate, in place of which other one."""

    person: Person
    replaces: VolunteerCertificate | None


@blueprint.get("/a/<code>/volunteer/certificates/new")
@area_scope(PERMISSION)
def start(code: str) -> Any:
    """Whose certificate is it?"""
    args = list_args(size=20)
    with read_scope() as session:
        page = None
        if args.q:
            found = search_people(session, current_area().id, args.q, page=args.page, size=args.size)
            page = Paged(found.rows, found.total, args.page, args.size)
        return show("volunteer/certificate_start.html", args=args, page=page)


@blueprint.route("/a/<code>/volunteer/certificates/new/<pid>", methods=["GET", "POST"])
@area_scope(PERMISSION)
def new(code: str, pid: str) -> Any:
    """Choose issuer and period, look at what would be stated, issue it."""
    replaced = request.args.get("replaces", "")
    posted = request.method == "POST"
    form = IssueForm(
        formdata=request.form if posted else (request.args if "issuer" in request.args else None)
    )
    with read_scope() as session:
        choice = _chosen(session, pid, replaced)
        form.offer(_issuers(session, choice.person))
        if form.first.data is None and not posted:
            _fill_in(session, form, choice)
        valid = posted and form.validate()
        made = _preview(session, form, choice)
        name = choice.person.name
        number = None if choice.replaces is None else reading.line_of(session, choice.replaces).number
    if valid and made is not None:
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, current_area().id)
                public_id = _issue(session, form, _chosen(session, pid, replaced))
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The certificate was issued. Print it, stamp it, hand it over."))
            return redirect(url_for("volunteer_certificates.page", code=code, certificate=public_id), 303)
    # Looking is no mistake, even where there is nothing to state.
    status = 422 if posted else 200
    return show(
        "volunteer/certificate_new.html", status, form=form, made=made, name=name, pid=pid, replaces=replaced,
        number=number,
    )  # fmt: skip


def _chosen(session: Session, pid: str, replaces: str) -> Choice:
    person = person_below(session, current_area().id, pid)
    if person is None:
        missing()
    if not replaces:
        return Choice(person, None)
    older = reading.certificate_below(session, current_area().id, replaces)
    if older is None:
        missing()
    services.check_replaceable(session, older, person)
    return Choice(person, older)


def _issuers(session: Session, person: Person) -> list[tuple[str, str]]:
    """The person's community where it may issue, and the teams of the page's area that may."""
    offered = []
    try:
        community = issuers.area_issuer(session, session.get_one(Area, person.area_id))
    except Problem:
        pass
    else:
        offered.append((COMMUNITY, community.printed["unit"]))
    teams = issuers.issuing_teams(session, current_area().id)
    return [*offered, *((team.public_id, team.name) for team in teams)]


def _fill_in(session: Session, form: IssueForm, choice: Choice) -> None:
    """The period of the older edition or that was asked for, else all service; the team of the older one if it may."""
    today = current_site().today()
    older = choice.replaces
    if older is not None:
        form.first.data, form.last.data = older.first_on, older.last_on
        team = session.get(VolunteerTeam, older.team_id) if older.team_id is not None else None
        heir = team
        while heir is not None and heir.state == "dissolved":
            heir = session.get(VolunteerTeam, heir.successor_id) if heir.successor_id is not None else None
        form.issuer.data = COMMUNITY if heir is None else heir.public_id
    else:
        asked = services.open_request(session, choice.person)
        days = None if asked is None else (asked.first_on, asked.last_on)
        days = days or served_from(session, choice.person)
        form.first.data, form.last.data = days or (date(today.year, 1, 1), today)
    if form.issuer.data not in form.offered:
        form.issuer.data = form.offered[0] if form.offered else ""


def _issuer(session: Session, form: IssueForm, person: Person) -> Issuer:
    if form.issuer.data not in form.offered:
        raise Problem(
            "no_issuer",
            N_(
                "Nobody here may issue certificates: let a community issue them, or mark a team as an issuer."
            ),
            field="issuer",
        )
    if form.issuer.data == COMMUNITY:
        return services.issuer_for(session, person, None)
    teams = issuers.issuing_teams(session, current_area().id)
    team = next((one for one in teams if one.public_id == form.issuer.data), None)
    return services.issuer_for(session, person, team)


def _preview(session: Session, form: IssueForm, choice: Choice) -> Draft | None:
    if form.first.data is None or form.last.data is None:
        return None
    try:
        issuer = _issuer(session, form, choice.person)
        return draft(session, issuer, choice.person, form.first.data, form.last.data)
    except Problem as problem:
        form.refuse(problem)
        return None


def _issue(session: Session, form: IssueForm, choice: Choice) -> str:
    issuer = _issuer(session, form, choice.person)
    if choice.replaces is not None:
        # Two who replace at once: the second one is told.
        session.refresh(session.get_one(Document, choice.replaces.document_id), with_for_update=True)
    certificate = services.issue(
        session, choice.person, issuer, form.first.data or date.min, form.last.data or date.min, current_actor(),
        handler=form.handler.data or "", replaces=choice.replaces,
    )  # fmt: skip
    return str(certificate.public_id)
