"""The form of a claim: it shows the fields that the chosen item asks for, and no others."""

from __future__ import annotations

import re
from datetime import datetime

from flask_babel import gettext, lazy_gettext
from wtforms import (
    DateField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)

from pointsys.plugin import (
    N_,
    Form,
    Problem,
    at_most,
    chosen_day,
    clean_lines,
    clean_text,
    current_site,
    needed,
    optional,
)

from .models import PointsClaim
from .offers import AMOUNT, Offer
from .rules import MOST_WORDS, Content
from .services import content_of
from .words import attribute_title, choices_of, hundredths_text

_NUMBER = re.compile(r"\d{1,6}(\.\d{1,2})?", re.ASCII)


class ClaimForm(Form):
    """What a member did."""

    title = StringField(lazy_gettext("What you did"), [needed(), at_most(200)])
    kind = SelectField(lazy_gettext("Kind of activity"), validate_choice=False)
    day = DateField(lazy_gettext("Day"), [needed()])
    start = TimeField(lazy_gettext("From (if you know)"), [optional()])
    quantity = StringField(lazy_gettext("How much"))
    choice = RadioField(lazy_gettext("Level"), validate_choice=False)
    matter = StringField(lazy_gettext("Which matter"), [at_most(60)])
    points = StringField(lazy_gettext("Points asked for"))
    words = TextAreaField(lazy_gettext("In your words"), [at_most(MOST_WORDS)])
    late_reason = StringField(lazy_gettext("Why only now"), [at_most(200)])
    photos = MultipleFileField(lazy_gettext("Photos"))

    def shape(self, offer: Offer) -> ClaimForm:
        """Leave out what the item does not ask for; returns the form."""
        self.offer = offer
        if len(offer.kinds) > 1:
            self.kind.choices = [(str(kind_id), title) for kind_id, title in offer.kinds]
        else:
            del self.kind
        if not offer.asks:
            del self.quantity
        elif offer.asks != AMOUNT:
            self.quantity.label.text = gettext("Hours") if offer.asks == "hours" else gettext("Number")
        if offer.asks != "hours":
            del self.start
        if offer.choices:
            self.choice.choices = choices_of(offer)
            self.choice.label.text = attribute_title(offer.by)
        else:
            del self.choice
        if offer.matter:
            self.matter.label.text = attribute_title(offer.matter)
        else:
            del self.matter
        if not offer.names_points:
            del self.points
        return self

    def start_empty(self) -> None:
        """An empty form: today."""
        self.day.data = current_site().today()

    def fill(self, claim: PointsClaim) -> None:
        """Show a claim as it stands."""
        content = content_of(claim)
        self.title.data, self.day.data = content.title, content.on_date
        self.words.data, self.late_reason.data = content.words, content.late_reason
        if self._has("kind"):
            self.kind.data = str(content.kind_id)
        if self._has("start") and content.starts_at is not None:
            self.start.data = current_site().local(content.starts_at).time()
        if self._has("quantity") and content.quantity is not None:
            self.quantity.data = hundredths_text(content.quantity)
        if self._has("points") and content.points is not None:
            self.points.data = hundredths_text(content.points)
        if self._has("choice"):
            self.choice.data = content.attrs.get(self.offer.by)
        if self._has("matter"):
            self.matter.data = content.attrs.get(self.offer.matter, "")

    def content(self) -> Content:
        """What was filled in; raises Problem bad_number naming the field."""
        offer, day = self.offer, chosen_day(self.day)
        attrs: dict[str, str] = {}
        if self._has("choice"):
            attrs[offer.by] = self.choice.data or ""
        if self._has("matter") and (matter := clean_text(self.matter.data or "")):
            attrs[offer.matter] = matter
        starts_at: datetime | None = None
        if self._has("start") and self.start.data is not None:
            starts_at = datetime.combine(day, self.start.data, tzinfo=current_site().timezone)
        return Content(
            item=offer.item.id,
            on_date=day,
            title=clean_text(self.title.data or ""),
            words=clean_lines(self.words.data or ""),
            kind_id=self._kind_id(),
            starts_at=starts_at,
            quantity=number(self.quantity.data, "quantity") if self._has("quantity") else None,
            points=number(self.points.data, "points") if self._has("points") else None,
            attrs=attrs,
            late_reason=clean_text(self.late_reason.data or ""),
        )

    def _kind_id(self) -> int | None:
        kinds = self.offer.kinds
        if not self._has("kind"):
            return kinds[0][0] if kinds else None
        chosen = self.kind.data or ""
        return next((kind_id for kind_id, _title in kinds if str(kind_id) == chosen), None)

    def _has(self, name: str) -> bool:
        return name in self._fields


def number(text: str | None, field: str) -> int:
    """Hundredths of what was typed, such as "2.5"; raises Problem bad_number."""
    typed = clean_text(text or "").replace("．", ".").replace("。", ".")
    if not _NUMBER.fullmatch(typed):
        raise Problem("bad_number", N_("Write a number with at most two decimals, like 2.5."), field=field)
    whole, _, rest = typed.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])
