"""``pointsys points``: scoring and linting files, year sheets, rebuilding, and publishing schemes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import click
from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Area,
    Problem,
    audit,
    cli_text,
    current_site,
    drain,
    emit,
    enabled_in,
    json_option,
    operator,
    print_table,
    progress,
    read_scope,
    site_command,
    unit_of_work,
)

from .cli_area import area_of
from .schemes import NAME
from .scoring import (
    Finding,
    Scheme,
    apply_quota,
    is_sound,
    lint,
    lint_report,
    load_scheme,
    publicity_end,
    run_wallet,
    score_lines,
)
from .scoring.lint import read_scheme_text

REFUSED = 2
LARGEST = 2_000_000
FORMATS = {".toml": "toml", ".json": "json"}
FILE = click.Path(path_type=Path, allow_dash=False)


@click.group("points", help=N_("Party members' points: schemes, scores and year sheets."))
def commands() -> None:
    """Points."""


@commands.command(
    "score", help=N_("Score lines of JSON from standard input by a scheme file, without a database.")
)
@click.option("--scheme", "path", type=FILE, required=True, help=N_("The scheme, as .toml or .json."))
def score(path: Path) -> None:
    """One object {"facts", "query"} a line in, one result a line out; a line at fault becomes {"error"}."""
    scheme = _scheme(path)
    lines = (line.decode("utf-8", errors="replace") for line in sys.stdin.buffer)
    with progress(cli_text(N_("Computing"))) as update:
        for number, line in enumerate(score_lines(scheme, lines), 1):
            click.echo(line)
            if not number % 100:
                update(number)


@commands.command("lint", help=N_("List every fault of a scheme file."))
@click.argument("path", type=FILE, metavar="FILE")
@json_option
def lint_file(path: Path, as_json: bool) -> int:
    """Exit code 2 when there is a fault for which the scheme cannot be used; warnings do not hinder."""
    text, syntax = _read(path), _format(path)
    if as_json:
        report = lint_report(text, syntax)
        emit(report)
        return 0 if report["ok"] else REFUSED
    data, findings = read_scheme_text(text, syntax)
    findings = findings or lint(data)
    for finding in findings:
        click.echo(_remark(finding))
    if not findings:
        click.echo(cli_text(N_("The scheme has no faults.")))
    return 0 if is_sound(findings) else REFUSED


def _remark(finding: Finding) -> str:
    kind = cli_text(N_("fault")) if finding.severity == "error" else cli_text(N_("warning"))
    return f"{kind} {finding.code} {finding.place}: {cli_text(finding.message, **finding.params)}"


def _file_command(name: str, help: str, work: Callable[[Mapping[str, object]], Mapping[str, object]]) -> None:
    @commands.command(name, help=help)
    @click.argument("path", type=FILE, metavar="FILE")
    def run(path: Path) -> None:
        """Read one JSON object, print one."""
        try:
            data = json.loads(_read(path), parse_float=Decimal)
            json.dumps(data, ensure_ascii=False, default=str).encode()
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise Problem(
                "bad_json", N_("%(file)s is not JSON: %(why)s"), field="file", file=path.name, why=str(error)
            ) from None
        if not isinstance(data, dict):
            raise Problem("bad_json", N_("%(file)s must hold one object."), field="file", file=path.name)
        emit(work(data))


_file_command("quota", N_("Who may keep the best grade, from a JSON file."), apply_quota)
_file_command("publicity", N_("When a publicity period closes, from a JSON file."), publicity_end)
_file_command("wallet", N_("What a redemption account holds, from a JSON file."), run_wallet)


@commands.command("sheet", help=N_("The points of everybody in an area for a period, best first."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option(
    "--period", required=True, help=N_("The period, as 2026, 2026-Q1 or whatever the scheme counts by.")
)
@click.option("--as-of", "as_of", help=N_("Score anew from what was recorded by the end of this day."))
@json_option
@site_command
def sheet(code: str, period: str, as_of: str | None, as_json: bool) -> int:
    """Print the sheet; without --as-of the stored scores, those that time has made old computed first."""
    from . import sheets, stored
    from .schemes import asked_sheet, rules_of

    failed: Mapping[str, str] = {}
    if as_of is None:
        with unit_of_work(drain=False) as session:
            stored.refresh_due(session, current_site().today(), _area(session, code))
        failed = drain().failed
    with read_scope() as session:
        area = _area(session, code)
        today = current_site().today()
        asked = asked_sheet(rules_of(session, area.id), period, today)
        if asked.refused is not None:
            raise asked.refused
        if asked.publication is None:
            raise _no_scheme(area)
        scheme = asked.publication.scheme
        if as_of is None:
            rows, _count = sheets.lines(session, area.id, asked.scheme_id, asked.period)
        else:
            rows = sheets.live_sheet(session, area.id, scheme.id, asked.period, _day(as_of))
        waits = sum(row.waits or row.old for row in rows)
    rows.sort(key=lambda row: (-stored.hundredths(row.total), row.name, row.public_id))
    _note_waiting(waits)
    if as_json:
        emit({"scheme": scheme.id, "rows": [_row(row) for row in rows]})
        return 1 if failed else 0
    titles = scheme.category_titles
    print_table(
        [[r.name, *(r.categories.get(name, "") for name in titles), r.total, r.grade or ""] for r in rows],
        [
            gettext("Name"),
            *(title or name for name, title in titles.items()),
            gettext("Total"),
            gettext("Grade"),
        ],
    )
    return 1 if failed else 0


def _row(row: object) -> dict[str, object]:
    from .sheets import Line

    assert isinstance(row, Line)
    person = {"id": row.public_id, "name": row.name}
    return {"person": person, "categories": dict(row.categories), "total": row.total, "grade": row.grade}


@commands.command(
    "rebuild", help=N_("Compute all points anew from the log; the outcome is the same to the byte.")
)
@click.option("--area", "code", help=N_("Code of the area; the whole site if left out."))
@json_option
@site_command
def rebuild(code: str | None, as_json: bool) -> int:
    """Mark every member, work the marks off, and say how many scores came out otherwise than they were stored."""
    from . import stored

    with unit_of_work(drain=False) as session:
        area = _area(session, code) if code else None
        due = set(session.scalars(stored.due(area, current_site().today())))
        before = stored.digests(session, area)
        people = stored.mark_all(session, area)
        audit.write(
            session, operator(), "points.rebuilt", "plugin", NAME, area_id=area.id if area else None,
            count=len(people),
        )  # fmt: skip
    with progress(gettext("Computing"), len(people)) as update:
        report = drain(people=people, progress=update)
    with read_scope() as session:
        area = _area(session, code) if code else None
        after = stored.digests(session, area)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    unexpected = sum(key[0] not in due for key in changed)
    result = {"people": len(people), "results": len(after), "changed": len(changed), "unexpected": unexpected}
    if as_json:
        emit({**result, "failed": dict(report.failed)})
    else:
        click.echo(
            gettext(
                "%(people)s people, %(results)s scores; %(changed)s differ from what was stored.", **result
            )
        )
    for plugin, error in report.failed.items():
        click.echo(gettext("%(plugin)s failed: %(error)s", plugin=plugin, error=error), err=True)
    return 1 if report.failed else 0


@commands.group("scheme", help=N_("Schemes of an area."))
def scheme_commands() -> None:
    """Schemes."""


@scheme_commands.command("publish", help=N_("Freeze a scheme for an area and below, from a day on."))
@click.argument("path", type=FILE, metavar="FILE")
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--from", "first", required=True, help=N_("The day it takes effect, as 2026-01-01."))
@json_option
@site_command
def publish(path: Path, code: str, first: str, as_json: bool) -> int:
    """Publish, then score the members below anew."""
    from . import schemes

    text, syntax = _read(path), _format(path)
    data, findings = read_scheme_text(text, syntax)
    findings = findings or lint(data)
    with unit_of_work(drain=False) as session:
        area = _area(session, code)
        row = schemes.publish(session, area, text, syntax, _day(first), operator())
        result = {
            "scheme": row.scheme_id,
            "area": area.code,
            "effective_from": row.effective_from.isoformat(),
            "sha256": row.sha256,
            "warnings": [finding.as_dict() for finding in findings],
        }
    with progress(gettext("Computing")) as update:
        report = drain(progress=update)
    for finding in findings:
        click.echo(_remark(finding), err=True)
    if as_json:
        emit(result)
    else:
        click.echo(gettext("%(scheme)s is published for %(area)s from %(effective_from)s on.", **result))
    return 1 if report.failed else 0


def _note_waiting(count: int) -> None:
    """Say on standard error that a sheet is not complete."""
    if count:
        click.echo(gettext("%(count)s of these scores are not up to date yet.", count=count), err=True)


def _area(session: Session, code: str) -> Area:
    area = area_of(session, code)
    if NAME not in enabled_in(session, area.id):
        raise Problem(
            "plugin_off",
            N_(
                "Party members' points are switched off in %(area)s. Switch them on: "
                "pointsys plugin enable party_member_points --area %(code)s"
            ),
            field="area",
            area=area.name,
            code=area.code,
        )
    return area


def _no_scheme(area: Area) -> Problem:
    return Problem(
        "no_scheme",
        N_(
            "No scheme rules in %(area)s at that time. Publish one: "
            "pointsys points scheme publish FILE --area %(code)s --from DATE"
        ),
        field="area",
        area=area.name,
        code=area.code,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="date") from None


def _scheme(path: Path) -> Scheme:
    return load_scheme(_read(path), format=_format(path))


def _format(path: Path) -> str:
    syntax = FORMATS.get(path.suffix.lower())
    if syntax is None:
        raise Problem("bad_scheme_file", N_("A scheme is a .toml or a .json file."), field="scheme")
    return syntax


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Problem(
            "cannot_read", N_("%(file)s cannot be read: %(why)s"), field="file", file=path, why=error.strerror
        ) from None
    if len(raw) > LARGEST:
        raise Problem("file_too_large", N_("%(file)s is larger than 2 MB."), field="file", file=path.name)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(
            "bad_encoding", N_("%(file)s is not UTF-8: save it as UTF-8."), field="file", file=path.name
        ) from None
