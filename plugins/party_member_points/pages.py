"""What the plugin adds to pages of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pointsys.plugin import Card, MenuItem, Panel


def menu() -> Sequence[MenuItem]:
    """None yet."""
    return ()


def dashboard_cards(*_: Any) -> Sequence[Card]:
    """None yet."""
    return ()


def person_panels(*_: Any) -> Sequence[Panel]:
    """None yet."""
    return ()


def member_cards(*_: Any) -> Sequence[Card]:
    """None yet."""
    return ()


def expected_effect(*_: Any) -> Mapping[int, str]:
    """None yet."""
    return {}
