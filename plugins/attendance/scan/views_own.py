"""One's own page of check-ins, and the lists that one keeps for others."""

from __future__ import annotations

from flask import Blueprint

from pointsys.plugin import own_person, read_scope, signed_in

from ..desk.views import add_own_desk
from . import own

blueprint = Blueprint("attendance_own", __name__)


@blueprint.get("/me/attendance")
@signed_in
def index() -> own.View:
    """Where one is signed in today, six digits to type, and the lists one keeps."""
    with read_scope() as session:
        return own.page(session, own_person(session))


add_own_desk(blueprint)
