"""The random id by which a browser is known again at the door: kept in a cookie, stored as a mark that tells nobody."""

from __future__ import annotations

import secrets

from flask import current_app, make_response, request
from werkzeug.wrappers import Response

COOKIE = "pointsys_device"
AGE = 2 * 365 * 86_400


def browser_id() -> str:
    """The random id of this browser, "" for one that has none yet."""
    given = request.cookies.get(COOKIE, "")
    return given if 20 <= len(given) <= 40 else ""


def new_browser_id() -> str:
    """One for a browser that has none."""
    return secrets.token_urlsafe(18)


def with_browser_id(answer: Response | tuple[str, int], browser: str) -> Response:
    """The answer, with the id to keep."""
    response = make_response(answer)
    response.set_cookie(
        COOKIE, browser, max_age=AGE, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return response
