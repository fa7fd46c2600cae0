"""``create_app``: a list of named steps, none of which touches the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

from flask import Flask

import pointsys.core.models
import pointsys.templates
from pointsys.config import Config, load_config
from pointsys.core.crypto import Keyring
from pointsys.core.database import Clock, configure_engine, db, system_clock
from pointsys.core.host import Host, load_host
from pointsys.core.key_file import load_or_create
from pointsys.core.site import Site
from pointsys.core.unit_of_work import guard_sessions

BODY_LIMIT = 10 * 1024 * 1024
FORM_TEXT_LIMIT = 500 * 1024
FORM_PARTS_LIMIT = 1_000


def create_app(
    config: Config | None = None,
    *,
    clock: Clock = system_clock,
    keyring: Keyring | None = None,
    host: Host | None = None,
    extra_plugins: Iterable[ModuleType] = (),
    web: bool = True,
) -> Flask:
    """An application for one site; ``web=False`` leaves the pages out, for commands that only need the services.

    Raises ConfigError, PluginError or UndeclaredRoute, each naming what is wrong.
    """
    config = config or load_config()
    app = Flask("pointsys", template_folder=str(next(iter(pointsys.templates.__path__))))
    configure_site(app, config, clock, keyring, host, extra_plugins)
    configure_database(app, config)
    configure_language(app, config)
    if web:
        from pointsys.rest.setup import configure_rest
        from pointsys.web.setup import configure_web

        configure_web(app, config)
        configure_rest(app, config)
        # Whoever sets a site up may ask for the demonstration; pages do not know where it comes from.
        app.extensions["pointsys_demo"] = partial(import_module, "pointsys.demo.in_place")
        configure_access(app)
    return app


def configure_site(
    app: Flask,
    config: Config,
    clock: Clock,
    keyring: Keyring | None,
    host: Host | None,
    extra_plugins: Iterable[ModuleType],
) -> None:
    """Keys, clock, zone and plugins."""
    keyring = keyring or load_or_create(config.home / "keys.json")
    host = host or load_host(extra=extra_plugins, disabled=config.disabled, safe=config.safe_mode)
    anchors = Path(config.audit_anchor) if config.audit_anchor else None
    app.extensions["pointsys"] = Site(clock, keyring, config.zone(), config.home, host, anchors)
    app.config.update(
        POINTSYS=config,
        SECRET_KEY=keyring.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_TEXT_LIMIT,
        MAX_FORM_PARTS=FORM_PARTS_LIMIT,
        SESSION_COOKIE_NAME="pointsys" if config.allow_plain_http else "__Host-pointsys",
        SESSION_COOKIE_SECURE=not config.allow_plain_http,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )


def configure_database(app: Flask, config: Config) -> None:
    """The engine, its settings and the guard against commits elsewhere."""
    url = config.sqlalchemy_url
    # Parameters are names and texts of people: an error must not carry them into the log.
    options: dict[str, object] = {"hide_parameters": True}
    if url.startswith("sqlite"):
        Path(config.home).mkdir(parents=True, exist_ok=True)
    else:
        options["pool_pre_ping"] = True
        # A server that does not even refuse must not hold every thread.
        options["connect_args"] = {"connect_timeout": 5}
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(app)
    guard_sessions()
    with app.app_context():
        configure_engine(db.engine)


def configure_language(app: Flask, config: Config) -> None:
    """Chinese first, English second; the catalogs of the core and of each plugin merged into one."""
    from pointsys.language import init_language

    init_language(app, config)


def configure_access(app: Flask) -> None:
    """Last of all: keep what each view declares before every request, and refuse to start if one declares nothing."""
    from pointsys.access import check_routes, enforce

    app.before_request(enforce)
    check_routes(app)
