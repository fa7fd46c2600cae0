"""What is sent about hours above the day's limit, and about the rules."""

from __future__ import annotations

from typing import Any

from tests.security.act import Act

_OFFICE: dict[str, Any] = {"role": "office", "place": "street"}
_RULES = {"title": "试行", "valid_from": "2026-09-01", "reason": "会议", "rule_min_session_minutes": "60"}

ACTS = (
    Act("volunteer_policies.approve", "volunteer.hours_approved", {"id": "{long_entry}"}, **_OFFICE),
    Act(
        "volunteer_policies.reject", "volunteer.hours_rejected", {"id": "{long_entry}", "reason": "未到场"},
        **_OFFICE,
    ),
    Act(
        "volunteer_rest_policies.decide", "volunteer.hours_approved",
        {"entries": ["{long_entry}"], "outcome": "approved"}, **_OFFICE,
    ),
    Act("volunteer_policies_rules.publish", "volunteer.policy_published", _RULES, **_OFFICE),
)  # fmt: skip
