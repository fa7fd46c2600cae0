"""A scheme as the arithmetic uses it: what ``reading`` makes of a text that ``lint`` has nothing against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pointsys.plugin import N_

WEIGHTED, PERCENTILE, LIST, CREDIT = "weighted", "percentile", "list", "credit"
KINDS = (WEIGHTED, PERCENTILE, LIST, CREDIT)
PERIODS = ("year", "half", "quarter", "month")
HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class PartWeight:
    """One part of a score, on 0..100."""

    id: str
    title: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Sample:
    """How many ballots the part ``part`` needs: min(households, max(ceil(share x households), min_count))."""

    part: str
    min_share: Fraction = Fraction(0)
    min_count: int = 0
    stat: str = "mean"
    capped: bool = True


@dataclass(frozen=True, slots=True)
class Band:
    """Stars or a grade from ``least`` on (weighted, credit) or up to the share ``upto`` of the ranks (percentile)."""

    stars: int | None = None
    grade: str = ""
    least: Fraction = Fraction(0)
    most: Fraction | None = None
    upto: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class VetoRule:
    """An event of this ``status`` inside the period leaves ``stars`` at most; no ``events`` means any event."""

    status: str
    stars: int
    events: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedRule:
    """Red from ``least`` on, and what it earns."""

    least: Fraction
    credit: Fraction | None = None


@dataclass(frozen=True, slots=True)
class BlackRule:
    """Black: the ``bottom`` lowest, ties included, and what that costs unless it is repaired by the deadline."""

    bottom: int
    red_excludes_black: bool = True
    credit: Fraction | None = None
    rectify_days: int = 30


@dataclass(frozen=True, slots=True)
class Validity:
    """How long an item without an end of its own lives; ``inclusive`` makes its end the last day."""

    count: int = 1
    unit: str = "y"
    inclusive: bool = False


@dataclass(frozen=True, slots=True)
class CreditRule:
    """Caps (None: none), validity, the grade of whoever did something serious, and the ``base`` of whoever has none."""

    base_cap: Fraction | None = None
    good_cap: Fraction | None = None
    validity: Validity = Validity()
    serious: str = ""
    base: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ReceptionRule:
    """What the share of solved items of reception days earns from ``good_from`` and costs below ``bad_below``."""

    min_items: int = 1
    good_from: Fraction | None = None
    good: Fraction = Fraction(0)
    bad_below: Fraction | None = None
    bad: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the survey; ``answers`` are worth 0 to 100 each, in the order in which they are shown."""

    id: str
    title: str
    answers: tuple[tuple[Fraction, str], ...] = ()


# Five faces, from bad to good.
FACES = (
    (Fraction(0), N_("Very dissatisfied")),
    (Fraction(25), N_("Dissatisfied")),
    (Fraction(50), N_("So-so")),
    (Fraction(75), N_("Satisfied")),
    (Fraction(100), N_("Very satisfied")),
)
# What owners are asked where the scheme does not say.
QUESTIONS = tuple(
    Question(name, title, FACES)
    for name, title in (
        ("cleaning", N_("Are stairs, lifts and grounds clean?")),
        ("security", N_("Do you feel safe: gates, patrols, cameras, fire lanes?")),
        ("repair", N_("Are repairs done soon and well?")),
        ("greenery", N_("Are trees, lawns and paths looked after?")),
        ("attitude", N_("Are the staff polite, and do they answer?")),
        ("accounts", N_("Are fees, income and spending made public?")),
        ("overall", N_("All in all, are you satisfied with the property service?")),
    )
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme; ``rounding`` None leaves scores as they are. ``parts`` is never empty but for kind "credit"."""

    id: str
    title: str
    kind: str
    period: str = "year"
    min_service_months: int = 0
    decimals: int | None = None
    parts: tuple[PartWeight, ...] = ()
    sample: Sample | None = None
    bands: tuple[Band, ...] = ()
    veto: VetoRule | None = None
    red: RedRule | None = None
    black: BlackRule | None = None
    credit: CreditRule = CreditRule()
    reception: ReceptionRule | None = None
    questions: tuple[Question, ...] = QUESTIONS
    publicity_days: int = 7
    appeal_share: Fraction = Fraction(1, 10)
    source: str = ""

    @property
    def ballot_part(self) -> str:
        """The part that the owners' ballots fill: the sample's, else "owners" where there is one, else ""."""
        if self.sample is not None:
            return self.sample.part
        return "owners" if any(part.id == "owners" for part in self.parts) else ""

    @property
    def vetoes(self) -> Mapping[str, str]:
        """The events that veto a result, by id; none named means that any confirmed one does."""
        return self.veto.events if self.veto is not None else {}

    @property
    def rater_parts(self) -> tuple[PartWeight, ...]:
        """The parts that raters fill."""
        return tuple(part for part in self.parts if part.id != self.ballot_part)
