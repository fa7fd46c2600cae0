"""The parts of the plugin, and what they add to it, put together."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .annual import info as _annual
from .cadres import info as _cadres
from .checkins import info as _checkins
from .claims import info as _claims
from .editor import info as _editor
from .ledger import info as _ledger
from .letters import info as _letters
from .part import Part
from .quarters import info as _quarters
from .wallet import info as _wallet

PARTS: dict[str, Part] = {
    "checkins": _checkins.PART,
    "ledger": _ledger.PART,
    "claims": _claims.PART,
    "quarters": _quarters.PART,
    "annual": _annual.PART,
    "letters": _letters.PART,
    "wallet": _wallet.PART,
    "editor": _editor.PART,
    "cadres": _cadres.PART,
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
