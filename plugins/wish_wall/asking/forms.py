"""The form of the three questions, for oneself and for somebody else."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import StringField, TextAreaField

from pointsys.plugin import N_, Form, clean_text

from ..models import WishesWish
from ..words import yuan
from .checking import Asking, consent_needed, faults

# Category -> what it is called when one asks for it, and what it is for instance.
KINDS = {
    "item": (N_("A thing"), N_("a rice cooker, books, a walking stick")),
    "service": (N_("A helping hand"), N_("change a lamp, carry rice upstairs")),
    "skill": (N_("Somebody who knows how"), N_("teach me to use the phone")),
    "company": (N_("Company"), N_("play chess, go for a walk")),
}
SHOWN, HIDDEN = "wall", "hidden"


class AskForm(Form):
    """What would help, how much of it, and how to reach the wisher; the service reads and refuses the values."""

    # Drawn as tiles, lines and a list by the template: any value may come, the service says which are known.
    category = StringField(lazy_gettext("What kind of help?"))
    words = TextAreaField(lazy_gettext("In your own words"))
    amount = StringField(lazy_gettext("About how many yuan does it cost?"))
    slots = StringField(lazy_gettext("For how many helpers is there room?"), default="1")
    private = TextAreaField(lazy_gettext("How does your helper reach you?"))
    shown = StringField(lazy_gettext("Who may read your wish?"), default=SHOWN)

    def asked(self) -> Asking:
        """What was filled in."""
        return Asking(
            category=self.category.data or "",
            words=self.words.data or "",
            private=self.private.data or "",
            amount=self.amount.data or "",
            slots=self.slots.data or "1",
            hidden=self.shown.data == HIDDEN,
        )

    def tell_all(self, max_amount: int) -> None:
        """Once something is refused, say at every other field what is wrong there; ``max_amount`` in fen."""
        for problem in faults(self.asked(), max_amount):
            field = self._fields.get(problem.field or "")
            if field is not None and not field.errors:
                self.refuse(problem)

    def fill(self, wish: WishesWish) -> None:
        """Show a wish that came back."""
        self.category.data = wish.category
        self.words.data = wish.public_text
        self.amount.data = yuan(wish.amount).replace(",", "") if wish.amount else ""
        self.slots.data = str(wish.slots)
        self.private.data = wish.private_text
        self.shown.data = HIDDEN if wish.hidden else SHOWN


class BehalfForm(AskForm):
    """The same for somebody else: who it is and how they agreed."""

    private = TextAreaField(lazy_gettext("How do helpers reach the wisher?"))
    name = StringField(lazy_gettext("Name"))
    phone = StringField(lazy_gettext("Phone"))
    person = StringField(lazy_gettext("Who is it?"))
    consent = StringField(lazy_gettext("How did they agree?"))

    def tell_all(self, max_amount: int) -> None:
        """The same with how they agreed."""
        super().tell_all(max_amount)
        if not clean_text(self.consent.data or "") and not self.consent.errors:
            self.refuse(consent_needed())
