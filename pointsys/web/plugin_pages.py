"""Adding the pages of plugins: tried on a spare application first, because a blueprint cannot be taken back.

A bundled plugin at fault stops the start; another one is left out with those that build on it.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask

from pointsys.core.host import Host, PluginError
from pointsys.core.plugin_info import PluginInfo
from pointsys.web.access import check_routes


def add_plugin_pages(app: Flask) -> None:
    """Register the blueprints of every plugin that has any; raises PluginError where a bundled one is at fault."""
    host: Host = app.extensions["pointsys"].host
    for name in host.in_order("register_blueprints"):
        info = host.info(name)
        if info is None:  # left out together with one that it requires
            continue
        try:
            _try_out(app, host, info)
            _register(app, host, info)
        except Exception as error:
            if name in host.bundled:
                raise PluginError(f"plugin {name}: {error}") from error
            host.leave_out(name, str(error))


def _try_out(app: Flask, host: Host, info: PluginInfo) -> None:
    spare = Flask("spare")
    spare.extensions.update(app.extensions)
    _register(spare, host, info)
    if twice := spare.blueprints.keys() & app.blueprints.keys():
        raise PluginError(f"the name of its blueprint {sorted(twice)[0]} is taken")
    for rule in spare.url_map.iter_rules():
        if rule.endpoint != "static" and not rule.endpoint.endswith(".static"):
            _check_route(spare, info, rule.endpoint, rule.rule)
    check_routes(spare)


def _register(app: Flask, host: Host, info: PluginInfo) -> None:
    before, settings, hooks = set(app.blueprints), dict(app.config), _request_hooks(app)
    host.call_one(info.name, "register_blueprints", app=app)
    for name in app.blueprints.keys() - before:
        if name != info.slug and not name.startswith(f"{info.slug}_"):
            raise PluginError(f"blueprint {name} is not named {info.slug} or {info.slug}_…")
    if dict(app.config) != settings:
        raise PluginError("it changes the settings of the application")
    if _request_hooks(app) != hooks:
        raise PluginError("it hooks into every request of the application")


def _request_hooks(app: Flask) -> tuple[Collection[object], ...]:
    return tuple(
        list(hooks.get(None, ()))
        for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    )


def _check_route(app: Flask, info: PluginInfo, endpoint: str, rule: str) -> None:
    if endpoint.partition(".")[0] not in app.blueprints:
        raise PluginError(f"route {rule} belongs to no blueprint")
    places = (f"/a/<code>/{info.slug}", f"/me/{info.slug}", f"/public/<code>/{info.slug}")
    if not any(rule == place or rule.startswith(f"{place}/") for place in places):
        raise PluginError(f"route {rule} lies outside of /a/<code>/{info.slug}/… and /me/{info.slug}/…")
