"""What the frame around every page needs: menu, path of areas, reader's choices, and the helpers templates call."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, flash, g, get_flashed_messages, render_template, request, url_for
from flask_babel import gettext

from pointsys.access import note_refusal, token_permissions
from pointsys.core.accounts.separation import clash, is_separated, posts_of
from pointsys.core.activity_log.by_hand import UNDO_FOR
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.pages import MenuItem
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.site import current_site
from pointsys.core.tokens.services import grantable
from pointsys.kit.intervals import format_hours
from pointsys.kit.problems import Problem
from pointsys.language import LANGUAGES, choose_language, say
from pointsys.web.access import current_actor, current_path, may, sees
from pointsys.web.actor_names import actor_name, render_with_names
from pointsys.web.events import event_title, result_title
from pointsys.web.idempotent import idempotency_field
from pointsys.web.lists import url_with
from pointsys.web.logging_json import request_id
from pointsys.web.menu import Section, area_menu, note_failures
from pointsys.web.own_pages import own_pages

LETTERS_COOKIE = "pointsys_big"
# 16, 20, 25 and 30 px.
LETTER_SIZES = ("0", "1", "2", "3")


class Frame:
    """The reader's surroundings; each part is looked up only when a template asks for it."""

    @property
    def actor(self) -> Actor:
        """Who reads."""
        return current_actor()

    @property
    def actor_name(self) -> str:
        """The reader's own name, or their login where none is known."""
        return str(g.get("actor_name") or current_actor().label)

    @property
    def has_notices(self) -> bool:
        """Whether the reader has not seen yet what was done to their account."""
        return bool(g.get("notices"))

    @property
    def signed_in(self) -> bool:
        """Whether somebody is signed in."""
        return current_actor().account_id is not None

    @property
    def may_have_tokens(self) -> bool:
        """Whether the reader has rights that a program could use in their name."""
        return bool(grantable(current_actor(), token_permissions(current_app)))

    @property
    def area(self) -> Area | None:
        """The area of the page, if it has one."""
        area: Area | None = g.get("area")
        return area

    @property
    def own_pages(self) -> list[MenuItem]:
        """Pages of plugins that the reader may open without an area, such as a unit's."""
        return own_pages()

    @property
    def path(self) -> list[tuple[Area, bool]]:
        """The areas from the root down to the page's, each with whether the reader may open it."""
        return [(area, may("areas.view", area)) for area in current_path()]

    @property
    def menu(self) -> list[Section]:
        """The area's menu."""
        return area_menu()

    @property
    def letters(self) -> int:
        """The size of letters the reader wants: 0 for the usual one, 1 to 3 for large ones."""
        chosen = request.cookies.get(LETTERS_COOKIE, "")
        return int(chosen) if chosen in LETTER_SIZES else 0

    @property
    def plain_http(self) -> bool:
        """Whether pages travel unencrypted, which a banner says."""
        return bool(current_app.config["POINTSYS"].allow_plain_http) and not _on_this_machine()

    @property
    def demo(self) -> bool:
        """Whether the people and activities shown are invented, which a banner says."""
        return bool(current_app.config["POINTSYS"].demo)

    @property
    def outside(self) -> bool:
        """Whether the reader's posts of an administrator do not count because of where the request comes from."""
        return bool(g.get("outside", False))

    @property
    def unseparated(self) -> bool:
        """Whether an administrator is to be told that somebody holds more than one person may.

        Known from the reader's own roles if they are the one; another administrator's page asks once.
        """
        if not posts_of(current_actor()):
            return False
        if clash(grant.role for grant in current_actor().grants):
            return True
        if "unseparated" not in g:
            g.unseparated = not is_separated(db.session())
        return bool(g.unseparated)

    @property
    def print_mark(self) -> str:
        """The line on paper that says who printed it, when, and the number of the request in the log."""
        login = current_actor().label
        return str(
            gettext(
                "Printed by %(who)s on %(at)s, no. %(number)s. For work only.",
                who=login if self.actor_name == login else f"{self.actor_name} ({login})",
                at=current_site().local(current_site().now()).strftime("%Y-%m-%d %H:%M"),
                number=request_id(),
            )
        )

    @property
    def languages(self) -> Mapping[str, str]:
        """Language code -> its own name."""
        return LANGUAGES

    @property
    def language(self) -> str:
        """The language of this page."""
        return choose_language()

    @property
    def language_tag(self) -> str:
        """The same for the lang attribute."""
        return {"zh_Hans_CN": "zh-Hans-CN"}.get(choose_language(), choose_language())


def _on_this_machine() -> bool:
    return request.host.partition(":")[0] in ("localhost", "127.0.0.1") or request.host.startswith("[::1]")


@lru_cache(maxsize=256)
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def asset(filename: str, endpoint: str = "static") -> str:
    """The address of a static file, with a digest of its content, so that browsers keep it until it changes."""
    if endpoint == "static":
        folder = current_app.static_folder
    else:
        folder = current_app.blueprints[endpoint.rpartition(".")[0]].static_folder
    path = Path(folder or "") / filename
    return url_for(endpoint, filename=filename, v=_digest(str(path)) if path.is_file() else None)


def page_url(endpoint: str, **values: Any) -> str:
    """The address of a page, or "" where this site has no such page: cards and menus then show no link."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def show(template: str, status: int = 200, /, **context: Any) -> tuple[str, int]:
    """Render a page. Every view ends in this, so that failures of plugins' page hooks are written down."""
    html = render_with_names(lambda: render_template(template, **context))
    note_failures()
    return html, status


def flash_done(message: str, **params: object) -> None:
    """Tell the reader on their next page what was done; ``message`` is an English catalog text."""
    flash(gettext(message, **params) if params else gettext(message), "success")


@contextmanager
def flash_outcome(done: str, **params: object) -> Iterator[None]:
    """Tell the reader on their next page how the act inside went: ``done``, or why it was refused (a Problem)."""
    try:
        yield
    except Problem as problem:
        flash_problem(problem)
    else:
        flash_done(done, **params)


def flash_undo(message: str, url: str, at: datetime, fields: Mapping[str, str], **params: object) -> None:
    """Offer on the reader's next page to take back what was done at ``at``, until 30 seconds after it.

    The button posts ``fields`` to ``url``, which asks ``undo_recorded`` or refuses kindly by itself.
    """
    text = gettext(message, **params) if params else gettext(message)
    offer = {"text": text, "url": url, "fields": dict(fields), "until": (at + UNDO_FOR).isoformat()}
    flash(json.dumps(offer), "undo")


def undo_offers() -> list[dict[str, Any]]:
    """The offers of this page that still hold, each with the whole seconds left."""
    now = current_site().now()
    offers = []
    for text in get_flashed_messages(category_filter=["undo"]):
        offer: dict[str, Any] = json.loads(str(text))
        left = (datetime.fromisoformat(offer["until"]) - now).total_seconds()
        if left > 0:
            offers.append({**offer, "seconds": math.ceil(left)})
    return offers


def forget_draft(name: str) -> None:
    """Let the reader's device forget the draft of a form: what it held is recorded now."""
    flash(name, "draft")


def flash_problem(problem: Problem) -> None:
    """Tell the reader on their next page why something was refused."""
    note_refusal(problem)
    flash(say(problem), "danger")


def role_title(role: str) -> str:
    """The name of a role in the reader's language."""
    return str(gettext(ROLE_TITLES[role])) if role in ROLE_TITLES else role


def init_frame(app: Flask) -> None:
    """Give templates their globals and filters."""
    frame = Frame()
    app.jinja_env.globals.update(
        frame=frame, asset=asset, page_url=page_url, url_with=url_with, may=may, sees=sees,
        idempotency_field=idempotency_field, undo_offers=undo_offers,
        role_title=role_title, event_title=event_title, result_title=result_title,
    )  # fmt: skip
    app.jinja_env.filters["local_time"] = lambda t: (
        current_site().local(t).strftime("%Y-%m-%d %H:%M") if t else ""
    )
    app.jinja_env.filters["clock"] = lambda t: current_site().local(t).strftime("%H:%M") if t else ""
    app.jinja_env.filters["day"] = lambda d: d.isoformat() if d else ""
    app.jinja_env.filters["hours"] = format_hours
    app.jinja_env.filters["say"] = say
    app.jinja_env.filters["actor_name"] = actor_name
    app.jinja_env.filters["tr"] = lambda text: gettext(text) if text else ""
    app.jinja_env.filters["tr_items"] = lambda texts: [(key, gettext(text)) for key, text in texts.items()]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
