"""The area that a command is told by its code."""

from __future__ import annotations

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Area, Problem, find_area


def area_of(session: Session, code: str) -> Area:
    """The area with this code; Problem unknown_area."""
    area = find_area(session, code.strip())
    if area is None:
        raise Problem(
            "unknown_area", N_("There is no area with the code %(code)s."), field="area", code=code.strip()
        )
    return area
