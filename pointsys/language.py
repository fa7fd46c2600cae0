"""Which language a page or a command speaks, and turning a Problem into a sentence."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, gettext

import pointsys
from pointsys.config import Config
from pointsys.core.site import current_site
from pointsys.kit.problems import Problem

LANGUAGES = {"zh_Hans_CN": "中文", "en": "English"}
COOKIE = "pointsys_lang"


def _catalogs(app: Flask) -> str:
    places = [Path(str(pointsys.__file__)).parent / "translations"]
    files = [getattr(module, "__file__", None) for module in app.extensions["pointsys"].host.modules.values()]
    places += [Path(file).parent / "translations" for file in files if file]
    return ";".join(str(place) for place in places if place.is_dir())


def choose_language() -> str:
    """The reader's own choice, kept in a cookie; else the site's language."""
    if "language" in g:
        # A program says what it wants with each request.
        return str(g.language)
    if has_request_context():
        chosen = request.cookies.get(COOKIE, "")
        if chosen in LANGUAGES:
            return chosen
    return str(current_app.config["POINTSYS"].language)


def init_language(app: Flask, config: Config) -> None:
    """Set Flask-Babel up with every catalog there is."""
    Babel(
        app,
        default_locale=config.language,
        default_timezone=config.timezone,
        default_translation_directories=_catalogs(app),
        locale_selector=choose_language,
        timezone_selector=lambda: current_site().timezone.key,
    )


def say(problem: Problem) -> str:
    """The sentence for the user, in their language."""
    return (
        str(gettext(problem.message, **problem.params)) if problem.params else str(gettext(problem.message))
    )
