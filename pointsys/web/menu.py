"""The menu of an area: the core's entries, then those of the plugins that are on there, then administration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g, request
from flask_babel import gettext

from pointsys.core.alerts import open_count
from pointsys.core.database import db
from pointsys.core.pages import MenuItem
from pointsys.core.pending import note_failure, quarantined
from pointsys.core.site import current_site
from pointsys.kit.problems import N_
from pointsys.web.access import current_actor, current_area, current_plugins, may

# A page module adds its entry here; the reader sees those that their role allows.
DAILY = (
    MenuItem(N_("Workbench"), "areas.overview", "areas.view", "house"),
    MenuItem(N_("People"), "people.index", "people.view", "people"),
    MenuItem(N_("Activity log"), "log.entries", "log.view", "journal-text"),
    MenuItem(N_("Activities"), "activities.index", "log.view", "calendar-event"),
    MenuItem(N_("Import"), "imports.start", "people.import", "upload"),
    MenuItem(N_("Month report"), "report.start", "log.view", "file-earmark-text"),
    MenuItem(N_("Figures"), "figures.index", "log.view", "graph-up"),
    MenuItem(N_("Notices"), "publicity.index", "publicity.view", "megaphone"),
    MenuItem(N_("Objections"), "objections.index", "objections.view", "question-circle"),
    MenuItem(N_("Documents"), "documents.index", "documents.view", "award"),
    MenuItem(N_("Personal data and rights"), "privacy.index", "privacy.answer", "lock"),
    MenuItem(N_("Anomalies"), "anomalies.index", "log.decide", "flag"),
)
ADMINISTRATION = (
    MenuItem(N_("Areas"), "tree.index", "areas.view", "diagram-3"),
    MenuItem(N_("Plugins"), "plugins.index", "plugins.switch", "puzzle"),
    MenuItem(N_("Settings"), "settings.index", "settings.edit", "gear"),
    MenuItem(N_("Accounts"), "accounts.index", "accounts.manage", "person-badge"),
    MenuItem(N_("Exports"), "exports.index", "exports.view", "download"),
    MenuItem(N_("Keys"), "keys.page", "keys.manage", "key"),
    MenuItem(N_("Alerts"), "alerts.index", "alerts.view", "exclamation-triangle"),
    MenuItem(N_("Audit log"), "audit.index", "audit.view", "shield-check"),
    MenuItem(N_("Background work"), "jobs.index", "jobs.view", "hourglass-split"),
    MenuItem(N_("Health of the site"), "health.page", "site.health", "heart-pulse"),
)


# A plugin with more lines than MOST_LINES shows its first ones; the others fold under a heading of its own.
MOST_LINES = 6
FIRST_LINES = 5


@dataclass(frozen=True)
class Link:
    """One line of the menu; ``current`` marks the page one is on."""

    title: str
    endpoint: str
    icon: str
    current: bool
    # What waits behind the line for the reader, 0 for nothing.
    count: int = 0


@dataclass(frozen=True)
class Section:
    """Lines of the menu below one heading; the heading may be "". A plugin's many lines fold under theirs."""

    title: str
    links: list[Link]
    folds: bool = False

    @property
    def open(self) -> bool:
        """Whether the page one is on is among the lines."""
        return any(link.current for link in self.links)


def live_plugins() -> frozenset[str]:
    """Plugins that are on in this request's area and not stopped: those whose page hooks are called."""
    if "live_plugins" not in g:
        g.live_plugins = current_plugins() - quarantined(db.session())
    live: frozenset[str] = g.live_plugins
    return live


def area_menu() -> list[Section]:
    """The menu of this request's area for this reader."""
    if "area" not in g:
        return []
    few: list[Link] = []
    many: list[Section] = []
    host = current_site().host
    for answer in host.call_each("menu_items", live_plugins(), area=current_area(), actor=current_actor()):
        if answer.error is not None:
            failed_hook(answer.info.name, "menu_items", answer.error)
        links = _links(answer.value or ())
        if len(links) > MOST_LINES:
            more = gettext("More of %(plugin)s", plugin=gettext(answer.info.title))
            many.append(Section("", links[:FIRST_LINES]))
            many.append(Section(more, links[FIRST_LINES:], folds=True))
        else:
            few += links
    sections = [
        Section("", _links(DAILY)),
        Section("", few),
        *many,
        Section(gettext("Administration"), _links(ADMINISTRATION)),
    ]
    return [section for section in sections if section.links]


def failed_hook(plugin: str, hook: str, error: Exception) -> None:
    """Note a page hook's failure after this request's reading is done, and never twice in one request."""
    noted: set[tuple[str, str]] = g.setdefault("failed_hooks", set())
    if (plugin, hook) not in noted:
        noted.add((plugin, hook))
        g.setdefault("hook_failures", []).append((plugin, hook, error))


def note_failures() -> None:
    """Write down the hook failures of this request; runs when the page is rendered."""
    for plugin, hook, error in g.pop("hook_failures", []):
        note_failure(plugin, hook, error)


def _links(items: Sequence[MenuItem]) -> list[Link]:
    allowed = [i for i in items if may(i.permission) and i.endpoint in current_app.view_functions]
    current = _current(allowed)
    return [Link(gettext(i.title), i.endpoint, i.icon, i.endpoint == current, _count(i)) for i in allowed]


def _count(item: MenuItem) -> int:
    """What waits behind a line: alerts, which only administrators' pages ask for, with one statement."""
    if item.endpoint != "alerts.index":
        return 0
    if "open_alerts" not in g:
        g.open_alerts = open_count(db.session())
    return int(g.open_alerts)


def _current(items: Sequence[MenuItem]) -> str:
    """The line of the menu that this page belongs to; "" for none, or for several alike."""
    endpoint = request.endpoint or ""
    endpoints = [item.endpoint for item in items]
    if endpoint in endpoints:
        return endpoint
    here = request.blueprint or ""
    for item in items:
        if here in item.also:
            return item.endpoint
    parts = {endpoint: endpoint.partition(".")[0] for endpoint in endpoints}
    own = [endpoint for endpoint, part in parts.items() if part == here]
    # people_person belongs to people, volunteer_reports to volunteer.
    near = own or [endpoint for endpoint, part in parts.items() if here.startswith(f"{part}_")]
    return near[0] if len(near) == 1 else ""
