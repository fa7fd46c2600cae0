"""Small values that plugins hand to pages: what is shown is decided here, how is the template's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class MenuItem:
    """A link in an area's menu; ``endpoint`` takes the area's code, ``permission`` decides who sees it."""

    title: str
    endpoint: str
    permission: str
    icon: str = "circle"


@dataclass(frozen=True)
class Card:
    """A card with one number that links to its detail; ``endpoint`` None for no link."""

    title: str
    value: str
    note: str = ""
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    permission: str | None = None
    # The plugin has marks waiting: the number is shown as not computed yet.
    waiting: bool = False


@dataclass(frozen=True)
class Panel:
    """A panel rendered by the plugin's own template ``template`` (below ``templates/<slug>/``) with ``context``."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
