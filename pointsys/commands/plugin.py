"""``pointsys plugin``: what there is, what is on where, and switching."""

from __future__ import annotations

import click

from pointsys.commands.console import emit, json_option, progress, table
from pointsys.commands.frame import find_or_refuse, report_failures, site_command
from pointsys.commands.texts import _
from pointsys.kit.problems import N_

area_option = click.option("--area", "code", required=True, help=N_("Code of the area."))


@click.group(help=N_("List plugins and switch them on or off for an area."))
def plugin() -> None:
    """Commands about plugins."""


@plugin.command(name="list", help=N_("Show every plugin and whether it is on in an area."))
@click.option("--area", "code", help=N_("Code of the area; the top of the tree if left out."))
@json_option
@site_command
def list_plugins(code: str | None, as_json: bool) -> None:
    """Loaded plugins with their state, then those that could not be loaded with the reason."""
    from pointsys.core.pending import quarantined
    from pointsys.core.site import current_site
    from pointsys.core.startup import root_area
    from pointsys.core.switches import enabled_in
    from pointsys.core.unit_of_work import read_scope

    host = current_site().host
    with read_scope() as session:
        area = find_or_refuse(session, code) if code else root_area(session)
        on = enabled_in(session, area.id) if area is not None else frozenset()
        stopped = quarantined(session)
        area_code = area.code if area is not None else None
    infos = [
        {
            "name": info.name,
            "title": _(info.title),
            "version": info.version,
            "enabled": info.name in on,
            "quarantined": info.name in stopped,
        }
        for info in host.plugins.values()
    ]
    if as_json:
        emit({"area": area_code, "plugins": infos, "skipped": host.skipped})
        return
    words = {True: _("on"), False: _("off")}
    table([
        (
            str(info["name"]), str(info["title"]), str(info["version"]), words[bool(info["enabled"])],
            _("stopped after failures") if info["quarantined"] else "",
        )
        for info in infos
    ])  # fmt: skip
    for name, reason in sorted(host.skipped.items()):
        click.echo(_("%(name)s could not be loaded: %(reason)s", name=name, reason=reason))


@plugin.command(help=N_("Switch a plugin on for an area and what lies below it."))
@click.argument("name")
@area_option
@json_option
@site_command
def enable(name: str, code: str, as_json: bool) -> int:
    """Switch on, then derive the results of the people there."""
    return _switch(name, code, True, as_json)


@plugin.command(help=N_("Switch a plugin off for an area and what lies below it; its data stays."))
@click.argument("name")
@area_option
@json_option
@site_command
def disable(name: str, code: str, as_json: bool) -> int:
    """Switch off."""
    return _switch(name, code, False, as_json)


def _switch(name: str, code: str, enabled: bool, as_json: bool) -> int:
    from pointsys.core.actors import operator
    from pointsys.core.pending import drain, pending_count
    from pointsys.core.switches import switch_plugin
    from pointsys.core.unit_of_work import unit_of_work

    with unit_of_work(drain=False) as session:
        area = find_or_refuse(session, code)
        switch_plugin(session, area, name, enabled, operator())
        waiting = pending_count(session)
        result = {"plugin": name, "area": area.code, "enabled": enabled}
    failed = {}
    if enabled:
        with progress(_("Computing"), waiting) as update:
            failed = drain(progress=update).failed
    if as_json:
        emit({**result, "failed": failed})
    elif enabled:
        click.echo(_("%(plugin)s is on in %(area)s.", **result))
    else:
        click.echo(_("%(plugin)s is off in %(area)s. Its data is kept.", **result))
    return report_failures(failed)
