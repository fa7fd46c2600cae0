"""After the set-up: the self-check in green and red, slips to cut out for the people in charge, a password for oneself.

Who made the site is known by a mark in their browser's signed cookie. It lasts two hours, and what it opens is the
page itself and one-time links of accounts that were made in the set-up and that nobody has used yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import abort, current_app, redirect, request, session, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core import audit
from pointsys.core.accounts import links as account_links
from pointsys.core.accounts.models import Account, RoleGrant
from pointsys.core.accounts.separation import is_separated
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.settings import get_settings
from pointsys.core.setup.apply import UNIT_NAME
from pointsys.core.site import current_site
from pointsys.core.startup import root_area
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web import session as web_session
from pointsys.web.access import current_actor, public
from pointsys.web.frame import show
from pointsys.web.self_check import Light, lights
from pointsys.web.wizard.frame import blueprint, story

View = Response | tuple[str, int]
MARK = "setup_done"
MARK_VALID = timedelta(hours=2)
# Slips are handed over in person during the next days.
SLIP_VALID = timedelta(hours=72)


@dataclass(frozen=True)
class Slip:
    """One piece of paper: whose it is, and the way in."""

    name: str
    login: str
    roles: list[str]
    link: str
    qr: Markup
    expires_at: datetime


def note_done(public_ids: list[str]) -> None:
    """Mark this browser as the one that set the site up and made these accounts."""
    session[MARK] = {"at": current_site().now().timestamp(), "accounts": public_ids}


def _marked() -> list[str]:
    """Public ids of the accounts that this browser made; 404 without a mark."""
    mark = session.get(MARK)
    if not isinstance(mark, dict):
        abort(404)
    at = datetime.fromtimestamp(float(mark["at"]), UTC)
    if not at <= current_site().now() < at + MARK_VALID:
        abort(404)
    return [str(public_id) for public_id in mark["accounts"]]


def _unused(reading: Session, public_ids: list[str]) -> list[Account]:
    """Those of the accounts that still wait for a password of their own."""
    found = reading.scalars(
        select(Account).where(
            Account.public_id.in_(public_ids), Account.password_hash.is_(None), Account.disabled_at.is_(None)
        )
    )
    return sorted(found, key=lambda account: public_ids.index(account.public_id))


@blueprint.get("/set-up/done")
@public
def done() -> View:
    """What was made, how the site is, and the three things to do next."""
    made = _marked()
    found: list[Light] = lights()
    told = story()
    telling = told.progress() if told is not None else (None, 0, 0)
    with read_scope() as reading:
        root = root_area(reading)
        if root is None:
            abort(404)
        waiting = _unused(reading, made)
        own = next((a for a in waiting if a.id == current_actor().account_id), None)
        return show(
            "wizard/done.html", root=root, lights=found, waiting=waiting, own=own, telling=telling,
            separated=is_separated(reading),
        )  # fmt: skip


@blueprint.get("/set-up/demonstration")
@public
def demonstration() -> View:
    """How far the demonstration is; the page of the end asks for it every two seconds."""
    _marked()
    told = story()
    if told is None:
        abort(404)
    return show("wizard/_demonstration.html", telling=told.progress())


@blueprint.post("/set-up/slips")
@public
def slips() -> View:
    """Fresh one-time links on a page to print; slips that were printed before are void."""
    made = _marked()
    actor = Actor("first run", address=web_session.client_address())
    with unit_of_work(drain=False) as writing:
        root = root_area(writing)
        waiting = _unused(writing, made)
        if root is None or not waiting:
            return redirect(url_for("wizard.done"), 303)
        unit = get_settings(writing, root.id, (UNIT_NAME,)).get(UNIT_NAME) or root.name
        cut = [_slip(writing, account, actor, root) for account in waiting]
    here = urlsplit(_base()).hostname in ("127.0.0.1", "::1", "localhost")
    return show("wizard/slips.html", slips=cut, unit=unit, site=_base(), local=here)


def _base() -> str:
    return str(current_app.config["POINTSYS"].base_url.rstrip("/") or request.host_url.rstrip("/"))


def _slip(writing: Session, account: Account, actor: Actor, root: Area) -> Slip:
    # Its tables take as long to make as a page does: only a page with a picture waits for them.
    import segno

    token = account_links.renew_link(writing, account, SLIP_VALID)
    audit.write(writing, actor, "account.link", "account", account.public_id, area_id=root.id)
    link = _base() + url_for("auth.one_time_link", token=token)
    open_roles = select(RoleGrant.role).where(
        RoleGrant.account_id == account.id, RoleGrant.ended_at.is_(None)
    )
    return Slip(
        account.name,
        account.login,
        list(writing.scalars(open_roles.order_by(RoleGrant.id))),
        link,
        # segno writes nothing but numbers into its picture.
        Markup(segno.make(link, error="m").svg_inline(border=2, omitsize=True)),  # noqa: S704
        current_site().now() + SLIP_VALID,
    )
