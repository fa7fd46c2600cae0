"""What is sent about certificates of service."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from pointsys.core.unit_of_work import unit_of_work
from pointsys.plugins.volunteer.certificates.models import TAKEN_BACK, VolunteerCertificateRequest
from tests.security.act import PERIOD, Act, Things
from tests.security.conftest import Populated


def nothing_asked(populated: Populated, act: Act) -> Things:
    """Nobody waits for a certificate."""
    with populated.app.app_context(), unit_of_work(drain=False) as session:
        session.execute(update(VolunteerCertificateRequest).values(state=TAKEN_BACK))
    return {}


_MEMBER: dict[str, Any] = {"role": "member", "place": "grid1"}
_ISSUE = {"issuer": "community", **PERIOD, "handler": "王敏"}
_REVOKE = {"reason_class": "duplicate", "reason": "重复出具"}
_ASKED = "volunteer.certificate_asked"

ACTS = (
    Act("volunteer_certificates.refuse", "volunteer.certificate_refused", {"answer": "查无此事"}),
    Act("volunteer_certificates.rules", "setting.changed", {"issues": "y", "head": "李娜"}, role="office"),
    Act("volunteer_certificates.revoke", "document.revoked", _REVOKE),
    Act("volunteer_certificates_issue.new", "document.issued", _ISSUE),
    Act("volunteer_own_certificates.take_out", "document.issued", {"year": "2026"}, **_MEMBER),
    Act("volunteer_own_certificates.ask", _ASKED, {"year": "all"}, before=nothing_asked, **_MEMBER),
    Act("volunteer_own_certificates.take_back", _ASKED, **_MEMBER),
    Act(
        "volunteer_rest_certificates.issue", "document.issued",
        {"person": "{person}", "from": PERIOD["first"], "to": PERIOD["last"]},
    ),
    Act("volunteer_rest_certificates.revoke", "document.revoked", _REVOKE),
)  # fmt: skip
