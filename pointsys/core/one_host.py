"""A SQLite file belongs to one machine: its locks and its shared memory do not reach over a network share.

Each serving process keeps a file below ``home/serving`` and touches it every half minute. Whoever starts and finds
one of another machine that is fresh refuses; several processes of one machine are welcome.
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pointsys.core.database import db
from pointsys.core.site import current_site
from pointsys.kit.problems import N_, Problem

FRESH = timedelta(minutes=3)
FOLDER = "serving"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

OTHER = N_(
    "Another machine (%(host)s) is serving the site in this folder. SQLite works for one machine only: stop the "
    "other one, or move to PostgreSQL. If that machine is gone, wait three minutes and start again."
)


def this_host() -> tuple[str, str]:
    """Name of this machine, and what tells it apart however containers on it are called ("" where unknown)."""
    boot = ""
    with suppress(OSError):
        boot = _BOOT_ID.read_text().strip()
    return platform.node(), boot


def applies() -> bool:
    """Whether the current site's database is a file."""
    return db.engine.dialect.name == "sqlite"


def _own_file() -> Path:
    name, _boot = this_host()
    safe = "".join(ch if ch.isalnum() or ch in "-." else "_" for ch in name)[:80] or "host"
    return current_site().home / FOLDER / f"{safe}-{os.getpid()}"


def beat() -> None:
    """Say that this process serves the site."""
    if not applies():
        return
    name, boot = this_host()
    path = _own_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"host": name, "boot": boot, "beat": current_site().now().isoformat()})
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def leave() -> None:
    """This process serves no more."""
    if applies():
        _own_file().unlink(missing_ok=True)


def other_host() -> str | None:
    """The name of another machine that serves this site now, if its database is a file; clears dead files away."""
    folder = current_site().home / FOLDER
    if not applies() or not folder.is_dir():
        return None
    here, now = this_host(), current_site().now()
    for path in sorted(folder.iterdir()):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            host, boot, last = str(told["host"]), str(told["boot"]), datetime.fromisoformat(told["beat"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if last + FRESH < now:
            path.unlink(missing_ok=True)
        elif host != here[0] and (not boot or boot != here[1]):
            return host
    return None


def refuse_second_host() -> None:
    """Raise Problem other_host where another machine serves this site's SQLite file."""
    host = other_host()
    if host is not None:
        raise Problem("other_host", OTHER, host=host)


def enter() -> None:
    """Begin to serve, or raise Problem other_host."""
    refuse_second_host()
    beat()
    try:
        # Both may have looked before either wrote: then both see the other now.
        refuse_second_host()
    except Problem:
        leave()
        raise
