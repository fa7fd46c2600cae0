"""A job that never ends by itself; for ``slow_site`` and for the tests that look at it."""

from __future__ import annotations

from threading import Event

from pointsys.core.jobs import JobKind, JobRun
from pointsys.core.site import current_site

ENDLESS = "tests.endless"
LOOK_SECONDS = 0.02


def endless(run: JobRun) -> None:
    """Step on until somebody ends it; a second attempt is content."""
    pause, done = Event(), 0
    while run.attempt == 1:
        done += 1
        # A new text each time, so that no step is left out.
        run.step(done, text=f"step {done}")
        (current_site().home / "stepped").touch()
        pause.wait(LOOK_SECONDS)


JOBS = (JobKind(ENDLESS, "Endless", endless),)
