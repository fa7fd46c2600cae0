"""Measures: a talk, a repair, another manager. Asked for with a day, reported done, and looked at by somebody else."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    Conflict,
    Problem,
    Refused,
    audit,
    clean_text,
    current_site,
    subtree,
    who_acts,
)

from ..registry.models import PropertyCompany, PropertyEstate
from .following import RECTIFIED
from .items import refuse_own
from .models import (
    CANCELLED,
    DONE,
    MEASURES,
    OPEN,
    RECTIFY,
    REPORTED,
    PropertyCreditItem,
    PropertyListing,
    PropertyMeasure,
)

LONGEST_DELAY = timedelta(days=366)
LONGEST = 500
LONGEST_REPORT = 1000


def ask(
    session: Session,
    area: Area,
    company: PropertyCompany,
    estate: PropertyEstate | None,
    kind: str,
    what: str,
    due_on: date,
    actor: Actor,
) -> PropertyMeasure:
    """Ask a company for something by a day; raises Problem bad_kind, bad_text or bad_date, Refused own_company."""
    refuse_own(session, actor, company.id)
    if kind not in MEASURES:
        raise Problem("bad_kind", N_("Choose what is to be done."), field="kind")
    words, today = clean_text(what), current_site().today()
    if not 1 <= len(words) <= LONGEST:
        raise Problem(
            "bad_text", N_("Say in 1 to %(most)s characters what is to be done."), field="what", most=LONGEST
        )
    if not today <= due_on <= today + LONGEST_DELAY:
        raise Problem("bad_date", N_("Give a day from today on, within a year."), field="due_on")
    row = PropertyMeasure(
        area_id=area.id, company_id=company.id, estate_id=estate.id if estate else None, kind=kind, what=words,
        due_on=due_on, created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "property.measure_asked", actor, after={"kind": kind, "due": due_on.isoformat()})
    return row


def measure_below(session: Session, area_id: int, public_id: str) -> PropertyMeasure | None:
    """A measure of an area or below, locked and read anew; None where there is none."""
    return session.scalar(_held(public_id).where(PropertyMeasure.area_id.in_(subtree(area_id))))


def measure_of_companies(session: Session, company_ids: list[int], public_id: str) -> PropertyMeasure | None:
    """A measure of one of these companies, locked and read anew; None where there is none."""
    return session.scalar(_held(public_id).where(PropertyMeasure.company_id.in_(company_ids)))


def _held(public_id: str) -> Select[PropertyMeasure]:
    query = select(PropertyMeasure).where(PropertyMeasure.public_id == public_id)
    return query.with_for_update().execution_options(populate_existing=True)


def report(session: Session, row: PropertyMeasure, words: str, actor: Actor) -> None:
    """Say that it is done, and how; by staff or by the company. Raises Conflict bad_state, Problem bad_text."""
    _expect(row, OPEN)
    told = clean_text(words)
    if not told or len(told) > LONGEST_REPORT:
        raise Problem(
            "bad_text",
            N_("Say what was done, in at most %(most)s characters."),
            field="report",
            most=LONGEST_REPORT,
        )
    row.state, row.report, row.reported_on = REPORTED, told, current_site().today()
    row.reported_by, row.reported_by_account = actor.label, actor.account_id
    session.flush()
    _note(session, row, "property.measure_reported", actor)


def check(session: Session, row: PropertyMeasure, done: bool, finding: str, actor: Actor) -> None:
    """Look at what was reported: done, or open again with what is missing.

    A repair of a black listing that was reported by its last day takes the points back. Raises Conflict bad_state,
    Refused self_verify for whoever reported it or acts for the company, Problem reason_required.
    """
    _expect(row, REPORTED)
    if not actor.unrestricted and row.reported_by_account in who_acts(session, actor).accounts:
        raise Refused("self_verify", N_("Somebody else looks at it than who reported it done."))
    refuse_own(session, actor, row.company_id)
    words = clean_text(finding)
    if len(words) > LONGEST or (not done and not words):
        raise Problem("reason_required", N_("Say in a few words what is missing."), field="finding")
    row.finding, row.checked_by, row.checked_on = words, actor.label, current_site().today()
    row.state = DONE if done else OPEN
    session.flush()
    _note(session, row, "property.measure_done" if done else "property.measure_returned", actor)
    if done and row.kind == RECTIFY and row.listing_id is not None:
        _repaired(session, row, actor)


def _repaired(session: Session, row: PropertyMeasure, actor: Actor) -> None:
    listing = session.get_one(PropertyListing, row.listing_id)
    listing.rectified_on = row.reported_on
    in_time = (
        listing.rectify_by is not None
        and row.reported_on is not None
        and row.reported_on <= listing.rectify_by
    )
    item = session.scalar(
        select(PropertyCreditItem).where(
            PropertyCreditItem.listing_id == listing.id, PropertyCreditItem.voided_at.is_(None)
        )
    )
    if in_time and item is not None:
        item.voided_at, item.voided_by, item.void_reason = current_site().now(), actor.label, RECTIFIED
    session.flush()


def cancel(session: Session, row: PropertyMeasure, reason: str, actor: Actor) -> None:
    """Ask for it no more; raises Conflict bad_state, Problem reason_required, Refused own_company."""
    _expect(row, OPEN, REPORTED)
    refuse_own(session, actor, row.company_id)
    words = clean_text(reason)
    if not words or len(words) > LONGEST:
        raise Problem("reason_required", N_("Say in a few words why."), field="reason")
    row.state, row.finding = CANCELLED, words
    session.flush()
    _note(session, row, "property.measure_cancelled", actor)


def _expect(row: PropertyMeasure, *states: str) -> None:
    if row.state not in states:
        raise Conflict("bad_state", N_("Somebody moved this on already: look at it again."))


def _note(
    session: Session, row: PropertyMeasure, event: str, actor: Actor, after: dict[str, object] | None = None
) -> None:
    audit.write(
        session, actor, event, "property_measure", row.public_id, area_id=row.area_id,
        after=after or {"state": row.state},
    )  # fmt: skip
