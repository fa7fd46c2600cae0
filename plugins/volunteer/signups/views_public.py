"""What strangers read: activities that everybody may sign up for, their shifts and free places, and no name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort

from pointsys.plugin import current_area, current_site, public, public_here, read_scope, show_unlisted

from ..words import CATEGORIES
from . import listing, queries
from .models import CANCELLED, CLOSED, EVERYBODY, OPEN
from .words import RECRUITING

blueprint = Blueprint("volunteer_public", __name__)

View = Any
MOST = 100


@blueprint.get("/public/<code>/volunteer/")
@public
def index(code: str) -> View:
    """What looks for volunteers in the area and below, the next first."""
    with read_scope() as session:
        public_here(session)
        return show_unlisted(
            "volunteer/signups_public.html",
            area=current_area(),
            rows=listing.public_below(session, current_area().id, limit=MOST),
            category_words=CATEGORIES,
        )


@blueprint.get("/public/<code>/volunteer/<activity>")
@public
def page(code: str, activity: str) -> View:
    """One activity with its shifts; also when sign-up is over, so that a printed address still answers."""
    with read_scope() as session:
        public_here(session)
        found = queries.find_below(session, current_area().id, activity)
        shown = (OPEN, CLOSED, CANCELLED)
        if found is None or found.row.audience != EVERYBODY or found.row.state not in shown:
            abort(404)
        return show_unlisted(
            "volunteer/signups_public_one.html",
            area=current_area(),
            found=found,
            slots=queries.slots_of(session, found.activity.id),
            words=RECRUITING,
            categories=CATEGORIES,
            now=current_site().now(),
        )
