"""How sheets are called in the reader's language."""

from __future__ import annotations

import re

from flask_babel import gettext

from pointsys.plugin import N_

from .models import COMPUTED, CONFIRMED, PUBLIC, REOPENED, REPLACED, PointsSheet

_PART = re.compile(r"(\d{4})-(Q|H)?(\d{1,2})", re.ASCII)

OPEN = "open"
OBJECTED = "objected"
DUE = "due"
TAKEN_DOWN = "taken_down"
RUNNING = "running"
STATE_TITLES = {
    RUNNING: N_("Not over yet"),
    OPEN: N_("To be computed"),
    COMPUTED: N_("Computed, to be published"),
    PUBLIC: N_("Public"),
    OBJECTED: N_("Objected to"),
    DUE: N_("To be confirmed"),
    CONFIRMED: N_("Confirmed"),
    REOPENED: N_("Reopened"),
    REPLACED: N_("Replaced"),
    TAKEN_DOWN: N_("Taken down"),
}
STATE_BADGES = {
    RUNNING: "off", OPEN: "info", COMPUTED: "info", PUBLIC: "wait", OBJECTED: "no", DUE: "info", CONFIRMED: "ok",
    REOPENED: "no", REPLACED: "off", TAKEN_DOWN: "off",
}  # fmt: skip


def period_words(label: str) -> str:
    """A period as people say it: "2026-Q1" is the first quarter of 2026; other texts stay as they are."""
    found = _PART.fullmatch(label)
    if found is None:
        return str(gettext("the year %(year)s", year=label)) if re.fullmatch(r"\d{4}", label) else label
    year, part, number = found[1], found[2], int(found[3])
    if part == "Q":
        return str(gettext("quarter %(number)s of %(year)s", number=number, year=year))
    if part == "H":
        return str(gettext("half-year %(number)s of %(year)s", number=number, year=year))
    return str(gettext("month %(number)s of %(year)s", number=number, year=year))


def title_of(sheet: PointsSheet) -> str:
    """What a sheet is called, without its place."""
    if sheet.label == sheet.period:
        return str(gettext("Points of %(period)s", period=period_words(sheet.label)))
    return str(gettext("Points at the end of %(period)s", period=period_words(sheet.label)))


def full_title(sheet: PointsSheet, place: str) -> str:
    """The title of the notice."""
    return str(gettext("%(place)s: %(title)s", place=f"{place}{sheet.branch}", title=title_of(sheet)))
