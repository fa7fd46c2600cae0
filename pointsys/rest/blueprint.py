"""The kinds of operations: reading, creating, changing. Each declares who may, what it takes and what it gives.

A view gets the session first, then what the request brought, then the parts of its address. Views that write run
inside the one unit of work, after their permission was asked again there; whatever they give back is turned into
the answer before the commit, and kept under the request's idempotency key together with the act.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import wraps
from typing import Any, NoReturn, TypeVar

from flask import abort, current_app, g, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.wrappers import Response

from pointsys.access import AREA, SIGNED_IN, Access, current_area, declare, require_again
from pointsys.core import idempotency
from pointsys.core.database import db
from pointsys.core.idempotency import Answer, Ticket
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.rest.errors import NEEDED_KEY, Invalid
from pointsys.rest.fields import NoArgs, RestSchema

View = TypeVar("View", bound=Callable[..., Any])

KEY_HEADER = "Idempotency-Key"
KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "description": "8 to 100 characters, a new one for each act; the same request again gets the stored answer "
    "for seven days.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 100},
}
NO_JSON = N_("The body is not readable as JSON.")


class Parser(FlaskParser):
    """Reads queries and bodies; nothing unknown passes, and what is wrong becomes our own error."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - webargs reads a class attribute
        "query": RAISE,
        "json": RAISE,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        """The body, which must be JSON; 415 for anything else."""
        if not req.is_json:
            abort(415)
        try:
            return json.loads(req.get_data(cache=True), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            # Numbers with thousands of digits, and brackets thousands deep, are no JSON for us either.
            raise Problem("bad_json", NO_JSON, field="body") from None

    def handle_error(self, error: Any, req: Any, schema: Any, **kwargs: Any) -> NoReturn:
        """Values that a schema refused, without the name of the place they came from."""
        messages = error.messages
        if isinstance(messages, Mapping) and len(messages) == 1:
            messages = next(iter(messages.values()))
        raise Invalid(messages)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


class RestBlueprint(Blueprint):  # type: ignore[misc]
    """A part of the interface; its views are declared with the methods below and no others."""

    ARGUMENTS_PARSER = Parser()

    def read(
        self,
        rule: str,
        *,
        permission: str | None,
        answer: type[RestSchema],
        query: type[RestSchema] = NoArgs,
    ) -> Callable[[View], View]:
        """GET: ``view(session, args, **address)``; without a permission it shows what the token may see anyway.

        The answer has an ETag, and is 304 where the caller has it already.
        """

        def decorate(view: View) -> View:
            shape = answer()

            @wraps(view)
            def run(args: dict[str, Any], **address: Any) -> Response:
                with read_scope() as session:
                    text = _dump(shape, view(session, args, **address))
                etag = _etag(text)
                if request.if_match and not request.if_match.contains(etag):
                    abort(412)
                found = _answer(200, text)
                found.set_etag(etag)
                return found.make_conditional(request)

            self._add(rule, "GET", run, permission, (query, "query"), (200, answer))
            return view

        return decorate

    def create(
        self,
        rule: str,
        *,
        permission: str,
        body: type[RestSchema],
        answer: type[RestSchema],
        status: int = 201,
        key_needed: bool = True,
    ) -> Callable[[View], View]:
        """POST: ``view(session, body, **address)``, once for each idempotency key."""

        def decorate(view: View) -> View:
            shape = answer()

            @wraps(view)
            def run(given: dict[str, Any], **address: Any) -> Response:
                asked = _ticket(key_needed)
                area_id = current_area().id
                with idempotency.running(db.session(), asked) if asked else nullcontext():
                    with unit_of_work() as session:
                        stored = idempotency.claim(session, asked) if asked else None
                        require_again(session, permission, area_id)
                        if stored is not None:
                            return _answer(stored.status, stored.text, replayed=True)
                        text = _dump(shape, view(session, given, **address))
                        if asked:
                            idempotency.finish(session, asked, Answer(status, text))
                return _answer(status, text)

            headers = [{**KEY, "required": key_needed}]
            self._add(rule, "POST", run, permission, (body, "json"), (status, answer), headers)
            return view

        return decorate

    def change(
        self,
        rule: str,
        *,
        permission: str,
        body: type[RestSchema],
        answer: type[RestSchema],
        load: Callable[..., Any],
    ) -> Callable[[View], View]:
        """PATCH: ``view(session, found, body)`` on what ``load(session, **address)`` found, if nobody changed it.

        The caller says what they have read with If-Match; 428 without it, 412 when that is not what is there now.
        """

        def decorate(view: View) -> View:
            shape = answer()

            @wraps(view)
            def run(given: dict[str, Any], **address: Any) -> Response:
                if not request.if_match:
                    abort(428)
                area_id = current_area().id
                with unit_of_work() as session:
                    require_again(session, permission, area_id)
                    found = load(session, **address)
                    if not request.if_match.contains(_etag(_dump(shape, found))):
                        abort(412)
                    text = _dump(shape, view(session, found, given))
                changed = _answer(200, text)
                changed.set_etag(_etag(text))
                return changed

            header = {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}
            self._add(rule, "PATCH", run, permission, (body, "json"), (200, answer), [header])
            return view

        return decorate

    def _add(
        self,
        rule: str,
        method: str,
        run: Callable[..., Response],
        permission: str | None,
        taken: tuple[type[RestSchema], str],
        given: tuple[int, type[RestSchema]],
        headers: list[dict[str, Any]] | None = None,
    ) -> None:
        """Let flask-smorest read the request and describe the operation; the answer is made by ``run``."""
        view = self.response(given[0], given[1])(run)
        view = self.arguments(taken[0], location=taken[1])(view)
        described: dict[str, Any] = {"responses": {"default": "DEFAULT_ERROR"}}
        if headers:
            described["parameters"] = headers
        if permission:
            described["description"] = f"Needs the permission `{permission}`."
        if method == "GET":
            described["responses"][304] = "NOT_MODIFIED"
        view = self.doc(**described)(view)
        declare(view, Access(AREA if permission else SIGNED_IN, permission, token=True))
        self.route(rule, methods=[method])(view)


def _dump(shape: RestSchema, found: Any) -> str:
    return json.dumps(shape.dump(found), ensure_ascii=False)


def _etag(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _answer(status: int, text: str, *, replayed: bool = False) -> Response:
    answer = current_app.response_class(text, status=status, mimetype="application/json")
    if replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _ticket(needed: bool) -> Ticket | None:
    """What the request's key stands for: this token, this address, this body."""
    key = request.headers.get(KEY_HEADER)
    if key is None and needed:
        raise Problem("idempotency_key_needed", NEEDED_KEY, field=KEY_HEADER)
    if key is None:
        return None
    route = f"{request.method} {request.path}"
    return idempotency.ticket(f"token:{g.token_id}", key, route, request.get_data(cache=True))
