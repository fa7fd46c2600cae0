"""What the plugin adds to pages of the core; each part counts what waits in it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pointsys.plugin import Area, Card

from .parts import PARTS


def dashboard_cards(session: Session, area: Area) -> Sequence[Card]:
    """What waits in the parts; one statement, none where nothing is counted."""
    asked = [list(counts(area)) for counts in PARTS.page_functions("dashboard_counts")]
    columns = [one for counts in asked for one in counts]
    if not columns:
        return ()
    numbers = iter(session.execute(select(*columns)).one())
    return [
        card
        for cards, counts in zip(PARTS.page_functions("dashboard_cards"), asked, strict=True)
        for card in cards([next(numbers) for _count in counts])
    ]
