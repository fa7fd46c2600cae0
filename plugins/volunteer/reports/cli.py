"""``pointsys volunteer export`` and ``signals``: files for other systems, and what is worth a look in a week."""

from __future__ import annotations

from pathlib import Path

import click
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    Problem,
    current_site,
    emit,
    format_hours,
    json_option,
    print_table,
    read_scope,
    site_command,
)

from ..cli import AREA_OPTION, CREDIT_OPTION, PROJECT_OPTION, TEAM_OPTION, asked_of, find_here
from ..hours import parse_day
from .files import file_of
from .periods import parse_report_period
from .profile_rows import make
from .profiles import Profile, available, read_profile
from .signal_reading import signals_of
from .signals import TITLES, last_week, week_of


@click.command("export", help=N_("Write a file for another system, as an export profile says."))
@AREA_OPTION
@click.option("--period", required=True, help=N_("As 2026, 2026-H1, 2026-Q2 or 2026-03."))
@click.option("--profile", "wanted", required=True, help=N_("Name of a profile, or a .toml file."))
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path, writable=True),
    help=N_("Where the file is written; it must not be there yet."),
)
@TEAM_OPTION
@PROJECT_OPTION
@CREDIT_OPTION
@json_option
@site_command
def export(
    code: str, period: str, wanted: str, out: Path, team: str, project: str, credit_only: bool, as_json: bool
) -> None:
    """Write the rows of a period; those that lack a value the other system needs are counted and written as well."""
    profile = _profile(wanted)
    if out.exists():
        raise Problem("file_exists", N_("%(path)s is there already: choose another name."), path=str(out))
    with read_scope() as session:
        area = find_here(session, code)
        asked = asked_of(session, area, parse_report_period(period), team, project, credit_only)
        made = make(session, area.id, profile, asked)
    out.write_bytes(file_of(profile, made.rows))
    if as_json:
        emit(
            {"file": str(out), "profile": profile.name, "rows": len(made.rows), "lacking": dict(made.lacking)}
        )
        return
    click.echo(gettext("%(rows)s rows written to %(path)s", rows=len(made.rows), path=str(out)))
    for title, count in made.lacking.items():
        click.echo(gettext("%(count)s rows lack: %(title)s", count=count, title=title), err=True)


def _profile(wanted: str) -> Profile:
    if wanted.endswith(".toml"):
        try:
            return read_profile(Path(wanted).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(
                "bad_file", N_("%(path)s cannot be read: %(error)s"), path=wanted, error=str(error)
            ) from None
    found = available(current_site().home)
    if wanted not in found:
        raise Problem(
            "unknown_profile",
            N_("There is no profile %(name)s; there are: %(known)s."),
            name=wanted, known=", ".join(found),
        )  # fmt: skip
    return found[wanted]


@click.command("signals", help=N_("What is worth a look in a week of an area: it blocks nothing."))
@AREA_OPTION
@click.option(
    "--week", default="", help=N_("A day of the week, as 2026-03-02; the week before this one if left out.")
)
@json_option
@site_command
def signals(code: str, week: str, as_json: bool) -> None:
    """Print the signals of a week, Monday to Sunday."""
    day = parse_day(week, "week")
    first, last = week_of(day) if day else last_week(current_site().today())
    with read_scope() as session:
        area = find_here(session, code)
        found = signals_of(session, area, first, last)
        people = found.people
        rows = [
            {
                "kind": one.kind,
                "from": one.days[0].isoformat(),
                "to": one.days[1].isoformat(),
                "person": {"id": people[one.person].public_id, "name": people[one.person].name}
                if one.person is not None
                else None,
                "recorder": one.recorder,
                "device": one.device[:8],
                "entries": one.entries,
                "people": one.people,
                "minutes": one.minutes,
                "activities": [title for _id, title in one.activities],
            }
            for one in found.signals
        ]
    if as_json:
        emit({"from": first.isoformat(), "to": last.isoformat(), "complete": found.complete, "rows": rows})
        return
    print_table(
        [
            [
                gettext(TITLES[one.kind]), f"{one.days[0]} – {one.days[1]}",
                people[one.person].name if one.person is not None else one.recorder or one.device[:8],
                str(one.entries), str(one.people), format_hours(one.minutes),
            ]
            for one in found.signals
        ],
        [
            gettext("What stands out"), gettext("Date"), gettext("Recorder or participant"),
            gettext("Number of entries"), gettext("Number of people"), gettext("Hours"),
        ],
    )  # fmt: skip


commands = (export, signals)
