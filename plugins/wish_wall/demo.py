"""What the demonstration tells of this plugin."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import DemoDay


def tell(session: Session, told: DemoDay) -> None:
    """Nothing yet."""
