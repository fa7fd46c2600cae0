"""Settings of an area: who confirms what was recorded, and from which numbers on somebody else has to look."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from pointsys.core.activity_log.deciders import deciders
from pointsys.core.activity_log.policy import (
    ALWAYS,
    BULK,
    KEYS,
    LIMITS,
    MODES,
    OFF,
    SECOND_PERSON,
    Rules,
    key_of,
)
from pointsys.core.activity_log.second_person import rules_in
from pointsys.core.areas.models import Area
from pointsys.core.settings import AreaSetting, clear_setting, set_setting
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.identity import normalise_text
from pointsys.kit.problems import N_, Problem
from pointsys.web.access import area_scope, current_actor, current_area, require_again
from pointsys.web.frame import flash_done, show
from pointsys.web.waiting import numbers_of

blueprint = Blueprint("settings", __name__)

View = Response | tuple[str, int]

POLICIES = {
    BULK: (
        N_("What is large, old or unusual waits for a second person"),
        N_("Usual. A few entries stand confirmed at once. Sheets wait, and what passes one of the numbers below."),
    ),
    ALWAYS: (
        N_("Everything waits for a second person"),
        N_("Strictest. Nobody confirms what they have recorded themselves."),
    ),
    OFF: (
        N_("Nothing waits for a second person"),
        N_("For very small teams. One's own participation still never confirms itself."),
    ),
}  # fmt: skip

# Name -> what it is called, what follows from it, and its unit.
NUMBERS = {
    "bulk_from": (
        N_("A list is long from"),
        N_("So many people of one activity recorded by one person, also if by halves."),
        N_("people"),
    ),
    "day_total": (
        N_("A day is long from"),
        N_("So many entries of one person in a day, over all activities and kinds: splitting a list does not help."),
        N_("entries"),
    ),
    "back_dated_days": (
        N_("It is old after"),
        N_("Entries recorded later than so many days after the event wait."),
        N_("days"),
    ),
    "high_minutes": (
        N_("Many hours are more than"),
        N_("For one participant on one day."),
        N_("hours"),
    ),
    "high_quantity": (
        N_("Much is more than"),
        N_("Shares, times and other units for one participant on one day."),
        N_("units"),
    ),
}  # fmt: skip


@blueprint.get("/a/<code>/settings")
@area_scope("settings.edit")
def index(code: str) -> View:
    """The settings that rule in the area."""
    with read_scope() as session:
        return _page(session, rules_in(session, current_area().id))


def _page(session: Session, rules: Rules, refused: Problem | None = None) -> View:
    area_id = current_area().id
    own = session.scalars(
        select(AreaSetting.key).where(AreaSetting.area_id == area_id, AreaSetting.key.in_(KEYS))
    ).all()
    typed = request.form if refused else {}
    shown = numbers_of(rules) | {"high_minutes": numbers_of(rules)["high_hours"]}
    return show(
        "log/settings.html",
        422 if refused else 200,
        policies=POLICIES,
        chosen=typed.get("second_person", rules.mode),
        numbers=NUMBERS,
        values={name: typed.get(name, shown[name]) for name in NUMBERS},
        own=bool(own),
        refused=refused,
        deciders=deciders(session, area_id),
    )


@blueprint.post("/a/<code>/settings")
@area_scope("settings.edit")
def save(code: str) -> View:
    """Set who may confirm, for the area and what lies below it; or follow the area above again."""
    area_id, actor = current_area().id, current_actor()
    try:
        with unit_of_work() as session:
            require_again(session, "settings.edit", area_id)
            area = session.get_one(Area, area_id)
            if request.form.get("act") == "follow":
                for key in KEYS:
                    clear_setting(session, area, key, actor)
            else:
                _set(session, area, rules_in(session, area_id))
    except Problem as problem:
        with read_scope() as session:
            return _page(session, rules_in(session, area_id), problem)
    flash_done(N_("The settings are kept."))
    return redirect(url_for("settings.index", code=code), 303)


def _set(session: Session, area: Area, before: Rules) -> None:
    """Keep what differs from the rules that stood ``before``; the rest goes on coming from above."""
    wanted, actor = _read(before), current_actor()
    if wanted.mode != before.mode:
        set_setting(session, area, SECOND_PERSON, wanted.mode, actor)
    for name in LIMITS:
        if getattr(wanted, name) != getattr(before, name):
            set_setting(session, area, key_of(name), getattr(wanted, name), actor)


def _read(rules: Rules) -> Rules:
    """The form over ``rules``; raises Problem unknown_choice or bad_number with its field."""
    mode = request.form.get("second_person", "")
    if mode not in MODES:
        raise Problem("unknown_choice", N_("Choose one of the values offered."), field="second_person")
    rules = replace(rules, mode=mode)
    for name, (low, high) in LIMITS.items():
        if name not in request.form:
            continue
        factor = 60 if name == "high_minutes" else 1
        try:
            value = Decimal(normalise_text(request.form[name])) * factor
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value != value.to_integral_value() or not low <= value <= high:
            raise Problem(
                "bad_number",
                N_("Write a number from %(low)s to %(high)s."),
                field=name,
                low=f"{Decimal(low) / factor:f}",
                high=f"{Decimal(high) / factor:f}",
            )
        rules = replace(rules, **{name: int(value)})  # type: ignore[arg-type]
    return rules
