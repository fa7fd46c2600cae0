"""Export profiles: how a file for another system looks, as data.

One TOML file says what a row is and names its columns. A profile is read and checked as a whole; what is wrong is named
with its place and what would be right. The values that columns can take are those of ``FIELDS``; where they come from
is in ``profile_rows``. Files of the plugin lie in ``shipped/``, those of the site in the folder ``export-profiles`` of
its home and go before them by name.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pointsys.plugin import N_, Problem, format_hours

SESSIONS, PEOPLE, TEAMS = "sessions", "people", "teams"
TEXT, MINUTES, NUMBER, DAY, INSTANT = "text", "minutes", "number", "day", "instant"

_PERSON = {
    "name": TEXT, "volunteer_no": TEXT, "external_id": TEXT, "phone": TEXT, "id_number": TEXT, "sex": TEXT,
    "birth_date": DAY, "area": TEXT, "area_code": TEXT,
}  # fmt: skip
# What a column may take, by what a row is.
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    SESSIONS: {
        **_PERSON, "team": TEXT, "host": TEXT, "project": TEXT, "project_code": TEXT, "category": TEXT,
        "activity": TEXT, "activity_id": TEXT, "kind": TEXT, "organiser": TEXT, "place": TEXT, "day": DAY,
        "start": INSTANT, "end": INSTANT, "minutes": MINUTES, "class": TEXT, "record_id": TEXT, "flags": TEXT,
    },
    PEOPLE: {
        **_PERSON, "registered_on": DAY, "state": TEXT, "minutes": MINUTES, "credit_minutes": MINUTES,
        "honour_minutes": MINUTES, "person_times": NUMBER, "first_day": DAY, "last_day": DAY,
    },
    TEAMS: {
        "team": TEXT, "host": TEXT, "area": TEXT, "area_code": TEXT, "members": NUMBER, "active": NUMBER,
        "people": NUMBER, "person_times": NUMBER, "minutes": MINUTES, "credit_minutes": MINUTES,
        "honour_minutes": MINUTES,
    },
}  # fmt: skip
# How whole minutes are written: hours with two decimals half up, with one decimal cut off (99.98 is not 100.0).
MINUTE_FORMS = ("minutes", "hours", "hours1", "hh:mm")
FILES = ("xlsx", "csv")
ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
FOLDER = "export-profiles"
MOST_COLUMNS, MOST_WORDS, LONGEST = 100, 300, 200
MOST_BYTES = 200_000
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_PATTERN = re.compile(r"(%[YmdHMS]|[^%\x00-\x1f])+\Z")
_PLACE = re.compile(r"%[YmdHMS]")
_COLUMN_KEYS = {"title", "field", "text", "form", "words", "other", "required"}
_KEYS = {
    "profile",
    "name",
    "title",
    "about",
    "rows",
    "file",
    "encoding",
    "sheet",
    "heading",
    "system",
    "column",
}

Cell = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Column:
    """One column: ``field`` or the constant ``text``; ``words`` translate values, ``other`` stands for all others."""

    title: str
    field: str = ""
    text: str = ""
    form: str = ""
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    other: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Profile:
    """How a file looks; ``system`` names the numbers of another system that ``external_id`` gives."""

    name: str
    title: str
    rows: str
    columns: tuple[Column, ...]
    about: str = ""
    file: str = "xlsx"
    encoding: str = "utf-8-sig"
    sheet: str = "Sheet1"
    heading: str = ""
    system: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The values that are needed."""
        return frozenset(column.field for column in self.columns if column.field)


def read_profile(text: str) -> Profile:
    """A profile from its TOML; raises Problem bad_profile that names the place and what would be right."""
    if len(text) > MOST_BYTES:
        raise _bad("profile", N_("%(place)s: A profile has at most 200,000 characters."))
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem("bad_profile", N_("This is not TOML: %(error)s"), error=str(error)[:200]) from None
    _only(data, _KEYS, "profile")
    if data.get("profile") != 1:
        raise _bad("profile", N_("%(place)s: Begin with profile = 1."))
    name, rows = _text(data, "name", "profile"), _one_of(data, "rows", FIELDS, SESSIONS)
    if not _NAME.match(name):
        raise _bad("name", N_("%(place)s: Give a name of small letters, digits and hyphens, at most 40."))
    columns = data.get("column")
    if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_COLUMNS:
        raise _bad("column", N_("%(place)s: Give 1 to 100 columns, each as [[column]]."))
    return Profile(
        name,
        _text(data, "title", "profile"),
        rows,
        tuple(_column(one, rows, f"column {number}") for number, one in enumerate(columns, start=1)),
        about=_text(data, "about", "profile", ""),
        file=_one_of(data, "file", FILES, "xlsx"),
        encoding=_one_of(data, "encoding", ENCODINGS, "utf-8-sig"),
        sheet=_text(data, "sheet", "profile", "Sheet1"),
        heading=_text(data, "heading", "profile", ""),
        system=_text(data, "system", "profile", ""),
    )


def _column(data: Any, rows: str, place: str) -> Column:
    if not isinstance(data, dict):
        raise _bad(place, N_("%(place)s: Give a column as a table, [[column]]."))
    _only(data, _COLUMN_KEYS, place)
    title, name = _text(data, "title", place), _text(data, "field", place, "")
    if ("field" in data) == ("text" in data):
        raise _bad(place, N_("%(place)s: Give either field or text."))
    if name and name not in FIELDS[rows]:
        raise Problem(
            "bad_profile",
            N_("%(place)s: there is no field %(name)s; there are: %(known)s."),
            place=place, name=name, known=", ".join(FIELDS[rows]),
        )  # fmt: skip
    form, required = _text(data, "form", place, ""), data.get("required", False)
    if not isinstance(required, bool):
        raise _bad(place, N_("%(place)s: required is true or false."))
    _check_form(form, FIELDS[rows].get(name, TEXT), place)
    words = data.get("words", {})
    if not isinstance(words, dict) or len(words) > MOST_WORDS or not all(
        isinstance(word, str) and len(word) <= LONGEST for word in words.values()
    ):  # fmt: skip
        raise _bad(place, N_("%(place)s: words is a table of at most 300 texts."))
    other = _text(data, "other", place, "") if "other" in data else None
    return Column(title, name, _text(data, "text", place, ""), form, words, other, required)


def _check_form(form: str, kind: str, place: str) -> None:
    if not form:
        return
    if kind == MINUTES and form not in MINUTE_FORMS:
        raise _bad(place, N_("%(place)s: form of minutes is minutes, hours, hours1 or hh:mm."))
    if kind in (DAY, INSTANT) and not _PATTERN.match(form):
        raise _bad(
            place, N_("%(place)s: form of a date is a pattern of %%Y %%m %%d %%H %%M %%S, as %%Y-%%m-%%d.")
        )
    if kind in (TEXT, NUMBER):
        raise _bad(place, N_("%(place)s: form is for minutes and dates only."))


def _bad(place: str, message: str) -> Problem:
    return Problem("bad_profile", message, place=place)


def _only(data: Mapping[str, Any], known: set[str], place: str) -> None:
    for key in data:
        if key not in known:
            raise Problem(
                "bad_profile",
                N_("%(place)s: there is no key %(name)s; there are: %(known)s."),
                place=place, name=str(key)[:40], known=", ".join(sorted(known)),
            )  # fmt: skip


def _text(data: Mapping[str, Any], key: str, place: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > LONGEST or (default is None and not value.strip()):
        raise Problem(
            "bad_profile",
            N_("%(place)s: %(name)s is a text of at most 200 characters."),
            place=place, name=key,
        )  # fmt: skip
    return value


def _one_of(data: Mapping[str, Any], key: str, known: Sequence[str] | Mapping[str, Any], default: str) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or value not in known:
        raise Problem("bad_profile", N_("%(place)s: one of %(known)s."), place=key, known=", ".join(known))
    return value


def shipped() -> dict[str, Profile]:
    """The profiles that come with the plugin, by name."""
    folder = files(__package__) / "shipped"
    found = [read_profile(one.read_text("utf-8")) for one in folder.iterdir() if one.name.endswith(".toml")]
    return {profile.name: profile for profile in sorted(found, key=lambda profile: profile.name)}


def available(home: Path) -> dict[str, Profile]:
    """The plugin's profiles and those of the site by name; files of the site that cannot be read are left out."""
    found = shipped()
    folder = home / FOLDER
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        try:
            profile = read_profile(path.read_text("utf-8"))
        except (Problem, OSError, UnicodeDecodeError):
            continue
        found[profile.name] = profile
    return found


def cells(profile: Profile, row: Mapping[str, Any]) -> list[Cell]:
    """The cells of one row; ``row`` has a value, or None, for each field. Times are local already."""
    kinds = FIELDS[profile.rows]
    return [_cell(column, row.get(column.field), kinds.get(column.field, TEXT)) for column in profile.columns]


def lacks(profile: Profile, row: Mapping[str, Any]) -> list[str]:
    """Titles of the columns that must not be empty and would be."""
    return [
        one.title
        for one in profile.columns
        if one.required and one.field and row.get(one.field) in (None, "")
    ]


def _cell(column: Column, value: Any, kind: str) -> Cell:
    if not column.field:
        return column.text
    if value is None:
        return column.other or ""
    if column.words or column.other is not None:
        return column.words.get(str(value), column.other if column.other is not None else str(value))
    if kind == MINUTES:
        return _minutes(int(value), column.form)
    if kind in (DAY, INSTANT):
        # Patterns may hold Chinese, which the C library writes in some locales only.
        return (
            _PLACE.sub(lambda place: value.strftime(place[0]), column.form)
            if column.form
            else str(value)[:16]
        )
    return int(value) if kind == NUMBER else str(value)


def _minutes(minutes: int, form: str) -> Cell:
    if form == "hours":
        return Decimal(format_hours(minutes))
    if form == "hours1":
        return Decimal(minutes * 10 // 60).scaleb(-1)
    if form == "hh:mm":
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return minutes
