"""One shape for everything that goes wrong: ``{"error": {"code", "message", "fields"}}``, in the caller's language."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, request
from flask_babel import gettext
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from pointsys.access import REST, is_denial, note_denial, note_refusal, undo
from pointsys.core.database import new_public_id
from pointsys.core.rate_limits import TooMany
from pointsys.kit.problems import N_, Conflict, Problem, Refused
from pointsys.language import say
from pointsys.limits import note_limit

log = logging.getLogger(__name__)

# status -> machine code, and what happened and what to do next
STATUSES = {
    400: ("bad_request", N_("This request could not be read.")),
    401: ("token_needed", N_("Send a valid token: Authorization: Bearer pst_…")),
    403: ("forbidden", N_("The token or the role of its owner does not include this.")),
    404: ("not_found", N_("There is nothing here, or it is not in your area.")),
    405: ("method_not_allowed", N_("This address does not know the method.")),
    406: ("not_acceptable", N_("Answers are given as application/json.")),
    409: ("conflict", N_("Somebody else changed the same at this moment. Nothing was changed; try again.")),
    412: ("changed_meanwhile", N_("This was changed meanwhile. Read it again, then send your change.")),
    413: ("too_large", N_("The request is too large.")),
    415: ("json_needed", N_("Send the body as application/json.")),
    422: ("invalid", N_("Some values need to be corrected.")),
    428: ("if_match_needed", N_("Send If-Match with the ETag of what you have read.")),
    429: ("too_many_requests", N_("Too many requests with this token. Wait as long as Retry-After says.")),
    500: (
        "failure",
        N_("Something went wrong on our side. Nothing was changed; give your administrator this number: %(number)s"),
    ),
    503: ("busy", N_("The site is busy. Nothing was changed; try again in a moment.")),
}  # fmt: skip
NEEDED_KEY = N_(
    "Send an Idempotency-Key, a new one for each act, so that a repeated request does nothing twice."
)
# Refusals that have a status of their own.
_STATUS_OF = {"idempotency_running": 409}


class Said(str):
    """A catalog text with values for its places; it travels through marshmallow as the text it is."""

    params: Mapping[str, object]

    def __new__(cls, text: str, **params: object) -> Said:
        """Keep ``params`` beside the text."""
        said = super().__new__(cls, text)
        said.params = params
        return said


class Invalid(Problem):
    """Values that do not fit what the operation takes; ``messages`` as marshmallow gathers them."""

    def __init__(self, messages: object) -> None:
        super().__init__("invalid", STATUSES[422][1])
        self.messages = messages


def error(
    status: int, code: str, message: str, fields: Mapping[str, str] | None = None, **headers: str
) -> Response:
    """The answer to a request that failed."""
    shape = {"error": {"code": code, "message": message, "fields": dict(fields or {})}}
    answer = Response(json.dumps(shape, ensure_ascii=False), status=status, mimetype="application/json")
    answer.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


def usual(status: int, /, code: str = "", **headers: str) -> Response:
    """The usual answer for a status."""
    usual_code, text = STATUSES.get(status, STATUSES[400] if status < 500 else STATUSES[503])
    return error(status, code or usual_code, gettext(text), None, **headers)


def flat(messages: object, path: str = "") -> dict[str, str]:
    """Nested messages of marshmallow as one sentence by dotted field: ``{"entries.0.date": "…"}``."""
    if isinstance(messages, Mapping):
        found: dict[str, str] = {}
        for key, inner in messages.items():
            # What is wrong with the whole belongs to the place that the whole has.
            found.update(flat(inner, path if key == "_schema" else f"{path}.{key}" if path else str(key)))
        return found
    texts = messages if isinstance(messages, list | tuple) else [messages]
    return {path or "body": " ".join(_sentence(text) for text in texts)}


def _sentence(text: object) -> str:
    params = text.params if isinstance(text, Said) else {}
    return str(gettext(str(text), **params) if params else gettext(str(text)))


def answer_to(raised: Exception) -> Response:
    """The answer to whatever a view, or the way to it, raised."""
    undo()
    if isinstance(raised, Problem):
        return _of_problem(raised)
    if isinstance(raised, OperationalError):
        log.warning("the database refused: %s", type(raised.orig).__name__, exc_info=raised)
        return usual(503, Retry_After="1")
    if isinstance(raised, IntegrityError):
        # The first line names the constraint; what PostgreSQL says after it is the row itself.
        log.error("the database refused a row: %s", str(raised.orig).partition("\n")[0])
        return usual(409)
    if isinstance(raised, DataError):
        log.warning("the database refused a value: %s", type(raised.orig).__name__)
        return usual(400)
    if isinstance(raised, HTTPException) and raised.code not in (None, 500):
        return _of_http(raised)
    number = new_public_id()
    # Flask has logged the exception itself; this line ties it to the number that the caller sees.
    log.error(
        "request %s failed with %s", number, type(getattr(raised, "original_exception", raised)).__name__
    )
    code, text = STATUSES[500]
    return error(500, code, gettext(text, number=number))


def _of_problem(problem: Problem) -> Response:
    if isinstance(problem, TooMany):
        note_limit(problem)
        return error(429, problem.code, say(problem), None, Retry_After=str(problem.retry_after))
    if isinstance(problem, Invalid):
        return error(422, problem.code, say(problem), flat(problem.messages))
    note_refusal(problem)
    if isinstance(problem, Refused):
        return error(403, problem.code, say(problem)) if problem.visible else usual(404)
    fields = {problem.field: say(problem)} if problem.field else {}
    status = 409 if isinstance(problem, Conflict) else _STATUS_OF.get(problem.code, 422)
    return error(status, problem.code, say(problem), fields)


def _of_http(raised: HTTPException) -> Response:
    if is_denial(raised):
        note_denial()
    status = raised.code or 500
    if status == 401:
        return usual(401, WWW_Authenticate='Bearer realm="pointsys"')
    answer = usual(status)
    answer.headers.extend(header for header in raised.get_headers() if header[0] in ("Allow", "Retry-After"))
    if status in (301, 302, 307, 308):
        answer.headers.extend(header for header in raised.get_headers() if header[0] == "Location")
    return answer


def _either(page: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def handle(raised: Any) -> Any:
        return answer_to(raised) if request.path.startswith(REST) else page(raised)

    return handle


def init_errors(app: Flask) -> None:
    """Answer in JSON below ``/api/``, for every error that has a page elsewhere."""
    for handlers in app.error_handler_spec[None].values():
        for kind, page in list(handlers.items()):
            handlers[kind] = _either(page)
