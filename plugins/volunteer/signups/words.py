"""Words for states, audiences and what is asked, as pages and lists show them."""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.plugin import N_

from .models import (
    APPLIED,
    APPROVED,
    AREA,
    CANCELLED,
    CLOSED,
    DRAFT,
    EVERYBODY,
    NO_SHOW,
    OPEN,
    REJECTED,
    TEAM,
    WAITLISTED,
    WITHDRAWN,
)

# State -> words and the colour of its badge.
RECRUITING: Mapping[str, tuple[str, str]] = {
    DRAFT: (N_("Draft, not to be seen yet"), "off"),
    OPEN: (N_("Open for sign-up"), "ok"),
    CLOSED: (N_("Sign-up closed"), "info"),
    CANCELLED: (N_("Activity cancelled"), "no"),
}
STATES: Mapping[str, tuple[str, str]] = {
    APPLIED: (N_("To be approved"), "wait"),
    WAITLISTED: (N_("On the waiting list"), "wait"),
    APPROVED: (N_("Place confirmed"), "ok"),
    REJECTED: (N_("Not accepted"), "no"),
    WITHDRAWN: (N_("Sign-up cancelled"), "off"),
    NO_SHOW: (N_("Did not come"), "no"),
}
AUDIENCES: Mapping[str, str] = {
    EVERYBODY: N_("Everybody; also on the public page"),
    AREA: N_("People of this area and below"),
    TEAM: N_("Members of the team only"),
}
DONE: Mapping[str, str] = {
    APPROVED: N_("Sign-ups approved: %(n)s."),
    REJECTED: N_("Sign-ups not accepted: %(n)s. The people read the reason."),
    WITHDRAWN: N_("People taken off: %(n)s. Their places go to the waiting list."),
    NO_SHOW: N_("Marked as not come: %(n)s."),
}
