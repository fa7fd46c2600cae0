"""What is sent about check-ins, lists of units and seconded cadres, with what has to be there before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import update

from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.party_member_points.cadres.models import PointsCadreStatus, PointsCadreTerm
from pointsys.plugins.party_member_points.checkins.models import PointsCheckin
from tests.security.act import DAY, Act, Things
from tests.security.conftest import NOW, Populated


def _changed(model: Any, **values: object) -> Callable[[Populated, Act], Things]:
    def before(populated: Populated, act: Act) -> Things:
        with populated.app.app_context(), unit_of_work(drain=False) as session:
            session.execute(update(model).values(**values))
        return {}

    return before


unasked = _changed(PointsCheckin, status="withdrawn")
vacant = _changed(PointsCadreTerm, to_on=date(2026, 6, 30))
reviewed = _changed(
    PointsCadreStatus, state="reviewed", review="认真", reviewed_by="stranger", reviewed_at=NOW
)

_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_MOVE = {"kind": "transfer", "branch": "新支部", "on": DAY, "political_status": "member"}
_HELD = {"person": "{grid1.person}", "unit": "区委办"}
_NOTE = {"on": DAY, "kind": "duty", "text": "值班"}

ACTS = (
    Act("points_checkins.answer", "points.checkin_confirmed", {"act": "confirm", "branch": "新支部", "home_unit": ""}),
    Act("points_checkins.confirm", "points.checkin_confirmed", {"id": ["{checkin}"]}),
    Act("points_checkins.withdraw", "points.checkin_withdrawn"),
    Act(
        "points_checkins.ask", "points.checkin_asked", {**_MOVE, "area": "{code}"}, own=("area",), before=unasked
    ),
    Act(
        "points_checkins_me.page", "points.checkin_asked", {**_MOVE, "area": "{happy.code}"}, own=("area",),
        before=unasked, **_MEMBER,
    ),
    Act("points_checkins_me.withdraw", "points.checkin_withdrawn", **_MEMBER),
    Act("points_reports.new", "points.unit_reported", {"unit": "某单位", "text": "姓名\t手机\n王小五\t13900139000"}),
    Act("points_reports.apply", "points.unit_report_applied"),
    Act("points_reports.drop", "points.unit_report_dropped"),
    Act("points_cadres.new", "points.cadre_post_added", {"area": "{code}", "title": "岗位"}),
    Act("points_cadres.assign", "points.cadre_assigned", {**_HELD, "from_on": DAY}, before=vacant),
    Act("points_cadres.note", "points.cadre_noted", _NOTE),
    Act("points_cadres.change", "points.cadre_post_changed", {"title": "新名", "area": ""}),
    Act("points_cadres.close", "points.cadre_post_ended", before=vacant),
    Act("points_cadres_terms.end", "points.cadre_ended", {"to_on": DAY}),
    Act("points_cadres_terms.void", "points.cadre_note_voided", {"reason": "记错"}),
    Act("points_cadres_terms.compute", "points.cadre_status_computed", {"period": "2026-Q2"}),
    Act("points_cadres_terms.review", "points.cadre_status_reviewed", {"review": "认真"}),
    Act("points_cadres_terms.send", "points.cadre_status_sent", before=reviewed),
    Act(
        "points_rest_checkins.ask", "points.checkin_asked", {"person": "{person}", "kind": "leave", "on": DAY},
        before=unasked,
    ),
    Act("points_rest_checkins.answer", "points.checkin_returned", {"outcome": "returned", "reason": "写错"}),
    Act(
        "points_rest_unit_lists.bring", "points.unit_reported",
        {"unit": "某单位", "rows": [{"name": "王小五", "phone": "13900139000"}]}, own=("rows",),
    ),
    Act("points_rest_unit_lists.apply", "points.unit_report_applied"),
    Act("points_rest_unit_lists.drop", "points.unit_report_dropped"),
    Act("points_rest_cadres.add", "points.cadre_post_added", {"title": "岗位"}),
    Act("points_rest_cadres.assign", "points.cadre_assigned", {**_HELD, "since": DAY}, before=vacant),
    Act("points_rest_cadres.note", "points.cadre_noted", _NOTE),
    Act("points_rest_cadres.compute", "points.cadre_status_computed", {"period": "2026-Q2"}),
    Act("points_rest_cadres.review", "points.cadre_status_reviewed", {"review": "认真"}),
    Act("points_rest_cadres.send", "points.cadre_status_sent", before=reviewed),
)  # fmt: skip
