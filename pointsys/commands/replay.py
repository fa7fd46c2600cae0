"""``pointsys replay``: derive results anew from the log, for whom one names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import emit, json_option, progress
from pointsys.commands.frame import find_or_refuse, report_failures, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pointsys.core.areas.models import Area


@click.command(help=N_("Derive results anew from the activity log, for everybody or for those named."))
@click.option("--area", "code", help=N_("Code of the area; the whole site if left out."))
@click.option("--plugin", "plugin_name", help=N_("This plugin alone."))
@click.option("--person", "person_id", help=N_("This person alone, by the id that addresses show."))
@json_option
@site_command
def replay(code: str | None, plugin_name: str | None, person_id: str | None, as_json: bool) -> int:
    """Mark the people, then work the marks off; also those that an interruption left behind.

    For everybody the figures of areas are counted anew as well.
    """
    from pointsys.core import audit
    from pointsys.core.actors import operator
    from pointsys.core.figures.rebuild import rebuild
    from pointsys.core.pending import drain, pending_count
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        plugins = _plugins(session, plugin_name)
        area = find_or_refuse(session, code) if code else None
        if not (code or plugin_name or person_id):
            rebuild(session)
        _mark(session, plugins, area, person_id)
        waiting = pending_count(session)
        audit.write(
            session, operator(), "replay", "plugin", plugin_name or "*", area_id=area.id if area else None,
            count=waiting, after={"person": person_id},
        )  # fmt: skip
    with progress(_("Computing"), waiting) as update:
        report = drain(progress=update)
    if as_json:
        emit({"marked": waiting, "done": report.done, "failed": report.failed})
    else:
        click.echo(_("Computed anew: %(done)s of %(marked)s.", done=report.done, marked=waiting))
    return report_failures(report.failed)


def _plugins(session: Session, name: str | None) -> Sequence[str]:
    from pointsys.core.pending import quarantined, release
    from pointsys.core.site import current_site

    host = current_site().host
    if name is None:
        return host.in_order("derive")
    info = host.info(name) or host.by_slug(name)
    if info is None:
        raise Problem("unknown_plugin", N_("There is no plugin named %(name)s."), field="plugin", name=name)
    if info.name in quarantined(session):
        # Whoever names a stopped plugin has mended it and wants it tried.
        release(session, info.name)
    return host.in_order("derive", (info.name,))


def _mark(session: Session, plugins: Sequence[str], area: Area | None, person_id: str | None) -> None:
    from sqlalchemy import select

    from pointsys.core.areas.models import Area, subtree
    from pointsys.core.pending import mark_query
    from pointsys.core.people.groups import chunks
    from pointsys.core.people.models import Person
    from pointsys.core.switches import enabled_by_area

    query = select(Area.id).where(Area.id.in_(subtree(area.id))) if area is not None else select(Area.id)
    on = enabled_by_area(session, session.scalars(query).all())
    person = None
    if person_id is not None:
        person = session.scalar(select(Person).where(Person.public_id == person_id))
        if person is None or person.area_id not in on:
            raise Problem("unknown_person", N_("There is no such person there."), field="person")
    for plugin in plugins:
        areas = [area_id for area_id, names in on.items() if plugin in names]
        for part in chunks(areas):
            people = select(Person.id).where(Person.area_id.in_(part))
            mark_query(session, plugin, people if person is None else people.where(Person.id == person.id))
