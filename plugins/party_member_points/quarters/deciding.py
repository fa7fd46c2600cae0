"""Confirming a sheet after its time, and reopening a confirmed one; both are links of the area's chain.

Confirming pays what was earned into wallets, reopening takes it back; the sheet itself and its printed notice stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Objection,
    Problem,
    Publicity,
    acting_role,
    audit,
    canonical_ids,
    chunks,
    clean_text,
    confirm_notice,
    current_site,
    who_acts,
)

from ..wallet import settling
from . import marks
from .models import CONFIRMED, PUBLIC, REOPENED, PointsSheet, PointsSheetEvent, PointsSheetLine
from .services import MAX_REASON, check_intact, held, lock_above, newest_no
from .texts import NO_LINK, link_hash

POSTED = "posted"
PERMISSION = "points.decide"


def confirm(session: Session, sheet: PointsSheet, actor: Actor) -> PointsSheet:
    """Confirm a published sheet whose time is over and whose objections are all answered.

    Raises Problem wrong_state, text_changed, taken_down, newer_sheet, not_over, open_objections, objection_upheld or
    another_person_needed: not whoever computed, published or objected.
    """
    sheet = held(session, sheet, PUBLIC)
    check_intact(sheet)
    notice = session.get_one(Publicity, sheet.publicity_id)
    if notice.state not in (POSTED, CONFIRMED):
        raise Problem(
            "taken_down", N_("The notice of this sheet was taken down: compute and publish it anew.")
        )
    if newest_no(session, sheet) > sheet.no:
        raise Problem(
            "newer_sheet", N_("This sheet was computed anew: publish the newer one, or set it aside.")
        )
    if current_site().now() < notice.closes_before:
        raise Problem(
            "not_over",
            N_("The notice can be objected to until %(until)s; confirm it after that."),
            until=notice.objections_until.isoformat(),
        )
    found = marks.of_sheet(session, sheet)
    if found.open:
        raise Problem(
            "open_objections", N_("An objection to this sheet is open: it has to be answered first.")
        )
    if found.upheld:
        raise Problem(
            "objection_upheld",
            N_("An objection was upheld: correct the entry, then compute and publish the sheet anew."),
        )
    _check_another(session, sheet, notice, found, actor)
    # Another sheet may pay the same people.
    lock_above(session, sheet.area_id)
    if notice.state == POSTED:
        confirm_notice(session, notice, actor)
    _link(session, sheet, CONFIRMED, "", actor)
    audit.write(
        session, actor, "points.sheet_confirmed", "points_sheet", sheet.public_id, area_id=sheet.area_id,
        before={"state": PUBLIC}, after={"state": CONFIRMED, "sha256": sheet.sha256},
    )  # fmt: skip
    settling.settle(session, sheet.public_id, sheet.area_id, earned(session, sheet), sheet.cut, actor)
    return sheet


def _check_another(
    session: Session, sheet: PointsSheet, notice: Publicity, found: marks.Marks, actor: Actor
) -> None:
    if actor.unrestricted:
        return
    who = who_acts(session, actor)
    own = who.did(sheet.computed_by_account, sheet.computed_by) or who.did(
        notice.posted_by_account, notice.posted_by
    )
    if own or any(_took_part(objection, who.accounts) for objection in found.raised):
        raise Problem(
            "another_person_needed",
            N_("You computed or published this sheet, or objected to it: somebody else has to confirm it."),
        )


def _took_part(objection: Objection, accounts: frozenset[int]) -> bool:
    return bool({objection.raised_by_account, objection.answered_by_account} & set(accounts))


def earned(session: Session, sheet: PointsSheet) -> Mapping[int, int]:
    """What each person earned by entries in the period up to the cut and other sheets up to it have not paid, in
    hundredths, by kept id. All sheets together never pay more than the one of them with the most says.
    """
    other = PointsSheet
    others = session.execute(
        select(other.id, other.public_id, other.cut).where(
            other.state == CONFIRMED,
            other.scheme_id == sheet.scheme_id,
            other.period == sheet.period,
            other.id != sheet.id,
        )
    ).all()
    own = _credited(session, [sheet.id])
    later = _credited(session, [row[0] for row in others if row[2] > sheet.cut])
    paid = _paid(session, [row[1] for row in others if row[2] <= sheet.cut])
    in_all = _paid(session, [row[1] for row in others])
    found = {}
    for person, points in own.items():
        room = max(points, later.get(person, 0)) - in_all.get(person, 0)
        found[person] = min(points - paid.get(person, 0), room)
    return {person: points for person, points in found.items() if points > 0}


def _credited(session: Session, sheets: Collection[int]) -> dict[int, int]:
    """What sheets say that people's entries brought, by kept id; of several sheets the most."""
    line = PointsSheetLine
    rows: list[tuple[int, int, int]] = []
    for part in chunks(sheets):
        query = select(line.sheet_id, line.person_id, line.credited).where(line.sheet_id.in_(part))
        rows += [(row[0], row[1], row[2]) for row in session.execute(query)]
    kept = canonical_ids(session, {row[1] for row in rows})
    sums: dict[tuple[int, int], int] = {}
    for sheet_id, person, points in rows:
        key = kept[person], sheet_id
        sums[key] = sums.get(key, 0) + points
    found: dict[int, int] = {}
    for (person, _sheet), points in sums.items():
        found[person] = max(found.get(person, 0), points)
    return found


def _paid(session: Session, sheets: Collection[str]) -> dict[int, int]:
    """What sheets have paid into wallets, by kept id."""
    rows = settling.paid_to_people(session, sheets)
    kept = canonical_ids(session, rows)
    found: dict[int, int] = {}
    for person, points in rows.items():
        found[kept[person]] = found.get(kept[person], 0) + points
    return found


def reopen(session: Session, sheet: PointsSheet, reason: str, actor: Actor) -> PointsSheet:
    """Reopen a confirmed sheet by a decision with its reason: it stays as it was printed, and the next number of it can
    be computed. Raises Problem wrong_state, reason_needed or too_long_text."""
    reason = clean_text(reason)
    if not reason:
        raise Problem("reason_needed", N_("Write why it is reopened, and who decided so."), field="reason")
    if len(reason) > MAX_REASON:
        raise Problem("too_long_text", N_("At most %(count)s characters."), field="reason", count=MAX_REASON)
    sheet = held(session, sheet, CONFIRMED)
    _link(session, sheet, REOPENED, reason, actor)
    audit.write(
        session, actor, "points.sheet_reopened", "points_sheet", sheet.public_id, area_id=sheet.area_id,
        before={"state": CONFIRMED}, after={"state": REOPENED, "reason": reason},
    )  # fmt: skip
    settling.reverse(session, sheet.public_id, actor)
    return sheet


def _link(session: Session, sheet: PointsSheet, outcome: str, reason: str, actor: Actor) -> None:
    """Add a link to the chain of the sheet's area, which ``held`` has locked."""
    event = PointsSheetEvent
    last = session.execute(
        select(event.chain_no, event.sha256)
        .where(event.area_id == sheet.area_id, event.chain_no.is_not(None))
        .order_by(event.chain_no.desc())
        .limit(1)
    ).one_or_none()
    no, previous = ((last[0] or 0) + 1, last[1]) if last else (1, NO_LINK)
    at = current_site().now()
    session.add(
        PointsSheetEvent(
            sheet_id=sheet.id, area_id=sheet.area_id, outcome=outcome, reason=reason, ref="", actor=actor.label,
            account_id=actor.account_id, role=acting_role(session, actor, PERMISSION, sheet.area_id), at=at,
            chain_no=no, prev_sha256=previous,
            sha256=link_hash(no, previous, sheet.public_id, sheet.sha256, outcome, actor.account_id, at),
        )
    )  # fmt: skip
    sheet.state = outcome
    session.flush()
