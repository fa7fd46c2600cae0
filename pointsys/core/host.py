"""The plugin host: finds plugins, checks what they say of themselves, and calls their hooks one by one.

Plugins are called through ``subset_hook_caller``, each alone, because pluggy stops at the first exception and
one plugin's fault must not silence the others. Results come sorted by (order, name).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import pluggy

from pointsys.core import hookspecs
from pointsys.core.hook_guard import guarded
from pointsys.core.pages import (
    CalendarItem,
    Card,
    CountedCards,
    DeviceUse,
    ExpectedPerson,
    MenuItem,
    Panel,
    PublicBlock,
    ReportSection,
    SetupChoice,
)
from pointsys.core.plugin_checks import Claims, complaint
from pointsys.core.plugin_info import Permission, PluginInfo
from pointsys.kit.charts import Figure

# What hooks of pages return several of; anything else is the plugin's failure and not the page's.
_PARTS: dict[str, type] = {
    "menu_items": MenuItem,
    "dashboard_cards": Card,
    "dashboard_counts": CountedCards,
    "person_panels": Panel,
    "member_cards": Card,
    "setup_choices": SetupChoice,
    "public_blocks": PublicBlock,
    "report_sections": ReportSection,
    "figures": Figure,
    "expected_people": ExpectedPerson,
    "own_calendar": CalendarItem,
    "devices_used": DeviceUse,
}


def _check_parts(value: object, kind: type) -> None:
    if not isinstance(value, list | tuple) or not all(isinstance(part, kind) for part in value):
        raise TypeError(f"not a list of {kind.__name__}")


class PluginError(Exception):
    """A plugin that cannot be used as it is; the text names the plugin and what is wrong."""


@dataclass(frozen=True)
class Answer:
    """What one plugin returned to a hook, or the exception it raised."""

    info: PluginInfo
    value: Any = None
    error: Exception | None = None


@dataclass(frozen=True)
class _Found:
    module: ModuleType
    info: PluginInfo
    bundled: bool


@dataclass
class Host:
    """The plugins of one application, what is required before what requires it.

    ``skipped`` tells why others that were found are not among them. In ``safe`` mode no hook is called: what they
    would compute is marked and waits.
    """

    plugins: dict[str, PluginInfo] = field(default_factory=dict)
    modules: dict[str, ModuleType] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    bundled: set[str] = field(default_factory=set)
    safe: bool = False
    _manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager("pointsys"))
    _callers: dict[tuple[str, str], pluggy.HookCaller | None] = field(default_factory=dict)

    @property
    def names(self) -> Collection[str]:
        """Names of the loaded plugins."""
        return self.plugins.keys()

    def info(self, name: str) -> PluginInfo | None:
        """What a loaded plugin says of itself."""
        return self.plugins.get(name)

    def by_slug(self, slug: str) -> PluginInfo | None:
        """The loaded plugin with this address part."""
        return next((info for info in self.plugins.values() if info.slug == slug), None)

    def permissions(self) -> list[Permission]:
        """All permissions that plugins add."""
        return [permission for info in self.plugins.values() for permission in info.permissions]

    def timed_sources(self) -> frozenset[str]:
        """Sources of entries whose times are the system's, of all plugins."""
        return frozenset(source for info in self.plugins.values() for source in info.timed_sources)

    def waiting_sources(self) -> frozenset[str]:
        """What plugins record entries as that always wait for a second person."""
        return frozenset(source for info in self.plugins.values() for source in info.waiting_sources)

    def _caller(self, name: str, hook: str) -> pluggy.HookCaller | None:
        key = (name, hook)
        if key not in self._callers:
            others = [module for other, module in self.modules.items() if other != name]
            caller = self._manager.subset_hook_caller(hook, others)
            self._callers[key] = caller if caller.get_hookimpls() else None
        return self._callers[key]

    def has_hook(self, name: str, hook: str) -> bool:
        """Whether the plugin answers this hook."""
        return name in self.plugins and self._caller(name, hook) is not None

    def in_order(self, hook: str, only: Collection[str] | None = None) -> list[str]:
        """Names of the plugins (of ``only``, if given) that answer ``hook``, by order and name."""
        if self.safe:
            return []
        infos = sorted(self.plugins.values(), key=lambda info: (info.order, info.name))
        return [i.name for i in infos if (only is None or i.name in only) and self.has_hook(i.name, hook)]

    def call_one(self, name: str, hook: str, **values: Any) -> Any:
        """Call one plugin's hook under guard; whatever it raises goes on to the caller."""
        caller = self._caller(name, hook)
        if caller is None:
            return None
        with guarded(name, self.plugins[name].slug, hook, values.get("session")):
            results = caller(**values)
        value = results[0] if results else None
        if value is not None and hook in _PARTS:
            _check_parts(value, _PARTS[hook])
        if value is not None and hook == "expected_effect" and not isinstance(value, Mapping):
            raise TypeError("not a mapping of entries to texts")
        return value

    def call_strict(self, hook: str, only: Collection[str] | None = None, **values: Any) -> list[Answer]:
        """Call every plugin (of ``only``); the first exception goes on to the caller and undoes the act."""
        return [
            Answer(self.plugins[name], self.call_one(name, hook, **values))
            for name in self.in_order(hook, only)
        ]

    def call_each(self, hook: str, only: Collection[str] | None = None, **values: Any) -> list[Answer]:
        """Call every plugin (of ``only``); one that raises is an answer with its error, the others go on."""
        answers = []
        for name in self.in_order(hook, only):
            try:
                answers.append(Answer(self.plugins[name], self.call_one(name, hook, **values)))
            except Exception as error:  # noqa: BLE001 - a page with a labelled gap is better than no page
                answers.append(Answer(self.plugins[name], error=error))
        return answers

    def add(self, module: ModuleType, info: PluginInfo) -> None:
        """Register a checked plugin."""
        self._manager.register(module, name=info.name)
        self.plugins[info.name] = info
        self.modules[info.name] = module

    def leave_out(self, name: str, reason: str) -> None:
        """Go on without a plugin that turned out not to fit, and without those that build on it."""
        self._manager.unregister(self.modules.pop(name))
        del self.plugins[name]
        self.skipped[name] = reason
        self._callers.clear()
        for other, info in list(self.plugins.items()):
            if name in info.requires:
                self.leave_out(other, f"requires {name}, which is left out")


def _discover(bundled_package: str, skipped: dict[str, str], *, third_party: bool) -> list[_Found]:
    found = []
    package = importlib.import_module(bundled_package)
    names = sorted(item.name for item in pkgutil.iter_modules(package.__path__) if item.ispkg)
    sources: list[tuple[str, str | None, bool]] = [
        (name, f"{bundled_package}.{name}", True) for name in names
    ]
    points = {point.name: point for point in entry_points(group="pointsys.plugins")}
    if third_party:
        sources += [(name, None, False) for name in sorted(points)]
    else:
        skipped.update(dict.fromkeys(points, "left out in safe mode"))
    for name, path, bundled in sources:
        try:
            module = importlib.import_module(path) if path else points[name].load()
            info = module.PLUGIN
            if not isinstance(info, PluginInfo):
                raise PluginError(f"plugin {name}: PLUGIN is not a PluginInfo")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the others start all the same
            skipped[name] = f"{type(error).__name__}: {error}"
            continue
        found.append(_Found(module, info, bundled))
    return found


def load_host(
    *,
    bundled_package: str = "pointsys.plugins",
    extra: Iterable[ModuleType] = (),
    disabled: Collection[str] = (),
    reverse: bool = False,
    safe: bool = False,
) -> Host:
    """Find, check and register plugins; raises PluginError where a bundled one is at fault.

    ``extra`` are modules given by tests, ``disabled`` names that are not loaded at all, ``reverse`` registers
    in the opposite order, under which nothing may change. ``safe`` (safe mode) leaves third-party plugins out and
    calls nobody's hooks.
    """
    host = Host(safe=safe)
    host._manager.add_hookspecs(hookspecs)
    found = _discover(bundled_package, host.skipped, third_party=not safe)
    found += [_Found(module, module.PLUGIN, True) for module in extra]
    found = [item for item in found if item.info.name not in disabled]
    claims = Claims()
    accepted: dict[str, _Found] = {}
    for item in found:
        wrong = complaint(item.module, item.info, claims)
        if wrong and item.bundled:
            raise PluginError(f"plugin {item.info.name}: {wrong}")
        if wrong:
            host.skipped[item.info.name] = wrong
            continue
        claims.take(item.info)
        accepted[item.info.name] = item
    ordered = _by_requirements(accepted, host.skipped)
    host.bundled.update(item.info.name for item in ordered if item.bundled)
    for item in reversed(ordered) if reverse else ordered:
        host.add(item.module, item.info)
    # Whoever walks the plugins finds what is required before what requires it, however they were registered.
    host.plugins = {item.info.name: item.info for item in ordered}
    return host


def _by_requirements(accepted: dict[str, _Found], skipped: dict[str, str]) -> list[_Found]:
    """Plugins after those they require; ones with a missing or circular requirement are left out."""
    ordered: list[_Found] = []
    placed: set[str] = set()
    waiting = dict(sorted(accepted.items()))
    while ready := [name for name, item in waiting.items() if set(item.info.requires) <= placed]:
        for name in ready:
            ordered.append(waiting.pop(name))
            placed.add(name)
    for name, item in waiting.items():
        reason = f"requires {', '.join(sorted(set(item.info.requires) - placed))}, which is missing or goes in a circle"
        if item.bundled and all(need in accepted for need in item.info.requires):
            raise PluginError(f"plugin {name}: {reason}")
        skipped[name] = reason
    return ordered
