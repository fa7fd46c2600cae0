"""Pages of plugins for roles that see no area, such as a unit's liaison: offered after signing in."""

from __future__ import annotations

from flask import current_app

from pointsys.core.database import db
from pointsys.core.pages import MenuItem
from pointsys.core.permissions import granted_areas
from pointsys.core.site import current_site
from pointsys.web.access import current_actor


def own_pages() -> list[MenuItem]:
    """The pages whose permission the reader holds somewhere and where they have something to see.

    No statement but those of the pages' own ``when``, each asked once.
    """
    actor = current_actor()
    held = [
        item
        for info in current_site().host.plugins.values()
        for item in info.own_pages
        if item.endpoint in current_app.view_functions and granted_areas(actor, item.permission)
    ]
    told = {when: when(db.session(), actor) for when in {item.when for item in held} if when is not None}
    return [item for item in held if item.when is None or told[item.when]]
