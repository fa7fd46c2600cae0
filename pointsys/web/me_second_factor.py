"""Setting up the second factor, in three steps on one page: begin, scan, type a code; then the recovery codes, once.

Each act but the confirmation by a code asks for fresh proof of who one is (``web.fresh``).
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import StringField

from pointsys.core.accounts import second_factor
from pointsys.core.accounts.models import Account
from pointsys.core.accounts.rules import OFF, SignInRules, sign_in_rules
from pointsys.core.accounts.sessions import SET_UP_PENDING, settle
from pointsys.core.accounts.throttle import count_subjects, counters, locked_until
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import current_actor, signed_in
from pointsys.web.forms import Form, at_most, needed
from pointsys.web.frame import flash_done, show
from pointsys.web.fresh import ask_again
from pointsys.web.me_security import is_staff
from pointsys.web.scope import missing

blueprint = Blueprint("me_second_factor", __name__)

View = Response | tuple[str, int]


class CodeForm(Form):
    """A code that the app shows."""

    code = StringField(lazy_gettext("Code that the app shows"), [needed(), at_most(20)])


@blueprint.get("/me/second-factor")
@signed_in
def page() -> View:
    """Where one is: nothing yet, a secret that waits for its first code, or in force."""
    return _page(CodeForm())


def _page(form: CodeForm) -> View:
    with read_scope() as session:
        account = session.get_one(Account, current_actor().account_id)
        rules = sign_in_rules(session)
        if account.totp_at is None and not _is_offered(rules):
            missing()
        begun = account.totp is not None and account.totp_at is None
        return show(
            "me/second_factor.html",
            422 if form.errors or form.problems else 200,
            form=form,
            account=account,
            forced=_is_forced(),
            needed=rules.needs_second_factor([grant.role for grant in current_actor().grants]),
            secret=_grouped(second_factor.secret_of(account)) if begun else "",
            **_picture(account, begun),
            codes_left=second_factor.codes_left(session, account) if account.totp_at else 0,
        )


def _is_forced() -> bool:
    """Whether nothing else opens for this session before a second factor is there."""
    state = web_session.own_state()
    return state is not None and state.pending == SET_UP_PENDING


def _is_offered(rules: SignInRules) -> bool:
    """Whether the reader may set one up; who is held here has to, also where their posts do not count."""
    return _is_forced() or (rules.second_factor != OFF and is_staff())


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _picture(account: Account, begun: bool) -> dict[str, str]:
    """The address for the app, as a link and as a QR code."""
    if not begun:
        return {"address": "", "picture": ""}
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    address = second_factor.address_for_app(account, gettext("Community points and hours"))
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="white")
    return {"address": address, "picture": picture}


@blueprint.post("/me/second-factor/begin")
@signed_in
def begin() -> View:
    """Make the secret."""
    if again := ask_again():
        return again
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        if not _is_offered(sign_in_rules(session)):
            missing()
        second_factor.start(session, account, current_actor())
    return redirect(url_for("me_second_factor.page"), 303)


@blueprint.post("/me/second-factor/confirm")
@signed_in
def confirm() -> View:
    """Put it into force with its first code, and show the recovery codes."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _page(form)
    counted = counters(f"second:{current_actor().account}", "").pair
    with read_scope() as session:
        locked = locked_until(session, [counted]) is not None
    try:
        if locked:
            raise Problem(
                "too_many_attempts", N_("Too many attempts. Wait ten minutes, then try again."), field="code"
            )
        with unit_of_work(drain=False) as session:
            account = session.get_one(Account, current_actor().account_id)
            made = second_factor.confirm(session, account, str(form.code.data), current_actor())
            settle(session, web_session.own_token(), "")
    except Problem as problem:
        if not locked:
            with unit_of_work(drain=False) as session:
                count_subjects(session, [counted])
        form.refuse(problem)
        return _page(form)
    return show("me/recovery_codes.html", codes=made, first=True)


@blueprint.post("/me/second-factor/codes")
@signed_in
def renew() -> View:
    """Fresh recovery codes in place of those that are used or lost."""
    if again := ask_again():
        return again
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        if account.totp_at is None:
            missing()
        made = second_factor.renew_codes(session, account, current_actor())
    return show("me/recovery_codes.html", codes=made, first=False)


@blueprint.post("/me/second-factor/remove")
@signed_in
def remove() -> View:
    """Take the second factor away, for another phone or for good where the site allows it."""
    if again := ask_again():
        return again
    with unit_of_work(drain=False) as session:
        account = session.get_one(Account, current_actor().account_id)
        second_factor.reset(session, account, current_actor())
        rules = sign_in_rules(session)
        needed_still = rules.needs_second_factor([grant.role for grant in current_actor().grants])
        if needed_still:
            settle(session, web_session.own_token(), SET_UP_PENDING)
    if needed_still:
        flash_done(N_("The old second factor is taken away. Set the new one up now."))
        return redirect(url_for("me_second_factor.page"), 303)
    flash_done(N_("The second factor is taken away."))
    return redirect(url_for("me_security.page"), 303)
