"""What one running site consists of besides its database; reached through the application context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import current_app

from pointsys.core.crypto import Keyring
from pointsys.core.database import Clock

if TYPE_CHECKING:
    from pointsys.core.host import Host


@dataclass(frozen=True)
class Site:
    """The clock, keys, zone, home folder and plugin host of one site."""

    clock: Clock
    keyring: Keyring
    timezone: ZoneInfo
    home: Path
    host: Host
    # Where the heads of the audit log are kept, if not in the home folder.
    anchors: Path | None = None

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.clock()

    def today(self) -> date:
        """The local date now."""
        return self.clock().astimezone(self.timezone).date()

    def local(self, instant: datetime) -> datetime:
        """``instant`` on the local clock."""
        return instant.astimezone(self.timezone)


def work_folder(home: Path) -> Path:
    """``home/tmp/work``, made if need be: for what a process needs while it is at one thing; swept after a day."""
    place = home / "tmp" / "work"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


_instead: ContextVar[Site | None] = ContextVar("site_instead", default=None)


def current_site() -> Site:
    """The site of the current application context."""
    return _instead.get() or cast(Site, current_app.extensions["pointsys"])


@contextmanager
def site_instead(site: Site) -> Iterator[None]:
    """Code that the block runs works with ``site``; other threads of the process go on with their own."""
    token = _instead.set(site)
    try:
        yield
    finally:
        _instead.reset(token)
