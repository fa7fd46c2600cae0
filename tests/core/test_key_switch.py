"""The moment from which all write with a new index key, where writers are many at once: PostgreSQL (S-41)."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import pytest

from pointsys.config import Config
from pointsys.core.actors import operator
from pointsys.core.database import db
from pointsys.core.people.records import PersonData
from pointsys.core.people.services import create_person
from pointsys.core.rotation.begin import begin
from pointsys.core.rotation.use import writing_keys
from pointsys.core.unit_of_work import unit_of_work
from pointsys.kit.problems import Problem
from tests.conftest import FixedClock
from tests.core.rotating import id_number, keyed_app, used
from tests.factories import make_tree

DEADLINE = 30


@pytest.fixture(params=[pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """SQLite has one writer at a time."""
    return str(request.param)


@pytest.fixture
def area_id(site_config: Config, clock: FixedClock) -> Iterator[int]:
    """An area of a site, its context pushed."""
    with keyed_app(site_config, clock).app_context():
        with unit_of_work(drain=False) as session:
            found = make_tree(session)["grid1"].id
        yield found
        db.engine.dispose()


def test_s41_the_switch_waits_for_writers_that_began_before_it(
    area_id: int, site_config: Config, clock: FixedClock
) -> None:
    """Or an ID number could be added under both keys at once, and each would be unique."""
    other = keyed_app(site_config, clock)
    began, may_end = Event(), Event()
    waited: list[float] = []

    def write() -> None:
        with other.app_context():
            with unit_of_work(drain=False) as session:
                assert writing_keys(session).index_version == 1
                began.set()
                assert may_end.wait(DEADLINE)
                _add(session, area_id)
            db.engine.dispose()

    def rest(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            # The first pause is for other processes to see the file; this one is because a writer is there.
            may_end.set()

    writer = Thread(target=write)
    writer.start()
    assert began.wait(DEADLINE)
    begin(("index",), operator(), rest=rest)
    writer.join(DEADLINE)

    assert len(waited) >= 2
    assert dict(used().index) == {1: 1}
    with pytest.raises(Problem) as refused:
        _again(area_id)
    assert refused.value.code == "person_exists"


def _again(area_id: int) -> None:
    with unit_of_work(drain=False) as session:
        assert writing_keys(session).index_version == 2
        _add(session, area_id)


def _add(session: object, area_id: int) -> None:
    data = PersonData("李重", area_id, id_number=id_number(1))
    create_person(session, data, operator())  # type: ignore[arg-type]
