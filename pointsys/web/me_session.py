"""Whether one is still signed in: forms ask before they are sent, so that nothing typed is lost to a sign-in page."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from pointsys.web.access import signed_in

blueprint = Blueprint("me_session", __name__)


@blueprint.get("/me/session")
@signed_in
def state() -> Response:
    """The token that forms of this session carry; whoever is not signed in is sent to the sign-in page instead."""
    return jsonify(csrf_token=generate_csrf())
