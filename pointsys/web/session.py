"""Who makes the request: the cookie holds a token, the database says whose it is and whether it still counts.

Flask's signed cookie carries the token beside the CSRF secret and pending messages; it proves nothing by itself.
Whoever still has to show the second factor is nobody (``g.half`` says who it may become); whoever has to change the
password or to set a second factor up is led there from every page until it is done.
"""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from pointsys.access import PUBLIC, access_of, takes_token
from pointsys.access import is_static as is_static
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.networks import from_address
from pointsys.core.accounts.sessions import (
    PASSWORD_PENDING,
    SECOND_FACTOR_PENDING,
    SET_UP_PENDING,
    SessionState,
    SignedIn,
)
from pointsys.core.actors import Actor
from pointsys.core.database import db
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work

# The key in the cookie, not a secret.
TOKEN = "token"  # noqa: S105
LOOK = "look_for_notice"
TOUCH_EVERY = timedelta(minutes=1)
# Where somebody may still go who has something to do first: to do it, or to leave.
_OPEN = frozenset(
    {
        "auth.sign_out", "auth.sign_in", "auth.code", "auth.second", "auth.use_one_time_link",
        "auth.language", "auth.letters", "me_session.state",
    }
)  # fmt: skip
WAYS_ON = {
    PASSWORD_PENDING: ("me_password.page", frozenset({"me_password.page"})),
    SET_UP_PENDING: (
        "me_second_factor.page",
        frozenset(
            {
                "me_second_factor.page",
                "me_second_factor.begin",
                "me_second_factor.confirm",
                "me_password.page",
            }
        ),
    ),
}


def client_address() -> str:
    """The network address the request came from."""
    return (request.remote_addr or "")[:64]


def load_actor() -> None:
    """Set ``g.actor``; runs before every request and costs one statement for somebody who is signed in."""
    g.actor = Actor("anonymous", address=client_address())
    token = None if is_static(request.endpoint) or takes_token() else session.get(TOKEN)
    if not isinstance(token, str):
        return
    state = account_sessions.load_session(db.session(), token, client_address())
    if state is None:
        session.pop(TOKEN)
        return
    if state.pending == SECOND_FACTOR_PENDING:
        g.half = state
        return
    g.session_state = state
    g.actor = from_address(state.actor, client_address(), current_app.config["POINTSYS"].admin_networks)
    g.outside = g.actor is not state.actor
    g.notices, g.actor_name = state.notices, state.name
    if state.last_seen_at + TOUCH_EVERY < current_site().now():
        with unit_of_work(drain=False) as writing:
            account_sessions.touch_session(writing, token)


def own_state() -> SessionState | None:
    """The session of this request, when somebody is signed in by one."""
    state: SessionState | None = g.get("session_state")
    return state


def half_state() -> SessionState | None:
    """The session of somebody who has still to show the second factor."""
    state: SessionState | None = g.get("half")
    return state


def own_token() -> str:
    """The token of this browser's session; only for somebody who is signed in."""
    return str(session.get(TOKEN, ""))


def hold_back() -> Response | None:
    """Lead whoever has something to do first there; runs before every request, after ``load_actor``."""
    state = own_state()
    if (
        state is None
        or state.pending not in WAYS_ON
        or request.endpoint is None
        or is_static(request.endpoint)
    ):
        return None
    target, allowed = WAYS_ON[state.pending]
    if request.endpoint in allowed or request.endpoint in _OPEN:
        return None
    access = access_of(current_app, request.endpoint)
    if access is not None and access.scope == PUBLIC and request.method == "GET":
        return None
    if request.headers.get("HX-Request") == "true":
        return Response(status=204, headers={"HX-Refresh": "true"})
    return redirect(url_for(target), 303)


def remember(signed_in: SignedIn) -> None:
    """Give the browser its token, and a new CSRF secret with it."""
    session.clear()
    session[TOKEN] = signed_in.token
    # The first page asks whether there is a notice to read.
    session[LOOK] = True


def forget() -> str | None:
    """Take the token from the browser; returns it, so that the caller can end it in the database."""
    token = session.pop(TOKEN, None)
    session.clear()
    return token if isinstance(token, str) else None
