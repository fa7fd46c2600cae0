"""Every role of the demonstration opens every page that links lead it to; each is looked over at both widths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from pointsys.app import create_app
from pointsys.core.accounts.models import Account
from tests.e2e.live import LiveSite, Window
from tests.e2e.look import look_over
from tests.e2e.server import config_of, today

pytestmark = pytest.mark.browser

# Who uses a page most comes first.
ROLES = (
    "member",
    "volunteer",
    "leader",
    "worker-lin",
    "street-office",
    "grid-worker",
    "secretary",
    "admin",
    "security",
    "audit",
    "company",
    "liaison",
)
LINKS = (
    """() => [...document.querySelectorAll("a[href]:not([download])")].map((a) => a.getAttribute("href"))"""
)


@dataclass
class Kinds:
    """Tells which page a path belongs to, so that one of each kind is opened."""

    site: LiveSite

    def __post_init__(self) -> None:
        # How many roles have shown a page of the kind.
        self.shown: Counter[str] = Counter()
        home = config_of(self.site.log.parent)
        self.map = create_app(home, clock=today).url_map.bind("127.0.0.1")

    def of(self, path: str) -> str:
        """The endpoint of a page; "" for what is no page: files, other sites, forms' targets."""
        try:
            endpoint = str(self.map.match(path)[0])
        except HTTPException:
            return ""
        # Swagger UI's page is made by its own scripts, test_api_docs looks at it; the page of the site's health names
        # packages, folders and settings as they are, tests/web/test_health looks at it.
        is_file = endpoint.rpartition(".")[2] in {
            "static",
            "template",
            "errors",
            "progress",
            "diagnostics",
            "pdf",
            "file",
            "draft_file",
            "preset_file",
        }
        is_file = is_file or endpoint.partition(".")[0] in {"rest_docs", "health"}
        return "" if is_file or path.rpartition(".")[2] in {"xlsx", "csv", "toml", "ics"} else endpoint


@pytest.fixture(scope="module")
def kinds(demo_site: LiveSite) -> Kinds:
    """The pages of the demonstration."""
    return Kinds(demo_site)


# A page that so many roles have shown is whole for the next one too; tests/demo opens every page of every role.
MOST_ROLES = 1


def walk(window: Window, kinds: Kinds) -> Iterator[str]:
    """Open one page of each kind that links lead to, beginning where the window is; gives their paths."""
    path = window.page.url.removeprefix(window.site.url)
    waiting, seen, known = [path], set[str](), {path}
    while waiting:
        path = waiting.pop(0)
        kind = kinds.of(urlsplit(path).path)
        if not kind or kind in seen or (seen and kinds.shown[kind] >= MOST_ROLES):
            continue
        seen.add(kind)
        kinds.shown[kind] += 1
        window.open(path)
        yield path
        found = [link.partition("#")[0] for link in window.page.evaluate(LINKS)]
        new = [link for link in dict.fromkeys(found) if link.startswith("/") and link not in known]
        known.update(new)
        waiting += new


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_whole_at_both_widths(demo_site: LiveSite, kinds: Kinds, role: str) -> None:
    logins = demo_site.change(lambda session: list(session.scalars(select(Account.login))))
    pages = 0
    with demo_site.enter(role) as window:
        for _path in walk(window, kinds):
            pages += 1
            window.complaints += look_over(window.page, logins)
    assert pages


def test_pages_for_everybody_are_whole_too(demo_site: LiveSite) -> None:
    with demo_site.enter() as window:
        window.open("/sign-in")
        window.complaints += look_over(window.page)
        window.expected = 404
        window.open("/no/such/page")
        window.complaints += look_over(window.page)


PLANTED = """
() => {
  const main = document.querySelector("main");
  main.insertAdjacentHTML("beforeend", `<h1>二</h1><input id="bare"><img src="http://example.com/x.png">
    <button></button><p>Members of the branch</p><div>长</div>`);
  main.querySelector("div:last-child").style.width = "2000px";
}
"""


def test_planted_faults_are_found(demo_site: LiveSite) -> None:
    with demo_site.enter() as window:
        page = window.open("/sign-in")
        page.evaluate(PLANTED)
        found = "\n".join(look_over(page))
        window.open("/sign-in")
        heard, window.complaints = "\n".join(window.complaints), []
    for fault in (
        "2 h1",
        "no label",
        "no name",
        "no alt",
        "not translated: Members",
        "wide of 360",
        "wide of 1280",
    ):
        assert fault in found
    assert "asks another host: http://example.com/x.png" in heard
    assert "CSP: img-src" in heard
