"""Deny by default: each view declares a permission and a scope, and one function keeps it before every request.

Scopes: ``public`` (anybody), ``signed_in`` (one's own), ``area`` (the address names an area, the permission must be
held there). A view without a declaration stops the start. Off, foreign and missing things all answer 404; 403 is
only for somebody who has a role in that very area. Pages take the session of a cookie, views of the REST interface
(``token=True``) a bearer token and nothing else; who acts is in ``g.actor`` before ``enforce`` runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast

from flask import Flask, abort, after_this_request, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from pointsys.core import audit, permissions
from pointsys.core.actors import NOBODY, Actor
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import path_to_code, renamed_code
from pointsys.core.database import db
from pointsys.core.field_scope import field_permission
from pointsys.core.plugin_info import PluginInfo
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_by_area, enabled_for_person, enabled_in
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem, Refused

PUBLIC = "public"
SIGNED_IN = "signed_in"
AREA = "area"
# Everything that programs use, and nothing else, lies below.
REST = "/api/"

# Refusals of four eyes and of separation: somebody else may do it, or nobody at all.
NOT_BY_THIS_ONE = frozenset(
    {
        "another_person_needed", "another_withdraws", "not_separated", "own_account", "own_entry", "own_matter",
        "own_person", "own_request", "own_roles", "second_person_needed", "separation_kept",
    }
)  # fmt: skip

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """What a view declares; with ``token`` it is for programs and knows no cookies."""

    scope: str
    permission: str | None = None
    token: bool = False


class UndeclaredRoute(Exception):
    """A route without permission and scope; the application does not start with it."""


def declare(view: View, access: Access) -> View:
    """Let ``view`` say who may use it."""
    view.__access__ = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody may open this view."""
    return declare(view, Access(PUBLIC))


def signed_in(view: View) -> View:
    """Whoever is signed in may open this view; it shows nothing but their own."""
    return declare(view, Access(SIGNED_IN))


def area_scope(permission: str) -> Callable[[View], View]:
    """The address holds ``<code>`` of an area, and the actor needs ``permission`` there."""

    def decorate(view: View) -> View:
        return declare(view, Access(AREA, permission))

    return decorate


def check_routes(app: Flask) -> None:
    """Refuse to start with an undeclared route, an unknown permission or an area scope without an area."""
    with app.app_context():
        known = permissions.role_table().roles
    for rule in app.url_map.iter_rules():
        if is_static(rule.endpoint):
            continue
        access = access_of(app, rule.endpoint)
        owner = rule.endpoint
        if access is None:
            raise UndeclaredRoute(f"{owner} ({rule.rule}) declares no permission and scope")
        if access.scope == AREA and "code" not in rule.arguments:
            raise UndeclaredRoute(f"{owner} ({rule.rule}) has area scope but no <code> in its address")
        if access.permission is not None and access.permission not in known:
            raise UndeclaredRoute(f"{owner} needs {access.permission}, which nobody declares")
        if access.token != rule.rule.startswith(REST) and access.scope != PUBLIC:
            # What a cookie opens is protected against forged requests; below /api/ nothing is.
            raise UndeclaredRoute(
                f"{owner} ({rule.rule}): tokens are for addresses below {REST} and no others"
            )


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The declaration of an endpoint's view."""
    return getattr(app.view_functions.get(endpoint), "__access__", None)


def is_static(endpoint: str | None) -> bool:
    """Whether the endpoint serves files that are the same for everybody."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def takes_token() -> bool:
    """Whether this request is for a view of programs: then cookies prove nothing, and forgeries gain nothing."""
    access = access_of(current_app, request.endpoint) if request.endpoint else None
    return access is not None and access.token


def token_permissions(app: Flask) -> list[str]:
    """The permissions that views of programs ask for, in the order of the role table."""
    known: list[str] | None = app.extensions.get("pointsys_token_permissions")
    if known is None:
        views = [access_of(app, endpoint) for endpoint in app.view_functions]
        wanted = {access.permission for access in views if access is not None and access.token}
        known = [name for name in permissions.role_table().roles if name in wanted]
        app.extensions["pointsys_token_permissions"] = known
    return known


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


def sees(field: str) -> bool:
    """Whether the actor of this request is shown this field of people here; raises KeyError for an undeclared one."""
    return may(field_permission(field))


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


def is_denial(error: HTTPException) -> bool:
    """Whether this answer refuses somebody something: also a plain 403 or 404 of a view inside an area."""
    if isinstance(error, Denial):
        return True
    return error.code in (403, 404) and "area" in g and current_actor().account_id is not None


def note_refusal(problem: Problem) -> None:
    """Leave the audit row of an act that its actor of all people may not do, once the view has ended."""
    refused = isinstance(problem, Refused) or problem.code in NOT_BY_THIS_ONE
    if not refused or current_actor().account_id is None or g.get("refusal_noted"):
        return
    g.refusal_noted = True

    @after_this_request
    def note(response: Response) -> Response:
        note_denial()
        return response


def note_denial() -> None:
    """Leave the audit row of a refusal; the error page calls it."""
    code = (request.view_args or {}).get("code", "")
    with unit_of_work(drain=False) as session:
        audit.write(
            session, current_actor(), "denied", "route", (request.endpoint or "")[:64], result=audit.DENIED,
            after={"code": code, "method": request.method},
        )  # fmt: skip


def undo() -> None:
    """End a failed transaction, so that an error answer can still read."""
    db.session.rollback()
    g.pop("area", None)
    g.pop("area_path", None)


def enforce() -> Response | None:
    """Keep the declaration of the requested view; runs before every request."""
    if request.endpoint is None or is_static(request.endpoint):
        return None
    access = access_of(current_app, request.endpoint)
    if access is None:
        abort(404)
    plugin = current_site().host.by_slug(_slug(request.blueprint))
    actor = current_actor()
    if access.scope == PUBLIC and plugin is None:
        return None
    if access.scope != PUBLIC and actor.account_id is None:
        if access.token:
            abort(401)
        if request.headers.get("HX-Request") == "true":
            # A part of a page was asked for: the whole page is to be loaded again, and leads to the sign-in.
            return Response(status=204, headers={"HX-Refresh": "true"})
        return redirect(url_for("auth.sign_in", **_return_to()))
    if access.scope == AREA or "code" in (request.view_args or {}):
        return _enter_area(access, actor, plugin)
    if plugin is not None and not _is_on_for(actor, plugin):
        abort(404)
    return None


def _slug(blueprint: str | None) -> str:
    # Blueprints are named <slug> or <slug>_<part>; slugs themselves hold no underscore.
    return (blueprint or "").split("_")[0]


def _return_to() -> dict[str, Any]:
    """The place to come back to after signing in: an endpoint and its values, never an address."""
    rule = request.url_rule
    if not request.endpoint or rule is None or "GET" not in (rule.methods or ()):
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
    if moved_to is not None and not access.token:
        # Only now: an old code must not tell strangers that there is such an area.
        values = {**(request.view_args or {}), "code": moved_to}
        return redirect(url_for(request.endpoint or "", **values), code=301)
    g.area, g.area_path = area, path
    # For the log, which may come when the area's row can be read no more.
    g.area_code = code
    g.plugins_on = on
    return None


def _is_on_for(actor: Actor, plugin: PluginInfo) -> bool:
    """Whether a plugin's own pages are there: it is on where the reader belongs, or where a role of theirs needs it."""
    session = db.session()
    if actor.person_id is not None and plugin.name in enabled_for_person(session, actor.person_id):
        return True
    tops = {area for item in plugin.own_pages for area in permissions.granted_areas(actor, item.permission)}
    return any(plugin.name in on for on in enabled_by_area(session, tops).values()) if tops else False
