"""What plugins put on pages of the core: cards and panels, with a labelled gap where a plugin failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pointsys.core.areas.models import Area
from pointsys.core.host import Answer
from pointsys.core.pages import Card, CountedCards, Panel, PublicBlock
from pointsys.core.pending import quarantined
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.switches import enabled_in
from pointsys.core.unit_of_work import give_up_reading
from pointsys.kit.months import MonthSpan
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
    """Cards of the area's plugins for its overview, each plugin's in one slot."""
    area, actor, host = current_area(), current_actor(), current_site().host
    cards = host.call_each("dashboard_cards", live_plugins(), session=session, area=area, actor=actor)
    counts = host.call_each("dashboard_counts", live_plugins(), area=area, actor=actor)
    slots: dict[str, Slot] = {}
    for hook, answers in (("dashboard_cards", cards), ("dashboard_counts", _counted(session, counts))):
        for answer in answers:
            name = answer.info.name
            before = slots.get(name, Slot(str(gettext(answer.info.title))))
            failed = before.failed or answer.error is not None
            slots[name] = Slot(before.plugin, [*before.parts, *(answer.value or ())], failed)
            if answer.error is not None:
                failed_hook(name, hook, answer.error)
    ordered = sorted(slots, key=lambda name: (host.plugins[name].order, name))
    return _shown([slots[name] for name in ordered], area.code)


def _counted(session: Session, answers: list[Answer]) -> list[Answer]:
    """Answers with the cards that the counts make, all counted in one statement.

    Where the database refuses that statement they are asked plugin by plugin, so that one bad count is one gap.
    """
    try:
        numbers = _numbers(session, [item for answer in answers for item in answer.value or ()])
    except DBAPIError:
        give_up_reading(session)
        return [_counted_alone(session, answer) for answer in answers]
    rows = iter(numbers)
    # Each takes its own numbers, also one whose cards fail.
    taken = [[(item, next(rows)) for item in answer.value or ()] for answer in answers]
    return [_made(answer, pairs) for answer, pairs in zip(answers, taken, strict=True)]


def _counted_alone(session: Session, answer: Answer) -> Answer:
    items: Sequence[CountedCards] = answer.value or ()
    try:
        return _made(answer, list(zip(items, _numbers(session, items), strict=True)))
    except DBAPIError as error:
        give_up_reading(session)
        return Answer(answer.info, error=error)


def _numbers(session: Session, items: Sequence[CountedCards]) -> list[Sequence[Any]]:
    """What each item counts, asked in one statement."""
    columns = [count for item in items for count in item.counts]
    found = iter(session.execute(select(*columns)).one() if columns else ())
    return [[next(found) for _count in item.counts] for item in items]


def _made(answer: Answer, pairs: Sequence[tuple[CountedCards, Sequence[Any]]]) -> Answer:
    try:
        return Answer(
            answer.info, [card for item, found in pairs for card in item.cards(found)], answer.error
        )
    except Exception as error:  # noqa: BLE001  (what a plugin makes of its numbers is as foreign as its hook)
        return Answer(answer.info, error=error)


def report_sections(session: Session, month: str) -> list[Slot]:
    """Sections of the area's plugins for its report of a month, those that the reader may see."""
    answers = current_site().host.call_each(
        "report_sections", live_plugins(), session=session, area=current_area(), month=month
    )
    return _permitted(_slots(answers, "report_sections"))


def figures(session: Session, period: MonthSpan) -> list[Slot]:
    """Pictures of the area's plugins, those that the reader may see."""
    answers = current_site().host.call_each(
        "figures", live_plugins(), session=session, area=current_area(), period=period, actor=current_actor()
    )
    return _permitted(_slots(answers, "figures"))


def _permitted(slots: list[Slot]) -> list[Slot]:
    """The parts whose permission the reader has; a plugin without any is left out unless it failed."""
    kept = [
        Slot(slot.plugin, [p for p in slot.parts if not p.permission or may(p.permission)], slot.failed)
        for slot in slots
    ]
    return [slot for slot in kept if slot.parts or slot.failed]


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


def public_blocks(session: Session, area: Area) -> list[ShownPanel]:
    """Blocks of an area's public page; one that fails is noted and left out, as strangers can do nothing about it."""
    on: Collection[str] = enabled_in(session, area.id) - quarantined(session)
    blocks = []
    for answer in current_site().host.call_each("public_blocks", on, session=session, area=area):
        found: list[PublicBlock] = answer.value or []
        error = answer.error
        try:
            blocks += [ShownPanel(b.title, Markup(render_template(b.template, **b.context))) for b in found]  # noqa: S704
        except Exception as failure:  # noqa: BLE001  (a plugin's template is as foreign as its hook)
            error = failure
        if error is not None:
            failed_hook(answer.info.name, "public_blocks", error)
    return blocks


def member_cards(session: Session, person: Person) -> list[Slot]:
    """Cards for one's own page, from the plugins that are on where the person belongs."""
    on: Collection[str] = enabled_in(session, person.area_id) - quarantined(session)
    answers = current_site().host.call_each("member_cards", on, session=session, person=person)
    return _shown(_slots(answers, "member_cards"), None)
