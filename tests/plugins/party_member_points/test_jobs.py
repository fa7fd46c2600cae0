"""Scores that a date has made old are computed anew on that day, before anybody asks."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pointsys.core.jobs import periodic, queue
from tests.conftest import FixedClock
from tests.plugins.party_member_points.party import Party, result


def duty(person: int) -> str:
    """The category that idle quarters take from."""
    return str(result(person, "2026")["categories"]["duty"])


def test_a_score_follows_its_date_without_anybody_asking(party: Party, clock: FixedClock) -> None:
    person = party.member()
    party.serve(person, day=date(2026, 4, 1))
    assert periodic.tick()
    before = duty(person)
    # Half past midnight on the day after which a quarter without service counts.
    clock.now = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)

    assert "points.refresh" in periodic.tick()
    assert (before, duty(person)) == ("8.00", "6.00")
    assert "points.refresh" not in periodic.tick()
    queue.close_queue()
