"""What the editor's pages call things: states, acts, fields, and what stands for a key of the file."""

from __future__ import annotations

from collections.abc import Mapping

from pointsys.plugin import N_

from .models import APPROVED, DRAFT, PUBLISHED, RETURNED, SUBMITTED, WITHDRAWN

# The title of each state, and the badge it has.
STATES: Mapping[str, tuple[str, str]] = {
    DRAFT: (N_("Being written"), "info"),
    SUBMITTED: (N_("Waits for approval"), "wait"),
    RETURNED: (N_("Returned"), "no"),
    APPROVED: (N_("Approved"), "ok"),
    PUBLISHED: (N_("Published and frozen"), "ok"),
    WITHDRAWN: (N_("Withdrawn"), "off"),
}
ACTS: Mapping[str, str] = {
    "created": N_("begun"),
    "changed": N_("text changed"),
    "submitted": N_("submitted"),
    "taken_back": N_("taken back"),
    "returned": N_("returned"),
    "approved": N_("approved"),
    "published": N_("published"),
    "withdrawn": N_("withdrawn"),
}
KINDS: Mapping[str, str] = {
    "scheme": N_("Frame"),
    "version": N_("Version"),
    "category": N_("Category"),
    "item": N_("Item"),
    "bucket": N_("Shared cap"),
    "expect": N_("Expectation"),
    "ratio": N_("Attendance of sessions"),
    "gate": N_("Condition"),
    "grade": N_("Grade"),
    "veto": N_("Veto"),
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "kind": {"earn": N_("gives points"), "deduct": N_("takes points off"), "veto": N_("decides the grade (veto)")},
    "mode": {
        "per_event": N_("so many points each time"),
        "per_qty": N_("points by quantity (hours, yuan)"),
        "tier": N_("steps by the quantity of one time"),
        "table": N_("by a table (such as the level)"),
        "manual": N_("points given when awarded, within limits"),
        "brackets": N_("each part of a quantity at its own price"),
        "mean": N_("mean of marks out of 100"),
        "accumulate": N_("whole units of the period's sum"),
        "total_tier": N_("steps by the period's sum"),
        "none": N_("is counted, brings no points"),
    },
    "period.type": {
        "year": N_("year"),
        "half": N_("half a year"),
        "quarter": N_("quarter"),
        "month": N_("month"),
        "lifetime": N_("the whole membership"),
        "rolling": N_("as long as points are valid"),
    },
    "enrol.before": {"ignore": N_("does not count"), "count": N_("counts")},
    "enrol.prorate": {
        "none": N_("whole, whenever somebody joins"),
        "month": N_("by months of membership"),
        "day": N_("by days of membership"),
    },
}  # fmt: skip
# The label of each field, by its path; rows have the same label for the same key.
FIELDS: Mapping[str, str] = {
    "id": N_("Short name (id)"),
    "title": N_("Title"),
    "period.type": N_("Points are counted by"),
    "late.grace_days": N_("Days of grace for late entries"),
    "enrol.before": N_("What happened before check-in"),
    "enrol.prorate": N_("Points to begin with, of those who join later"),
    "publicity.days": N_("Days of publicity"),
    "publicity.workdays": N_("Working days only"),
    "appeal.days": N_("Days to object after that"),
    "effective_from": N_("Takes effect on"),
    "total.base": N_("Points to begin with"),
    "total.cap": N_("Total at most"),
    "total.floor": N_("Total at least"),
    "base": N_("Points to begin with"),
    "cap": N_("At most"),
    "floor": N_("Not below"),
    "category": N_("Category"),
    "kind": N_("Effect"),
    "mode": N_("How it is counted"),
    "points": N_("Points"),
    "per": N_("for every (quantity)"),
    "by": N_("Attribute of the table"),
    "values": N_("Table, as city=10, street=5"),
    "tiers": N_("Steps, as 10=3, 20=8"),
    "qty.min": N_("Quantity from"),
    "qty.max": N_("Quantity at most"),
    "qty.step": N_("Steps of quantity"),
    "caps.event": N_("Points at most each time"),
    "caps.month": N_("Points at most a month"),
    "caps.quarter": N_("Points at most a quarter"),
    "caps.period": N_("Points at most a period"),
    "limit.day": N_("Times a day at most"),
    "limit.month": N_("Times a month at most"),
    "limit.quarter": N_("Times a quarter at most"),
    "limit.half": N_("Times half a year at most"),
    "limit.period": N_("Times a period at most"),
}
# The same key means something else in another kind of row.
FIELDS_IN: Mapping[str, Mapping[str, str]] = {
    "item": {"min": N_("Points at least"), "max": N_("Points at most")},
    "grade": {"id": N_("Grade"), "min": N_("Total from")},
}


def label(kind: str, path: str) -> str:
    """The text of a field's label."""
    return FIELDS_IN.get(kind, {}).get(path) or FIELDS.get(path, path)
