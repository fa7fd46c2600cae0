"""What was tapped without network and arrives later: kept with the phone's own stamp, and doubtful until verified.

A queue in the browser (``static/queue.js``) sends each tap with a key of its own, so that one whose answer was lost is
not counted twice. The server's clock wins: of the phone's only the time between the tap and the sending counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import request
from flask_babel import gettext

from pointsys.plugin import (
    N_,
    Problem,
    current_site,
    say,
)

from .marks import OFFLINE, device_time
from .taps import How

# Milliseconds since 1970, as browsers count; up to the year 2199. Later ones have no local time in every zone.
_MOST = 7_258_118_399_000


@dataclass(frozen=True)
class Said:
    """When a tap happened: by the phone's clock, and by the server's."""

    raw: datetime
    at: datetime

    def how(self, device: str = "") -> How:
        """The stamp that it becomes."""
        return How(OFFLINE, device, at=self.at, raw=self.raw)


def said() -> Said:
    """The instants of a tap that arrives late, from the form; raises Problem bad_time."""
    raw, sent = _instant("said"), _instant("sent")
    return Said(raw, device_time(raw, sent, current_site().now()))


def _instant(name: str) -> datetime:
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= _MOST):
        raise Problem("bad_time", N_("This is not an instant."), field=name)
    return datetime.fromtimestamp(int(text) // 1000, UTC)


Answer = tuple[dict[str, object], int]


def arrived(text: str = "") -> Answer:
    """The answer to the queue: it is here."""
    return {
        "state": "arrived",
        "text": text or gettext("It has arrived and waits for somebody to verify it."),
    }, 200


def turned_down(problem: Problem) -> Answer:
    """The answer to the queue: it is refused, and why; trying again changes nothing."""
    return {"state": "refused", "text": say(problem)}, 422
