"""Settings of areas, inherited down the tree: the nearest area that says something rules."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, ScalarSelect, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsys.core import audit
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure
from pointsys.core.database import Base
from pointsys.core.site import current_site


class AreaSetting(Base):
    """One setting of one area, as JSON."""

    __tablename__ = "area_setting"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]


def get_settings(session: Session, area_id: int, keys: Collection[str]) -> dict[str, object]:
    """The values of ``keys`` that rule in ``area_id``; keys nobody set are absent."""
    rows = session.execute(
        select(AreaSetting.key, AreaSetting.value)
        .join(AreaClosure, AreaClosure.ancestor_id == AreaSetting.area_id)
        .where(AreaClosure.descendant_id == area_id, AreaSetting.key.in_(list(keys)))
        .order_by(AreaClosure.depth.desc())
    )
    return {key: json.loads(value) for key, value in rows}


def get_setting_by_area(session: Session, area_ids: Collection[int], key: str) -> dict[int, object]:
    """The value of ``key`` that rules in each of some areas, in one statement; areas where nobody set it are absent."""
    rows = session.execute(
        select(AreaClosure.descendant_id, AreaSetting.value)
        .join(AreaClosure, AreaClosure.ancestor_id == AreaSetting.area_id)
        .where(AreaClosure.descendant_id.in_(list(area_ids)), AreaSetting.key == key)
        .order_by(AreaClosure.depth.desc())
    )
    return {area_id: json.loads(value) for area_id, value in rows}


def ruling_setting(area_id: int | ColumnElement[int], key: str) -> ScalarSelect[str]:
    """The value of ``key`` that rules in ``area_id``, as JSON, inside another statement; NULL if nobody set it."""
    return (
        select(AreaSetting.value)
        .join(AreaClosure, AreaClosure.ancestor_id == AreaSetting.area_id)
        .where(AreaClosure.descendant_id == area_id, AreaSetting.key == key)
        .order_by(AreaClosure.depth)
        .limit(1)
        .scalar_subquery()
    )


def get_setting(session: Session, area_id: int, key: str, default: object) -> object:
    """The value that rules in ``area_id``, or ``default``."""
    return get_settings(session, area_id, (key,)).get(key, default)


def get_settings_by_area(
    session: Session, area_ids: Collection[int], keys: Collection[str]
) -> dict[int, dict[str, object]]:
    """The values of ``keys`` that rule in each of some areas, in one statement; what nobody set is absent."""
    rows = session.execute(
        select(AreaClosure.descendant_id, AreaSetting.key, AreaSetting.value)
        .join(AreaClosure, AreaClosure.ancestor_id == AreaSetting.area_id)
        .where(AreaClosure.descendant_id.in_(list(area_ids)), AreaSetting.key.in_(list(keys)))
        .order_by(AreaClosure.depth.desc())
    )
    found: dict[int, dict[str, object]] = {}
    for area_id, key, value in rows:
        found.setdefault(area_id, {})[key] = json.loads(value)
    return found


def clear_setting(session: Session, area: Area, key: str, actor: Actor) -> bool:
    """Take back what ``area`` itself says of ``key``, so that the area above rules again; False if it said nothing."""
    row = session.get(AreaSetting, (area.id, key))
    if row is None:
        return False
    before = json.loads(row.value)
    session.delete(row)
    audit.write(
        session,
        actor,
        "setting.changed",
        "setting",
        key,
        area_id=area.id,
        before={key: before},
        after={key: None},
    )
    return True


def set_setting(session: Session, area: Area, key: str, value: object, actor: Actor) -> None:
    """Set ``key`` for ``area`` and what lies below it."""
    row = session.get(AreaSetting, (area.id, key))
    before = json.loads(row.value) if row else None
    text = json.dumps(value, ensure_ascii=False)
    now = current_site().now()
    if row:
        row.value, row.changed_at = text, now
    else:
        session.add(AreaSetting(area_id=area.id, key=key, value=text, changed_at=now))
    audit.write(
        session,
        actor,
        "setting.changed",
        "setting",
        key,
        area_id=area.id,
        before={key: before},
        after={key: value},
    )
