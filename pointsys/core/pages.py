"""Small values that plugins hand to pages: what is shown is decided here, how is the template's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ScalarSelect
from sqlalchemy.orm import Session

from pointsys.core.actors import Actor
from pointsys.kit.tables import Table


@dataclass(frozen=True)
class MenuItem:
    """A link in an area's menu; ``endpoint`` takes the area's code, ``permission`` decides who sees it."""

    title: str
    endpoint: str
    permission: str
    icon: str = "circle"
    # Other blueprints whose pages belong to this line, so that the menu marks it there.
    also: tuple[str, ...] = ()
    # For one's own pages: whether the reader has anything there, asked only of those who hold the permission.
    when: Callable[[Session, Actor], bool] | None = None


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
class CountedCards:
    """Cards that come of nothing but counts: the first page asks those of all plugins in one statement.

    ``counts`` are scalar sub-queries, ``cards`` makes what is shown of their numbers, given in the same order.
    """

    counts: tuple[ScalarSelect[Any], ...]
    cards: Callable[[Sequence[Any]], Sequence[Card]]


@dataclass(frozen=True)
class PublicBlock:
    """A block of an area's public page, rendered by the plugin's own template ``template`` with ``context``.

    Strangers read it: names are masked already, and only people who agreed to it stand there.
    """

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """A panel rendered by the plugin's own template ``template`` (below ``templates/<slug>/``) with ``context``."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportSection:
    """A titled table of an area's month report; ``definition`` says in one sentence what is counted.

    ``note`` stands below it, one sentence a line; ``sheet`` is the title of its sheet in the exported file,
    ``permission`` what the reader needs in the area.
    """

    title: str
    table: Table
    definition: str = ""
    note: str = ""
    sheet: str = ""
    permission: str | None = None


@dataclass(frozen=True)
class Expected:
    """What drafts would bring, in words: each by its place among them, and all together ("60.00 hours")."""

    each: Mapping[int, str]
    total: str


@dataclass(frozen=True)
class ExpectedPerson:
    """Somebody who is expected at an activity: their part in it, their own hours if they have any, and a word."""

    person_id: int
    role: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class CalendarItem:
    """Something of a person's in their calendar: ``uid`` stays the same for good, ``stamp`` is when it last changed.

    ``activity`` is the outside id of the activity it is part of: what the calendar knows of that one anyway is left
    out. ``tentative`` says that somebody still has to agree.
    """

    uid: str
    title: str
    day: date
    stamp: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    note: str = ""
    activity: str = ""
    tentative: bool = False


@dataclass(frozen=True)
class DeviceUse:
    """That somebody used a device of their own for a record: ``device`` is the hash of its random id, nothing more.

    ``activity`` and ``title`` are the outside id and the title of what it was recorded for.
    """

    device: str
    person_id: int
    at: datetime
    activity: str
    title: str


@dataclass(frozen=True)
class SetupOption:
    """One answer to a plugin's question at set-up; ``title`` and ``text`` are shown, ``value`` comes back."""

    value: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class SetupChoice:
    """A question that a plugin asks when a site is set up; the first option is the one that is filled in."""

    key: str
    title: str
    options: Sequence[SetupOption]
    text: str = ""


class RestApi(Protocol):
    """Where a plugin adds its part of the REST interface."""

    def register_blueprint(self, blueprint: Any) -> None:
        """Add a ``RestBlueprint`` named ``<slug>_rest``."""
