"""``pointsys plugin`` and ``pointsys replay``: switching, and deriving anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.pending import FAILURES_TO_QUARANTINE, note_failure, pending_count, quarantined
from pointsys.core.site import Site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.conftest import RunCli
from tests.core.demo_plugin import TOTALS, count_entries, demo_host, make_plugin, make_tables, totals
from tests.factories import HAPPY, STREET, SUNNY, make_draft, make_person, make_tree


@pytest.fixture
def engine_name() -> str:
    """Words and exit codes; switching and deriving are tried on both engines in tests/core."""
    return "sqlite"


def _host(derive: object = count_entries) -> object:
    return demo_host(make_plugin("demo", derive=derive))  # type: ignore[arg-type]


@pytest.fixture
def two_people(site: Site) -> dict[str, tuple[int, str]]:
    """Somebody in each community with one confirmed entry: name -> (id, public id)."""
    make_tables()
    with unit_of_work() as session:
        areas = make_tree(session)
        people = {name: make_person(session, areas[name], "张伟") for name in ("happy", "sunny")}
        for name, person in people.items():
            draft = make_draft(session, areas[name], person)
            record(session, areas[name], [draft], SYSTEM, "test", confirm=True)
        return {name: (person.id, person.public_id) for name, person in people.items()}


def _totals() -> dict[int, int]:
    with read_scope() as session:
        return totals(session)


def test_switching_on_derives_the_people_there_and_nobody_else(
    run_cli: RunCli, two_people: dict[str, tuple[int, str]]
) -> None:
    result = run_cli("plugin", "enable", "demo", "--area", HAPPY, "--json", host=_host())
    assert result.exit_code == 0
    assert result.json() == {"plugin": "demo", "area": HAPPY, "enabled": True, "failed": {}}
    assert _totals() == {two_people["happy"][0]: 1}


def test_the_list_tells_what_is_on_where(run_cli: RunCli, two_people: object) -> None:
    run_cli("plugin", "enable", "demo", "--area", HAPPY, host=_host())
    listed = run_cli("plugin", "list", "--area", HAPPY, "--json", host=_host()).json()
    assert listed["plugins"][0]["name"] == "demo"
    assert listed["plugins"][0]["enabled"] is True
    top = run_cli("plugin", "list", "--json", host=_host()).json()
    assert (top["area"], top["plugins"][0]["enabled"]) == (STREET, False)


def test_switching_off_keeps_the_results(run_cli: RunCli, two_people: object, site: Site) -> None:
    run_cli("plugin", "enable", "demo", "--area", STREET, host=_host())
    before = _totals()
    assert run_cli("plugin", "disable", "demo", "--area", STREET, host=_host()).exit_code == 0
    assert _totals() == before
    assert run_cli("plugin", "list", "--json", host=_host()).json()["plugins"][0]["enabled"] is False


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("enable", "nothing", "--area", HAPPY), "unknown_plugin"),
        (("enable", "demo", "--area", "990101009009"), "unknown_area"),
        (("disable", "nothing", "--area", HAPPY), "unknown_plugin"),
    ],
)
def test_what_is_unknown_cannot_be_switched(
    run_cli: RunCli, two_people: object, words: tuple[str, ...], code: str
) -> None:
    result = run_cli("plugin", *words, "--json", host=_host())
    assert result.exit_code == 2
    assert result.json()["error"]["code"] == code


def test_a_plugin_that_fails_to_derive_is_on_and_its_failure_is_told(
    run_cli: RunCli, two_people: object, site: Site
) -> None:
    def fail(session: Session, people: Sequence[int]) -> None:
        raise RuntimeError("no room")

    result = run_cli("plugin", "enable", "demo", "--area", HAPPY, "--json", host=_host(fail))
    assert result.exit_code == 1
    assert result.json()["failed"] == {"demo": "RuntimeError"}
    with read_scope() as session:
        assert pending_count(session) == 1
    assert "pointsys replay" in result.stderr


def test_replay_works_off_what_a_failure_left(
    run_cli: RunCli, two_people: dict[str, tuple[int, str]]
) -> None:
    def fail(session: Session, people: Sequence[int]) -> None:
        raise RuntimeError("no room")

    run_cli("plugin", "enable", "demo", "--area", STREET, host=_host(fail))
    result = run_cli("replay", "--json", host=_host())
    assert result.exit_code == 0
    assert result.json() == {"marked": 2, "done": 2, "failed": {}}
    assert _totals() == {person_id: 1 for person_id, _public_id in two_people.values()}


def _spoil() -> None:
    with unit_of_work() as session:
        session.execute(update(TOTALS).values(entries=99))


@pytest.mark.parametrize(("scope", "mended"), [(("--area", SUNNY), "sunny"), (("--person",), "happy")])
def test_replay_touches_only_those_named(
    run_cli: RunCli, two_people: dict[str, tuple[int, str]], scope: tuple[str, ...], mended: str
) -> None:
    run_cli("plugin", "enable", "demo", "--area", STREET, host=_host())
    _spoil()
    words = scope if scope[0] == "--area" else (*scope, two_people[mended][1])
    assert run_cli("replay", *words, "--json", host=_host()).json()["done"] == 1
    expected = {person_id: 99 for person_id, _public_id in two_people.values()}
    assert _totals() == {**expected, two_people[mended][0]: 1}


def test_replay_leaves_people_alone_where_the_plugin_is_off(
    run_cli: RunCli, two_people: dict[str, tuple[int, str]]
) -> None:
    run_cli("plugin", "enable", "demo", "--area", HAPPY, host=_host())
    assert run_cli("replay", "--json", host=_host()).json()["done"] == 1
    assert two_people["sunny"][0] not in _totals()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--person", "nobody"), "unknown_person"),
        (("--plugin", "nothing"), "unknown_plugin"),
        (("--area", "990101009009"), "unknown_area"),
    ],
)
def test_replay_of_something_unknown_is_refused(
    run_cli: RunCli, two_people: object, words: tuple[str, str], code: str
) -> None:
    result = run_cli("replay", *words, "--json", host=_host())
    assert (result.exit_code, result.json()["error"]["code"]) == (2, code)


def test_naming_a_stopped_plugin_lets_it_out(run_cli: RunCli, two_people: object, site: Site) -> None:
    run_cli("plugin", "enable", "demo", "--area", STREET, host=_host())
    for _ in range(FAILURES_TO_QUARANTINE):
        note_failure("demo", "derive", RuntimeError())
    with read_scope() as session:
        assert quarantined(session) == {"demo"}
    assert run_cli("replay", "--json", host=_host()).json()["done"] == 0
    assert run_cli("replay", "--plugin", "demo", "--json", host=_host()).json()["done"] == 2
    with read_scope() as session:
        assert quarantined(session) == set()
