"""Instants as whole microseconds, and the local dates that they lie in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
# Zones differ from UTC by quarters of an hour, so a date rarely begins within one.
_QUARTER = 15 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> int:
    """An aware moment in microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


class Days:
    """The local dates of a time zone; what was asked once is known, for attendance comes in the same hours."""

    def __init__(self, tz: tzinfo) -> None:
        self.tz = tz
        self._known: dict[int, tuple[date, int]] = {}

    def of(self, moment: int) -> tuple[date, int]:
        """The local date of an instant, and when the next one begins."""
        quarter = moment // _QUARTER
        found = self._known.get(quarter)
        if found is None:
            found = self._look(quarter * _QUARTER)
            self._known[quarter] = found
        if moment >= found[1]:
            return self._look(moment)
        return found

    def _look(self, moment: int) -> tuple[date, int]:
        day = (EPOCH + timedelta(microseconds=moment)).astimezone(self.tz).date()
        midnight = datetime.combine(day + timedelta(days=1), time(), self.tz)
        return day, instant(midnight.astimezone(UTC))
