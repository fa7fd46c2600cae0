"""What the product promises holds in whatever order plugins are registered, with one of them alone, and with none."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from pointsys.app import create_app
from pointsys.cli import COMMANDS
from pointsys.commands.frame import PointsysGroup
from pointsys.config import Config
from pointsys.core import schema
from pointsys.core.accounts import services as accounts
from pointsys.core.accounts import sessions as account_sessions
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.models import CONFIRMED, VOIDED, Entry
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM, operator
from pointsys.core.areas.services import find_area
from pointsys.core.crypto import Keyring
from pointsys.core.database import Base, db
from pointsys.core.host import load_host
from pointsys.core.imports.runner import import_file
from pointsys.core.pending import pending_count
from pointsys.core.people.models import Person
from pointsys.core.startup import start_site
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import Browser
from tests.conftest import ROOT, FixedClock
from tests.factories import make_draft

SAMPLES = ROOT / "tests" / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
VOLUNTEER, POINTS, ATTENDANCE = "volunteer", "party_member_points", "attendance"
WISHES, PROPERTY = "wish_wall", "property_rating"
SLUGS = {
    VOLUNTEER: "volunteer", POINTS: "points", ATTENDANCE: "attendance", WISHES: "wishes", PROPERTY: "property"
}  # fmt: skip


def alone(*names: str) -> dict[str, Any]:
    """How a site is made that has these of the bundled plugins."""
    return {"disabled": tuple(name for name in SLUGS if name not in names)}


SETS: dict[str, dict[str, Any]] = {
    "all of them": {},
    "all in reverse": {"reverse": True},
    "hours alone": alone(VOLUNTEER),
    "points alone": alone(POINTS),
    "attendance alone": alone(ATTENDANCE),
    "wishes alone": alone(WISHES),
    "rating alone": alone(PROPERTY),
    "none": alone(),
}
CODE = "990101001001"


class Town:
    """A site that was started and filled from the samples, with a worker of the community."""

    def __init__(self, home: Path, keyring: Keyring, given: dict[str, Any], *, filled: bool = True) -> None:
        self.config = Config(home=home, allow_plain_http=True)
        self.given, self.keyring = given, keyring
        self.app = self.make()
        if filled:
            self._fill()

    def _fill(self) -> None:
        with self.app.app_context():
            schema.upgrade(db.engine)
            with unit_of_work(drain=False) as session:
                area = start_site(session, CODE, "幸福社区", operator(), plugins=SLUGS)
                account = accounts.create_account(session, "worker", SYSTEM)
                accounts.grant_role(session, account, "community_worker", area, SYSTEM)
                token = account_sessions.open_session(session, account, "127.0.0.1", "test").token
            for kind, name in (("people", "people.xlsx"), ("activity_log", "activity-log.xlsx")):
                self.log = import_file(kind, SAMPLES / name, name, area, operator(), skip_errors=True)
        self.worker = Browser(self.app, token)

    @property
    def loaded(self) -> Collection[str]:
        """Names of the plugins of this site."""
        names: Collection[str] = self.app.extensions["pointsys"].host.names
        return names

    def make(self, **kwargs: Any) -> Flask:
        """An application over the site."""
        clock = FixedClock(datetime(2026, 7, 10, 2, 0, tzinfo=UTC))
        return create_app(
            self.config, clock=clock, keyring=self.keyring, host=load_host(**self.given), **kwargs
        )

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.engine.dispose()

    def count(self, model: type[Base]) -> int:
        """How many rows there are."""
        with self.app.app_context(), read_scope() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def run(self, *words: str) -> Result:
        """Run a command on the community."""
        disabled = ",".join(self.given.get("disabled", ()))
        env = {
            "POINTSYS_HOME": str(self.config.home),
            "POINTSYS_DEBUG": "1",
            "POINTSYS_DISABLED_PLUGINS": disabled,
        }
        # A command line of its own: it asks plugins for their commands once.
        cli = PointsysGroup("pointsys", lazy=COMMANDS)
        return CliRunner(env=env).invoke(cli, [*words, "--area", CODE, "--json"], obj=self.make)

    def json(self, *words: str) -> Any:
        """The object that a command prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)


@pytest.fixture(scope="module", params=SETS)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Town]:
    """A town with each set of plugins in turn; a test changes no more than an entry of its own."""
    name = str(request.param)
    made = Town(tmp_path_factory.mktemp("town"), keyring, SETS[name])
    yield made
    made.close()


def test_the_main_job_runs_from_the_roster_to_the_result(town: Town) -> None:
    with town.app.app_context(), read_scope() as session:
        people = session.scalar(select(func.count()).select_from(Person))
        entries = session.scalar(select(func.count()).select_from(Entry).where(Entry.status == CONFIRMED))
        waiting = pending_count(session)

    assert people == EXPECTED["people"]["created"]
    assert entries >= EXPECTED["activity_log"]["entries"]
    assert (waiting, town.log.derive_failed) == (0, ())


def test_an_entry_is_recorded_confirmed_and_voided(town: Town) -> None:
    with town.app.app_context():
        with unit_of_work() as session:
            area = find_area(session, CODE)
            assert area is not None
            person = session.scalars(select(Person).order_by(Person.id).limit(1)).one()
            draft = make_draft(session, area, person, title="一次", start="05:00", end="05:30")
            (done,) = record(session, area, [draft], SYSTEM, "test")
        with unit_of_work() as session:
            decide(session, [done.entry_id], CONFIRMED, "", operator())
        with unit_of_work() as session:
            decide(session, [done.entry_id], VOIDED, "typed twice", operator())
        with read_scope() as session:
            assert session.get_one(Entry, done.entry_id).status == VOIDED
            assert pending_count(session) == 0


@pytest.mark.parametrize("page", ["", "people", "people?q=zhang", "log", "areas"])
def test_the_pages_of_the_core_open(town: Town, page: str) -> None:
    assert town.worker.get(f"/a/{CODE}/{page}", follow_redirects=True).status_code == 200


def test_the_page_of_a_person_opens(town: Town) -> None:
    with town.app.app_context(), read_scope() as session:
        public_id = session.scalars(select(Person.public_id).order_by(Person.id).limit(1)).one()

    assert town.worker.get(f"/a/{CODE}/people/{public_id}").status_code == 200


def test_the_menu_leads_to_the_pages_of_plugins_that_are_there(town: Town) -> None:
    links = [str(link["href"]) for link in town.worker.page(f"/a/{CODE}/").select("#menu a")]

    led_to = {name for name, slug in SLUGS.items() if any(f"/{slug}" in link for link in links)}
    assert led_to == set(town.loaded) & set(SLUGS)
    assert [link for link in links if town.worker.get(link).status_code != 200] == []


def test_the_hours_are_the_same_with_and_without_the_other_plugin(town: Town) -> None:
    if VOLUNTEER not in town.loaded:
        assert town.run("volunteer", "hours").exit_code == 2
        return
    assert town.json("volunteer", "hours")["minutes"] == 84_300


def test_points_are_the_same_with_and_without_the_other_plugin(
    town: Town, points: list[tuple[Any, ...]]
) -> None:
    if POINTS not in town.loaded:
        assert town.run("points", "sheet", "--period", "2026").exit_code == 2
        return
    sheet = town.json("points", "sheet", "--period", "2026")
    assert len(sheet["rows"]) == EXPECTED["people"]["party_members"]
    assert without_ids(sheet) == points


def without_ids(sheet: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Lines of a points sheet that can be compared with those of another site."""
    return sorted(
        (row["person"]["name"], row["total"], str(row["grade"]), str(row["categories"]))
        for row in sheet["rows"]
    )


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Iterator[list[tuple[Any, ...]]]:
    """The points sheet of a site with all plugins."""
    made = Town(tmp_path_factory.mktemp("whole"), keyring, {})
    yield without_ids(made.json("points", "sheet", "--period", "2026"))
    made.close()


def test_the_database_is_what_these_plugins_and_the_core_say(town: Town) -> None:
    with town.app.app_context():
        assert schema.check(db.engine) == []


def test_a_site_goes_on_without_a_plugin_that_it_had(tmp_path: Path, keyring: Keyring) -> None:
    before = Town(tmp_path, keyring, {})
    entries = before.count(Entry)
    before.close()
    after = Town(tmp_path, keyring, SETS["none"], filled=False)

    assert after.count(Entry) == entries
    with after.app.app_context():
        assert schema.check(db.engine) == []
    after.close()
