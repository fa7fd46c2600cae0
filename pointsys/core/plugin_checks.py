"""What is asked of a plugin at start, before any of its hooks runs; each answer names what is wrong."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pluggy
from sqlalchemy import Table

from pointsys.core import hookspecs
from pointsys.core.activity_log.kinds import SHIPPED
from pointsys.core.database import Base
from pointsys.core.permissions import CORE_PERMISSIONS
from pointsys.core.plugin_info import API_VERSION, PluginInfo

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
# Blueprints are named <slug> or <slug>_<part>, so a slug itself holds no underscore.
_SLUG = re.compile(r"[a-z][a-z0-9]*\Z")


class Claims:
    """Names that are taken: the core's from the start, then those of each plugin that is let in."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {
            "kind": {code for code, _title, _service in SHIPPED},
            "permission": {permission.name for permission in CORE_PERMISSIONS},
        }

    def collision(self, info: PluginInfo) -> str | None:
        """What ``info`` claims and another has already."""
        for what, values in _claims(info):
            if len(set(values)) < len(values):
                return f"names a {what} twice"
            if twice := set(values) & self._taken.get(what, set()):
                return f"{what} {sorted(twice)[0]} is taken already"
        return None

    def take(self, info: PluginInfo) -> None:
        """Let ``info`` have what it claims."""
        for what, values in _claims(info):
            self._taken.setdefault(what, set()).update(values)


def _claims(info: PluginInfo) -> Iterator[tuple[str, list[str]]]:
    yield "name", [info.name]
    yield "slug", [info.slug]
    yield "kind", [kind.code for kind in info.activity_kinds]
    yield "permission", [permission.name for permission in info.permissions]
    yield "setting", [setting.name for setting in info.settings]
    yield "job", [job.name for job in info.jobs]
    yield "person field", list(info.person_fields)
    yield "import column", [f"{column.sheet}.{column.key}" for column in info.import_columns]


def complaint(module: ModuleType, info: PluginInfo, claims: Claims) -> str | None:
    """Why this plugin cannot be used, or None."""
    return (
        _about_names(info)
        or claims.collision(info)
        or _about_tables(module, info.slug)
        or _about_templates(module, info.slug)
        or _about_hooks(module)
    )


def _about_names(info: PluginInfo) -> str | None:
    if not _NAME.match(info.name):
        return "its name is not lower-case letters, digits and underscores"
    if not _SLUG.match(info.slug):
        return "its slug is not lower-case letters and digits"
    if info.api != API_VERSION:
        return f"made for plugin interface {info.api}, this is {API_VERSION}"
    own = f"{info.slug}."
    for permission in info.permissions:
        if not permission.name.startswith(own):
            return f"permission {permission.name} does not start with {own}"
    for setting in info.settings:
        if not setting.name.startswith(own):
            return f"setting {setting.name} does not start with {own}"
    for job in info.jobs:
        if not job.name.startswith(own):
            return f"job {job.name} does not start with {own}"
    for what, named in (("timed", info.timed_sources), ("waiting", info.waiting_sources)):
        if strange := set(named) - info.sources.keys():
            return f"{what} source {min(strange)} is none of its sources"
    return _about_fields(info, own)


def _about_fields(info: PluginInfo, own: str) -> str | None:
    known = {permission.name for permission in (*CORE_PERMISSIONS, *info.permissions)}
    for field, needed in info.person_fields.items():
        if not field.startswith(own):
            return f"person field {field} does not start with {own}"
        if needed not in known:
            return f"person field {field} needs {needed}, which nobody declares"
    return None


def core_tables() -> set[str]:
    """Names of the tables that the core declares."""
    return {
        str(mapper.local_table.name)
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("pointsys.core.") and isinstance(mapper.local_table, Table)
    }


def _about_tables(module: ModuleType, slug: str) -> str | None:
    own = f"{slug}_"
    for name in sorted(core_tables()):
        if name.startswith(own):
            return f"its slug is the beginning of the core's table {name}"
    for name in sorted(_tables_of(module)):
        if not name.startswith(own):
            return f"table {name} does not start with {own}"
    return None


def _tables_of(module: ModuleType) -> set[str]:
    """Tables declared in the plugin's modules, mapped or not; what it imports from elsewhere is not its own."""
    home = module.__name__
    tables = {
        str(mapper.local_table.name)
        for mapper in Base.registry.mappers
        if _belongs(mapper.class_.__module__, home) and isinstance(mapper.local_table, Table)
    }
    elsewhere = {
        mapper.local_table for mapper in Base.registry.mappers if not _belongs(mapper.class_.__module__, home)
    }
    for name, part in list(sys.modules.items()):
        if _belongs(name, home):
            tables |= {
                value.name
                for value in vars(part).values()
                if isinstance(value, Table) and value not in elsewhere
            }
    return tables


def _belongs(module: str, home: str) -> bool:
    return module == home or module.startswith(f"{home}.")


def _about_templates(module: ModuleType, slug: str) -> str | None:
    if not hasattr(module, "__path__") or module.__file__ is None:
        return None
    folder = Path(module.__file__).parent / "templates"
    if not folder.is_dir():
        return None
    strays = sorted(
        item.name for item in folder.iterdir() if item.name not in (slug, "__pycache__", "__init__.py")
    )
    return f"templates/{strays[0]} lies outside templates/{slug}/" if strays else None


def _about_hooks(module: ModuleType) -> str | None:
    """Hooks that no spec of this version knows, or with arguments it does not pass."""
    manager = pluggy.PluginManager("pointsys")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(module)
    except pluggy.PluginValidationError as error:
        return str(error).splitlines()[-1]
    for caller in manager.get_hookcallers(module) or ():
        if not caller.has_spec():
            return f"{caller.name} is not a hook of this version"
    return None
