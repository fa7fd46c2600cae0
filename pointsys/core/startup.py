"""The first things in an empty site: the root area, the kinds of activity, and the plugins a community works with."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.kinds import add_shipped_kinds
from pointsys.core.actors import Actor
from pointsys.core.areas.codes import check_code
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in, switch_plugin
from pointsys.kit.problems import N_, Problem

# The main job needs these; a site that lacks one of them starts without it.
FIRST_PLUGINS = ("attendance", "volunteer", "party_member_points")


def root_area(session: Session) -> Area | None:
    """The root of the site's tree; None while the site is empty."""
    return session.scalar(select(Area).where(Area.parent_id.is_(None)))


def add_kinds(session: Session) -> None:
    """Add the shipped kinds of activity, and those of the plugins, that the site does not have yet."""
    infos = current_site().host.plugins.values()
    kinds = [(kind.code, kind.title, kind.service) for info in infos for kind in info.activity_kinds]
    add_shipped_kinds(session, tuple(kinds))


def start_site(
    session: Session,
    code: str,
    name: str,
    actor: Actor,
    *,
    plugins: Collection[str] = FIRST_PLUGINS,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> Area:
    """Make ``code`` the root area, switch ``plugins`` on there and let them publish their presets.

    ``choices`` are answers to the plugins' ``setup_choices``, by plugin and key. A second call with the same code
    returns the area as it stands. Raises Problem bad_area_code, bad_area_name or other_root.
    """
    code = check_code(code)
    root = root_area(session)
    if root is not None:
        if root.code != code:
            raise Problem(
                "other_root",
                N_(
                    "This site was started for %(code)s (%(name)s). Use another home folder for another area."
                ),
                field="code",
                code=root.code,
                name=root.name,
            )
        return root
    root = create_area(session, code, name, None, actor)
    add_kinds(session)
    start_plugins(session, root, plugins, actor, choices or {})
    return root


def start_plugins(
    session: Session,
    root: Area,
    plugins: Collection[str],
    actor: Actor,
    choices: Mapping[str, Mapping[str, str]],
) -> None:
    """Switch plugins on in a new root area, then let each begin there with what was chosen for it."""
    host = current_site().host
    wanted = [name for name in host.plugins if name in plugins]
    for plugin in wanted:
        switch_plugin(session, root, plugin, True, actor)
    on = enabled_in(session, root.id)
    for plugin in host.in_order("area_started", [name for name in wanted if name in on]):
        host.call_one(
            plugin, "area_started", session=session, area=root, actor=actor, choices=choices.get(plugin, {})
        )
