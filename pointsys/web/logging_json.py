"""The log: one line of JSON a request and an event, with nothing of anybody in it (S-48, R-26).

A request is named by its route, never by its address, whose parts are ids and tokens. An exception is named by its
types and places: its words may quote a person's data. What libraries say is kept without the values they say it of.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from flask import Flask, g, has_request_context, request
from werkzeug.wrappers import Response

from pointsys.access import is_static
from pointsys.config import Config
from pointsys.core.actors import Actor
from pointsys.core.database import new_public_id

HEADER = "X-Request-Id"
QUIET = ("health.healthz", "health.readyz")
# From a proxy of ours, and nothing that could break a line or a search.
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_PLACES = 12
_OWN = ("pointsys", "plugins", "tests")

requests = logging.getLogger("pointsys.request")


def request_id() -> str:
    """The number of this request: in its log lines, in the header of its answer and on its error page."""
    if "request_id" not in g:
        g.request_id = new_public_id()
    return str(g.request_id)


def init_request_log(app: Flask, config: Config) -> None:
    """Number and time every request; register it first, so that its line is the last thing a request does."""

    def begin() -> None:
        given = request.headers.get(HEADER, "") if config.trusted_proxies else ""
        g.request_began = time.monotonic()
        g.request_id = given if _GIVEN.match(given) else new_public_id()

    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        quiet = is_static(request.endpoint) or request.endpoint in QUIET
        if not (quiet and response.status_code < 400) and requests.isEnabledFor(logging.INFO):
            requests.info("%s", request.endpoint or "-", extra={"fields": _about(response)})
        return response

    def log_exception(
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        # Flask's own line holds the address.
        app.logger.error("a request failed", exc_info=exc_info)

    app.before_request(begin)
    app.after_request(end)
    app.log_exception = log_exception  # type: ignore[method-assign]


def _about(response: Response) -> dict[str, object]:
    actor = g.get("actor")
    return {
        "method": request.method,
        "route": request.endpoint or "-",
        "status": response.status_code,
        "ms": round((time.monotonic() - g.get("request_began", time.monotonic())) * 1000, 1),
        "account": actor.account_id if isinstance(actor, Actor) else None,
        # Set once the area was found and entered; what stands in the address is not looked at before that.
        "area": g.get("area_code"),
    }


def describe(error: BaseException | None) -> dict[str, object]:
    """Types of an exception and of its causes, and where it was raised, innermost last; not a word of its text."""
    types: list[str] = []
    seen = error
    while seen is not None and len(types) < 5:
        types.append(type(seen).__name__)
        seen = seen.__cause__ or seen.__context__
    frames = traceback.extract_tb(error.__traceback__ if error is not None else None)
    places = [f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in frames[-_PLACES:]]
    return {"error": types, "at": places}


def _text(record: logging.LogRecord) -> str:
    """What is said; of a library's warnings only the words, for their values may be addresses or data."""
    own = record.name.partition(".")[0] in _OWN
    if own or (record.name.startswith("gunicorn") and record.levelno <= logging.INFO):
        return record.getMessage()
    return str(record.msg)


class JsonLines(logging.Formatter):
    """One object a line; JSON escapes line breaks and whatever else could forge a second line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _text(record),
            "logger": record.name,
            "process": record.process,
        }
        if has_request_context():
            line["request"] = request_id()
        fields: Mapping[str, Any] | None = getattr(record, "fields", None)
        line.update(fields or {})
        if record.exc_info and record.exc_info[1] is not None:
            line.update(describe(record.exc_info[1]))
        return json.dumps(line, default=str)


class PlainLines(logging.Formatter):
    """The same for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = f"{record.levelname.lower()}: {_text(record)}"
        if has_request_context():
            text += f" [{request_id()}]"
        if record.exc_info and record.exc_info[1] is not None:
            told = describe(record.exc_info[1])
            text += f" ({told['error']} {told['at']})"
        return text.replace("\n", " ")


def start_logging(form: str, stream: TextIO | None = None) -> logging.Handler:
    """Send the log of this process to ``stream`` (standard error): "json", "text", or "" for whichever fits.

    Text for a terminal leaves requests out: who runs a demonstration wants to see what goes wrong.
    """
    stream = stream or sys.stderr
    as_json = form == "json" or (form != "text" and not stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if as_json else PlainLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO if as_json else logging.WARNING)
    for name in ("huey", "waitress", "PIL", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It says that requests wait for a thread, once for each: the durations tell that.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    return handler


def stop_logging(handler: logging.Handler) -> None:
    """Take back what ``start_logging`` gave."""
    root = logging.getLogger()
    root.removeHandler(handler)
    root.setLevel(logging.WARNING)
