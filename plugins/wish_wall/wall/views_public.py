"""The wall for strangers: a wish and its code, and nothing by which anybody could be found."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from pointsys.plugin import current_area, list_args, public, public_here, read_scope, show_unlisted

from ..finding import public_condition, public_wish
from ..models import PUBLISHED
from ..settings import rules_in
from ..words import CATEGORIES
from . import reading

blueprint = Blueprint("wishes_wall_public", __name__)

View = Any
PER_PAGE = 20


def _phone(session: Session) -> str:
    """The number for questions; 404 where the area has no public page."""
    settings = public_here(session)
    return rules_in(session, current_area().id).phone or settings.phone


@blueprint.get("/public/<code>/wishes/")
@public
def index(code: str) -> View:
    """Wishes that wait for somebody, and by choice those under way and fulfilled."""
    args = list_args("category", "theme", "state", size=PER_PAGE)
    with read_scope() as session:
        phone = _phone(session)
        condition = public_condition(current_area())
        filters = filters_of(args)
        return show_unlisted(
            "wishes/wall_public.html",
            area=current_area(),
            args=args,
            filters=filters,
            page=reading.paged(session, condition, filters, args.page, args.size),
            counts=reading.wall_counts(session, condition),
            themes=[(one.public_id, one.title) for one in reading.themes(session, condition)],
            categories=CATEGORIES,
            phone=phone,
        )


def filters_of(args: Any, near: int | None = None) -> reading.WallFilters:
    """What the address asks of a wall: what waits for somebody, unless it says otherwise."""
    state = args["state"] if args["state"] in reading.STATES else PUBLISHED
    return reading.WallFilters(args.q, args["category"], args["theme"], state, near)


@blueprint.get("/public/<code>/wishes/<wish>")
@public
def wish(code: str, wish: str) -> View:
    """One wish; also while somebody is on it, so that a printed address still answers."""
    with read_scope() as session:
        phone = _phone(session)
        found = public_wish(session, current_area(), wish)
        return show_unlisted(
            "wishes/wall_public_wish.html",
            area=current_area(),
            line=reading.wall_line(session, found.id),
            phone=phone,
        )
