"""A sub-district with micro-wishes switched on and some on its wall."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from flask import Flask

from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.site import current_site
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from tests.browsers import World

from .hanging import campaign, claimed, hang, happened


@dataclass
class Wall:
    """Outside ids of what hangs on the wall, by a name."""

    wishes: dict[str, str] = field(default_factory=dict)
    theme: str = ""


@pytest.fixture
def wall(app: Flask, world: World) -> Wall:
    """One wish for each column of the board, one kept off the public wall, one returned."""
    made = Wall()
    with app.app_context(), unit_of_work(drain=False) as session:
        switch_plugin(session, session.get_one(Area, world.areas["street"]), "wish_wall", True, SYSTEM)
        now = current_site().now()
        grid, happy = world.areas["grid2"], world.areas["happy"]
        wisher, other = world.person_ids["grid2"], world.person_ids["happy"]
        theme = campaign(session, happy)
        made.theme = theme.public_id
        rows = {
            "new": hang(session, grid, wisher, 1, state="submitted", title="请打 13900139000", published_at=None),
            "lamp": hang(session, grid, wisher, 2, title="一盏台灯", amount=8050, campaign_id=theme.id),
            "hidden": hang(session, grid, wisher, 3, title="悄悄的心愿", hidden=True),
            "class": hang(session, grid, wisher, 4, title="学用手机", category="skill", slots=2, taken=1),
            "walk": hang(session, happy, other, 5, title="陪伴散步", category="company", state="claimed", taken=1),
            "brought": hang(session, grid, wisher, 6, title="修水龙头", category="service", state="claimed", taken=1),
            "done": hang(
                session, grid, wisher, 7, title="一副老花镜", state="realized", taken=1,
                ended_at=now - timedelta(days=1),
            ),
            "old": hang(session, grid, wisher, 8, title="很久以前", state="realized", taken=1,
                        ended_at=now - timedelta(days=100)),
            "returned": hang(session, grid, wisher, 9, title="退回的心愿", state="returned", published_at=None),
        }  # fmt: skip
        claimed(session, rows["class"], other, contacted_at=now)
        claimed(session, rows["walk"], wisher, contact_due=now - timedelta(hours=1))
        claimed(session, rows["brought"], other, "delivered", delivered_at=now, delivery_note="修好了")
        claimed(session, rows["done"], other, "confirmed", confirmed_at=now, rating=5, thanks="谢谢")
        happened(session, rows["returned"], "return", "请写具体一些")
        made.wishes = {key: row.public_id for key, row in rows.items()}
    return made
