"""What plugins put on pages of the core: cards and panels, with a labelled gap where a plugin failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from pointsys.core.host import Answer
from pointsys.core.pages import Card, Panel
from pointsys.core.pending import quarantined
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.web.access import current_actor, current_area, may
from pointsys.web.menu import failed_hook, live_plugins


@dataclass(frozen=True)
class Slot:
    """One plugin's part of a page; ``failed`` when its hook raised."""

    plugin: str
    parts: Sequence[Any] = ()
    failed: bool = False


@dataclass(frozen=True)
class ShownCard:
    """A card ready for the template."""

    card: Card
    href: str = ""


def _slots(answers: list[Answer], hook: str) -> list[Slot]:
    slots = []
    for answer in answers:
        title = str(gettext(answer.info.title))
        if answer.error is not None:
            failed_hook(answer.info.name, hook, answer.error)
            slots.append(Slot(title, failed=True))
        elif answer.value:
            slots.append(Slot(title, answer.value))
    return slots


def _shown(slots: list[Slot], code: str | None) -> list[Slot]:
    result = []
    for slot in slots:
        cards: list[Card] = [c for c in slot.parts if code is None or not c.permission or may(c.permission)]
        own: dict[str, Any] = {"code": code} if code is not None else {}
        shown = [
            ShownCard(c, url_for(c.endpoint, **{**own, **c.values}) if c.endpoint else "") for c in cards
        ]
        if shown or slot.failed:
            result.append(Slot(slot.plugin, shown, slot.failed))
    return result


def dashboard_cards(session: Session) -> list[Slot]:
    """Cards of the area's plugins for its overview."""
    area = current_area()
    answers = current_site().host.call_each(
        "dashboard_cards", live_plugins(), session=session, area=area, actor=current_actor()
    )
    return _shown(_slots(answers, "dashboard_cards"), area.code)


@dataclass(frozen=True)
class ShownPanel:
    """A panel with its finished HTML."""

    title: str
    html: Markup


def person_panels(session: Session, person: Person) -> list[Slot]:
    """Panels of the area's plugins for a person's page, each rendered by its plugin's own template."""
    answers = current_site().host.call_each(
        "person_panels", live_plugins(), session=session, person=person, area=current_area(), actor=current_actor()
    )  # fmt: skip
    rendered = []
    for answer in answers:
        panels: list[Panel] = answer.value or []
        try:
            parts = [ShownPanel(p.title, Markup(render_template(p.template, **p.context))) for p in panels]  # noqa: S704
            rendered.append(Answer(answer.info, parts, answer.error))
        except Exception as error:  # noqa: BLE001  (a plugin's template is as foreign as its hook)
            rendered.append(Answer(answer.info, error=error))
    return _slots(rendered, "person_panels")


def member_cards(session: Session, person: Person) -> list[Slot]:
    """Cards for one's own page, from the plugins that are on where the person belongs."""
    on: Collection[str] = enabled_in(session, person.area_id) - quarantined(session)
    answers = current_site().host.call_each("member_cards", on, session=session, person=person)
    return _shown(_slots(answers, "member_cards"), None)
