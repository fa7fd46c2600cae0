"""Limits that requests run into: what is written of it, and accounts that walk through addresses (A29, S-39).

A refused or missing address counts against the account that opened it; who opens too many gets 429 for everything
but signing out until the window is over. Addresses of the network are never counted here: offices share one.
"""

from __future__ import annotations

import logging
from datetime import datetime

from flask import current_app, make_response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from pointsys.access import current_actor, is_static
from pointsys.core import audit, rate_limits
from pointsys.core.alerts import raise_alert
from pointsys.core.rate_limits import Shares, TooMany
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import unit_of_work

WALK, WALK_LIMIT, WALK_MINUTES = "walk", 100, 10
SEARCHES, SEARCH_MINUTES = 600, 10
# Whoever is stopped can still leave, and read why.
_ALWAYS = ("auth.sign_out", "auth.language", "auth.letters")

log = logging.getLogger(__name__)


def shares() -> Shares:
    """This process's shares of the site's limits."""
    found: Shares = current_app.extensions.setdefault("pointsys_shares", Shares())
    return found


def note_limit(problem: TooMany) -> None:
    """Leave the audit row and the alert of a limit that was reached, once in its window for each process."""
    if problem.noted:
        return
    actor = current_actor()
    with unit_of_work(drain=False) as session:
        audit.write(
            session, actor, "limit.reached", "limit", problem.name, result=audit.DENIED,
            after={"route": request.endpoint or ""},
        )  # fmt: skip
        if problem.alert:
            raise_alert(session, problem.alert, actor.label, by=actor.label, address=actor.address)


def count_search() -> None:
    """Count one look-up of people by this account; raises TooMany. To be called before the reading begins."""
    who = rate_limits.of_account(current_actor())
    shares().use("search", who, SEARCHES, SEARCH_MINUTES, alert="access.walk")


def stop_walkers() -> None:
    """Refuse everything to an account that has walked too far; runs before every request, without a statement."""
    actor = current_actor()
    if actor.account_id is None or is_static(request.endpoint) or request.endpoint in _ALWAYS:
        return
    until = shares().is_used_up(WALK, rate_limits.of_account(actor), WALK_MINUTES)
    if until is not None:
        raise TooManyRequests(retry_after=_seconds(until))


def count_misses(response: Response) -> Response:
    """Count a refused or missing address; runs after every request, and writes for every tenth of the limit."""
    actor = current_actor()
    if response.status_code not in (403, 404) or actor.account_id is None or is_static(request.endpoint):
        return response
    try:
        shares().use(WALK, rate_limits.of_account(actor), WALK_LIMIT, WALK_MINUTES, alert="access.walk")
    except TooMany as problem:
        note_limit(problem)
        return _too_many(problem)
    except SQLAlchemyError as failure:
        log.warning("a missing address was not counted: %s", type(failure).__name__)
    return response


def _too_many(problem: TooMany) -> Response:
    """429 in the words of those who asked, page or program."""
    return make_response(current_app.handle_user_exception(TooManyRequests(retry_after=problem.retry_after)))


def _seconds(until: datetime) -> int:
    return max(1, round((until - current_site().now()).total_seconds()))
