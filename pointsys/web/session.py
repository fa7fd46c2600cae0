"""Who makes the request: the cookie holds a token, the database says whose it is and whether it still counts.

Flask's signed cookie carries the token beside the CSRF secret and pending messages; it proves nothing by itself.
"""

from __future__ import annotations

from datetime import timedelta

from flask import g, request, session

from pointsys.access import is_static as is_static
from pointsys.access import takes_token
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.sessions import SignedIn
from pointsys.core.actors import Actor
from pointsys.core.database import db
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work

# The key in the cookie, not a secret.
TOKEN = "token"  # noqa: S105
TOUCH_EVERY = timedelta(minutes=1)


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
    g.actor = state.actor
    g.notices = state.notices
    if state.last_seen_at + TOUCH_EVERY < current_site().now():
        with unit_of_work(drain=False) as writing:
            account_sessions.touch_session(writing, token)


def remember(signed_in: SignedIn) -> None:
    """Give the browser its token, and a new CSRF secret with it."""
    session.clear()
    session[TOKEN] = signed_in.token


def forget() -> str | None:
    """Take the token from the browser; returns it, so that the caller can end it in the database."""
    token = session.pop(TOKEN, None)
    session.clear()
    return token if isinstance(token, str) else None
