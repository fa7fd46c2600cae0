"""Sheets of collected wishes: kept, compared with what is on record, taken in, and taken back.

Nothing is public by it: each row that is taken in becomes a wish to be reviewed like any other. A row that was taken
in once is known when it comes again. Cells are sealed, and gone a week after the sheet came.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    COMMITTED,
    N_,
    UNDONE,
    Actor,
    Area,
    Batch,
    Person,
    PersonData,
    Problem,
    audit,
    clean_text,
    create_person,
    current_site,
    new_public_id,
    normalise_text,
    take_people_off,
    unit_of_work,
)

from ..asking.services import submit, withdraw
from ..models import OPEN as OPEN_WISH
from ..models import SHEET, WishesWish
from ..settings import rules_in
from . import models, reading
from .judging import ACTING, NEW_PERSON, PRESENT, UNCLEAR, Verdict, judge
from .models import APPLIED, DROPPED, OPEN, RUNNING, WishesCampaign, WishesSheet, WishesSheetLine
from .reading import Layout, Row

COLUMN = "wishes_sheet.cells"
KEPT_DAYS = 7
MOST_NOTE = 200
STATES = {
    OPEN: N_("to be looked over"),
    APPLIED: N_("taken in"),
    DROPPED: N_("dropped"),
    models.UNDONE: N_("taken back"),
}


_NOT_TAKEN = N_("It was not taken in: bring it again.")


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

    Raises Problem consent_needed, bad_consent_day, empty_list, too_many_rows or campaign_not_running.
    """
    site, note = current_site(), clean_text(came.consent_note)
    if not note or len(note) > MOST_NOTE:
        raise Problem(
            "consent_needed",
            N_("Note how those on the sheet agreed, such as “signed list of the grid worker”."),
            field="consent_note",
        )
    if came.consent_on > site.today():
        raise Problem("bad_consent_day", N_("They cannot agree in the future."), field="consent_on")
    if campaign is not None and campaign.state != RUNNING:
        raise Problem("campaign_not_running", N_("Start the round first."), field="campaign")
    cells = reading.kept_cells(came.workbook)
    layout = reading.locate(cells, came.usual)
    public_id = new_public_id()
    sheet = WishesSheet(
        public_id=public_id, area_id=area.id, campaign_id=None if campaign is None else campaign.id, batch_id=None,
        file_name=clean_text(came.file_name)[-200:], sha256=hashlib.sha256(came.data).hexdigest(),
        consent_on=came.consent_on, consent_note=note, rows=len(cells), columns=layout.as_json(),
        cells_sealed=_sealed(public_id, cells), state=OPEN, counts="{}", created_at=site.now(),
        created_by=actor.label, created_by_account=actor.account_id, closed_at=None, closed_by="",
    )  # fmt: skip
    session.add(sheet)
    session.flush()
    _audit(session, sheet, "wishes.sheet_taken", actor, count=max(len(cells), 1))
    return sheet


def _sealed(public_id: str, cells: object) -> bytes:
    return current_site().keyring.encrypt(COLUMN, public_id, json.dumps(cells, ensure_ascii=False))


def cells_of(sheet: WishesSheet) -> list[list[object]]:
    """The cells that are kept: all while it is open, afterwards the titles and the rows at fault; none after a week."""
    if sheet.cells_sealed is None:
        return []
    found: list[list[object]] = json.loads(
        current_site().keyring.decrypt(COLUMN, sheet.public_id, sheet.cells_sealed)
    )
    return found


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
    _lock(session, sheet)
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


def apply(session: Session, sheet: WishesSheet, actor: Actor, *, add_people: bool) -> Counter[str]:
    """Make wishes of the rows that can be; returns how many rows came to what.

    Without ``add_people`` nobody is put on record. A row that the rules refuse meanwhile is at fault; rows at fault
    are kept, with their cells, until the week is over. Raises Problem sheet_closed and what ``reading.read`` raises.
    """
    _lock(session, sheet)
    area = session.get_one(Area, sheet.area_id)
    counts: Counter[str] = Counter()
    batch: Batch | None = None
    faulty: list[int] = []
    for verdict in verdicts_of(session, sheet):
        outcome = verdict.outcome
        if outcome == NEW_PERSON and not add_people:
            outcome = UNCLEAR
        if outcome in ACTING:
            if outcome == NEW_PERSON and batch is None:
                batch = _batch(session, sheet, actor)
            try:
                _wish(session, sheet, verdict, batch, actor)
            except Problem:
                outcome = UNCLEAR
        if outcome not in (*ACTING, PRESENT):
            faulty.append(verdict.row.index)
        counts[outcome] += 1
    _close(session, sheet, APPLIED, actor, counts, faulty)
    if batch is not None:
        batch.done = batch.total = counts[NEW_PERSON]
        sheet.batch_id = batch.id
    session.flush()
    audit.write(
        session, actor, "wishes.sheet_applied", "wishes.sheet", sheet.public_id, area_id=area.id,
        count=max(sum(counts[key] for key in ACTING), 1), after=dict(counts),
    )  # fmt: skip
    return counts


def _batch(session: Session, sheet: WishesSheet, actor: Actor) -> Batch:
    """The people of a sheet are a batch like those of a roster, by which they are taken off again."""
    now = current_site().now()
    batch = Batch(
        kind="wishes", area_id=sheet.area_id, file_name=sheet.file_name, sha256=sheet.sha256, state=COMMITTED,
        created_by=actor.label, created_by_account=actor.account_id, created_at=now, beat_at=now, finished_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def _wish(session: Session, sheet: WishesSheet, verdict: Verdict, batch: Batch | None, actor: Actor) -> None:
    row = verdict.row
    if verdict.person_id is not None:
        person = session.get_one(Person, verdict.person_id)
    else:
        data = PersonData(row.name, verdict.area_id, phone=row.phone or None, id_number=row.id_number or None)
        person = create_person(session, data, actor, batch_id=None if batch is None else batch.id)
    site = current_site()
    agreed = datetime(
        sheet.consent_on.year, sheet.consent_on.month, sheet.consent_on.day, tzinfo=site.timezone
    )
    wish = submit(
        session, person, row.asked, actor, channel=SHEET, consent=sheet.consent_note, consent_at=agreed,
        campaign_id=sheet.campaign_id,
    )  # fmt: skip
    session.add(
        WishesSheetLine(
            sheet_id=sheet.id, row=row.number, wish_id=wish.id, category=wish.category,
            title_key=normalise_text(row.title)[:60],
        )
    )  # fmt: skip


def drop(session: Session, sheet: WishesSheet, actor: Actor) -> None:
    """Forget a sheet without doing anything; raises Problem sheet_closed."""
    _lock(session, sheet)
    _close(session, sheet, DROPPED, actor, Counter(), [])
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

    Raises Problem reason_needed or sheet_closed.
    """
    reason = clean_text(reason)[:MOST_NOTE]
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
    _close(session, sheet, models.UNDONE, actor, Counter(counts_of(sheet)), [])
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


def _lock(session: Session, sheet: WishesSheet) -> None:
    session.refresh(sheet, with_for_update=True)
    if sheet.state != OPEN:
        raise Problem("sheet_closed", N_("This sheet has been taken in or dropped already."))


def _close(
    session: Session, sheet: WishesSheet, state: str, actor: Actor, counts: Counter[str], faulty: list[int]
) -> None:
    cells, header = cells_of(sheet), layout_of(sheet).header
    if state == APPLIED and faulty:
        kept = {header, *faulty}
        sheet.cells_sealed = _sealed(
            sheet.public_id, [row if index in kept else [] for index, row in enumerate(cells)]
        )
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
    """A row to be mended: its number, its own cells, and what is wrong with it."""

    number: int
    cells: list[object]
    why: Problem


def faulty_rows(session: Session, sheet: WishesSheet) -> tuple[list[object], list[Faulty]]:
    """The titles of a sheet, and the rows that could not be taken in; empty where no cells are kept any more."""
    cells, layout = cells_of(sheet), layout_of(sheet)
    if not cells:
        return [], []
    most = rules_in(session, sheet.area_id).max_amount
    rows = reading.read(cells, layout, current_site().today(), most)
    found = judge(session, session.get_one(Area, sheet.area_id), rows)
    titles = cells[layout.header] if layout.header >= 0 else []
    why = {
        verdict.row.index: verdict.why or Problem("not_taken", _NOT_TAKEN)
        for verdict in found
        if sheet.state != OPEN or verdict.outcome not in (*ACTING, PRESENT)
    }
    numbers = {verdict.row.index: verdict.row.number for verdict in found}
    return titles, [Faulty(numbers[index], cells[index], problem) for index, problem in why.items()]


def forget_rows(session: Session, names: Collection[str]) -> None:
    """Empty the rows of all kept cells in which one of these names stands."""
    wanted = {normalise_text(name) for name in names}
    for sheet in session.scalars(select(WishesSheet).where(WishesSheet.cells_sealed.is_not(None))):
        cells = cells_of(sheet)
        rows = [[] if wanted & {normalise_text(cell) for cell in row} else row for row in cells]
        if rows != cells:
            sheet.cells_sealed = _sealed(sheet.public_id, rows)
    session.flush()


def drop_old(now: datetime) -> None:
    """Forget cells a week after the sheet came, and drop sheets that nobody took in by then."""
    with unit_of_work(drain=False) as session:
        query = select(WishesSheet).where(
            WishesSheet.cells_sealed.is_not(None), WishesSheet.created_at < now - timedelta(days=KEPT_DAYS)
        )
        for sheet in session.scalars(query):
            sheet.cells_sealed = None
            if sheet.state == OPEN:
                sheet.state, sheet.closed_at = DROPPED, now
