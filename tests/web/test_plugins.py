"""The switches of plugins, and pages whose plugin fails."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import func, select

from pointsys.core.hookspecs import hookimpl
from pointsys.core.jobs import Job, queue
from pointsys.core.jobs.running import run_waiting
from pointsys.core.pages import Card, MenuItem, Panel
from pointsys.core.pending import PluginFailure, PluginQuarantine, pending_count
from pointsys.core.plugin_info import PluginInfo
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser, SignIn, World
from tests.factories import HAPPY, STREET


def plugin(name: str, **hooks: Callable[..., object]) -> ModuleType:
    """A plugin with these hooks."""
    module = ModuleType(f"plugin_{name}")
    module.PLUGIN = PluginInfo(name, name, name.title(), "1.0")  # type: ignore[attr-defined]
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(function))
    return module


def failing_cards(session: object, area: object, actor: object) -> object:
    raise RuntimeError("13800138000 is not for the log")


def good_cards(session: object, area: object, actor: object) -> object:
    return [Card("How many", "4711", endpoint="areas.overview"), Card("Secret", "1", permission="audit.view")]


def good_menu(area: object, actor: object) -> object:
    return [
        MenuItem("Fine page", "areas.overview", "areas.view"),
        MenuItem("Hidden", "areas.overview", "audit.view"),
    ]


def member_card(session: object, person: object) -> object:
    return [Card("Mine", "815", waiting=True)]


def failing_panel(session: object, person: object, area: object, actor: object) -> object:
    return [Panel("Broken", "no/such/template.html")]


def counting_derive(session: object, people: object) -> None:
    return None


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """The site with two small plugins more."""
    return make_app(
        extra_plugins=[
            plugin(
                "good",
                dashboard_cards=good_cards,
                menu_items=good_menu,
                member_cards=member_card,
                derive=counting_derive,
            ),
            plugin("bad", dashboard_cards=failing_cards, person_panels=failing_panel),
        ]
    )


@pytest.fixture
def office(sign_in: SignIn, world: World) -> Browser:
    """The sub-district office."""
    return sign_in(world.accounts["office"])


def state(browser: Browser, code: str, slug: str) -> str:
    card = browser.page(f"/a/{code}/plugins").select_one(f"section[aria-labelledby=plugin-{slug}]")
    assert card is not None
    badge = card.select_one(".badge-state")
    assert badge is not None
    return next(c.removeprefix("badge-") for c in badge["class"] if c not in ("badge-state",))


def switch(browser: Browser, code: str, name: str, **form: object) -> str:
    response = browser.post(f"/a/{code}/plugins/{name}/switch", form)
    assert response.status_code == 303
    return browser.get(response.location).text


def test_a_switch_counts_for_the_areas_below(office: Browser) -> None:
    assert state(office, STREET, "good") == "off"
    switch(office, STREET, "good", on="1")
    assert state(office, STREET, "good") == "ok"
    assert state(office, HAPPY, "good") == "ok"
    switch(office, HAPPY, "good", on="0")
    assert state(office, HAPPY, "good") == "off"
    assert state(office, STREET, "good") == "ok"


def test_what_is_fixed_above_cannot_be_switched_below(office: Browser) -> None:
    switch(office, STREET, "good", on="1", locked="1")
    assert "notice-danger" in switch(office, HAPPY, "good", on="0")
    assert state(office, HAPPY, "good") == "ok"
    card = office.page(f"/a/{HAPPY}/plugins").select_one("section[aria-labelledby=plugin-good]")
    assert card is not None
    assert card.select('form[action$="/switch"]') == []


def test_an_unknown_plugin_is_refused_in_words(office: Browser) -> None:
    assert "notice-danger" in switch(office, STREET, "nonsense", on="1")
    assert office.post(f"/a/{STREET}/plugins/nonsense/recompute").status_code == 404
    assert office.post(f"/a/{STREET}/plugins/nonsense/release").status_code == 404


def test_cards_and_menu_lines_show_to_those_who_may_see_them(
    office: Browser, worker: Browser, world: World
) -> None:
    switch(office, STREET, "good", on="1")
    seen, hidden = office.page(f"/a/{HAPPY}/").text, worker.page(f"/a/{HAPPY}/").text
    assert "4711" in seen
    assert "4711" in hidden
    assert "Secret" in seen
    assert "Secret" not in hidden
    assert "Hidden" in seen
    assert "Hidden" not in hidden


def test_a_number_that_waits_is_never_shown_as_a_number(
    office: Browser, sign_in: SignIn, world: World
) -> None:
    switch(office, STREET, "good", on="1")
    card = next(
        c for c in sign_in(world.accounts["member"]).page("/me").select(".number-card") if "Mine" in c.text
    )
    assert "815" not in card.text
    assert card.select_one(".badge-wait") is not None


def test_a_failing_plugin_leaves_a_labelled_gap_and_a_note_without_data(app: Flask, office: Browser) -> None:
    switch(office, STREET, "bad", on="1")
    switch(office, STREET, "good", on="1")
    page = office.page(f"/a/{STREET}/")
    assert "Bad" in page.select_one(".notice-warning").text  # type: ignore[union-attr]
    assert "4711" in page.text
    with app.app_context(), read_scope() as session:
        failure = session.scalars(select(PluginFailure)).one()
        assert (failure.plugin, failure.hook, failure.error) == ("bad", "dashboard_cards", "RuntimeError")


def test_a_panel_that_cannot_be_rendered_leaves_a_gap(office: Browser, worker: Browser, world: World) -> None:
    switch(office, STREET, "bad", on="1")
    page = worker.page(f"/a/{HAPPY}/people/{world.people['happy']}")
    assert "Bad" in page.select_one(".notice-warning").text  # type: ignore[union-attr]
    assert page.select_one("#overview") is not None


def test_after_five_failures_a_plugin_is_asked_no_more_until_it_is_released(
    app: Flask, office: Browser
) -> None:
    switch(office, STREET, "bad", on="1")
    for _visit in range(7):
        office.page(f"/a/{STREET}/")
    with app.app_context(), read_scope() as session:
        assert session.scalar(select(func.count()).select_from(PluginFailure)) == 5
    assert state(office, STREET, "bad") == "no"
    assert office.post(f"/a/{STREET}/plugins/bad/release").status_code == 303
    with app.app_context(), read_scope() as session:
        assert session.scalars(select(PluginQuarantine)).all() == []
    assert state(office, STREET, "bad") == "ok"


def test_computing_anew_marks_everybody_of_the_area(app: Flask, office: Browser, world: World) -> None:
    from pointsys.core.pending import drain, pending_count

    switch(office, STREET, "good", on="1")
    with app.app_context():
        drain()
    assert office.post(f"/a/{HAPPY}/plugins/good/recompute").status_code == 303
    with app.app_context(), unit_of_work(drain=False) as session:
        assert pending_count(session) == 3


def test_computing_very_many_anew_is_a_job_with_a_page(
    app: Flask, office: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pointsys.web.plugins.MANY", 2)
    switch(office, STREET, "good", on="1")
    answer = office.post(f"/a/{HAPPY}/plugins/good/recompute")
    assert answer.location.startswith(f"/a/{HAPPY}/jobs/")
    with app.app_context():
        run_waiting("test:1")
        queue.close_queue()
        with read_scope() as session:
            job = session.scalars(select(Job)).one()
            assert (job.state, pending_count(session)) == ("done", 0)
    assert office.page(answer.location).select_one("[hx-get]") is None
