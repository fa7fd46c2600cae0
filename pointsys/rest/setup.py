"""Putting the interface together: the core's resources, the plugins', its description, and JSON for every error."""

from __future__ import annotations

import json
import logging
from functools import cached_property
from importlib import import_module
from typing import Any

from flask import Flask
from flask_smorest import Api  # type: ignore[import-untyped]
from marshmallow import fields

import pointsys
from pointsys.access import REST, access_of, check_routes
from pointsys.config import Config
from pointsys.core.host import Host, PluginError
from pointsys.core.plugin_info import PluginInfo
from pointsys.limits import stop_walkers
from pointsys.rest import access, docs, errors
from pointsys.rest.blueprint import RestBlueprint
from pointsys.rest.fields import RestSchema

log = logging.getLogger(__name__)

VERSION = f"{REST}v1"
# Each module has a ``blueprint``.
RESOURCES = ("areas", "people", "activities", "log", "objections")
ABOUT = """\
People, activities and the log of a community, and what the plugins make of them.

Every request carries a token (`Authorization: Bearer pst_…`), made at `/me/tokens`. It never brings more than its
owner may at that moment. What lies outside of the token's areas answers like what does not exist: 404.

Errors have one shape, in the language of `Accept-Language`: `{"error": {"code", "message", "fields"}}`.
Lists answer `{"items", "page", "size", "total"}`. A POST that creates takes an `Idempotency-Key`, a PATCH an
`If-Match`. Decimals are texts ("1.50"), instants carry their offset.
"""


class ErrorDetail(RestSchema):
    """What went wrong."""

    code = fields.String(required=True, metadata={"description": "for programs; does not change"})
    message = fields.String(required=True, metadata={"description": "for people, in their language"})
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        data_key="fields",
        metadata={"description": "sentences by the field they are about, such as entries.0.date"},
    )


class Error(RestSchema):
    """The one shape of errors."""

    error = fields.Nested(ErrorDetail, required=True)


class _Described(Api):  # type: ignore[misc]
    """Only describes: requests are answered, and errors told, without it."""

    ERROR_SCHEMA = Error

    def _register_error_handlers(self) -> None:
        """Ours are in place."""

    def describe(self, blueprint: RestBlueprint) -> None:
        """Add the operations of a blueprint that the application has already."""
        blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
        self.spec.tag({"name": blueprint.name, "description": blueprint.description})


class RestApi:
    """Where resources are added; ``text`` describes all of them, and is made when it is first asked for."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._parts: list[RestBlueprint] = []

    def register_blueprint(self, blueprint: Any) -> None:
        """Add a RestBlueprint; its addresses begin with /api/v1, which they leave out themselves."""
        if not isinstance(blueprint, RestBlueprint):
            raise TypeError(f"{blueprint!r} is not a RestBlueprint")
        self.app.register_blueprint(blueprint, url_prefix=VERSION)
        self._parts.append(blueprint)
        if "csrf" in self.app.extensions:
            # Only bearer tokens open these views, and no browser sends one of its own accord.
            self.app.extensions["csrf"].exempt(blueprint)

    @cached_property
    def text(self) -> str:
        """The description as OpenAPI 3.1, in JSON."""
        self.app.config.update(
            API_TITLE="pointsys", API_VERSION=str(pointsys.__version__), OPENAPI_VERSION="3.1.0"
        )
        api = _Described(
            self.app,
            spec_kwargs={
                "info": {"description": ABOUT},
                "security": [{"token": []}],
                "servers": [{"url": "/"}],
            },
        )
        api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        for blueprint in self._parts:
            api.describe(blueprint)
        return json.dumps(api.spec.to_dict(), ensure_ascii=False)


def configure_rest(app: Flask, config: Config) -> None:
    """Add the interface to an application that has its pages; ``enforce`` must come after this."""
    app.before_request(access.speak)
    app.before_request(access.authenticate)
    # Once more, now that the owner of the token is known.
    app.before_request(stop_walkers)
    api = RestApi(app)
    app.extensions["pointsys_rest"] = api
    app.extensions["pointsys_permits"] = access.Permits()
    for name in RESOURCES:
        api.register_blueprint(import_module(f"pointsys.rest.{name}").blueprint)
    _add_plugin_parts(app, api)
    app.register_blueprint(docs.blueprint)
    errors.init_errors(app)


def _add_plugin_parts(app: Flask, api: RestApi) -> None:
    """Register what plugins add; raises PluginError where a bundled one is at fault, leaves others' part out."""
    host: Host = app.extensions["pointsys"].host
    for name in host.in_order("register_rest"):
        info = host.plugins[name]
        try:
            _try_out(app, host, info)
            host.call_one(name, "register_rest", api=api)
        except Exception as error:
            if name in host.bundled:
                raise PluginError(f"plugin {name}: {error}") from error
            log.warning("the REST part of plugin %s is left out: %s", name, error)


def _try_out(app: Flask, host: Host, info: PluginInfo) -> None:
    """On a spare application first, because a blueprint cannot be taken back."""
    spare = Flask("spare")
    spare.extensions.update({"pointsys": app.extensions["pointsys"]})
    before = set(spare.blueprints)
    host.call_one(info.name, "register_rest", api=RestApi(spare))
    place = f"{VERSION}/areas/<code>/{info.slug}"
    for name in spare.blueprints.keys() - before:
        if not name.startswith(f"{info.slug}_rest"):
            raise PluginError(f"blueprint {name} is not named {info.slug}_rest")
        if name in app.blueprints:
            raise PluginError(f"the name of its blueprint {name} is taken")
    for rule in spare.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        if rule.rule != place and not rule.rule.startswith(f"{place}/"):
            raise PluginError(f"route {rule.rule} lies outside of {place}/…")
        declared = access_of(spare, rule.endpoint)
        if declared is not None and not declared.token:
            raise PluginError(f"route {rule.rule} is not declared with read, create or change")
    check_routes(spare)
