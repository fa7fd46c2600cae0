"""What every page has to fulfil, whoever looks at it and on whatever screen.

One heading, labels and names for all that can be used, nothing wider than the screen (with large letters too),
and no text that was left in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.live import DESK, PHONE

# What is right to see in Latin letters: logins, the other language's name, file formats, codes and numbers.
LATIN = re.compile(
    r"English|Chrome|Linux|Microsoft Authenticator|FreeOTP|Aegis|Excel|WPS|CSV|XLSX|UTF-8|GBK|TOML|SHA|MB|API"
    r"|GB/T|OWASP|FILE|PDF|export-profiles|(audit)?_anchor|(admin)?_networks|pointsys( [a-z]+)*|[\w.-]+@[\w.-]+"
    # Numbers of documents and codes of projects.
    r"|[A-Z]{2,6}-\d[\d-]*"
    # Grades of credit.
    r"|\bA{1,3}\b"
    # The address that a notice on paper leads to.
    r"|https?://\S+"
    # A path, the end of a file's name, the beginning of a sign-in name, the number of a printed page, a code.
    r"|(?<!\w)/[\w./-]+|\.\w{2,4}\b|[a-z]+\*{4}|\b[a-z]{16}\b|\b\w*\d\w*\b"
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
LETTERS = "(letters) => { document.documentElement.className = letters; }"
TEXTS = """
() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const said = !parent.closest("script, style, template, code, noscript, textarea");
    if (said) texts.push(walker.currentNode.data.trim());
  }
  for (const name of ["placeholder", "aria-label", "title", "data-label", "data-confirm", "alt"]) {
    for (const node of document.querySelectorAll(`[${name}]`)) texts.push(node.getAttribute(name));
  }
  return [...new Set(texts)].filter((text) => /[A-Za-z]{2}/.test(text));
}
"""


def look_over(page: Page, words: Iterable[str] = ()) -> list[str]:
    """The page's faults in words; ``words`` are logins and file names, which may stand there in Latin letters.

    Leaves the window as wide as it was.
    """
    found: list[str] = list(page.evaluate(LOOK))
    found += [f"not translated: {text}" for text in untranslated(page.evaluate(TEXTS), words)]
    before, letters_before = page.viewport_size, page.evaluate("document.documentElement.className")
    for (width, height), letters in _sizes(page.url):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(LETTERS, letters)
        found += [f"{letters} {text}".strip()] if (text := page.evaluate(WIDE)) else []
    page.evaluate(LETTERS, letters_before)
    if before is not None:
        page.set_viewport_size(before)
    return [f"{page.url}: {fault}" for fault in found]


def _sizes(url: str) -> list[tuple[tuple[int, int], str]]:
    """Windows with classes of letters: pages that everybody reads fit a phone with the largest letters too."""
    everybody = urlsplit(url).path.startswith(("/me", "/public/", "/sign-in"))
    largest = [(PHONE, "big big-3")] if everybody else []
    return [*largest, (PHONE, "big"), (PHONE, ""), (DESK, "")]


def untranslated(texts: list[str], words: Iterable[str] = ()) -> list[str]:
    """Texts that hold Latin words nobody allowed."""
    left = []
    for text in texts:
        rest = text
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        if re.search("[A-Za-z]{2}", LATIN.sub("", rest)):
            left.append(text)
    return left
