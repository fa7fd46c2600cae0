"""The parts of the plugin, and what they add to it, put together."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .certificates import info as _certificates
from .part import Part
from .people import info as _people
from .policies import info as _policies
from .record import info as _record
from .reports import info as _reports
from .signups import info as _signups
from .teams import info as _teams

# In the order of the menu.
PARTS: dict[str, Part] = {
    "signups": _signups.PART,
    "people": _people.PART,
    "teams": _teams.PART,
    "record": _record.PART,
    "certificates": _certificates.PART,
    "policies": _policies.PART,
    "reports": _reports.PART,
}


def joined(field: str) -> dict[str, Any]:
    """A mapping of all parts, as one."""
    return {key: value for part in PARTS.values() for key, value in getattr(part, field).items()}


def listed(field: str) -> tuple[Any, ...]:
    """A sequence of all parts, as one."""
    return tuple(value for part in PARTS.values() for value in getattr(part, field))


def blueprints(field: str) -> Iterator[Any]:
    """The blueprints of the parts' modules named by ``field`` ("views" or "rest")."""
    for name, part in PARTS.items():
        for module in getattr(part, field):
            yield import_module(f".{name}.{module}", __package__).blueprint


def personal_modules() -> Iterator[tuple[str, Any]]:
    """The modules of the parts that hold something of people, by part.

    Each has ``export(session, person, rows) -> Mapping`` and ``erase(session, person, rows)``, or one of them.
    """
    for name, part in PARTS.items():
        if part.personal:
            yield name, import_module(f".{name}.personal", __package__)


def page_modules(function: str) -> Iterator[Any]:
    """``function`` of each part's ``pages`` module that has it.

    Functions: ``member_cards(session, person)``, ``person_panels(session, person, area, actor)`` and
    ``public_blocks(session, area)``. The workbench of an area asks for the numbers of all parts at once:
    ``dashboard_counts(area)`` names them and ``dashboard_cards(counts)`` gets them.
    """
    for name, part in PARTS.items():
        if part.pages:
            found = getattr(import_module(f".{name}.pages", __package__), function, None)
            if found is not None:
                yield found


def commands() -> Iterator[Any]:
    """The parts' commands below ``pointsys volunteer``."""
    for name, part in PARTS.items():
        if part.commands:
            yield from import_module(f".{name}.{part.commands}", __package__).commands
