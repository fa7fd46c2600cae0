"""Working days of mainland China: ``days`` counts them, ``files`` reads the yearly notices.

``shipped`` has the years that come with the product; a site adds later ones with
``pointsys calendar import FILE`` and puts them on top with ``WorkCalendar.merged``.
"""

from pointsys.kit.calendar.days import WorkCalendar
from pointsys.kit.calendar.files import parse_calendar, shipped

__all__ = ["WorkCalendar", "parse_calendar", "shipped"]
