"""Which plugins are on where: a row for an area, inherited down the tree, that an ancestor may lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ForeignKey,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from pointsys.core import audit
from pointsys.core.activity_log.kinds import add_kinds
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.database import Base
from pointsys.core.host import Host
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem


class PluginSwitch(Base):
    """``plugin`` is on or off in an area and below, unless an area further down says otherwise and may."""

    __tablename__ = "plugin_switch"

    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean)
    locked: Mapped[bool] = mapped_column(Boolean, default=False)


# Built once: this is asked on every page and before every entry.
_SWITCHES = (
    select(AreaClosure.descendant_id, PluginSwitch.plugin, PluginSwitch.enabled, PluginSwitch.locked)
    .join(PluginSwitch, PluginSwitch.area_id == AreaClosure.ancestor_id)
    .where(AreaClosure.descendant_id.in_(bindparam("areas", expanding=True)))
    .order_by(AreaClosure.depth.desc())
)
_OF_PERSON = (
    select(AreaClosure.descendant_id, PluginSwitch.plugin, PluginSwitch.enabled, PluginSwitch.locked)
    .join(PluginSwitch, PluginSwitch.area_id == AreaClosure.ancestor_id)
    .join(Person, Person.area_id == AreaClosure.descendant_id)
    .where(Person.id == bindparam("person"))
    .order_by(AreaClosure.depth.desc())
)


def enabled_by_area(session: Session, area_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """For each area the names of the plugins that are on there: the one answer for hooks, menus, pages and commands.

    Walking from the root down, each row overrides the one above it until one is locked.
    """
    rows = session.execute(_SWITCHES, {"areas": list(area_ids)}).all()
    found = _folded([(area_id, plugin, on, locked) for area_id, plugin, on, locked in rows])
    return {area_id: found.get(area_id, frozenset()) for area_id in area_ids}


def _folded(rows: Iterable[tuple[int, str, bool, bool]]) -> dict[int, frozenset[str]]:
    """What is on by area, from rows that go from the root down."""
    state: dict[tuple[int, str], tuple[bool, bool]] = {}
    for area_id, plugin, enabled, locked in rows:
        if not state.get((area_id, plugin), (False, False))[1]:
            state[area_id, plugin] = (enabled, locked)
    host = current_site().host
    result: dict[int, set[str]] = {}
    for (area_id, plugin), (enabled, _locked) in state.items():
        if enabled and plugin in host.names:
            result.setdefault(area_id, set()).add(plugin)
    return {area_id: _with_requirements(host, names) for area_id, names in result.items()}


def _with_requirements(host: Host, names: set[str]) -> frozenset[str]:
    """Without those that build on a plugin which is off here; the host's order puts what is required first."""
    kept: set[str] = set()
    for name, info in host.plugins.items():
        if name in names and kept.issuperset(info.requires):
            kept.add(name)
    return frozenset(kept)


def enabled_in(session: Session, area_id: int) -> frozenset[str]:
    """Names of the plugins that are on in ``area_id``."""
    return enabled_by_area(session, (area_id,))[area_id]


def switched_on(area_id: SQLColumnExpression[int], plugin: str) -> ColumnElement[bool]:
    """Whether a plugin that builds on no other is on in an area, inside another statement.

    ``area_id`` is a column of that statement or a parameter. The same answer as ``enabled_by_area``: the topmost row
    that is locked rules, else the nearest one.
    """
    above, row = aliased(AreaClosure), aliased(PluginSwitch)
    ruling = (
        select(row.enabled)
        .select_from(row)
        .join(above, above.ancestor_id == row.area_id)
        .where(above.descendant_id == area_id, row.plugin == plugin)
        .order_by(row.locked.desc(), case((row.locked, -above.depth), else_=above.depth))
        .limit(1)
        .correlate_except(row, above)
        .scalar_subquery()
    )
    return func.coalesce(ruling, false())


def enabled_for_person(session: Session, person_id: int) -> frozenset[str]:
    """Names of the plugins that are on where a person belongs, in one statement; none for an unknown person."""
    rows = session.execute(_OF_PERSON, {"person": person_id}).all()
    found = _folded([(area_id, plugin, on, locked) for area_id, plugin, on, locked in rows])
    return next(iter(found.values()), frozenset())


def locked_above(session: Session, area_id: int, plugin: str) -> Area | None:
    """The area above ``area_id`` that fixed this switch, if one did."""
    return session.scalar(
        select(Area)
        .join(PluginSwitch, PluginSwitch.area_id == Area.id)
        .join(AreaClosure, AreaClosure.ancestor_id == Area.id)
        .where(
            AreaClosure.descendant_id == area_id,
            AreaClosure.depth > 0,
            PluginSwitch.plugin == plugin,
            PluginSwitch.locked.is_(True),
        )
        .order_by(AreaClosure.depth.desc())
        .limit(1)
    )


def switch_plugin(
    session: Session, area: Area, plugin: str, enabled: bool, actor: Actor, *, locked: bool = False
) -> None:
    """Turn ``plugin`` on or off for ``area`` and below, and mark the people there for deriving; raises Problem."""
    host = current_site().host
    info = host.info(plugin)
    if info is None:
        raise Problem("unknown_plugin", N_("There is no plugin named %(name)s."), field="plugin", name=plugin)
    fixed_by = locked_above(session, area.id, plugin)
    if fixed_by is not None:
        raise Problem(
            "plugin_locked", N_("%(area)s has fixed this plugin for the areas below it."), area=fixed_by.name
        )
    if enabled:
        missing = [name for name in info.requires if name not in enabled_in(session, area.id)]
        if missing:
            raise Problem(
                "plugin_requires", N_("Switch on %(name)s first: this plugin builds on it."), name=missing[0]
            )
        add_kinds(session, tuple((kind.code, kind.title, kind.service) for kind in info.activity_kinds))
    row = session.get(PluginSwitch, (area.id, plugin))
    before = {"enabled": row.enabled, "locked": row.locked} if row else None
    if row:
        row.enabled, row.locked = enabled, locked
    else:
        session.add(PluginSwitch(area_id=area.id, plugin=plugin, enabled=enabled, locked=locked))
    session.flush()
    audit.write(
        session, actor, "plugin.switched", "plugin", plugin, area_id=area.id,
        before=before, after={"enabled": enabled, "locked": locked},
    )  # fmt: skip
    # Switched off as well: an area above that keeps the plugin on must not go on counting what was done here.
    _mark_below(session, area, plugin)


def _mark_below(session: Session, area: Area, plugin: str) -> None:
    """Mark everybody who belongs, or once belonged, below ``area`` for ``plugin`` and those that build on it."""
    from pointsys.core.pending import mark_query  # pending asks this module who is on, so it comes second

    host = current_site().host
    once = select(PersonArea.person_id).where(PersonArea.area_id.in_(subtree(area.id)))
    people = select(Person.id).where(or_(Person.area_id.in_(subtree(area.id)), Person.id.in_(once)))
    on_top = {plugin}
    for name, info in host.plugins.items():
        if on_top & set(info.requires):
            on_top.add(name)
    for name in sorted(on_top):
        if host.has_hook(name, "derive"):
            mark_query(session, name, people)
