"""The base of all forms: Flask-WTF with our sentences, and refusals of services shown at their fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, ValidationError, validators

from pointsys.access import note_refusal
from pointsys.kit.problems import N_, Problem
from pointsys.language import say

# What the library itself says of a value, in our words: its own catalogs have no zh_Hans_CN.
_OURS = {
    "Not a valid integer value.": N_("Write a whole number."),
    "Not a valid decimal value.": N_("Write a number."),
    "Not a valid date value.": N_("Write a date as 2026-03-07."),
    "Not a valid time value.": N_("Write a time as 18:30."),
    "Not a valid choice.": N_("Choose one of the values offered."),
    "Number must be at least %(min)s.": N_("Write a number of at least %(min)s."),
    "Number must be at most %(max)s.": N_("Write a number of at most %(max)s."),
    "Number must be between %(min)s and %(max)s.": N_("Write a number from %(min)s to %(max)s."),
}


class _Sentences:
    """The library's sentences as the reader's language has them; it fills in the values itself."""

    def gettext(self, text: str) -> str:
        return str(gettext(_OURS.get(text, text)))

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(one if count == 1 else many)


class Form(FlaskForm):
    """A form whose texts are ours; ``problems`` are refusals that belong to no field."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _Sentences:
            """Our words instead of the library's."""
            return _Sentences()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems: list[str] = []

    def refuse(self, problem: Problem) -> None:
        """Show a service's refusal at the field it names, or above the form."""
        note_refusal(problem)
        field = self._fields.get(problem.field or "")
        if field is None or field.type in ("CSRFTokenField", "HiddenField"):
            self.problems.append(say(problem))
        else:
            field.errors = [*field.errors, say(problem)]


def chosen_day(field: DateField) -> date:
    """The day of a field that validation has found filled in."""
    assert field.data is not None
    return field.data


def needed() -> validators.DataRequired:
    """The field must be filled in."""
    return validators.DataRequired(lazy_gettext("Fill this in."))


def at_most(length: int) -> validators.Length:
    """The text has at most ``length`` characters."""
    return validators.Length(max=length, message=lazy_gettext("At most %(max)d characters."))


def optional() -> validators.Optional:
    """The field may stay empty."""
    return validators.Optional()


def one_of(values: tuple[str, ...]) -> Any:
    """The value is one of ``values``."""

    def check(_form: object, field: Any) -> None:
        if field.data not in values:
            raise ValidationError(lazy_gettext("Choose one of the values offered."))

    return check
