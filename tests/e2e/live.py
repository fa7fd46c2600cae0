"""A site that Chromium looks at: made by the command line, served by a process of its own, watched on every page.

``LiveSite`` is the site, ``LiveSite.enter`` opens a window in which somebody is signed in. A window collects what
must never happen on any page (``Window.complaints``); the fixture that opened it asserts that there is nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response
from sqlalchemy.orm import Session

from pointsys.app import create_app
from pointsys.cli import cli
from pointsys.core.accounts import passwords as account_passwords
from pointsys.core.accounts.models import Account
from pointsys.core.database import db
from pointsys.core.unit_of_work import unit_of_work
from tests.e2e.server import config_of, today
from tests.factories import PASSWORD

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-results"
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESK = (1280, 800)
PHONE = (360, 740)
# A busy machine is slow, not broken.
PATIENCE_MS = 20_000
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def find_chromium() -> str:
    """Path of a Chromium; without one the test is skipped, or fails where a browser is required."""
    given = os.environ.get("POINTSYS_CHROMIUM")
    found = (
        shutil.which(given) if given else next((path for name in NAMES if (path := shutil.which(name))), None)
    )
    if found:
        return found
    reason = f"no Chromium: install one of {', '.join(NAMES)}, or name its program in POINTSYS_CHROMIUM"
    if os.environ.get("CI") or os.environ.get("POINTSYS_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Window:
    """One browser window with its cookies, at one width."""

    site: LiveSite
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refusal's own status is a message too; _answered judges it.
        if message.type in ("error", "warning") and "the server responded with a status" not in message.text:
            self.complaints.append(f"{self.page.url}: console: {message.text}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and f"{url.scheme}://{url.netloc}" != self.site.url:
            self.complaints.append(f"{self.page.url}: asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.expected:
            self.complaints.append(f"{response.request.method} {response.url}: {response.status}")

    def open(self, path: str) -> Page:
        """Go to a page of the site."""
        self.page.goto(self.site.url + path)
        return self.page

    def keep_picture(self) -> None:
        """What the window shows, below ``test-results/`` under the test's name."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "fixture").rpartition("::")[2]
        name = re.sub(r"[^\w-]+", "-", test)
        PICTURES.mkdir(exist_ok=True)
        # The window may be what broke; the failure itself is reported anyway.
        with suppress(Error):
            self.page.screenshot(path=PICTURES / f"{name}.png", timeout=5_000)

    def sign_in(self, login: str) -> Page:
        """Sign in as a person does; ends on the first page."""
        page = self.open("/sign-in")
        page.get_by_label("登录名").fill(login)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page


@dataclass
class LiveSite:
    """A served site; ``app`` works on the same database from the test's own process."""

    app: Flask
    url: str
    browser: Browser
    log: Path

    @contextmanager
    def enter(
        self, login: str = "", size: tuple[int, int] = DESK, *, scripts: bool = True
    ) -> Iterator[Window]:
        """A window, signed in when ``login`` is given; nothing that must not happen happened in it."""
        phone = size[0] < 500
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            reduced_motion="reduce",
            is_mobile=phone,
            java_script_enabled=scripts,
            has_touch=phone,
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(REPORT_VIOLATIONS)
        window = Window(self, context, context.new_page())
        try:
            if login:
                window.sign_in(login)
            yield window
            if window.complaints:
                pytest.fail("\n".join(window.complaints), pytrace=False)
        except (Exception, pytest.fail.Exception):
            window.keep_picture()
            raise
        finally:
            context.close()

    def change(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a unit of work on the site's database, for what no page of this test does."""
        with self.app.app_context(), unit_of_work() as session:
            return work(session)


def set_passwords(session: Session) -> None:
    """Give every account the tests' common password."""
    hashed = account_passwords.hash_password(PASSWORD)
    for account in session.query(Account):
        account.password_hash = hashed


def make_site(home: Path, *words: str) -> Flask:
    """Make a site with ``pointsys WORDS`` in ``home``; returns an application for it."""
    home.mkdir(parents=True, exist_ok=True)
    result = CliRunner(env={"POINTSYS_HOME": str(home), "POINTSYS_DEBUG": "1"}).invoke(
        cli, list(words), obj=lambda **more: create_app(config_of(home), clock=today, **more)
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.stderr
    return create_app(config_of(home), clock=today, web=False)


@contextmanager
def served(app: Flask, home: Path, browser: Browser) -> Iterator[LiveSite]:
    """Serve the site in ``home`` until the block ends; a traceback in the server's log is an error."""
    log = home / "server.log"
    command = [sys.executable, "-m", "tests.e2e.server", str(home)]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8"
        )
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            assert port.isdigit(), log.read_text("utf-8")
            yield LiveSite(app, f"http://127.0.0.1:{port}", browser, log)
        finally:
            process.terminate()
            process.wait(60)
            process.stdout.close()
            with app.app_context():
                db.engine.dispose()
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")
