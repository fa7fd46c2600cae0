"""My data and my rights (S-07), for a phone: what is held, who looked, consents, a copy, requests, and the notice.

After a sign-in ``hold_for_notice`` leads people to the notice if they have not read the version that rules (S-01).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, abort, current_app, redirect, request, session, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from pointsys.access import PUBLIC, access_of, is_static
from pointsys.core import audit
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.areas.models import Area
from pointsys.core.crypto import CannotDecrypt
from pointsys.core.people import consent
from pointsys.core.people.children import is_child
from pointsys.core.people.groups import groups
from pointsys.core.people.models import PersonUnmasking
from pointsys.core.people.records import id_number_of, masked, phone_of
from pointsys.core.privacy import notices, requests
from pointsys.core.privacy.models import PrivacyRequest
from pointsys.core.privacy.own_copy import copy_of
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.masking import UNREADABLE
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import current_actor, signed_in
from pointsys.web.frame import flash_done, flash_outcome, flash_problem, show
from pointsys.web.privacy_words import held_lines, notice_content
from pointsys.web.scope import own_person
from pointsys.web.session import LOOK, own_state

blueprint = Blueprint("me_privacy", __name__)

View = BaseResponse | tuple[str, int]
_OPEN = frozenset(
    {"me_privacy.notice", "me_privacy.confirm_notice", "auth.sign_out", "auth.language", "auth.letters"}
)
FIELDS = {"phone": phone_of, "id_number": id_number_of}


def hold_for_notice() -> BaseResponse | None:
    """Lead somebody who just signed in to a notice they have not read; runs before every request."""
    if not session.get(LOOK) or current_actor().person_id is None:
        return None
    if request.endpoint is None or is_static(request.endpoint) or request.endpoint in _OPEN:
        return None
    state = own_state()
    if state is not None and state.pending:
        # A new password comes first, and is led to by ``session.hold_back``.
        return None
    access = access_of(current_app, request.endpoint)
    if access is None or access.scope == PUBLIC or access.token:
        return None
    with read_scope() as reading:
        person = own_person(reading)
        unread = person is not None and notices.to_read(reading, person) is not None
    if not unread:
        session.pop(LOOK)
        return None
    if request.headers.get("HX-Request") == "true":
        return BaseResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect(url_for("me_privacy.notice"), 303)


@dataclass(frozen=True)
class Looked:
    """Full values that somebody of a role looked at: how often, and when last."""

    role: str
    field: str
    count: int
    last: datetime


def _looked(reading: Session, rows: Sequence[int]) -> list[Looked]:
    shown = PersonUnmasking
    found = reading.execute(
        select(shown.actor, shown.field, func.count(), func.max(shown.at))
        .where(shown.person_id.in_(rows))
        .group_by(shown.actor, shown.field)
    ).all()
    roles = _roles(reading, {row[0] for row in found})
    together: dict[tuple[str, str], Looked] = {}
    for actor, field, count, last in found:
        role = roles.get(actor, "")
        before = together.get((role, field))
        total, latest = (count, last) if before is None else (count + before.count, max(last, before.last))
        together[role, field] = Looked(role, field, total, latest)
    return sorted(together.values(), key=lambda looked: looked.last, reverse=True)


def _roles(reading: Session, logins: set[str]) -> dict[str, str]:
    """Login -> one of its roles, the present one first."""
    if not logins:
        return {}
    rows = reading.execute(
        select(Account.login, RoleGrant.role)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(Account.login.in_(logins))
        .order_by(RoleGrant.ended_at.is_(None), RoleGrant.id)
    )
    return {row.login: row.role for row in rows}


@blueprint.get("/me/privacy")
@signed_in
def index() -> View:
    """Everything about one's own data on one page."""
    return _index({})


def _index(shown: dict[str, str], status: int = 200) -> View:
    with read_scope() as reading:
        person = own_person(reading)
        if person is None:
            return show("me/nobody.html")
        ((_kept, rows),) = groups(reading, [person.id]).items()
        asked = requests.of_person(reading, person)
        return show(
            "me/privacy.html",
            status,
            person=person,
            known=masked(person),
            shown=shown,
            area=reading.get_one(Area, person.area_id),
            consents=consent.current(reading, [person.id]).get(person.id, {}),
            child=is_child(person.birth_date),
            held=held_lines(),
            looked=_looked(reading, rows),
            asked=asked,
            kinds=requests.KINDS,
            states=requests.STATES,
            overdue=lambda one: requests.is_overdue(one, current_site().today()),
        )


@blueprint.post("/me/privacy/show")
@signed_in
def reveal() -> View:
    """Show one's own full phone or ID number once."""
    field = request.form.get("field", "")
    if field not in FIELDS:
        abort(404)
    with read_scope() as reading:
        person = own_person(reading)
        if person is None:
            abort(404)
        try:
            value = FIELDS[field](person) or ""
        except CannotDecrypt:
            value = UNREADABLE
        public_id, area_id = person.public_id, person.area_id
    with unit_of_work(drain=False) as writing:
        audit.write(
            writing, current_actor(), "privacy.own_shown", "person", public_id, area_id=area_id,
            after={"field": field},
        )  # fmt: skip
    return _index({field: value})


@blueprint.get("/me/privacy/my-data.json")
@signed_in
def copy() -> View:
    """Everything that is held of oneself, for a program to read."""
    with read_scope() as reading:
        person = own_person(reading)
        if person is None:
            abort(404)
        data = copy_of(reading, person)
        public_id, area_id = person.public_id, person.area_id
    with unit_of_work(drain=False) as writing:
        audit.write(writing, current_actor(), "privacy.own_data", "person", public_id, area_id=area_id)
    answer = Response(json.dumps(data, ensure_ascii=False, indent=1), mimetype="application/json")
    name = f"my-data-{current_site().today().isoformat()}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.post("/me/privacy/ask")
@signed_in
def ask() -> View:
    """Ask for a correction, an explanation, a deletion, or a stop."""
    try:
        with unit_of_work() as writing:
            person = own_person(writing)
            if person is None:
                abort(404)
            kind, text = request.form.get("kind", ""), request.form.get("text", "")
            due = requests.ask(writing, person, kind, text, current_actor()).due_on
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(N_("Noted. You will have an answer by %(day)s at the latest."), day=due.isoformat())
    return redirect(url_for("me_privacy.index", _anchor="requests"), 303)


@blueprint.post("/me/privacy/take-back/<asked>")
@signed_in
def take_back(asked: str) -> View:
    """Take one's own request back."""
    with flash_outcome(N_("Your request is taken back.")), unit_of_work() as writing:
        person = own_person(writing)
        own = [] if person is None else requests.of_person(writing, person)
        found: PrivacyRequest | None = next((one for one in own if one.public_id == asked), None)
        if found is None:
            abort(404)
        requests.withdraw(writing, found, current_actor())
    return redirect(url_for("me_privacy.index", _anchor="requests"), 303)


@blueprint.get("/me/privacy/notice")
@signed_in
def notice() -> View:
    """The notice that rules, to be read and confirmed."""
    with read_scope() as reading:
        person = own_person(reading)
        if person is None:
            return show("me/nobody.html")
        ruling = notices.in_force(reading, person.area_id)
        area = reading.get_one(Area, ruling.area_id or person.area_id)
        return show(
            "me/notice.html",
            notice=ruling,
            content=notice_content(reading, ruling, area),
            unread=notices.to_read(reading, person) is not None,
            first=notices.FIRST,
            area=area,
        )


@blueprint.post("/me/privacy/notice")
@signed_in
def confirm_notice() -> View:
    """Say that one has read it; this agrees to nothing."""
    try:
        with unit_of_work() as writing:
            person = own_person(writing)
            if person is None:
                abort(404)
            notices.confirm(writing, person, request.form.get("version", ""), "screen", current_actor())
    except Problem as problem:
        flash_problem(problem)
        return redirect(url_for("me_privacy.notice"), 303)
    session.pop(LOOK, None)
    flash_done(N_("Thank you. You can read the notice again at any time under “My data and rights”."))
    return redirect(url_for("me.show_me"), 303)
