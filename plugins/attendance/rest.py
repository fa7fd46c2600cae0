"""REST of attendance: lists of an area, one list, people on it, stamps, recording it, and what was forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from pointsys.plugin import (
    N_,
    Problem,
    RestBlueprint,
    activity_below,
    current_actor,
    current_area,
    missing,
    people_below,
    require_again,
    rest_fields,
)

from . import closing, queries, review, services, taps
from .desk.views_place import KEEP
from .queries import Pair, Row, Sheet
from .schemas import (
    AttendanceAddedOut,
    AttendanceListsPage,
    AttendanceOpenIn,
    AttendancePeopleIn,
    AttendanceRowOut,
    AttendanceSheetOut,
    AttendanceTapIn,
    ForgottenPage,
)

blueprint = RestBlueprint("attendance_rest", __name__, description="Attendance lists")

LISTS = "/areas/<code>/attendance/lists"


def _pair(pair: Pair) -> dict[str, Any]:
    mark = pair.mark
    return {
        "row": mark.row_no, "pair": mark.pair, "came_at": mark.in_at, "left_at": mark.out_at, "state": pair.state,
        "method": mark.method, "out_method": mark.out_method, "verify": pair.doubtful,
        "entry": pair.entry_public_id if pair.recorded else "",
    }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return {
        "person": row.person.public_id, "name": row.person.name, "role": row.last.mark.role,
        "walk_in": row.last.mark.walk_in, "pairs": [_pair(pair) for pair in row.pairs],
    }  # fmt: skip


def _sheet(found: Sheet) -> dict[str, Any]:
    counts = found.counts
    return {
        "id": found.sheet.public_id, "activity": found.activity.public_id, "title": found.activity.title,
        "date": found.activity.local_date, "people": counts.people, "came": counts.came,
        "recorded": found.sheet.closed_at is not None, "rows": [_row(row) for row in found.rows],
    }  # fmt: skip


def _find(session: Session, sheet: str, *, lock: bool = False) -> Sheet:
    found = queries.find_sheet(session, current_area().id, sheet, lock=lock)
    if found is None:
        missing()
    return found


@blueprint.read(LISTS, permission=KEEP, query=rest_fields.PageArgs, answer=AttendanceListsPage)
def lists(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Attendance lists of an area and below, the newest activity first"""
    rows, total = queries.list_sheets(
        session, current_area().id, limit=args["size"], offset=rest_fields.offset(args)
    )
    out = [
        {
            "id": row.sheet, "activity": row.activity.public_id, "title": row.activity.title,
            "date": row.activity.local_date, "people": row.people, "came": row.came, "recorded": row.closed,
        }
        for row in rows
    ]  # fmt: skip
    return rest_fields.paged(out, total, args)


@blueprint.create(LISTS, permission=KEEP, body=AttendanceOpenIn, answer=AttendanceSheetOut)
def open_list(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Open the list of a planned activity, with whoever is expected"""
    activity = activity_below(session, current_area().id, given["activity"])
    if activity is None:
        missing()
    sheet = services.open_sheet(session, activity, current_actor())
    return _sheet(_find(session, sheet.public_id))


@blueprint.read(LISTS + "/<sheet>", permission=KEEP, answer=AttendanceSheetOut)
def one(session: Session, args: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """One list with everybody on it"""
    return _sheet(_find(session, sheet))


@blueprint.create(
    LISTS + "/<sheet>/people", permission=KEEP, body=AttendancePeopleIn, answer=AttendanceAddedOut, status=200
)
def add(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Put people on a list, each once"""
    found = _find(session, sheet, lock=True)
    people = people_below(session, found.sheet.area_id, given["people"])
    if people is None:
        missing()
    added = services.add_people(session, found.sheet, people, current_actor())
    return {"added": len(added), "refused": [problem.code for problem in added.refused.values()]}


@blueprint.create(
    LISTS + "/<sheet>/stamps", permission=KEEP, body=AttendanceTapIn, answer=AttendanceRowOut, status=200
)
def stamp(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Sign somebody in or out now; the same again changes nothing"""
    found = _find(session, sheet, lock=True)
    row = next((row for row in found.rows if row.person.public_id == given["person"]), None)
    if row is None:
        raise Problem("not_on_list", N_("This person is not on the list."), field="person")
    taps.tap(session, found, row.row_no, given["act"], current_actor())
    return _row(taps.row_of(services.reload(session, found), row.row_no))


@blueprint.create(
    LISTS + "/<sheet>/close",
    permission="log.record",
    body=rest_fields.NoArgs,
    answer=AttendanceSheetOut,
    status=200,
)
def close(session: Session, given: dict[str, Any], code: str, sheet: str) -> Mapping[str, Any]:
    """Record what is on the list and not in the log yet"""
    found = _find(session, sheet, lock=True)
    require_again(session, KEEP, found.sheet.area_id)
    closing.close(session, found, current_actor())
    return _sheet(_find(session, sheet))


@blueprint.read(
    "/areas/<code>/attendance/forgotten", permission=KEEP, query=rest_fields.SearchArgs, answer=ForgottenPage
)
def forgotten(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Stamps that are missing hours after the end: they count 0 minutes"""
    rows, total = review.forgotten(
        session, review.below(current_area().id), query=args["q"], limit=args["size"],
        offset=rest_fields.offset(args),
    )  # fmt: skip
    out = [
        {
            "list": row.sheet, "title": row.activity.title, "date": row.activity.local_date,
            "person": row.person.public_id, "name": row.person.name, "came_at": row.mark.in_at,
            "left_at": row.mark.out_at, "recorded": row.recorded,
        }
        for row in rows
    ]  # fmt: skip
    return rest_fields.paged(out, total, args)
