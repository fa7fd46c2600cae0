"""A change of keys as a job: ordered on the page of keys, done beside everybody's work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pointsys.core.jobs.kinds import JobKind
from pointsys.kit.problems import N_

if TYPE_CHECKING:
    from pointsys.core.jobs.running import JobRun

KIND = "keys.rotate"
BEGINNING = N_("Making new keys")
MOVING = N_("Sealing anew")
# The longest pause between two batches.
LONGEST_REST_SECONDS = 1.0


def rest(seconds: float) -> None:
    """Let others write for as long as they were held up."""
    time.sleep(min(seconds, LONGEST_REST_SECONDS))


def rotate(run: JobRun) -> Mapping[str, object]:
    """Begin or go on with a change of the keys for ``args["purposes"]``; a second attempt goes on with it."""
    from pointsys.core.rotation.begin import begin
    from pointsys.core.rotation.move import move

    if run.attempt == 1:
        run.step(0, text=BEGINNING)
        begin([str(name) for name in run.args["purposes"]], run.actor, rest=time.sleep)
    result = move(
        run.actor,
        step=lambda done, total: run.step(done, total, MOVING),
        rest=rest,
    )
    return {"moved": result.moved, "broken": len(result.broken), "left": result.left}


JOBS = (JobKind(KIND, N_("Change of keys"), rotate),)
