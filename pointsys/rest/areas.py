"""Areas: those that the token may see, one of them, and its children."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from pointsys.access import current_actor, current_area, current_path, may
from pointsys.core.areas.models import Area
from pointsys.core.permissions import visible_areas
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.fields import offset, paged
from pointsys.rest.schemas import AreaArgs, AreaOut, AreaPage

blueprint = RestBlueprint("rest_areas", __name__, description="Areas of the tree")

SORTS = {"code": (Area.code,), "name": (Area.name, Area.code)}
_above = aliased(Area)


@blueprint.read("/areas", permission=None, query=AreaArgs, answer=AreaPage)
def index(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    """The areas that the token may see"""
    return _page(session, args, Area.id.in_(visible_areas(current_actor(), "areas.view")))


@blueprint.read("/areas/<code>", permission="areas.view", answer=AreaOut)
def one(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """One area"""
    area, path = current_area(), current_path()
    above = path[-2] if len(path) > 1 and may("areas.view", path[-2]) else None
    return _shown(area, above.code if above is not None else None)


@blueprint.read("/areas/<code>/children", permission="areas.view", query=AreaArgs, answer=AreaPage)
def children(session: Session, args: dict[str, Any], code: str) -> dict[str, Any]:
    """The areas right below one"""
    return _page(session, args, Area.parent_id == current_area().id)


def _page(session: Session, args: dict[str, Any], which: Any) -> dict[str, Any]:
    conditions = [which]
    if args["q"]:
        conditions.append(Area.name.icontains(args["q"], autoescape=True))
    if args["level"]:
        conditions.append(Area.level == args["level"])
    total = session.scalar(select(func.count()).select_from(Area).where(*conditions)) or 0
    # An area above that the token does not see is not named.
    seen = _above.id.in_(visible_areas(current_actor(), "areas.view"))
    query = (
        select(Area, _above.code)
        .outerjoin(_above, (_above.id == Area.parent_id) & seen)
        .where(*conditions)
        .order_by(*SORTS[args["sort"]])
        .limit(args["size"])
        .offset(offset(args))
    )
    return paged([_shown(area, parent) for area, parent in session.execute(query)], total, args)


def _shown(area: Area, parent: str | None) -> dict[str, Any]:
    return {
        "code": area.code,
        "name": area.name,
        "level": area.level,
        "parent": parent,
        "closed_on": area.closed_on,
    }
