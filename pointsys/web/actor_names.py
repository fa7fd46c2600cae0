"""Who acted, by name: logins stay what is recorded, pages show whose they are where that is known.

While a page is rendered the filter ``actor_name`` leaves a mark for each login; ``render_with_names`` then looks all up
in one statement and puts the names in. So templates name actors row by row and a page still asks once.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Collection
from html import escape, unescape

from flask import g, has_request_context
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from pointsys.core.accounts.models import Account
from pointsys.core.areas.models import subtree
from pointsys.core.database import db
from pointsys.core.people.groups import chunks
from pointsys.core.people.models import Person
from pointsys.web.access import current_actor, current_area, may
from pointsys.web.events import actor_name as words_of


def names_of(session: Session, labels: Collection[str]) -> dict[str, str]:
    """Login -> name, for those of ``labels`` whose name is known and may be seen here; one statement.

    An account's own name is that of somebody who works here. The name of a person on the roster is for readers who
    see people in the page's area, for people of that area. Two of the same name keep their logins beside it.
    """
    found: dict[str, str] = {}
    for part in chunks(sorted(set(labels))):
        rows = session.execute(
            select(Account.login, Account.name, Person.name)
            .outerjoin(Person, and_(Person.id == Account.person_id, _seen_people()))
            .where(Account.login.in_(part), or_(Account.name != "", Person.id.is_not(None)))
        )
        found |= {login: own or person or login for login, own, person in rows}
    twice = {name for name, times in Counter(found.values()).items() if times > 1}
    return {login: f"{name} ({login})" if name in twice else name for login, name in found.items()}


def _seen_people() -> ColumnElement[bool]:
    """The people whose names the reader sees anyway: oneself, and those of the page's area with the permission."""
    own: ColumnElement[bool] = Person.id == (current_actor().person_id or 0)
    if "area" not in g:
        return own
    return or_(own, Person.area_id.in_(subtree(current_area().id)) if may("people.view") else false())


def actor_name(label: str) -> str:
    """Who did it, for templates: a name where one is known, else the login, and words for those who have none."""
    words = words_of(label)
    if words != label or not label or not has_request_context():
        return words
    nonce = g.get("names_later")
    if nonce is None:
        return names_of(db.session(), [label]).get(label, label)
    return f"\ue000{nonce}:{label}\ue001"


def render_with_names(render: Callable[[], str]) -> str:
    """What ``render`` makes of a page, with names in the place of logins."""
    # Nobody who types a text can guess it, and so have a login looked up.
    nonce = g.names_later = secrets.token_hex(6)
    try:
        html = render()
    finally:
        g.pop("names_later", None)
    return _with_names(html, nonce)


def _with_names(html: str, nonce: str) -> str:
    if nonce not in html:
        return html
    mark = re.compile(f"\ue000{nonce}:([^\ue001]*)\ue001")
    labels = {unescape(label) for label in mark.findall(html)}
    names = names_of(db.session(), labels)

    def name(found: re.Match[str]) -> str:
        label = unescape(found.group(1))
        return escape(names.get(label, label))

    return mark.sub(name, html)
