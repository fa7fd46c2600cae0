"""Acts of the audit log, and who did them, in plain words."""

from __future__ import annotations

from flask_babel import gettext

from pointsys.core.actors import NOBODY, RECIPIENT_LABEL, SYSTEM
from pointsys.core.audit import DENIED, FAILED, OK
from pointsys.core.site import current_site
from pointsys.kit.problems import N_

EVENTS = {
    "account.created": N_("Account created"),
    "account.disabled": N_("Account disabled"),
    "account.enabled": N_("Account enabled again"),
    "account.link": N_("One-time link made"),
    "account.link_made": N_("One-time link made on the command line"),
    "account.named": N_("Name of an account set"),
    "account.sessions_ended": N_("Account signed out everywhere"),
    "account.password_set": N_("Password set"),
    "account.code_made": N_("Code to sign in made, handed out in person"),
    "account.link_reused": N_("One-time link used a second time; every sign-in ended"),
    "account.recovery_codes_made": N_("New recovery codes made"),
    "account.started_anew": N_("Every way into a member's account voided before work of the staff"),
    "account.second_factor_begun": N_("Set-up of a second factor begun"),
    "account.second_factor_removed": N_("Second factor taken away"),
    "account.second_factor_set": N_("Second factor put into force"),
    "account.unlocked": N_("Lock after failed sign-ins lifted"),
    "activity.created": N_("Activity planned"),
    "activity.planned": N_("Plan of an activity changed"),
    "alert.seen": N_("Alert looked at"),
    "area.closed": N_("Area closed"),
    "area.created": N_("Area added"),
    "area.renamed": N_("Area renamed"),
    "area.reopened": N_("Area opened again"),
    "attachment.removed": N_("Photo taken away"),
    "attachment.stored": N_("Photo added"),
    "audit.anchored": N_("Head of the log put outside"),
    "audit.forgotten": N_("Names of an erased account blanked in the log"),
    "audit.pruned": N_("Rows past their time removed from the log"),
    "audit.verified": N_("Log checked against its chain"),
    "backup.made": N_("Backup made"),
    "backup.restored": N_("Data restored from a backup"),
    "calendar.imported": N_("Working calendar imported"),
    "consent.given": N_("Consent recorded"),
    "consent.withdrawn": N_("Consent withdrawn"),
    "denied": N_("Access refused"),
    "document.issued": N_("Document issued"),
    "document.revoked": N_("Document revoked"),
    "entries.confirmed": N_("Entries confirmed"),
    "entries.recorded": N_("Entries recorded"),
    "entries.rejected": N_("Entries rejected"),
    "entries.voided": N_("Entries voided"),
    "export.approved": N_("Long list with phones or ID numbers let go"),
    "export.fetched": N_("List with phones or ID numbers taken away"),
    "export.ordered": N_("List with phones or ID numbers ordered"),
    "export.refused": N_("Long list with phones or ID numbers refused"),
    "feed.created": N_("Calendar feed made"),
    "feed.revoked": N_("Calendar feed taken back"),
    "import.applied": N_("Import applied"),
    "import.discarded": N_("Import discarded"),
    "import.headers_mapped": N_("Columns of a sheet assigned"),
    "import.staged": N_("Sheet brought in for a preview"),
    "import.undone": N_("Import undone"),
    "job.cancelled": N_("Background work cancelled"),
    "job.finished": N_("Background work ended"),
    "keys.changed": N_("New keys made"),
    "keys.moved": N_("Values sealed under the new keys"),
    "keys.retired": N_("Old keys retired"),
    "job.queued": N_("Background work ordered"),
    "kind.created": N_("Kind of activity added"),
    "limit.reached": N_("Limit reached"),
    "notices.read": N_("News about the own account read"),
    "objection.answered": N_("Objection answered"),
    "objection.raised": N_("Objection raised"),
    "objection.withdrawn": N_("Objection taken back"),
    "list.exported": N_("List taken away as a file"),
    "people.imported": N_("People imported"),
    "person.created": N_("Person added"),
    "person.distinct": N_("Noted as two different people"),
    "person.died": N_("Death recorded"),
    "person.erased": N_("Data erased, and what was done kept without a name"),
    "person.freed": N_("Frozen data in use again"),
    "person.frozen": N_("Data frozen: only kept, used for nothing"),
    "person.exported": N_("Own record taken away as a file"),
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
    "privacy.answered": N_("Request about personal data answered"),
    "privacy.asked": N_("Request about personal data made"),
    "privacy.notice_published": N_("Notice about personal data published"),
    "privacy.notice_read": N_("Has been told how the data is used"),
    "privacy.own_data": N_("Copy of one's own data taken away"),
    "privacy.own_shown": N_("Own phone or ID number looked at"),
    "privacy.restored": N_("Erasures carried out again after a restore"),
    "privacy.withdrawn": N_("Request about personal data taken back"),
    "publicity.confirmed": N_("Notice confirmed"),
    "publicity.posted": N_("Notice published"),
    "publicity.superseded": N_("Notice replaced by a new one"),
    "publicity.withdrawn": N_("Notice withdrawn"),
    "replay": N_("All results computed anew from the log"),
    "role.ended": N_("Role ended"),
    "role.granted": N_("Role given"),
    "setting.changed": N_("Setting changed"),
    "session.ended": N_("Sign-in ended from elsewhere"),
    "session.surplus_ended": N_("Oldest sign-in ended, for there were too many"),
    "sign_in": N_("Sign-in"),
    "sign_out": N_("Sign-out"),
    "site.started": N_("Site set up"),
    "token.created": N_("API token made"),
    "token.revoked": N_("API token revoked"),
}
# What an act was on, for the filter of the auditor's page.
OBJECTS = {
    "account": N_("Account"),
    "activity": N_("Activity"),
    "area": N_("Area"),
    "attachment": N_("Photo"),
    "backup": N_("Backup"),
    "batch": N_("Import"),
    "chain": N_("Proof of the logs"),
    "document": N_("Document"),
    "entry": N_("Entry"),
    "erasure": N_("Erasure"),
    "job": N_("Background work"),
    "keys": N_("Keys"),
    "list": N_("List taken away"),
    "login": N_("Sign-in name"),
    "objection": N_("Objection"),
    "person": N_("Person"),
    "plugin": N_("Plugin"),
    "privacy_notice": N_("Privacy notice"),
    "publicity": N_("Notice"),
    "route": N_("Page or address"),
    "setting": N_("Setting"),
    "token": N_("API token"),
}
RESULTS = {OK: N_("done"), DENIED: N_("refused"), FAILED: N_("failed")}


def all_events() -> dict[str, str]:
    """Words by event: the core's, then those of the plugins."""
    words = dict(EVENTS)
    for info in current_site().host.plugins.values():
        words.update(info.events)
    return words


def event_title(event: str) -> str:
    """What happened, in the reader's language; an event without words keeps its name."""
    words = all_events().get(event)
    return str(gettext(words)) if words else event


def actor_name(label: str) -> str:
    """Who did it: a login as it stands, and words for those who have none."""
    kind, _colon, name = label.partition(":")
    if kind == "operator" and name:
        return str(gettext("%(name)s (command line)", name=name))
    words = {
        SYSTEM.label: gettext("the system"),
        NOBODY.label: gettext("not signed in"),
        RECIPIENT_LABEL: gettext("the recipient of it"),
        "first run": gettext("the first set-up"),
    }
    return str(words.get(label, label))


def result_title(result: str) -> str:
    """How it ended."""
    return str(gettext(RESULTS[result])) if result in RESULTS else result
