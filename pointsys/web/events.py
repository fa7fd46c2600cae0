"""Acts of the audit log in plain words."""

from __future__ import annotations

from flask_babel import gettext

from pointsys.core.audit import DENIED, FAILED, OK
from pointsys.kit.problems import N_

EVENTS = {
    "account.created": N_("Account created"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled again"),
    "account.link": N_("One-time link made"),
    "account.password_set": N_("Password set"),
    "area.closed": N_("Area closed"),
    "area.created": N_("Area added"),
    "area.renamed": N_("Area renamed"),
    "area.reopened": N_("Area opened again"),
    "consent.given": N_("Consent recorded"),
    "consent.withdrawn": N_("Consent withdrawn"),
    "denied": N_("Access refused"),
    "entries.confirmed": N_("Entries confirmed"),
    "entries.recorded": N_("Entries recorded"),
    "entries.rejected": N_("Entries rejected"),
    "entries.voided": N_("Entries voided"),
    "import.applied": N_("Import applied"),
    "import.discarded": N_("Import discarded"),
    "import.headers_mapped": N_("Columns of a sheet assigned"),
    "import.undone": N_("Import undone"),
    "kind.created": N_("Kind of activity added"),
    "person.created": N_("Person added"),
    "person.distinct": N_("Noted as two different people"),
    "person.left": N_("Noted that the person left"),
    "person.merged": N_("Merged with another entry of the same person"),
    "person.moved": N_("Moved to another area"),
    "person.unmasked": N_("Full phone or ID number looked at"),
    "person.unmerged": N_("Merge undone"),
    "person.updated": N_("Data corrected"),
    "plugin.quarantined": N_("Plugin stopped after failures"),
    "plugin.recomputed": N_("Results ordered to be computed anew"),
    "plugin.released": N_("Stopped plugin released"),
    "plugin.switched": N_("Plugin switched"),
    "role.ended": N_("Role ended"),
    "role.granted": N_("Role given"),
    "setting.changed": N_("Setting changed"),
    "sign_in": N_("Sign-in"),
    "sign_out": N_("Sign-out"),
    "site.started": N_("Site set up"),
}
RESULTS = {OK: N_("done"), DENIED: N_("refused"), FAILED: N_("failed")}


def event_title(event: str) -> str:
    """What happened, in the reader's language; an event of a plugin that has no words here keeps its name."""
    return str(gettext(EVENTS[event])) if event in EVENTS else event


def result_title(result: str) -> str:
    """How it ended."""
    return str(gettext(RESULTS[result])) if result in RESULTS else result
