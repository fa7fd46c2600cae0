"""What one part of the plugin (a sub-package) adds to what the plugin says of itself; see ``parts``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ScalarSelect

from pointsys.plugin import (
    Held,
    ImportColumn,
    JobKind,
    MenuItem,
    Periodic,
    SealedColumn,
    Setting,
    SubjectKind,
)

# What a part counts for the workbench of an area, as columns of one statement with those of the other parts.
Counts = tuple[ScalarSelect[int], ...]


@dataclass(frozen=True)
class Part:
    """Contributions to ``PluginInfo``, and where pages and REST stand.

    ``views`` and ``rest`` are modules of the part with a ``blueprint``, imported when the site starts. With
    ``personal`` the part has a module of that name, see ``parts.personal_modules``; with ``pages`` one that says what
    it adds to pages of the core, see ``parts.page_modules``; ``commands`` names a module with ``commands``, a tuple
    of click commands below ``pointsys volunteer``.
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
