"""Forms of awards, of telling a member, and of sessions."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField

from pointsys.plugin import Form, at_most, needed, new_public_id, optional

from ..words import said
from .rules import MOST_TEXT, WAYS, Asks, AwardDraft, as_attribute, hundredths_of

_FLAG = "flag-"


class AwardForm(Form):
    """One proposal; which fields are shown is said by what its item asks for."""

    item = HiddenField()
    key = HiddenField()
    on_date = DateField(lazy_gettext("Day"), [needed()])
    title = StringField(lazy_gettext("In a few words"), [at_most(100)])
    points = StringField(lazy_gettext("Points"), [at_most(20)])
    qty = StringField(lazy_gettext("Amount"), [at_most(20)])
    choice = SelectField(lazy_gettext("Level"), choices=[], validate_choice=False)
    matter = StringField(lazy_gettext("Matter"), [at_most(100)])
    reason = TextAreaField(lazy_gettext("Reason"), [needed(), at_most(MOST_TEXT)])
    evidence = TextAreaField(lazy_gettext("Evidence"), [at_most(MOST_TEXT)])
    accepted_late = BooleanField(lazy_gettext("Accept it although the scheme's deadline is over"))
    adjusting = BooleanField(lazy_gettext("Adjusting entry: its sheet is confirmed already"))

    def offer(self, asks: Asks) -> None:
        """Fit the fields to what an item asks for."""
        self.item.data = asks.item.id
        # Shown only where the item asks for them, and then an answer is needed.
        for asked in (self.choice, self.matter, self.points, self.qty):
            asked.flags.required = True
        if not self.key.data:
            self.key.data = f"form:{new_public_id()}"
        if asks.choice is not None:
            # Called here as it is called on the award's page.
            self.choice.label.text = said(asks.choice[0])
            self.choice.choices = [("", gettext("Choose"))] + [
                (name, gettext("%(level)s: %(points)s points", level=said(name), points=points))
                for name, points in asks.choice[1].items()
            ]

    def _own_key(self) -> str:
        """The form's key, that never is one of a claim or of a program."""
        key = (self.key.data or "").removeprefix("form:")
        return f"form:{key[:90]}" if key else ""

    def draft(self, asks: Asks, source: str = "staff") -> AwardDraft:
        """What was filled in; raises Problem bad_amount."""
        attrs: dict[str, Any] = {}
        if asks.choice is not None and self.choice.data:
            attrs[asks.choice[0]] = self.choice.data
        if asks.matter:
            attrs[asks.matter] = (self.matter.data or "").strip()
        for name, values in asks.flags:
            given = request.form.get(f"{_FLAG}{name}", "")
            if given in values:
                attrs[name] = as_attribute(given)
        assert self.on_date.data is not None
        return AwardDraft(
            asks.item.id, self.on_date.data, self.reason.data or "", self.evidence.data or "", self.title.data or "",
            qty=hundredths_of(self.qty.data or "", "qty") if asks.amount else None,
            points=hundredths_of(self.points.data or "", "points") if asks.points else None,
            attrs=attrs, key=self._own_key(), source=source,
            accepted_late=bool(self.accepted_late.data), adjusting=bool(self.adjusting.data),
        )  # fmt: skip


class StepForm(Form):
    """The next step of an award; ``how`` and ``on_date`` belong to telling the member."""

    outcome = HiddenField()
    how = SelectField(lazy_gettext("How the member was told"), choices=[], validate_choice=False)
    on_date = DateField(lazy_gettext("On which day"), [optional()])
    reason = TextAreaField(lazy_gettext("Reason or note"), [at_most(MOST_TEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.how.choices = [(key, gettext(text)) for key, text in WAYS.items()]


class AnswerForm(Form):
    """The member's own words."""

    answer = TextAreaField(lazy_gettext("My answer"), [needed(), at_most(MOST_TEXT)])


class SessionForm(Form):
    """A meeting and who is expected."""

    title = StringField(lazy_gettext("Session"), [needed(), at_most(100)])
    on_date = DateField(lazy_gettext("Day"), [needed()])
    counts = SelectField(lazy_gettext("Counts as"), choices=[], validate_choice=False)
    branch = SelectField(lazy_gettext("Who has to come"), choices=[], validate_choice=False)
    activity = SelectField(lazy_gettext("Activity in the log"), choices=[], validate_choice=False)
