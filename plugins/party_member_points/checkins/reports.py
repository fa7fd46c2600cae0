"""Members that a unit reports by a sheet: read, compared with who is on record, turned into requests.

Nothing becomes a fact by it: whoever is not here yet, or works for another unit by our record, gets a request that
somebody else answers. Rows are kept sealed until the list is applied or dropped, a week at most.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Actor,
    Area,
    ColumnSpec,
    Match,
    PeopleIndex,
    Person,
    PersonData,
    Problem,
    audit,
    cell,
    clean_text,
    create_person,
    current_site,
    data_rows,
    find_header,
    is_blank,
    new_public_id,
    normalise_text,
    parse_id_number,
    parse_name,
    parse_phone,
    subtree,
    unit_of_work,
)

from .. import members
from ..columns import BRANCH, CHECKIN, IMPORT_COLUMNS, MEMBER, POST, STATUS
from ..models import PointsHomeUnit
from . import services
from .models import PointsCheckin, PointsUnitReport
from .services import BY_UNIT, Ask

OPEN, APPLIED, DROPPED = "open", "applied", "dropped"
STATES = {
    OPEN: N_("to be looked over"),
    APPLIED: N_("applied"),
    DROPPED: N_("dropped"),
}
COLUMN = "points_unit_report.rows"
MOST_ROWS = 500
KEPT_DAYS = 7

NEW, KNOWN, CHANGED, PRESENT, WAITING, UNCLEAR = "new", "known", "changed", "present", "waiting", "unclear"
OUTCOMES = {
    NEW: N_("new: added, asked to check in"),
    KNOWN: N_("asked to check in"),
    CHANGED: N_("asked to change the unit"),
    PRESENT: N_("member of this unit"),
    WAITING: N_("a request waits already"),
    UNCLEAR: N_("unclear"),
}
# What applying turns into requests.
ACTING = (NEW, KNOWN, CHANGED)

_OWN = {column.key: column for column in IMPORT_COLUMNS}
_SPECS = (
    ColumnSpec("name", ("姓名", "党员姓名", "人员姓名", "名字", "name"), required=True),
    ColumnSpec("phone", ("手机号码", "手机号", "手机", "联系电话", "联系方式", "电话", "phone")),
    ColumnSpec("id_number", ("身份证号", "身份证号码", "公民身份号码", "身份证", "证件号码", "ID number")),
    *(ColumnSpec(key, _OWN[key].titles) for key in (STATUS, BRANCH, POST, CHECKIN)),
)

ELSEWHERE = N_("This phone or ID number is not of this community. Ask the member to ask for a transfer.")
NAMESAKE = N_("Somebody of this name is on record here with other details. Compare phone or ID number.")
SEVERAL = N_("Several people fit this row. Add the phone or ID number.")
NAME_DIFFERS = N_(
    "This ID number belongs to somebody of another name. Compare name and number with the card."
)
REPEATED = N_("This person stands on an earlier row already.")
NO_NUMBER = N_("Add a phone or ID number: without one nobody is put on record.")


@dataclass(frozen=True)
class Row:
    """One row as read; ``fault`` is (message, parameters) where a cell could not be understood."""

    number: int
    name: str = ""
    phone: str = ""
    id_number: str = ""
    political_status: str = ""
    branch: str = ""
    post: str = ""
    checkin_on: str = ""
    fault: tuple[str, Mapping[str, str]] | None = None


@dataclass(frozen=True)
class Verdict:
    """What a row comes to, and whom it means; ``why`` explains an unclear one."""

    row: Row
    outcome: str
    person_id: int | None = None
    public_id: str = ""
    before: str = ""
    why: Problem | None = field(default=None, compare=False)


# --- reading ---


def read_rows(workbook: Any) -> list[Row]:
    """The rows of a sheet; raises Problem no_header, empty_list or too_many_rows."""
    header = find_header(workbook.rows, _SPECS)
    if header is None or "name" not in header.mapping:
        raise Problem(
            "no_header",
            N_("No row with column titles was found. Write titles such as 姓名 above the columns."),
        )
    rows = [
        read_row(number, {key: cell(row, index) for key, index in header.mapping.items()})
        for number, row in data_rows(workbook.rows, header)
    ]
    if not rows:
        raise Problem("empty_list", N_("The sheet names nobody."))
    if len(rows) > MOST_ROWS:
        raise Problem("too_many_rows", N_("At most %(max)s people at a time."), max=MOST_ROWS)
    return rows


def read_row(number: int, cells: Mapping[str, Any]) -> Row:
    """A row from its cells by the name of the column; what could not be understood is its ``fault``."""
    today = current_site().today()
    readers: dict[str, Any] = {
        "name": parse_name,
        "phone": parse_phone,
        "id_number": lambda raw: parse_id_number(raw, today=today).number,
        **{key: _OWN[key].parse for key in (STATUS, BRANCH, POST, CHECKIN)},
    }
    row = Row(number)
    for key, raw in cells.items():
        if is_blank(raw):
            continue
        try:
            row = replace(row, **{key: readers[key](raw)})
        except Problem as problem:
            fault = problem.message, {name: str(value) for name, value in problem.params.items()}
            return replace(row, name=row.name or normalise_text(cells.get("name") or "")[:50], fault=fault)
    if not row.name:
        return replace(row, fault=(N_("Write the person's name."), {}))
    return row


# --- comparing ---


def judge(session: Session, area: Area, unit: str, rows: Sequence[Row]) -> list[Verdict]:
    """What each row comes to, as things stand now; a handful of statements, whatever the number of rows."""
    index = PeopleIndex(session, area.id)
    good = [row for row in rows if row.fault is None]
    index.load((row.name, row.phone or None, row.id_number or None) for row in good)
    inside = set(session.scalars(subtree(area.id)))
    found = [
        _meant(row, index.match(row.name, row.phone or None, row.id_number or None), inside) for row in rows
    ]
    ids = {verdict.person_id for verdict in found if verdict.person_id is not None}
    known = members.memberships(session, ids)
    public = {
        row[0]: row[1]
        for row in session.execute(select(Person.id, Person.public_id).where(Person.id.in_(ids)))
    }
    homes = {member.home_unit_id for member in known.values()}
    named = select(PointsHomeUnit.id, PointsHomeUnit.name).where(PointsHomeUnit.id.in_(homes))
    units = {row[0]: row[1] for row in session.execute(named)}
    asked = set(
        session.scalars(
            select(PointsCheckin.person_id).where(
                PointsCheckin.person_id.in_(ids), PointsCheckin.status == services.SUBMITTED
            )
        )
    )
    seen: set[object] = set()
    return [_placed(verdict, unit, known, public, units, asked, seen) for verdict in found]


def _meant(row: Row, match: Match, inside: set[int]) -> Verdict:
    """Whom a row means; "" as outcome where that is for ``_placed`` to say."""
    if row.fault is not None:
        return Verdict(row, UNCLEAR, why=Problem("bad_row", row.fault[0], **row.fault[1]))
    if match.kind in ("id_number", "phone_name"):
        if match.area_id not in inside:
            return Verdict(row, UNCLEAR, why=Problem("elsewhere", ELSEWHERE))
        if match.name_differs:
            return Verdict(row, UNCLEAR, why=Problem("name_differs", NAME_DIFFERS))
        return Verdict(row, "", match.person_id)
    if match.kind == "none":
        if not row.phone and not row.id_number:
            return Verdict(row, UNCLEAR, why=Problem("no_number", NO_NUMBER))
        return Verdict(row, NEW)
    alone = len(match.candidates) == 1 and not row.phone and not row.id_number
    if match.kind == "name_only" and alone:
        return Verdict(row, "", match.candidates[0].person_id)
    several = match.kind == "ambiguous" or len(match.candidates) > 1
    return Verdict(row, UNCLEAR, why=Problem("namesake", SEVERAL if several else NAMESAKE))


def _placed(
    verdict: Verdict,
    unit: str,
    known: Mapping[int, members.Membership],
    public: Mapping[int, str],
    units: Mapping[int, str],
    asked: set[int],
    seen: set[object],
) -> Verdict:
    person, row = verdict.person_id, verdict.row
    key: object = person if person is not None else (row.name, row.phone, row.id_number)
    if verdict.outcome != UNCLEAR and key in seen:
        return Verdict(row, UNCLEAR, why=Problem("repeated", REPEATED))
    seen.add(key)
    if person is None:
        return verdict
    member = known.get(person)
    before = units.get(member.home_unit_id or 0, "") if member is not None else ""
    if person in asked:
        outcome = WAITING
    elif member is None or member.left_on is not None:
        outcome = KNOWN
    else:
        outcome = PRESENT if before == unit else CHANGED
    return replace(verdict, outcome=outcome, public_id=public.get(person, ""), before=before)


# --- keeping, applying, dropping ---


def take(
    session: Session, area: Area, unit: str, file_name: str, rows: Sequence[Row], actor: Actor
) -> PointsUnitReport:
    """Keep a list for somebody to look over; raises Problem home_unit_needed or not_a_community."""
    unit = normalise_text(unit)
    if not unit or len(unit) > members.LONGEST_NAME:
        raise Problem("home_unit_needed", N_("Name the unit in at most 100 characters."), field="unit")
    if area.level != "community":
        raise Problem("not_a_community", N_("Open a community first: its list is taken in there."))
    site, public_id = current_site(), new_public_id()
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False)
    report = PointsUnitReport(
        public_id=public_id, area_id=area.id, unit=unit, file_name=clean_text(file_name)[-200:], rows=len(rows),
        rows_sealed=site.keyring.encrypt(COLUMN, public_id, text), state=OPEN, counts="{}", created_at=site.now(),
        created_by=actor.label, created_by_account=actor.account_id,
    )  # fmt: skip
    session.add(report)
    session.flush()
    audit.write(
        session, actor, "points.unit_reported", "points_unit_report", public_id, area_id=area.id, count=len(rows),
        after={"unit": unit},
    )  # fmt: skip
    return report


def rows_of(report: PointsUnitReport) -> list[Row]:
    """The rows that are kept; none any more once the list is applied or dropped."""
    if report.rows_sealed is None:
        return []
    text = current_site().keyring.decrypt(COLUMN, report.public_id, report.rows_sealed)
    rows = json.loads(text)
    return [Row(**{**row, "fault": tuple(row["fault"]) if row["fault"] else None}) for row in rows]


def counts_of(report: PointsUnitReport) -> dict[str, int]:
    """How many rows came to what when the list was applied."""
    return {key: int(count) for key, count in json.loads(report.counts).items()}


def apply(
    session: Session, report: PointsUnitReport, actor: Actor, *, add_people: bool = True
) -> Counter[str]:
    """Ask for what the list says; returns how many rows came to what. Raises Problem report_closed.

    Without ``add_people`` nobody is put on record, and those rows count as unclear.
    A row that the rules refuse meanwhile is counted as unclear, and nothing is done for it.
    """
    _lock(session, report)
    area = session.get_one(Area, report.area_id)
    counts: Counter[str] = Counter()
    for verdict in judge(session, area, report.unit, rows_of(report)):
        outcome = verdict.outcome
        if outcome == NEW and not add_people:
            outcome = UNCLEAR
        if outcome in ACTING:
            try:
                _ask(session, area, report.unit, verdict, actor)
            except Problem:
                outcome = UNCLEAR
        counts[outcome] += 1
    _close(session, report, APPLIED, actor, counts)
    audit.write(
        session, actor, "points.unit_report_applied", "points_unit_report", report.public_id, area_id=area.id,
        count=sum(counts[key] for key in ACTING), after={"unit": report.unit, **counts},
    )  # fmt: skip
    return counts


def _ask(session: Session, area: Area, unit: str, verdict: Verdict, actor: Actor) -> None:
    row, today = verdict.row, current_site().today()
    if verdict.person_id is None:
        data = PersonData(row.name, area.id, phone=row.phone or None, id_number=row.id_number or None)
        person = create_person(session, data, actor)
    else:
        person = session.get_one(Person, verdict.person_id)
    status = row.political_status if row.political_status in services.STATUSES else MEMBER
    day = date.fromisoformat(row.checkin_on) if row.checkin_on else today
    if verdict.outcome != CHANGED:
        wanted = Ask(services.CHECKIN, day, row.branch, unit, row.post, status)
    else:
        now = members.memberships(session, [person.id])[person.id]
        branch = row.branch or members.branch_name(session, now.branch_id)
        wanted = Ask(services.TRANSFER, today, branch, unit, row.post or now.post, now.political_status)
    services.ask(session, person, area, wanted, BY_UNIT, actor)


def drop(session: Session, report: PointsUnitReport, actor: Actor) -> None:
    """Forget a list without doing anything; raises Problem report_closed."""
    _lock(session, report)
    _close(session, report, DROPPED, actor, Counter())
    audit.write(
        session, actor, "points.unit_report_dropped", "points_unit_report", report.public_id,
        area_id=report.area_id,
    )  # fmt: skip


def _lock(session: Session, report: PointsUnitReport) -> None:
    session.refresh(report, with_for_update=True)
    if report.state != OPEN:
        raise Problem("report_closed", N_("This list has been applied or dropped already."))


def _close(
    session: Session, report: PointsUnitReport, state: str, actor: Actor, counts: Counter[str]
) -> None:
    report.state, report.rows_sealed = state, None
    report.counts = json.dumps(counts, sort_keys=True)
    report.closed_at, report.closed_by = current_site().now(), actor.label
    session.flush()


def drop_old(now: datetime) -> None:
    """Forget lists that nobody has applied for a week: they hold numbers of people who may never come."""
    with unit_of_work(drain=False) as session:
        query = select(PointsUnitReport).where(
            PointsUnitReport.state == OPEN, PointsUnitReport.created_at < now - timedelta(days=KEPT_DAYS)
        )
        for report in session.scalars(query):
            report.state, report.rows_sealed, report.closed_at = DROPPED, None, now
