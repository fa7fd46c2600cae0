"""What a unit is told: its liaison sees its own people, who checked in, moved or left, and nobody else's."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from pointsys.plugin import Paged, current_actor, list_args, missing, read_scope, show, signed_in

from ..letters.liaisons import units_of
from . import queries, services

blueprint = Blueprint("points_checkins_unit", __name__)

View = Response | tuple[str, int]


@blueprint.get("/me/points/unit/checkins")
@signed_in
def index() -> View:
    """The unit's members in the communities, and what was confirmed about them."""
    args = list_args()
    with read_scope() as session:
        units = units_of(session, current_actor())
        if not units:
            missing()
        places = [(unit.unit_id, unit.area_id) for unit in units]
        rows, total = queries.members_of(session, places, limit=args.size, offset=args.offset)
        return show(
            "points/checkins/liaison.html",
            units=sorted({unit.name for unit in units}),
            page=Paged(rows, total, args.page, args.size),
            told=queries.told_to(session, places, 50),
            kinds=services.KINDS,
        )
