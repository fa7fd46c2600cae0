"""Checking a document: for anybody, by the QR code or by number and check code; the holder's name is masked."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, url_for
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response
from wtforms import StringField

from pointsys.core.accounts import throttle as account_throttle
from pointsys.core.areas.models import Area
from pointsys.core.documents import services
from pointsys.core.documents.models import Document
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.documents import parse_check_code, parse_number
from pointsys.kit.masking import mask_name
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import public
from pointsys.web.documents import STATES
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import show

blueprint = Blueprint("verify", __name__)

View = Response | tuple[str, int]
# Wrong pairs of number and code from one address before it has to wait, as with sign-ins.
TRIES = 20


class VerifyForm(Form):
    """What is printed at the foot of the paper."""

    number = StringField(lazy_gettext("Number"), [needed(), at_most(60)])
    code = StringField(lazy_gettext("Check code"), [needed(), at_most(20)])


@blueprint.route("/verify", methods=["GET", "POST"])
@public
def ask() -> View:
    """Type number and check code; a pair that is right leads to the page of the QR code."""
    form = VerifyForm()
    status = 200
    if form.validate_on_submit():
        try:
            found = _find(form.number.data or "", form.code.data or "")
        except Problem as problem:
            form.refuse(problem)
            status = 429 if problem.code == "too_many_tries" else 422
        else:
            return redirect(url_for("verify.check", token=found), 303)
    return show("verify/ask.html", 422 if form.errors else status, form=form)


def _find(raw_number: str, raw_code: str) -> str:
    number, code = parse_number(raw_number), parse_check_code(raw_code)
    subject = (f"verify:{web_session.client_address()}", TRIES)
    with read_scope() as session:
        if account_throttle.locked_until(session, [subject]) is not None:
            raise Problem("too_many_tries", N_("Too many tries from here: wait ten minutes, then try again."))
        document = services.by_number(session, number, code)
        token = document.token if document is not None else ""
    if not token:
        with unit_of_work(drain=False) as session:
            account_throttle.count_subjects(session, [subject])
        raise Problem(
            "unknown_document",
            N_("No document has this number and check code. Compare both with the paper, sign by sign."),
            field="number",
        )
    return token


@blueprint.get("/verify/<token>")
@public
def check(token: str) -> View:
    """What the issuer's records say of the document: its state, and enough to compare it with the paper."""
    with read_scope() as session:
        document = services.by_token(session, token)
        if document is None:
            return show("verify/unknown.html", 404)
        newer = services.replaced_by(session, document)
        events = services.history(session, document)
        return show(
            "verify/document.html",
            document=document,
            holder=_masked_holder(session, document),
            issuer=session.get_one(Area, document.area_id).name,
            facts=_facts(document),
            state=STATES[document.state],
            last=events[-1],
            reasons=services.PUBLIC_REASONS,
            newer=newer.number if newer is not None else "",
            intact=services.is_intact(document),
            checked_at=current_site().now(),
        )


def _masked_holder(session: Session, document: Document) -> str:
    if document.person_id is None:
        return ""
    return mask_name(session.scalar(select(Person.name).where(Person.id == document.person_id)) or "")


def _facts(document: Document) -> dict[str, Any]:
    """What a checker compares: the period and the sums, never the entries or the name; and what the paper is for."""
    # Nothing is left of a document whose holder was erased.
    snapshot: dict[str, Any] = json.loads(document.snapshot or "{}")
    return {key: snapshot[key] for key in ("first", "last", "count", "minutes", "remark") if key in snapshot}
