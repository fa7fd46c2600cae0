"""What can be done in the background: kinds of jobs that somebody starts, and what is done regularly.

The core's stand in modules that ``SOURCES`` names, each with a tuple ``JOBS``; a plugin's in ``PluginInfo.jobs``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from importlib import import_module
from typing import TYPE_CHECKING

from pointsys.core.site import current_site

if TYPE_CHECKING:
    from pointsys.core.jobs.running import JobRun

SOURCES: tuple[str, ...] = (
    "pointsys.core.jobs.housekeeping",
    "pointsys.core.jobs.replay",
    "pointsys.core.imports.jobs",
    "pointsys.core.audit.jobs",
    "pointsys.core.accounts.unused",
    "pointsys.core.accounts.bulk",
    "pointsys.core.rotation.jobs",
)


@dataclass(frozen=True)
class JobKind:
    """A kind of job. ``run`` may be called again after an interruption, with the same arguments and the same outcome;
    one that cannot promise this sets ``repeatable`` to False and fails instead.

    ``run`` opens its own units of work, calls ``step`` between them, returns values for the job's page (no personal
    data) and raises Problem for what the user can mend.
    """

    name: str
    title: str
    run: Callable[[JobRun], Mapping[str, object] | None]
    repeatable: bool = True


@dataclass(frozen=True)
class Periodic:
    """Something done regularly, once for all processes: every ``every_minutes``, or each day ``at`` "HH:MM" local time.

    ``run`` gets the present instant and opens its own units of work; a run that was cut off is done again.
    """

    name: str
    title: str
    run: Callable[[datetime], object]
    every_minutes: int = 0
    at: str = ""

    def slot(self, now: datetime, zone: tzinfo) -> datetime:
        """The latest instant, not after ``now``, at which this is due."""
        if self.every_minutes:
            every = timedelta(minutes=self.every_minutes)
            return now - (now - datetime(1970, 1, 1, tzinfo=UTC)) % every
        local = now.astimezone(zone)
        due = datetime.combine(local.date(), time.fromisoformat(self.at), zone).astimezone(now.tzinfo)
        if due <= now:
            return due
        yesterday = local.date() - timedelta(days=1)
        return datetime.combine(yesterday, time.fromisoformat(self.at), zone).astimezone(now.tzinfo)


def declared() -> Iterator[JobKind | Periodic]:
    """Everything that the core and the loaded plugins declare."""
    for source in SOURCES:
        yield from import_module(source).JOBS
    for info in current_site().host.plugins.values():
        yield from info.jobs


def job_kind(name: str) -> JobKind | None:
    """The kind with this name; None when its plugin is gone."""
    return next((item for item in declared() if isinstance(item, JobKind) and item.name == name), None)


def periodics() -> list[Periodic]:
    """Everything that is done regularly; in safe mode the core's alone."""
    plugins_rest = current_site().host.safe
    names = {item.name for source in SOURCES for item in import_module(source).JOBS}
    return [
        item for item in declared() if isinstance(item, Periodic) and (item.name in names or not plugins_rest)
    ]
