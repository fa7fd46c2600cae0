"""``pointsys init``: an empty site with its root area, ready for the first roster."""

from __future__ import annotations

import click

from pointsys.commands.console import emit, json_option
from pointsys.commands.frame import site_app
from pointsys.commands.texts import _
from pointsys.kit.problems import N_


@click.command(help=N_("Make a site: its keys, its database, and the area at the top of its tree."))
@click.option("--area", "code", required=True, help=N_("Official code of the area, 12 digits."))
@click.option("--name", required=True, help=N_("Name of the area."))
@json_option
def init(code: str, name: str, as_json: bool) -> None:
    """Make the site, or say that it is there; another area than the one it was made for is refused."""
    from pointsys.core import schema
    from pointsys.core.actors import operator
    from pointsys.core.database import db
    from pointsys.core.site import current_site
    from pointsys.core.startup import root_area, start_site
    from pointsys.core.switches import enabled_in
    from pointsys.core.unit_of_work import unit_of_work

    with site_app(existing=False, ready=False):
        schema.upgrade(db.engine)
        with unit_of_work(drain=False) as session:
            before = root_area(session)
            area = start_site(session, code, name, operator())
            result = {
                "area": area.code,
                "name": area.name,
                "created": before is None,
                "plugins": sorted(enabled_in(session, area.id)),
                "home": str(current_site().home),
            }
    if as_json:
        emit(result)
        return
    if result["created"]:
        click.echo(_("%(name)s (%(area)s) is ready in %(home)s.", **result))
    else:
        click.echo(_("%(name)s (%(area)s) was made earlier; nothing was changed.", **result))
    click.echo(_("Next: pointsys import people FILE --area %(area)s, then pointsys serve", **result))
