"""A site with the example plugin switched on in one place, and what is done there, for the tests of hooks."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import insert

from pointsys.core.activity_log.planning import Plan, plan_activity
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import Browser, World
from tests.core import example_hooks
from tests.factories import make_draft


def switch_on(world: World, plugin: str) -> None:
    with unit_of_work() as session:
        switch_plugin(session, session.get_one(Area, world.areas["happy"]), plugin, True, SYSTEM)


def take_part(world: World, place: str = "grid1", *, confirm: bool = True, **kwargs: Any) -> int:
    """Record an entry of the person who belongs to ``place``; returns its id."""
    with unit_of_work() as session:
        area = session.get_one(Area, world.areas["happy"])
        draft = make_draft(session, area, session.get_one(Person, world.person_ids[place]), **kwargs)
        return record(session, area, [draft], SYSTEM, "test", confirm=confirm)[0].entry_id


def card_texts(page: Any) -> dict[str, str]:
    return {
        card.select_one(".number-title").get_text(strip=True): card.get_text(" ", strip=True)
        for card in page.select(".number-card")
    }


def preview(browser: Browser, on: World) -> str:
    """What the form for recording shows for two ticked people, before anything is stored."""
    form = {
        "kind": "volunteer_service",
        "title": "清洁家园",
        "day": "2026-07-09",
        "start": "09:00",
        "end": "11:00",
    }
    people = [on.people["grid1"], on.people["grid2"]]
    answer = browser.post(f"/a/{on.codes['happy']}/log/new/people", {**form, "person": people})
    assert answer.status_code == 200
    return answer.text


def planned(app: Flask, on: World) -> int:
    """An activity of the place where the plugin is on; two people have vests, one too small and one large."""
    vests = [("grid1", "XS"), ("grid2", "XL")]
    with app.app_context(), unit_of_work() as session:
        happy = session.get_one(Area, on.areas["happy"])
        values = [{"person_id": on.person_ids[place], "size": size} for place, size in vests]
        session.execute(insert(example_hooks.VESTS), values)
        draft = make_draft(session, happy, session.get_one(Person, on.person_ids["grid1"]))
        plan = Plan(draft.starts_at, draft.ends_at)
        return plan_activity(session, happy, draft.kind_id, draft.title, draft.local_date, plan, SYSTEM).id
