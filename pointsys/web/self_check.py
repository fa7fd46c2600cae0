"""The site's health as lights for people, and the page that says what to do where administrators are not separated."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, current_app

from pointsys.config import Config
from pointsys.core import health
from pointsys.core.accounts.separation import excepted, holders, is_separated, posts_of
from pointsys.core.permissions import ADMINISTRATORS
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_
from pointsys.web.access import current_actor, signed_in
from pointsys.web.frame import show

blueprint = Blueprint("self_check", __name__)

GREEN, AMBER, RED = "ok", "wait", "no"
DUTIES = {
    "system_admin": N_("Keeps areas, plugins, settings and backups. Sees no personal data."),
    "security_admin": N_("Gives accounts and roles. Sees no personal data."),
    "audit_admin": N_("Reads the log of what was done. Changes nothing."),
}


@dataclass(frozen=True)
class Light:
    """One line of the self-check, its texts in the reader's language; ``state`` is ok, wait or no."""

    title: str
    state: str
    detail: str
    cure: str = ""


def lights() -> list[Light]:
    """The checks of the site; not inside another ``read_scope``."""
    config: Config = current_app.config["POINTSYS"]
    return [
        Light(check.title, GREEN if check.ok else AMBER if check.warning else RED, check.detail, check.cure)
        for check in health.checks(config=config, serving=True)
    ]


@blueprint.get("/separation")
@signed_in
def separation() -> tuple[str, int]:
    """Who holds which administrator's post, and how to part them; for administrators alone."""
    if not posts_of(current_actor()):
        abort(404)
    with read_scope() as session:
        return show(
            "wizard/separation.html",
            holders=holders(session), separated=is_separated(session), excepted=excepted(session),
            posts=ADMINISTRATORS, duties=DUTIES,
        )  # fmt: skip
