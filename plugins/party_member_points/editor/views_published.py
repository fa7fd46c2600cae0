"""Published schemes and those that ship: each in words, as a file, and against the one before it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from pointsys.plugin import area_scope, current_area, missing, read_scope, show

from .. import presets
from ..models import PointsSchemeVersion
from ..schemes import publications_of
from ..scoring import load_scheme
from ..words import in_words
from . import differences, services, words
from .views import draft_here

blueprint = Blueprint("points_published", __name__)


def published_here(session: Session, key: str) -> PointsSchemeVersion:
    """A publication; rules are public, so that one from another area can be read as well."""
    found = services.find_publication(session, key, current_area().id)
    if found is None:
        missing()
    return found


blueprint.add_app_template_filter(services.publication_key, "points_publication_key")


@blueprint.get("/a/<code>/points/published/<publication>")
@area_scope("points.view")
def page(code: str, publication: str) -> Any:
    """One publication: its rules in words, its text, and what it changed."""
    with read_scope() as session:
        found = published_here(session, publication)
        earlier = [row for row in publications_of(session, found.area_id) if row.id < found.id]
        data = services.published_data(found)
        return show(
            "points/published.html",
            row=found,
            told=in_words(load_scheme(found.text, format=found.format)),
            before=earlier[0] if earlier else None,
            changes=differences.changes(services.published_data(earlier[0]), data) if earlier else [],
            kinds=words.KINDS,
        )


@blueprint.get("/a/<code>/points/published/<publication>/file")
@area_scope("points.view")
def file(code: str, publication: str) -> Response:
    """The file as it was published, to the byte."""
    with read_scope() as session:
        found = published_here(session, publication)
        return _file(found.text, found.scheme_id, found.format)


@blueprint.get("/a/<code>/points/drafts/<draft>/file")
@area_scope("points.scheme")
def draft_file(code: str, draft: str) -> Response:
    """A draft as a TOML file."""
    with read_scope() as session:
        found = draft_here(session, draft)
        return _file(found.text, found.scheme_id or "draft", "toml")


@blueprint.get("/a/<code>/points/presets/<preset>")
@area_scope("points.scheme")
def preset_file(code: str, preset: str) -> Response:
    """A scheme that ships, as a file."""
    if preset not in presets.SHOWN:
        missing()
    return _file(presets.text_of(preset), preset, "toml")


def _file(text: str, name: str, format: str) -> Response:
    safe = "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_")) or "scheme"
    answer = Response(text.encode(), mimetype="application/json" if format == "json" else "application/toml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{safe}.{format}"'
    return answer
