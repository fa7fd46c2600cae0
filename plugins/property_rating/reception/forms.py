"""The form of a reception day."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import DateField, SelectField, StringField, TimeField

from pointsys.plugin import Form, at_most, chosen_day, needed

from .services import LONGEST_MANAGER, LONGEST_PLACE, ReceptionData


class ReceptionForm(Form):
    """A day with its times; the page fills the choices of estates."""

    estate = SelectField(lazy_gettext("Estate"), validate_choice=False)
    on_date = DateField(lazy_gettext("Day"), [needed()])
    starts = TimeField(lazy_gettext("Begins at"), [needed()])
    ends = TimeField(lazy_gettext("Ends at"), [needed()])
    place = StringField(lazy_gettext("Place"), [needed(), at_most(LONGEST_PLACE)])
    manager = StringField(lazy_gettext("Who receives"), [needed(), at_most(LONGEST_MANAGER)])

    def data_of(self) -> ReceptionData:
        """What was filled in, after validation."""
        assert self.starts.data is not None
        assert self.ends.data is not None
        return ReceptionData(
            chosen_day(self.on_date), self.starts.data, self.ends.data, self.place.data or "",
            self.manager.data or "",
        )  # fmt: skip
