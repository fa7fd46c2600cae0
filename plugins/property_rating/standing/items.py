"""Entering and voiding credit items."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
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
from ..registry.queries import accounts_of_company
from ..schemes.numbers import exact, plain
from .models import BASE, LISTED, MANUAL, PropertyCreditItem

EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
MOST_POINTS = 1000
LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """An item to be entered: good points are positive, bad ones negative; a ``base`` is a score of its own."""

    title: str
    points: object
    from_on: date
    to_on: date | None = None
    document_no: str = ""
    serious: bool = False
    base: bool = False


def refuse_own(session: Session, actor: Actor, company_id: int) -> None:
    """Nobody keeps the file of a company that they act for, by whichever of their accounts; Refused own_company."""
    if actor.unrestricted:
        return
    linked = accounts_of_company(session, company_id, current_site().today())
    if linked & who_acts(session, actor).accounts:
        raise Refused("own_company", N_("You act for this company: somebody else keeps its file."))


def add(
    session: Session,
    area: Area,
    company: PropertyCompany,
    estate: PropertyEstate | None,
    entry: Entry,
    actor: Actor,
) -> PropertyCreditItem:
    """Enter an item.

    Raises Problem bad_points, bad_title, bad_text, bad_date or document_needed, Refused own_company.
    """
    refuse_own(session, actor, company.id)
    title, document_no = clean_text(entry.title), clean_text(entry.document_no)
    if not 1 <= len(title) <= LONGEST:
        raise Problem(
            "bad_title", N_("Say in 1 to %(most)s characters what it is for."), field="title", most=LONGEST
        )
    if len(document_no) > 60:
        raise Problem("bad_text", N_("The document number is too long."), field="document_no")
    points = _points(entry)
    if (points.startswith("-") or entry.serious) and not document_no:
        message = N_("Whoever takes points off names the document on which that rests.")
        raise Problem("document_needed", message, field="document_no")
    if not EARLIEST <= entry.from_on <= LATEST:
        raise Problem("bad_date", N_("Give a date as 2026-03-07."), field="from_on")
    if entry.to_on is not None and not entry.from_on < entry.to_on <= LATEST:
        raise Problem(
            "bad_date",
            N_("The first day on which it counts no longer lies after its first day."),
            field="to_on",
        )
    row = PropertyCreditItem(
        area_id=area.id, company_id=company.id, estate_id=estate.id if estate else None,
        source=BASE if entry.base else MANUAL, title=title, points=points,
        serious=entry.serious and not entry.base, document_no=document_no, from_on=entry.from_on,
        to_on=None if entry.base else entry.to_on, created_at=current_site().now(), created_by=actor.label,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.write(
        session, actor, "property.credit_added", "property_credit_item", row.public_id, area_id=area.id,
        after={"company": company.public_id, "points": points, "from": row.from_on.isoformat()},
    )  # fmt: skip
    return row


def _points(entry: Entry) -> str:
    given = entry.points
    if isinstance(given, str):
        # Full-width digits and the long minus are what Chinese keyboards give.
        given = unicodedata.normalize("NFKC", given).replace("\u2212", "-")
    try:
        points = exact(given)
    except ValueError:
        points = None
    low = 0 if entry.base else -MOST_POINTS
    if (
        points is None
        or not low <= points <= MOST_POINTS
        or len(plain(points)) > 20
        or (not points and not entry.base)
    ):
        raise Problem("bad_points", N_("Write points as 2 or -1.5, at most 1000."), field="points")
    return plain(points)


def item_below(session: Session, area_id: int, company_id: int, public_id: str) -> PropertyCreditItem | None:
    """An item of a company that an area or one below it entered, locked; None where there is none."""
    return session.scalar(
        select(PropertyCreditItem)
        .where(
            PropertyCreditItem.public_id == public_id,
            PropertyCreditItem.company_id == company_id,
            PropertyCreditItem.area_id.in_(subtree(area_id)),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def void(session: Session, row: PropertyCreditItem, reason: str, actor: Actor) -> None:
    """Let an item count no longer, as if it had never been; raises Problem reason_required, Conflict bad_state.

    Points of a list follow its round and its repair, and are not voided by hand.
    """
    refuse_own(session, actor, row.company_id)
    if row.voided_at is not None:
        raise Conflict("bad_state", N_("This item is void already."))
    if row.source == LISTED:
        raise Conflict(
            "bad_state", N_("Points of a list follow its round: they end with a repair or a new round.")
        )
    words = clean_text(reason)
    if not words or len(words) > LONGEST:
        raise Problem("reason_required", N_("Say in a few words why."), field="reason")
    row.voided_at, row.voided_by, row.void_reason = current_site().now(), actor.label, words
    session.flush()
    audit.write(
        session, actor, "property.credit_voided", "property_credit_item", row.public_id, area_id=row.area_id,
        before={"points": row.points}, after={"reason": words},
    )  # fmt: skip
