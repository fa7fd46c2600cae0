"""Activity kinds: the shipped ones, and local ones that staff's own words become."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from pointsys.core import audit
from pointsys.core.activity_log.drafts import SERVICE_IN_HOURS, SERVICE_UNITS, EntryDraft
from pointsys.core.activity_log.models import ActivityKind
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure, ancestors
from pointsys.kit.identity import clean_text
from pointsys.kit.problems import N_, Problem

# Titles are what staff write in their sheets; they are data, shown as they stand.
SHIPPED: tuple[tuple[str, str, bool], ...] = (
    ("volunteer_service", "志愿服务", True),
    ("environment", "环境整治", True),
    ("policy_talk", "政策宣讲", True),
    ("mediation", "矛盾调解", True),
    ("care", "关爱帮扶", True),
    ("civility", "文明劝导", True),
    ("resident_council", "居民议事会", False),
    ("party_day", "主题党日", False),
    ("training", "培训学习", False),
    ("meeting", "会议", False),
)


def add_shipped_kinds(session: Session, extra: tuple[tuple[str, str, bool], ...] = ()) -> None:
    """Add the shipped kinds (and plugins' ``extra`` ones) that the site does not have yet."""
    add_kinds(session, SHIPPED + extra)


def add_kinds(session: Session, kinds: tuple[tuple[str, str, bool], ...]) -> None:
    """Add those of ``kinds`` (code, title, whether it is service) for the whole site that it does not have yet."""
    if not kinds:
        return
    known = set(session.scalars(select(ActivityKind.code).where(ActivityKind.area_id.is_(None))))
    rows = [
        {"code": code, "title": title, "service": service, "area_id": None}
        for code, title, service in kinds
        if code not in known
    ]
    if rows:
        session.execute(insert(ActivityKind), rows)


def kinds_for(session: Session, area_id: int) -> dict[str, ActivityKind]:
    """Title -> kind for everything that may be recorded in ``area_id``, the shipped kinds first."""
    query = (
        select(ActivityKind)
        .where(or_(ActivityKind.area_id.is_(None), ActivityKind.area_id.in_(ancestors(area_id))))
        .order_by(ActivityKind.area_id.is_not(None), ActivityKind.id)
    )
    found: dict[str, ActivityKind] = {}
    for kind in session.scalars(query):
        found.setdefault(kind.title, kind)
    return found


def kinds_by_area(session: Session, area_ids: Collection[int]) -> dict[int, list[ActivityKind]]:
    """The values of ``kinds_for`` of several areas, in two statements."""
    rows = session.execute(
        select(AreaClosure.descendant_id, AreaClosure.ancestor_id).where(
            AreaClosure.descendant_id.in_(sorted(area_ids))
        )
    )
    above: dict[int, set[int | None]] = {area_id: {None} for area_id in area_ids}
    for area_id, ancestor_id in rows:
        above[area_id].add(ancestor_id)
    homes = {area_id for several in above.values() for area_id in several if area_id is not None}
    query = (
        select(ActivityKind)
        .where(or_(ActivityKind.area_id.is_(None), ActivityKind.area_id.in_(homes)))
        .order_by(ActivityKind.area_id.is_not(None), ActivityKind.id)
    )
    found: dict[int, dict[str, ActivityKind]] = {area_id: {} for area_id in area_ids}
    for kind in session.scalars(query):
        for area_id, several in above.items():
            if kind.area_id in several:
                found[area_id].setdefault(kind.title, kind)
    return {area_id: list(kinds.values()) for area_id, kinds in found.items()}


def add_local_kind(session: Session, area: Area, title: str, actor: Actor) -> ActivityKind:
    """A kind that is worth nothing until the locality says so; raises Problem for an empty or long title."""
    title = clean_text(title)
    if not title or len(title) > 60:
        raise Problem("bad_kind", N_("Name the kind of activity in at most 60 characters."), field="kind")
    known = kinds_for(session, area.id).get(title)
    if known is not None:
        return known
    code = "local-" + hashlib.sha256(f"{area.code}:{title}".encode()).hexdigest()[:16]
    kind = ActivityKind(code=code, title=title, service=False, area_id=area.id)
    session.add(kind)
    session.flush()
    audit.write(
        session, actor, "kind.created", "activity_kind", code, area_id=area.id, after={"title": title}
    )
    return kind


def check_unit(draft: EntryDraft, service: bool) -> None:
    """Refuse a number of what is never counted of voluntary service; raises Problem unit_for_service."""
    if service and draft.quantity is not None and draft.unit not in SERVICE_UNITS:
        raise Problem("unit_for_service", SERVICE_IN_HOURS, field="unit")


def check_units(session: Session, drafts: Sequence[EntryDraft]) -> None:
    """``check_unit`` for drafts of any kinds; one statement where another number than hours is there, else none."""
    asked = [draft for draft in drafts if draft.quantity is not None and draft.unit not in SERVICE_UNITS]
    if not asked:
        return
    kinds = {draft.kind_id for draft in asked}
    service = set(
        session.scalars(
            select(ActivityKind.id).where(ActivityKind.id.in_(kinds), ActivityKind.service.is_(True))
        )
    )
    for draft in asked:
        check_unit(draft, draft.kind_id in service)
