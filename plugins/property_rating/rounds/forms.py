"""The form of a round to be drafted or changed."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField

from pointsys.plugin import Form, at_most, chosen_day, needed, optional

from ..schemes.models import PropertySchemeVersion
from .models import PropertyRound
from .services import Draft
from .words import PER


class RoundForm(Form):
    """What a round is about, and when."""

    title = StringField(lazy_gettext("Title"), [needed(), at_most(100)])
    scheme = SelectField(lazy_gettext("Rating scheme"), [needed()])
    period = StringField(lazy_gettext("Period as it is called"), [needed(), at_most(20)])
    first_on = DateField(lazy_gettext("First day of the period"), [needed()])
    last_on = DateField(lazy_gettext("Last day of the period"), [needed()])
    collect_until = DateField(lazy_gettext("Last day for ballots"), [needed()])
    organiser = StringField(lazy_gettext("Organiser, as printed on the result"), [needed(), at_most(100)])
    per = SelectField(lazy_gettext("Who has a vote"), [needed()])
    reason = TextAreaField(lazy_gettext("Why the final result is replaced"), [optional(), at_most(500)])
    reuses = BooleanField(lazy_gettext("Count the ballots of the replaced round; nobody votes anew"))

    def ask_reason(self) -> None:
        """A round that replaces another one says why."""
        self.reason.validators = [needed(), at_most(500)]
        self.reason.flags.required = True

    def offer(self, versions: list[PropertySchemeVersion]) -> None:
        """Give the choices their lines."""
        self.scheme.choices = [
            (one.public_id, f"{one.title} · {gettext('Version %(no)s', no=one.no)}") for one in versions
        ]
        self.per.choices = [(key, gettext(title)) for key, title in PER.items()]

    def draft(self, version: PropertySchemeVersion, replaces: PropertyRound | None = None) -> Draft:
        """What was asked for."""
        return Draft(
            title=self.title.data or "", version=version, period=self.period.data or "",
            first_on=chosen_day(self.first_on), last_on=chosen_day(self.last_on),
            collect_until=chosen_day(self.collect_until), organiser=self.organiser.data or "",
            per=self.per.data, kinds=request.form.getlist("kinds"), replaces=replaces,
            reason=self.reason.data or "", reuses=bool(self.reuses.data),
        )  # fmt: skip


def values_of(round_: PropertyRound, version: PropertySchemeVersion) -> dict[str, Any]:
    """A draft as the form shows it."""
    same = ("title", "period", "first_on", "last_on", "collect_until", "organiser", "per", "reason", "reuses")
    return {**{name: getattr(round_, name) for name in same}, "scheme": version.public_id}
