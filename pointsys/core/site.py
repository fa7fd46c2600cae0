"""What one running site consists of besides its database; reached through the application context."""

from __future__ import annotations

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

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.clock()

    def today(self) -> date:
        """The local date now."""
        return self.clock().astimezone(self.timezone).date()

    def local(self, instant: datetime) -> datetime:
        """``instant`` on the local clock."""
        return instant.astimezone(self.timezone)


def current_site() -> Site:
    """The site of the current application context."""
    return cast(Site, current_app.extensions["pointsys"])
