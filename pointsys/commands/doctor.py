"""``pointsys doctor``: what is well and what is not, each line with its cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    title: str
    state: str
    message: str


@click.command(help=N_("Check the site: files, keys, database, plugins, calendar."))
@json_option
def doctor(as_json: bool) -> int:
    """Print one line a check; exit code 1 when one of them is red."""
    found = list(findings())
    red = any(item.state == RED for item in found)
    if as_json:
        checks = [
            {"name": item.name, "title": item.title, "state": item.state, "message": item.message}
            for item in found
        ]
        emit({"ok": not red, "checks": checks})
    else:
        wide = max(width(item.title) for item in found)
        for item in found:
            title = item.title + " " * (wide - width(item.title))
            click.echo(f"{click.style(_MARKS[item.state], fg=_COLOURS[item.state])} {title}  {item.message}")
    return FAILED if red else 0


def findings() -> Iterator[Finding]:
    """All checks; where there is no application to ask, the one that says why."""
    from pointsys.core.health import checks

    try:
        with site_app(ready=False) as app:
            for check in checks(config=app.config["POINTSYS"], deep=True):
                state = OK if check.ok else WARNING if check.warning else RED
                message = " ".join(part for part in (check.detail, check.cure) if part)
                yield Finding(check.name, check.title, state, message)
    except Exception as error:  # noqa: BLE001  (a broken site is just what this command is for)
        yield Finding("site", _("Site"), RED, _text_of(error))


def _text_of(error: Exception) -> str:
    from pointsys.commands.frame import Refusal, shorten

    if isinstance(error, Refusal):
        return error.message
    return sentence(error) if isinstance(error, Problem) else shorten(error)
