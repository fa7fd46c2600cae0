"""Who manages an estate for its company: one after the other, with dates, and why somebody was replaced."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Conflict, Problem, audit, clean_text, current_site

from .models import PropertyContract, PropertyEstate, PropertyManager
from .queries import company_on

LONGEST_NAME, LONGEST_REASON = 40, 200


def name_manager(
    session: Session, estate: PropertyEstate, name: str, from_on: date, actor: Actor
) -> PropertyManager:
    """Note who manages an estate from a day on; whoever did before leaves the day before.

    Raises Problem bad_name or bad_days, Conflict no_company.
    """
    kept = clean_text(name)
    if not 1 <= len(kept) <= LONGEST_NAME:
        raise Problem("bad_name", N_("Write the manager's name."), field="name")
    session.refresh(estate, with_for_update=True)
    company_id = company_on(session, [estate.id], from_on).get(estate.id)
    if company_id is None:
        raise Conflict(
            "no_company", N_("No company manages this estate on that day: enter its contract first.")
        )
    earlier = session.scalars(
        select(PropertyManager).where(
            PropertyManager.estate_id == estate.id,
            or_(PropertyManager.to_on.is_(None), PropertyManager.to_on >= from_on),
        )
    ).all()
    if any(one.from_on >= from_on for one in earlier):
        raise Problem("bad_days", N_("Somebody is named from that day on or later already."), field="from_on")
    for one in earlier:
        one.to_on = from_on - timedelta(days=1)
    made = PropertyManager(
        estate_id=estate.id, company_id=company_id, name=kept, from_on=from_on,
        created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.write(
        session, actor, "property.manager_named", "property_manager", made.public_id,
        area_id=estate.area_id, after={"estate": estate.public_id, "from": from_on.isoformat()},
    )  # fmt: skip
    return made


def manager_of(session: Session, estate: PropertyEstate, public_id: str) -> PropertyManager | None:
    """The manager of an estate with this outside id, locked; None where there is none."""
    return session.scalar(
        select(PropertyManager)
        .where(PropertyManager.public_id == public_id, PropertyManager.estate_id == estate.id)
        .with_for_update()
    )


def replace(session: Session, manager: PropertyManager, reason: str, actor: Actor) -> None:
    """End somebody's time as manager today, as a measure against the company or for another reason.

    Raises Problem reason_required, Conflict manager_ended.
    """
    kept = clean_text(reason)[:LONGEST_REASON]
    if not kept:
        raise Problem("reason_required", N_("Give the reason."), field="reason")
    today = current_site().today()
    if manager.ended_reason or (manager.to_on is not None and manager.to_on < today):
        raise Conflict("manager_ended", N_("This manager has left already."))
    manager.to_on, manager.ended_reason = max(manager.from_on, today), kept
    estate = session.get_one(PropertyEstate, manager.estate_id)
    audit.write(
        session, actor, "property.manager_replaced", "property_manager", manager.public_id,
        area_id=estate.area_id, after={"reason": kept, "to": manager.to_on.isoformat()},
    )  # fmt: skip


def end_of_contract(session: Session, contract: PropertyContract) -> None:
    """Managers of a contract's company leave its estate with its last day."""
    assert contract.to_on is not None
    session.execute(
        update(PropertyManager)
        .where(
            PropertyManager.estate_id == contract.estate_id,
            PropertyManager.company_id == contract.company_id,
            PropertyManager.from_on <= contract.to_on,
            func.coalesce(PropertyManager.to_on, date.max) > contract.to_on,
        )
        .values(to_on=contract.to_on)
    )
