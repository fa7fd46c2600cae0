"""Error pages: each says what happened and what to do next, and none shows the inside of the program."""

from __future__ import annotations

import logging

from flask import Flask, render_template
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from pointsys.access import is_denial, note_denial, note_refusal, undo
from pointsys.core.rate_limits import TooMany
from pointsys.kit.problems import N_, Problem, Refused
from pointsys.language import say
from pointsys.limits import note_limit
from pointsys.web.logging_json import request_id

log = logging.getLogger(__name__)

# status -> (what happened, what to do next)
PAGES = {
    400: (N_("This request could not be read"), N_("Go back and try again. If it stays, tell your administrator.")),
    401: (N_("Please sign in"), N_("Sign in and open the page again.")),
    403: (
        N_("You may not do this here"),
        N_("Your role does not include it. Whoever manages the accounts of your area can change that."),
    ),
    404: (
        N_("There is no such page"),
        N_("The address may be mistyped, or what it showed is not in your area. Start from the first page."),
    ),
    405: (N_("This address takes no visits"), N_("Go back and use the button on the page.")),
    409: (N_("The site is busy"), N_("Nothing was changed. Wait a moment and try again.")),
    410: (N_("This is gone"), N_("Ask for a new link.")),
    413: (
        N_("That is too large"),
        N_("Files may have 10 MB, texts 500 kB. Split the file or paste fewer lines."),
    ),
    422: (N_("That did not work"), N_("Go back, correct it and try again.")),
    429: (N_("Too many attempts"), N_("Wait ten minutes, then try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was changed. Try again; if it happens again, give your administrator the number below."),
    ),
    503: (N_("The site is busy"), N_("Nothing was changed. Wait a moment and try again.")),
}  # fmt: skip


def error_page(status: int, *, detail: str = "", reference: str = "") -> Response:
    """The page for ``status``; ``detail`` is a translated sentence instead of the usual one."""
    title, cure = PAGES.get(status, PAGES[400] if status < 500 else PAGES[500])
    text = render_template(
        "errors/error.html",
        status=status, title=gettext(title), cure=detail or gettext(cure), reference=reference,
    )  # fmt: skip
    return Response(text, status=status, mimetype="text/html")


def _on_problem(problem: Problem) -> Response:
    undo()
    if isinstance(problem, TooMany):
        note_limit(problem)
        page = error_page(429, detail=say(problem))
        page.headers["Retry-After"] = str(problem.retry_after)
        return page
    note_refusal(problem)
    if isinstance(problem, Refused):
        return error_page(403, detail=say(problem)) if problem.visible else error_page(404)
    return error_page(422, detail=say(problem))


def _on_http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return Response.force_type(error.get_response())
    denied = is_denial(error)
    undo()
    if denied:
        note_denial()
    page = error_page(error.code or 500)
    page.headers.extend(header for header in error.get_headers() if header[0] in ("Allow", "Retry-After"))
    return page


def _on_csrf(_error: CSRFError) -> Response:
    return error_page(
        403,
        detail=gettext(
            "This form was open too long or came from another site. Reload the page and send it again."
        ),
    )


def _on_busy(error: OperationalError) -> Response:
    undo()
    log.warning("the database refused: %s", type(error.orig).__name__, exc_info=error)
    return error_page(503)


def _on_collision(error: IntegrityError) -> Response:
    """Two wrote the same at the same moment: the second sees the first one's work when they look again."""
    undo()
    # The first line names the constraint; what PostgreSQL says after it is the row itself.
    log.error("the database refused a row: %s", str(error.orig).partition("\n")[0])
    return error_page(409)


def _on_unstorable(error: DataError) -> Response:
    """PostgreSQL stores and looks up no NUL characters and no numbers beyond a column's range."""
    undo()
    log.warning("the database refused a value: %s", type(error.orig).__name__)
    return error_page(400)


def _on_failure(error: Exception) -> Response:
    undo()
    # The number of the request: it stands in every line of the log about it.
    reference = request_id()
    log.error(
        "request %s failed with %s", reference, type(getattr(error, "original_exception", error)).__name__
    )
    return error_page(500, reference=reference)


def init_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(OperationalError, _on_busy)
    app.register_error_handler(IntegrityError, _on_collision)
    app.register_error_handler(DataError, _on_unstorable)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(500, _on_failure)
