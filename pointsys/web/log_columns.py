"""What files hold of entries and activities: the columns of their lists, with minutes written as hours."""

from __future__ import annotations

from flask_babel import gettext

from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED
from pointsys.kit.problems import N_
from pointsys.web.list_export import ListColumn, local

STATUSES = {
    PENDING: N_("To be confirmed"),
    CONFIRMED: N_("Confirmed"),
    REJECTED: N_("Rejected"),
    VOIDED: N_("Voided"),
}
ENTRY_COLUMNS = (
    ListColumn(N_("Name"), lambda row: row.name),
    ListColumn(N_("Date"), lambda row: row.local_date, "date"),
    ListColumn(N_("Activity"), lambda row: row.title),
    ListColumn(N_("Kind"), lambda row: row.kind),
    ListColumn(N_("Organised by"), lambda row: row.organiser or row.area_name),
    ListColumn(N_("Start"), lambda row: local(row.starts_at)),
    ListColumn(N_("End"), lambda row: local(row.ends_at)),
    ListColumn(N_("Hours on site"), lambda row: row.minutes, "hours"),
    ListColumn(N_("State"), lambda row: str(gettext(STATUSES[row.status]))),
    ListColumn(N_("Recorded by"), lambda row: row.recorded_by),
    ListColumn(N_("Recorded at"), lambda row: local(row.recorded_at)),
)
ACTIVITY_COLUMNS = (
    ListColumn(N_("Title"), lambda row: row.activity.title),
    ListColumn(N_("Date"), lambda row: row.activity.local_date, "date"),
    ListColumn(N_("Kind"), lambda row: row.kind),
    ListColumn(N_("Organised by"), lambda row: row.activity.organiser or row.area_name),
    ListColumn(N_("Place"), lambda row: row.activity.place),
    ListColumn(N_("People"), lambda row: row.people, "count"),
    ListColumn(N_("Hours on site"), lambda row: row.minutes, "hours"),
    ListColumn(N_("Confirmed"), lambda row: row.confirmed, "count"),
    ListColumn(N_("To be confirmed"), lambda row: row.pending, "count"),
)
