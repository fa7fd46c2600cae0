"""REST of one's own: lines of sheets and awards about oneself, and objecting to them; the pages are below ``/me``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    CONFIRMED,
    REJECTED,
    Entry,
    Objection,
    Publicity,
    RestBlueprint,
    ancestors,
    current_actor,
    current_area,
    groups,
    missing,
    own_objections,
    raise_objection,
    rest_fields,
    subtree,
)

from .claims import objecting as claims
from .claims.rest import OWN
from .claims.services import own_claim
from .ledger import objecting as ledger
from .ledger import queries
from .ledger.models import PointsAward
from .quarters import marks, reading
from .schemas_own import OwnAwardsOut, OwnLinesOut, OwnObjectionIn, OwnObjectionOut, OwnObjectionsOut

blueprint = RestBlueprint("points_rest_own", __name__, description="One's own points, and objecting to them")

_OBJECTIONS = "/areas/<code>/points/own-objections"


@blueprint.read("/areas/<code>/points/own-sheets", permission=OWN, answer=OwnLinesOut)
def lines(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """One's own lines of sheets that are or were public"""
    person = current_actor().person_id
    found = reading.own_lines(session, person) if person is not None else []
    return {
        "items": [
            {
                "sheet": line.row.sheet.public_id, "place": line.place, "label": line.row.sheet.label,
                "state": line.row.state, "total": line.total, "gain": rest_fields.hundredths(line.gain),
                "grade": line.grade, "objections_until": line.row.objections_until, "may_object": line.may_object,
            }
            for line in found
        ]
    }  # fmt: skip


@blueprint.read("/areas/<code>/points/own-awards", permission=OWN, answer=OwnAwardsOut)
def awards(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Awards, deductions and vetoes about oneself"""
    person = current_actor().person_id
    found = queries.awards_of(session, person) if person is not None else []
    return {"items": [_award(award) for award in found]}


def _award(award: PointsAward) -> dict[str, Any]:
    return {
        "id": award.public_id, "kind": award.kind, "item": award.item, "title": award.title,
        "on_date": award.on_date, "reason": award.reason, "status": award.status,
        "points": queries.printed(award.points) if award.points is not None else "",
        "may_object": award.status in (CONFIRMED, REJECTED),
    }  # fmt: skip


@blueprint.read(_OBJECTIONS, permission=OWN, answer=OwnObjectionsOut)
def objections(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """One's own objections with their answers"""
    return {"items": [_shown(found) for found in own_objections(session, current_actor())]}


@blueprint.create(_OBJECTIONS, permission=OWN, body=OwnObjectionIn, answer=OwnObjectionOut)
def objection(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Object to one's own line, award, claim or entry, or to a notice

    Somebody who had no part in the matter answers.
    """
    found = _FINDERS[given["subject"]](session, given["id"])
    if found is None:
        missing()
    return _shown(raise_objection(session, *found, given["text"], current_actor()))


def _shown(found: Objection) -> Mapping[str, Any]:
    names = ("subject_type", "title", "text", "state", "raised_at", "due_on", "outcome", "answer")
    return {"id": found.public_id, **{name: getattr(found, name) for name in names}}


# --- what may be objected to: the subject's type and id, None for what is not one's own ---

Found = tuple[str, str] | None


def _line(session: Session, sheet: str) -> Found:
    person = current_actor().person_id
    found = reading.own_lines(session, person) if person is not None else []
    own = next((line for line in found if line.row.sheet.public_id == sheet), None)
    return (marks.LINE, own.subject) if own is not None else None


def _own_award(session: Session, award: str) -> Found:
    person = current_actor().person_id
    found = queries.own_award(session, person, award) if person is not None else None
    return (ledger.NAME, award) if found is not None else None


def _claim(session: Session, claim: str) -> Found:
    person = current_actor().person_id
    found = own_claim(session, person, claim) if person is not None else None
    return (claims.NAME, claim) if found is not None else None


def _entry(session: Session, entry: str) -> Found:
    person = current_actor().person_id
    rows = [row for several in groups(session, [person] if person else []).values() for row in several]
    query = select(Entry.id).where(Entry.public_id == entry, Entry.person_id.in_(rows))
    return (marks.ENTRY, entry) if session.scalar(query) is not None else None


def _notice(session: Session, notice: str) -> Found:
    """A notice of the area, of those above it, which members read too, or of those below."""
    area = current_area().id
    near = or_(Publicity.area_id.in_(ancestors(area)), Publicity.area_id.in_(subtree(area)))
    query = select(Publicity.id).where(Publicity.public_id == notice, near)
    return (marks.NOTICE, notice) if session.scalar(query) is not None else None


_FINDERS: Mapping[str, Callable[[Session, str], Found]] = {
    "sheet": _line,
    "award": _own_award,
    "claim": _claim,
    "entry": _entry,
    "notice": _notice,
}
