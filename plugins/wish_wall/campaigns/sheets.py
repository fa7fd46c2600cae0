"""Sheets of collected wishes: kept, compared with what is on record, taken in, and taken back.

Nothing is public by it: each row that is taken in becomes a wish to be reviewed like any other. A row that was taken
in once is known when it comes again. Cells are sealed, and gone a week after the sheet came.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    UNDONE,
    Actor,
    Area,
    Batch,
    Person,
    Problem,
    audit,
    clean_text,
    current_site,
    new_public_id,
    normalise_text,
    take_people_off,
)

from ..asking.services import withdraw
from ..models import OPEN as OPEN_WISH
from ..models import WishesWish
from ..rules import within
from ..settings import rules_in
from . import models, reading
from .judging import Verdict, judge
from .kept import cells_of, faults_of, sealed
from .models import APPLIED, DROPPED, OPEN, RUNNING, WishesCampaign, WishesSheet, WishesSheetLine
from .reading import Layout, Row

MOST_NOTE = 200
# Before it a year was mistyped; the first days of all are no instant, either.
FIRST_YEAR = 2000
STATES = {
    OPEN: N_("to be looked over"),
    APPLIED: N_("taken in"),
    DROPPED: N_("dropped"),
    models.UNDONE: N_("taken back"),
}


@dataclass(frozen=True)
class Incoming:
    """A sheet as it came: its bytes' digest, and how those on it agreed (``consent_on`` is the day)."""

    workbook: object
    file_name: str
    data: bytes
    consent_on: date
    consent_note: str
    usual: str = "item"


def take(
    session: Session, area: Area, campaign: WishesCampaign | None, came: Incoming, actor: Actor
) -> WishesSheet:
    """Keep a sheet for somebody to look over.

    Raises Problem consent_needed, too_long_text, bad_consent_day, empty_list, columns_needed, too_many_rows or
    campaign_not_running; nothing is kept then.
    """
    site, note = current_site(), within(clean_text(came.consent_note), MOST_NOTE, "consent", "consent_note")
    if not note:
        raise Problem(
            "consent_needed",
            N_("Note how those on the sheet agreed, such as “signed list of the grid worker”."),
            field="consent_note",
        )
    if came.consent_on > site.today():
        raise Problem("bad_consent_day", N_("They cannot agree in the future."), field="consent_on")
    if came.consent_on.year < FIRST_YEAR:
        raise Problem("bad_consent_day", N_("Choose the day on which they agreed."), field="consent_on")
    if campaign is not None and campaign.state != RUNNING:
        raise Problem("campaign_not_running", N_("Start the round first."), field="campaign")
    cells = reading.kept_cells(came.workbook)
    layout = reading.locate(cells, came.usual)
    reading.check_table(cells, layout)
    public_id = new_public_id()
    sheet = WishesSheet(
        public_id=public_id, area_id=area.id, campaign_id=None if campaign is None else campaign.id, batch_id=None,
        file_name=clean_text(came.file_name)[-200:], sha256=hashlib.sha256(came.data).hexdigest(),
        consent_on=came.consent_on, consent_note=note, rows=len(cells), columns=layout.as_json(),
        cells_sealed=sealed(public_id, cells), state=OPEN, counts="{}", created_at=site.now(),
        created_by=actor.label, created_by_account=actor.account_id, closed_at=None, closed_by="",
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    _audit(session, sheet, "wishes.sheet_taken", actor, count=max(len(cells), 1))
    return sheet


def layout_of(sheet: WishesSheet) -> Layout:
    """Which column is which."""
    return Layout.from_json(sheet.columns)


def counts_of(sheet: WishesSheet) -> dict[str, int]:
    """How many rows came to what when it was taken in."""
    return {key: int(count) for key, count in json.loads(sheet.counts).items()}


def same_file(session: Session, sheet: WishesSheet) -> WishesSheet | None:
    """The sheet by which exactly this file was taken in before, if that stands."""
    query = select(WishesSheet).where(
        WishesSheet.sha256 == sheet.sha256,
        WishesSheet.area_id == sheet.area_id,
        WishesSheet.state == APPLIED,
        WishesSheet.id != sheet.id,
    )
    return session.scalars(query.order_by(WishesSheet.id.desc()).limit(1)).one_or_none()


def remap(
    session: Session,
    sheet: WishesSheet,
    header: int,
    chosen: Mapping[int, str],
    usual: str,
    actor: Actor,
) -> None:
    """Say which column is which; raises Problem columns_needed or sheet_closed."""
    hold(session, sheet)
    layout = reading.said(header, chosen, usual, cells_of(sheet))
    if not layout.usable:
        raise Problem("columns_needed", N_("Say which column holds the names, and which one the wishes."))
    sheet.columns = layout.as_json()
    session.flush()
    _audit(session, sheet, "wishes.sheet_mapped", actor)


def rows_of(session: Session, sheet: WishesSheet) -> list[Row]:
    """The rows as they are read now; none any more once it is closed. Raises what ``reading.read`` raises."""
    if sheet.state != OPEN or sheet.cells_sealed is None:
        return []
    most = rules_in(session, sheet.area_id).max_amount
    return reading.read(cells_of(sheet), layout_of(sheet), current_site().today(), most)


def verdicts_of(session: Session, sheet: WishesSheet) -> list[Verdict]:
    """What each row would become, as things stand now; the number of statements does not depend on the rows."""
    rows = rows_of(session, sheet)
    return judge(session, session.get_one(Area, sheet.area_id), rows) if rows else []


def drop(session: Session, sheet: WishesSheet, actor: Actor) -> None:
    """Forget a sheet without doing anything; raises Problem sheet_closed."""
    hold(session, sheet)
    close(session, sheet, DROPPED, actor, Counter(), {})
    _audit(session, sheet, "wishes.sheet_dropped", actor)


@dataclass(frozen=True)
class TakenBack:
    """How many wishes were taken back, how many stay because somebody has them in hand or they are over, and how many
    people left the roster."""

    wishes: int
    kept: int
    people: int


def undo(session: Session, sheet: WishesSheet, reason: str, actor: Actor) -> TakenBack:
    """Take back what a sheet brought in, as far as nobody has it in hand.

    Raises Problem reason_needed, too_long_text or sheet_closed.
    """
    reason = within(clean_text(reason), MOST_NOTE, "reason")
    if not reason:
        raise Problem("reason_needed", N_("Say why in a few words."), field="reason")
    session.refresh(sheet, with_for_update=True)
    if sheet.state != APPLIED:
        raise Problem("sheet_closed", N_("Only a sheet that was taken in can be taken back."))
    wishes = list(
        session.scalars(
            select(WishesWish)
            .join(WishesSheetLine, WishesSheetLine.wish_id == WishesWish.id)
            .where(WishesSheetLine.sheet_id == sheet.id)
            .order_by(WishesWish.id)
        )
    )
    taken = 0
    for wish in wishes:
        try:
            withdraw(session, wish, actor, reason, by_staff=True)
        except Problem:
            continue
        taken += 1
    people = _people_off(session, sheet)
    close(session, sheet, models.UNDONE, actor, Counter(counts_of(sheet)), {})
    audit.write(
        session, actor, "wishes.sheet_undone", "wishes.sheet", sheet.public_id, area_id=sheet.area_id,
        count=max(taken, 1), after={"wishes": taken, "kept": len(wishes) - taken, "people": people},
    )  # fmt: skip
    return TakenBack(taken, len(wishes) - taken, people)


def _people_off(session: Session, sheet: WishesSheet) -> int:
    if sheet.batch_id is None:
        return 0
    batch = session.get_one(Batch, sheet.batch_id)
    session.flush()
    added = select(Person.id).where(Person.batch_id == batch.id)
    staying = session.scalars(
        select(WishesWish.person_id).where(
            WishesWish.person_id.in_(added), WishesWish.state.in_((*OPEN_WISH, "realized"))
        )
    ).all()
    done = take_people_off(session, batch, staying)
    batch.state, batch.finished_at = UNDONE, current_site().now()
    return done.people


def hold(session: Session, sheet: WishesSheet) -> None:
    """Lock an open sheet; raises Problem sheet_closed."""
    session.refresh(sheet, with_for_update=True)
    if sheet.state != OPEN:
        raise Problem("sheet_closed", N_("This sheet has been taken in or dropped already."))


def close(
    session: Session,
    sheet: WishesSheet,
    state: str,
    actor: Actor,
    counts: Counter[str],
    faults: Mapping[int, Problem],
) -> None:
    """End a sheet: of its cells the rows at fault stay, with what is wrong; nothing where nothing is."""
    cells, header = cells_of(sheet), layout_of(sheet).header
    if faults:
        kept = {header, *faults}
        rows = [row if index in kept else [] for index, row in enumerate(cells)]
        sheet.cells_sealed = sealed(sheet.public_id, rows, faults)
    else:
        sheet.cells_sealed = None
    sheet.state, sheet.counts = state, json.dumps(counts, sort_keys=True)
    sheet.closed_at, sheet.closed_by = current_site().now(), actor.label
    session.flush()


def _audit(session: Session, sheet: WishesSheet, event: str, actor: Actor, count: int = 1) -> None:
    audit.write(
        session, actor, event, "wishes.sheet", sheet.public_id, area_id=sheet.area_id, count=count,
        after={"sha256": sheet.sha256, "state": sheet.state},
    )  # fmt: skip


@dataclass(frozen=True)
class Faulty:
    """A row to be mended: its number, the name on it, its own cells, and what is wrong with it."""

    number: int
    name: str
    cells: list[object]
    why: Problem


def faulty_rows(session: Session, sheet: WishesSheet) -> tuple[list[object], list[Faulty]]:
    """The titles of a sheet, and the rows that cannot be taken in as things stand now, or could not when it was.

    Empty where no cells are kept any more.
    """
    cells, header = cells_of(sheet), layout_of(sheet).header
    if not cells:
        return [], []
    return cells[header] if header >= 0 else [], faults_in(sheet, verdicts_of(session, sheet))


def faults_in(sheet: WishesSheet, verdicts: Collection[Verdict]) -> list[Faulty]:
    """The rows at fault: by ``verdicts`` while the sheet is open, afterwards those that were not taken in."""
    cells, name = cells_of(sheet), layout_of(sheet).columns.get(reading.NAME, -1)
    faults = faults_of(sheet)
    if sheet.state == OPEN:
        faults = {one.row.index: one.why for one in verdicts if one.why is not None}
    return [
        Faulty(index + 1, _shown_name(cells[index], name), cells[index], fault)
        for index, fault in faults.items()
    ]


def _shown_name(row: Sequence[object], place: int) -> str:
    return normalise_text(row[place])[:50] if 0 <= place < len(row) and row[place] is not None else ""
