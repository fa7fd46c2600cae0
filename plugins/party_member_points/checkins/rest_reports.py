"""REST of units' lists of members: brought as rows, looked over, applied or dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from pointsys.plugin import Area, RestBlueprint, current_actor, current_area, may, missing, require_again

from ..quarters.schemas import NothingIn
from . import queries, reports
from .models import PointsUnitReport
from .schemas_reports import UnitListDetail, UnitListIn, UnitListsOut

blueprint = RestBlueprint("points_rest_unit_lists", __name__, description="Units' lists of members")

PERMISSION = "points.members"
LISTS = "/areas/<code>/points/unit-lists"
ONE = f"{LISTS}/<report>"


@blueprint.read(LISTS, permission=PERMISSION, answer=UnitListsOut)
def lists(session: Session, args: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Lists that units of an area handed in, the newest twenty"""
    return {"items": [_out(found) for found in queries.reports_of(session, current_area().id)]}


def _out(found: PointsUnitReport) -> dict[str, Any]:
    return {
        "id": found.public_id, "unit": found.unit, "state": found.state, "rows": found.rows,
        "created_at": found.created_at, "counts": reports.counts_of(found),
    }  # fmt: skip


def _detail(session: Session, found: PointsUnitReport) -> dict[str, Any]:
    area = session.get_one(Area, found.area_id)
    verdicts = reports.judge(session, area, found.unit, reports.rows_of(found))
    shown = {**_out(found), "verdicts": [_verdict(one) for one in verdicts]}
    return {**shown, "counts": Counter(one.outcome for one in verdicts)} if verdicts else shown


def _verdict(one: reports.Verdict) -> dict[str, Any]:
    return {
        "number": one.row.number, "name": one.row.name, "outcome": one.outcome, "person": one.public_id,
        "before": one.before, "why": gettext(one.why.message, **one.why.params) if one.why else "",
    }  # fmt: skip


def _here(session: Session, report: str) -> PointsUnitReport:
    found = queries.report_here(session, current_area().id, report)
    if found is None:
        missing()
    return found


@blueprint.create(LISTS, permission=PERMISSION, body=UnitListIn, answer=UnitListDetail)
def bring(session: Session, given: dict[str, Any], code: str) -> Mapping[str, Any]:
    """Bring a unit's list; nothing happens to anybody before it is applied"""
    rows = [reports.read_row(number, cells) for number, cells in enumerate(given["rows"], 1)]
    area = session.get_one(Area, current_area().id)
    return _detail(session, reports.take(session, area, given["unit"], "", rows, current_actor()))


@blueprint.read(ONE, permission=PERMISSION, answer=UnitListDetail)
def look(session: Session, args: dict[str, Any], code: str, report: str) -> Mapping[str, Any]:
    """What each row of a list would do, as things stand now"""
    return _detail(session, _here(session, report))


@blueprint.create(f"{ONE}/apply", permission=PERMISSION, body=NothingIn, answer=UnitListDetail, status=200)
def apply(session: Session, given: dict[str, Any], code: str, report: str) -> Mapping[str, Any]:
    """Ask for what a list says; somebody else confirms each request

    People who are not on record yet are added only with the permission `people.edit`.
    """
    found, actor = _here(session, report), current_actor()
    require_again(session, PERMISSION, found.area_id)
    reports.apply(session, found, actor, add_people=may(session, actor, "people.edit", found.area_id))
    return _detail(session, found)


@blueprint.create(f"{ONE}/drop", permission=PERMISSION, body=NothingIn, answer=UnitListDetail, status=200)
def drop(session: Session, given: dict[str, Any], code: str, report: str) -> Mapping[str, Any]:
    """Forget a list; nothing is changed"""
    found = _here(session, report)
    reports.drop(session, found, current_actor())
    return _detail(session, found)
