"""The tutorial's plugin does what the tutorial says, and the tutorial shows the very files that ran."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import text

from pointsys.core import schema
from pointsys.core.activity_log.decisions import decide
from pointsys.core.activity_log.record import record
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.models import Area
from pointsys.core.database import db
from pointsys.core.host import load_host
from pointsys.core.people.merging import merge_people, unmerge
from pointsys.core.people.models import Person
from pointsys.core.switches import switch_plugin
from pointsys.core.unit_of_work import read_scope, unit_of_work
from tests.browsers import SignIn, World
from tests.conftest import ROOT, RunCli
from tests.docs.conftest import EXAMPLE
from tests.factories import make_draft

pytestmark = pytest.mark.own_database


@pytest.fixture
def engine_name() -> str:
    """One engine: what the tutorial uses is tried on both elsewhere."""
    return "sqlite"


TUTORIAL = (ROOT / "docs" / "plugin-tutorial.md").read_text("utf-8")
BLOCK = re.compile(r"<!-- (?P<path>[\w./-]+) -->\n```\w*\n(?P<code>.*?)```", re.DOTALL)


def switch_on(area_id: int) -> None:
    with unit_of_work() as session:
        switch_plugin(session, session.get_one(Area, area_id), "tally", True, SYSTEM)


def take_part(world: World, place: str, *days: int, kind: str = "志愿服务") -> list[int]:
    """Confirmed entries of the person who belongs to ``place``, one for each day of July."""
    with unit_of_work() as session:
        area = session.get_one(Area, world.areas["happy"])
        person = session.get_one(Person, world.person_ids[place])
        drafts = [make_draft(session, area, person, kind=kind, day=date(2026, 7, day)) for day in days]
        return [done.entry_id for done in record(session, area, drafts, SYSTEM, "test", confirm=True)]


def counts() -> dict[int, int]:
    with read_scope() as session:
        rows = session.execute(text("SELECT person_id, times FROM tally_count"))
        return {row[0]: row[1] for row in rows}


def test_recorded_entries_are_counted_once_the_plugin_is_on(app: Flask, world: World) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
        take_part(world, "grid1", 1, 2, 3)
        take_part(world, "grid1", 4, kind="居民议事会")

        assert counts() == {world.person_ids["grid1"]: 3}


def test_what_was_recorded_before_the_plugin_was_on_counts_as_well(app: Flask, world: World) -> None:
    from pointsys.core.pending import drain

    with app.app_context():
        take_part(world, "grid1", 1, 2)
        assert counts() == {}
        switch_on(world.areas["happy"])
        drain()

        assert counts() == {world.person_ids["grid1"]: 2}


def test_a_voided_entry_no_longer_counts(app: Flask, world: World) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
        entries = take_part(world, "grid1", 1)
        with unit_of_work() as session:
            decide(session, entries, "voided", "typed twice", SYSTEM)

        assert counts() == {}


def test_two_rows_of_one_human_being_are_counted_together_and_apart_again(app: Flask, world: World) -> None:
    first, second = world.person_ids["grid1"], world.person_ids["grid2"]
    with app.app_context():
        switch_on(world.areas["happy"])
        take_part(world, "grid1", 1)
        take_part(world, "grid2", 2)
        with unit_of_work() as session:
            merge_people(session, session.get_one(Person, first), session.get_one(Person, second), SYSTEM)
        assert counts() == {first: 2}

        with unit_of_work() as session:
            unmerge(session, session.get_one(Person, second), SYSTEM)
        assert counts() == {first: 1, second: 1}


def test_the_areas_page_lists_who_took_part(app: Flask, world: World, sign_in: SignIn) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
        take_part(world, "grid1", 1, 2)
    page = sign_in(world.accounts["worker"]).page(f"/a/{world.codes['happy']}/tally/")

    cells = [[cell.get_text(strip=True) for cell in row.select("td")] for row in page.select("tbody tr")]
    assert cells == [["李一", "2"]]


def test_the_menu_leads_to_the_page_where_the_plugin_is_on(app: Flask, world: World, sign_in: SignIn) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
    address = f"/a/{world.codes['happy']}/tally/"

    def links(account: str, place: str) -> list[str]:
        page = sign_in(world.accounts[account]).page(f"/a/{world.codes[place]}/")
        return [str(link["href"]) for link in page.select("#menu a")]

    assert address in links("worker", "happy")
    assert address not in links("secretary", "happy")
    assert all("/tally/" not in link for link in links("office", "sunny"))


def test_the_page_does_not_exist_where_the_plugin_is_off(app: Flask, world: World, sign_in: SignIn) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
    office = sign_in(world.accounts["office"])

    assert office.get(f"/a/{world.codes['happy']}/tally/").status_code == 200
    assert office.get(f"/a/{world.codes['sunny']}/tally/").status_code == 404


def test_who_lacks_the_permission_is_refused(app: Flask, world: World, sign_in: SignIn) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])

    assert sign_in(world.accounts["secretary"]).get(f"/a/{world.codes['happy']}/tally/").status_code == 403
    assert sign_in(world.accounts["sunny_worker"]).get(f"/a/{world.codes['happy']}/tally/").status_code == 404


def test_ones_own_page_shows_ones_own_count(app: Flask, world: World, sign_in: SignIn) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
        take_part(world, "grid1", 1, 2, 5)
    page = sign_in(world.accounts["member"]).page("/me")

    cards = [card.get_text(" ", strip=True) for card in page.select(".number-card")]
    assert "Took part 3" in cards


def test_a_locality_chooses_the_kinds_that_count(app: Flask, world: World, run_cli: RunCli) -> None:
    with app.app_context():
        switch_on(world.areas["happy"])
        take_part(world, "grid1", 1)
        take_part(world, "grid1", 2, 3, kind="居民议事会")
    result = run_cli("tally", "kinds", "--area", world.codes["happy"], "resident_council")

    assert result.exit_code == 0
    with app.app_context():
        assert counts() == {world.person_ids["grid1"]: 2}


def test_a_kind_that_does_not_exist_is_refused_and_changes_nothing(
    app: Flask, world: World, run_cli: RunCli
) -> None:
    result = run_cli("tally", "kinds", "--area", world.codes["happy"], "dancing")

    assert result.exit_code == 2
    assert "dancing" in result.stderr
    with app.app_context(), read_scope() as session:
        settings = session.execute(text("SELECT key FROM area_setting WHERE key LIKE 'tally.%'")).all()
    assert settings == []


def test_its_migration_makes_the_table_that_its_model_declares(app: Flask) -> None:
    with app.app_context():
        assert [line for line in schema.check(db.engine) if "tally" in line] == []
        schema.downgrade(db.engine, "tally", "base")
        schema.upgrade(db.engine, "tally")
        assert [line for line in schema.check(db.engine) if "tally" in line] == []


def test_an_installed_package_is_found_by_its_entry_point(installed: ModuleType) -> None:
    host = load_host(disabled=("volunteer", "party_member_points"))

    assert host.skipped == {}
    assert host.modules["tally"] is installed


def shown_blocks() -> Iterator[tuple[str, str]]:
    """Path and text of every block of the tutorial that stands for a part of a file."""
    for match in BLOCK.finditer(TUTORIAL):
        yield match["path"], match["code"]


@pytest.mark.parametrize(("path", "code"), list(shown_blocks()))
def test_the_tutorial_shows_the_files_as_they_are(path: str, code: str) -> None:
    assert code in (EXAMPLE / path).read_text("utf-8")


def test_the_tutorial_shows_some_of_every_file_of_the_example() -> None:
    files = {
        str(path.relative_to(EXAMPLE))
        for path in EXAMPLE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "egg-info" not in str(path)
    }
    assert {path for path, _code in shown_blocks()} == files


def test_the_example_imports_nothing_of_the_project_but_the_facade() -> None:
    strays = [
        f"{path.name}: {line.strip()}"
        for path in EXAMPLE.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.match(r"\s*(from|import) pointsys(?!_tally)(?!\.plugin import)", line)
    ]
    assert strays == []
