"""Computing results anew as a job: people are marked first, then all marks are worked off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from pointsys.core.areas.models import subtree
from pointsys.core.jobs.kinds import JobKind
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem

if TYPE_CHECKING:
    from pointsys.core.jobs.running import JobRun

KIND = "results.replay"
MARKING = N_("Finding everybody")
COMPUTING = N_("Computing")


def replay(run: JobRun) -> Mapping[str, object]:
    """Derive everybody in the job's area and below anew for ``args["plugin"]``; raises Problem derive_failed."""
    from pointsys.core.pending import drain, mark_query, pending_count

    plugin, area_id = str(run.args["plugin"]), run.area_id
    info = current_site().host.info(plugin)
    if info is None or area_id is None:
        raise Problem("unknown_plugin", N_("There is no plugin named %(name)s."), name=plugin)
    run.step(0, text=MARKING)
    with unit_of_work(drain=False) as session:
        mark_query(session, plugin, select(Person.id).where(Person.area_id.in_(subtree(area_id))))
    with read_scope() as session:
        waiting = pending_count(session)
    run.step(0, waiting, COMPUTING)
    report = drain(progress=lambda done: run.step(done, max(done, waiting), COMPUTING))
    if report.failed:
        raise Problem(
            "derive_failed",
            N_("%(plugins)s could not compute its results; they wait and are tried again."),
            plugins=", ".join(sorted(report.failed)),
        )
    return {"done": report.done}


JOBS = (JobKind(KIND, N_("Compute results anew"), replay),)
