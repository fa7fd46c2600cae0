"""A small plugin for tests: it counts confirmed entries of each person in a table of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, delete, insert, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.credit import entry_facts
from pointsys.core.database import db
from pointsys.core.hookspecs import hookimpl
from pointsys.core.host import Host, load_host
from pointsys.core.plugin_info import PluginInfo

# Not in the site's metadata: a table that only these tests make.
TOTALS = Table(
    "demo_total",
    MetaData(),
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
)
NO_PLUGINS = "tests.core"

Derive = Callable[[Session, Sequence[int]], object]


def count_entries(session: Session, people: Sequence[int]) -> None:
    """The healthy derivation: each person's row says how many confirmed entries the log holds."""
    facts = entry_facts(session, people)
    session.execute(delete(TOTALS).where(TOTALS.c.person_id.in_(list(people))))
    session.execute(
        insert(TOTALS), [{"person_id": person, "entries": len(found)} for person, found in facts.items()]
    )


def make_plugin(
    name: str = "demo",
    derive: Derive | None = count_entries,
    hooks: dict[str, Any] | None = None,
    **info: Any,
) -> ModuleType:
    """A plugin module; ``hooks`` are further hook implementations by name."""
    module = ModuleType(name)
    values = {"slug": name.replace("_", ""), "title": name.title(), "version": "1", **info}
    module.PLUGIN = PluginInfo(name=name, **values)  # type: ignore[attr-defined]
    if derive is not None:
        chosen = derive

        def answer(session: Session, people: Sequence[int]) -> None:
            chosen(session, people)

        module.derive = hookimpl(answer, specname="derive")  # type: ignore[attr-defined]
    for hook, function in (hooks or {}).items():
        setattr(module, hook, hookimpl(function, specname=hook))
    return module


def demo_host(*modules: ModuleType, **kwargs: Any) -> Host:
    """A host with these plugins and no others."""
    return load_host(bundled_package=NO_PLUGINS, extra=modules, **kwargs)


def make_tables() -> None:
    """Make the demo plugin's table in the current site."""
    TOTALS.metadata.create_all(db.engine)


def totals(session: Session) -> dict[int, int]:
    """Person id -> what the plugin has counted."""
    return {row.person_id: row.entries for row in session.execute(select(TOTALS))}
