"""Putting the pages together: blueprints, sign-in state, headers, error pages, and the check that nothing is open."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import pointsys
from pointsys import limits
from pointsys.assets import CURE, assets_missing
from pointsys.config import Config, ConfigError
from pointsys.web import compress, errors, frame, headers, health, logging_json, plugin_pages, session

# Each module has a ``blueprint``; its menu entry stands in ``menu``.
PAGES = (
    "auth", "wizard", "self_check", "checklist", "home", "areas", "area_tree", "people", "person",
    "plugins", "accounts", "audit", "audit_chain", "changes", "me", "log", "log_new", "files", "people_bulk",
    "me_session", "me_password", "me_security", "me_second_factor", "sign_in_rules", "person_code",
    "activities", "anomalies", "area_settings", "imports", "report", "figures_pages", "documents", "tokens",
    "verify", "me_documents", "public", "feed", "publicity", "objections", "deadlines", "jobs", "health",
    "imports_roster", "me_privacy", "privacy", "person_privacy", "alerts", "keys", "exports", "me_notices",
)  # fmt: skip


def configure_web(app: Flask, config: Config) -> None:
    """Add the pages of the core and of the plugins, then refuse to start if one of them is undeclared."""
    if missing := assets_missing(Path(str(pointsys.__file__)).parent):
        raise ConfigError(f"{missing[0]} is missing: {CURE}")
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        # A form stays good as long as the session it belongs to.
        WTF_CSRF_TIME_LIMIT=None,
        # The check of Origin and Referer below holds for plain http too.
        WTF_CSRF_SSL_STRICT=False,
    )
    if config.trusted_proxies:
        # Not X-Forwarded-Host: a proxy that does not set it hands on whatever the browser sent.
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    logging_json.init_request_log(app, config)
    app.before_request(health.answer_probes)
    app.before_request(headers.check_host)
    app.before_request(headers.limit_forms)
    app.before_request(session.load_actor)
    app.before_request(session.hold_back)
    app.before_request(headers.check_origin)
    app.before_request(limits.stop_walkers)
    CSRFProtect(app)
    app.after_request(headers.add_headers)
    app.after_request(limits.count_misses)
    app.after_request(compress.compress_static)
    Bootstrap5(app)
    errors.init_errors(app)
    frame.init_frame(app)
    for name in PAGES:
        app.register_blueprint(import_module(f"pointsys.web.{name}").blueprint)
    app.before_request(import_module("pointsys.web.me_privacy").hold_for_notice)
    plugin_pages.add_plugin_pages(app)
