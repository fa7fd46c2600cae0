"""The description of the interface, for programs as OpenAPI and for people with Swagger UI, all from this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, current_app, render_template, request, send_from_directory
from werkzeug.wrappers import Response

from pointsys.access import public

blueprint = Blueprint("rest_docs", __name__)

FILES = Path(str(flask_swagger_ui.__file__)).parent / "dist"


@blueprint.get("/api/v1/openapi.json")
@public
def openapi() -> Response:
    """The description; it is the same for everybody and holds nobody's data."""
    text: str = current_app.extensions["pointsys_rest"].text
    answer = current_app.response_class(text, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    return answer.make_conditional(request)


@blueprint.get("/api/docs")
@public
def page() -> str:
    """The description to read, and to try with a token."""
    return render_template("rest/docs.html")


@blueprint.get("/api/docs/<any('swagger-ui.css', 'swagger-ui-bundle.js'):name>")
@public
def file(name: str) -> Response:
    """A file of Swagger UI."""
    return send_from_directory(FILES, name)
