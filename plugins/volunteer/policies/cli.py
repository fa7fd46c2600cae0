"""``pointsys volunteer credit`` and ``policy``: trying rules out, checking a file, and printing what rules."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from pointsys.plugin import (
    N_,
    Problem,
    cli_text,
    current_site,
    emit,
    find_area,
    json_option,
    progress,
    read_scope,
    site_command,
)

from ..hours import parse_day
from . import files, inforce
from .days import Days
from .lines import credit_lines
from .policy import P0, Policy, overlay

REFUSED = 2
FILE = click.Path(path_type=Path, allow_dash=False)
# Where nothing is configured; the page of the rules speaks of local midnights of this zone.
_ZONE = "Asia/Shanghai"


@click.command(
    "credit", help=N_("Credit lines of JSON from standard input by a policy file, without a database.")
)
@click.option(
    "--policy",
    "path",
    type=FILE,
    help=N_("The policy as .toml, or the name of a shipped one; P0 if left out."),
)
def credit(path: Path | None) -> None:
    """One object {"activities", "sessions"} a line in, one result a line out; a line at fault becomes {"error"}."""
    policy = P0 if path is None else files.load(_text(path), path.stem)
    lines = (line.decode("utf-8", errors="replace") for line in sys.stdin.buffer)
    with progress(cli_text(N_("Computing"))) as update:
        for number, line in enumerate(credit_lines(policy, Days(ZoneInfo(_ZONE)), lines), 1):
            click.echo(line)
            if not number % 100:
                update(number)


@click.command("policy", help=N_("Print a policy as a file: P0, a shipped one, or what rules in an area."))
@click.option("--area", "code", default="", help=N_("Code of the area."))
@click.option("--on", "day", default="", help=N_("The day of the service, as 2026-03-07; today if left out."))
@click.option(
    "--preset", "name", default="", help=N_("A shipped policy: p0, jiaozhou, two-hours or half-hours.")
)
@json_option
def policy(code: str, day: str, name: str, as_json: bool) -> None:
    """All rules by name; the outcome of the file is the same policy again."""
    found = _in_area(code, day) if code else _preset(name) if name else P0
    if as_json:
        emit({"version": found.version, "policy": found.values()})
        return
    click.echo(files.write(found, cli_text), nl=False)


@click.command("lint", help=N_("List every fault of a policy file."))
@click.argument("path", type=FILE, metavar="FILE")
@json_option
def lint(path: Path, as_json: bool) -> int:
    """Exit code 2 when there is a fault for which the policy cannot be used; warnings do not hinder."""
    findings = files.lint(files.read(_text(path)))
    wrong = any(one.severity == files.ERROR for one in findings)
    rows = [(one, cli_text(one.message, **one.params)) for one in findings]
    if as_json:
        emit(
            {
                "ok": not wrong,
                "findings": [
                    {"severity": one.severity, "code": one.code, "place": one.place, "message": text}
                    for one, text in rows
                ],
            }
        )
        return REFUSED if wrong else 0
    for one, text in rows:
        kind = cli_text(N_("fault")) if one.severity == files.ERROR else cli_text(N_("warning"))
        click.echo(f"{kind} {one.code} {one.place}: {text}")
    if not rows:
        click.echo(cli_text(N_("The policy has no faults.")))
    return REFUSED if wrong else 0


@site_command
def _in_area(code: str, day: str) -> Policy:
    with read_scope() as session:
        area = find_area(session, code.strip())
        if area is None:
            raise Problem(
                "unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code
            )
        on = parse_day(day, "on") or current_site().today()
        return inforce.policy_at(session, area.id, on)


def _preset(name: str) -> Policy:
    found = files.presets().get(name)
    if found is None:
        raise Problem(
            "unknown_policy", N_("There is no such policy. Shipped are: %(names)s."), field="preset",
            names=", ".join(files.presets()),
        )  # fmt: skip
    return overlay(files.checked(found), name)


def _text(path: Path) -> str:
    if not path.exists() and str(path) in files.presets():
        return files.write(_preset(str(path)))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Problem(
            "cannot_read", N_("%(file)s cannot be read: %(why)s"), field="file", file=path, why=error.strerror
        ) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(
            "bad_encoding", N_("%(file)s is not UTF-8: save it as UTF-8."), field="file", file=path.name
        ) from None


commands = (credit, policy, lint)
