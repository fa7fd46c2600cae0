"""Setting one's own password: whoever knows the present one may, and whoever came in by a link or code just now."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response
from wtforms import PasswordField

from pointsys.core.accounts import passwords, signing_in
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.records import REFUSED, note_sign_in
from pointsys.core.accounts.rules import sign_in_rules
from pointsys.core.accounts.sessions import CODE, LINK, PASSWORD, PASSWORD_PENDING, is_open, open_session
from pointsys.core.accounts.throttle import count_subjects, counters, locked_until
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import current_actor, signed_in
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_done, show

blueprint = Blueprint("me_password", __name__)

View = Response | tuple[str, int]


class PasswordForm(Form):
    """A new password, typed twice because it is not shown, and the present one where it has to be known."""

    current = PasswordField(lazy_gettext("Present password"), [at_most(200)])
    password = PasswordField(lazy_gettext("New password"), [needed()])
    again = PasswordField(lazy_gettext("The same again"), [needed()])


@blueprint.route("/me/password", methods=["GET", "POST"])
@signed_in
def page() -> View:
    """Set one's password; every other session ends, this one goes on under a new token."""
    form = PasswordForm()
    with read_scope() as session:
        account = session.get_one(Account, current_actor().account_id)
        profile = sign_in_rules(session).profile
        asks = account.password_hash is not None and not may_have_forgotten()
        barred = passwords.old_hashes(session, account, profile) if form.is_submitted() else ()
        login, stored, has_password = account.login, account.password_hash, account.password_hash is not None
        ends = passwords.expires_at(account, profile)
    if form.validate_on_submit():
        wanted = str(form.password.data)
        try:
            if asks and stored is not None:
                check_own_password(str(form.current.data or ""))
            if wanted != form.again.data:
                raise Problem("passwords_differ", N_("The two passwords differ."), field="again")
            passwords.check_password(wanted, login, profile)
            passwords.check_not_used_before(wanted, barred)
            hashed = passwords.hash_password(wanted)
        except Problem as problem:
            form.refuse(problem)
        else:
            return _store(hashed, stored)
    state = web_session.own_state()
    return show(
        "auth/password.html",
        422 if form.errors or form.problems else 200,
        form=form,
        asks=asks,
        profile=profile,
        expired=asks and ends is not None and ends <= current_site().now(),
        forced=state is not None and state.pending == PASSWORD_PENDING,
        first=not has_password,
    )


def may_have_forgotten() -> bool:
    """Whether one came in by a link or code just now: that proves as much as the forgotten password."""
    state = web_session.own_state()
    # Nothing else opens for a session that waits for the new password, so that it may take its time.
    return (
        state is not None
        and state.opened_by in (LINK, CODE)
        and (state.is_fresh or state.pending == PASSWORD_PENDING)
    )


def check_own_password(typed: str) -> None:
    """Refuse a wrong present password at the field ``current``; five wrong ones and nothing is verified for a while."""
    address = web_session.client_address()
    actor = current_actor()
    counted = counters(f"again:{actor.account}", "").pair
    with read_scope() as session:
        account = session.get_one(Account, actor.account_id)
        locked = locked_until(session, [counted]) is not None
        fits = not locked and passwords.verify_password(account, typed)
    if locked:
        raise Problem(
            "too_many_attempts", N_("Too many attempts. Wait ten minutes, then try again."), field="current"
        )
    if not fits:
        with unit_of_work(drain=False) as session:
            count_subjects(session, [counted])
            note_sign_in(
                session, actor.account_id or 0, PASSWORD, REFUSED, address, request.user_agent.string
            )
        raise Problem("wrong_password", N_("This is not your present password."), field="current")


def _store(hashed: str, before: str | None) -> Response:
    """Store the new password where ``before`` still stands and this browser is still signed in."""
    address, browser = web_session.client_address(), request.user_agent.string
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id, with_for_update=True)
        if account.password_hash != before or not is_open(session, web_session.own_token()):
            # Hashing takes its time: somebody else set a password or ended this session meanwhile.
            return redirect(url_for("auth.sign_in"), 303)
        passwords.store_password(session, account, hashed, current_actor())
        pending = signing_in.waits_for(session, account, sign_in_rules(session), PASSWORD)
        opened = open_session(session, account, address, browser, pending=pending)
    web_session.remember(opened)
    flash_done(N_("Your password is set. Other browsers were signed out, and tokens for programs revoked."))
    return redirect(url_for("home.start"), 303)
