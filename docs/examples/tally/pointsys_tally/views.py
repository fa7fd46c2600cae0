"""The area's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from pointsys.plugin import area_scope, current_area, list_args, read_scope, show, waiting_in

from . import services

blueprint = Blueprint("tally", __name__, template_folder="templates")


@blueprint.get("/a/<code>/tally/")
@area_scope("tally.view")
def people(code: str) -> Any:
    """Who took part how often, for staff."""
    args = list_args()
    area = current_area()
    with read_scope() as session:
        page = services.people_in(session, area, args.page, args.size)
        waiting = waiting_in(session, services.NAME, area.id)
        return show("tally/people.html", page=page, waiting=waiting)
