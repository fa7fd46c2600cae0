"""Forms of seconded cadres."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField

from pointsys.plugin import N_, Form, Problem, at_most, needed

from .services import KINDS


class PostForm(Form):
    """A post and its duties."""

    area = SelectField(lazy_gettext("Grid or community"))
    title = StringField(lazy_gettext("Post"), [needed(), at_most(60)])
    duties = TextAreaField(lazy_gettext("Duties"), [at_most(500)])


class AssignForm(Form):
    """Who holds a post: the name as typed, or the id of a namesake that was chosen."""

    name = StringField(lazy_gettext("Name of the cadre"), [at_most(100)])
    person = StringField(lazy_gettext("Person"), [at_most(40)])
    unit = StringField(lazy_gettext("Sending unit"), [needed(), at_most(100)])
    from_on = DateField(lazy_gettext("From this day on"), [needed()])


class EndForm(Form):
    """The last day of a term."""

    to_on = DateField(lazy_gettext("Last day"), [needed()])


class NoteForm(Form):
    """One line of the ledger."""

    on = DateField(lazy_gettext("Day"), [needed()])
    kind = SelectField(lazy_gettext("What"))
    hours = StringField(lazy_gettext("Hours"), [at_most(6)])
    text = TextAreaField(lazy_gettext("In words"), [needed(), at_most(500)])

    def offer(self) -> None:
        """Fill the choices."""
        self.kind.choices = [(key, gettext(text)) for key, text in KINDS.items()]

    @property
    def minutes(self) -> int:
        """The hours in whole minutes, 0 where none are given; raises Problem bad_minutes."""
        return minutes_of(self.hours.data or "")


def minutes_of(typed: str) -> int:
    """Hours as typed ("1.5") in whole minutes; raises Problem bad_minutes for anything but 0 to 24."""
    typed = typed.strip()
    if not typed:
        return 0
    try:
        minutes = Decimal(typed) * 60
    except InvalidOperation:
        minutes = Decimal(-1)
    if not minutes.is_finite() or not 0 <= minutes <= 1440 or minutes != int(minutes):
        raise Problem("bad_minutes", N_("Give hours from 0 to 24, as 1.5."), field="hours")
    return int(minutes)
