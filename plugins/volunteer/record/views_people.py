"""The record of one volunteer as staff see it, on the screen and on paper."""

from __future__ import annotations

from flask import Blueprint

from pointsys.plugin import area_scope, current_area, current_site, missing, person_below, read_scope, show

from .commendations import LEVELS
from .evaluations import SIDE_TITLES, together
from .own_record import record_of
from .stars import events_of

blueprint = Blueprint("volunteer_record_people", __name__)

PRINTED = 200


@blueprint.get("/a/<code>/volunteer/record/people/<pid>")
@area_scope("volunteer.view")
def page(code: str, pid: str) -> tuple[str, int]:
    """The five blocks of somebody's record."""
    with read_scope() as session:
        person = person_below(session, current_area().id, pid)
        if person is None:
            missing()
        found = record_of(session, person, entries=PRINTED)
        return show(
            "volunteer/record/person.html",
            record=found,
            all_scores=together(found.scores),
            events=events_of(session, found.rows),
            levels=LEVELS,
            side_titles=SIDE_TITLES,
            today=current_site().today(),
        )
