"""Chromium and the sites it looks at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from pointsys.app import create_app
from pointsys.core.accounts import services as accounts
from pointsys.core.actors import SYSTEM
from pointsys.core.areas.services import create_area
from pointsys.core.database import db
from pointsys.core.startup import root_area
from pointsys.core.unit_of_work import unit_of_work
from tests.e2e.live import NO_NAMES, PATIENCE_MS, LiveSite, find_chromium, make_site, served, set_passwords
from tests.e2e.server import config_of, today
from tests.factories import HAPPY, PASSWORD, make_person


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; it resolves no name, so nothing leaves this machine."""
    program = find_chromium()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=[NO_NAMES], timeout=PATIENCE_MS * 3
        )
        yield chromium
        chromium.close()


def staff(session: Session) -> None:
    """The people who work with a community's site: two who record and confirm, and one who gives accounts."""
    area = root_area(session)
    assert area is not None
    for login, role in (
        ("chen", "community_worker"),
        ("liu", "community_worker"),
        ("it-office", "security_admin"),
    ):
        account = accounts.create_account(session, login, SYSTEM, password=PASSWORD)
        accounts.grant_role(session, account, role, area, SYSTEM)


def neighbours(session: Session) -> None:
    """A grid and three people to do small things with."""
    area = root_area(session)
    assert area is not None
    grid = create_area(session, f"{HAPPY}001", "第1网格", area, SYSTEM)
    for number, name in enumerate(("钱福", "孙阳", "李一")):
        make_person(session, grid, name, phone=f"1380013800{number}")


@pytest.fixture(scope="module")
def job_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """A community's site as ``pointsys init`` makes it, with its staff's accounts and nobody on its roster."""
    home = tmp_path_factory.mktemp("job")
    app = make_site(home, "init", "--area", HAPPY, "--name", "幸福社区")
    with served(app, home, browser) as site:
        site.change(staff)
        yield site


@pytest.fixture(scope="module")
def desk_site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The same with three people on its roster."""
    home = tmp_path_factory.mktemp("desk")
    app = make_site(home, "init", "--area", HAPPY, "--name", "幸福社区")
    with served(app, home, browser) as site:
        site.change(staff)
        site.change(neighbours)
        yield site


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration in small, made once; nobody opens it but to copy it."""
    home = tmp_path_factory.mktemp("demo-made")
    app = make_site(home, "demo", "--no-serve", "--people", "150", "--days", "60")
    with app.app_context():
        with unit_of_work() as session:
            set_passwords(session)
        db.engine.dispose()
    return home


@pytest.fixture(scope="module")
def demo_site(
    browser: Browser, demo_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveSite]:
    """A copy of the demonstration; its accounts have the tests' password."""
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(demo_home, home)
    with served(create_app(config_of(home), clock=today, web=False), home, browser) as site:
        yield site
