"""What a unit sees of the cadres it sent: who holds which post, and the quarters that were sent to it."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from pointsys.plugin import current_actor, missing, read_scope, show, signed_in

from ..letters.liaisons import units_of
from . import queries

blueprint = Blueprint("points_cadres_unit", __name__)

View = Response | tuple[str, int]


@blueprint.get("/me/points/unit/cadres")
@signed_in
def index() -> View:
    """The unit's cadres on their posts, with the numbers of the letters about their quarters."""
    with read_scope() as session:
        units = units_of(session, current_actor())
        if not units:
            missing()
        places = [(unit.unit_id, unit.area_id) for unit in units]
        terms = queries.sent_by(session, places)
        return show(
            "points/cadres/liaison.html",
            units=sorted({unit.name for unit in units}),
            terms=terms,
            letters=queries.letters_about(session, [term.id for term in terms]),
        )
