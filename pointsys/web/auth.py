"""Signing in and out: by password, one-time link or a code handed out in person, and the second factor after it.

A refused sign-in says the same and takes as long whatever was wrong; failures are counted in a transaction of
their own, and hashing happens outside of every write transaction. Also the reader's own choices of language and
letter size.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, RequestRedirect
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from pointsys.core import audit
from pointsys.core.accounts import codes, second_factor, signing_in
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
from pointsys.web.access import PUBLIC, access_of, current_actor, public
from pointsys.web.errors import error_page
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import LETTER_SIZES, LETTERS_COOKIE, flash_done, show

blueprint = Blueprint("auth", __name__)

CHOICE_AGE = 365 * 24 * 3600
View = Response | tuple[str, int]


class SignInForm(Form):
    """Name or phone number, and password; both may be pasted."""

    login = StringField(lazy_gettext("Sign-in name or phone number"), [needed(), at_most(100)])
    password = PasswordField(lazy_gettext("Password"), [needed(), at_most(200)])


class CodeForm(Form):
    """Name or phone number, and the code of the slip."""

    login = StringField(lazy_gettext("Sign-in name or phone number"), [needed(), at_most(100)])
    code = StringField(lazy_gettext("Code on the slip"), [needed(), at_most(20)])


class SecondFactorForm(Form):
    """A code of the app, or a recovery code."""

    code = StringField(lazy_gettext("Code of the app"), [needed(), at_most(40)])


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> View:
    """The sign-in page; ``to`` names the page to go on to by its endpoint."""
    form = SignInForm()
    if request.method == "GET" and current_actor().account_id is not None:
        return redirect(_target())
    if request.method == "GET" and web_session.half_state() is not None:
        return redirect(url_for("auth.second", **_kept_target()))
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
    address, typed = web_session.client_address(), str(form.login.data)
    with read_scope() as session:
        attempt = signing_in.prepare(session, typed, address)
        if attempt.flooded:
            return error_page(429)
        # Verified even when locked, so that the answer takes as long.
        fits = account_passwords.verify_password(attempt.account, str(form.password.data))
        account_id, stored = None, None
        if attempt.account is not None:
            account_id, stored = attempt.account.id, attempt.account.password_hash
    if not fits or attempt.locked or attempt.crowded or account_id is None:
        return _refused(form, typed, account_sessions.PASSWORD) or _sign_in_page(form, 422)
    return _enter(account_id, account_sessions.PASSWORD, stored) or _sign_in_page(form, 422)


def _refused(form: Form, typed: str, way: str) -> View | None:
    """One sentence for a wrong name, a wrong secret, a disabled account and a lock alike; or too many attempts."""
    address = web_session.client_address()
    with unit_of_work(drain=False) as session:
        attempt = signing_in.prepare(session, typed, address)
        signing_in.refuse(session, attempt, way, address, request.user_agent.string)
        crowded = attempt.crowded
    if crowded:
        return error_page(429)
    form.problems.append(
        gettext("That does not fit, or there were too many attempts. Check both, or wait ten minutes.")
    )
    return None


def _enter(account_id: int, way: str, verified: str | None = None) -> View | None:
    """Open a session, or go on to the second factor.

    None when the account was disabled meanwhile, or has another password than the ``verified`` (hash of) one.
    """
    with unit_of_work(drain=False) as session:
        account = session.get(Account, account_id)
        if account is None or account.disabled_at is not None:
            return None
        if verified is not None and account.password_hash != verified:
            return None
        opened = signing_in.enter(
            session,
            account,
            way,
            web_session.client_address(),
            request.user_agent.string,
            demo=bool(current_app.config["POINTSYS"].demo),
        )
        has_password = account.password_hash is not None
    web_session.remember(opened)
    return _go_on(opened, has_password)


def _go_on(opened: account_sessions.SignedIn, has_password: bool = True) -> Response:
    """Where somebody goes who has just come in."""
    if opened.pending == account_sessions.SECOND_FACTOR_PENDING:
        return redirect(url_for("auth.second", **_kept_target()), 303)
    target = _target() if has_password else url_for("me_password.page")
    if opened.pending in web_session.WAYS_ON:
        target = url_for(web_session.WAYS_ON[opened.pending][0])
    return _as_chosen(redirect(target, 303), opened.letters)


@blueprint.route("/sign-in/second-factor", methods=["GET", "POST"])
@public
def second() -> View:
    """The code of the app, once the password was right; after five wrong ones the password is asked again."""
    half = web_session.half_state()
    if half is None:
        return redirect(url_for("auth.sign_in", **_kept_target()), 303)
    form = SecondFactorForm()
    if not form.validate_on_submit():
        return show("auth/second.html", 422 if form.errors else 200, form=form, keep=_kept_target())
    address, browser = web_session.client_address(), request.user_agent.string
    counted = account_throttle.counters(f"second:{half.actor.account}", "")
    token = web_session.own_token()
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, half.actor.account_id)
        locked = account_throttle.locked_until(session, [counted.pair]) is not None
        opened, spent, fits = None, False, False
        if not locked:
            fits = second_factor.verify(session, account, str(form.code.data))
        if fits:
            opened = signing_in.enter_wholly(session, account, token, address, browser)
        else:
            account_throttle.count_subjects(session, [counted.pair])
            attempt = signing_in.Attempt(account, account.public_id, True, False, False)
            signing_in.refuse(session, attempt, "second_factor", address, browser)
            spent = account_throttle.locked_until(session, [counted.pair]) is not None
            if spent:
                account_sessions.end_session(session, token)
    if opened is not None:
        web_session.remember(opened)
        return _go_on(opened)
    if spent:
        web_session.forget()
        return error_page(429)
    if fits:
        # The account was disabled or signed out everywhere while the code was on its way.
        web_session.forget()
        return redirect(url_for("auth.sign_in"), 303)
    form.code.data = ""
    form.code.errors = [
        gettext("This code does not fit. Wait for the next one, and check the phone's clock.")
    ]
    return show("auth/second.html", 422, form=form, keep=_kept_target())


@blueprint.route("/code", methods=["GET", "POST"])
@public
def code() -> View:
    """Sign in with the code that staff handed out in person; ``name`` fills the sign-in name of a slip in."""
    form = CodeForm()
    if request.method == "GET":
        form.login.data = request.args.get("name", "")[:60]
    if not form.validate_on_submit():
        return show("auth/code.html", 422 if form.errors else 200, form=form)
    address, typed = web_session.client_address(), str(form.login.data)
    with unit_of_work(drain=False) as session:
        attempt = signing_in.prepare(session, typed, address)
        if attempt.flooded or attempt.crowded:
            return error_page(429)
        account = attempt.account
        usable = account is not None and account.disabled_at is None and not attempt.locked
        if usable and account is not None and codes.use_code(session, account, str(form.code.data)):
            opened = signing_in.enter(
                session, account, account_sessions.CODE, address, request.user_agent.string
            )
        else:
            opened = None
    if opened is None:
        answer = _refused(form, typed, account_sessions.CODE)
        return answer or show("auth/code.html", 422, form=form)
    web_session.remember(opened)
    return _go_on(opened)


@blueprint.post("/sign-out")
@public
def sign_out() -> View:
    """End the session in the database, so that a copy of the cookie is worth nothing."""
    token = web_session.forget()
    if token is not None:
        with unit_of_work(drain=False) as session:
            account_sessions.end_session(session, token)
            audit.write(session, current_actor(), "sign_out", "account", current_actor().account or "-")
    g.actor = Actor("anonymous")
    flash_done(N_("You are signed out."))
    return redirect(url_for("auth.sign_in"), 303)


@blueprint.get("/l/<token>")
@public
def one_time_link(token: str) -> View:
    """A button, because chat programs open links to preview them."""
    with read_scope() as session:
        good = account_links.link_is_good(session, token, account_links.SIGN_IN) is not None
        used = not good and account_links.was_used(session, token) is not None
    if used:
        return show("auth/link_used.html", 410, token=token)
    return show("auth/link.html", token=token) if good else _spent()


def _spent() -> Response:
    return error_page(410, detail=gettext("This link was used already or has expired. Ask for a new one."))


@blueprint.post("/l/<token>")
@public
def use_one_time_link(token: str) -> View:
    """Spend the link and sign its account in; its second use ends every session of the account (A06)."""
    address = web_session.client_address()
    with unit_of_work(drain=False) as session:
        try:
            link = account_links.use_link(session, token, account_links.SIGN_IN)
        except Problem:
            account_links.use_twice(session, token, address)
            return _spent()
        account_id = link.account_id
    return (_enter(account_id, account_sessions.LINK) if account_id is not None else None) or _spent()


def _kept_target() -> dict[str, Any]:
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
