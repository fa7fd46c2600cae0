"""News about one's own account: who made a way into it, gave it a role or signed it out, until one has read it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.core.accounts import notices
from pointsys.core.accounts.notices import AccountNotice
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.web.access import current_actor, signed_in
from pointsys.web.actor_names import actor_name
from pointsys.web.frame import role_title, show

blueprint = Blueprint("me_notices", __name__)


@blueprint.get("/me/notices")
@signed_in
def page() -> tuple[str, int]:
    """The newest notices; those not read yet first in bold, with a button that says so."""
    with read_scope() as session:
        found = notices.latest(session, current_actor().account_id or 0)
        newest = next((notice.id for notice in found if notice.seen_at is None), None)
        return show("me/notices.html", notices=found, newest=newest, words=words)


@blueprint.post("/me/notices")
@signed_in
def read() -> Response:
    """Note that the reader has seen what was shown to them, and nothing that came meanwhile."""
    newest = request.form.get("newest", "")
    if newest.isascii() and newest.isdigit() and len(newest) < 10:
        with unit_of_work(drain=False) as session:
            notices.mark_seen(session, current_actor(), int(newest))
    return redirect(url_for("home.start"), 303)


def words(notice: AccountNotice) -> str:
    """What a notice says, in the reader's language."""
    values = {**notice.values, "who": actor_name(notice.made_by)}
    if "role" in values:
        values["role"] = role_title(str(values["role"]))
    if "login" in values:
        values["login"] = actor_name(str(values["login"]))
    if "day" in values:
        values["day"] = date.fromisoformat(str(values["day"])).isoformat()
    return str(gettext(notices.KINDS[notice.kind], **values))
