"""The site's rules of signing in: passwords, the second factor, browsers at once; and who they leave to be done.

One page for the whole site, on its root area: an account signs in to all of it.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.rules import (
    ADMINS,
    DJBH,
    MODERN,
    MOST_SESSIONS_RANGE,
    OFF,
    OFFERED,
    STAFF,
    set_sign_in_rules,
    sign_in_rules,
)
from pointsys.core.areas.models import Area
from pointsys.core.permissions import ADMINISTRATORS, EVERY_STAFF
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.frame import flash_outcome, show
from pointsys.web.scope import missing

blueprint = Blueprint("sign_in_rules", __name__)

View = Response | tuple[str, int]

PROFILES = {
    DJBH.name: (
        N_("Level protection (GB/T 22239)"),
        N_(
            "At least 10 characters of three kinds; a new one every 90 days, none of the last five. "
            "What assessors expect."
        ),
    ),
    MODERN.name: (
        N_("Long and lasting"),
        N_("At least 12 characters of any kind, without an end. What OWASP recommends; easier for older people."),
    ),
}  # fmt: skip
SECOND_FACTORS = {
    OFFERED: (N_("Whoever wants it"), N_("Staff may set one up for themselves.")),
    ADMINS: (N_("Administrators must"), N_("The three administrators set one up at their next sign-in.")),
    STAFF: (
        N_("All staff must"),
        N_("Everybody but members and residents. Level 3 of the level protection asks for it."),
    ),
    OFF: (N_("Nobody sets up a new one"), N_("Those in use stay in use.")),
}


@blueprint.get("/a/<code>/sign-in-rules")
@area_scope("accounts.manage")
def page(code: str) -> View:
    """The rules, and how many accounts they concern."""
    if current_area().parent_id is not None:
        missing()
    with read_scope() as session:
        staff, with_factor = _counts(session)
        return show(
            "accounts/sign_in_rules.html",
            rules=sign_in_rules(session),
            profiles=PROFILES,
            second_factors=SECOND_FACTORS,
            most=MOST_SESSIONS_RANGE,
            staff=staff,
            with_factor=with_factor,
            networks=current_app.config["POINTSYS"].admin_networks,
        )


def _counts(session: Session) -> tuple[int, int]:
    """How many staff may sign in, and how many of them have a second factor."""
    holds = exists().where(
        RoleGrant.account_id == Account.id,
        RoleGrant.ended_at.is_(None),
        RoleGrant.role.in_((*ADMINISTRATORS, *EVERY_STAFF)),
    )
    row = session.execute(
        select(func.count(), func.count(Account.totp_at)).where(Account.disabled_at.is_(None), holds)
    ).one()
    return int(row[0]), int(row[1])


@blueprint.post("/a/<code>/sign-in-rules")
@area_scope("accounts.manage")
def save(code: str) -> View:
    """Set them, for everybody from the next sign-in on."""
    if current_area().parent_id is not None:
        missing()
    area_id, given = current_area().id, request.form
    most = given.get("most_sessions", "")
    with (
        flash_outcome(N_("The rules are kept; they hold from everybody's next sign-in on.")),
        unit_of_work(drain=False) as session,
    ):
        require_again(session, "accounts.manage", area_id)
        set_sign_in_rules(
            session,
            session.get_one(Area, area_id),
            given.get("profile", ""),
            given.get("second_factor", ""),
            int(most) if most.isascii() and most.isdigit() and len(most) < 4 else 0,
            current_actor(),
        )
    return redirect(url_for("sign_in_rules.page", code=code), 303)
