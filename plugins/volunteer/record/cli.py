"""``pointsys volunteer stars``: who holds how many stars in an area, by each profile in force."""

from __future__ import annotations

import click
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    Problem,
    emit,
    enabled_in,
    find_area,
    format_hours,
    json_option,
    print_table,
    read_scope,
    site_command,
    waiting_in,
)

from ..models import NAME
from . import stars
from .models import UNDER_REVIEW
from .star_rules import Profile
from .stars import Standing


@click.command("stars", help=N_("Stars of everybody in an area and below, most hours first."))
@click.option("--area", "code", required=True, help=N_("Code of the area."))
@click.option("--profile", default="", help=N_("Only this profile, such as national."))
@click.option("--starred", is_flag=True, help=N_("Only people with a star."))
@json_option
@site_command
def stars_command(code: str, profile: str, starred: bool, as_json: bool) -> None:
    """Print hours and stars; a star compares whole minutes, and one under review is still shown."""
    with read_scope() as session:
        area = find_area(session, code.strip())
        if area is None:
            raise Problem(
                "unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code
            )
        if NAME not in enabled_in(session, area.id):
            raise Problem(
                "plugin_off",
                N_(
                    "Volunteer hours are switched off in %(area)s. Switch them on: "
                    "pointsys plugin enable volunteer --area %(code)s"
                ),
                field="area",
                area=area.name,
                code=area.code,
            )
        if profile and profile not in stars.titles_of(session):
            raise Problem("unknown_profile", N_("There is no such profile of stars."), field="profile")
        found = stars.standings(session, area.id)
        waiting = waiting_in(session, NAME, area.id)
    rows = [_row(one, profile) for one in found]
    if starred:
        rows = [row for row in rows if row["stars"]]
    if as_json:
        emit(
            {
                "people": len(rows),
                "starred": sum(1 for row in rows if row["stars"]),
                "waiting": waiting,
                "profiles": _profiles(found, profile),
                "rows": rows,
            }
        )
        return
    print_table(
        [
            [str(row["name"]), str(row["hours"]), "★" * int(str(row["stars"])) or "-", _state(row)]
            for row in rows
        ],
        [gettext("Name"), gettext("Hours"), gettext("Stars"), gettext("Star")],
    )


def _row(one: Standing, only: str) -> dict[str, object]:
    """One person; ``stars`` is that of the first profile shown, ``profiles`` has each of them."""
    held = {star.profile: star for star in one.stars}
    reached = {progress.profile.code: progress for progress in one.progress}
    codes = [code for code in dict.fromkeys([*reached, *held]) if not only or code == only]
    each = {}
    for code in codes:
        star, now = held.get(code), reached.get(code)
        each[code] = {
            "stars": star.level if star else 0,
            "title": star.title if star else "",
            "state": star.state if star else "",
            "awarded_on": star.awarded_on.isoformat() if star and star.awarded_on else None,
            "minutes": now.minutes if now else None,
            "reached": now.level if now else None,
            "next_minutes": now.next.minutes if now and now.next else None,
        }
    first = each[codes[0]] if codes else {"stars": 0, "title": "", "state": ""}
    return {
        "person": {"id": one.public_id, "name": one.name},
        "name": one.name,
        "minutes": one.minutes,
        "hours": format_hours(one.minutes),
        "stars": first["stars"],
        "title": first["title"],
        "state": first["state"],
        "profiles": each,
    }


def _profiles(found: list[Standing], only: str) -> list[dict[str, object]]:
    known: dict[str, Profile] = {}
    for one in found:
        for progress in one.progress:
            known.setdefault(progress.profile.code, progress.profile)
    return [
        {
            "code": profile.code,
            "title": profile.title,
            "version": profile.version,
            "window": profile.window,
            "class": profile.klass,
            "levels": [{"title": level.title, "minutes": level.minutes} for level in profile.levels],
        }
        for code, profile in known.items()
        if not only or code == only
    ]


def _state(row: dict[str, object]) -> str:
    """The star's name, and that it is under review."""
    title = str(row["title"])
    return f"{title} ({gettext('Under review')})" if row["state"] == UNDER_REVIEW else title


commands = (stars_command,)
