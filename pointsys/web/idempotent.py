"""Forms whose second press does nothing: the first one's act stands, and both presses arrive at the same page.

The form carries a key in a hidden field (``{{ idempotency_field() }}``), made anew each time it is shown. The view
asks inside its unit of work::

    with unit_of_work() as session:
        once = idempotent_form(session)
        if once.place is not None:
            return once.place
        ...
        return once.done(url_for(...))
"""

from __future__ import annotations

import hashlib
import secrets

from flask import request
from markupsafe import Markup
from sqlalchemy.orm import Session

from pointsys.core import idempotency
from pointsys.core.idempotency import Answer, Ticket
from pointsys.kit.problems import Problem
from pointsys.web.access import current_actor

FIELD = "idempotency_key"
# They differ from press to press and say nothing about what was asked.
_NOT_CONTENT = frozenset({FIELD, "csrf_token"})


class Once:
    """One press of a form; ``place`` is where the first press led, None while the act is still to be done."""

    def __init__(self, session: Session, asked: Ticket | None) -> None:
        self._session, self._asked = session, asked
        # A second press waits for the first to end: somebody is looking at a page that has to come.
        stored = idempotency.claim(session, asked, wait=True) if asked else None
        self.place = stored.text if stored is not None else None

    def done(self, place: str) -> str:
        """The act is done; ``place`` is the address to show next."""
        if self._asked is not None:
            idempotency.finish(self._session, self._asked, Answer(303, place))
        return place


def idempotent_form(session: Session) -> Once:
    """Ask whether this form was sent already; a form without a key is always new.

    Raises Problem idempotency_key_reused for a key that came with other content, as after going back and changing it.
    """
    key = request.form.get(FIELD, "")
    if not key:
        return Once(session, None)
    return Once(session, _ticket(key))


def _ticket(key: str) -> Ticket:
    pairs = sorted(
        (name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CONTENT
    )
    content = hashlib.sha256(repr(pairs).encode("utf-8", "surrogatepass")).digest()
    for name, upload in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        digest = hashlib.file_digest(upload.stream, "sha256")  # type: ignore[arg-type]
        upload.stream.seek(0)
        content += name.encode("utf-8", "surrogatepass") + digest.digest()
    try:
        return idempotency.ticket(
            f"account:{current_actor().account_id}", key, f"{request.method} {request.full_path}", content
        )
    except Problem:
        # Nobody types this field: a key of another shape was made by hand, and protects its maker from nothing.
        return idempotency.ticket("nobody", secrets.token_urlsafe(16), request.path, content)


def idempotency_field() -> Markup:
    """The hidden field, for templates."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, secrets.token_urlsafe(16))
