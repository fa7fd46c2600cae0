"""The first page: it sends everybody to where their work or their own results are."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from pointsys.core import permissions
from pointsys.core.areas.models import Area
from pointsys.core.unit_of_work import read_scope
from pointsys.web.access import current_actor, signed_in
from pointsys.web.frame import show
from pointsys.web.own_pages import own_pages

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def start() -> Response | tuple[str, int]:
    """One's area, one's own page, or a choice when there are several areas."""
    actor = current_actor()
    with read_scope() as session:
        tops = permissions.granted_areas(actor, "areas.view")
        areas = list(session.scalars(select(Area).where(Area.id.in_(tops)).order_by(Area.code)))
        if len(areas) == 1:
            return redirect(url_for("areas.overview", code=areas[0].code))
        if not areas and actor.person_id is not None:
            return redirect(url_for("me.show_me"))
        pages = own_pages()
        if not areas and len(pages) == 1:
            return redirect(url_for(pages[0].endpoint))
        return show("home/choose.html", areas=areas, own_pages=pages)
