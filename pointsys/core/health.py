"""Whether the site is well, part by part: the same checks for ``/readyz``, the page of the site's health, the
self-check of a new site and ``pointsys doctor``.

Each part is looked at anew whenever somebody asks, and a part that cannot even be looked at is not well.
"""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

import pointsys
from pointsys.assets import CURE, assets_missing
from pointsys.core import audit, one_host, schema
from pointsys.core.actors import SYSTEM
from pointsys.core.database import BUSY_TIMEOUT_MS, WRITE, db, table_of
from pointsys.core.jobs import periodic, queue
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope
from pointsys.kit.problems import N_, Problem
from pointsys.language import say

if TYPE_CHECKING:
    from pointsys.config import Config

# What a site needs to answer requests at all.
READY = ("database", "migrations", "disk", "home", "audit", "queue")
DISK_FREE_MB = 200
DISK_LOW_FACTOR = 5
# Somebody takes a turn each minute; five without one are no accident.
TICK_EXPECTED = timedelta(minutes=5)
_BUSY_MS = 200

_first_asked: dict[Path, datetime] = {}


@dataclass(frozen=True)
class Check:
    """One part. ``title``, ``detail`` (what was found) and ``cure`` (what to do, "" when all is well) are in the
    reader's language. A part that is not ``ok`` and only a ``warning`` lets the site go on."""

    name: str
    title: str
    ok: bool
    detail: str = ""
    cure: str = ""
    warning: bool = False


def _(message: str, **params: object) -> str:
    return say(Problem("check", message, **params))  # type: ignore[arg-type]


def checks(
    only: Collection[str] | None = None,
    *,
    config: Config | None = None,
    serving: bool = False,
    deep: bool = False,
) -> list[Check]:
    """Look at every part, or at those named; inside an application context, and raising nothing.

    ``config`` adds what depends on settings, ``serving`` expects that jobs are being done, ``deep`` compares all
    tables and triggers with this program (half a second).
    """
    found: list[Check] = []
    for name, part in _parts(config, serving, deep).items():
        if only is None or name in only:
            try:
                found.extend(part())
            except Exception as error:  # noqa: BLE001  (a part that cannot be looked at is not well)
                found.append(Check(name, _(TITLES[name]), False, _error(error), _(CURES.get(name, LOOK))))
    return found


TITLES = {
    "files": N_("Built files"),
    "home": N_("Home folder"),
    "keys": N_("Keys"),
    "disk": N_("Disk"),
    "settings": N_("Settings"),
    "host": N_("Machine"),
    "plugins": N_("Plugins"),
    "database": N_("Database"),
    "migrations": N_("Tables"),
    "audit": N_("Audit log"),
    "chain": N_("Proof of the logs"),
    "queue": N_("Background work"),
    "calendar": N_("Holidays"),
    "area": N_("Area"),
    "accounts": N_("Accounts"),
    "separation": N_("Separation of administrators"),
    "results": N_("Results"),
}
LOOK = N_("Look into the log, or run: pointsys doctor")
CURE_MIGRATIONS = N_("Run: pointsys db upgrade")
CURES = {
    "database": N_("Start the database, or correct database_url in pointsys.toml."),
    "migrations": CURE_MIGRATIONS,
}


def _parts(config: Config | None, serving: bool, deep: bool) -> dict[str, Callable[[], Iterator[Check]]]:
    home = current_site().home
    limit = config.disk_free_mb if config is not None else DISK_FREE_MB
    parts: dict[str, Callable[[], Iterator[Check]]] = {
        "files": built_files,
        "home": lambda: home_folder(home),
        "keys": lambda: keys(home / "keys.json"),
        "disk": lambda: disk(home, limit),
        "host": _host,
        "database": _database,
        "migrations": lambda: _migrations(deep),
        "audit": _audit,
        "chain": _chain,
        "queue": lambda: _queue(serving),
        "plugins": _plugins,
        "calendar": lambda: calendar(home),
        "area": _area,
        "accounts": _accounts,
        "separation": _separation,
        "results": _results,
    }
    if config is not None:
        parts["settings"] = lambda: settings(config)
    return parts


def _check(name: str, ok: bool, detail: str = "", cure: str = "", *, warning: bool = False) -> Check:
    return Check(name, _(TITLES[name]), ok, detail, cure, warning)


def _error(error: Exception) -> str:
    """An error without the data it was about."""
    if isinstance(error, Problem):
        return say(error)
    return type(getattr(error, "orig", None) or error).__name__


def built_files() -> Iterator[Check]:
    """Style sheets, scripts and translations."""
    missing = assets_missing(Path(str(pointsys.__file__)).parent)
    if missing:
        cure = _(N_("Run: %(command)s"), command=CURE)
        yield _check("files", False, _(N_("%(name)s is missing."), name=missing[0]), cure)
    else:
        yield _check("files", True, pointsys.__version__)


def home_folder(home: Path) -> Iterator[Check]:
    """Whether files can be made there."""
    probe = home / f".probe-{uuid.uuid4().hex}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        text_ = _(N_("%(home)s cannot be written to (%(text)s)."), home=home, text=error.strerror or "")
        yield _check("home", False, text_, _(N_("Give it to the account that serves the site.")))
    else:
        yield _check("home", True, str(home))


def keys(path: Path) -> Iterator[Check]:
    """Whether the keys are there, and nobody else's."""
    if not path.exists():
        missing = _(N_("%(name)s is missing."), name=path)
        yield _check(
            "keys", False, missing, _(N_("Bring it back from where you keep it: pointsys key import FILE"))
        )
    elif os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        readable = _(N_("Others can read %(name)s."), name=path)
        yield _check("keys", False, readable, _(N_("Run: chmod 600 %(name)s"), name=path))
    else:
        yield _check("keys", True, _(N_("readable for their owner alone")))


def disk(home: Path, limit_mb: int) -> Iterator[Check]:
    """Whether there is room to write; a warning comes while there is still time."""
    free = shutil.disk_usage(home).free // 1024**2
    detail = _(N_("%(free)s MB free"), free=f"{free:,}")
    cure = _(
        N_("Make room: old backups and logs first. Below %(limit)s MB nothing is sure to be stored."),
        limit=limit_mb,
    )
    if free < limit_mb:
        yield _check("disk", False, detail, cure)
    elif free < limit_mb * DISK_LOW_FACTOR:
        yield _check("disk", False, detail, cure, warning=True)
    else:
        yield _check("disk", True, detail)


def settings(config: Config) -> Iterator[Check]:
    """What a site that others use should not have."""
    if config.safe_mode:
        detail = _(N_("Safe mode: no plugin is called."))
        cure = _(N_("Start without --safe-mode, then run: pointsys replay"))
        yield _check("settings", False, detail, cure, warning=True)
    if config.allow_plain_http:
        detail = _(N_("Sign-in works without https here."))
        cure = _(N_("Take allow_plain_http out of pointsys.toml before others use it."))
        yield _check("settings", False, detail, cure, warning=True)
    else:
        yield _check("settings", True, _(N_("https is required")))


def _host() -> Iterator[Check]:
    other = one_host.other_host()
    if other is None:
        yield _check("host", True, one_host.this_host()[0])
    else:
        yield _check(
            "host",
            False,
            _(N_("%(host)s serves the same folder."), host=other),
            _(one_host.OTHER, host=other),
        )


def _database() -> Iterator[Check]:
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = '2s'"))
        connection.execute(text("SELECT 1"))
        yield _check("database", True, connection.dialect.name)


def _migrations(deep: bool) -> Iterator[Check]:
    complaints = (
        schema.check(db.engine)
        if deep
        else [status.component for status in schema.status(db.engine) if not status.up_to_date]
    )
    if complaints:
        detail = _(N_("not at this program's version: %(parts)s"), parts="; ".join(complaints))
        yield _check("migrations", False, detail, _(CURE_MIGRATIONS))
    else:
        yield _check("migrations", True, _(N_("up to date")))


def _audit() -> Iterator[Check]:
    """A row is written and taken back: without the audit log nothing may be done at all."""
    try:
        with db.engine.connect().execution_options(**{WRITE: True}) as connection:
            sqlite = connection.dialect.name == "sqlite"
            raw = connection.connection.driver_connection
            assert raw is not None
            if sqlite:
                raw.execute(f"PRAGMA busy_timeout={_BUSY_MS}").close()
            try:
                if not sqlite:
                    connection.execute(text("SET LOCAL statement_timeout = '2s'"))
                # Leaving the block without a commit takes it back.
                connection.execute(insert(table_of(audit.AuditRow)), [_probe_row()])
            finally:
                if sqlite:
                    raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").close()
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        yield _check("audit", True, _(N_("in use by another writer just now")))
    else:
        yield _check("audit", True, _(N_("can be written")))


def _chain() -> Iterator[Check]:
    """Whether rows get sealed, heads get outside, and the last verification found nothing."""
    from pointsys.core.audit.state import chain_state

    with read_scope() as session:
        state = chain_state(session)
    if state.broken:
        detail = _(N_("The last check found: %(what)s."), what=state.broken)
        yield _check("chain", False, detail, _(N_("Run: pointsys audit verify")))
    elif state.waits_long:
        since = current_site().local(state.oldest_unsealed or state.now)
        detail = _(N_("Rows since %(at)s are not sealed."), at=f"{since:%Y-%m-%d %H:%M}")
        cure = _(N_("Nobody does background work now: start the site, or run: pointsys jobs run"))
        yield _check("chain", False, detail, cure, warning=True)
    elif state.anchor_old:
        detail = _(N_("No head of the log was put outside for more than a day."))
        yield _check("chain", False, detail, _(N_("Run: pointsys audit head")), warning=True)
    else:
        yield _check("chain", True, _(N_("block %(position)s"), position=state.position))


def _probe_row() -> dict[str, object]:
    return {
        "at": current_site().now(), "actor": SYSTEM.label, "event": "probe", "object_type": "probe",
        "object_id": "", "area_id": None, "result": audit.OK, "address": "", "count": 1,
    }  # fmt: skip


def _queue(serving: bool) -> Iterator[Check]:
    alive, now = queue.workers_alive(), current_site().now()
    if alive is not None:
        cure = "" if alive else _(N_("Restart the site: threads of this process have ended."))
        yield _check("queue", alive, _(N_("done by this process")), cure)
        return
    since = _first_asked.setdefault(current_site().home, now)
    with read_scope() as session:
        last = periodic.last_tick(session)
    if last is not None and now - last < TICK_EXPECTED:
        yield _check("queue", True, _(N_("done by another process")))
    elif serving and now - since < TICK_EXPECTED:
        yield _check("queue", True, _(N_("about to begin")))
    else:
        cure = _(N_("Nobody does background work now: start the site, or run: pointsys jobs run"))
        yield _check("queue", False, _(N_("waiting for somebody to do it")), cure, warning=not serving)


def _plugins() -> Iterator[Check]:
    from pointsys.core.pending import quarantined

    host = current_site().host
    for name, reason in sorted(host.skipped.items()):
        detail = _(N_("%(name)s could not be loaded: %(reason)s"), name=name, reason=reason)
        yield _check("plugins", False, detail, _(N_("Mend or remove it.")))
    with read_scope() as session:
        stopped = sorted(quarantined(session))
    for name in stopped:
        detail = _(N_("%(name)s was stopped after failures."), name=name)
        cure = _(N_("Once it is mended run: pointsys replay --plugin %(name)s"), name=name)
        yield _check("plugins", False, detail, cure)
    yield _check("plugins", True, ", ".join(host.names) or "-")


def calendar(home: Path) -> Iterator[Check]:
    """Whether this year's working days are known, and from December on next year's, whose notice is out then."""
    from pointsys.core.work_calendar import site_calendar

    today = current_site().today()
    years = site_calendar(home).years
    missing = today.year if today.year not in years else today.year + 1
    if missing in years or (missing > today.year and today.month < 12):
        known = ", ".join(map(str, sorted(years)))
        yield _check("calendar", True, _(N_("known for %(years)s"), years=known))
    else:
        cure = _(N_("Save the notice as a file and run: pointsys calendar import FILE"))
        detail = _(N_("%(year)s is missing."), year=missing)
        yield _check("calendar", False, detail, cure, warning=missing != today.year)


def _area() -> Iterator[Check]:
    from pointsys.core.startup import root_area

    with read_scope() as session:
        root = root_area(session)
        if root is not None:
            yield _check("area", True, f"{root.name} ({root.code})")
            return
    cure = _(N_("Run: pointsys init --area CODE --name NAME"))
    yield _check("area", False, _(N_("The site is empty.")), cure, warning=True)


def _accounts() -> Iterator[Check]:
    from pointsys.core.accounts.services import has_accounts

    with read_scope() as session:
        there = has_accounts(session)
    if there:
        yield _check("accounts", True)
    else:
        cure = _(N_("pointsys serve prints a link to make the first one."))
        yield _check("accounts", False, _(N_("Nobody can sign in yet.")), cure, warning=True)


def _separation() -> Iterator[Check]:
    """Whether no account holds two of the posts system, security and audit."""
    from pointsys.core.accounts.separation import holders, is_separated

    with read_scope() as session:
        if not holders(session):
            return  # nothing to tell before the first administrator
        parted = is_separated(session)
    if parted:
        yield _check("separation", True, _(N_("System, security and audit are in different hands.")))
    else:
        detail = _(
            N_(
                "Somebody holds more than one of the posts system, security and audit, or one beside work with people."
            )
        )
        cure = _(N_("Give the posts to different people as soon as you can."))
        yield _check("separation", False, detail, cure, warning=True)


def _results() -> Iterator[Check]:
    from pointsys.core.pending import pending_count

    with read_scope() as session:
        waiting = pending_count(session)
    if waiting:
        detail = _(N_("%(count)s results are not computed yet."), count=waiting)
        yield _check("results", False, detail, _(N_("Run: pointsys replay")), warning=True)
    else:
        yield _check("results", True, _(N_("all computed")))
