"""The demonstration in small: told through the real services, and complete when it is there."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from pointsys.core import schema
from pointsys.core.accounts.models import Account, OneTimeLink, RoleGrant
from pointsys.core.activity_log.models import CONFIRMED, PENDING, REJECTED, VOIDED, Decision, Entry
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.areas.services import create_area
from pointsys.core.database import db
from pointsys.core.pending import pending_count
from pointsys.core.people.merging import suggest_duplicates
from pointsys.core.people.models import Person, PersonArea
from pointsys.core.permissions import ROLE_TITLES
from pointsys.core.site import Site
from pointsys.core.startup import root_area
from pointsys.core.unit_of_work import read_scope, unit_of_work
from pointsys.demo.make import demo_state, make_demo
from pointsys.demo.schedule import read_story
from tests.conftest import RunCli

# The engine has no part in what these prove, beyond taking the statements: PostgreSQL is the stricter one, and the
# commands below make the same demonstration on SQLite.
SQLITE_ALONE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
POSTGRESQL_ALONE = pytest.mark.parametrize(
    "engine_name", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)

PEOPLE = 260
WORDS = ("demo", "--no-serve", "--people", "150", "--days", "40", "--json")


@pytest.fixture
def told(site: Site) -> Site:
    """A site that holds the story in small."""
    make_demo(people=PEOPLE, days=200)
    return site


@POSTGRESQL_ALONE
def test_the_story_is_whole_and_nothing_waits_to_be_computed(told: Site) -> None:
    with read_scope() as session:
        assert demo_state(session) is True
        assert pending_count(session) == 0
        levels = Counter(session.scalars(select(Area.level)))
        assert levels == {"subdistrict": 1, "community": 3, "grid": 40}
        people = session.scalar(select(func.count()).select_from(Person)) or 0
        # Two people are listed twice.
        assert people == PEOPLE + 2
        states = Counter(session.scalars(select(Entry.status)))
        assert states[CONFIRMED] > 500
        assert states[PENDING] > 0
        assert states[REJECTED] == 1
        assert states[VOIDED] == 1

    _entries_are_written_down_within_weeks(told)
    _nobody_confirms_their_own_sheet()
    _staff_find_something_to_do(told)
    _every_role_can_be_tried()


def _entries_are_written_down_within_weeks(told: Site) -> None:
    with read_scope() as session:
        for day, ends_at, at in session.execute(select(Entry.local_date, Entry.ends_at, Entry.recorded_at)):
            assert (told.local(at).date() - day).days <= 30
            assert ends_at is None or ends_at <= at <= told.now()


def _nobody_confirms_their_own_sheet() -> None:
    with read_scope() as session:
        own = (
            select(func.count())
            .select_from(Decision)
            .join(Entry, Entry.id == Decision.entry_id)
            .where(
                Decision.outcome == CONFIRMED,
                Entry.source == "import",
                Decision.account_id == Entry.recorded_by_account,
            )
        )
        assert session.scalar(own) == 0


def _staff_find_something_to_do(told: Site) -> None:
    with read_scope() as session:
        root = root_area(session)
        assert root is not None
        reasons = {suggestion.reason for suggestion in suggest_duplicates(session, root.id)}
        assert {"phone_name", "name_birth_date"} <= reasons
        before, after = aliased(PersonArea), aliased(PersonArea)
        moved = select(func.count()).where(before.person_id == after.person_id, before.to_on < after.from_on)
        assert session.scalar(moved) == 1
        assert session.scalar(select(func.count()).where(Person.left_on.is_not(None))) == 1
        forgotten = next(c.forgotten_grid for c in read_story().communities if c.forgotten_grid)
        latest = session.scalar(
            select(func.max(Entry.local_date))
            .join(Area, Area.id == Entry.person_area_id)
            .where(Area.name == forgotten)
        )
        assert latest is None or latest < told.today() - timedelta(days=100)


def _every_role_can_be_tried() -> None:
    with read_scope() as session:
        assert set(session.scalars(select(RoleGrant.role))) == set(ROLE_TITLES)
        bound = session.scalars(select(Account.login).where(Account.person_id.is_not(None)))
        assert set(bound) == {"grid-worker", "secretary", "member", "leader", "resident", "volunteer"}


@SQLITE_ALONE
def test_a_second_call_shows_the_same_site_and_its_results_with_fresh_links(
    run_cli: RunCli, site: Site
) -> None:
    first = run_cli(*WORDS)
    assert first.exit_code == 0, first.stderr
    assert first.json()["created"] is True
    assert {link["role"] for link in first.json()["links"]} == set(ROLE_TITLES)
    with read_scope() as session:
        entries = session.scalar(select(func.count()).select_from(Entry))
    second = run_cli(*WORDS)
    assert second.json()["created"] is False
    assert {link["url"] for link in second.json()["links"]}.isdisjoint(
        {link["url"] for link in first.json()["links"]}
    )
    with read_scope() as session:
        assert session.scalar(select(func.count()).select_from(Entry)) == entries
        expires = session.scalar(select(func.max(OneTimeLink.expires_at)))
        assert expires is not None
        assert expires - site.now() <= timedelta(hours=12)
    if "volunteer" in site.host.names:
        hours = run_cli("volunteer", "hours", "--area", read_story().code, "--json").json()
        assert hours["minutes"] > 0
        assert hours["people"] > 10


@SQLITE_ALONE
@pytest.mark.own_database
def test_a_half_made_demonstration_is_made_anew(
    run_cli: RunCli, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pointsys.demo.make._tell_year", interrupted)
        assert run_cli(*WORDS).exit_code == 1
    with read_scope() as session:
        assert demo_state(session) == "making"
    assert run_cli(*WORDS).json()["created"] is True
    with read_scope() as session:
        assert demo_state(session) is True
    assert schema.check(db.engine) == []


@SQLITE_ALONE
def test_a_real_site_is_left_alone(run_cli: RunCli, site: Site) -> None:
    with unit_of_work() as session:
        create_area(session, "110101001000", "真实街道", None, SYSTEM)
    for more in ((), ("--fresh",)):
        result = run_cli(*WORDS, *more)
        assert (result.exit_code, result.json()["error"]["code"]) == (2, "not_a_demo")
    with read_scope() as session:
        assert session.scalars(select(Area.code)).all() == ["110101001000"]
