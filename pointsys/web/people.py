"""The list of an area's people, a person's page, and what may be changed there."""

from __future__ import annotations

from flask import Blueprint

from pointsys.core.people.records import masked
from pointsys.core.people.search import SORTS, PeopleFilters, search_people
from pointsys.core.unit_of_work import read_scope
from pointsys.web.access import area_scope, current_area
from pointsys.web.frame import show
from pointsys.web.lists import list_args

blueprint = Blueprint("people", __name__)

View = tuple[str, int]


@blueprint.get("/a/<code>/people")
@area_scope("people.view")
def index(code: str) -> View:
    """The people of the area and below."""
    args = list_args("grid", "sex", sorts=SORTS, sort="name")
    with read_scope() as session:
        filters = PeopleFilters(area_code=args["grid"] or None, sex=args["sex"] or None)
        page = search_people(
            session,
            current_area().id,
            args.q,
            page=args.page,
            size=args.size,
            filters=filters,
            sort=args.sort,
        )
        return show("people/index.html", args=args, page=page, rows=[masked(p) for p in page.rows])
