"""The schemes that ship with the plugin: which there are, what each is in a few words, and publishing the chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

from sqlalchemy.orm import Session

from pointsys.plugin import N_, Actor, Area, SetupChoice, SetupOption

from .schemes import PRESET_FROM, publish
from .scoring import Scheme, load_scheme
from .scoring.exact import Number

SCHEME = "scheme"
NONE = "none"
# In the order in which they are offered; the first is published where nobody was asked.
PRESETS = ("community-inservice", "community-simple", "quarterly-branch", "deduct-12", "service-stars")
# A draft can begin with these as well; households are scored on the command line alone.
SHOWN = (*PRESETS, "household-civil")


@dataclass(frozen=True)
class Preset:
    """A shipped scheme in a few words; ``words`` has categories and grades, ``subject`` whom it scores."""

    name: str
    title: str
    words: str
    subject: str
    period: str


def text_of(name: str) -> str:
    """The file of a preset."""
    return (files(__package__) / "schemes" / f"{name}.toml").read_text(encoding="utf-8")


def shown() -> Sequence[Preset]:
    """Every shipped scheme that a draft can begin with."""
    found = []
    for name in SHOWN:
        scheme = load_scheme(text_of(name), format="toml")
        found.append(Preset(name, scheme.title, _in_words(scheme), scheme.subject, scheme.period_type))
    return found


def choices() -> Sequence[SetupChoice]:
    """The question at set-up."""
    options = [_option(name) for name in PRESETS]
    later = SetupOption(
        NONE, N_("None yet"), N_("Hours are counted from the start; points begin once a scheme is published.")
    )
    return [
        SetupChoice(
            SCHEME,
            N_("Points scheme"),
            [*options, later],
            N_("It can be replaced at any time by one of your own; what was scored before stays as it was."),
        )
    ]


def _option(name: str) -> SetupOption:
    scheme = load_scheme(text_of(name), format="toml")
    return SetupOption(name, scheme.title, _in_words(scheme))


def _in_words(scheme: Scheme) -> str:
    """Categories with the most they give, and the grades with what they ask, as the scheme names them."""
    version = scheme.versions[-1]
    parts = [
        part.title + (f" ≤ {_points(part.cap)}" if part.cap is not None else "")
        for part in version.categories.values()
    ]
    grades = [
        (grade.title or grade.id) + (f" ≥ {_points(grade.least)}" if grade.least is not None else "")
        for grade in version.grades
    ]
    return "；".join(filter(None, ("、".join(parts), "、".join(grades))))


def _points(hundredths: Number) -> str:
    return f"{Decimal(int(hundredths)).scaleb(-2).normalize():f}"


def publish_chosen(session: Session, area: Area, chosen: Mapping[str, str], actor: Actor) -> None:
    """Publish what was chosen for a new root area."""
    name = chosen.get(SCHEME, PRESETS[0])
    if name != NONE:
        publish(session, area, text_of(name), "toml", PRESET_FROM, actor)
