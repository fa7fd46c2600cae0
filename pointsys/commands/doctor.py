"""``pointsys doctor``: what is well and what is not, each line with its cure."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import click

from pointsys.commands.console import emit, json_option, width
from pointsys.commands.frame import FAILED, site_app
from pointsys.commands.texts import _, sentence
from pointsys.kit.problems import N_, Problem

OK = "ok"
WARNING = "warning"
RED = "red"
_COLOURS = {OK: "green", WARNING: "yellow", RED: "red"}
_MARKS = {OK: "[ok]", WARNING: "[ !]", RED: "[!!]"}


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``state`` is ok, warning or red."""

    name: str
    state: str
    message: str


@click.command(help=N_("Check the site: files, keys, database, plugins, calendar."))
@json_option
def doctor(as_json: bool) -> int:
    """Print one line a check; exit code 1 when one of them is red."""
    found = list(findings())
    if as_json:
        emit({"ok": all(item.state != RED for item in found), "checks": [asdict(item) for item in found]})
    else:
        wide = max(width(_(item.name)) for item in found)
        for item in found:
            name = _(item.name) + " " * (wide - width(_(item.name)))
            click.echo(f"{click.style(_MARKS[item.state], fg=_COLOURS[item.state])} {name}  {item.message}")
    return FAILED if any(item.state == RED for item in found) else 0


def findings() -> Iterator[Finding]:
    """All checks, the later ones only where the earlier let them."""
    from pointsys.config import load_config
    from pointsys.core.database import system_clock

    config = load_config()
    yield _assets()
    yield _home(config.home)
    yield _keys(config.home / "keys.json")
    yield from _calendar(config.home, system_clock().astimezone(config.zone()).date())
    if config.allow_plain_http:
        text = N_(
            "Sign-in works without https here: take allow_plain_http out of pointsys.toml before others use it."
        )
        yield Finding(N_("Settings"), WARNING, _(text))
    else:
        yield Finding(N_("Settings"), OK, _("https is required"))
    try:
        with site_app(ready=False):
            yield from _inside()
    except Exception as error:  # noqa: BLE001  (a broken site is just what this command is for)
        yield Finding(N_("Site"), RED, _text_of(error))


def _text_of(error: Exception) -> str:
    from pointsys.commands.frame import Refusal, shorten

    if isinstance(error, Refusal):
        return error.message
    return sentence(error) if isinstance(error, Problem) else shorten(error)


def _assets() -> Finding:
    import pointsys
    from pointsys.assets import CURE, assets_missing

    missing = assets_missing(Path(str(pointsys.__file__)).parent)
    if missing:
        return Finding(
            N_("Built files"),
            RED,
            _("%(name)s is missing. Run: %(cure)s", name=missing[0], cure=CURE),
        )
    return Finding(N_("Built files"), OK, pointsys.__version__)


def _home(home: Path) -> Finding:
    probe = home / f".probe-{uuid.uuid4().hex}"
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        text = N_("%(home)s cannot be written to (%(text)s). Give it to the account that serves the site.")
        return Finding(N_("Home folder"), RED, _(text, home=home, text=error.strerror))
    return Finding(N_("Home folder"), OK, str(home))


def _keys(path: Path) -> Finding:
    if not path.exists():
        return Finding(N_("Keys"), RED, _("%(name)s is missing: restore it from the backup.", name=path))
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(N_("Keys"), RED, _("Others can read %(name)s. Run: chmod 600 %(name)s", name=path))
    return Finding(N_("Keys"), OK, _("readable for their owner alone"))


def _calendar(home: Path, today: date) -> Iterator[Finding]:
    from pointsys.core.work_calendar import site_calendar

    try:
        years = site_calendar(home).years
    except Problem as problem:
        yield Finding(N_("Holidays"), RED, sentence(problem))
        return
    known = ", ".join(map(str, sorted(years)))
    # The notice for the coming year is published in November.
    missing = today.year if today.year not in years else today.year + 1
    if missing in years or (missing > today.year and today.month < 12):
        yield Finding(N_("Holidays"), OK, _("known for %(years)s", years=known))
    else:
        text = _(
            "%(year)s is missing. Save the notice as a file and run: pointsys calendar import FILE",
            year=missing,
        )
        yield Finding(N_("Holidays"), RED if missing == today.year else WARNING, text)


def _inside() -> Iterator[Finding]:
    """Checks that need the application: database and plugins."""
    from sqlalchemy.exc import SQLAlchemyError

    from pointsys.core import schema
    from pointsys.core.database import db
    from pointsys.core.site import current_site

    host = current_site().host
    for name, reason in sorted(host.skipped.items()):
        yield Finding(
            N_("Plugins"), RED, _("%(name)s could not be loaded: %(reason)s", name=name, reason=reason)
        )
    yield Finding(N_("Plugins"), OK, ", ".join(host.names) or "-")
    try:
        complaints = schema.check(db.engine)
    except SQLAlchemyError as error:
        yield Finding(N_("Database"), RED, _text_of(error))
        return
    if complaints:
        for complaint in complaints:
            yield Finding(N_("Database"), RED, complaint)
        yield Finding(N_("Database"), RED, _("Run: pointsys db upgrade"))
        return
    yield Finding(
        N_("Database"), OK, _("%(kind)s, up to date, triggers in place", kind=db.engine.dialect.name)
    )
    yield from _rows()


def _rows() -> Iterator[Finding]:
    from pointsys.core.accounts.services import has_accounts
    from pointsys.core.pending import pending_count, quarantined
    from pointsys.core.startup import root_area
    from pointsys.core.unit_of_work import read_scope

    with read_scope() as session:
        root = root_area(session)
        waiting = pending_count(session)
        stopped = sorted(quarantined(session))
        accounts = has_accounts(session)
    if root is None:
        yield Finding(N_("Area"), WARNING, _("The site is empty. Run: pointsys init --area CODE --name NAME"))
    else:
        yield Finding(N_("Area"), OK, f"{root.name} ({root.code})")
    if not accounts:
        yield Finding(N_("Accounts"), WARNING, _("Nobody can sign in yet: pointsys serve prints a link."))
    for name in stopped:
        text = N_(
            "%(name)s was stopped after failures. Once it is mended run: pointsys replay --plugin %(name)s"
        )
        yield Finding(N_("Plugins"), RED, _(text, name=name))
    if waiting:
        text = N_("%(count)s results are not computed yet. Run: pointsys replay")
        yield Finding(N_("Results"), WARNING, _(text, count=waiting))
    else:
        yield Finding(N_("Results"), OK, _("all computed"))
