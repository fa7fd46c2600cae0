"""What is looked at once before a server process takes requests."""

from __future__ import annotations

import logging

from flask import Flask
from sqlalchemy.exc import OperationalError

from pointsys.core import schema
from pointsys.core.database import db
from pointsys.core.one_host import refuse_second_host

log = logging.getLogger(__name__)


class NotReady(Exception):
    """The site cannot be served as it is; the text names the command that cures it."""


def require_ready(app: Flask) -> None:
    """Raise NotReady for a database that is behind, Problem other_host for one that another machine serves.

    A database that is away now is no reason to stay down: ``/readyz`` says so until it is back.
    """
    with app.app_context():
        try:
            behind = [status.component for status in schema.status(db.engine) if not status.up_to_date]
            refuse_second_host()
        except OperationalError as error:
            log.warning("the database cannot be reached: %s", type(error.orig).__name__)
            behind = []
        finally:
            # A server that forks must not hand this connection to its children.
            db.session.remove()
            db.engine.dispose()
    if behind:
        raise NotReady(f"the database is behind ({', '.join(behind)}); run: pointsys db upgrade")
