"""Forms of volunteers: registering by name, guardians, consent, insurance, training."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField

from pointsys.plugin import N_, Form, Problem, at_most, chosen_day, needed, optional

from .guardians import RELATIONS
from .papers import PolicyData, TrainingData


class RegisterForm(Form):
    """People to register, by name."""

    names = TextAreaField(lazy_gettext("Names"), [at_most(5_000)])


class GuardianForm(Form):
    """A guardian, by name; the page adds namesakes to choose from."""

    guardian = StringField(lazy_gettext("Name of the guardian"), [at_most(100)])
    relation = SelectField(lazy_gettext("What they are to the child"))
    seen = StringField(lazy_gettext("Paper that shows it"), [needed(), at_most(100)])

    def offer(self) -> None:
        """Fill the choices."""
        self.relation.choices = [(key, gettext(text)) for key, text in RELATIONS.items()]


class ConsentForm(Form):
    """A consent on paper."""

    from_on = DateField(lazy_gettext("From"), [needed()])
    to_on = DateField(lazy_gettext("To"), [optional()])
    evidence = StringField(lazy_gettext("Signed paper and where it is kept"), [needed(), at_most(100)])


class OwnConsentForm(Form):
    """A guardian's own consent by phone."""

    to_on = DateField(lazy_gettext("Until (blank: until of age)"), [optional()])


class PolicyForm(Form):
    """An accident policy."""

    policy_no = StringField(lazy_gettext("Policy number"), [needed(), at_most(60)])
    insurer = StringField(lazy_gettext("Insurer"), [at_most(60)])
    from_on = DateField(lazy_gettext("From"), [needed()])
    to_on = DateField(lazy_gettext("To"), [needed()])

    def content(self) -> PolicyData:
        """What was filled in."""
        return PolicyData(
            self.policy_no.data or "",
            chosen_day(self.from_on),
            chosen_day(self.to_on),
            self.insurer.data or "",
        )


class TrainingForm(Form):
    """A training that was passed."""

    title = StringField(lazy_gettext("Training"), [needed(), at_most(100)])
    on_date = DateField(lazy_gettext("Passed on"), [needed()])
    hours = StringField(lazy_gettext("Hours"), [needed(), at_most(6)])
    qualification = StringField(lazy_gettext("Qualification"), [at_most(60)])
    valid_until = DateField(lazy_gettext("Valid until"), [optional()])
    certificate_no = StringField(lazy_gettext("Certificate number"), [at_most(60)])

    def content(self) -> TrainingData:
        """What was filled in; raises Problem bad_minutes."""
        return TrainingData(
            self.title.data or "", chosen_day(self.on_date), minutes_of(self.hours.data or ""),
            self.qualification.data or "", self.valid_until.data, self.certificate_no.data or "",
        )  # fmt: skip


class ApplyForm(Form):
    """Applying by phone."""

    words = TextAreaField(
        lazy_gettext("What you can do, and when you have time (if you like)"), [at_most(500)]
    )


def minutes_of(typed: str) -> int:
    """Hours as typed ("1.5") in whole minutes; raises Problem bad_minutes for what is no number."""
    try:
        minutes = Decimal(typed.strip().replace("．", ".")) * 60
    except InvalidOperation:
        minutes = Decimal(-1)
    if not minutes.is_finite() or minutes != minutes.to_integral_value() or not 0 < minutes <= 60_000:
        raise Problem("bad_minutes", N_("Give the hours of the training, 0.5 to 1,000."), field="hours")
    return int(minutes)
