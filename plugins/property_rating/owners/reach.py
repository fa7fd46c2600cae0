"""Which estates and dwellings staff of an area work with.

Those of the area and below; and from a grid, which keeps no estates of its own, the dwellings of its community whose
owners are on the grid's roster. Others answer like missing ones.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, Select, or_, select

from pointsys.plugin import Area, Person, ancestors, subtree

from ..registry.models import PropertyDwelling, PropertyEstate
from .models import PropertyOwnerProof


def _community(area_id: int) -> ScalarSelect[int | None]:
    """The community of a grid; nothing for any other area."""
    return select(Area.parent_id).where(Area.id == area_id, Area.level == "grid").scalar_subquery()


def _owned_by_people_of(area_id: int) -> Select[int]:
    return (
        select(PropertyOwnerProof.dwelling_id)
        .join(Person, Person.id == PropertyOwnerProof.person_id)
        .where(PropertyOwnerProof.ended_on.is_(None), Person.area_id.in_(subtree(area_id)))
    )


def dwelling_within(area_id: int) -> ColumnElement[bool]:
    """The condition that a dwelling, joined with its estate, is one that staff of an area work with."""
    return or_(
        PropertyEstate.area_id.in_(subtree(area_id)),
        (PropertyEstate.area_id == _community(area_id))
        & PropertyDwelling.id.in_(_owned_by_people_of(area_id)),
    )


def estates_within(area_id: int) -> Select[int]:
    """Ids of the estates that staff of an area work with, whole or in part."""
    own = _owned_by_people_of(area_id)
    in_part = select(PropertyDwelling.estate_id).where(PropertyDwelling.id.in_(own))
    return select(PropertyEstate.id).where(
        or_(
            PropertyEstate.area_id.in_(subtree(area_id)),
            (PropertyEstate.area_id == _community(area_id)) & PropertyEstate.id.in_(in_part),
        )
    )


def estates_around(area_id: int) -> Select[int]:
    """Ids of the estates in an area, below it and above it: those that whoever lives there may have a vote in."""
    return select(PropertyEstate.id).where(
        or_(PropertyEstate.area_id.in_(subtree(area_id)), PropertyEstate.area_id.in_(ancestors(area_id)))
    )


def estate_to_note(area_id: int) -> ColumnElement[bool]:
    """The condition that staff of an area may note owners in an estate: from a grid, in those of its community."""
    return or_(PropertyEstate.area_id.in_(subtree(area_id)), PropertyEstate.area_id == _community(area_id))
