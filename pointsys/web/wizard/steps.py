"""The steps of the wizard in their order: how each is filled in at first, its form, and what its values mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from pointsys.core.areas.codes import LEVELS
from pointsys.core.setup.plan import (
    AUDIT,
    EMPTY,
    NONE,
    POSTS,
    SECURITY,
    SYSTEM,
    TEMPLATE,
    WORKER,
    SetupPlan,
    Unit,
    field_of,
    read_areas,
    read_choices,
    read_data,
    read_holders,
    read_plugins,
    read_unit,
)
from pointsys.core.setup.tree import template_levels
from pointsys.core.site import current_site
from pointsys.core.startup import FIRST_PLUGINS
from pointsys.kit.problems import N_, Problem
from pointsys.web.forms import Form
from pointsys.web.wizard import forms
from pointsys.web.wizard.frame import State, story

# A code that the statistics office gives to nobody: it is there to be replaced.
EXAMPLE_CODE = "990101001001"
EXAMPLE_NAME = N_("Example Community")
TEMPLATE_NAMES = {
    "subdistrict": N_("Sub-district %(n)s"),
    "community": N_("Community %(n)s"),
    "grid": N_("Grid %(n)s"),
}
TEMPLATE_COUNTS = {"subdistrict": 2, "community": 3, "grid": 3}
LOGINS = {SYSTEM: "sysadmin", SECURITY: "security", AUDIT: "auditor", WORKER: "worker"}

Values = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One page: ``filled_in`` is what stands in it at first, ``read`` raises Problem for values at fault."""

    slug: str
    template: str
    title: str
    hint: str
    filled_in: Callable[[State], Values]
    form: Callable[[Values, State], Form]
    read: Callable[[Mapping[str, Any], State], object]

    def values(self, state: State) -> Values:
        """What the step was told, filled up with what it begins with."""
        return {**self.filled_in(state), **state.kept(self.slug)}


def _first_unit(state: State) -> Values:
    code, name = state.known or (EXAMPLE_CODE, gettext(EXAMPLE_NAME))
    return {"code": code, "name": name, "level": "community", "unit_name": "", "seal_text": "", "phone": ""}


def unit_of(state: State) -> Unit:
    """The unit that the first step describes; raises Problem."""
    return read_unit(UNIT.values(state), state.known)


def root_level(state: State) -> str:
    """The level of the root area, a community while the first step is at fault."""
    try:
        return unit_of(state).level
    except Problem:
        return "community"


def _first_areas(state: State) -> Values:
    levels = template_levels(root_level(state))
    counts = {level: str(TEMPLATE_COUNTS[level]) for level in LEVELS if level in levels}
    return {"how": TEMPLATE if levels and not state.has_areas else NONE, "text": "", **counts}


def template_names() -> dict[str, str]:
    """The names that templates give, by level, with ``%(n)s`` for the number."""
    return {level: gettext(name) for level, name in TEMPLATE_NAMES.items()}


def _first_people(state: State) -> Values:
    filled = {f"{post}_name": gettext(forms.POST_TITLES[post]) for post in POSTS}
    return {**filled, **{f"{post}_login": login for post, login in LOGINS.items()}, "runner": WORKER}


def _first_scheme(state: State) -> Values:
    return {
        field_of(plugin, choice.key): choice.options[0].value
        for plugin, choices in state.choices.items()
        for choice in choices
    }


def _first_plugins(state: State) -> Values:
    wanted = {*FIRST_PLUGINS, *state.on} if state.known is None else state.on
    return {"plugins": [name for name in current_site().host.plugins if name in wanted]}


UNIT = Step(
    "unit",
    "wizard/unit.html",
    N_("Unit"),
    N_("Whose site this is, and what stands on printed papers."),
    _first_unit,
    forms.unit_form,
    lambda values, state: read_unit(values, state.known),
)
AREAS = Step(
    "areas",
    "wizard/areas.html",
    N_("Areas"),
    N_("The communities and grids below it. They can be renamed and added to at any time."),
    _first_areas,
    lambda values, state: forms.areas_form(values, root_level(state)),
    lambda values, state: read_areas(values, unit_of(state), template_names()),
)
PEOPLE = Step(
    "people",
    "wizard/people.html",
    N_("People in charge"),
    N_("Three administrators who watch one another, and one who does the daily work."),
    _first_people,
    lambda values, _state: forms.people_form(values),
    lambda values, state: read_holders(values, root_level(state)),
)
SCHEME = Step(
    "scheme",
    "wizard/scheme.html",
    N_("Points scheme"),
    N_("The rules by which points are given."),
    _first_scheme,
    forms.scheme_form,
    lambda values, state: read_choices(values, state.choices),
)
PLUGINS = Step(
    "plugins",
    "wizard/plugins.html",
    N_("Plugins"),
    N_("Each can be switched on and off later, for single communities too."),
    _first_plugins,
    lambda values, _state: forms.plugins_form(values),
    lambda values, _state: read_plugins(values, current_site().host),
)
DATA = Step(
    "data",
    "wizard/data.html",
    N_("Data"),
    N_("What is in the site when you open it."),
    lambda _state: {"data": EMPTY},
    forms.data_form,
    lambda values, state: read_data(values, demo_possible=state.demo_possible),
)
STEPS = (UNIT, AREAS, PEOPLE, SCHEME, PLUGINS, DATA)
SUMMARY = "summary"


class StepAtFault(Exception):
    """A step whose values cannot be taken as they are."""

    def __init__(self, step: Step, problem: Problem) -> None:
        super().__init__(step.slug)
        self.step = step
        self.problem = problem


def find_step(slug: str) -> Step | None:
    """The step of an address."""
    return next((step for step in STEPS if step.slug == slug), None)


def at_fault(step: Step, state: State) -> Problem | None:
    """Why a step's values cannot be taken, None when they can."""
    try:
        step.read(step.values(state), state)
    except Problem as problem:
        return problem
    return None


def plan_of(state: State) -> SetupPlan:
    """The whole set-up as its steps were told; raises StepAtFault for the first that cannot be taken."""
    for step in STEPS:
        problem = at_fault(step, state)
        if problem is not None:
            raise StepAtFault(step, problem)
    unit = unit_of(state)
    plugins = read_plugins(PLUGINS.values(state), current_site().host)
    demo = read_data(DATA.values(state), demo_possible=state.demo_possible)
    told = story() if demo else None
    if told is not None:
        unit = read_unit(UNIT.values(state), told.root())
    holders, runner = read_holders(PEOPLE.values(state), unit.level)
    choices = read_choices(SCHEME.values(state), state.choices)
    return SetupPlan(
        unit,
        [] if demo else read_areas(AREAS.values(state), unit, template_names()),
        holders,
        runner,
        plugins,
        # The story is told by the rules that are offered first.
        {} if demo else {name: chosen for name, chosen in choices.items() if name in plugins},
        demo,
    )
