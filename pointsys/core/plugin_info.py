"""What a plugin says of itself: frozen values in its module, read at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from pointsys.core.pages import MenuItem
from pointsys.core.privacy.held import Held
from pointsys.core.sealed_columns import SealedColumn

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from pointsys.core.actors import Actor
    from pointsys.core.areas.models import Area
    from pointsys.core.jobs.kinds import JobKind, Periodic
    from pointsys.core.objections.subjects import SubjectKind

API_VERSION = 1


@dataclass(frozen=True)
class Permission:
    """A permission ``<slug>.<verb>`` and the roles it is suggested for."""

    name: str
    title: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class KindInfo:
    """An activity kind that a plugin ships; ``title`` is data, as staff write it."""

    code: str
    title: str
    service: bool = False


@dataclass(frozen=True)
class Setting:
    """A setting ``<slug>.<name>`` of areas with its default."""

    name: str
    title: str
    default: object


@dataclass(frozen=True)
class ImportColumn:
    """A column that a plugin adds to an import.

    ``sheet`` is "people"; ``titles`` are the headers it goes by, the first one used in templates; ``parse`` turns
    a cell into a JSON value and raises Problem. The values reach the plugin's ``people_imported`` hook by ``key``.
    """

    key: str
    titles: tuple[str, ...]
    parse: Callable[[Any], object]
    sheet: str = "people"
    examples: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoDay:
    """A moment of the demonstration's story, the end of a half month: what has happened up to ``day`` is recorded.

    ``first`` and ``today`` are where the story begins and ends; ``areas`` and ``actors`` are those of the story by key
    and sign-in name, ``members`` the ids of its Party members by key of their community.
    """

    day: date
    first: date
    today: date
    areas: Mapping[str, Area]
    actors: Mapping[str, Actor]
    members: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class PluginInfo:
    """Name, address part and contributions of a plugin; the module that holds it is what is registered."""

    name: str
    slug: str
    title: str
    version: str
    api: int = API_VERSION
    requires: tuple[str, ...] = ()
    order: int = 100
    summary: str = ""
    activity_kinds: tuple[KindInfo, ...] = ()
    permissions: tuple[Permission, ...] = ()
    settings: tuple[Setting, ...] = ()
    import_columns: tuple[ImportColumn, ...] = field(default=())
    # Pages that publish a notice of the plugin's, offered where notices are listed.
    notices: tuple[MenuItem, ...] = ()
    # Pages for whoever holds a permission anywhere, offered on the first page: for roles that see no area.
    own_pages: tuple[MenuItem, ...] = ()
    # What of the plugin's can be objected to, besides entries and notices.
    objection_subjects: tuple[SubjectKind, ...] = ()
    # What the plugin shows of people, ``<slug>.<field>`` -> the permission that shows it.
    person_fields: Mapping[str, str] = field(default_factory=dict)
    # Event of the audit log ``<slug>.<what>`` -> its words.
    events: Mapping[str, str] = field(default_factory=dict)
    # What the plugin records entries as (``record``'s source) -> its words.
    sources: Mapping[str, str] = field(default_factory=dict)
    # Those of ``sources`` whose entries began and ended by the system's own clock, with nobody's word for it.
    timed_sources: tuple[str, ...] = ()
    # Those of ``sources`` whose entries always wait for a second person: times that somebody supplied after the day.
    waiting_sources: tuple[str, ...] = ()
    # Kinds of background work ``<slug>.<what>``, and what is done regularly.
    jobs: tuple[JobKind | Periodic, ...] = ()
    # What the columns of the plugin's tables hold of people, each column once.
    held: tuple[Held, ...] = ()
    # Columns of the plugin's tables whose values are sealed with the site's keys.
    sealed_columns: tuple[SealedColumn, ...] = ()
    # What the plugin adds to the demonstration, in the transaction of each half month, by its own services.
    demo: Callable[[Session, DemoDay], None] | None = None
