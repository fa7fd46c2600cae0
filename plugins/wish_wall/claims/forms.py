"""Forms of claims: taking one on, saying that it was brought, and the wisher's thanks."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, MultipleFileField, SelectField, StringField, TextAreaField

from pointsys.plugin import Form, at_most, optional

from ..dispatch.organisations import LiaisonOrganisation
from .services import MOST_THANKS, MOST_WORDS
from .team import LONGEST


class StartForm(Form):
    """How many places, and with whom."""

    qty = StringField(lazy_gettext("How many places you take on"), default="1")
    organisation = SelectField(lazy_gettext("In whose name"), validate_choice=False, default="")
    team = TextAreaField(lazy_gettext("Who comes along"), [at_most(LONGEST)])

    def shape(self, free: int, organisations: Sequence[LiaisonOrganisation], *, itself: bool) -> None:
        """Offer what the wish and the reader allow."""
        own = [("", gettext("In my own name"))] if itself else []
        self.organisation.choices = own + [(one.public_id, one.name) for one in organisations]
        if not itself and organisations and not self.organisation.data:
            self.organisation.data = organisations[0].public_id


class DeliverForm(Form):
    """What was brought."""

    proof = TextAreaField(lazy_gettext("What you brought or did"), [at_most(MOST_WORDS)])
    photos = MultipleFileField(lazy_gettext("Photos"))


class ThankForm(Form):
    """Stars, thanks, and how long it took."""

    rating = StringField(lazy_gettext("How was it?"), default="5")
    thanks = TextAreaField(lazy_gettext("A word of thanks"), [at_most(MOST_THANKS)])
    hours = IntegerField(lazy_gettext("Hours"), [optional()])
    more = IntegerField(lazy_gettext("Minutes"), [optional()])

    def minutes(self) -> object:
        """Hours and minutes as minutes; None where neither is said."""
        if self.hours.data is None and self.more.data is None:
            return None
        total = (self.hours.data or 0) * 60 + (self.more.data or 0)
        return total if total else None
