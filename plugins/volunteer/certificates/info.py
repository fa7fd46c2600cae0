"""What this part adds to the plugin."""

from __future__ import annotations

from pointsys.plugin import CLEARED, HELD_ACTS, HELD_RECORD, LABEL, N_, MenuItem, Part, held, plain

# The tables belong to the site's metadata as soon as the plugin is found.
from . import models as models
from .issuers import SETTINGS

PART = Part(
    views=("views", "views_issue", "views_own"),
    rest=("rest",),
    menu=(
        MenuItem(
            N_("Certificates of service"),
            "volunteer_certificates.index",
            "volunteer.certify",
            "award",
            also=("volunteer_certificates_issue",),
        ),
    ),
    events={
        "volunteer.certificate_asked": N_("Certificate of service asked for, or no longer"),
        "volunteer.certificate_refused": N_("Request for a certificate of service refused"),
    },
    settings=SETTINGS,
    personal=True,
    pages=True,
    commands="cli",
    held=(
        held(
            "volunteer_certificate",
            "document_id person_id area_id team_id first_on last_on minutes credit_minutes entries by_holder",
            HELD_RECORD,
        ),
        plain("volunteer_certificate", "id public_id"),
        held("volunteer_certificate_item", "certificate_id entry_id minutes klass", HELD_RECORD),
        held(
            "volunteer_certificate_request",
            "person_id area_id first_on last_on state asked_at answered_at certificate_id",
            HELD_RECORD,
        ),
        held("volunteer_certificate_request", "words answer", HELD_RECORD, CLEARED),
        held("volunteer_certificate_request", "answered_by", HELD_ACTS, LABEL),
        plain("volunteer_certificate_request", "id public_id"),
    ),
)
