"""Who calls: a bearer token, its owner's rights of this moment, and how often it may come.

The declarations of views and their enforcement are those of ``pointsys.access``; this sets the actor they ask about.
"""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from flask import current_app, g, request
from werkzeug.wrappers import Response

from pointsys.access import REST, takes_token
from pointsys.config import Config
from pointsys.core.accounts.networks import from_address
from pointsys.core.actors import Actor
from pointsys.core.database import db
from pointsys.core.site import current_site
from pointsys.core.tokens.services import (
    TOUCH_EVERY,
    WINDOW,
    TokenState,
    load_token,
    take_requests,
    touch_token,
    window_of,
)
from pointsys.core.unit_of_work import unit_of_work
from pointsys.rest.errors import usual

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
# A process takes a sixtieth of a minute's requests at a time from the count that all processes share.
SHARES = 60


class Permits:
    """Requests of this minute that this process has taken from the shared count and not used yet."""

    def __init__(self) -> None:
        self._left: dict[int, tuple[datetime, int, bool]] = {}
        self._lock = Lock()

    def use(self, token_id: int, limit: int) -> bool:
        """Use one; False when the token's minute is used up."""
        now = window_of(current_site().now())
        with self._lock:
            window, left, used_up = self._left.get(token_id, (now, 0, False))
            if window != now:
                left, used_up = 0, False
            if left > 0:
                self._left[token_id] = (now, left - 1, False)
                return True
        if used_up:
            return False
        share = max(1, limit // SHARES)
        with unit_of_work(drain=False) as session:
            taken = take_requests(session, token_id, share, limit)
        with self._lock:
            # Another thread may have taken a share at the same time.
            window, left, _used_up = self._left.get(token_id, (now, 0, False))
            left = left if window == now else 0
            self._left[token_id] = (now, left + max(0, taken - 1), taken == 0)
        return taken > 0


def speak() -> None:
    """Answer in the language that the caller asks for; runs before every request of the interface."""
    if not request.path.startswith(REST):
        return
    wanted = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "en"])
    # What a browser has in its cookies does not count here.
    g.language = LANGUAGES[wanted[:2]] if wanted else _config().language


def authenticate() -> Response | None:
    """Set ``g.actor`` from the token of a request to a view of programs; runs before every request.

    One statement, and a write for every sixtieth of what a token may do in a minute.
    """
    if not takes_token():
        return None
    g.actor = Actor("anonymous", address=(request.remote_addr or "")[:64])
    given = request.authorization
    secret = given.token if given is not None and given.type == "bearer" else None
    if secret is None:
        return usual(401, WWW_Authenticate='Bearer realm="pointsys"')
    state = load_token(db.session(), secret, g.actor.address)
    if state is None:
        return usual(401, WWW_Authenticate='Bearer realm="pointsys", error="invalid_token"')
    g.token_id = state.token_id
    permits: Permits = current_app.extensions["pointsys_permits"]
    if not permits.use(state.token_id, _config().api_requests_per_minute):
        return usual(429, Retry_After=str(_seconds_left()))
    g.actor = from_address(state.actor, g.actor.address, _config().admin_networks)
    _touch(state)
    if state.read_only and request.method not in SAFE_METHODS:
        return usual(403, "read_only_token")
    return None


def _seconds_left() -> int:
    now = current_site().now()
    return max(1, round((window_of(now) + WINDOW - now).total_seconds()))


def _touch(state: TokenState) -> None:
    if state.last_used_at is None or state.last_used_at + TOUCH_EVERY < current_site().now():
        with unit_of_work(drain=False) as session:
            touch_token(session, state.token_id)


def _config() -> Config:
    config: Config = current_app.config["POINTSYS"]
    return config
