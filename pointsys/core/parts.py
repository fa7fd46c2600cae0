"""Plugins that are made of parts: what each part (a sub-package) adds, and how a plugin puts its parts together.

A part's ``info`` module says ``PART = Part(...)``; the plugin's ``parts`` module names them in the order of the menu,
``PARTS = Parts(__package__, {"teams": teams.PART})``, and its ``PluginInfo`` and hooks ask ``PARTS``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from sqlalchemy import ScalarSelect
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.jobs.kinds import JobKind, Periodic
from pointsys.core.objections.subjects import SubjectKind
from pointsys.core.pages import CountedCards, MenuItem
from pointsys.core.plugin_info import ImportColumn, Setting
from pointsys.core.privacy.held import Held
from pointsys.core.sealed_columns import SealedColumn

# What a part counts for the workbench of an area, as columns of one statement with those of the other parts.
Counts = tuple[ScalarSelect[int], ...]


@dataclass(frozen=True)
class Part:
    """Contributions to ``PluginInfo``, and where pages and REST stand.

    ``views`` and ``rest`` are modules of the part with a ``blueprint``, imported when the site starts. With
    ``personal`` the part has a module of that name, see ``Parts.export_person`` and ``erase_person``; with ``pages``
    one that says what it adds to pages of the core, see ``Parts.page_functions``; ``commands`` names a module with
    ``commands``, a tuple of click commands below the plugin's own.
    """

    views: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    events: Mapping[str, str] = field(default_factory=dict)
    held: tuple[Held, ...] = ()
    person_fields: Mapping[str, str] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    jobs: tuple[JobKind | Periodic, ...] = ()
    notices: tuple[MenuItem, ...] = ()
    objection_subjects: tuple[SubjectKind, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    sealed_columns: tuple[SealedColumn, ...] = ()
    personal: bool = False
    pages: bool = False
    commands: str = ""
    own_pages: tuple[MenuItem, ...] = ()
    import_columns: tuple[ImportColumn, ...] = ()


@dataclass(frozen=True)
class Parts:
    """The parts of the plugin ``package`` by folder, in the order of the menu."""

    package: str
    by_name: Mapping[str, Part]

    def joined(self, name: str) -> dict[str, Any]:
        """A mapping of all parts, as one."""
        return {key: value for part in self.by_name.values() for key, value in getattr(part, name).items()}

    def listed(self, name: str) -> tuple[Any, ...]:
        """A sequence of all parts, as one."""
        return tuple(value for part in self.by_name.values() for value in getattr(part, name))

    def blueprints(self, name: str) -> Iterator[Any]:
        """The blueprints of the parts' modules named by the field ``name`` ("views" or "rest")."""
        for folder, part in self.by_name.items():
            for module in getattr(part, name):
                yield self._module(folder, module).blueprint

    def export_person(self, session: Session, person: int, rows: Sequence[int]) -> dict[str, object]:
        """What the parts hold of a person: ``export`` of each part's ``personal`` module that has it, by part."""
        return {
            folder: module.export(session, person, rows)
            for folder, module in self._personal_modules()
            if hasattr(module, "export")
        }

    def erase_person(self, session: Session, person: int, rows: Sequence[int]) -> None:
        """Let the parts forget a person: ``erase`` of each part's ``personal`` module that has it."""
        for _folder, module in self._personal_modules():
            if hasattr(module, "erase"):
                module.erase(session, person, rows)

    def _personal_modules(self) -> Iterator[tuple[str, Any]]:
        for folder, part in self.by_name.items():
            if part.personal:
                yield folder, self._module(folder, "personal")

    def page_functions(self, name: str) -> Iterator[Any]:
        """The function ``name`` of each part's ``pages`` module that has it.

        Functions: ``member_cards(session, person)``, ``person_panels(session, person, area, actor)`` and
        ``public_blocks(session, area)``; ``dashboard_counts`` and ``dashboard_cards`` see ``counted_cards``.
        """
        for folder, part in self.by_name.items():
            found = getattr(self._module(folder, "pages"), name, None) if part.pages else None
            if found is not None:
                yield found

    def gathered(self, name: str, *asked: Any) -> list[Any]:
        """All that the functions ``name`` of ``page_functions`` answer to ``asked``, in the order of the parts."""
        return [one for answer in self.page_functions(name) for one in answer(*asked)]

    def counted_cards(self, area: Area) -> list[CountedCards]:
        """What the parts count for an area's first page: ``dashboard_counts(area)`` of each with what it makes of the
        numbers, ``dashboard_cards(numbers)``."""
        return [
            CountedCards(tuple(counts(area)), cards)
            for counts, cards in zip(
                self.page_functions("dashboard_counts"), self.page_functions("dashboard_cards"), strict=True
            )
        ]

    def commands(self) -> Iterator[Any]:
        """The parts' commands below the plugin's own."""
        for folder, part in self.by_name.items():
            if part.commands:
                yield from self._module(folder, part.commands).commands

    def _module(self, folder: str, name: str) -> Any:
        return import_module(f".{folder}.{name}", self.package)
