"""“Sign-in and security”: one's password and second factor, the browsers that are signed in, and the last sign-ins.

What is found strange here can be ended here. ``confirm`` asks again who one is, for pages that hand on power.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from pointsys.core import audit
from pointsys.core.accounts import passwords, second_factor
from pointsys.core.accounts.browsers import browser_name
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.records import sign_ins_of
from pointsys.core.accounts.rules import OFF, sign_in_rules
from pointsys.core.accounts.sessions import end_session_of, end_sessions, freshen, sessions_of
from pointsys.core.accounts.throttle import count_subjects, counters, locked_until
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF
from pointsys.core.tokens.services import revoke_all
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import PUBLIC, access_of, current_actor, signed_in
from pointsys.web.forms import Form, at_most
from pointsys.web.frame import flash_done, show
from pointsys.web.me_password import check_own_password
from pointsys.web.scope import missing

blueprint = Blueprint("me_security", __name__)

View = Response | tuple[str, int]
WAYS = {
    "password": N_("Password"),
    "link": N_("One-time link"),
    "code": N_("Code handed out in person"),
    "second_factor": N_("Second factor"),
}
SHOWN = 20


class ConfirmForm(Form):
    """The password, or a code of the second factor."""

    current = PasswordField(lazy_gettext("Your password"), [at_most(200)])
    code = StringField(lazy_gettext("Code of the app"), [at_most(40)])


@blueprint.get("/me/security")
@signed_in
def page() -> View:
    """All about how one signs in."""
    with read_scope() as session:
        account = session.get_one(Account, current_actor().account_id)
        rules = sign_in_rules(session)
        return show(
            "me/security.html",
            account=account,
            # Nothing expires in a demonstration, whose accounts are as old as its story.
            ends=None
            if current_app.config["POINTSYS"].demo
            else passwords.expires_at(account, rules.profile),
            sessions=sessions_of(session, account.id, web_session.own_token()),
            sign_ins=sign_ins_of(session, account.id, SHOWN),
            codes_left=second_factor.codes_left(session, account) if account.totp_at else 0,
            offers_second_factor=account.totp_at is not None or (rules.second_factor != OFF and is_staff()),
            browser_name=browser_name,
            ways=WAYS,
        )


def is_staff() -> bool:
    """Whether the reader holds any role that reaches beyond their own data."""
    return any(grant.role in (*ADMINISTRATORS, *EVERY_STAFF) for grant in current_actor().grants)


@blueprint.post("/me/security/sessions/<key>/end")
@signed_in
def end(key: str) -> View:
    """Sign one of one's browsers out."""
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        if not end_session_of(session, account, key, current_actor()):
            missing()
    flash_done(N_("That browser is signed out."))
    return redirect(url_for("me_security.page"), 303)


@blueprint.post("/me/security/sessions/end-others")
@signed_in
def end_others() -> View:
    """Sign every browser out but this one, and programs with one's tokens."""
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        ended = end_sessions(session, account.id, but=web_session.own_token())
        revoke_all(session, account.id, current_actor())
        if ended:
            audit.write(session, current_actor(), "session.ended", "account", account.public_id, count=ended)
    flash_done(N_("All other browsers are signed out, and your tokens are revoked."))
    return redirect(url_for("me_security.page"), 303)


@blueprint.route("/me/security/confirm", methods=["GET", "POST"])
@signed_in
def confirm() -> View:
    """Ask again who one is, then go on to the page named by ``to``."""
    form = ConfirmForm()
    with read_scope() as session:
        account = session.get_one(Account, current_actor().account_id)
        by_code, has_password = account.totp_at is not None, account.password_hash is not None
    if not by_code and not has_password:
        # There is nothing to ask for: the way to prove oneself is to come in again.
        return redirect(url_for("me_password.page"), 303)
    if form.validate_on_submit():
        try:
            if by_code:
                _check_code(str(form.code.data or ""))
            else:
                check_own_password(str(form.current.data or ""))
        except Problem as problem:
            form.refuse(problem)
        else:
            with unit_of_work(drain=False) as session:
                freshen(session, web_session.own_token())
            return redirect(_target(), 303)
    status = 422 if form.errors or form.problems else 200
    return show("me/confirm.html", status, form=form, by_code=by_code, to=request.values.get("to", ""))


def _check_code(typed: str) -> None:
    counted = counters(f"second:{current_actor().account}", "").pair
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        locked = locked_until(session, [counted]) is not None
        fits = not locked and second_factor.verify(session, account, typed)
        if not fits and not locked:
            count_subjects(session, [counted])
    if locked:
        raise Problem(
            "too_many_attempts", N_("Too many attempts. Wait ten minutes, then try again."), field="code"
        )
    if not fits:
        raise Problem(
            "wrong_code",
            N_("This code does not fit. Wait for the next one, and check the phone's clock."),
            field="code",
        )


def _target() -> str:
    endpoint = request.values.get("to", "")
    access = access_of(current_app, endpoint)
    rules = list(current_app.url_map.iter_rules(endpoint)) if access is not None else []
    if (
        access is None
        or access.scope == PUBLIC
        or not any(not rule.arguments and "GET" in (rule.methods or ()) for rule in rules)
    ):
        return url_for("me_security.page")
    return url_for(endpoint)
