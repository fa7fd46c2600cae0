"""Pages for staff: the register of certificates, one of them with its paper and its end, requests, and the settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField, StringField

from pointsys.plugin import (
    N_,
    PUBLIC_REVOKE_REASONS,
    REVOKE_REASONS,
    Area,
    Document,
    Form,
    ListColumn,
    Paged,
    Person,
    Problem,
    area_scope,
    at_most,
    canonical_ids,
    current_actor,
    current_area,
    current_site,
    document_history,
    document_pdf,
    document_replaced_by,
    export_asked,
    flash_done,
    flash_outcome,
    list_args,
    may_here,
    missing,
    needed,
    person_below,
    read_scope,
    refuse_closed,
    require_again,
    send_list,
    show,
    unit_of_work,
)

from . import issuers, reading, services
from .models import VolunteerCertificate, VolunteerCertificateRequest
from .reading import REQUEST_STATES, STATES, WAYS, Filters, Line, RequestLine

blueprint = Blueprint("volunteer_certificates", __name__)

PERMISSION = "volunteer.certify"


def _way(row: Line) -> str:
    way = "holder" if row.by_holder else "staff"
    return str(gettext(WAYS[way]))


COLUMNS = (
    ListColumn(N_("Number"), lambda row: row.number),
    ListColumn(N_("Name"), lambda row: row.holder),
    ListColumn(N_("Issued by"), lambda row: row.issuer),
    ListColumn(N_("From"), lambda row: row.first, "date"),
    ListColumn(N_("To"), lambda row: row.last, "date"),
    ListColumn(N_("Times"), lambda row: row.entries, "count"),
    ListColumn(N_("Hours"), lambda row: row.minutes, "hours"),
    ListColumn(N_("Timed by the system"), lambda row: row.credit_minutes, "hours"),
    ListColumn(N_("Issued on"), lambda row: current_site().local(row.issued_at).date(), "date"),
    ListColumn(N_("How"), _way),
    ListColumn(N_("State"), lambda row: str(gettext(STATES[row.state]))),
)
REQUEST_COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Area"), lambda row: row.area),
    ListColumn(N_("From"), lambda row: row.first, "date"),
    ListColumn(N_("To"), lambda row: row.last, "date"),
    ListColumn(N_("What for"), lambda row: row.words),
    ListColumn(N_("Asked on"), lambda row: current_site().local(row.asked_at).date(), "date"),
    ListColumn(N_("State"), lambda row: str(gettext(REQUEST_STATES[row.state]))),
)


class RevokeForm(Form):
    """Why a certificate ends."""

    reason_class = SelectField(lazy_gettext("What anybody may read"), [needed()])
    reason = StringField(lazy_gettext("In your own words, for the file"), [needed(), at_most(500)])


class RefuseForm(Form):
    """Why somebody gets none."""

    answer = StringField(lazy_gettext("Why not? The person reads this."), [needed(), at_most(200)])


class RulesForm(Form):
    """Who issues, and what stands on the paper."""

    issues = BooleanField(lazy_gettext("The communities here issue certificates of service"))
    by_holder = BooleanField(lazy_gettext("Volunteers take out their certificates themselves, on the phone"))
    head = StringField(lazy_gettext("Head of the issuer"), [at_most(50)])
    contact = StringField(lazy_gettext("Contact on the paper"), [at_most(50)])


def _choices(texts: Any) -> list[tuple[str, str]]:
    return [(key, str(gettext(text))) for key, text in texts.items()]


@blueprint.get("/a/<code>/volunteer/certificates")
@area_scope(PERMISSION)
def index(code: str) -> Any:
    """What was issued here and below, the newest first."""
    args = list_args("state", "team", "year", "way")
    filters = Filters(args.q, args["state"], args["team"], args["year"], args["way"])
    area_id = current_area().id
    this_year = current_site().today().year
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[Line]:
            rows, total = reading.certificates_below(
                session, area_id, filters, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Certificates of service"), COLUMNS, fetch)
        return show(
            "volunteer/certificates.html",
            args=args,
            page=fetch(args.page, args.size),
            states=STATES,
            states_choices=_choices(STATES),
            ways_choices=_choices(WAYS),
            teams=[(team.public_id, team.name) for team in issuers.issuing_teams(session, area_id)],
            years=[(str(year), str(year)) for year in range(this_year, this_year - 6, -1)],
            waiting=reading.waiting_requests(session, area_id),
        )


@blueprint.get("/a/<code>/volunteer/certificates/requests")
@area_scope(PERMISSION)
def requests(code: str) -> Any:
    """Who asked for a certificate; those who wait, the oldest first."""
    args = list_args("state")
    state = args["state"] or "asked"
    area_id = current_area().id
    with read_scope() as session:

        def fetch(page: int, size: int) -> Paged[RequestLine]:
            rows, total = reading.requests_below(
                session, area_id, state, args.q, limit=size, offset=(page - 1) * size
            )
            return Paged(rows, total, page, size)

        if export_asked():
            return send_list(N_("Requests for certificates"), REQUEST_COLUMNS, fetch)
        return show(
            "volunteer/certificate_requests.html",
            args=args,
            state=state,
            page=fetch(args.page, args.size),
            states=REQUEST_STATES,
            states_choices=_choices(REQUEST_STATES),
            waiting=reading.waiting_requests(session, area_id),
        )


@blueprint.route("/a/<code>/volunteer/certificates/requests/<asked>", methods=["GET", "POST"])
@area_scope(PERMISSION)
def refuse(code: str, asked: str) -> Any:
    """Tell somebody why they get no certificate."""
    form = RefuseForm()
    with read_scope() as session:
        found = _request_here(session, asked)
        name = session.get_one(Person, found.person_id).name
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, PERMISSION, current_area().id)
                services.refuse(
                    session, _request_here(session, asked), form.answer.data or "", current_actor()
                )
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The answer was noted; the person reads it on the phone."))
            return redirect(url_for("volunteer_certificates.requests", code=code), 303)
    status = 422 if form.errors or form.problems else 200
    return show("volunteer/certificate_refuse.html", status, form=form, name=name)


def _request_here(session: Session, public_id: str) -> VolunteerCertificateRequest:
    found = reading.request_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found


@blueprint.route("/a/<code>/volunteer/certificates/rules", methods=["GET", "POST"])
@area_scope("volunteer.policy")
def rules(code: str) -> Any:
    """Who issues certificates here, whether volunteers take them out themselves, and what stands on the paper."""
    area_id = current_area().id
    with read_scope() as session:
        ruling = issuers.rules_of(session, area_id)
    form = RulesForm(obj=ruling)
    if form.validate_on_submit():
        try:
            with unit_of_work() as session:
                require_again(session, "volunteer.policy", area_id)
                given = issuers.Rules(
                    form.issues.data, form.by_holder.data, form.head.data or "", form.contact.data or ""
                )
                issuers.set_rules(session, session.get_one(Area, area_id), given, current_actor())
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The rules for certificates were stored."))
            return redirect(url_for("volunteer_certificates.rules", code=code), 303)
    status = 422 if form.errors or form.problems else 200
    with read_scope() as session:
        return show(
            "volunteer/certificate_rules.html",
            status,
            form=form,
            teams=issuers.issuing_teams(session, area_id),
            waiting=reading.waiting_requests(session, area_id),
        )


@blueprint.get("/a/<code>/volunteer/certificates/<certificate>")
@area_scope(PERMISSION)
def page(code: str, certificate: str) -> Any:
    """One certificate: what it states, its state and history, and what can be done with it."""
    with read_scope() as session:
        found = _certificate_here(session, certificate)
        document = session.get_one(Document, found.document_id)
        newer = document_replaced_by(session, document)
        kept = canonical_ids(session, [found.person_id])[found.person_id]
        person = session.get_one(Person, kept)
        here = person_below(session, current_area().id, person.public_id) is not None
        return show(
            "volunteer/certificate.html",
            certificate=found,
            line=reading.line_of(session, found),
            document=document,
            person=person,
            person_is_here=here,
            may_see_people=may_here("people.view"),
            events=document_history(session, document),
            newer=reading.other_edition(session, None if newer is None else newer.id),
            older=reading.other_edition(session, document.replaces_id),
            states=STATES,
            reasons=PUBLIC_REVOKE_REASONS,
            area_id=current_area().id,
        )


@blueprint.get("/a/<code>/volunteer/certificates/<certificate>/pdf")
@area_scope(PERMISSION)
def pdf(code: str, certificate: str) -> Any:
    """The paper."""
    with read_scope() as session:
        return paper(session, _certificate_here(session, certificate))


def paper(session: Session, certificate: VolunteerCertificate) -> Response:
    """The PDF of a certificate, named by its number; raises Problem person_closed or certificate_revoked."""
    refuse_closed(session.get_one(Person, certificate.person_id))
    document = session.get_one(Document, certificate.document_id)
    if document.state == "revoked":
        raise Problem("certificate_revoked", N_("This certificate was revoked: it is not printed any more."))
    response = Response(document_pdf(document), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
    return response


@blueprint.route("/a/<code>/volunteer/certificates/<certificate>/revoke", methods=["GET", "POST"])
@area_scope(PERMISSION)
def revoke(code: str, certificate: str) -> Any:
    """End a certificate for good."""
    form = RevokeForm()
    form.reason_class.choices = _choices(REVOKE_REASONS)
    with read_scope() as session:
        number = reading.line_of(session, _certificate_here(session, certificate)).number
    if form.validate_on_submit():
        with (
            flash_outcome(N_("The certificate was revoked. Whoever checks it is told so from now on.")),
            unit_of_work() as session,
        ):
            require_again(session, PERMISSION, current_area().id)
            services.revoke(
                session, _certificate_here(session, certificate), form.reason_class.data or "",
                form.reason.data or "", current_actor(),
            )  # fmt: skip
        return redirect(url_for("volunteer_certificates.page", code=code, certificate=certificate), 303)
    status = 422 if form.errors else 200
    return show(
        "volunteer/certificate_revoke.html", status, form=form, number=number, certificate=certificate
    )


def _certificate_here(session: Session, public_id: str) -> VolunteerCertificate:
    found = reading.certificate_below(session, current_area().id, public_id)
    if found is None:
        missing()
    return found
