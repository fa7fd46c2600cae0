"""A hook that raises leaves a gap that says so; the rest of the page, and the other plugins, are there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import column, literal, select

from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.accounts.models import Account
from pointsys.core.activity_log.taking_part import leaders_of, refused_people, who_is_expected
from pointsys.core.actors import Actor
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.pages import Card, CountedCards
from pointsys.core.pending import PluginFailure
from pointsys.core.people.models import Person
from pointsys.core.site import current_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.conftest import MakeApp
from tests.core import example_hooks
from tests.core.demo_plugin import demo_host, make_plugin
from tests.core.hook_world import card_texts, planned, preview, switch_on, take_part


def worker_of(app: Flask, world: World) -> Browser:
    """The community worker, signed in to an application that a test made itself."""
    with app.app_context(), unit_of_work(drain=False) as session:
        account = session.get_one(Account, world.accounts["worker"])
        return Browser(app, account_sessions.open_session(session, account, "127.0.0.1", "test").token)


def test_a_plugin_that_cannot_weigh_drafts_leaves_the_others_words(make_app: MakeApp, world: World) -> None:
    def weigh(session: object, area: Area, drafts: object) -> object:
        return explode()

    bad = make_plugin("bad", derive=None, hooks={"expected_of_drafts": weigh})
    app = make_app(host=demo_host(example_hooks, bad))
    with app.app_context():
        example_hooks.METADATA.create_all(db.engine)
        switch_on(world, "example")
        switch_on(world, "bad")

    assert "合计 +2" in preview(worker_of(app, world), world)


def explode(**_values: object) -> object:
    raise ValueError("张伟 138 0013 8000")


def _menu(area: Area, actor: Actor) -> object:
    return explode()


def _dashboard(session: object, area: Area, actor: Actor) -> object:
    return explode()


def _sections(session: object, area: Area, month: str) -> object:
    return explode()


def _figures(session: object, area: Area, period: object) -> object:
    return explode()


def _panels(session: object, person: Person, area: Area, actor: Actor) -> object:
    return explode()


def _cards(session: object, person: Person) -> object:
    return explode()


def _effect(session: object, entries: object) -> object:
    return explode()


def _counts(area: Area, actor: Actor) -> object:
    """The database refuses these."""
    return [CountedCards((select(column("no_such_column")).scalar_subquery(),), lambda numbers: [])]


BROKEN = {
    "menu_items": _menu,
    "dashboard_cards": _dashboard,
    "dashboard_counts": _counts,
    "report_sections": _sections,
    "figures": _figures,
    "person_panels": _panels,
    "member_cards": _cards,
    "expected_effect": _effect,
}


# What the database says to the counts.
ERRORS = {"dashboard_counts": {"sqlite": "OperationalError", "postgresql": "ProgrammingError"}}


class TestAPageHookThatRaises:
    """It leaves a gap that says so; everything else of the page, and the other plugins, are there."""

    @pytest.fixture(params=BROKEN)
    def hook(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def app(self, make_app: MakeApp, hook: str) -> Flask:
        bad = make_plugin("bad", derive=None, hooks={hook: BROKEN[hook]})
        made = make_app(host=demo_host(example_hooks, bad))
        with made.app_context():
            example_hooks.METADATA.create_all(db.engine)
        return made

    def test_hides_nothing_but_its_own(self, app: Flask, world: World, sign_in: SignIn, hook: str) -> None:
        with app.app_context():
            switch_on(world, "example")
            switch_on(world, "bad")
            take_part(world, "grid1", confirm=False)
        account, address = {
            "menu_items": ("worker", f"/a/{world.codes['happy']}/"),
            "dashboard_cards": ("worker", f"/a/{world.codes['happy']}/"),
            "dashboard_counts": ("worker", f"/a/{world.codes['happy']}/"),
            "report_sections": ("worker", f"/a/{world.codes['happy']}/report/2026-07"),
            "figures": ("worker", f"/a/{world.codes['happy']}/figures"),
            "person_panels": ("worker", f"/a/{world.codes['happy']}/people/{world.people['grid1']}"),
            "member_cards": ("member", "/me"),
            "expected_effect": ("member", "/me"),
        }[hook]
        page = sign_in(world.accounts[account]).page(address)

        if account == "worker":
            assert page.select_one('#menu a[href$="/example/"]') is not None
        else:
            assert "My entries" in card_texts(page)
        if hook.startswith("dashboard"):
            assert "People counted" in card_texts(page)
        if hook not in ("menu_items", "expected_effect"):
            assert page.select_one(".notice-warning") is not None, "the gap is not labelled"
        with app.app_context(), read_scope() as session:
            failures = session.execute(select(PluginFailure.plugin, PluginFailure.hook, PluginFailure.error))
            assert failures.all() == [("bad", hook, ERRORS.get(hook, {}).get(db.engine.name, "ValueError"))]


def test_cards_that_fail_take_no_numbers_of_others(make_app: MakeApp, world: World, sign_in: SignIn) -> None:
    def counts(value: int, fails: bool) -> object:
        def cards(numbers: Sequence[int]) -> list[Card]:
            return [Card("Told", str(numbers[0] // (0 if fails else 1)))]

        def answer(area: Area, actor: Actor) -> object:
            return [CountedCards((select(literal(value)).scalar_subquery(),), cards) for _ in range(2)]

        return answer

    bad = make_plugin("bad", derive=None, hooks={"dashboard_counts": counts(11, True)}, order=1)
    good = make_plugin("good", derive=None, hooks={"dashboard_counts": counts(22, False)}, order=2)
    app = make_app(host=demo_host(bad, good))
    with app.app_context():
        switch_on(world, "bad")
        switch_on(world, "good")
    page = worker_of(app, world).page(f"/a/{world.codes['happy']}/")

    assert "22" in card_texts(page)["Told"]
    assert "11" not in page.get_text()


def test_a_gate_that_raises_lets_nobody_in_and_the_others_questions_go_on(
    make_app: MakeApp, world: World
) -> None:
    def ask(session: object, activity: int) -> object:
        return explode()

    def gate(session: object, activity: int, people: object, at: object) -> object:
        return explode()

    def lead(session: object, activities: object) -> object:
        return explode()

    hooks = {"expected_people": ask, "may_attend": gate, "activity_leaders": lead}
    app = make_app(host=demo_host(example_hooks, make_plugin("bad", derive=None, hooks=hooks)))
    with app.app_context():
        example_hooks.METADATA.create_all(db.engine)
        switch_on(world, "example")
    activity = planned(app, world)
    people = [world.person_ids["grid1"], world.person_ids["grid2"]]

    def answers() -> tuple[int, list[str], int]:
        with app.app_context(), read_scope() as session:
            refused = refused_people(session, activity, people, current_site().now())
            leaders = leaders_of(session, [activity])[activity]
            codes = sorted(problem.code for problem in refused.values())
            return len(who_is_expected(session, activity)), codes, len(leaders)

    assert answers() == (2, ["no_vest"], 1)
    with app.app_context():
        switch_on(world, "bad")
    assert answers() == (2, ["plugin_failed", "plugin_failed"], 1)
