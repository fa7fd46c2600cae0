"""What strangers read: activities that everybody may sign up for, their shifts and free places, and no name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort
from sqlalchemy.orm import Session

from pointsys.plugin import (
    current_area,
    current_site,
    public,
    public_settings,
    read_scope,
    show,
)

from ..words import CATEGORIES
from . import listing, queries
from .models import CANCELLED, CLOSED, EVERYBODY, OPEN
from .words import RECRUITING

blueprint = Blueprint("volunteer_public", __name__)

View = Any
MOST = 100
# Nobody who looks for a name anywhere should come upon these pages.
HEADERS = {"X-Robots-Tag": "noindex, nofollow"}


def _check(session: Session) -> None:
    """404 where the area has no public page."""
    area = current_area()
    if area.closed_on is not None or not public_settings(session, area.id).page:
        abort(404)


@blueprint.get("/public/<code>/volunteer/")
@public
def index(code: str) -> View:
    """What looks for volunteers in the area and below, the next first."""
    with read_scope() as session:
        _check(session)
        html, status = show(
            "volunteer/signups_public.html",
            area=current_area(),
            rows=listing.public_below(session, current_area().id, limit=MOST),
            category_words=CATEGORIES,
        )
    return html, status, HEADERS


@blueprint.get("/public/<code>/volunteer/<activity>")
@public
def page(code: str, activity: str) -> View:
    """One activity with its shifts; also when sign-up is over, so that a printed address still answers."""
    with read_scope() as session:
        _check(session)
        found = queries.find_below(session, current_area().id, activity)
        shown = (OPEN, CLOSED, CANCELLED)
        if found is None or found.row.audience != EVERYBODY or found.row.state not in shown:
            abort(404)
        html, status = show(
            "volunteer/signups_public_one.html",
            area=current_area(),
            found=found,
            slots=queries.slots_of(session, found.activity.id),
            words=RECRUITING,
            categories=CATEGORIES,
            now=current_site().now(),
        )
    return html, status, HEADERS
