"""The base of all forms: Flask-WTF with our sentences, and refusals of services shown at their fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, ValidationError, validators

from pointsys.access import note_refusal
from pointsys.kit.problems import Problem
from pointsys.language import say


class Form(FlaskForm):
    """A form whose texts are ours; ``problems`` are refusals that belong to no field."""

    class Meta(FlaskForm.Meta):
        # The sentences below are translated already; the library's own catalogs have no zh_Hans_CN.
        locales = ("en",)

        def get_translations(self, form: Any) -> None:
            """No second translation."""
            return

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
