"""Four eyes: who may confirm what. One's own participation never confirms itself, whatever the policy says."""

from __future__ import annotations

from datetime import date, timedelta

OFF = "off"
BULK = "bulk"
ALWAYS = "always"
SECOND_PERSON = "log.second_person"

# An entry made more than 30 days after the event is back-dated and needs a reason and a second look.
BACK_DATED_AFTER = timedelta(days=30)
# A person keying in a handful of neighbours is everyday work; a longer list is a bulk entry.
BULK_FROM = 11


def is_back_dated(local_date: date, today: date) -> bool:
    """Whether something of ``local_date`` is recorded so late that a second person must look."""
    return today - local_date > BACK_DATED_AFTER


def needs_second_person(policy: str, *, count: int, back_dated: bool) -> bool:
    """Whether ``count`` entries recorded together wait for somebody else under ``policy`` (off, bulk, always)."""
    if policy == ALWAYS:
        return True
    return policy == BULK and (count >= BULK_FROM or back_dated)
