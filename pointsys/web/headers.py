"""What every request must satisfy before a page sees it, and the headers every answer carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, current_app, g, request
from werkzeug.wrappers import Response

from pointsys.access import takes_token
from pointsys.config import Config
from pointsys.core.actors import Actor
from pointsys.web.session import is_static

# style attributes are allowed: charts and htmx set them; scripts and style blocks come from files alone.
CSP = (
    "default-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR = 31_536_000


def check_host() -> None:
    """Refuse requests under a name that is not the site's own, when the site knows its name."""
    base_url = _config().base_url
    if base_url and request.host != urlsplit(base_url).netloc:
        abort(400)


def limit_forms() -> None:
    """Hold forms without files to the limit of texts; the parser does so itself for forms with files only."""
    if request.mimetype == "application/x-www-form-urlencoded":
        # Percent-encoding makes up to three bytes of one.
        request.max_content_length = 3 * current_app.config["MAX_FORM_MEMORY_SIZE"]


def check_origin() -> None:
    """Refuse a write that another site's page sent; the CSRF token is the second lock on the same door."""
    if request.method in SAFE_METHODS or takes_token():
        # A browser sends no bearer token of its own accord, so there is nothing to forge.
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source and _host_of(source) != request.host:
        abort(403)


def _host_of(address: str) -> str | None:
    """The host that an address names, None for what is no address."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def add_headers(response: Response) -> Response:
    """The security and caching headers; runs after every request."""
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if not _config().allow_plain_http:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    if is_static(request.endpoint) and response.status_code < 400:
        # The address holds a digest of the file, so that a new file has a new address.
        fresh = YEAR if "v" in request.args else 3_600
        response.headers["Cache-Control"] = f"public, max-age={fresh}"
        return response
    response.vary.add("Authorization" if takes_token() else "Cookie")
    actor = g.get("actor")
    signed_in = isinstance(actor, Actor) and actor.account_id is not None
    # Photos may be kept by the browser as long as it asks each time whether it still may show them.
    asks_again = response.headers.get("Cache-Control") == "private, no-cache"
    if asks_again and response.status_code in (200, 304) and request.method in SAFE_METHODS:
        return response
    if signed_in or request.method not in SAFE_METHODS or "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _config() -> Config:
    config: Config = current_app.config["POINTSYS"]
    return config
