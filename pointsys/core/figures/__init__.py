"""Counts of areas for workbench, charts and reports, at a cost that does not grow with the log.

``queries`` is what pages ask of the sums in ``models``. ``derive`` keeps those of the log up to date in every drain
(``tally`` has its rules), ``people`` those of people with each change, and ``rebuild`` makes all of them anew.
"""

from pointsys.core.figures.overview import Overview, overview
from pointsys.core.figures.queries import (
    AreaCounts,
    ChildFigures,
    MonthFigures,
    children,
    count_columns,
    counts,
    ever_columns,
    months,
)

__all__ = [
    "AreaCounts",
    "ChildFigures",
    "MonthFigures",
    "Overview",
    "children",
    "count_columns",
    "counts",
    "ever_columns",
    "months",
    "overview",
]
