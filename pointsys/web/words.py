"""Periods in the reader's words."""

from __future__ import annotations

from flask_babel import gettext


def month_words(month: str) -> str:
    """A month, "2026-03", as a sentence holds it."""
    return str(gettext("%(year)s, month %(month)d", year=month[:4], month=int(month[5:7])))
