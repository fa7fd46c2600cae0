"""``pointsys db``: the versions of the database, the core's and each plugin's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pointsys.commands.console import Steps, emit, json_option, table
from pointsys.commands.frame import FAILED, site_app
from pointsys.commands.texts import _
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from pointsys.core.schema import Status


@click.group(name="db", help=N_("Bring the database to this program's version, or look at it."))
def database() -> None:
    """Commands about the database."""


@database.command(help=N_("Bring the core and every plugin to this program's version."))
@click.option("--plugin", "plugin_name", help=N_("This plugin alone, or core."))
@click.option("--dry-run", is_flag=True, help=N_("Only tell what would be changed."))
@click.option("--no-backup", is_flag=True, help=N_("Make no backup before."))
@json_option
def upgrade(plugin_name: str | None, dry_run: bool, no_backup: bool, as_json: bool) -> None:
    """Upgrade, each component in a transaction of its own; kinds of activity that are new are added.

    A database that holds something is backed up first, into the folder ``backups`` of the site's home.
    """
    from pointsys.core import schema
    from pointsys.core.database import db
    from pointsys.core.figures.rebuild import rebuild_if_new
    from pointsys.core.startup import add_kinds, root_area
    from pointsys.core.unit_of_work import unit_of_work

    with site_app(existing=False, ready=False):
        only = _component(plugin_name)
        steps = schema.plan(db.engine, only)
        if dry_run:
            _tell_plan(steps, as_json)
            return
        if not no_backup and any(step.current is not None for step in steps):
            _back_up()
        changed = schema.upgrade(db.engine, only)
        if all(status.up_to_date for status in schema.status(db.engine)):
            with unit_of_work(drain=False) as session:
                if root_area(session) is not None:
                    add_kinds(session)
                    rebuild_if_new(session)
    if as_json:
        emit({"changed": changed})
    elif changed:
        click.echo(_("Brought up to date: %(parts)s.", parts=", ".join(changed)))
    else:
        click.echo(_("The database is up to date already."))


def _tell_plan(steps: Sequence[Status], as_json: bool) -> None:
    if as_json:
        emit({"would_change": [{"name": s.component, "current": s.current, "head": s.head} for s in steps]})
        return
    table([(step.component, step.current or "-", step.head or "-") for step in steps])
    if not steps:
        click.echo(_("The database is up to date already."))


def _back_up() -> None:
    from pointsys.core.backup.make import make_backup
    from pointsys.core.database import db
    from pointsys.core.site import current_site

    folder = current_site().home / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    with Steps({"database": N_("Copying the database")}) as steps:
        made = make_backup(current_site(), db.engine, folder, tell=steps)
    click.echo(_("Backed up before the upgrade: %(name)s", name=made.path), err=True)


def _component(plugin_name: str | None) -> str | None:
    from pointsys.core import schema
    from pointsys.core.site import current_site

    if plugin_name is None or plugin_name == schema.CORE:
        return plugin_name
    host = current_site().host
    info = host.info(plugin_name) or host.by_slug(plugin_name)
    if info is None:
        raise Problem(
            "unknown_plugin", N_("There is no plugin named %(name)s."), field="plugin", name=plugin_name
        )
    return info.slug


@database.command(help=N_("Show where the database is and where this program expects it."))
@json_option
def status(as_json: bool) -> None:
    """One line a component."""
    from pointsys.core import schema
    from pointsys.core.database import db

    with site_app(ready=False):
        found = schema.status(db.engine)
    if as_json:
        emit({
            "up_to_date": all(item.up_to_date for item in found),
            "components": [
                {"name": item.component, "current": item.current, "head": item.head} for item in found
            ],
        })  # fmt: skip
        return
    rows = [
        (item.component, item.current or "-", _("up to date") if item.up_to_date else _("behind"))
        for item in found
    ]
    table(rows)
    if not all(item.up_to_date for item in found):
        click.echo(_("Run: pointsys db upgrade"))


@database.command(help=N_("Compare tables, columns and triggers with what this program expects."))
@json_option
def check(as_json: bool) -> int:
    """Every difference on a line; exit code 1 when there is one."""
    from pointsys.core import schema
    from pointsys.core.database import db

    with site_app(ready=False):
        complaints = schema.check(db.engine)
    if as_json:
        emit({"ok": not complaints, "complaints": complaints})
    for complaint in () if as_json else complaints:
        click.echo(complaint)
    if not as_json and not complaints:
        click.echo(_("The database is as this program expects it."))
    return FAILED if complaints else 0
