"""Documents for staff: the register of an area, issuing a record of participation, its paper, its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse
from wtforms import DateField, SelectField, StringField

from pointsys.core.areas.models import subtree
from pointsys.core.documents import services
from pointsys.core.documents.models import ISSUED, REVOKED, STALE, SUPERSEDED, Document
from pointsys.core.documents.participation import KIND, TITLE, Draft, draft, issue_participation
from pointsys.core.people.models import Person
from pointsys.core.people.records import refuse_closed
from pointsys.core.people.search import name_condition
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_done, flash_outcome, show
from pointsys.web.list_export import ListColumn, export_asked, local, send_list
from pointsys.web.lists import Paged, list_args
from pointsys.web.printing import document_pdf, verify_address
from pointsys.web.scope import missing, person_here

blueprint = Blueprint("documents", __name__)

View = BaseResponse | tuple[str, int]
STATES = {
    ISSUED: N_("valid"),
    STALE: N_("to be renewed: something in it was corrected"),
    SUPERSEDED: N_("replaced by a newer one"),
    REVOKED: N_("revoked"),
}


class PeriodForm(Form):
    """The days a record covers."""

    first = DateField(lazy_gettext("From"), [needed()])
    last = DateField(lazy_gettext("To"), [needed()])


class RevokeForm(Form):
    """Why a document ends."""

    reason_class = SelectField(lazy_gettext("What anybody may read"), [needed()])
    reason = StringField(lazy_gettext("In your own words, for the file"), [needed(), at_most(500)])


@dataclass(frozen=True)
class Line:
    """A document of the register with its holder's name."""

    document: Document
    holder: str


COLUMNS = (
    ListColumn(N_("Number"), lambda line: line.document.number),
    ListColumn(N_("Document"), lambda line: line.document.title),
    ListColumn(N_("Holder"), lambda line: line.holder),
    ListColumn(N_("Issued"), lambda line: local(line.document.issued_at)),
    ListColumn(N_("State"), lambda line: str(gettext(STATES[line.document.state]))),
)


@blueprint.get("/a/<code>/documents")
@area_scope("documents.view")
def index(code: str) -> View:
    """The register: every document issued here and below, the newest first."""
    args = list_args("state")
    query = select(Document, Person.name).outerjoin(Person, Person.id == Document.person_id)
    query = query.where(Document.area_id.in_(subtree(current_area().id)))
    if args["state"] in STATES:
        query = query.where(Document.state == args["state"])
    if args.q:
        number = Document.number.startswith(args.q.strip().upper(), autoescape=True)
        query = query.where(number | name_condition(args.q))
    with read_scope() as session:
        total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0

        def fetch(page: int, size: int) -> Paged[Line]:
            rows = session.execute(query.order_by(Document.id.desc()).limit(size).offset((page - 1) * size))
            return Paged([Line(document, name or "") for document, name in rows], total, page, size)

        if export_asked():
            return send_list(N_("Documents"), COLUMNS, fetch)
        page = fetch(args.page, args.size)
        choices = [(state, gettext(text)) for state, text in STATES.items()]
        return show("documents/index.html", args=args, page=page, states=STATES, states_choices=choices)


@blueprint.route("/a/<code>/people/<pid>/document", methods=["GET", "POST"])
@area_scope("documents.issue")
def new(code: str, pid: str) -> View:
    """Choose the period, look at what would be stated, issue it."""
    replaces = request.args.get("replaces", "")
    form = PeriodForm(formdata=request.form if request.method == "POST" else request.args or None)
    with read_scope() as session:
        person = person_here(session, pid)
        old = _replaceable(session, replaces) if replaces else None
        name, person_id = person.name, person.id
        number = old.number if old is not None else ""
        if form.first.data is None and request.method == "GET":
            today = current_site().today()
            form.first.data, form.last.data = date(today.year, 1, 1), today
        made = _preview(session, form, person)
    if request.method == "POST" and made is not None and form.validate():
        try:
            with unit_of_work() as session:
                require_again(session, "documents.issue", current_area().id)
                document = issue_participation(
                    session, session.merge(current_area(), load=False), session.get_one(Person, person_id),
                    form.first.data or date.min, form.last.data or date.min, current_actor(),
                    title=gettext(TITLE), replaces=_replaceable(session, replaces) if replaces else None,
                )  # fmt: skip
                public_id = document.public_id
        except Problem as problem:
            form.refuse(problem)
        else:
            flash_done(N_("The document was issued. Print it, stamp it, hand it over."))
            return redirect(url_for("documents.show_one", code=code, document=public_id), 303)
    # Looking is no mistake, even where there is nothing to state.
    status = 422 if request.method == "POST" and (form.errors or form.problems) else 200
    return show(
        "documents/new.html",
        status,
        form=form,
        made=made,
        name=name,
        pid=pid,
        replaces=replaces,
        number=number,
    )


def _preview(session: Session, form: PeriodForm, person: Person) -> Draft | None:
    if form.first.data is None or form.last.data is None:
        return None
    try:
        return draft(session, current_area(), person, form.first.data, form.last.data)
    except Problem as problem:
        form.refuse(problem)
        return None


def _document_here(session: Session, public_id: str) -> Document:
    query = select(Document).where(
        Document.public_id == public_id, Document.area_id.in_(subtree(current_area().id))
    )
    document = session.scalar(query)
    if document is None:
        missing()
    return document


def _replaceable(session: Session, public_id: str) -> Document:
    """The record of participation that a new one takes the place of; documents of plugins are replaced by theirs."""
    document = _document_here(session, public_id)
    if document.kind != KIND:
        missing()
    return document


@blueprint.get("/a/<code>/documents/<document>")
@area_scope("documents.view")
def show_one(code: str, document: str) -> View:
    """One document: its state and history, its paper, what can be done with it."""
    with read_scope() as session:
        found = _document_here(session, document)
        holder = session.get(Person, found.person_id) if found.person_id is not None else None
        return show(
            "documents/document.html",
            document=found,
            holder=holder,
            states=STATES,
            history=services.history(session, found),
            newer=services.replaced_by(session, found),
            older=session.get(Document, found.replaces_id) if found.replaces_id is not None else None,
            intact=services.is_intact(found),
            address=verify_address(found),
            reasons=services.PUBLIC_REASONS,
        )


@blueprint.get("/a/<code>/documents/<document>/pdf")
@area_scope("documents.view")
def pdf(code: str, document: str) -> View:
    """The paper."""
    with read_scope() as session:
        found = _document_here(session, document)
        if found.person_id is not None:
            refuse_closed(session.get_one(Person, found.person_id))
        return pdf_response(found)


def pdf_response(document: Document) -> Response:
    """A document's PDF, named by its number."""
    response = Response(document_pdf(document), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{document.number}.pdf"'
    return response


@blueprint.route("/a/<code>/documents/<document>/revoke", methods=["GET", "POST"])
@area_scope("documents.issue")
def revoke(code: str, document: str) -> View:
    """End a document for good."""
    form = RevokeForm()
    form.reason_class.choices = [(key, gettext(text)) for key, text in services.REASON_CLASSES.items()]
    with read_scope() as session:
        number = _document_here(session, document).number
    if form.validate_on_submit():
        with (
            flash_outcome(N_("The document was revoked. Whoever checks it is told so from now on.")),
            unit_of_work() as session,
        ):
            require_again(session, "documents.issue", current_area().id)
            found = _document_here(session, document)
            services.revoke(
                session, found, form.reason_class.data or "", form.reason.data or "", current_actor()
            )
        return redirect(url_for("documents.show_one", code=code, document=document), 303)
    return show(
        "documents/revoke.html", 422 if form.errors else 200, form=form, number=number, document=document
    )
