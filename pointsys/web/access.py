"""Deny by default: each view declares a permission and a scope, and one function keeps it before every request.

Scopes: ``public`` (anybody), ``signed_in`` (one's own pages), ``area`` (the address names an area, the permission
must be held there). A view without a declaration stops the start. Off, foreign and missing things all answer 404;
403 is only for somebody who has a role in that very area.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from pointsys.core import audit, permissions
from pointsys.core.actors import NOBODY, Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import path_to_code, renamed_code
from pointsys.core.database import db
from pointsys.core.plugin_info import PluginInfo
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import unit_of_work

PUBLIC = "public"
SIGNED_IN = "signed_in"
AREA = "area"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """What a view declares."""

    scope: str
    permission: str | None = None


class UndeclaredRoute(Exception):
    """A route without permission and scope; the application does not start with it."""


def _declare(view: View, access: Access) -> View:
    view.__access__ = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody may open this view."""
    return _declare(view, Access(PUBLIC))


def signed_in(view: View) -> View:
    """Whoever is signed in may open this view; it shows nothing but their own."""
    return _declare(view, Access(SIGNED_IN))


def area_scope(permission: str) -> Callable[[View], View]:
    """The address holds ``<code>`` of an area, and the actor needs ``permission`` there."""

    def declare(view: View) -> View:
        return _declare(view, Access(AREA, permission))

    return declare


def check_routes(app: Flask) -> None:
    """Refuse to start with an undeclared route, an unknown permission or an area scope without an area."""
    with app.app_context():
        known = permissions.role_table().roles
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
            continue
        access = access_of(app, rule.endpoint)
        owner = rule.endpoint
        if access is None:
            raise UndeclaredRoute(f"{owner} ({rule.rule}) declares no permission and scope")
        if access.scope == AREA and "code" not in rule.arguments:
            raise UndeclaredRoute(f"{owner} ({rule.rule}) has area scope but no <code> in its address")
        if access.permission is not None and access.permission not in known:
            raise UndeclaredRoute(f"{owner} needs {access.permission}, which nobody declares")


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The declaration of an endpoint's view."""
    return getattr(app.view_functions.get(endpoint), "__access__", None)


def current_actor() -> Actor:
    """Who makes this request."""
    return cast(Actor, g.get("actor", NOBODY))


def current_area() -> Area:
    """The area of this request's address."""
    return cast(Area, g.area)


def current_path() -> list[Area]:
    """The areas from the root down to this request's area; empty on pages of no area."""
    return cast("list[Area]", g.get("area_path", []))


def current_plugins() -> frozenset[str]:
    """Names of the plugins that are on in the area of this request."""
    return cast("frozenset[str]", g.plugins_on)


def may(permission: str, area: Area | None = None) -> bool:
    """Whether the actor of this request may do something in ``area`` (its own by default)."""
    path = current_path()
    target = area or g.get("area")
    if target is None:
        return False
    ids = [step.id for step in path]
    if target.id in ids:
        # The page's area and those above it: the path is known already and no statement is needed.
        above = set(ids[: ids.index(target.id) + 1])
        return current_actor().unrestricted or bool(
            above & permissions.granted_areas(current_actor(), permission)
        )
    cache: dict[tuple[str, int], bool] = g.setdefault("may_cache", {})
    key = (permission, target.id)
    if key not in cache:
        cache[key] = permissions.may(db.session(), current_actor(), permission, target.id)
    return cache[key]


def require_again(session: Any, permission: str, area_id: int) -> None:
    """Inside a unit of work: the permission must still be there."""
    if not permissions.may(session, current_actor(), permission, area_id):
        deny(403)


class Denial(Exception):
    """Mixed into an answer that leaves an audit row once the transaction it ended is undone."""


class DeniedMissing(Denial, NotFound):
    """404 for something that is elsewhere, or nowhere."""


class DeniedHere(Denial, Forbidden):
    """403 in an area where the actor has some other role."""


def deny(status: int) -> NoReturn:
    """Refuse with ``status`` (403 or 404); may be called inside a unit of work, which is undone."""
    raise DeniedHere if status == 403 else DeniedMissing


def note_denial() -> None:
    """Leave the audit row of a refusal; the error page calls it."""
    code = (request.view_args or {}).get("code", "")
    with unit_of_work(drain=False) as session:
        audit.write(
            session, current_actor(), "denied", "route", (request.endpoint or "")[:64], result=audit.DENIED,
            after={"code": code, "method": request.method},
        )  # fmt: skip


def enforce() -> Response | None:
    """Keep the declaration of the requested view; runs before every request."""
    if request.endpoint is None or request.endpoint == "static" or request.endpoint.endswith(".static"):
        return None
    access = access_of(current_app, request.endpoint)
    if access is None:
        abort(404)
    plugin = current_site().host.by_slug(_slug(request.blueprint))
    actor = current_actor()
    if access.scope == PUBLIC and plugin is None:
        return None
    if access.scope != PUBLIC and actor.account_id is None:
        return redirect(url_for("auth.sign_in", **_return_to()))
    if access.scope == AREA or "code" in (request.view_args or {}):
        return _enter_area(access, actor, plugin)
    if plugin is not None and plugin.name not in _plugins_of_person(actor):
        abort(404)
    return None


def _slug(blueprint: str | None) -> str:
    # Blueprints are named <slug> or <slug>_<part>; slugs themselves hold no underscore.
    return (blueprint or "").split("_")[0]


def _return_to() -> dict[str, Any]:
    """The place to come back to after signing in: an endpoint and its values, never an address."""
    if request.method != "GET" or not request.endpoint:
        return {}
    values = {f"v_{key}": str(value) for key, value in (request.view_args or {}).items()}
    return {"to": request.endpoint, **values}


def _enter_area(access: Access, actor: Actor, plugin: PluginInfo | None) -> Response | None:
    session = db.session()
    code = (request.view_args or {})["code"]
    path = path_to_code(session, code)
    moved_to = renamed_code(session, code) if not path and request.method == "GET" else None
    if moved_to is not None:
        path = path_to_code(session, moved_to)
    if not path:
        deny(404)
    area = path[-1]
    on = enabled_in(session, area.id)
    if plugin is not None and plugin.name not in on:
        abort(404)
    above = {step.id for step in path}
    if access.permission is not None and not permissions.granted_areas(actor, access.permission) & above:
        deny(403 if any(grant.area_id in above for grant in actor.grants) else 404)
    if moved_to is not None:
        # Only now: an old code must not tell strangers that there is such an area.
        values = {**(request.view_args or {}), "code": moved_to}
        return redirect(url_for(request.endpoint or "", **values), code=301)
    g.area, g.area_path = area, path
    g.plugins_on = on
    return None


def _plugins_of_person(actor: Actor) -> frozenset[str]:
    from pointsys.core.people.models import Person

    if actor.person_id is None:
        return frozenset()
    session = db.session()
    person = session.get(Person, actor.person_id)
    return enabled_in(session, person.area_id) if person is not None else frozenset()
