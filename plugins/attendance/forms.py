"""The form that plans an activity together with its list."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField, TimeField

from pointsys.plugin import Form, Plan, Problem, at_most, chosen_day, current_site, needed, optional


class SheetForm(Form):
    """A new activity with its list."""

    title = StringField(lazy_gettext("Activity"), [needed(), at_most(200)])
    kind = SelectField(lazy_gettext("Kind"), [needed()])
    day = DateField(lazy_gettext("Date"), [needed()])
    start = TimeField(lazy_gettext("Planned start"), [needed()])
    end = TimeField(lazy_gettext("Planned end"), [needed()])
    place = StringField(lazy_gettext("Place"), [optional(), at_most(200)])
    organiser = StringField(lazy_gettext("Organiser"), [optional(), at_most(100)])
    names = TextAreaField(lazy_gettext("Who is expected"), [optional(), at_most(20_000)])

    def refuse(self, problem: Problem) -> None:
        """Show a refusal at the field that is meant."""
        name = {"date": "day"}.get(problem.field or "", problem.field)
        super().refuse(Problem(problem.code, problem.message, field=name, **problem.params))

    def plan(self) -> Plan:
        """The planned window; an end before the start is the next morning's."""
        zone, day = current_site().timezone, chosen_day(self.day)
        assert self.start.data is not None
        assert self.end.data is not None
        starts_at, ends_at = (
            datetime.combine(day, moment, zone) for moment in (self.start.data, self.end.data)
        )
        if ends_at < starts_at and day < date.max:
            ends_at += timedelta(days=1)
        return Plan(starts_at, ends_at, 0, self.organiser.data or "", self.place.data or "")
