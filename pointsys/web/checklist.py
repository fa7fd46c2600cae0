"""The first things to do in a new area, ticked by what the data says, until all are done or it is put away.

``fact_columns`` travel with the workbench's own statement, which shows what it returns with ``wizard/_checklist.html``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, exists, select
from werkzeug.wrappers import Response

from pointsys.core.areas.models import Area, AreaClosure, subtree
from pointsys.core.backup import BACKUP_AT
from pointsys.core.figures import ever_columns
from pointsys.core.publicity.models import Publicity
from pointsys.core.settings import AreaSetting, set_setting
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import N_
from pointsys.web.access import area_scope, current_actor, current_area, may, require_again
from pointsys.web.frame import flash_done, page_url

blueprint = Blueprint("checklist", __name__)

PUT_AWAY = "site.checklist_put_away"


@dataclass(frozen=True)
class Item:
    """One line: ``href`` leads to the page that does it, "" where it is done elsewhere."""

    title: str
    done: bool
    href: str
    hint: str = ""


@dataclass(frozen=True)
class Checklist:
    """What is left to do for this reader; never all done."""

    items: list[Item]
    may_put_away: bool

    @property
    def done(self) -> int:
        """How many are ticked."""
        return sum(item.done for item in self.items)


@dataclass(frozen=True)
class _Facts:
    put_away: bool
    areas: bool
    people: bool
    entries: bool
    confirmed: bool
    notices: bool
    backup: bool


def fact_columns(area: Area) -> tuple[ColumnElement[bool], ...]:
    """What the list is ticked by, as columns for a statement that asks for more; none where all is invented."""
    if current_app.config["POINTSYS"].demo:
        return ()
    inside = subtree(area.id)
    return (
        _setting(area, PUT_AWAY),
        exists().where(Area.parent_id == area.id),
        *ever_columns(area),
        exists().where(Publicity.area_id.in_(inside)),
        _setting(area, BACKUP_AT),
    )


def checklist(area: Area, facts: Sequence[object]) -> Checklist | None:
    """What the reader has still to do in ``area`` by its ``fact_columns``; None when nothing is left or put away."""
    if not facts:
        return None
    items = _items(area, _Facts(*(bool(value) for value in facts)))
    if items is None or not items or all(item.done for item in items):
        return None
    return Checklist(items, may("log.record"))


def _setting(area: Area, key: str) -> ColumnElement[bool]:
    above = select(AreaClosure.ancestor_id).where(AreaClosure.descendant_id == area.id)
    return exists().where(AreaSetting.key == key, AreaSetting.area_id.in_(above))


def _items(area: Area, facts: _Facts) -> list[Item] | None:
    """The lines that the reader can do something about; None when the list was put away."""
    if facts.put_away:
        return None
    code = area.code
    items = []
    if may("areas.edit") and area.level != "grid":
        items.append(Item(gettext("List the areas below"), facts.areas, url_for("tree.add", code=code)))
    if may("people.import"):
        items.append(
            Item(gettext("Bring in the first people"), facts.people, page_url("imports.start", code=code))
        )
    if may("log.record"):
        record = page_url("quick.new", code=code) or page_url("log_new.new", code=code)
        items.append(Item(gettext("Record the first activity"), facts.entries, record))
    if may("log.decide"):
        log = url_for("log.entries", code=code, status="pending" if facts.entries else None)
        items.append(Item(gettext("See the first hours and points count"), facts.confirmed, log))
    if may("publicity.publish"):
        notices = page_url("publicity.index", code=code)
        items.append(Item(gettext("Publish and print the first notice"), facts.notices, notices))
    if may("settings.edit") and area.parent_id is None:
        hint = gettext("On the server: pointsys backup FILE")
        items.append(Item(gettext("Make a backup"), facts.backup, "", hint))
    return items


@blueprint.post("/a/<code>/checklist")
@area_scope("log.record")
def put_away(code: str) -> Response:
    """Take the list off the workbench of the area and those below, done or not."""
    area_id = current_area().id
    with unit_of_work(drain=False) as session:
        require_again(session, "log.record", area_id)
        set_setting(session, session.get_one(Area, area_id), PUT_AWAY, True, current_actor())
    flash_done(N_("The list of first steps is put away."))
    return redirect(url_for("areas.overview", code=code), 303)
