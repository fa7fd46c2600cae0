"""Putting the pages together: blueprints, sign-in state, headers, error pages, and the check that nothing is open."""

from __future__ import annotations

from flask import Flask

from pointsys.config import Config
from pointsys.web import access


def configure_web(app: Flask, config: Config) -> None:
    """Add the pages of the core and of the plugins, then refuse to start if one of them is undeclared."""
    host = app.extensions["pointsys"].host
    host.call_strict("register_blueprints", app=app)
    app.before_request(access.enforce)
    access.check_routes(app)
