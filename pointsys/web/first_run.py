"""The page of the link that an empty site prints on its console: it makes the first account, and nothing else does."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, StringField

from pointsys.core import audit
from pointsys.core.accounts import services as accounts
from pointsys.core.actors import Actor
from pointsys.core.permissions import COMMUNITY_WORKER, SUBDISTRICT_OFFICE, SYSTEM_ADMIN
from pointsys.core.startup import root_area, start_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import public
from pointsys.web.errors import error_page
from pointsys.web.forms import Form, at_most, needed, optional
from pointsys.web.frame import flash_done, show

blueprint = Blueprint("first_run", __name__)

SPENT = N_(
    "This link was used already or has expired. "
    "A restart of the site prints a new one while nobody can sign in."
)


class FirstRunForm(Form):
    """The root area, unless there is one, and the first account."""

    code = StringField(lazy_gettext("Code of your area"), [optional(), at_most(20)])
    name = StringField(lazy_gettext("Name of your area"), [optional(), at_most(100)])
    login = StringField(lazy_gettext("Sign-in name"), [needed(), at_most(60)])
    password = PasswordField(lazy_gettext("Password"), [needed()])
    again = PasswordField(lazy_gettext("The same again"), [needed()])
    daily_work = BooleanField(
        lazy_gettext("This account also does the daily work: people, entries and imports"), default=True
    )


@blueprint.route("/first-run/<token>", methods=["GET", "POST"])
@public
def start(token: str) -> Response | tuple[str, int]:
    """Set the site up; the link works once, and only while nobody can sign in."""
    form = FirstRunForm()
    with read_scope() as session:
        good = accounts.link_is_good(session, token, accounts.FIRST_RUN) is not None
        if not good or accounts.has_accounts(session):
            return error_page(410, detail=gettext(SPENT))
        root = root_area(session)
        known = (root.code, root.name) if root is not None else None
    if form.validate_on_submit():
        try:
            signed_in = _set_up(form, token, known)
        except Problem as problem:
            form.refuse(problem)
        else:
            web_session.remember(signed_in)
            flash_done(N_("The site is ready. Next, add your communities and grids, or import a roster."))
            return redirect(url_for("home.start"), 303)
    elif request.method == "GET":
        form.daily_work.data = True
    status = 422 if form.errors or form.problems else 200
    return show("auth/first_run.html", status, form=form, known=known)


def _set_up(form: FirstRunForm, token: str, known: tuple[str, str] | None) -> accounts.SignedIn:
    if form.password.data != form.again.data:
        raise Problem("passwords_differ", N_("The two passwords differ."), field="again")
    login, password = accounts.normalise_login(form.login.data or ""), form.password.data or ""
    accounts.check_password(password, login)
    hashed = accounts.hash_password(password)
    actor = Actor("first run", address=web_session.client_address(), unrestricted=True)
    code, name = known or (form.code.data or "", form.name.data or "")
    with unit_of_work(drain=False) as session:
        accounts.use_link(session, token, accounts.FIRST_RUN)
        if accounts.has_accounts(session):
            raise Problem(
                "site_has_accounts", N_("This site has accounts already: sign in with one of them.")
            )
        area = start_site(session, code, name, actor)
        account = accounts.create_account(session, login, actor)
        accounts.store_password(session, account, hashed, actor)
        accounts.grant_role(session, account, SYSTEM_ADMIN, area, actor)
        if form.daily_work.data:
            role = COMMUNITY_WORKER if area.level in ("community", "grid") else SUBDISTRICT_OFFICE
            accounts.grant_role(session, account, role, area, actor)
        audit.write(session, actor, "site.started", "area", area.code, area_id=area.id)
        return accounts.open_session(session, account, actor.address, request.user_agent.string)
