"""Areas, the closure of their tree, and the codes they once had."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from pointsys.core.database import Base


class Area(Base):
    """One area; any level may be the root of a site's tree. A closed area keeps its rows and its history."""

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    closed_on: Mapped[date | None]


class AreaClosure(Base):
    """Every (ancestor, descendant) pair, an area being its own descendant at depth 0."""

    __tablename__ = "area_closure"
    __table_args__ = (Index("ix_area_closure_descendant", "descendant_id", "depth"),)

    ancestor_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    descendant_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    depth: Mapped[int] = mapped_column(Integer)


class AreaOldCode(Base):
    """A code an area had before; addresses with it are redirected."""

    __tablename__ = "area_old_code"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))


def subtree(area_id: int) -> Select[int]:
    """Ids of ``area_id`` and all areas below it, as a sub-query for IN."""
    return select(AreaClosure.descendant_id).where(AreaClosure.ancestor_id == area_id)


def ancestors(area_id: int) -> Select[int]:
    """Ids of ``area_id`` and all areas above it, as a sub-query for IN."""
    return select(AreaClosure.ancestor_id).where(AreaClosure.descendant_id == area_id)
