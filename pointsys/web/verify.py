"""Checking a document: for anybody, by the QR code or by number and check code; the holder's name is masked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, url_for
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
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import show

blueprint = Blueprint("verify", __name__)

View = Response | tuple[str, int]
# Wrong pairs of number and code from one address before it has to wait, as with sign-ins.
TRIES = 20
# What a checker compares: the period and the sums, never the entries or the name; and what the paper is for.
FACTS = ("first", "last", "count", "minutes", "credit_minutes", "remark")


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


@dataclass(frozen=True)
class Checked:
    """What the issuer's records say of a document, as anybody who holds the paper may read it.

    ``facts`` are those to compare with the paper; ``at`` is when its present ``state`` began.
    """

    number: str
    title: str
    state: str
    at: datetime
    reason: str
    intact: bool
    issuer: str
    holder: str
    issued_at: datetime
    sha256: str
    facts: Mapping[str, Any]
    newer: str
    older: str


@blueprint.get("/verify/<token>")
@public
def check(token: str) -> View:
    """What the issuer's records say of the document: its state, and enough to compare it with the paper."""
    with read_scope() as session:
        found = _checked(session, token)
        if found is None:
            return show("verify/unknown.html", 404)
        return show(
            "verify/document.html",
            found=found,
            reasons=services.PUBLIC_REASONS,
            checked_at=current_site().now(),
        )


@blueprint.get("/verify/<token>.json")
@public
def check_json(token: str) -> View:
    """The same for programs; 404 for a code that no document has."""
    with read_scope() as session:
        found = _checked(session, token)
    if found is None:
        unknown = jsonify({"error": {"code": "unknown_document"}})
        unknown.status_code = 404
        return unknown
    state = found.state if found.intact else "changed"
    values = {"state": state, "since": found.at.isoformat(), "issued_at": found.issued_at.isoformat()}
    facts = {key: value for key, value in found.facts.items() if key != "remark"}
    names = ("number", "title", "reason", "issuer", "holder", "sha256", "newer", "older")
    return jsonify({**facts, **values, **{name: getattr(found, name) for name in names}})


def _checked(session: Session, token: str) -> Checked | None:
    document = services.by_token(session, token)
    if document is None:
        return None
    newer, older = services.replaced_by(session, document), None
    if document.replaces_id is not None:
        older = session.get(Document, document.replaces_id)
    last = services.history(session, document)[-1]
    # Nothing is left of a document whose holder was erased.
    snapshot: dict[str, Any] = json.loads(document.snapshot or "{}")
    return Checked(
        number=document.number, title=document.title, state=document.state, at=last.at,
        reason=last.reason_class, intact=services.is_intact(document), issuer=_issuer(session, document, snapshot),
        holder=_masked_holder(session, document), issued_at=document.issued_at, sha256=document.sha256,
        facts={key: snapshot[key] for key in FACTS if key in snapshot},
        newer=newer.number if newer is not None else "", older=older.number if older is not None else "",
    )  # fmt: skip


def _issuer(session: Session, document: Document, snapshot: Mapping[str, Any]) -> str:
    """The unit that the paper names, and its area where that is another name."""
    area = session.get_one(Area, document.area_id).name
    unit = str(snapshot.get("issuer", {}).get("unit", "")) or area
    return unit if area in unit else f"{unit}（{area}）"


def _masked_holder(session: Session, document: Document) -> str:
    if document.person_id is None:
        return ""
    return mask_name(session.scalar(select(Person.name).where(Person.id == document.person_id)) or "")
