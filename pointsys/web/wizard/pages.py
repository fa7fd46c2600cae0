"""The steps one after the other, the summary, and the act that makes the site. Nothing is in force before that act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from pointsys.core.accounts import links as account_links
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.actors import Actor
from pointsys.core.areas.codes import LEVEL_TITLES, LEVELS, level_of
from pointsys.core.areas.plan import FAULTY, PlannedLine
from pointsys.core.areas.services import AreaLine
from pointsys.core.pages import SetupOption
from pointsys.core.setup.apply import apply_setup
from pointsys.core.setup.drafts import keep_step
from pointsys.core.setup.plan import NONE, PASTE, SetupPlan, read_areas
from pointsys.core.setup.tree import pasted_lines, plan_tree
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.kit.problems import N_, Problem
from pointsys.web import session as web_session
from pointsys.web.access import public
from pointsys.web.errors import error_page
from pointsys.web.forms import Form
from pointsys.web.frame import show
from pointsys.web.wizard.finish import note_done
from pointsys.web.wizard.forms import POST_TEXTS, POST_TITLES
from pointsys.web.wizard.frame import SPENT, Gone, State, blueprint, read_state, state_of_site, story
from pointsys.web.wizard.steps import (
    AREAS,
    STEPS,
    SUMMARY,
    Step,
    StepAtFault,
    at_fault,
    find_step,
    plan_of,
    template_names,
    unit_of,
)

View = Response | tuple[str, int]
SHOWN_LINES = 60


def _spent() -> View:
    return error_page(410, detail=gettext(SPENT))


@blueprint.get("/first-run/<token>")
@public
def start(token: str) -> View:
    """Where the printed link leads: to the first step that is not done."""
    try:
        with read_scope() as reading:
            state = read_state(reading, token)
            open_step = next(
                (s for s in STEPS if s.slug not in state.draft.steps or at_fault(s, state) is not None), None
            )
    except Gone:
        return _spent()
    return redirect(
        url_for("wizard.step", token=token, step=open_step.slug)
        if open_step is not None
        else url_for("wizard.summary", token=token)
    )


@blueprint.route("/first-run/<token>/<step>", methods=["GET", "POST"])
@public
def step(token: str, step: str) -> View:
    """One step; whatever button is pressed, what was typed is kept."""
    here = find_step(step)
    if here is None:
        abort(404)
    try:
        with read_scope() as reading:
            state = read_state(reading, token)
        form = here.form(here.values(state), state)
        if request.method == "POST" and form.validate_on_submit():
            with unit_of_work(drain=False) as writing:
                read_state(writing, token)
                keep_step(writing, here.slug, _values(form))
            with read_scope() as reading:
                state = read_state(reading, token)
            return _after(here, form, state, token)
        return _page(here, form, state, token, 422 if form.errors else 200)
    except Gone:
        return _spent()


def _values(form: Form) -> dict[str, Any]:
    return {field.short_name: field.data for field in form if field.type != "CSRFTokenField"}


def _after(here: Step, form: Form, state: State, token: str) -> View:
    """On from a step by the button that was pressed: back is always possible, on only past a good step."""
    go = request.form.get("go")
    at = STEPS.index(here)
    if go == "back" and at:
        return redirect(url_for("wizard.step", token=token, step=STEPS[at - 1].slug), 303)
    problem = at_fault(here, state)
    if problem is not None:
        form.refuse(problem)
        return _page(here, form, state, token, 422)
    if go == "look":
        return _page(here, form, state, token, 200)
    if go == SUMMARY or at + 1 == len(STEPS):
        return redirect(url_for("wizard.summary", token=token), 303)
    return redirect(url_for("wizard.step", token=token, step=STEPS[at + 1].slug), 303)


def _page(here: Step, form: Form, state: State, token: str, status: int) -> View:
    more: dict[str, Any] = {}
    if here is AREAS:
        planned = _planned(state)
        more = {
            "planned": planned[:SHOWN_LINES],
            "more": max(0, len(planned) - SHOWN_LINES),
            "faulty": sum(item.outcome == FAULTY for item in planned),
            "levels": _by_level([item.line for item in planned if item.outcome != FAULTY]),
        }
    return show(
        here.template, status,
        form=form, state=state, token=token, here=here, bar=_bar(here.slug, state), steps=STEPS,
        titles=POST_TITLES, texts=POST_TEXTS, **more,
    )  # fmt: skip


def _bar(here: str, state: State) -> list[tuple[str, str, str]]:
    """Slug, title and state (done, here, open) of every step."""
    bar = []
    for one in STEPS:
        done = one.slug in state.draft.steps and at_fault(one, state) is None
        bar.append((one.slug, one.title, "here" if one.slug == here else "done" if done else "open"))
    return bar


def _planned(state: State) -> list[PlannedLine]:
    """What the second step would make, its faulty lines included."""
    values = AREAS.values(state)
    try:
        unit = unit_of(state)
        lines: Sequence[AreaLine] = (
            pasted_lines(unit.code, str(values["text"] or ""))
            if values["how"] == PASTE
            else read_areas(values, unit, template_names())
        )
    except Problem:
        return []
    return plan_tree(unit.code, unit.name, lines) if values["how"] != NONE else []


def _by_level(lines: Sequence[AreaLine]) -> list[tuple[str, int]]:
    counts = Counter(level_of(line.code) for line in lines)
    return [(LEVEL_TITLES[level], counts[level]) for level in LEVELS if counts[level]]


@blueprint.get("/first-run/<token>/summary")
@public
def summary(token: str) -> View:
    """Everything once more, before anything is made."""
    try:
        with read_scope() as reading:
            return _summary(read_state(reading, token), token)
    except Gone:
        return _spent()


def _summary(state: State, token: str, refused: Problem | None = None) -> View:
    plan, fault = None, None
    try:
        plan = plan_of(state)
    except StepAtFault as found:
        fault = found
    return show(
        "wizard/summary.html", 422 if refused is not None or fault is not None else 200,
        state=state, token=token, plan=plan, fault=fault, refused=refused, bar=_bar(SUMMARY, state), steps=STEPS,
        levels=_by_level(plan.lines) if plan else [], chosen=_chosen(plan, state) if plan else [],
        titles=POST_TITLES, infos=current_site().host.plugins,
    )  # fmt: skip


def _chosen(plan: SetupPlan, state: State) -> list[tuple[str, SetupOption]]:
    """The questions of plugins with the chosen options."""
    return [
        (choice.title, option)
        for plugin, choices in state.choices.items()
        for choice in choices
        for option in choice.options
        if option.value == plan.choices.get(plugin, {}).get(choice.key)
    ]


@blueprint.post("/first-run/<token>/summary")
@public
def apply(token: str) -> View:
    """Make the site in one act, and sign in whoever did it; a refusal leaves everything as it was, the link too."""
    actor = Actor("first run", address=web_session.client_address(), unrestricted=True)
    try:
        with unit_of_work() as writing:
            read_state(writing, token)
            account_links.use_link(writing, token, account_links.FIRST_RUN)
            state = state_of_site(writing)
            if request.form.get("version") != str(state.draft.version):
                raise Problem(
                    "setup_changed",
                    N_("Something was changed in another window meanwhile. Look at the summary once more."),
                )
            plan = plan_of(state)
            applied = apply_setup(writing, plan, actor)
            told = story() if plan.demo else None
            if told is not None:
                told.begun(writing, applied.root)
            made = [account.public_id for account in applied.accounts]
            opened = None
            if applied.runner is not None:
                browser = request.user_agent.string
                opened = account_sessions.open_session(writing, applied.runner, actor.address, browser)
    except Gone:
        return _spent()
    except (Problem, StepAtFault) as refused:
        if isinstance(refused, Problem) and refused.code == "link_used":
            return _spent()
        with read_scope() as reading:
            state = state_of_site(reading)
        return _summary(state, token, refused if isinstance(refused, Problem) else None)
    if opened is not None:
        web_session.remember(opened)
    else:
        session.clear()
    note_done(made)
    if told is not None:
        told.start(current_app._get_current_object())  # type: ignore[attr-defined]
    return redirect(url_for("wizard.done"), 303)
