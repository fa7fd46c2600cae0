"""What is sent about recruiting and sign-ups."""

from __future__ import annotations

from typing import Any

from tests.security.act import Act

_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_PLAN = {
    "title": "清洁家园", "kind": "{kind}", "day": "2026-08-01", "start_at": "09:00", "end_at": "11:00", "weeks": "1",
    "audience": "everybody",
}  # fmt: skip
_TIMES = {"starts_at": "2026-08-01T09:00:00+08:00", "ends_at": "2026-08-01T11:00:00+08:00"}
_APPROVE = {"id": ["{signup}"], "outcome": "approved"}
_OFF = {"id": ["{signup}"], "outcome": "cancelled", "reason": "改期"}
_DECIDED = "volunteer.signup_decided"
_SIGNED_UP = "volunteer.signed_up"
_STATE = "volunteer.recruiting_state"
_PLANNED = "volunteer.recruiting_planned"

ACTS = (
    Act("volunteer_signups.decide", _DECIDED, _APPROVE),
    Act("volunteer_signups.decide_waiting", _DECIDED, _APPROVE),
    Act("volunteer_signups.enter", _SIGNED_UP, {"slot": "{slot}", "person": ["{person}"]}),
    Act("volunteer_signups_plan.new", _PLANNED, _PLAN, own=("kind",)),
    Act("volunteer_signups_plan.begin", _PLANNED, {"activity": "{plan}"}),
    Act(
        "volunteer_signups_teams.assign", "volunteer.activities_assigned",
        {"id": ["{plan}"], "team": "{recruiting_team}"},
    ),
    Act("volunteer_signups_plan.terms", "volunteer.recruiting_changed", {"audience": "area", "about": "改"}),
    Act("volunteer_signups_plan.state", _STATE, {"act": "close"}),
    Act("volunteer_signups_plan.add_slot", "volunteer.slot_added", {"role": "新岗", "places": "3"}),
    Act("volunteer_signups_plan.change_slot", "volunteer.slot_changed", {"places": "9"}),
    Act("volunteer_my_activities.decide", _DECIDED, _OFF, **_MEMBER),
    Act("volunteer_my_activities.enter", _SIGNED_UP, {"slot": "{slot}", "person": ["{person}"]}, **_MEMBER),
    Act("volunteer_my_signups.come", _SIGNED_UP, {"slot": "{slot}"}, **_MEMBER),
    Act("volunteer_my_signups.cancel", "volunteer.signup_withdrawn", **_MEMBER),
    Act("volunteer_my_signups.seen", "volunteer.signup_news_read", **_MEMBER),
    Act(
        "volunteer_rest_signups.plan", _PLANNED,
        {"title": "清洁家园", "kind": "{kind}", **_TIMES, "shifts": [{"role": "甲", "capacity": 2, **_TIMES}]},
        own=("kind", "shifts"),
    ),
    Act("volunteer_rest_signups.state", _STATE, {"state": "closed"}),
    Act("volunteer_rest_signups.enter", _SIGNED_UP, {"shift": "{slot}", "people": ["{person}"]}),
    Act("volunteer_rest_signups.decide", _DECIDED, {"signups": ["{signup}"], "outcome": "approved"}),
    Act("volunteer_rest_signups.come", _SIGNED_UP, {"activity": "{recruiting}", "shift": "{slot}"}, **_MEMBER),
    Act(
        "volunteer_rest_signups.withdraw", "volunteer.signup_withdrawn", {"signup": "{signup}"}, **_MEMBER
    ),
)  # fmt: skip
