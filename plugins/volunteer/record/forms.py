"""Forms of profiles and commendations."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import NumberRange

from pointsys.plugin import N_, Form, at_most, clean_text, needed, optional

from .commendations import LEVELS, CommendationDraft
from .star_rules import AUTO, CREDIT, CYCLE, EVERY, SELECTED, TOTAL, YEAR, Profile, parse_levels

WINDOW_TITLES = {
    TOTAL: N_("All service so far"),
    YEAR: N_("Each calendar year by itself"),
    CYCLE: N_("Some years together"),
}
CLASS_TITLES = {EVERY: N_("All credited hours"), CREDIT: N_("Only hours timed by the system")}
MODE_TITLES = {
    AUTO: N_("At once when it is reached"),
    SELECTED: N_("By decision: whoever reaches it is put on a list first"),
}


class ProfileForm(Form):
    """A version of a profile of stars."""

    code = StringField(lazy_gettext("Short name"), [needed(), at_most(40)])
    title = StringField(lazy_gettext("Name"), [needed(), at_most(60)])
    levels = TextAreaField(lazy_gettext("Stars"), [needed(), at_most(800)])
    window = SelectField(lazy_gettext("Service that counts"), choices=[])
    cycle_years = IntegerField(lazy_gettext("Years of a cycle"), [optional(), NumberRange(1, 10)])
    klass = SelectField(lazy_gettext("Hours that count"), choices=[])
    mode = SelectField(lazy_gettext("How a star is given"), choices=[])
    valid_from = DateField(lazy_gettext("In force from"), [needed()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, titles in (
            (self.window, WINDOW_TITLES),
            (self.klass, CLASS_TITLES),
            (self.mode, MODE_TITLES),
        ):
            field.choices = [(key, gettext(text)) for key, text in titles.items()]

    def profile(self) -> Profile:
        """What was filled in; raises Problem bad_levels. ``publish`` checks the rest."""
        return Profile(
            code=clean_text(self.code.data or "").lower(),
            title=clean_text(self.title.data or ""),
            version=0,
            levels=parse_levels(self.levels.data or ""),
            window=self.window.data or TOTAL,
            cycle_years=self.cycle_years.data or 1,
            klass=self.klass.data or EVERY,
            mode=self.mode.data or AUTO,
        )


class CommendationForm(Form):
    """A commendation that somebody received."""

    title = StringField(lazy_gettext("What it is called"), [needed(), at_most(100)])
    level = SelectField(lazy_gettext("Level"), choices=[])
    awarded_by = StringField(lazy_gettext("Given by"), [needed(), at_most(100)])
    awarded_on = DateField(lazy_gettext("Day"), [needed()])
    document_no = StringField(lazy_gettext("Number of the document"), [at_most(60)])
    note = TextAreaField(lazy_gettext("Note"), [at_most(500)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [(key, gettext(text)) for key, text in LEVELS.items()]

    def draft(self) -> CommendationDraft:
        """What was filled in."""
        return CommendationDraft(
            self.title.data or "", self.level.data or "", self.awarded_by.data or "", self.awarded_on.data,
            self.document_no.data or "", self.note.data or "",
        )  # fmt: skip
