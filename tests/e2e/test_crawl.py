"""Every role of the demonstration opens every page that links lead it to; each is looked over at both widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from pointsys.app import create_app
from pointsys.core.accounts.models import Account
from tests.e2e.live import DESK, PHONE, LiveSite, Window
from tests.e2e.server import config_of, today

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ROLES = ("admin", "street-office", "worker-lin", "grid-worker", "secretary", "member", "volunteer")
# What is right to see in Latin letters: logins, the other language's name, file formats, codes and numbers.
LATIN = re.compile(
    r"English|Excel|WPS|CSV|TOML|SHA|MB|\.\w{2,4}\b|pointsys( [a-z]+)*|[\w.-]+@[\w.-]+|\b\w*\d\w*\b"
)

# Faults of the page as it stands, in words; and what every width has to fulfil.
LOOK = """
() => {
  const faults = [];
  const shown = (node) => node.checkVisibility({visibilityProperty: true});
  const name = (node) => node.outerHTML.slice(0, 120);
  const heads = [...document.querySelectorAll("h1")].filter(shown);
  if (heads.length !== 1) faults.push(`${heads.length} h1`);
  if (!document.documentElement.lang.startsWith("zh")) faults.push(`language ${document.documentElement.lang}`);
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (field.type === "hidden" || field.hidden || field.closest("[hidden]")) continue;
    const label = [...(field.labels || [])].map((l) => l.textContent).join("") || field.getAttribute("aria-label")
      || field.getAttribute("aria-labelledby");
    if (!label || !label.trim()) faults.push(`no label: ${name(field)}`);
  }
  for (const button of document.querySelectorAll("a[href], button, summary")) {
    const text = button.textContent + (button.getAttribute("aria-label") || "") + (button.title || "");
    if (shown(button) && !text.trim()) faults.push(`no name: ${name(button)}`);
  }
  for (const image of document.querySelectorAll("img")) {
    if (!image.hasAttribute("alt")) faults.push(`no alt: ${name(image)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.getAttribute("id"));
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) faults.push(`ids given twice: ${twice}`);
  return faults;
}
"""
WIDE = """
() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return "";
  const out = [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > most + 1);
  return `${document.documentElement.scrollWidth} wide of ${most}: ` +
    out.slice(0, 3).map((n) => n.outerHTML.slice(0, 90));
}
"""
TEXTS = """
() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("script, style, template, code, noscript")) texts.push(walker.currentNode.data.trim());
  }
  for (const name of ["placeholder", "aria-label", "title", "data-label", "data-confirm", "alt"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) texts.push(node.getAttribute(name));
  }
  return [...new Set(texts)].filter((text) => /[A-Za-z]{2}/.test(text));
}
"""
LINKS = (
    """() => [...document.querySelectorAll("a[href]:not([download])")].map((a) => a.getAttribute("href"))"""
)


@dataclass
class Kinds:
    """Tells which page a path belongs to, so that one of each kind is opened."""

    site: LiveSite

    def __post_init__(self) -> None:
        home = config_of(self.site.log.parent)
        self.map = create_app(home, clock=today).url_map.bind("127.0.0.1")

    def of(self, path: str) -> str:
        """The endpoint of a page; "" for what is no page: files, other sites, forms' targets."""
        try:
            endpoint = str(self.map.match(path)[0])
        except HTTPException:
            return ""
        is_file = endpoint.rpartition(".")[2] in {"static", "template", "errors", "progress"}
        return "" if is_file or path.rpartition(".")[2] in {"xlsx", "csv"} else endpoint


@pytest.fixture(scope="module")
def kinds(demo_site: LiveSite) -> Kinds:
    """The pages of the demonstration."""
    return Kinds(demo_site)


def walk(window: Window, kinds: Kinds) -> Iterator[str]:
    """Open one page of each kind that links lead to, beginning where the window is; gives their paths."""
    path = window.page.url.removeprefix(window.site.url)
    waiting, seen, known = [path], set[str](), {path}
    while waiting:
        path = waiting.pop(0)
        kind = kinds.of(urlsplit(path).path)
        if not kind or kind in seen:
            continue
        seen.add(kind)
        window.open(path)
        yield path
        found = [link.partition("#")[0] for link in window.page.evaluate(LINKS)]
        new = [link for link in dict.fromkeys(found) if link.startswith("/") and link not in known]
        known.update(new)
        waiting += new


def untranslated(texts: list[str], logins: list[str]) -> list[str]:
    """Texts that hold Latin words nobody allowed."""
    left = []
    for text in texts:
        rest = text
        for login in sorted(logins, key=len, reverse=True):
            rest = rest.replace(login, "")
        if re.search("[A-Za-z]{2}", LATIN.sub("", rest)):
            left.append(text)
    return left


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_is_whole_at_both_widths(demo_site: LiveSite, kinds: Kinds, role: str) -> None:
    logins = demo_site.change(lambda session: list(session.scalars(select(Account.login))))
    faults: list[str] = []
    pages = 0
    with demo_site.enter(role) as window:
        page = window.page
        for path in walk(window, kinds):
            pages += 1
            found = list(page.evaluate(LOOK))
            found += [f"not translated: {text}" for text in untranslated(page.evaluate(TEXTS), logins)]
            for (width, height), letters in ((PHONE, "big"), (PHONE, ""), (DESK, "")):
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("(letters) => { document.documentElement.className = letters; }", letters)
                found += [f"{letters} {text}"] if (text := page.evaluate(WIDE)) else []
            faults += [f"{path}: {fault}" for fault in found]
        window.complaints += faults
    assert pages >= 4
