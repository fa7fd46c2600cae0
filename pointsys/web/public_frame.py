"""What all pages for strangers have in common: they stand below the area's public page, and no robot lists them."""

from __future__ import annotations

from flask import abort
from sqlalchemy.orm import Session

from pointsys.core.public_page import PublicSettings, public_settings
from pointsys.web.access import current_area
from pointsys.web.frame import show

Unlisted = tuple[str, int, dict[str, str]]


def public_here(session: Session) -> PublicSettings:
    """What the area of the address shows to strangers; 404 where it has no public page."""
    area = current_area()
    settings = public_settings(session, area.id)
    if area.closed_on is not None or not settings.page:
        abort(404)
    return settings


def show_unlisted(template: str, status: int = 200, **values: object) -> Unlisted:
    """A page that nobody should come upon who looks for a name anywhere."""
    html, status = show(template, status, **values)
    return html, status, {"X-Robots-Tag": "noindex, nofollow"}
