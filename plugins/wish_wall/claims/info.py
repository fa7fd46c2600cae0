"""What this part adds to the plugin."""

from __future__ import annotations

from datetime import datetime

from pointsys.plugin import N_, Part, Periodic


def _run_clock(now: datetime) -> None:
    """Claims that lapse, wishes that expire, reminders that are due."""
    from .clock import run

    run(now)


PART = Part(
    personal=True,
    pages=True,
    views=("views", "views_own"),
    rest=("rest",),
    sources={"wish": N_("a fulfilled wish")},
    jobs=(Periodic("wishes.clock", N_("Deadlines of wishes and claims"), _run_clock, every_minutes=10),),
)
