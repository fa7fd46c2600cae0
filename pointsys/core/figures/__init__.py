"""Counts of areas for workbench, charts and reports, at a cost that does not grow with the log.

``queries`` is what pages ask.
"""

from pointsys.core.figures.queries import (
    AreaCounts,
    ChildFigures,
    MonthFigures,
    children,
    counts,
    months,
)

__all__ = ["AreaCounts", "ChildFigures", "MonthFigures", "children", "counts", "months"]
