"""One's own grades, as soon as they are public."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort

from pointsys.plugin import groups, own_person, read_scope, show, signed_in

from . import queries, wording

blueprint = Blueprint("points_annual_own", __name__)


@blueprint.get("/me/points/annual")
@signed_in
def mine() -> Any:
    """Grades by period, with the reason where the committee moved one."""
    with read_scope() as session:
        person = own_person(session)
        if person is None:
            abort(404)
        rows = groups(session, [person.id])[person.id]
        return show(
            "points/annual/mine.html",
            grades=queries.own_grades(session, rows),
            state_titles=wording.STATE_TITLES,
            state_badges=wording.STATE_BADGES,
        )
