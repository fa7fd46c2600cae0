"""What the plugin does regularly: scores that a date has made old are marked before anybody reads them."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import N_, Periodic, current_site, drain, unit_of_work


def refresh(now: datetime) -> None:
    """Mark everybody whose score time has changed (a window ended, something expired), and derive them anew."""
    from . import stored

    with unit_of_work(drain=False) as session:
        marked = stored.refresh_due(session, current_site().local(now).date())
    if marked:
        drain()


JOBS = (Periodic("points.refresh", N_("Scores that a date has made old"), refresh, at="00:10"),)
