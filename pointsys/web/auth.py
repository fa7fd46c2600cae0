"""Signing in and out, one-time links, and the reader's own choices of language and letter size.

A refused sign-in says the same and takes as long whatever was wrong; failures are counted in a transaction of
their own, and hashing happens outside of every write transaction.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, RequestRedirect
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from pointsys.core import audit
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts import throttle as account_throttle
from pointsys.core.accounts.models import Account
from pointsys.core.actors import Actor
from pointsys.core.public_page import public_settings
from pointsys.core.startup import root_area
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.language import COOKIE as LANGUAGE_COOKIE
from pointsys.language import LANGUAGES
from pointsys.web import session as web_session
from pointsys.web.access import PUBLIC, access_of, current_actor, public, signed_in
from pointsys.web.errors import error_page
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import LETTER_SIZES, LETTERS_COOKIE, flash_done, show

blueprint = Blueprint("auth", __name__)

CHOICE_AGE = 365 * 24 * 3600
View = Response | tuple[str, int]


class SignInForm(Form):
    """Name and password; both may be pasted."""

    login = StringField(lazy_gettext("Sign-in name"), [needed(), at_most(100)])
    password = PasswordField(lazy_gettext("Password"), [needed(), at_most(200)])


class PasswordForm(Form):
    """A new password, typed twice because it is not shown."""

    password = PasswordField(lazy_gettext("New password"), [needed()])
    again = PasswordField(lazy_gettext("The same again"), [needed()])

    def check_same(self) -> None:
        """Raise Problem when the two differ."""
        if self.password.data != self.again.data:
            raise Problem("passwords_differ", N_("The two passwords differ."), field="again")


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> View:
    """The sign-in page; ``to`` names the page to go on to by its endpoint."""
    form = SignInForm()
    if request.method == "GET" and current_actor().account_id is not None:
        return redirect(_target())
    if form.validate_on_submit():
        return _try(form)
    return _sign_in_page(form, 422 if form.errors else 200)


def _sign_in_page(form: SignInForm, status: int) -> View:
    """The form, and the way to the public page of the whole site for whoever only wants to read."""
    with read_scope() as session:
        root = root_area(session)
        open_page = root is not None and public_settings(session, root.id).page
        return show(
            "auth/sign_in.html",
            status,
            form=form,
            empty=not accounts.has_accounts(session),
            keep=_kept_target(),
            public_area=root if open_page else None,
        )


def _try(form: SignInForm) -> View:
    address = web_session.client_address()
    try:
        login = accounts.normalise_login(str(form.login.data))
    except Problem:
        login = "-"
    with read_scope() as session:
        by_login, by_address = account_throttle.throttle_subjects(login, address)
        if account_throttle.locked_until(session, [by_address]) is not None:
            return _refused(form, login, 429)
        locked = account_throttle.locked_until(session, [by_login]) is not None
        # Verified even when locked, so that the answer takes as long.
        account = account_passwords.verify_password(session, login, str(form.password.data))
        account_id = account.id if account is not None and not locked else None
    if account_id is None:
        if not locked:
            with unit_of_work(drain=False) as session:
                account_throttle.count_failure(session, login, address)
        return _refused(form, login, 422)
    with unit_of_work(drain=False) as session:
        found = session.get(Account, account_id)
        if found is None or found.disabled_at is not None:
            abort(403)
        token = account_sessions.open_session(session, found, address, request.user_agent.string)
    web_session.remember(token)
    return _as_chosen(redirect(_target(), 303), token.letters)


def _refused(form: SignInForm, login: str, status: int) -> View:
    """One sentence for a wrong name, a wrong password, a disabled account and a lock alike."""
    with unit_of_work(drain=False) as session:
        actor = Actor("anonymous", address=web_session.client_address())
        # A digest, for somebody may have typed the password into the field of the name.
        object_id = account_sessions.token_hash(login)[:16]
        audit.write(session, actor, "sign_in", "login", object_id, result=audit.DENIED)
    if status == 429:
        return error_page(429)
    form.problems.append(
        gettext(
            "Name or password is wrong, or there were too many attempts. Check both, or wait ten minutes."
        )
    )
    return _sign_in_page(form, status)


@blueprint.post("/sign-out")
@public
def sign_out() -> View:
    """End the session in the database, so that a copy of the cookie is worth nothing."""
    token = web_session.forget()
    if token is not None:
        with unit_of_work(drain=False) as session:
            account_sessions.end_session(session, token)
            audit.write(session, current_actor(), "sign_out", "account", current_actor().label)
    g.actor = Actor("anonymous")
    flash_done(N_("You are signed out."))
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.get("/l/<token>")
@public
def one_time_link(token: str) -> View:
    """A button, because chat programs open links to preview them."""
    with read_scope() as session:
        good = account_links.link_is_good(session, token, account_links.SIGN_IN) is not None
    if not good:
        return _spent()
    return show("auth/link.html", token=token)


def _spent() -> Response:
    return error_page(410, detail=gettext("This link was used already or has expired. Ask for a new one."))


@blueprint.post("/l/<token>")
@public
def use_one_time_link(token: str) -> View:
    """Spend the link and sign its account in; without a password yet, go on to setting one."""
    with unit_of_work(drain=False) as session:
        try:
            link = account_links.use_link(session, token, account_links.SIGN_IN)
        except Problem:
            return _spent()
        account = session.get(Account, link.account_id)
        if account is None or account.disabled_at is not None:
            return _spent()
        opened = account_sessions.open_session(
            session, account, web_session.client_address(), request.user_agent.string
        )
        has_password = account.password_hash is not None
    web_session.remember(opened)
    target = url_for("home.start") if has_password else url_for("auth.password")
    return _as_chosen(redirect(target, 303), opened.letters)


@blueprint.route("/me/password", methods=["GET", "POST"])
@signed_in
def password() -> View:
    """Set one's password; every other session ends, this one goes on under a new token."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            form.check_same()
            account_passwords.check_password(str(form.password.data), current_actor().label)
            hashed = account_passwords.hash_password(str(form.password.data))
        except Problem as problem:
            form.refuse(problem)
        else:
            with unit_of_work(drain=False) as session:
                account = session.get_one(Account, current_actor().account_id)
                account_passwords.store_password(session, account, hashed, current_actor())
                opened = account_sessions.open_session(
                    session, account, web_session.client_address(), request.user_agent.string
                )
            web_session.remember(opened)
            flash_done(N_("Your password is set. Other browsers were signed out."))
            return redirect(url_for("home.start"), 303)
    return show("auth/password.html", 422 if form.errors or form.problems else 200, form=form)


def _kept_target() -> dict[str, str]:
    """The wish to go on somewhere, carried through the form."""
    return {k: v for k, v in request.values.items() if k == "to" or k.startswith("v_")}


def _target() -> str:
    """The page named by ``to`` and ``v_*``, if it is one of this site's pages that takes a visit; else the first."""
    endpoint = request.values.get("to", "")
    access = access_of(current_app, endpoint)
    if access is None or access.scope == PUBLIC:
        return url_for("home.start")
    for rule in current_app.url_map.iter_rules(endpoint):
        values: dict[str, Any] = {name: request.values.get(f"v_{name}", "") for name in rule.arguments}
        if "GET" in (rule.methods or ()) and all(values.values()):
            try:
                return url_for(endpoint, **values)
            except BuildError:
                continue
    return url_for("home.start")


def _back() -> str:
    """The page of this site that the reader came from, built anew from its name and values."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return url_for("home.start")
    try:
        endpoint, values = current_app.url_map.bind(request.host).match(came.path, method="GET")
    except (HTTPException, RequestRedirect):
        return url_for("home.start")
    return url_for(endpoint, **values) + (f"?{came.query}" if came.query else "")


def _keep(response: Response, cookie: str, value: str) -> Response:
    response.set_cookie(
        cookie, value, max_age=CHOICE_AGE, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return response


@blueprint.post("/language")
@public
def language() -> View:
    """Remember the reader's language."""
    chosen = request.form.get("language", "")
    response = redirect(_back(), 303)
    return _keep(response, LANGUAGE_COOKIE, chosen) if chosen in LANGUAGES else response


@blueprint.post("/letters")
@public
def letters() -> View:
    """Remember the size of letters the reader wants, in this browser and for the account where there is one."""
    chosen = request.form.get("big", "")
    size = int(chosen) if chosen in LETTER_SIZES else 0
    account_id = current_actor().account_id
    if account_id is not None:
        with unit_of_work(drain=False) as session:
            session.get_one(Account, account_id).letters = size
    return _as_chosen(redirect(_back(), 303), size)


def _as_chosen(response: Response, letters: int | None) -> Response:
    """Tell the browser the size of letters; None leaves it as it is there."""
    return response if letters is None else _keep(response, LETTERS_COOKIE, str(letters))
