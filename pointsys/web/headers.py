"""What every request must satisfy before a page sees it, and the headers every answer carries."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from socket import gethostname
from urllib.parse import urlsplit

from flask import abort, current_app, g, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.access import takes_token
from pointsys.config import Config
from pointsys.core.actors import Actor
from pointsys.kit.problems import N_
from pointsys.web.errors import error_page
from pointsys.web.session import is_static

# style attributes are allowed: charts and htmx set them; scripts and style blocks come from files alone.
CSP = (
    "default-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR = 31_536_000


def check_host() -> Response | None:
    """Refuse requests under a name that is not the site's own (A07): nothing is linked or answered under it.

    Its own are the host of ``base_url`` and ``trusted_hosts``. A site that knows neither takes the names of its
    machine and addresses of private networks, which nobody outside can register or point elsewhere.
    """
    config = _config()
    trusted = {name.strip().lower() for name in config.trusted_hosts.split(",") if name.strip()}
    host = request.host.lower()
    name = _without_port(host)
    # A name that is trusted without a port is trusted at each; that of base_url at its own alone.
    if host in trusted or name in trusted or (config.base_url and host == urlsplit(config.base_url).netloc):
        return None
    if config.base_url or not (name in _machine_names(config.host) or _is_private(name)):
        return error_page(400, detail=gettext(TRUST))
    return None


TRUST = N_(
    "This site is not known under this name. Its administrator can add the name to base_url or trusted_hosts in "
    "pointsys.toml."
)


def _without_port(host: str) -> str:
    """``[::1]:8000`` -> ``::1``, ``name:8000`` -> ``name``."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


@lru_cache(maxsize=4)
def _machine_names(listens: str) -> frozenset[str]:
    return frozenset({"localhost", listens.lower(), gethostname().lower()})


def _is_private(name: str) -> bool:
    try:
        found = ip_address(name)
    except ValueError:
        return False
    return found.is_private or found.is_loopback


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
