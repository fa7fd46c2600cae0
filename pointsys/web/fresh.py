"""Asking again who one is before an act that hands on power: making a token, changing the second factor.

A view calls ``ask_again`` first and returns its answer if there is one: ``if page := ask_again(): return page``.
Whoever proved themselves within ``sessions.FRESH`` is not asked. The way back is an endpoint, never an address.
"""

from __future__ import annotations

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from pointsys.web import session as web_session


def ask_again() -> Response | None:
    """None for somebody who has just proved who they are; else the way to the page that asks."""
    state = web_session.own_state()
    # Nobody knows the passwords of a demonstration's accounts: they come in by links.
    if current_app.config["POINTSYS"].demo or (state is not None and state.is_fresh):
        return None
    target = request.endpoint if request.method == "GET" and not request.view_args else "me_security.page"
    return redirect(url_for("me_security.confirm", to=target), 303)
