"""Who may serve: rules on age, guardians, insurance, training and standing, without a database.

Age is asked on the service date; the birthday itself counts as the new age. All instants are aware, all days local.
The rules stand in one order, the gravest first, so that one and the same person always hears the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pointsys.plugin import N_, Problem

from .models import SUSPENDED, WITHDRAWN


@dataclass(frozen=True)
class Ages:
    """The limits in whole years: refused below ``lowest``, with a guardian there below ``accompanied``, with consent
    below ``adult``."""

    lowest: int = 6
    accompanied: int = 10
    adult: int = 18


DEFAULT_AGES = Ages()


@dataclass(frozen=True)
class ActivityTerms:
    """What an activity asks of those who serve.

    ``qualifications`` are names as trainings carry them, all of them needed. ``guardian_present`` says that guardians
    stay with all children; else ``present`` names by kept id who is signed up, and a guardian has to be among them or
    among those who are asked for at the same time. ``registered_only`` leaves nobody in who is no volunteer.
    """

    activity_id: int | None = None
    min_age: int = 0
    hazardous: bool = False
    insurance_required: bool = False
    qualifications: frozenset[str] = frozenset()
    guardian_present: bool = False
    registered_only: bool = False
    present: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Span:
    """Days, both included; no end is for good. ``withdrawn_at`` ends it at that instant."""

    from_on: date
    to_on: date | None = None
    withdrawn_at: datetime | None = None

    def holds(self, first: date, last: date) -> bool:
        """Whether it contains these days wholly."""
        return self.from_on <= first and (self.to_on is None or last <= self.to_on)


@dataclass(frozen=True)
class Standing:
    """What is known of one person: ``state`` "" for somebody who is no volunteer, ``trained`` by qualification."""

    born: date | None = None
    state: str = ""
    guardians: frozenset[int] = frozenset()
    consents: tuple[Span, ...] = ()
    insured: tuple[Span, ...] = ()
    trained: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True)
class Session:
    """When somebody would serve, as instants and as local days."""

    starts_at: datetime
    first: date
    last: date


def age_on(born: date, day: date) -> int:
    """Whole years; somebody born on 29 February grows older on 1 March of other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def refusal(
    person: Standing, terms: ActivityTerms, when: Session, present: frozenset[int], ages: Ages = DEFAULT_AGES
) -> Problem | None:
    """Why somebody may not serve, or None. ``present`` are the kept ids of all who would be there."""
    return (
        _standing(person, terms)
        or _age(person, terms, when, present, ages)
        or _consent(person, when, ages)
        or _covered(person, terms, when)
    )


def _standing(person: Standing, terms: ActivityTerms) -> Problem | None:
    if person.state == SUSPENDED:
        return Problem(
            "volunteer_suspended", N_("This volunteer is suspended: staff have to lift that first.")
        )
    if person.state == WITHDRAWN:
        return Problem("volunteer_withdrawn", N_("This volunteer has withdrawn: register them again first."))
    if terms.registered_only and person.state != "active":
        return Problem("not_registered", N_("Only registered volunteers can take part: register first."))
    return None


def _age(
    person: Standing, terms: ActivityTerms, when: Session, present: frozenset[int], ages: Ages
) -> Problem | None:
    if person.born is None:
        if terms.hazardous or terms.min_age:
            return Problem("birth_date_needed", N_("The birth date is needed here: ask staff to add it."))
        return None
    age = age_on(person.born, when.first)
    if age < ages.lowest:
        return Problem("too_young", N_("Children below %(age)s cannot serve."), age=ages.lowest)
    if terms.hazardous and age < ages.adult:
        return Problem("minor_in_danger", N_("Minors take no part in dangerous work, not even with consent."))
    if age < terms.min_age:
        return Problem(
            "below_min_age", N_("This activity is for people of %(age)s and older."), age=terms.min_age
        )
    if age < ages.accompanied and not terms.guardian_present and not person.guardians & present:
        return Problem(
            "guardian_absent",
            N_("A child below %(age)s needs a guardian who takes part too: sign them up together."),
            age=ages.accompanied,
        )
    return None


def _consent(person: Standing, when: Session, ages: Ages) -> Problem | None:
    if person.born is None or age_on(person.born, when.first) >= ages.adult:
        return None
    for one in person.consents:
        if one.holds(when.first, when.first) and (
            one.withdrawn_at is None or when.starts_at < one.withdrawn_at
        ):
            return None
    if any(one.withdrawn_at is not None for one in person.consents):
        return Problem("consent_withdrawn", N_("The guardian has withdrawn the consent: ask for it anew."))
    return Problem("consent_missing", N_("A minor needs a guardian's consent for that day: record it first."))


def _covered(person: Standing, terms: ActivityTerms, when: Session) -> Problem | None:
    if terms.insurance_required and not any(one.holds(when.first, when.last) for one in person.insured):
        return Problem(
            "not_insured", N_("An accident insurance that covers the whole time is needed: record it first.")
        )
    for wanted in sorted(terms.qualifications):
        if not any(name == wanted and span.holds(when.first, when.last) for name, span in person.trained):
            return Problem(
                "not_qualified",
                N_("The training %(name)s is needed on that day: record it first."),
                name=wanted,
            )
    return None
