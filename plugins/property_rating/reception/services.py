"""Reception days and their items: publishing a day, calling it off, logging what people bring, solving, asking again.

Whoever says that something is solved does not ask the resident whether it is: somebody else does. Only what was
asked again and found solved counts (``rates``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Conflict,
    Person,
    Problem,
    Refused,
    audit,
    clean_text,
    current_site,
    who_acts,
)

from ..registry.estates import need_open
from ..registry.models import PropertyEstate
from ..registry.queries import accounts_of_company, company_on
from .models import (
    CONFIRMED,
    DENIED,
    LOGGED,
    OPEN,
    SOLVED,
    UNSOLVED,
    PropertyReception,
    PropertyReceptionItem,
    PropertyReceptionStep,
)

LONGEST_PLACE, LONGEST_MANAGER, LONGEST_TEXT, LONGEST_NOTE, LONGEST_REASON = 100, 40, 500, 300, 200
# How far ahead a day is published, and how long after it items are still logged.
FARTHEST, LATE = timedelta(days=366), timedelta(days=31)
# A promise farther away than this is none.
LONGEST_PROMISE = timedelta(days=366)


@dataclass(frozen=True)
class ReceptionData:
    """A day with its local times, the place, and who receives."""

    on_date: date
    starts: time
    ends: time
    place: str
    manager: str


def publish(session: Session, estate: PropertyEstate, data: ReceptionData, actor: Actor) -> PropertyReception:
    """Publish a reception day of an estate; it stands on the area's public page from now on.

    Raises Problem bad_times, bad_day, bad_place or bad_manager, Conflict estate_closed, no_company or day_taken.
    """
    place, manager = clean_text(data.place), clean_text(data.manager)
    today = current_site().today()
    if data.ends <= data.starts:
        raise Problem("bad_times", N_("It ends after it starts."), field="ends")
    if not today - LATE <= data.on_date <= today + FARTHEST:
        raise Problem("bad_day", N_("Choose a day from one month ago to one year ahead."), field="on_date")
    if not 1 <= len(place) <= LONGEST_PLACE:
        raise Problem("bad_place", N_("Say where people find the manager."), field="place")
    if not 1 <= len(manager) <= LONGEST_MANAGER:
        raise Problem("bad_manager", N_("Say who receives."), field="manager")
    session.refresh(estate, with_for_update=True)
    need_open(estate)
    company_id = company_on(session, [estate.id], data.on_date).get(estate.id)
    if company_id is None:
        raise Conflict(
            "no_company", N_("No company manages this estate on that day: enter its contract first."),
            field="on_date",
        )  # fmt: skip
    same = select(PropertyReception.id).where(
        PropertyReception.estate_id == estate.id, PropertyReception.on_date == data.on_date,
        PropertyReception.starts == data.starts,
    )  # fmt: skip
    if session.scalar(same) is not None:
        raise Conflict(
            "day_taken", N_("A reception of this estate starts at that time already."), field="starts"
        )
    made = PropertyReception(
        estate_id=estate.id, company_id=company_id, on_date=data.on_date, starts=data.starts,
        ends=data.ends, place=place, manager=manager, created_at=current_site().now(),
        created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.reception_published", "property_reception", made.public_id,
        area_id=estate.area_id,
        after={"estate": estate.public_id, "on": data.on_date.isoformat(), "place": place},
    )  # fmt: skip
    return made


def call_off(
    session: Session, estate: PropertyEstate, reception: PropertyReception, reason: str, actor: Actor
) -> None:
    """Call a day off; the public page says so with the reason.

    Raises Problem reason_required, Conflict bad_state once it is called off or something was logged.
    """
    kept = clean_text(reason)[:LONGEST_REASON]
    if not kept:
        raise Problem("reason_required", N_("Give the reason."), field="reason")
    if reception.called_off_at is not None or reception.items:
        raise Conflict("bad_state", N_("This reception was called off or has been held already."))
    reception.called_off_at, reception.called_off_reason = current_site().now(), kept
    audit.write(
        session, actor, "property.reception_called_off", "property_reception", reception.public_id,
        area_id=estate.area_id, after={"reason": kept},
    )  # fmt: skip


def log_item(
    session: Session,
    estate: PropertyEstate,
    reception: PropertyReception,
    text: str,
    promised_on: date,
    person: Person | None,
    actor: Actor,
) -> PropertyReceptionItem:
    """Note what somebody brought, and the day that was promised; the row of the reception is locked by the caller.

    Raises Problem bad_text or bad_promise, Conflict bad_state.
    """
    kept, today = clean_text(text), current_site().today()
    if not 1 <= len(kept) <= LONGEST_TEXT:
        raise Problem(
            "bad_text", N_("Say what it is about, in at most %(most)s characters."), field="text",
            most=LONGEST_TEXT,
        )  # fmt: skip
    if reception.called_off_at is not None or not reception.on_date <= today <= reception.on_date + LATE:
        raise Conflict("bad_state", N_("Items are logged on the day of the reception or within a month."))
    if not reception.on_date <= promised_on <= reception.on_date + LONGEST_PROMISE:
        raise Problem(
            "bad_promise", N_("The promised day comes within a year after the reception."),
            field="promised_on",
        )  # fmt: skip
    reception.items += 1
    site = current_site()
    item = PropertyReceptionItem(
        reception_id=reception.id, no=reception.items, person_id=person.id if person else None, text=kept,
        promised_on=promised_on, logged_at=site.now(), logged_by=actor.label,
        logged_by_account=actor.account_id,
    )  # fmt: skip
    session.add(item)
    session.flush()
    _step(session, estate, item, LOGGED, "", actor)
    return item


def handle(
    session: Session, estate: PropertyEstate, item: PropertyReceptionItem, state: str, note: str, actor: Actor
) -> None:
    """Say that an item is solved, or that it cannot be solved (with words).

    Raises Problem bad_outcome or reason_required, Conflict bad_state once somebody asked again and found it solved.
    """
    kept = clean_text(note)[:LONGEST_NOTE]
    if state not in (SOLVED, UNSOLVED):
        raise Problem("bad_outcome", N_("Say whether it is solved or cannot be solved."), field="state")
    if state == UNSOLVED and not kept:
        raise Problem("reason_required", N_("Say why it cannot be solved."), field="note")
    if item.revisit == CONFIRMED or item.state == state:
        raise Conflict("bad_state", N_("This item says so already."))
    item.state, item.revisit, item.revisited_on = state, "", None
    item.handled_on, item.handled_by = current_site().today(), actor.label
    item.handled_by_account = actor.account_id
    _step(session, estate, item, state, kept, actor)


def result_given(result: str) -> bool:
    """Whether the resident agrees, from "confirmed" or "denied"; raises Problem bad_outcome."""
    if result not in (CONFIRMED, DENIED):
        raise Problem("bad_outcome", N_("Say whether the resident agrees."), field="result")
    return result == CONFIRMED


def revisit(
    session: Session,
    estate: PropertyEstate,
    item: PropertyReceptionItem,
    confirmed: bool,
    note: str,
    actor: Actor,
) -> None:
    """Note what the resident said when asked again; "not solved" opens the item again.

    Raises Conflict bad_state, Refused self_verify for whoever said that it is solved or acts for the company, Problem
    reason_required.
    """
    kept = clean_text(note)[:LONGEST_NOTE]
    if item.state != SOLVED or item.revisit == CONFIRMED:
        raise Conflict("bad_state", N_("Only what is called solved is asked about again, once."))
    if not actor.unrestricted and _had_a_hand(session, item, actor):
        raise Refused("self_verify", N_("Somebody else asks again than who said that it is solved."))
    if not confirmed and not kept:
        raise Problem("reason_required", N_("Say what is still to be done."), field="note")
    item.revisit, item.revisited_on = CONFIRMED if confirmed else DENIED, current_site().today()
    if not confirmed:
        item.state = OPEN
    _step(session, estate, item, item.revisit, kept, actor)


def _had_a_hand(session: Session, item: PropertyReceptionItem, actor: Actor) -> bool:
    """Whether who acts said that it is solved, or acts for the company, by whichever of their accounts."""
    who = who_acts(session, actor)
    company_id = session.get_one(PropertyReception, item.reception_id).company_id
    linked = accounts_of_company(session, company_id, current_site().today())
    return who.did(item.handled_by_account, item.handled_by) or bool(linked & who.accounts)


_EVENTS = {
    LOGGED: "property.item_logged",
    SOLVED: "property.item_solved",
    UNSOLVED: "property.item_unsolved",
    CONFIRMED: "property.item_confirmed",
    DENIED: "property.item_denied",
}


def _step(
    session: Session,
    estate: PropertyEstate,
    item: PropertyReceptionItem,
    action: str,
    note: str,
    actor: Actor,
) -> None:
    session.add(
        PropertyReceptionStep(
            item_id=item.id,
            action=action,
            note=note,
            actor=actor.label,
            account_id=actor.account_id,
            at=current_site().now(),
        )
    )
    session.flush()
    audit.write(
        session, actor, _EVENTS[action], "property_reception_item", item.public_id, area_id=estate.area_id,
        after={"state": item.state, "revisit": item.revisit},
    )  # fmt: skip
