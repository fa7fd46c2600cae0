"""The site's language for the command line, from the same catalogs as the pages but without an application."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

import pointsys
from pointsys.config import ConfigError, load_config
from pointsys.kit.problems import Problem

_DEFAULT = "zh_Hans_CN"
_language = _DEFAULT


def speak_site_language() -> None:
    """Take the language from the site's settings; called once for each run of the command line."""
    global _language
    try:
        _language = load_config().language
    except ConfigError:
        _language = _DEFAULT


@cache
def _catalog(language: str) -> gettext.NullTranslations:
    package = Path(str(pointsys.__file__)).parent
    bundled = package / "plugins" if (package / "plugins").is_dir() else package.parent / "plugins"
    catalog = gettext.translation("messages", package / "translations", [language], fallback=True)
    for folder in sorted(bundled.glob("*/translations")):
        catalog.add_fallback(gettext.translation("messages", folder, [language], fallback=True))
    return catalog


def _(message: str, /, **params: object) -> str:
    """``message`` in the site's language, its %(name)s filled in."""
    translated = _catalog(_language).gettext(message) if message else ""
    return translated % params if params else translated


def sentence(problem: Problem) -> str:
    """A refusal in the site's language; inside an application its own catalogs come first."""
    from flask import has_app_context

    if has_app_context():
        from pointsys.language import say

        return say(problem)
    return _(problem.message, **problem.params)
