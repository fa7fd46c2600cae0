"""Addresses of the acts on a list: below the area for staff, below /me for keepers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint

from pointsys.plugin import area_scope, signed_in

from . import views_acts as acts
from . import views_screen as screen
from .views_place import KEEP, Desk, area_desk, own_desk

Act = Callable[[Desk], Any]

READS: Mapping[str, tuple[str, Act]] = {
    "page": ("", acts.page),
    "screen": ("/screen", screen.screen),
    "screen_now": ("/screen/now", screen.screen_now),
    "poster": ("/poster", screen.poster),
}
WRITES: Mapping[str, tuple[str, Act]] = {
    "mark": ("/mark", acts.mark),
    "add": ("/people", acts.add),
    "everybody": ("/everybody", acts.everybody),
    "remove": ("/remove", acts.remove),
    "supply": ("/supply", acts.supply),
    "queued": ("/queued", screen.queued),
    "renew": ("/renew", screen.renew),
    "kiosk": ("/kiosk", screen.kiosk),
    "kiosk_end": ("/kiosk/end", screen.kiosk_end),
}


def add_desk(
    blueprint: Blueprint,
    prefix: str,
    declare: Callable[[Callable[..., Any]], Callable[..., Any]],
    desk_of: Callable[..., Desk],
) -> None:
    """Put every act on a list under ``prefix``; ``declare`` says who may."""
    for verb, views in (("GET", READS), ("POST", WRITES)):
        for name, (rule, act) in views.items():
            blueprint.add_url_rule(prefix + rule, name, declare(_view(act, desk_of)), methods=[verb])


def _view(act: Act, desk_of: Callable[..., Desk]) -> Callable[..., Any]:
    def view(**place: str) -> Any:
        return act(desk_of(**place))

    view.__doc__ = act.__doc__
    return view


def add_area_desk(blueprint: Blueprint) -> None:
    """The list in its area."""
    add_desk(blueprint, "/a/<code>/attendance/<sheet>", area_scope(KEEP), area_desk)


def add_own_desk(blueprint: Blueprint) -> None:
    """The list on a keeper's own page."""
    add_desk(blueprint, "/me/attendance/<sheet>", signed_in, own_desk)
