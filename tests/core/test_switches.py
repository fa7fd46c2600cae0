"""Which plugins are on where: inherited, overridden, locked, built on one another, and what switching marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pointsys.core.activity_log.models import Pending
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.audit import AuditRow
from pointsys.core.people.services import move_person
from pointsys.core.switches import enabled_by_area, enabled_in, locked_above, switch_plugin
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import MakeApp
from tests.core.demo_plugin import demo_host, make_plugin
from tests.factories import make_person, make_tree


def _nothing(session: Session, people: Sequence[int]) -> None:
    """Derives nothing; the marks are what these tests look at."""


@pytest.fixture
def session(make_app: MakeApp) -> Iterator[Session]:
    """A unit of work on a site with two plugins, ``top`` building on ``demo``."""
    modules = (make_plugin(derive=_nothing), make_plugin("top", _nothing, requires=("demo",)))
    with (
        make_app(host=demo_host(*modules), web=False).app_context(),
        unit_of_work(drain=False) as session,
    ):
        yield session


@pytest.fixture
def areas(session: Session) -> dict[str, Area]:
    """The usual tree."""
    return make_tree(session)


def _on(session: Session, areas: dict[str, Area], plugin: str = "demo") -> set[str]:
    answer = enabled_by_area(session, [area.id for area in areas.values()])
    return {key for key, area in areas.items() if plugin in answer[area.id]}


def _marked(session: Session, plugin: str = "demo") -> set[int]:
    return set(session.scalars(select(Pending.person_id).where(Pending.plugin == plugin)))


def test_nothing_is_on_until_somebody_says_so(session: Session, areas: dict[str, Area]) -> None:
    assert _on(session, areas) == set()


def test_a_switch_holds_for_everything_below(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["happy"], "demo", True, SYSTEM)

    assert _on(session, areas) == {"happy", "grid1", "grid2"}


def test_the_nearest_area_that_says_something_rules(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["street"], "demo", True, SYSTEM)
    switch_plugin(session, areas["happy"], "demo", False, SYSTEM)
    switch_plugin(session, areas["grid2"], "demo", True, SYSTEM)

    assert _on(session, areas) == {"street", "sunny", "grid2"}


def test_a_lock_overrides_what_areas_below_say(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["happy"], "demo", False, SYSTEM)
    switch_plugin(session, areas["street"], "demo", True, SYSTEM, locked=True)

    assert _on(session, areas) == set(areas)
    fixed_by = locked_above(session, areas["grid1"].id, "demo")
    assert fixed_by is not None
    assert fixed_by.id == areas["street"].id


def test_below_a_lock_nobody_switches(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["street"], "demo", False, SYSTEM, locked=True)

    with pytest.raises(Problem) as caught:
        switch_plugin(session, areas["happy"], "demo", True, SYSTEM)

    assert caught.value.code == "plugin_locked"
    assert caught.value.params == {"area": "平安街道"}


def test_who_locked_may_open_it_again(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["street"], "demo", False, SYSTEM, locked=True)
    switch_plugin(session, areas["street"], "demo", True, SYSTEM)

    assert _on(session, areas) == set(areas)


def test_a_plugin_needs_the_one_it_builds_on(session: Session, areas: dict[str, Area]) -> None:
    with pytest.raises(Problem) as caught:
        switch_plugin(session, areas["happy"], "top", True, SYSTEM)

    assert caught.value.code == "plugin_requires"
    assert caught.value.params == {"name": "demo"}


def test_a_plugin_is_off_where_the_one_it_builds_on_is_off(session: Session, areas: dict[str, Area]) -> None:
    switch_plugin(session, areas["street"], "demo", True, SYSTEM)
    switch_plugin(session, areas["street"], "top", True, SYSTEM)
    switch_plugin(session, areas["happy"], "demo", False, SYSTEM)

    assert _on(session, areas, "top") == {"street", "sunny"}


def test_a_plugin_that_is_gone_is_off_and_its_switch_waits_for_it(
    session: Session, areas: dict[str, Area], make_app: MakeApp
) -> None:
    switch_plugin(session, areas["street"], "demo", True, SYSTEM)
    from flask import current_app

    current_app.extensions["pointsys"].host.leave_out("demo", "not installed")

    assert enabled_in(session, areas["happy"].id) == frozenset()
    with pytest.raises(Problem, match="no plugin named demo"):
        switch_plugin(session, areas["street"], "demo", False, SYSTEM)


def test_late_enabling_marks_who_belongs_there_and_who_once_did(
    session: Session, areas: dict[str, Area]
) -> None:
    there = make_person(session, areas["grid1"], "韩梅梅")
    moved = make_person(session, areas["grid2"], "李雷")
    move_person(session, moved, areas["sunny"].id, date(2026, 5, 1), SYSTEM)
    make_person(session, areas["sunny"], "王芳")

    switch_plugin(session, areas["happy"], "demo", True, SYSTEM)

    assert _marked(session) == {there.id, moved.id}


def test_enabling_marks_for_what_builds_on_it_too(session: Session, areas: dict[str, Area]) -> None:
    person = make_person(session, areas["grid1"])
    switch_plugin(session, areas["street"], "demo", True, SYSTEM)
    switch_plugin(session, areas["street"], "top", True, SYSTEM)
    switch_plugin(session, areas["happy"], "demo", False, SYSTEM)
    session.execute(delete(Pending))

    switch_plugin(session, areas["happy"], "demo", True, SYSTEM)

    assert _marked(session, "top") == {person.id}


def test_opening_a_lock_marks_those_whose_switch_counts_again(
    session: Session, areas: dict[str, Area]
) -> None:
    person = make_person(session, areas["grid1"])
    switch_plugin(session, areas["happy"], "demo", True, SYSTEM)
    switch_plugin(session, areas["street"], "demo", False, SYSTEM, locked=True)
    session.execute(delete(Pending))

    switch_plugin(session, areas["street"], "demo", False, SYSTEM)

    assert _on(session, areas) == {"happy", "grid1", "grid2"}
    assert person.id in _marked(session)


def test_switching_off_marks_people_below_and_is_audited(session: Session, areas: dict[str, Area]) -> None:
    person, other = make_person(session, areas["grid1"]), make_person(session, areas["sunny"], "李四")
    switch_plugin(session, areas["happy"], "demo", False, SYSTEM)

    # An area above that keeps the plugin on counts them no more.
    assert person.id in _marked(session)
    assert other.id not in _marked(session)
    assert session.scalar(
        select(func.count()).select_from(AuditRow).where(AuditRow.event == "plugin.switched")
    ) == 1  # fmt: skip
