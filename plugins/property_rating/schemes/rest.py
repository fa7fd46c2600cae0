"""REST of rating schemes: versions, their texts, checking a text and publishing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area, missing, rest_fields

from . import versions
from .findings import is_sound
from .models import PropertySchemeVersion
from .schemas import RatingLintOut, RatingSchemeOut, SchemeIn, SchemesArgs, SchemesPage, SchemeTextOut

blueprint = RestBlueprint("property_rest_schemes", __name__, description="Rating schemes")

VIEW, KEEP = "property.view", "property.scheme"
SCHEMES = "/areas/<code>/property/schemes"


def _out(row: PropertySchemeVersion, in_force: bool) -> dict[str, Any]:
    return {
        "id": row.public_id, "scheme": row.scheme_id, "no": row.no, "kind": row.kind, "title": row.title,
        "sha256": row.sha256, "published_at": row.published_at, "in_force": in_force, "text": row.text,
    }  # fmt: skip


@blueprint.read(SCHEMES, permission=VIEW, query=SchemesArgs, answer=SchemesPage)
def index(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Published versions that concern an area, the newest first"""
    area_id = current_area().id
    force = {row.id for row in versions.in_force(session, area_id)}
    rows = [
        row
        for row in versions.versions_known(session, area_id)
        if args["q"].lower() in f"{row.title} {row.scheme_id}".lower()
        and args["kind"] in ("", row.kind)
        and (args["all"] or row.id in force)
    ]
    first = rest_fields.offset(args)
    shown = [_out(row, row.id in force) for row in rows[first : first + args["size"]]]
    return rest_fields.paged(shown, len(rows), args)


@blueprint.read(f"{SCHEMES}/<scheme_version>", permission=VIEW, answer=SchemeTextOut)
def version(session: Session, args: dict[str, Any], code: str, scheme_version: str) -> Mapping[str, Any]:
    """One version with its text"""
    row = versions.version_known(session, current_area().id, scheme_version)
    if row is None:
        missing()
    return _out(row, row.id in {one.id for one in versions.in_force(session, row.area_id)})


@blueprint.create(SCHEMES, permission=KEEP, body=SchemeIn, answer=RatingSchemeOut, key_needed=False)
def publish(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Publish the next version of a scheme"""
    area = session.get_one(Area, current_area().id)
    return _out(versions.publish(session, area, given["text"], current_actor()), True)


@blueprint.create(
    f"{SCHEMES}/lint", permission=KEEP, body=SchemeIn, answer=RatingLintOut, status=200, key_needed=False
)
def lint(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Check a text; nothing is stored"""
    _scheme, remarks = versions.check(given["text"])
    return {
        "ok": is_sound(remarks),
        "remarks": [
            {
                "severity": one.severity, "code": one.code, "place": one.place,
                "message": gettext(one.message, **one.params),
            }
            for one in remarks
        ],
    }  # fmt: skip
